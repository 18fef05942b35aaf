"""Logging in by the OpenID provider: there, and back with a code."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.store import users, visits
from gateway.store.users import User
from gateway.transport.openid import Identity
from gateway.web.console.desk import LOGIN, Porch, led_to, own_path
from gateway.web.console.login import ThePorch, asked, enter
from gateway.web.console.rights import Role

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
THERE = f"{LOGIN}/openid"
BACK = f"{THERE}/back"
_MOST_S = 600
_FAILED = _("The login at the provider did not succeed. Try again.")
_UNKNOWN = _("You are known to the provider, but have no access here.")


@router.get(THERE)
def there(here: ThePorch, next: str = "") -> Response:
    """Lead to the provider; a cookie of this browser proves that it began here."""
    provider = here.parts.openid
    if provider is None:
        return asked(here, next=own_path(next), wrong=_FAILED, status=404)
    begun = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    address = provider.begins_at(back=_back(here), now=here.now, **begun)
    if isinstance(address, Finding):
        return asked(here, next=own_path(next), wrong=address.what, status=503)
    answer = led_to(here, address)
    kept = json.dumps(begun | {"next": own_path(next)}).encode()
    value = base64.urlsafe_b64encode(kept).decode().rstrip("=")
    answer.headers.append("Set-Cookie", _cookie(here, value))
    return answer


@router.get(BACK)
def back(here: ThePorch, code: str = "", state: str = "", iss: str = "") -> Response:
    """Begin a session for whom the provider names."""
    provider, begun = here.parts.openid, _begun(here)
    wanted = own_path(begun.get("next", ""))
    is_ours = hmac.compare_digest(begun.get("state", "").encode(), state.encode())
    if provider is None or not (state and is_ours and code):
        return _refused(here, wanted, _FAILED, "no code, or not ours")
    if iss and iss != provider.issuer:  # RFC 9207
        return _refused(here, wanted, _FAILED, "another issuer")
    found = provider.identity(
        code,
        back=_back(here),
        nonce=begun.get("nonce", ""),
        verifier=begun.get("verifier", ""),
        now=here.now,
    )
    if isinstance(found, Finding):
        return _refused(here, wanted, _FAILED, found.what)
    user = _user(here, found)
    if user is None or not user.is_active:
        return _refused(here, wanted, _UNKNOWN, "no access")
    answer = enter(here, user, wanted, way="openid")
    answer.headers.append("Set-Cookie", _cookie(here, ""))
    return answer


def _user(here: Porch, found: Identity) -> User | None:
    """The user of an identity: known by its subject, added for it, or new.

    Whoever was added with ``--openid`` is theirs by subject or by a verified address;
    a user with a password is never taken over.
    """
    role = found.role if found.role in set(Role) else None
    with here.parts.engine.db.begin() as tx:
        user = users.of_subject(tx, found.subject)
        names = (found.subject.partition(" ")[2], found.email)
        for name in names if user is None else ():
            added = users.find(tx, name) if name else None
            if added and not (added.has_password or added.subject):
                user = added
                break
        if user is not None:
            users.link(
                tx,
                user,
                subject=found.subject,
                role=role or user.role,
                name=found.name,
                now=here.now,
            )
            return users.user(tx, user.id)
        if role is None:
            return None
        return users.add(
            tx,
            found.email or names[0],
            role,
            here.now,
            name=found.name,
            subject=found.subject,
            by="openid",
        )


def _refused(here: Porch, wanted: str, told: str, why: str) -> Response:
    with here.parts.engine.db.begin() as tx:
        visits.refused(tx, "", here.now, address=here.address, way=f"openid: {why}")
    answer = asked(here, next=wanted, wrong=told, status=403)
    answer.headers.append("Set-Cookie", _cookie(here, ""))
    return answer


def _begun(here: Porch) -> dict[str, Any]:
    value = here.request.cookies.get(_name(here), "")
    try:
        found = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except ValueError:
        return {}
    is_ours = isinstance(found, dict)
    return {k: v for k, v in found.items() if isinstance(v, str)} if is_ours else {}


def _cookie(here: Porch, value: str) -> str:
    seconds = _MOST_S if value else 0
    more = "; Secure" if here.is_secure else ""
    return (
        f"{_name(here)}={value}; Path=/; Max-Age={seconds}; HttpOnly; "
        f"SameSite=Lax{more}"
    )


def _name(here: Porch) -> str:
    return "__Host-gateway_openid" if here.is_secure else "gateway_openid"


def _back(here: Porch) -> str:
    ours = here.parts.engine.settings.console_url or str(here.request.base_url)
    parts = urlsplit(ours)
    return f"{parts.scheme}://{parts.netloc}{BACK}"
