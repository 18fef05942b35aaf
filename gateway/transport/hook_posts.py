"""Events posted to the webhooks of our own systems, and nowhere else."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from gateway.config import webhook_keys
from gateway.pipeline.ports import Failed, Sent, Trouble
from gateway.transport.addresses import Network, Place, Resolve, is_in, place, resolved
from gateway.transport.https import Endpoint, Lines, NoAnswer, Response, asked_pause
from gateway.transport.posting import AGENT, THROTTLED
from gateway.transport.webhook import signature

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
_DOWN = frozenset({502, 503, 504, 429, 408})
"""Answers that speak of the receiver, and not of the event."""


def where(
    url: str, inside: Sequence[Network] = (), resolve: Resolve = resolved
) -> Place | str:
    """Where a webhook's address leads, or why it is not used.

    Out of our network and by https; into networks that are listed, by http too. Raises
    ``OSError`` when the host cannot be looked up now.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    found = place(url, {host}, inside, resolve)
    if isinstance(found, str) or found.scheme == "https" or is_in(found.ip, inside):
        return found
    return "the address is not https"


class HookPosts:
    """Posts events; ``inside`` are networks of our own that they may go to.

    The address is looked up anew for each, and then held on to; no redirect is
    followed, and of an answer only its status counts.
    """

    def __init__(
        self,
        lines: Lines,
        inside: Sequence[Network] = (),
        timeout_s: float = 10.0,
        resolve: Resolve = resolved,
    ) -> None:
        self._lines = lines
        self._inside = inside
        self._timeout_s = timeout_s
        self._resolve = resolve

    def post(
        self, url: str, secrets: Sequence[str], id_: str, body: bytes, now: datetime
    ) -> Sent | Failed:
        """Post an event once. Every repeat has the same id and the same bytes."""
        try:
            there = where(url, self._inside, self._resolve)
        except OSError:
            return Failed("the host's name is not known now")
        if isinstance(there, str):
            return Failed(there)
        to = Endpoint(
            url=url,
            connect_s=self._timeout_s,
            answer_s=self._timeout_s,
            whole_s=self._timeout_s,
            address=there.ip,
            status_only=True,
        )
        headers = _headers(secrets, id_, body, now)
        try:
            answer = self._lines.post(to, headers, [body], len(body))
        except NoAnswer as problem:
            return Failed(str(problem))
        return _outcome(answer, now)


def _outcome(answer: Response, now: datetime) -> Sent | Failed:
    """What a status means: taken, not taken, or that nothing more is to come."""
    said = f"HTTP {answer.status}"
    if 200 <= answer.status < 300:
        return Sent(said)
    if answer.status == http.client.GONE:
        return Failed(said, trouble=Trouble.REFUSED)
    if answer.status in _DOWN | THROTTLED:
        return Failed(said, retry_at=asked_pause(answer.header("Retry-After"), now))
    return Failed(said, trouble=Trouble.OURS)


def _headers(
    secrets: Sequence[str], id_: str, body: bytes, now: datetime
) -> list[tuple[str, str]]:
    at = int(now.timestamp())
    keys = [key for one in secrets for key in webhook_keys(one)]
    return [
        ("Content-Type", MEDIA_TYPE),
        AGENT,
        ("webhook-id", id_),
        ("webhook-timestamp", str(at)),
        ("webhook-signature", signature(keys, id_, at, body)),
    ]
