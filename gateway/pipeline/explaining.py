"""Explain a transmission: every segment with names, findings at their element.

An acknowledgement is explained against what it answers. Nothing is kept or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.edi.annotate import AnnotatedSegment, annotate, annotate_segment
from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.plan import MessagePlan
from gateway.edi.walk import Walk
from gateway.edi.x12 import charset
from gateway.edi.x12.acks import read_acks
from gateway.edi.x12.diagnose import (
    Diagnosed,
    OriginalGroup,
    OriginalInterchange,
    OriginalMessage,
    diagnose,
)
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.findings.model import Verdict, verdict
from gateway.partner import Profile
from gateway.pipeline.inbound import GroupIn, InterchangeIn, MessageIn, read
from gateway.pipeline.rules import Rules

ORDERS = 500
"""Orders that are mapped for their findings; further ones are only annotated."""
_BEFORE_REPETITION = "00402"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedMessage:
    """One message, annotated."""

    type: str
    control_number: str
    segments: tuple[AnnotatedSegment, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True, kw_only=True)
class ExplainedGroup:
    """One group: GS, its messages, GE where there is one."""

    group: GroupBegun
    head: AnnotatedSegment
    messages: list[ExplainedMessage] = field(default_factory=list)
    end: AnnotatedSegment | None = None
    findings: tuple[Finding, ...] = ()
    """Those of the group; the ones that name GS or GE stand there, too."""


@dataclass(slots=True, kw_only=True)
class ExplainedInterchange:
    """One interchange: ISA and TA1, its groups, IEA where there is one.

    ``partner_id`` is empty where no profile is the sender's: then the standard alone
    was applied.
    """

    begun: InterchangeBegun
    partner_id: str = ""
    head: list[AnnotatedSegment] = field(default_factory=list)
    groups: list[ExplainedGroup] = field(default_factory=list)
    end: AnnotatedSegment | None = None
    findings: tuple[Finding, ...] = ()
    """Those of the interchange; the ones that name ISA or IEA stand there, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A transmission with names and findings, and acknowledgements made plain.

    ``findings`` are those that belong to no interchange.
    """

    interchanges: tuple[ExplainedInterchange, ...]
    acknowledgements: tuple[Diagnosed, ...]
    findings: tuple[Finding, ...]

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Everything that was found, in the order of the transmission."""
        found = list(self.findings)
        for interchange in self.interchanges:
            found += interchange.findings
            for group in interchange.groups:
                found += group.findings
                for message in group.messages:
                    found += message.findings
        for diagnosed in self.acknowledgements:
            found += diagnosed.findings
        return tuple(found)

    @property
    def verdict(self) -> Verdict:
        """Accepted, accepted with errors or rejected."""
        return verdict(self.all_findings)

    @property
    def clean(self) -> bool:
        """Whether nothing is more than a warning and no acknowledgement objects."""
        taken = all(d.ack.acknowledgement == "accepted" for d in self.acknowledgements)
        return taken and self.verdict is Verdict.ACCEPTED


def explain(data: bytes, rules: Rules, *, ack: bytes = b"") -> Explained:
    """Name and judge what is in ``data``; with ``ack`` explain that against it.

    Without ``ack`` the acknowledgements among the data themselves are explained, by
    their meaning alone. Never raises for any bytes.
    """
    reading = read([data], rules, receipt_id="rcp_explain", orders=ORDERS)
    explaining = _Explaining(rules, data, reading.interchanges, answered=bool(ack))
    explaining.take(_events(data, rules))
    interchanges = tuple(explaining.out)
    if ack:
        originals = tuple(map(_original, interchanges))
        told = diagnose(read_acks(_events(ack, rules)), originals)
        faults = () if told else (_no_ack(),)
    else:
        told, faults = diagnose(read_acks(_events(data, rules)), ()), ()
    return Explained(
        interchanges=interchanges,
        acknowledgements=told,
        findings=reading.faults + faults,
    )


def _no_ack() -> Finding:
    what = "the acknowledgement file holds no 997, 999 or TA1"
    return Finding.of("WIRE-012", what)


def _events(data: bytes, rules: Rules) -> list[Event]:
    reader = X12Reader(rules.limits)
    return [*reader.receive(data), *reader.finish()]


def _original(interchange: ExplainedInterchange) -> OriginalInterchange:
    groups = (
        OriginalGroup(
            group=group.group,
            messages=tuple(
                OriginalMessage(
                    type=message.type,
                    control_number=message.control_number,
                    segments=message.segments,
                )
                for message in group.messages
            ),
        )
        for group in interchange.groups
    )
    return OriginalInterchange(begun=interchange.begun, groups=tuple(groups))


class _Explaining:
    """Puts names on what the reader gives; findings come from the inbound path."""

    def __init__(
        self,
        rules: Rules,
        data: bytes,
        interchanges: Iterable[InterchangeIn],
        *,
        answered: bool,
    ) -> None:
        self.rules = rules
        ebcdic = data.startswith(charset.EBCDIC_MARK)
        self.data = charset.from_ebcdic(data) if ebcdic else data
        self.answered = answered
        self.out: list[ExplainedInterchange] = []
        self._interchanges: dict[int, InterchangeIn] = {}
        self._groups: dict[int, GroupIn] = {}
        self._messages: dict[int, MessageIn] = {}
        for interchange in interchanges:
            self._interchanges[interchange.begun.byte_offset] = interchange
            for group in interchange.groups:
                self._groups[group.group.byte_offset] = group
                self._messages |= {m.byte_offset: m for m in group.messages}
        self._walks: dict[int, tuple[MessagePlan, Walk]] = {}
        self._profile: Profile | None = None
        self._open: ExplainedInterchange | None = None
        self._group: ExplainedGroup | None = None
        self._end = 0

    def take(self, events: Iterable[Event]) -> None:
        """All events of the transmission, in order."""
        for event in events:
            if isinstance(event, InterchangeBegun):
                self._begin(event)
            elif self._open is None:
                continue
            elif isinstance(event, AcknowledgementRead):
                ta1 = self._envelope(("TA1", *event.ta1), event.byte_offset)
                self._open.head.append(ta1)
            elif isinstance(event, GroupBegun):
                self._begin_group(event)
            elif isinstance(event, MessageRead):
                self._message(event)
            elif isinstance(event, GroupEnded):
                self._end_group(event)
            elif isinstance(event, InterchangeEnded):
                self._finish(event)

    def _begin(self, begun: InterchangeBegun) -> None:
        known = self._interchanges.get(begun.byte_offset)
        found = known.findings if known else ()
        self._profile = known.profile if known else None
        if known and known.stranger and not self.answered:
            found += (_stranger(known),)
        self._open = ExplainedInterchange(
            begun=begun,
            partner_id=self._profile.id if self._profile else "",
            findings=found,
        )
        head = self._envelope(("ISA", *begun.isa), begun.byte_offset, found)
        self._open.head.append(head)
        self.out.append(self._open)

    def _begin_group(self, begun: GroupBegun) -> None:
        assert self._open is not None
        known = self._groups.get(begun.byte_offset)
        found = known.findings if known else ()
        head = self._envelope(("GS", *begun.gs), begun.byte_offset, found)
        self._group = ExplainedGroup(group=begun, head=head, findings=found)
        self._open.groups.append(self._group)
        self._end = begun.byte_offset + 2

    def _message(self, message: MessageRead) -> None:
        if self._group is None:
            return
        version = self._group.group.version
        validator = self.rules.validator(self._profile, version, message.type)
        known = self._messages.get(message.byte_offset)
        found = known.findings if known else message.faults
        if known and known.mapped:
            found += known.mapped.findings
        plan = validator.plan if validator else None
        walk = self._walk(plan) if plan else None
        self._group.messages.append(
            ExplainedMessage(
                type=message.type,
                control_number=message.control_number,
                segments=annotate(message, plan, found, walk=walk),
                findings=found,
            )
        )
        self._end = message.byte_offset + len(message.raw)

    def _walk(self, plan: MessagePlan) -> Walk:
        """The plan's, made once; the plan is kept so that its id stays its own."""
        if id(plan) not in self._walks:
            self._walks[id(plan)] = plan, Walk(plan)
        return self._walks[id(plan)][1]

    def _end_group(self, event: GroupEnded) -> None:
        if self._group is not None and event.ge is not None:
            assert self._open is not None
            tag = f"GE{self._open.begun.separators.element}"
            offset = self.data.find(tag.encode("latin-1"), self._end)
            found = self._group.findings
            self._group.end = self._envelope(("GE", *event.ge), offset, found)
        self._group = None

    def _finish(self, event: InterchangeEnded) -> None:
        assert self._open is not None
        if event.iea is not None:
            found, iea = self._open.findings, ("IEA", *event.iea)
            self._open.end = self._envelope(iea, event.byte_offset, found)
        self._open = None

    def _envelope(
        self, row: Sequence[str], offset: int, findings: Iterable[Finding] = ()
    ) -> AnnotatedSegment:
        """An envelope segment, with those of the findings that name it."""
        assert self._open is not None
        its, tag = self._open.begun, row[0]
        group = self._group.group.version if self._group and tag[0] == "G" else ""
        version = group or (
            "004010" if its[12] < _BEFORE_REPETITION else self._newest()
        )
        table = self.rules.tables.segment(version, tag)
        here = (f for f in findings if f.where.segment_tag == tag)
        text = its.separators.element.join(row)
        return annotate_segment(text, its.separators, table, offset, here)

    def _newest(self) -> str:
        return max(self.rules.tables.versions, default="")


def _stranger(interchange: InterchangeIn) -> Finding:
    """Why it is nobody's: of no weight here, where nothing is booked."""
    isa, stranger = interchange.begun, interchange.stranger
    if stranger is not None and stranger.code != "ENV-020":
        return stranger
    what = f"no profile for {isa[5]}:{isa[6]}: the base standard was applied"
    return Finding.of("CFG-030", what)
