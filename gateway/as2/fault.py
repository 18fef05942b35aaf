"""Why a message is not taken: the operator's finding, and what the partner is told."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.as2.disposition import PROCESSED, Disposition, read_disposition
from gateway.findings import CODES, Finding, Severity
from gateway.trust.cms import CmsFault, Kind

__all__ = [
    "Fault",
    "decompression",
    "decryption",
    "disposition_of",
    "mime",
    "reasons",
    "signature",
    "unsigned",
]


def disposition_of(code: str) -> Disposition:
    """What a partner is told about a finding, by the table of codes."""
    return read_disposition(CODES[code].as2) or PROCESSED


_OPEN = frozenset({"TRU-405", "AS2-103", "AS2-106", "AS2-107", "AS2-108", "WIRE-021"})
"""What is told in full: of the header, and of how a message is protected."""


def reasons(findings: Iterable[Finding]) -> str:
    """Why a message is refused, for people at the partner: a line for each code.

    What was found inside of it is told by its code's own words alone: it may be what
    somebody wants to hear who has no key.
    """
    lines = (
        f"{one.code}: {one.what if one.code in _OPEN else CODES[one.code].title}."
        for one in findings
        if one.severity is Severity.REJECT
    )
    return "\r\n".join(dict.fromkeys(lines))


class Fault(Exception):
    """What stops one layer from being read."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.finding = Finding.of(code, what)
        self.disposition = disposition_of(code)


def mime(what: str) -> Fault:
    """The bytes are no MIME that can be read, or over a limit."""
    return Fault("AS2-105", what)


def decryption(fault: CmsFault | None = None) -> Fault:
    """It cannot be decrypted. Why is said to nobody: each reason helps an attacker."""
    if fault is not None and fault.kind is Kind.TOO_LARGE:
        return mime(fault.what)
    return Fault("TRU-401", "the message cannot be decrypted")


def decompression(what: str) -> Fault:
    """It cannot be decompressed, or grows beyond the limit."""
    return Fault("TRU-404", what)


def signature(fault: CmsFault) -> Fault:
    """The signature is not right, or the content is not what was signed."""
    if fault.kind is Kind.INTEGRITY:
        return Fault("TRU-403", fault.what)
    if fault.kind is Kind.TOO_LARGE:
        return mime(fault.what)
    return unsigned(fault.what)


def unsigned(what: str) -> Fault:
    """What should be a signature of the partner's is none."""
    return Fault("TRU-402", what)
