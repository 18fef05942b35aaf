"""Write EDIFACT interchanges: finished messages, any syntax and characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from gateway.edi.edifact import una
from gateway.edi.edifact.charset import codec_of, writable_in
from gateway.edi.edifact.events import UnbRead
from gateway.edi.events import Separators
from gateway.edi.numbers import Numbers
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.edifact import EdifactIdentity
from gateway.values import swift

__all__ = [
    "COMMON",
    "Draft",
    "Envelope",
    "Identifier",
    "Pen",
    "Repeated",
    "Row",
    "agreed",
    "answering",
]

Simple = str | Decimal
"""A text, or a number that is written with the interchange's decimal mark."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """One element several times: as further elements up to syntax 3, then separated."""

    values: tuple[Simple | tuple[Simple, ...], ...]


Value = Simple | tuple[Simple, ...] | Repeated
"""An element, or the components of a composite."""
Row = tuple[Value, ...]
"""A segment: its tag and its elements."""

COMMON = replace(una.DEFAULT, decimal=".", suffix="\n")
"""The usual service characters, and a line for each segment."""
_PARTY_PARTS = 3
_NO_CODEC = "latin-1"


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """S009: which message, of which directory, of which subset."""

    type: str
    version: str = "D"
    release: str = ""
    agency: str = "UN"
    association: str = ""

    @classmethod
    def of(cls, type: str, directory: str, association: str = "") -> Identifier:
        """Of a directory's name, such as ``D96A``."""
        return cls(
            type=type,
            version=directory[:1],
            release=directory[1:],
            association=association,
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """As UNH writes it."""
        return (self.type, self.version, self.release, self.agency, self.association)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything in UNA and UNB that is no number, date or time.

    ``charset`` is 0001; ``encoding`` a Python codec that is written in its place.
    Parties are 0004 or 0010, 0007 and the internal address. UNA is written where
    ``una`` says so, or the service characters are not the usual ones. ``grouped`` puts
    all messages into one UNG.
    """

    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    syntax: int = 3
    charset: str = "UNOC"
    encoding: str = ""
    separators: Separators = COMMON
    una: bool = True
    application: str = ""
    ack_request: str = ""
    agreement: str = ""
    test: str = ""
    grouped: bool = False

    @property
    def codec(self) -> str:
        """The encoding that is written."""
        return self.encoding or codec_of(self.charset) or _NO_CODEC

    @property
    def series(self) -> str:
        """The control number series: one per pair of identities and test indicator."""
        ours, theirs = (":".join(reversed(p[:2])) for p in (self.sender, self.receiver))
        return f"{ours}>{theirs}" + (f"#{self.test}" if self.test else "")


def answering(begun: UnbRead) -> Envelope:
    """The envelope of an answer: parties swapped, the rest as received.

    The acknowledgement request is not returned. Service characters that cannot be
    used, or that not every character set has, are written as the usual ones.
    """
    its = begun.separators
    usable = (
        len(set(its.all)) == len(its.all)
        and not any(map(str.isalnum, its.all))
        and f"{its.all}{its.decimal}".isascii()
    )
    charset = begun.syntax_identifier
    suffix = "" if its.terminator.isspace() else "\n"
    return Envelope(
        sender=_party(begun, 3),
        receiver=_party(begun, 2),
        syntax=begun.syntax,
        charset=charset if codec_of(charset) else "UNOC",
        encoding=begun.encoding,
        separators=replace(its, decimal=its.decimal or ".", suffix=suffix)
        if usable
        else COMMON,
        una=begun.has_una,
        test=begun.test_indicator,
    )


def agreed(profile: Profile, *, test: bool = False) -> Envelope:
    """The envelope of what we send to a partner on our own.

    The first of our addresses and of theirs are written.
    """
    form = profile.edifact
    marks = {
        "element": form.element_separator,
        "component": form.component_separator,
        "repetition": form.repetition_separator,
        "release": form.release,
        "terminator": form.terminator,
    }
    given = {role: mark for role, mark in marks.items() if mark is not None}
    return Envelope(
        sender=_address(profile.us.edifact),
        receiver=_address(profile.identities.edifact),
        syntax=int(form.syntax),
        charset=form.charset,
        encoding=form.encoding or "",
        separators=replace(COMMON, decimal=form.decimal, suffix=form.suffix, **given),
        una=form.una == "always",
        ack_request="1" if form.contrl_wanted == "yes" else "",
        grouped=form.group == "yes",
        test="1" if test else "",
    )


def _address(identities: Sequence[EdifactIdentity]) -> tuple[str, ...]:
    if not identities:
        return ("",)
    its = identities[0]
    return (its.id, its.qualifier or "", its.internal or "")


def _party(begun: UnbRead, element: int) -> tuple[str, ...]:
    return tuple(begun.part(element, n) for n in range(1, _PARTY_PARTS + 1))


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An interchange that lacks its control numbers and its time.

    ``messages`` are pairs of the identifier and the segments between UNH and UNT.
    ``reference`` is 0068, the common access reference. ``findings`` say what did not
    fit into it.
    """

    kind: str
    envelope: Envelope
    messages: tuple[tuple[Identifier, tuple[Row, ...]], ...]
    reference: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def series(self) -> str:
        """The control number series that it takes its numbers from."""
        return self.envelope.series

    @property
    def message_count(self) -> int:
        """How many 0062 numbers it takes."""
        return len(self.messages)

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The interchange as bytes, with control numbers and date filled in."""
        pen = Pen(self.envelope)
        lines = [pen.una, *map(pen.segment, self._rows(numbers, now))]
        return "".join(lines).encode(self.envelope.codec)

    def _rows(self, numbers: Numbers, now: datetime) -> Iterator[Row]:
        envelope = self.envelope
        date = f"{now:%y%m%d}" if envelope.syntax < 4 else f"{now:%Y%m%d}"
        at = (date, f"{now:%H%M}")
        number = str(numbers.interchange)
        yield (
            "UNB",
            (envelope.charset, str(envelope.syntax)),
            envelope.sender,
            envelope.receiver,
            at,
            number,
            "",
            envelope.application,
            "",
            envelope.ack_request,
            envelope.agreement,
            envelope.test,
        )
        first = self.messages[0][0] if self.messages else Identifier(type="")
        if envelope.grouped:
            yield (
                "UNG",
                first.type,
                envelope.sender[:2],
                envelope.receiver[:2],
                at,
                str(numbers.group),
                first.agency,
                (first.version, first.release, first.association),
            )
        for n, (identifier, body) in enumerate(self.messages, numbers.message):
            yield ("UNH", str(n), identifier.parts, self.reference)
            yield from body
            yield ("UNT", str(len(body) + 2), str(n))
        if envelope.grouped:
            yield ("UNE", str(len(self.messages)), str(numbers.group))
        yield ("UNZ", "1" if envelope.grouped else str(len(self.messages)), number)


class Pen:
    """Writes segments with one envelope's service characters and character set."""

    def __init__(self, envelope: Envelope) -> None:
        """``una`` is the UNA to write in front of all, or nothing."""
        self._charset, self._codec = envelope.charset, envelope.codec
        if envelope.encoding:
            self._charset = ""
        its = envelope.separators
        repetition = its.repetition or una.REPETITION
        if envelope.syntax < 4:
            repetition = ""
        self._separators = its = replace(
            its, repetition=repetition, decimal=its.decimal or "."
        )
        # without a release character a service character is no data
        self._released = {
            ord(c): its.release + c if its.release else " " for c in its.all
        }
        self.una = ""
        if envelope.una or not self._is_usual():
            five = its.component + its.element + its.decimal + (its.release or " ")
            self.una = f"UNA{five}{repetition or ' '}{its.terminator}{its.suffix}"

    def _is_usual(self) -> bool:
        usual = replace(
            una.DEFAULT,
            repetition=una.REPETITION if self._separators.repetition else "",
            decimal=".",
            suffix=self._separators.suffix,
        )
        return self._separators == usual

    def segment(self, row: Row) -> str:
        """A segment with its terminator, without empty elements at its end."""
        elements = [part for value in row for part in self._element(value)]
        while len(elements) > 1 and not elements[-1]:
            elements.pop()
        its = self._separators
        return its.element.join(elements) + its.terminator + its.suffix

    def _element(self, value: Value) -> Iterable[str]:
        """The element, or the elements that its repetitions are."""
        if not isinstance(value, Repeated):
            return (self._composite(value),)
        written = [self._composite(one) for one in value.values]
        mark = self._separators.repetition
        return (mark.join(written),) if mark else written

    def _composite(self, value: Simple | tuple[Simple, ...]) -> str:
        if not isinstance(value, tuple):
            return self._simple(value)
        parts = list(map(self._simple, value))
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return self._separators.component.join(parts)

    def _simple(self, value: Simple) -> str:
        if isinstance(value, Decimal):
            return f"{value:f}".replace(".", self._separators.decimal)
        text = writable_in(value, self._charset, self._codec)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        return text.translate(self._released)
