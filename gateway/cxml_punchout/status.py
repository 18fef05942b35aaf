"""The Status of a cXML answer: its codes, and which one findings come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.findings import Finding, Severity
from gateway.findings.codes import CODES

__all__ = ["ACCEPTED", "OK", "TEXTS", "Status", "classed", "is_retried", "status_of"]

TEXTS: Mapping[int, str] = MappingProxyType(
    {
        200: "OK",
        201: "Accepted",
        204: "No Content",
        211: "OK",
        280: "Forwarded",
        281: "Forwarded over an unreliable transport",
        400: "Bad Request",
        401: "Unauthorized",
        402: "Payment Required",
        403: "Forbidden",
        406: "Not Acceptable",
        409: "Conflict",
        412: "Precondition Failed",
        417: "Expectation Failed",
        450: "Not Implemented",
        475: "Signature Required",
        476: "Signature Verification Failed",
        477: "Signature Unacceptable",
        499: "Document Size Error",
        500: "Internal Server Error",
        550: "Unable to reach the next server",
        551: "Unable to forward the request",
        560: "Temporary server error",
        561: "Unable to provide a requested response",
        562: "Unable to forward the request",
        563: "Connection in progress",
    }
)
"""Codes of the status element with their texts; 461 to 470 are catalog uploads."""

_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How it went: ``code`` is for the peer's program, ``body`` for people."""

    code: int
    text: str = ""
    body: str = ""
    language: str = "en"

    @property
    def good(self) -> bool:
        """Whether the document was taken (2xx)."""
        return 200 <= self.code < 300


OK = Status(code=200, text="OK")
ACCEPTED = Status(code=201, text=TEXTS[201])
"""A StatusUpdateRequest is to follow."""


def classed(code: int) -> int:
    """The code that an unknown one stands for: the first of its hundred.

    202, 404, 405, 407, 408 and 410 are no codes of cXML and arrive all the same. What
    has no hundred of its own is 500: nobody knows what became of the document.
    """
    if code in TEXTS or 461 <= code <= 470:
        return code
    return {2: 200, 4: 400}.get(code // 100, 500)


def is_retried(code: int) -> bool:
    """Whether the sender tries again: after 5xx, never after 4xx."""
    return classed(code) >= 500


def status_of(findings: Iterable[Finding], message_id: str = "") -> Status:
    """What findings are answered with: the first that rejects, else 200.

    ``message_id`` is our name of the document, for people who ask. Values of the
    document are not repeated.
    """
    rejecting = [one for one in findings if one.severity is Severity.REJECT]
    if not rejecting:
        return OK
    told = (f"{one.code} {one.where}: {CODES[one.code].title}." for one in rejecting)
    text = " ".join(" ".join(told).replace(" :", ":").split())[:_LONGEST]
    code = int(CODES[rejecting[0].code].cxml or 400)
    body = f"{text} [{message_id}]" if message_id else text
    return Status(code=code, text=TEXTS[code], body=body)
