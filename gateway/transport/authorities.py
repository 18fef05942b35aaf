"""Authorities' servers: their revocation lists, and what their responders answer.

Addresses come out of profiles and certificates, so each is held against what the
profile allows, looked up once, and never leads into our network unless we said so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.transport.addresses import Network, Resolve, place, resolved
from gateway.transport.https import Endpoint, Lines, NoAnswer, Response
from gateway.transport.posting import AGENT

__all__ = ["MOST_BYTES", "Authorities", "Fetched", "Unreached"]

MOST_BYTES = 64 * 1024 * 1024
"""Of a revocation list that is fetched; the largest in use have some 30 MB."""
MOST_ANSWER = 64 * 1024
_QUESTION = "application/ocsp-request"


class Unreached(Exception):
    """There is no list or answer; the text says why, in words of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A list, or nothing new. ``etag`` and ``modified`` are for the next time."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


class Authorities:
    """Fetches from addresses that were found to be allowed.

    ``inside`` are networks of our own that it may go to. No redirect is followed.
    """

    def __init__(
        self,
        inside: Sequence[Network] = (),
        *,
        lines: Lines | None = None,
        resolve: Resolve = resolved,
        list_s: float = 60.0,
        answer_s: float = 3.0,
    ) -> None:
        self._inside = inside
        self._lines = lines or Lines()
        self._resolve = resolve
        self._list_s = list_s
        self._answer_s = answer_s

    def fetch(
        self, url: str, etag: str = "", modified: str = "", *, most_s: float = 60.0
    ) -> Fetched:
        """The list at an address, unless it is the one that is known already.

        Raises ``Unreached``; ``most_s`` are the seconds that it may take in all.
        """
        headers = [AGENT, ("Accept", "application/pkix-crl, */*;q=0.1")]
        headers += [("If-None-Match", etag)] if etag else []
        headers += [("If-Modified-Since", modified)] if modified else []
        to = self._endpoint(url, min(self._list_s, most_s))
        try:
            answer = self._lines.get(to, headers, MOST_BYTES)
        except NoAnswer as problem:
            raise Unreached(str(problem)) from problem
        if answer.status == 304 and (etag or modified):
            return Fetched(body=None, etag=etag, modified=modified)
        return Fetched(
            body=_good(answer),
            etag=answer.header("ETag")[:500],
            modified=answer.header("Last-Modified")[:100],
        )

    def ask(self, url: str, question: bytes, until: float) -> bytes:
        """What a responder answers (RFC 6960 A.1). Raises ``Unreached``.

        ``until`` is when an answer is too late, by ``time.monotonic``.
        """
        left = min(self._answer_s, until - time.monotonic())
        if left <= 0:
            raise Unreached("no time is left to ask")
        to = self._endpoint(url, left)
        headers = [AGENT, ("Content-Type", _QUESTION)]
        try:
            answer = self._lines.post(to, headers, [question], len(question))
        except NoAnswer as problem:
            raise Unreached(str(problem)) from problem
        body = _good(answer)
        if len(body) > MOST_ANSWER:
            raise Unreached("an answer that is too long")
        return body

    def _endpoint(self, url: str, most_s: float) -> Endpoint:
        host = urlsplit(url).hostname or ""
        try:
            where = place(url, [host], self._inside, self._resolve)
        except OSError:
            raise Unreached("the host's name is not known now") from None
        if isinstance(where, str):
            raise Unreached(where)
        step = min(most_s, 10.0)
        return Endpoint(
            url=url, connect_s=step, answer_s=step, whole_s=most_s, address=where.ip
        )


def _good(answer: Response) -> bytes:
    if answer.status == 200:
        return answer.body
    said = f"HTTP {answer.status}"
    if 300 <= answer.status < 400:
        said += ": a redirect is not followed; name its address in the profile"
    raise Unreached(said)
