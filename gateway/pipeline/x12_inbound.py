"""Read a transmission of X12: envelope, findings, orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.validate import Validator
from gateway.edi.x12.ack999 import contexts
from gateway.edi.x12.ack_rows import is_named
from gateway.edi.x12.acks import read_acks
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict, verdict
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier, Mapped
from gateway.partner import Profile
from gateway.pipeline import duplicates
from gateway.pipeline.arrived import MessageIn
from gateway.pipeline.arrived_x12 import X12GroupIn, X12InterchangeIn
from gateway.pipeline.collecting import Collecting
from gateway.pipeline.duplicates import SetContent
from gateway.pipeline.rules import Rules
from gateway.pipeline.tolerance import Level, weighed

_NO_GROUP = frozenset({"ENV-009", "ENV-065"})
"""What says of a GS that its group cannot be acknowledged."""


class X12Reading(Collecting):
    """Collects what the events of one transmission say."""

    _open: X12InterchangeIn | None
    _group: X12GroupIn | None

    def __init__(self, rules: Rules, after: int, orders: int) -> None:
        super().__init__(after, orders)
        self.rules = rules
        self._reader = X12Reader(rules.limits, rules.encoding)

    def receive(self, data: bytes) -> None:
        """Take the next bytes."""
        self.take(self._reader.receive(data))

    def finish(self) -> None:
        """Say that no more bytes will come."""
        self.take(self._reader.finish())

    def take(self, events: Iterable[Event]) -> None:
        """Take the next events in order."""
        for event in events:
            if self._one_too_many(event):
                return
            match event:
                case MessageRead():
                    self._message(event)
                case InterchangeBegun():
                    self._begin_interchange(event)
                case GroupBegun():
                    self._begin_group(event)
                case GroupEnded():
                    self._end_group(event)
                case InterchangeEnded():
                    self._end_interchange(event)
                case Fault():
                    self._fault(event.finding)
                case AcknowledgementRead():
                    self._ta1(event)
                case _:
                    assert_never(event)

    def weighed(
        self, findings: tuple[Finding, ...], profile: Profile | None, kind: str = ""
    ) -> tuple[Finding, ...]:
        """As the partner's ``x12.level`` has it."""
        return _weighed(findings, profile, kind)

    def _ta1(self, event: AcknowledgementRead) -> None:
        """It settles what we sent, and asks for no answer."""
        if self._open is not None and not self.after:
            self._open.acks += read_acks((self._open.begun, event))

    def _fault(self, finding: Finding) -> None:
        if self._group is not None and finding.code == "ENV-066":
            self._group.findings += _weighed((finding,), self.whose)
        else:
            self._note(finding)

    def _begin_interchange(self, isa: InterchangeBegun) -> None:
        interchange = X12InterchangeIn(len(self.interchanges) + 1, isa)
        self._begin(interchange, self.rules.find(isa, None))

    def _begin_group(self, group: GroupBegun) -> None:
        interchange = self._open
        if interchange is None:
            return
        if not interchange.groups:
            interchange.belongs_to(self.rules.find(interchange.begun, group))
        self._group = X12GroupIn(group)
        if not self._group.is_acknowledgement:
            self._group.findings = self._unsupported(group)
            if interchange.unique is not duplicates.Level.INTERCHANGE:
                self._group.contents = []
        interchange.groups.append(self._group)

    def _unsupported(self, group: GroupBegun) -> tuple[Finding, ...]:
        """Whether there is any table for such a group."""
        if not group.version or not group.functional_id:
            return ()  # told as a GS that cannot be read
        known = self.rules.functional_ids(group.version)
        where = Where(segment_tag="GS", byte_offset=group.byte_offset)
        if not known:
            what = f"there are no tables for version {group.version!r}"
            return (Finding.of("ENV-061", what, where, group.version),)
        if group.functional_id not in known:
            what = f"{group.functional_id!r} groups of {group.version} are not read"
            return (Finding.of("ENV-060", what, where, group.functional_id),)
        return ()

    def _end_group(self, ended: GroupEnded) -> None:
        if self._group is not None:
            self._group.findings += _weighed(ended.faults, self.whose)
            self._group.stated = ended.trailer[0] if ended.trailer else ""
        self._group = None

    def _end_interchange(self, ended: InterchangeEnded) -> None:
        interchange = self._open
        if interchange is None:
            return
        interchange.sha256 = ended.sha256
        for fault in ended.faults:
            self._note(fault)
        for group in interchange.groups:
            assert isinstance(group, X12GroupIn)
            if group.is_acknowledgement or self._is_told_unreadable(group):
                continue
            if group.is_nameless or not is_named(group.group):
                number = group.group.control_number
                what = f"group {number!r} cannot be acknowledged: a number is missing"
                where = Where(segment_tag="GS", byte_offset=group.group.byte_offset)
                self._note(Finding.of("ENV-009", what, where, number))
        self._close()

    def _is_told_unreadable(self, group: X12GroupIn) -> bool:
        """Whether it was told that the group cannot be acknowledged, and why.

        A message without a number tells it for its group: it is the interchange's
        fault then, that no acknowledgement of the group could name.
        """
        offset = group.group.byte_offset
        found = [f for f in self._found if f.where.byte_offset == offset]
        if found and any(f.code in _NO_GROUP for f in _rejecting(found, self.whose)):
            return True
        for message in group.messages:
            if message.control_number:
                continue
            found = [f for f in message.findings if f.code == "ENV-015"]
            nameless = _rejecting(found, self.whose)
            if nameless:
                kept = (f for f in message.findings if f is not nameless[0])
                message.findings = tuple(kept)
                self._note(nameless[0])
                return True
        return False

    def _message(self, message: MessageRead) -> None:
        self.ordinal += 1
        interchange, group = self._open, self._group
        if interchange is None or group is None:
            return
        group.is_nameless |= not message.control_number
        if group.contents is not None:
            group.contents.append(SetContent.of(message, self.ordinal))
        if self.ordinal <= self.after:
            self._passed_over(interchange, group, message)
            return
        full = self.is_full
        if full and self.after:
            self.more = True  # its findings were told in the first pass
            self._passed_over(interchange, group, message)
            return
        findings, validator = self._validate(interchange, group, message)
        kind = f"x12_{message.type}"
        read = MessageIn(
            self.ordinal,
            message.type,
            message.control_number,
            message.byte_offset,
            self._bounded(_weighed(findings, interchange.profile, kind))
            if findings
            else (),
            reference=(*message.elements(1), "", "", "")[3],
        )
        if group.is_acknowledgement and not self.after:
            read.acks = read_acks((interchange.begun, group.group, message))
        elif validator is not None and findings and self._wants_999(interchange):
            read.contexts = contexts(message, validator.plan.schema, read.findings)
        group.messages.append(read)
        wanted_here = kind in READERS and read.verdict is not Verdict.REJECTED
        if validator is None or not wanted_here or group.refused:
            return
        if full:
            self.more = self.orders > 0
            return
        read.mapped = self._map(kind, validator, message, interchange, group)
        self._note_mapped(message.raw)

    def _passed_over(
        self, interchange: X12InterchangeIn, group: X12GroupIn, message: MessageRead
    ) -> None:
        """Note what is wrong with the envelope of a message of another pass.

        Where it refuses its interchange that is told in the last one.
        """
        faults, validator = self._fitting(interchange, group, message)
        if told := message.faults if validator else faults:
            kind = f"x12_{message.type}"
            read = MessageIn(
                self.ordinal,
                message.type,
                message.control_number,
                message.byte_offset,
                self._bounded(_weighed(told, interchange.profile, kind)),
            )
            group.messages.append(read)

    def _wants_999(self, interchange: X12InterchangeIn) -> bool:
        return interchange.profile is not None and interchange.profile.x12.ack == "999"

    def _validate(
        self, interchange: X12InterchangeIn, group: X12GroupIn, message: MessageRead
    ) -> tuple[tuple[Finding, ...], Validator | None]:
        faults, validator = self._fitting(interchange, group, message)
        return (validator.validate(message) if validator else faults), validator

    def _fitting(
        self, interchange: X12InterchangeIn, group: X12GroupIn, message: MessageRead
    ) -> tuple[tuple[Finding, ...], Validator | None]:
        """What judges a message; where nothing does, what is wrong with it instead."""
        if group.is_acknowledgement:
            return message.faults, None
        profile, set_id = interchange.profile, message.type
        its = group.group
        version, functional_id = its.version, its.functional_id
        validator = self.rules.validator(profile, version, set_id)
        received = validator is not None and _receives(profile, set_id, version)
        if validator is not None and received:
            wanted = validator.plan.schema.functional_id
            if wanted == functional_id:
                return (), validator
        refused = None
        told = group.findings or not (version and functional_id)
        where = Where(
            segment_tag="ST",
            segment_position=1,
            element=1,
            byte_offset=message.byte_offset,
        )
        if not received:
            if not told and not any(f.code == "ENV-014" for f in message.faults):
                what = f"{set_id!r} of {version} is not read for this sender"
                refused = Finding.of("ENV-012", what, where, set_id)
        elif told:
            return message.faults, None
        else:
            what = f"{set_id} stands in a {functional_id} group"
            refused = Finding.of("ENV-016", what, where, set_id)
        return message.faults + ((refused,) if refused else ()), None

    def _map(
        self,
        kind: str,
        validator: Validator,
        message: MessageRead,
        interchange: X12InterchangeIn,
        group: X12GroupIn,
    ) -> Mapped:
        carrier = Carrier(
            interchange=interchange.begun,
            group=group.group,
            byte_offset=message.byte_offset,
        )
        try:
            tree = validator.tree(message)
            return READERS[kind].to_order(tree, carrier, interchange.profile)
        except Exception as problem:  # a mapper's fault must not stop the 997
            what = f"{kind}: {type(problem).__name__}: {problem}"
            where = Where(segment_tag="ST", byte_offset=message.byte_offset)
            return Mapped(None, (Finding.of("MAP-001", what, where),))


def _rejecting(findings: Iterable[Finding], profile: Profile | None) -> list[Finding]:
    """What rejects by this partner's profile."""
    return [
        finding
        for finding in findings
        if verdict(_weighed((finding,), profile)) is Verdict.REJECTED
    ]


def _receives(profile: Profile | None, set_id: str, version: str) -> bool:
    """Whether the partner may send this; without a profile anything may come."""
    if profile is None:
        return True
    message, release = f"x12_{set_id}", version[:6]
    for receives in profile.receives:
        if receives.message == message and receives.version[:6] == release:
            return True
    return False


def _weighed(
    findings: tuple[Finding, ...], profile: Profile | None, kind: str = ""
) -> tuple[Finding, ...]:
    """What wire and envelope deviations weigh for this partner."""
    if not findings or profile is None:
        return findings
    return weighed(findings, Level(profile.x12.level), profile.guide, message=kind)
