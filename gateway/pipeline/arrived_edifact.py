"""What was read of a transmission of EDIFACT."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.edi.edifact.contrl import GroupSaid, InterchangeSaid, MessageSaid
from gateway.edi.edifact.events import Row, UnbRead, UngRead
from gateway.findings import Where
from gateway.pipeline.arrived import GroupIn, InterchangeIn, MessageIn
from gateway.pipeline.world import InterchangeKey


@dataclass(slots=True)
class EdifactMessageIn(MessageIn):
    """One message of EDIFACT: ``unh`` is its header, ``directory`` such as ``D96A``."""

    unh: Row = ()
    directory: str = ""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``edifact_orders``."""
        return kind_of(self.type)

    @property
    def said(self) -> MessageSaid:
        """What its acknowledgement has to say."""
        return MessageSaid(unh=self.unh, findings=self.findings)


def kind_of(type_: str) -> str:
    """The profile's name of an EDIFACT message type: ``edifact_orders``."""
    return f"edifact_{type_.lower()}"


@dataclass(slots=True)
class EdifactGroupIn(GroupIn):
    """The messages of one group, UNG to UNE, or those that stand in none."""

    group: UngRead | None

    @property
    def functional_id(self) -> str:
        """0038, empty where there is no UNG."""
        return self.group.message_type if self.group else ""

    @property
    def control_number(self) -> str:
        """0048, empty where there is no UNG."""
        return self.group.control_number if self.group else ""

    def version(self, message: MessageIn) -> str:
        """0052 and 0054 of the message."""
        return message.directory if isinstance(message, EdifactMessageIn) else ""

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it is judged as one; each message is judged for itself."""
        return False

    @property
    def nameable(self) -> bool:
        """Whether a CONTRL can name it; without UNG there is nothing to name."""
        return self.group is None or GroupSaid(ung=self.group, messages=()).nameable

    @property
    def said(self) -> tuple[MessageSaid, ...]:
        """What its acknowledgement has to say of its messages."""
        return tuple(m.said for m in self.messages if isinstance(m, EdifactMessageIn))


@dataclass(slots=True)
class EdifactInterchangeIn(InterchangeIn):
    """One interchange of EDIFACT, UNA or UNB to UNZ."""

    begun: UnbRead

    @property
    def key(self) -> InterchangeKey:
        """0004 and 0010 with their 0007, 0020 and 0035."""
        unb = self.begun
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=":".join(unb.sender),
            receiver=":".join(unb.receiver),
            control_number=unb.control_number,
            usage=unb.test_indicator or "0",  # no interchange of X12 has digits here
        )

    @property
    def number_at(self) -> Where:
        """0020."""
        return self._in_unb(5)

    @property
    def usage_at(self) -> Where:
        """0035."""
        return self._in_unb(11)

    @property
    def usage_said(self) -> str:
        """0035 in words."""
        return f"0035 is {self.begun.test_indicator or 'not sent'}"

    @property
    def usage(self) -> str:
        """T with any test indicator (0035), else P."""
        return "T" if self.begun.test_indicator else "P"

    @property
    def sent_at(self) -> str:
        """S004."""
        return f"{self.begun.part(4)} {self.begun.part(4, 2)}"

    @property
    def said(self) -> InterchangeSaid:
        """What its acknowledgement has to say."""
        groups = [one for one in self.groups if isinstance(one, EdifactGroupIn)]
        return InterchangeSaid(
            unb=self.begun,
            messages=tuple(
                said for one in groups if one.group is None for said in one.said
            ),
            groups=tuple(
                GroupSaid(ung=one.group, messages=one.said, findings=one.findings)
                for one in groups
                if one.group is not None
            ),
            findings=self.findings,
        )

    def _in_unb(self, element: int) -> Where:
        at = self.begun.byte_offset
        return Where(segment_tag="UNB", element=element, byte_offset=at)
