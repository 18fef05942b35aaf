"""An acknowledgement explained: what each entry points at, what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.edi.annotate import AnnotatedElement, AnnotatedSegment
from gateway.findings import Finding
from gateway.findings.marking import marked as _

Ack_co = TypeVar("Ack_co", covariant=True)
"""What is explained: a 997, 999 or TA1, or a CONTRL."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's meaning and what to do, both to be translated."""

    title: str
    fix: str


NOTHING_TO_DO = _("Nothing to do.")
UNKNOWN = Meaning(
    _("code that the standard does not have here"),
    _("Ask the partner what is meant."),
)
ACCEPTED = Meaning(_("accepted"), NOTHING_TO_DO)
REJECTED = Meaning(
    _("rejected"),
    _("Correct what is named, then send the message again under a new number."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementPlace:
    """An element counted from 1, the tag not counted (X12 C030); 0 is not given."""

    element: int = 0
    component: int = 0
    repetition: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """CTX of a 999: what triggered the entry, or which business unit it is about.

    ``name`` is ``SITUATIONAL TRIGGER`` or the element that ``value`` was taken from.
    """

    name: str
    value: str = ""
    segment_tag: str = ""
    segment_position: int = 0
    loop: str = ""
    place: ElementPlace = ElementPlace()


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalMessage:
    """One message as it was sent, annotated; its findings are ours."""

    type: str
    control_number: str
    segments: tuple[AnnotatedSegment, ...]

    @property
    def subject(self) -> str:
        """``850 0001``."""
        return f"{self.type} {self.control_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What an entry points at. ``name`` is the place in the partner's words.

    ``segment`` and ``element`` are the original's, None where the entry names none
    or the original is not known; ``before`` is the segment in front of a missing one.
    ``copy`` is the bad data as the partner repeats it. ``ours`` are our own findings
    at the same place: none means that we see no fault there.
    """

    name: str = ""
    segment: AnnotatedSegment | None = None
    element: AnnotatedElement | None = None
    before: AnnotatedSegment | None = None
    copy: str = ""
    contexts: tuple[Context, ...] = ()
    ours: tuple[Finding, ...] = ()


NOWHERE = Spot()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One entry of an acknowledgement, explained.

    ``level`` is interchange, group, message, segment or element; ``subject`` names
    the interchange, group or message. ``at`` is where the code stands, such as
    ``AK403``.
    """

    level: str
    subject: str
    at: str
    code: str
    meaning: Meaning
    spot: Spot = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed(Generic[Ack_co]):
    """One acknowledgement, explained. ``matched``: the original answered was given."""

    ack: Ack_co
    matched: bool
    diagnoses: tuple[Diagnosis, ...]
    findings: tuple[Finding, ...]
