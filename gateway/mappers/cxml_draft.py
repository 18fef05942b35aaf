"""A request of ours that lacks only its payloadID and its time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.envelope import (
    MODERN,
    NEWEST,
    Stamped,
    left_out,
    payload_id,
    request,
)
from gateway.edi.numbers import Numbers
from gateway.findings import Finding, Where
from gateway.safexml.markup import Node

__all__ = ["CxmlDraft", "Envelope", "Numbered", "Payload"]

_SHORT = "1.2"
_OURS = re.compile(r"([0-9]{13})\..+\.([0-9]{1,9})@[^@]+", re.ASCII)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """From whom and to whom, for which version, and whether it is a test.

    ``process`` tells documents for this partner from those for others: payloadIDs are
    ours alone.
    """

    header: Header
    process: str
    version: str = NEWEST
    test: bool = False

    @classmethod
    def of(
        cls, ours: Credential, theirs: Credential, process: str, version: str
    ) -> Envelope:
        """Between two names; the version 1.2 is the newest of that kind."""
        return cls(
            header=Header(from_=(ours,), to=(theirs,), sender=(ours,)),
            process=process,
            version=NEWEST if version == _SHORT else version,
        )

    @property
    def series(self) -> str:
        """The control number series: one per pair of names."""
        sides = (self.header.from_[0], self.header.to[0])
        return ">".join(f"{one.domain.lower()}:{one.identity}" for one in sides)

    def payload_id(self, number: int, at: datetime) -> str:
        """The payloadID of the document with this number, made then."""
        host = "".join(
            c if c.isascii() and (c.isalnum() or c in ".-") else "-"
            for c in self.header.from_[0].identity
        )
        return payload_id(at, self.process, str(number), host)


class Numbered(NamedTuple):
    """What a payloadID of ours says: when it was made (ms) and under which number."""

    at_ms: int
    number: int

    @classmethod
    def of(cls, payload_id: str) -> Numbered | None:
        """None for one that is none of ours."""
        found = _OURS.fullmatch(payload_id.strip())
        return cls(int(found[1]), int(found[2])) if found else None


class Payload(Protocol):
    """What a document carries, a value."""

    def node(self, now: datetime, before: str) -> Node:
        """The element, as of now and behind the document with this payloadID."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CxmlDraft:
    """A document without its number and time.

    ``before`` is the payloadID of the one before it about the same order; empty: it is
    the first.
    """

    kind: str
    envelope: Envelope
    payload: Payload
    before: str = ""
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, kind: str, envelope: Envelope, payload: Payload) -> CxmlDraft:
        """A draft that tells what its version has no place for (MAP-014)."""
        made = cls(kind=kind, envelope=envelope, payload=payload)
        if envelope.version >= MODERN:
            return made
        node = payload.node(_ANY_TIME, "")
        lost = ", ".join(left_out(node, envelope.version))
        what = f"left out, cXML {envelope.version} does not have it: {lost}"
        found = Finding.of("MAP-014", what, Where(path=f"cXML/Request/{node.name}"))
        return replace(made, findings=(found,)) if lost else made

    @property
    def series(self) -> str:
        """The control number series that it takes its number from."""
        return self.envelope.series

    @property
    def message_count(self) -> int:
        """One: a document carries one payload."""
        return 1

    def after(self, number: int, at: datetime) -> CxmlDraft:
        """The same behind the document with this number, made then."""
        return replace(self, before=self.envelope.payload_id(number, at))

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The document without a secret: the channel puts that in as it sends."""
        its = self.envelope
        stamped = Stamped(
            payload_id=its.payload_id(numbers.interchange, now),
            at=now,
            version=its.version,
        )
        payload = self.payload.node(now, self.before)
        return request(payload, its.header, stamped, test=its.test)
