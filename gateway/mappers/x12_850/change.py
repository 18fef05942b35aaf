"""An 850 that cancels, changes or replaces an order: said in the words of a change."""

from __future__ import annotations

from typing import Any

from gateway.edi.tree import LoopRead
from gateway.mappers.mapped import Carrier
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_changed import (
    agreement_of,
    currency_of,
    flags_of,
    head_of,
    terms_of,
    whole_of,
)
from gateway.mappers.parts.x12_head import without_end
from gateway.mappers.parts.x12_item import preference
from gateway.mappers.parts.x12_line import Context, without
from gateway.mappers.parts.x12_plain import plans
from gateway.mappers.x12_850.begin import Begun
from gateway.mappers.x12_850.lines import lines
from gateway.order.change import Cancel, Change, LineChange, OrderChange, Touch
from gateway.partner.profile import Profile

_EVERYTHING: tuple[Touch, ...] = ("quantity", "price", "dates", "item", "unit")


def change_of(
    ledger: Ledger,
    message: LoopRead,
    carrier: Carrier,
    begun: Begun,
    profile: Profile | None,
) -> Change:
    """What a message wants that calls itself a cancellation, a change, a replacement.

    Its lines stand as they are to be: one that the order lacks is added. A replacement
    says all of the order: a line that is not named is deleted, and so is what the
    heading and the lines no longer say. Parts of lines stay in the extensions,
    and with a cancellation all lines do.
    """
    beg = begun.beg
    head = _numbers(ledger, begun) | head_of(ledger, message, carrier)
    if begun.purpose == "cancel":
        left = ledger.left_over(without_end(message))
        return Cancel(**head, extensions=left, provenance=ledger.provenance)
    currency, prefer = currency_of(ledger, message), preference(profile)
    whole = begun.purpose == "replace"
    condition = flags_of(ledger, message, whole=whole)
    context = Context(
        plans=plans(prefer), currency=currency, prefer=prefer, flags=condition
    )
    changed = tuple(
        LineChange(
            line=line, action="change", touches=_EVERYTHING, may_add=True, whole=whole
        )
        for line in lines(ledger, message, context, with_parts=False)
    )
    terms = terms_of(ledger, message, currency, condition)
    terms |= agreement_of(ledger, message, beg, 6, head)
    if whole:
        terms |= whole_of(ledger, message, currency, changed)
    left = ledger.left_over(without_end(without(message, "PO1")))
    for loop in message.inner("PO1"):
        for part in loop.inner("SLN"):
            left += ledger.left_over(part)
    return OrderChange(
        **head,
        **terms,
        purpose="replace" if whole else "change",
        lines=changed,
        extensions=left,
        provenance=ledger.provenance,
    )


def _numbers(ledger: Ledger, begun: Begun) -> dict[str, Any]:
    """The order that is meant, and what BEG says of it."""
    beg = begun.beg
    return {
        "po_number": ledger.text(beg, 3, "po_number"),
        "release_number": ledger.text(beg, 4, "release_number"),
        "order_type": begun.order_type,
        "order_date": ledger.day(beg, 5, "order_date"),
        "ack_wanted": begun.ack_wanted,
    }
