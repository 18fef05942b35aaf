"""Tokens are believed by the provider's public keys, and by nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from gateway.findings import Finding
from gateway.trust.tokens import Claims, claims_of, group_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ISSUER, US = "https://login.example", "gateway"
KEY = ECKey.generate_key("P-256", {"kid": "k"})
SHARED = OctKey.generate_key(256, {"kid": "s"})
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": ["other", US],
    "sub": "u-1",
    "exp": int(NOW.timestamp()) + 60,
    "groups": ["a", "b"],
    "deep": {"er": "b"},
}
KEYS = {"keys": [KEY.as_dict(private=False), SHARED.as_dict(), {"kty": "new"}]}


def read(token: str, keys: dict[str, Any] = KEYS) -> Claims | Finding:
    return claims_of(token, keys, issuer=ISSUER, audience=US, now=NOW)


def test_a_token_says_who_somebody_is():
    found = read(jwt.encode({"alg": "ES256", "kid": "k"}, CLAIMS, KEY))
    assert isinstance(found, Claims)
    assert (found.subject, found.name, found.email) == (f"{ISSUER} u-1", "u-1", "")


def unsigned() -> str:
    parts = ({"alg": "none"}, CLAIMS)
    coded = (base64.urlsafe_b64encode(json.dumps(one).encode()) for one in parts)
    return ".".join(one.decode().rstrip("=") for one in coded) + "."


BAD = {
    "of no algorithm": unsigned(),
    "by a shared secret": jwt.encode({"alg": "HS256", "kid": "s"}, CLAIMS, SHARED),
    "by another key": jwt.encode(
        {"alg": "ES256", "kid": "k"}, CLAIMS, ECKey.generate_key("P-256")
    ),
    "by a key of another kind": jwt.encode(
        {"alg": "RS256", "kid": "k"}, CLAIMS, RSAKey.generate_key(2048)
    ),
    "too long": "a" * 20_000,
    "nothing": "",
    "no token": "a.b.c",
    "no ASCII": "é.é.é",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
def test_a_token_that_proves_nothing_is_a_finding(token: str):
    found = read(token)
    assert isinstance(found, Finding)
    assert found.code == "API-026"


@pytest.mark.parametrize("keys", [{}, {"keys": 1}, {"keys": ["x"]}, {"keys": []}])
def test_keys_that_are_none_open_nothing(keys: dict[str, Any]):
    token = jwt.encode({"alg": "ES256", "kid": "k"}, CLAIMS, KEY)
    assert isinstance(read(token, keys), Finding)


@pytest.mark.parametrize(
    ("claim", "role"),
    [("groups", "second"), ("deep.er", "second"), ("deep", None), ("no.such", None)],
)
def test_a_role_comes_of_the_first_group_that_the_settings_know(
    claim: str, role: str | None
):
    claims = Claims(subject="", name="", email="", told=CLAIMS)
    assert group_of(claims, claim, {"c": "first", "b": "second", "a": "third"}) == role
