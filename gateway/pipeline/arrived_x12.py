"""What was read of a transmission of X12."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.ack997 import GroupOutcome
from gateway.edi.x12.ack999 import SetOutcome
from gateway.findings import Where
from gateway.pipeline import duplicates
from gateway.pipeline.arrived import GroupIn, InterchangeIn, MessageIn
from gateway.pipeline.duplicates import GroupContent, group_key
from gateway.pipeline.gaps import sequences
from gateway.pipeline.number_keys import SequenceKey
from gateway.pipeline.world import InterchangeKey

_UNIQUE = {level.value: level for level in duplicates.Level}


@dataclass(slots=True)
class X12GroupIn(GroupIn):
    """One functional group, GS to GE."""

    group: GroupBegun

    @property
    def functional_id(self) -> str:
        """GS01."""
        return self.group.functional_id

    @property
    def control_number(self) -> str:
        """GS06."""
        return self.group.control_number

    def version(self, message: MessageIn) -> str:
        """GS08."""
        return self.group.version

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it answers us; an answer is never answered (GS01 FA)."""
        return self.group.functional_id == "FA"

    def outcome(self) -> GroupOutcome:
        """What its acknowledgement has to say."""
        sets = tuple(
            SetOutcome(
                type=m.type,
                control_number=m.control_number,
                findings=m.findings,
                reference=m.reference,
                contexts=m.contexts,
            )
            for m in self.messages
        )
        return GroupOutcome(
            group=self.group, sets=sets, stated=self.stated, findings=self.findings
        )


@dataclass(slots=True)
class X12InterchangeIn(InterchangeIn):
    """One interchange of X12, ISA to IEA."""

    begun: InterchangeBegun

    @property
    def key(self) -> InterchangeKey:
        """ISA05 to ISA08, ISA13 and ISA15."""
        isa = self.begun
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=f"{isa[5]}:{isa[6]}",
            receiver=f"{isa[7]}:{isa[8]}",
            control_number=isa.control_number,
            usage=isa[15],
        )

    @property
    def number_at(self) -> Where:
        """ISA13."""
        return _in_isa(13, self.begun)

    @property
    def usage_at(self) -> Where:
        """ISA15."""
        return _in_isa(15, self.begun)

    @property
    def usage_said(self) -> str:
        """ISA15 in words."""
        return f"ISA15 is {self.begun[15]}"

    @property
    def usage(self) -> str:
        """ISA15."""
        return self.begun[15]

    @property
    def sent_at(self) -> str:
        """ISA09 and ISA10."""
        return f"{self.begun[9]} {self.begun[10]}"

    @property
    def unique(self) -> duplicates.Level:
        """As the partner's profile has it."""
        unique = self.profile.x12.unique if self.profile else "interchange"
        return _UNIQUE[unique]

    def content(self, group: GroupIn) -> GroupContent | None:
        """What a group of it holds, and under which number, where that is asked."""
        if group.contents is None or not isinstance(group, X12GroupIn):
            return None
        return GroupContent(
            key=group_key(self.key.partner_id, self.begun, group.group),
            sets=tuple(group.contents),
            byte_offset=group.group.byte_offset,
        )

    @property
    def sequences(self) -> list[tuple[SequenceKey, int]]:
        """ISA13, and GS06 of each kind of group."""
        if self.profile is None or self.profile.x12.gaps == "ignore":
            return []
        groups = [one.group for one in self.groups if isinstance(one, X12GroupIn)]
        return list(sequences(self.profile.id, self.begun, groups))


def _in_isa(element: int, isa: InterchangeBegun) -> Where:
    return Where(segment_tag="ISA", element=element, byte_offset=isa.byte_offset)
