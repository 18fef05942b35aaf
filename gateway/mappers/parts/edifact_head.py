"""The heading of an EDIFACT order, or of its change: envelope and currency."""

from __future__ import annotations

from gateway.edi.tree import LoopRead
from gateway.findings import Where
from gateway.mappers.mapped import EdifactCarrier
from gateway.mappers.parts.edifact import led
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.edifact_unread import note_currencies
from gateway.order.model import Source

__all__ = ["currency_of", "source_of", "without_service"]


def source_of(carrier: EdifactCarrier) -> Source:
    """The envelope: who, to whom, under which numbers and which directory."""
    unb, group, message = carrier.interchange, carrier.group, carrier.message
    return Source(
        standard="edifact",
        version=message.directory,
        interchange_control=unb.control_number,
        group_control=group.control_number if group else "",
        message_control=message.control_number,
        sender=":".join(unb.sender),
        receiver=":".join(unb.receiver),
        sender_code=unb.part(2, 3),
        receiver_code=unb.part(3, 3),
        usage="T" if unb.test_indicator else "P",
        separators=unb.separators.text,
        interchange_version=f"{unb.syntax_identifier}:{unb.syntax}",
        sha256=carrier.sha256,
        byte_offset=carrier.byte_offset,
        guide=message.association,
    )


def currency_of(
    ledger: EdifactLedger, message: LoopRead, *, required: bool = True
) -> str:
    """CUX 2, the reference currency; without one the contract's holds (MAP-003)."""
    passes = [cux for cux, _ in led(message, "CUX")]
    for cux in sorted(passes, key=lambda one: one.part(1).strip() != "2"):
        currency = ledger.text(cux, 1, "currency", 2)
        if currency:
            ledger.qualified(cux, 1)
            ledger.qualified(cux, 1, 3)
            note_currencies(ledger, passes, currency)
            return currency
    if not required:
        return ""
    where = passes[0].at(1, 2) if passes else Where(segment_tag="CUX", element=1)
    ledger.found.add("MAP-003", "the order names no currency", where)
    return ""


def without_service(message: LoopRead, *, lines: bool = False) -> LoopRead:
    """The message without UNH, UNS and UNT, and without the lines unless asked for."""
    service = ("UNH", "UNS", "UNT")
    return LoopRead(
        name=message.name,
        path=message.path,
        segments=[s for s in message.segments if s.tag not in service],
        loops=[loop for loop in message.loops if lines or loop.name != "LIN"],
    )
