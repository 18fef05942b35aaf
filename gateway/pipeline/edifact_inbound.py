"""Read a transmission of EDIFACT: envelope, findings, orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from gateway.edi.edifact.contrl_read import read_contrl
from gateway.edi.edifact.directories import SchemaKey, key_of
from gateway.edi.edifact.events import (
    EdifactEvent,
    EdifactMessage,
    UnbRead,
    UngRead,
)
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator
from gateway.edi.events import Fault, GroupEnded, InterchangeEnded
from gateway.findings import Finding, Severity, Where
from gateway.findings.model import Verdict
from gateway.mappers import EDIFACT_READERS
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.partner import Profile
from gateway.pipeline.arrived_edifact import (
    EdifactGroupIn,
    EdifactInterchangeIn,
    EdifactMessageIn,
)
from gateway.pipeline.collecting import Collecting
from gateway.pipeline.rules import Rules
from gateway.pipeline.tolerance import Level, weighed

_OF_GROUPS = ("UNG", "UNE")
_MIXED = "ENV-303"
"""Messages in and outside of groups: named at UNG, and the interchange's fault."""


class EdifactReading(Collecting):
    """Collects what the events of one transmission say."""

    _open: EdifactInterchangeIn | None
    _group: EdifactGroupIn | None

    def __init__(self, rules: Rules, after: int, orders: int) -> None:
        super().__init__(after, orders)
        self.rules = rules
        self._reader = EdifactReader(
            rules.limits, rules.edifact_encoding, rules.directories.header
        )

    def receive(self, data: bytes) -> None:
        """Take the next bytes."""
        self._take(self._reader.receive(data))

    def finish(self) -> None:
        """Say that no more bytes will come."""
        self._take(self._reader.finish())

    def weighed(
        self, findings: tuple[Finding, ...], profile: Profile | None, kind: str = ""
    ) -> tuple[Finding, ...]:
        """As the partner's ``edifact.level`` has it."""
        if not findings or profile is None:
            return findings
        level = Level(profile.edifact.level)
        return weighed(findings, level, profile.guide, message=kind)

    def _take(self, events: Iterable[EdifactEvent]) -> None:
        for event in events:
            if self._one_too_many(event):
                return
            match event:
                case EdifactMessage():
                    self._message(event)
                case UnbRead():
                    self._begin_interchange(event)
                case UngRead():
                    self._begin_group(event)
                case GroupEnded():
                    self._end_group(event)
                case InterchangeEnded():
                    self._end_interchange(event)
                case Fault():
                    self._fault(event.finding)
                case _:
                    assert_never(event)

    def _fault(self, finding: Finding) -> None:
        of_group = finding.where.segment_tag in _OF_GROUPS and finding.code != _MIXED
        if self._group is not None and of_group:
            self._group.findings += self.weighed((finding,), self.whose)
        else:
            self._note(finding)

    def _begin_interchange(self, unb: UnbRead) -> None:
        interchange = EdifactInterchangeIn(len(self.interchanges) + 1, unb)
        self._begin(interchange, self.rules.find_edifact(unb))

    def _begin_group(self, ung: UngRead | None) -> EdifactGroupIn:
        self._group = EdifactGroupIn(ung)
        if self._open is not None:
            self._open.groups.append(self._group)
        return self._group

    def _end_group(self, ended: GroupEnded) -> None:
        if self._group is not None:
            self._group.findings += self.weighed(ended.faults, self.whose)
        self._group = None

    def _end_interchange(self, ended: InterchangeEnded) -> None:
        if self._open is None:
            return
        self._open.sha256 = ended.sha256
        for fault in ended.faults:
            self._note(fault)
        for group in self._open.groups:
            assert isinstance(group, EdifactGroupIn)
            self._raise_nameless(group)
        self._group = None
        self._close()

    def _raise_nameless(self, group: EdifactGroupIn) -> None:
        """What is rejected and cannot be named makes the interchange rejected.

        No CONTRL could tell of it: the finding is the interchange's then.
        """
        if not group.nameable:
            group.findings = self._raised(group.findings)
        for message in group.messages:
            if isinstance(message, EdifactMessageIn) and not message.said.nameable:
                message.findings = self._raised(message.findings)

    def _raised(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings without the first one that rejects, which is noted above."""
        for finding in findings:
            if finding.severity is Severity.REJECT:
                self._note(finding)
                return tuple(f for f in findings if f is not finding)
        return findings

    def _message(self, message: EdifactMessage) -> None:
        self.ordinal += 1
        interchange = self._open
        if interchange is None:
            return
        group = self._group or self._begin_group(None)
        profile, key = interchange.profile, key_of(message)
        if self.ordinal <= self.after:
            self._passed_over(profile, key, message, group)
            return
        full = self.is_full
        if full and self.after:
            self.more = True  # its findings were told in the first pass
            self._passed_over(profile, key, message, group)
            return
        faults, validator = self._fitting(profile, key, message)
        findings = _judged(validator, key, message) if validator else faults
        read = self._told(profile, key, message, findings)
        group.messages.append(read)
        if read.type == "CONTRL" and not self.after:
            told = read_contrl(interchange.begun, message)
            read.acks = (told,) if told else ()
        rejected = read.verdict is Verdict.REJECTED or group.refused
        if validator is None or read.kind not in EDIFACT_READERS or rejected:
            return
        if full:
            self.more = self.orders > 0
            return
        read.mapped = self._map(validator, message, read, interchange, group)
        self._note_mapped(message.raw)

    def _passed_over(
        self,
        profile: Profile | None,
        key: SchemaKey,
        message: EdifactMessage,
        group: EdifactGroupIn,
    ) -> None:
        """Note what is wrong with the envelope of a message of another pass.

        Where it refuses its interchange that is told in the last one.
        """
        faults, validator = self._fitting(profile, key, message)
        if told := message.faults if validator else faults:
            group.messages.append(self._told(profile, key, message, told))

    def _told(
        self,
        profile: Profile | None,
        key: SchemaKey,
        message: EdifactMessage,
        findings: tuple[Finding, ...],
    ) -> EdifactMessageIn:
        """A message with what is wrong with it."""
        read = EdifactMessageIn(
            self.ordinal,
            message.type,
            message.control_number,
            message.byte_offset,
            findings,
            unh=message.unh,
            directory=key.directory,
        )
        read.findings = self._bounded(self.weighed(findings, profile, read.kind))
        return read

    def _fitting(
        self, profile: Profile | None, key: SchemaKey, message: EdifactMessage
    ) -> tuple[tuple[Finding, ...], EdifactValidator | None]:
        """What judges a message; where nothing does, what is wrong with it instead."""
        validator = self.rules.edifact_validator(profile, key)
        if validator is not None and self.rules.takes(profile, key, message):
            return (), validator
        if any(fault.code == "ENV-014" for fault in message.faults):
            return message.faults, None  # no type at all: that says it
        directory = key.directory or "no directory"
        what = f"{message.type} of {directory} is not read for this sender"
        refused = _of_identifier("ENV-012", what, message)
        return (*message.faults, refused), None

    def _map(
        self,
        validator: EdifactValidator,
        message: EdifactMessage,
        read: EdifactMessageIn,
        interchange: EdifactInterchangeIn,
        group: EdifactGroupIn,
    ) -> Mapped:
        carrier = EdifactCarrier(
            interchange=interchange.begun,
            group=group.group,
            message=message,
            byte_offset=message.byte_offset,
        )
        try:
            tree = validator.tree(message)
            reader = EDIFACT_READERS[read.kind]
            return reader.to_order(tree, carrier, interchange.profile)
        except Exception as problem:  # a mapper's fault must not stop the CONTRL
            what = f"{read.kind}: {type(problem).__name__}: {problem}"
            where = Where(segment_tag="UNH", byte_offset=message.byte_offset)
            return Mapped(None, (Finding.of("MAP-001", what, where),))


def _judged(
    validator: EdifactValidator, key: SchemaKey, message: EdifactMessage
) -> tuple[Finding, ...]:
    """What is wrong with a message, and by which directory where not by its own."""
    found = validator.validate(message)
    by = validator.plan.schema.version
    if by == key.directory:
        return found
    what = f"{key.type} of {key.directory} is judged by {by}"
    return (*found, _of_identifier("ENV-313", what, message))


def _of_identifier(code: str, what: str, message: EdifactMessage) -> Finding:
    """What is to be said of S009: type, directory and subset."""
    where = Where(
        segment_tag="UNH",
        segment_position=1,
        element=2,
        byte_offset=message.byte_offset,
    )
    return Finding.of(code, what, where, ":".join(message.identifier))
