"""Explain a transmission: every segment with names, findings at their element.

An acknowledgement is explained against what it answers. Nothing is kept or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gateway.edi.annotate import (
    AnnotatedElement,
    AnnotatedSegment,
    annotate,
    annotate_segment,
)
from gateway.edi.diagnosed import Diagnosed, OriginalMessage
from gateway.edi.edifact import diagnose as contrl
from gateway.edi.edifact.contrl_read import ContrlAck, read_contrl
from gateway.edi.edifact.diagnose import OriginalEdifact
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage, Row, UnbRead, UngRead
from gateway.edi.edifact.reader import EdifactReader
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
from gateway.edi.x12.acks import Ack, read_acks
from gateway.edi.x12.diagnose import OriginalGroup, OriginalInterchange, diagnose
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.findings.model import Verdict, verdict
from gateway.partner import Profile
from gateway.pipeline.arrived import InterchangeIn, MessageIn
from gateway.pipeline.arrived_cxml import CxmlInterchangeIn
from gateway.pipeline.arrived_edifact import EdifactInterchangeIn
from gateway.pipeline.arrived_ubl import UblInterchangeIn
from gateway.pipeline.arrived_x12 import X12GroupIn, X12InterchangeIn
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules

ORDERS = 500
"""Orders that are mapped for their findings; further ones are only annotated."""
_BEFORE_REPETITION = "00402"


AnyDiagnosed = Diagnosed[Ack] | Diagnosed[ContrlAck]
"""An acknowledgement of either standard, explained."""


def said(ack: Ack | ContrlAck) -> str:
    """What an acknowledgement says in all, as a status; empty: nothing of content."""
    return ack.overall if isinstance(ack, ContrlAck) else ack.acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedMessage:
    """One message, annotated."""

    type: str
    control_number: str
    segments: tuple[AnnotatedSegment, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True, kw_only=True)
class ExplainedGroup:
    """One group: its header, its messages, its trailer where there is one.

    Messages of EDIFACT that stand in no group have neither ``group`` nor ``head``.
    """

    group: GroupBegun | UngRead | None
    head: AnnotatedSegment | None
    messages: list[ExplainedMessage] = field(default_factory=list)
    end: AnnotatedSegment | None = None
    findings: tuple[Finding, ...] = ()
    """Those of the group; the ones that name GS or GE stand there, too."""

    @property
    def functional_id(self) -> str:
        """GS01 or 0038."""
        if isinstance(self.group, UngRead):
            return self.group.message_type
        return self.group.functional_id if self.group else ""

    @property
    def control_number(self) -> str:
        """GS06 or 0048."""
        return self.group.control_number if self.group else ""

    @property
    def version(self) -> str:
        """GS08; in EDIFACT each message has its own."""
        return self.group.version if isinstance(self.group, GroupBegun) else ""


@dataclass(slots=True, kw_only=True)
class ExplainedInterchange:
    """One interchange: ISA and TA1 or UNB, its groups, its trailer if there is one.

    ``partner_id`` is empty where no profile is the sender's: then the standard alone
    was applied.
    """

    begun: InterchangeBegun | UnbRead
    partner_id: str = ""
    head: list[AnnotatedSegment] = field(default_factory=list)
    groups: list[ExplainedGroup] = field(default_factory=list)
    end: AnnotatedSegment | None = None
    findings: tuple[Finding, ...] = ()
    """Those of the interchange; the ones that name ISA or IEA stand there, too."""

    @property
    def sender(self) -> str:
        """Qualifier and id of who sent it."""
        its = self.begun
        if isinstance(its, UnbRead):
            return ":".join(its.sender)
        return f"{its[5]}:{its[6]}"

    @property
    def receiver(self) -> str:
        """Qualifier and id of whom it is for."""
        its = self.begun
        if isinstance(its, UnbRead):
            return ":".join(its.receiver)
        return f"{its[7]}:{its[8]}"

    @property
    def usage(self) -> str:
        """ISA15, or T where 0035 is sent."""
        its = self.begun
        if isinstance(its, UnbRead):
            return "T" if its.test_indicator else "P"
        return its[15]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A transmission with names and findings, and acknowledgements made plain.

    ``findings`` are those that belong to no interchange.
    """

    interchanges: tuple[ExplainedInterchange, ...]
    acknowledgements: tuple[AnyDiagnosed, ...]
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
        taken = all(said(d.ack) in ("", "accepted") for d in self.acknowledgements)
        return taken and self.verdict is Verdict.ACCEPTED


def explain(data: bytes, rules: Rules, *, ack: bytes = b"") -> Explained:
    """Name and judge what is in ``data``; with ``ack`` explain that against it.

    Without ``ack`` the acknowledgements among the data themselves are explained, by
    their meaning alone. Never raises for any bytes.
    """
    reading = read([data], rules, receipt_id="rcp_explain", orders=ORDERS)
    x12 = [one for one in reading.interchanges if isinstance(one, X12InterchangeIn)]
    if len(x12) == len(reading.interchanges):
        explaining = _Explaining(rules, data, x12, answered=bool(ack))
        explaining.take(_events(data, rules))
        interchanges = tuple(explaining.out)
    else:
        interchanges = tuple(_explained_edifact(data, rules, reading.interchanges))
    told = _diagnosed(ack or data, rules, interchanges if ack else ())
    faults = () if told or not ack else (_no_ack(),)
    return Explained(
        interchanges=interchanges,
        acknowledgements=told,
        findings=(*reading.faults, *faults, *_of_cxml(reading.interchanges)),
    )


def _of_cxml(interchanges: Iterable[InterchangeIn]) -> Iterator[Finding]:
    """What is wrong with a document of cXML; its elements name themselves."""
    for interchange in interchanges:
        if isinstance(interchange, CxmlInterchangeIn | UblInterchangeIn):
            yield from interchange.findings
            for message in interchange.groups[0].messages:
                yield from message.findings
                yield from message.mapped.findings if message.mapped else ()


def _diagnosed(
    data: bytes, rules: Rules, sent: Iterable[ExplainedInterchange]
) -> tuple[AnyDiagnosed, ...]:
    """The acknowledgements among the data, held against what was sent."""
    x12 = [_original(one) for one in sent if isinstance(one.begun, InterchangeBegun)]
    edifact = [_original_edifact(one) for one in sent if isinstance(one.begun, UnbRead)]
    return (
        *diagnose(read_acks(_events(data, rules)), x12),
        *contrl.diagnose(list(_contrls(data, rules)), edifact),
    )


def _contrls(data: bytes, rules: Rules) -> Iterator[ContrlAck]:
    reader = EdifactReader(rules.limits, rules.edifact_encoding)
    unb: UnbRead | None = None
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, UnbRead):
            unb = event
        elif isinstance(event, EdifactMessage) and event.type == "CONTRL" and unb:
            told = read_contrl(unb, event)
            if told is not None:
                yield told


def _original_edifact(interchange: ExplainedInterchange) -> OriginalEdifact:
    assert isinstance(interchange.begun, UnbRead)
    groups = interchange.groups
    ends = [*(group.end for group in groups), interchange.end]
    service = [*interchange.head, *(group.head for group in groups), *ends]
    return OriginalEdifact(
        begun=interchange.begun,
        messages=tuple(_original_message(m) for g in groups for m in g.messages),
        service=tuple(one for one in service if one is not None),
    )


def _original_message(message: ExplainedMessage) -> OriginalMessage:
    return OriginalMessage(
        type=message.type,
        control_number=message.control_number,
        segments=message.segments,
    )


def _no_ack() -> Finding:
    what = "the acknowledgement file holds no 997, 999, TA1 or CONTRL"
    return Finding.of("WIRE-012", what)


def _events(data: bytes, rules: Rules) -> list[Event]:
    reader = X12Reader(rules.limits)
    return [*reader.receive(data), *reader.finish()]


def _original(interchange: ExplainedInterchange) -> OriginalInterchange:
    assert isinstance(interchange.begun, InterchangeBegun)
    groups = (
        OriginalGroup(
            group=group.group,
            messages=tuple(map(_original_message, group.messages)),
        )
        for group in interchange.groups
        if isinstance(group.group, GroupBegun)
    )
    return OriginalInterchange(begun=interchange.begun, groups=tuple(groups))


class _Explaining:
    """Puts names on what the reader gives; findings come from the inbound path."""

    def __init__(
        self,
        rules: Rules,
        data: bytes,
        interchanges: Iterable[X12InterchangeIn],
        *,
        answered: bool,
    ) -> None:
        self.rules = rules
        ebcdic = data.startswith(charset.EBCDIC_MARK)
        self.data = charset.from_ebcdic(data) if ebcdic else data
        self.answered = answered
        self.out: list[ExplainedInterchange] = []
        self._interchanges: dict[int, X12InterchangeIn] = {}
        self._groups: dict[int, X12GroupIn] = {}
        self._messages: dict[int, MessageIn] = {}
        for interchange in interchanges:
            self._interchanges[interchange.begun.byte_offset] = interchange
            for group in interchange.groups:
                assert isinstance(group, X12GroupIn)
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
        version = self._group.version
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
        if self._group is not None and event.trailer is not None:
            assert self._open is not None
            tag = f"GE{self._its.separators.element}"
            offset = self.data.find(tag.encode("latin-1"), self._end)
            found = self._group.findings
            self._group.end = self._envelope(("GE", *event.trailer), offset, found)
        self._group = None

    def _finish(self, event: InterchangeEnded) -> None:
        assert self._open is not None
        if event.trailer is not None:
            found, iea = self._open.findings, ("IEA", *event.trailer)
            self._open.end = self._envelope(iea, event.byte_offset, found)
        self._open = None

    def _envelope(
        self, row: Sequence[str], offset: int, findings: Iterable[Finding] = ()
    ) -> AnnotatedSegment:
        """An envelope segment, with those of the findings that name it."""
        assert self._open is not None
        its, tag = self._its, row[0]
        group = self._group.version if self._group and tag[0] == "G" else ""
        version = group or (
            "004010" if its[12] < _BEFORE_REPETITION else self._newest()
        )
        table = self.rules.tables.segment(version, tag)
        here = (f for f in findings if f.where.segment_tag == tag)
        text = its.separators.element.join(row)
        return annotate_segment(text, its.separators, table, offset, here)

    @property
    def _its(self) -> InterchangeBegun:
        assert self._open is not None
        assert isinstance(self._open.begun, InterchangeBegun)
        return self._open.begun

    def _newest(self) -> str:
        return max(self.rules.tables.versions, default="")


def _stranger(interchange: InterchangeIn) -> Finding:
    """Why it is nobody's: of no weight here, where nothing is booked."""
    stranger = interchange.stranger
    if stranger is not None and stranger.code != "ENV-020":
        return stranger
    what = f"no profile for {interchange.key.sender}"
    return Finding.of("CFG-030", what)


def _explained_edifact(
    data: bytes, rules: Rules, interchanges: Iterable[InterchangeIn]
) -> Iterator[ExplainedInterchange]:
    """The interchanges of a transmission of EDIFACT."""
    known = {one.begun.byte_offset: one for one in interchanges}
    reader = EdifactReader(rules.limits, rules.edifact_encoding)
    explaining: _EdifactExplaining | None = None
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, UnbRead):
            its = known.get(event.byte_offset)
            explaining = None
            if isinstance(its, EdifactInterchangeIn):
                explaining = _EdifactExplaining(rules, its)
        elif explaining is None:
            continue
        elif isinstance(event, UngRead):
            explaining.begin_group(event)
        elif isinstance(event, EdifactMessage):
            explaining.message(event)
        elif isinstance(event, GroupEnded):
            explaining.end_group(event)
        elif isinstance(event, InterchangeEnded):
            yield explaining.finish(event)
            explaining = None


class _EdifactExplaining:
    """Puts names on what stands in one interchange of EDIFACT."""

    def __init__(self, rules: Rules, known: EdifactInterchangeIn) -> None:
        self._rules = rules
        self._known = known
        self._messages = {m.byte_offset: m for g in known.groups for m in g.messages}
        self._groups = {g.group.byte_offset: g for g in known.groups if g.group}
        found = known.findings
        if known.stranger is not None:
            found += (_stranger(known),)
        self._out = ExplainedInterchange(
            begun=known.begun,
            partner_id=known.profile.id if known.profile else "",
            findings=found,
        )
        head = self._service(known.begun.unb, known.begun.byte_offset, found)
        self._out.head.append(head)
        self._group: ExplainedGroup | None = None

    def begin_group(self, ung: UngRead) -> None:
        """UNG was read."""
        known = self._groups.get(ung.byte_offset)
        found = known.findings if known else ()
        head = self._service(ung.ung, ung.byte_offset, found)
        self._open_group(ExplainedGroup(group=ung, head=head, findings=found))

    def _open_group(self, group: ExplainedGroup) -> ExplainedGroup:
        self._group = group
        self._out.groups.append(group)
        return group

    def message(self, message: EdifactMessage) -> None:
        """A message was read."""
        group = self._group or self._open_group(ExplainedGroup(group=None, head=None))
        validator = self._rules.edifact_validator(self._known.profile, key_of(message))
        known = self._messages.get(message.byte_offset)
        found = known.findings if known else message.faults
        if known and known.mapped:
            found += known.mapped.findings
        plan = validator.plan if validator else None
        segments = annotate(message, plan, found)
        if message.marks:
            segments = tuple(_plain_segment(one, message) for one in segments)
        group.messages.append(
            ExplainedMessage(
                type=message.type,
                control_number=message.control_number,
                segments=segments,
                findings=found,
            )
        )

    def end_group(self, event: GroupEnded) -> None:
        """UNE was read, or was missing."""
        if self._group is not None and event.trailer is not None:
            row = _row("UNE", event.trailer)
            self._group.end = self._service(row, -1, self._group.findings)
        self._group = None

    def finish(self, event: InterchangeEnded) -> ExplainedInterchange:
        """UNZ was read, or was missing."""
        if event.trailer is not None:
            row, found = _row("UNZ", event.trailer), self._out.findings
            self._out.end = self._service(row, event.byte_offset, found)
        return self._out

    def _service(
        self, row: Row, offset: int, findings: Iterable[Finding]
    ) -> AnnotatedSegment:
        """A service segment, with those of the findings that name it."""
        unb, tag = self._known.begun, row[0][0]
        its = unb.separators
        text = its.element.join(its.component.join(parts) for parts in row)
        table = self._rules.directories.service(unb.syntax, tag)
        here = (f for f in findings if f.where.segment_tag == tag)
        return annotate_segment(text, its, table, offset, here)


def _row(tag: str, values: Iterable[str]) -> Row:
    return ((tag,), *((value,) for value in values))


def _plain_segment(
    segment: AnnotatedSegment, message: EdifactMessage
) -> AnnotatedSegment:
    """The segment with released characters put back."""
    elements = tuple(_plain_element(one, message) for one in segment.elements)
    return replace(segment, elements=elements)


def _plain_element(
    element: AnnotatedElement, message: EdifactMessage
) -> AnnotatedElement:
    parts = tuple(_plain_element(one, message) for one in element.parts)
    return replace(element, value=message.plain(element.value), parts=parts)
