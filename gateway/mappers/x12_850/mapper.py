"""X12 850, purchase order: from a tree of loops to the canonical order."""

from __future__ import annotations

from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts import x12_days, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_head import (
    currency_of,
    heading,
    source_of,
    without_end,
)
from gateway.mappers.parts.x12_item import preference
from gateway.mappers.parts.x12_line import Context, flags, without
from gateway.mappers.parts.x12_plain import plans
from gateway.mappers.parts.x12_totals import totals
from gateway.mappers.x12_850.begin import begin, numbers
from gateway.mappers.x12_850.change import change_of
from gateway.mappers.x12_850.lines import lines
from gateway.order.model import NO_FLAGS, Order
from gateway.partner.profile import Profile


def to_order(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The order in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or
    stands in ``extensions``. Without an order number there is no order (MAP-010). One
    that cancels, changes or replaces an order is a change of it.
    """
    found = Findings()
    ledger = Ledger(found)
    beg = message.first("BEG")
    if beg is None or not beg[3].strip():
        where = beg.at(3) if beg else Where(segment_tag="BEG", element=3)
        found.add("MAP-010", "the message has no order number", where)
        return Mapped(None, found.done())
    begun = begin(ledger, beg)
    if begun.doc_type in ("cancel", "change"):
        change = change_of(ledger, message, carrier, begun, profile)
        return Mapped(None, found.done(), change)
    currency = currency_of(ledger, message)
    condition = flags(ledger, message.all("CSH"), "lines.flags", NO_FLAGS)
    days = x12_days.delivery_days(ledger, message.all("DTM"))
    prefer = preference(profile)
    context = Context(
        plans=plans(prefer), currency=currency, prefer=prefer, flags=condition
    )
    every = tuple(lines(ledger, message, context))
    order = Order(
        **numbers(ledger, begun) | heading(ledger, message, currency),
        currency=currency,
        delivery=x12_terms.with_terms(ledger, days, message, partial=condition.partial),
        source=source_of(ledger, message, carrier),
        test=carrier.interchange[15] == "T",
        lines=every,
        totals=totals(ledger, message, every, currency),
        extensions=ledger.left_over(without_end(without(message, "PO1"))),
        provenance=ledger.provenance,
    )
    return Mapped(order, found.done())
