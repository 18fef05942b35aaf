"""What was read of a transmission of UBL: one document is all of it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.findings import Where
from gateway.pipeline.arrived import InterchangeIn, MessageIn
from gateway.pipeline.arrived_xml import key_of, snake
from gateway.pipeline.verdicts import Wanted, of_theirs
from gateway.pipeline.world import InterchangeKey
from gateway.ubl.document import Document
from gateway.ubl.names import PAYLOADS

__all__ = ["UblInterchangeIn", "UblMessageIn", "kind_of"]


def kind_of(name: str) -> str:
    """The profile's name of a document: ``ubl_order_change`` of OrderChange."""
    return f"ubl_{snake(name)}"


@dataclass(slots=True)
class UblMessageIn(MessageIn):
    """The document; ``type`` is the name of its root."""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``ubl_order``."""
        return kind_of(self.type)


@dataclass(slots=True)
class UblInterchangeIn(InterchangeIn):
    """One document of UBL."""

    begun: Document

    @property
    def key(self) -> InterchangeKey:
        """Kind and number of the document, by its sender.

        UBL numbers documents per kind, and a sender may use a number again in another
        year: the day of issue belongs to it.
        """
        document = self.begun
        sender = document.sender[0]
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=f"ubl:{sender.scheme}:{sender.id}",
            receiver=document.name,
            control_number=key_of(f"{document.number} {document.sent[:10]}"),
            usage="",
        )

    @property
    def wanted(self) -> Wanted | None:
        """It, if it was mapped and the partner's documents are held against more."""
        demand = of_theirs(self.profile) if self.profile else None
        if demand is None or not any(
            _is_booked(message) for group in self.groups for message in group.messages
        ):
            return None
        return Wanted(self.begun, demand)

    @property
    def number_at(self) -> Where:
        """Its ID."""
        return Where(path=f"{self.begun.name}/cbc:ID")

    @property
    def usage_at(self) -> Where:
        """UBL has no mark of a test: the sender's profile says it."""
        return Where(path=f"{self.begun.name}/{PAYLOADS[self.begun.name].sender}")

    @property
    def usage_said(self) -> str:
        """That in words."""
        return "the partner is in its test stage"

    @property
    def usage(self) -> str:
        """P: what comes of a partner in its test stage is a test all the same."""
        return "P"

    @property
    def sent_at(self) -> str:
        """Day and time of issue, as sent."""
        return self.begun.sent


def _is_booked(message: MessageIn) -> bool:
    """Whether something of it is to be booked: an order, or a change of one."""
    mapped = message.mapped
    return mapped is not None and (mapped.order or mapped.change) is not None
