"""What AS2 and push have in common: who we are, and what a status means."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.findings import Finding
from gateway.partner.push import BasicAuth
from gateway.pipeline.ports import Answer, Failed, Secrets, Trouble
from gateway.transport.https import Endpoint, Lines, Response, asked_pause
from gateway.transport.tls import Protection
from gateway.trust.keyring import Keyring, Use

AGENT = ("User-Agent", "procurement-gateway")
_LATER = frozenset((408, 425, 429))
THROTTLED = frozenset((http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE))
"""Answers of a peer that wants less or later."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What everyone who posts shares: connections, the time, and where secrets are."""

    lines: Lines
    clock: Callable[[], datetime]
    secrets: Secrets | None = None


def endpoint(
    url: str, keyring: Keyring, now: datetime, connect_s: float, answer_s: float
) -> Endpoint:
    """Where to post, with the certificates that are good now on both sides."""
    return Endpoint(
        url=url,
        protection=protection(keyring, now),
        connect_s=connect_s,
        answer_s=answer_s,
    )


def protection(keyring: Keyring, now: datetime) -> Protection:
    """Who the partner's server is, and who we are to it, by what is good now."""
    servers = keyring.theirs.verifying(Use.TLS_SERVER, now)
    return Protection.of(servers, keyring.ours.tls(now))


def authorization(
    auth: BasicAuth | None, secrets: Secrets | None
) -> list[tuple[str, str]] | Failed:
    """The header that says who we are (RFC 7617), or why it cannot be written."""
    if auth is None:
        return []
    if secrets is None:
        return Failed("no secrets are known here", trouble=Trouble.OURS)
    found = secrets.get(auth.password)
    if isinstance(found, Finding):
        return unready(found)
    pair = f"{auth.user}:".encode() + found.reveal()
    return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]


def unready(found: Finding) -> Failed:
    """Something of ours is missing: the message rests, and nobody else is to blame."""
    return Failed(found.what, trouble=Trouble.OURS, code=found.code, at_once=True)


def refused(response: Response, now: datetime, answer: Answer | None = None) -> Failed:
    """What a status other than 2xx means (RFC 4130 §5.5; rfc4130bis).

    408, 425, 429 and 5xx may pass; any other status does not, and no redirect is
    followed.
    """
    status = response.status
    said = f"HTTP {status}"
    if 300 <= status < 400:
        said += ": a redirect is not followed; correct the address in the profile"
    if status < 500 and status not in _LATER:
        return Failed(said, trouble=Trouble.REFUSED, answer=answer)
    throttled = status in THROTTLED
    return Failed(
        said,
        retry_at=asked_pause(response.header("Retry-After"), now),
        trouble=Trouble.THROTTLED if throttled else Trouble.CONNECTION,
        answer=answer,
    )
