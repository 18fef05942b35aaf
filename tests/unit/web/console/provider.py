"""An OpenID provider over HTTP that signs with keys of its own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.listening import listening

CLIENT, SECRET = "gateway", "a secret & more"


@dataclass
class Provider:
    """What it says of itself, whom it lets in, and what it was asked."""

    issuer: str = ""
    keys: list[ECKey] = field(default_factory=list)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1"})
    changed: dict[str, Any] = field(default_factory=dict)
    """Claims of the next tokens that are not what they should be."""
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.new_key()

    def new_key(self) -> None:
        """Sign by another key from now on."""
        name = f"k{len(self.keys)}"
        self.keys.append(ECKey.generate_key("P-256", {"kid": name, "use": "sig"}))

    def token(self, now: datetime, **told: Any) -> str:
        """A token about the person."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
        }
        claims |= self.person | told | self.changed
        key = self.keys[-1]
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)

    def consent(self, address: str) -> str:
        """What the person's browser is led back to, once they have logged in here."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def get(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        return KeySet([self.keys[-1]]).as_dict(private=False)

    def post(self, form: dict[str, str], authorization: str, now: datetime) -> Any:
        """A token for a code, once, for who began with it."""
        begun = self._codes.pop(form["code"])
        sum_ = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(sum_).decode().rstrip("=")
        assert begun["code_challenge"] == challenge
        assert begun["redirect_uri"] == form["redirect_uri"]
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        assert pair == "gateway:a+secret+%26+more"
        return {"id_token": self.token(now, nonce=begun["nonce"])}


@contextmanager
def provided(now: datetime) -> Iterator[Provider]:
    """The provider, while it is there."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            self._answer(made.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(body).items()}
            self._answer(made.post(form, self.headers["Authorization"], now))

        def _answer(self, told: Any) -> None:
            data = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as made.issuer:
        yield made
