"""Tokens of an OpenID provider: whose they are, and whether we believe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import nan
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.findings import Finding

__all__ = ["Claims", "claims_of", "group_of"]

_SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
_ALGORITHMS = (*_SIGNED, "ES512", "EdDSA", "Ed25519")
"""What the provider may sign by: never with a secret that others have too."""
_LEEWAY_S = 60
_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of a person. ``subject`` is the issuer, a blank, and who.

    ``email`` is empty unless the provider has verified that it is theirs.
    """

    subject: str
    name: str
    email: str
    told: Mapping[str, Any]


def claims_of(
    token: str,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    audience: str,
    now: datetime,
    nonce: str | None = None,
) -> Claims | Finding:
    """What a signed token says, or why it is not believed.

    ``keys`` is the provider's JWK set (RFC 7517). With ``nonce`` it is an ID token
    (OpenID Connect Core 1.0 §3.1.3.7), else an access token (RFC 9068 §4).
    """
    if len(token) > _LONGEST:
        return _no("it is too long")
    try:
        known = KeySet.import_key_set(_for_signatures(keys))
        told = jwt.decode(token, known, algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError) as problem:
        return _no(f"its signature does not hold ({type(problem).__name__})")
    why = _wrong(told, issuer, audience, now.timestamp(), nonce)
    if why:
        return _no(why)
    verified = told.get("email_verified") is True
    name = told.get("name") or told.get("preferred_username") or told["sub"]
    return Claims(
        subject=f"{issuer} {told['sub']}",
        name=str(name),
        email=str(told.get("email", "")) if verified else "",
        told=told,
    )


def group_of(claims: Claims, claim: str, roles: Mapping[str, str]) -> str | None:
    """The role of the first group of ``roles`` that the person has; none: no group."""
    found: Any = claims.told
    for part in claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    groups = {found} if isinstance(found, str) else set(_texts(found))
    return next((role for group, role in roles.items() if group in groups), None)


def _wrong(
    told: Mapping[str, Any], issuer: str, audience: str, now_s: float, nonce: str | None
) -> str:
    """What of the claims does not agree; empty: all of it does."""
    for_us = told.get("aud")
    audiences = [for_us] if isinstance(for_us, str) else [*_texts(for_us)]
    ends, begins = _number(told.get("exp")), _number(told.get("nbf", 0))
    is_id = nonce is not None
    checks = (
        (told.get("iss") == issuer, "it is of another issuer"),
        (audience in audiences, "it is for somebody else"),
        (not is_id or told.get("azp", audience) == audience, "it is for another one"),
        (isinstance(told.get("sub"), str) and bool(told.get("sub")), "it names nobody"),
        (now_s < ends + _LEEWAY_S, "its time is over"),
        (begins <= now_s + _LEEWAY_S, "its time is to come"),
        (not is_id or told.get("nonce") == nonce, "it is of another login"),
    )
    return next((why for is_good, why in checks if not is_good), "")


def _for_signatures(keys: Mapping[str, Any]) -> Any:
    known = keys.get("keys")
    if not isinstance(known, list):
        raise ValueError("no keys")
    public = [
        one
        for one in known
        if isinstance(one, Mapping)
        and one.get("kty") in ("RSA", "EC", "OKP")
        and one.get("use", "sig") == "sig"
    ]
    return {"keys": public}


def _number(value: Any) -> float:
    """Seconds since 1970; what is no number agrees with no time."""
    is_one = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_one else nan


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, str)]


def _no(why: str) -> Finding:
    return Finding.of("API-026", f"the token of the provider is not believed: {why}")
