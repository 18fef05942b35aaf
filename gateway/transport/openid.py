"""An OpenID provider: where its pages are, its keys, and tokens for codes.

OpenID Connect Core 1.0 and Discovery 1.0, with PKCE (RFC 7636).
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from cryptography import x509

from gateway.config import Settings
from gateway.findings import Finding
from gateway.pipeline.ports import Secrets
from gateway.transport.https import Endpoint, Lines, NoAnswer
from gateway.transport.tls import Protection
from gateway.trust import tokens
from gateway.trust.tokens import Claims

__all__ = ["Identity", "OpenId"]

_MOST = 512 * 1024
_FRESH = timedelta(minutes=10)
_NOT_SOONER = timedelta(minutes=1)
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is by the provider. ``role`` none: in no group that has one."""

    subject: str
    name: str
    email: str
    role: str | None


class OpenId:
    """The provider that the settings name. Any thread may ask."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        """Nothing is asked before somebody wants to log in."""
        self._at = settings
        self._secrets = secrets
        self._lines = Lines()
        self._turn = threading.Lock()
        self._told: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._told_at: datetime | None = None
        self._keys_at: datetime | None = None

    @property
    def issuer(self) -> str:
        """The provider's name for itself."""
        return self._at.oidc_issuer

    @property
    def name(self) -> str:
        """What people call it."""
        return self._at.oidc_name

    def begins_at(
        self, *, back: str, state: str, nonce: str, verifier: str, now: datetime
    ) -> str | Finding:
        """The address that a browser logs in at, and comes ``back`` from."""
        told = self._metadata(now)
        if isinstance(told, Finding):
            return told
        sum_ = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._at.oidc_client_id,
            "redirect_uri": back,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(sum_).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        page = str(told["authorization_endpoint"])
        return f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"

    def identity(
        self, code: str, *, back: str, nonce: str, verifier: str, now: datetime
    ) -> Identity | Finding:
        """Who came back with this code."""
        told = self._metadata(now)
        if isinstance(told, Finding):
            return told
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        given = self._token(told, asked)
        if isinstance(given, Finding):
            return given
        claims = self._claims(given, self._at.oidc_client_id, now, nonce)
        return claims if isinstance(claims, Finding) else self._who(claims)

    def bearer(self, token: str, now: datetime) -> Identity | Finding:
        """Whose access token this is; it has to be for our API."""
        if not self._at.oidc_audience:
            return Finding.of("API-026", "the API takes no tokens of a provider")
        claims = self._claims(token, self._at.oidc_audience, now, None)
        return claims if isinstance(claims, Finding) else self._who(claims)

    def close(self) -> None:
        """Close what is kept open."""
        self._lines.close()

    def _who(self, claims: Claims) -> Identity:
        at = self._at
        role = tokens.group_of(claims, at.oidc_role_claim, at.oidc_roles)
        return Identity(
            subject=claims.subject, name=claims.name, email=claims.email, role=role
        )

    def _claims(
        self, token: str, audience: str, now: datetime, nonce: str | None
    ) -> Claims | Finding:
        """What a token says; keys are asked for anew where it fits none of the known.

        That is at most once in a minute, whoever sends whatever.
        """
        found: Claims | Finding = Finding.of("API-027", "no keys of the provider")
        for renewed in (False, True):
            keys = self._known_keys(now, renewed=renewed)
            if isinstance(keys, Finding):
                return keys
            found = tokens.claims_of(
                token,
                keys,
                issuer=self.issuer,
                audience=audience,
                now=now,
                nonce=nonce,
            )
            if not isinstance(found, Finding):
                break
        return found

    def _known_keys(
        self, now: datetime, *, renewed: bool
    ) -> Mapping[str, Any] | Finding:
        told = self._metadata(now)
        if isinstance(told, Finding):
            return told
        with self._turn:
            kept_at = self._keys_at
            age = _NOT_SOONER if renewed else _FRESH
            if kept_at is not None and now - kept_at < age:
                return self._keys
            found = self._fetched(str(told["jwks_uri"]))
            if not isinstance(found, Finding):
                self._keys, self._keys_at = found, now
            return found

    def _metadata(self, now: datetime) -> Mapping[str, Any] | Finding:
        """What the provider says of itself; it has to name itself as we do."""
        with self._turn:
            if self._told_at is not None and now - self._told_at < _FRESH:
                return self._told
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = self._fetched(url)
            if isinstance(found, Finding):
                return found
            if found.get("issuer") != self.issuer:
                return _no("it names another issuer than GATEWAY_OIDC_ISSUER")
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if not all(_is_safe(str(found.get(name, ""))) for name in names):
                return _no("an address of it is missing, or no https")
            self._told, self._told_at = found, now
            return found

    def _token(self, told: Mapping[str, Any], asked: dict[str, str]) -> str | Finding:
        head = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ]
        secret = self._secret()
        if isinstance(secret, Finding):
            return secret
        ways = told.get("token_endpoint_auth_methods_supported")
        by_post = isinstance(ways, list) and "client_secret_basic" not in ways
        client = self._at.oidc_client_id
        if secret and not by_post:
            pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
            head.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        else:
            asked |= {"client_id": client}
            asked |= {"client_secret": secret} if secret else {}
        body = urlencode(asked).encode()
        to = self._endpoint(str(told["token_endpoint"]))
        try:
            answer = self._lines.post(to, head, [body], len(body))
        except NoAnswer as problem:
            return _no(str(problem))
        if answer.status != 200:
            return _no(f"it gave no token for the code (HTTP {answer.status})")
        found = _json(answer.body).get("id_token")
        return found if isinstance(found, str) else _no("it gave no ID token")

    def _secret(self) -> str | Finding:
        if not self._at.oidc_client_secret:
            return ""
        found = self._secrets.get(self._at.oidc_client_secret)
        return found if isinstance(found, Finding) else found.text

    def _fetched(self, url: str) -> Mapping[str, Any] | Finding:
        if not _is_safe(url):
            return _no("its address is no https")
        head = [("Accept", "application/json")]
        try:
            answer = self._lines.get(self._endpoint(url), head, _MOST)
        except NoAnswer as problem:
            return _no(str(problem))
        if answer.status != 200:
            return _no(f"HTTP {answer.status} from {urlsplit(url).path}")
        return _json(answer.body)

    def _endpoint(self, url: str) -> Endpoint:
        file = self._at.oidc_ca_file
        known = x509.load_pem_x509_certificates(Path(file).read_bytes()) if file else []
        return Endpoint(
            url=url,
            protection=Protection(tuple(known)),
            connect_s=5.0,
            answer_s=10.0,
            whole_s=20.0,
        )


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOCAL
    )


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no(why: str) -> Finding:
    return Finding.of("API-027", f"the OpenID provider: {why}")
