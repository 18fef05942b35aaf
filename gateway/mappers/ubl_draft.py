"""A document of UBL of ours that lacks only its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.edi.numbers import Numbers
from gateway.findings import Finding
from gateway.safexml.markup import Content
from gateway.ubl.document import PartyName
from gateway.ubl.names import PEPPOL_BIS, PEPPOL_TRNS
from gateway.ubl.writing import document

__all__ = ["Envelope", "Payload", "UblDraft", "peppol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """From whom and to whom; by Peppol's rules, or plain UBL.

    ``process`` is the profile that an answer has to stay in: the order's.
    """

    sender: PartyName
    receiver: PartyName
    is_peppol: bool = True
    process: str = ""

    @property
    def series(self) -> str:
        """The control number series: one per pair of names."""
        pair = (self.sender, self.receiver)
        return ">".join(f"ubl:{one.scheme}:{one.id}" for one in pair)


class Payload(Protocol):
    """What a document says, a value."""

    @property
    def name(self) -> str:
        """The name of the root."""
        ...

    def content(self, now: datetime) -> Content:
        """What stands in the root, as of now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UblDraft:
    """A document without its time."""

    kind: str
    envelope: Envelope
    payload: Payload
    findings: tuple[Finding, ...] = ()

    @property
    def series(self) -> str:
        """The control number series that it takes its number from."""
        return self.envelope.series

    @property
    def message_count(self) -> int:
        """One: a document is one message."""
        return 1

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The document. Its number is its own; the series only counts it."""
        return document(self.payload.name, self.payload.content(now))


def peppol(transaction: str, process: str) -> tuple[str, str]:
    """CustomizationID and ProfileID of a Peppol document."""
    return f"{PEPPOL_TRNS}{transaction}:3", f"{PEPPOL_BIS}{process}:3"
