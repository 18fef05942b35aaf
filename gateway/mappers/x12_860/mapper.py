"""X12 860: from a tree of loops to the canonical change or cancellation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_changed import (
    agreement_of,
    currency_of,
    flags_of,
    head_of,
    terms_of,
    whole_of,
)
from gateway.mappers.parts.x12_codes import ACKS_WANTED, ORDER_TYPES
from gateway.mappers.parts.x12_head import without_end
from gateway.mappers.parts.x12_item import preference
from gateway.mappers.parts.x12_line import Context, changed_line, without
from gateway.mappers.parts.x12_plain import plans
from gateway.order.change import Cancel, LineAction, LineChange, OrderChange, Touch
from gateway.order.model import AckWanted
from gateway.partner.profile import Profile

_Purpose = Literal["change", "replace", "cancel", "copy"]
_PURPOSES: Mapping[str, _Purpose] = {
    "00": "change",
    "01": "cancel",
    "04": "change",
    "05": "replace",
    "07": "change",
    "18": "replace",
    "22": "copy",
}
"""Purpose (BCH-01, DE 353). A duplicate is told by what it says, not by its name."""

_EVERYTHING: tuple[Touch, ...] = ("quantity", "price", "dates", "item", "unit")


class _Kind(NamedTuple):
    action: LineAction
    touches: tuple[Touch, ...] = ()
    direction: Literal["", "up", "down"] = ""


_KINDS: Mapping[str, _Kind] = {
    "AI": _Kind("add", _EVERYTHING),
    "CA": _Kind("change", _EVERYTHING),
    "CT": _Kind("change", ("dates",)),
    "DI": _Kind("delete"),
    "NC": _Kind("none"),
    "PC": _Kind("change", ("price",)),
    "PQ": _Kind("change", ("price", "quantity")),
    "PR": _Kind("change", ("price", "dates")),
    "QD": _Kind("change", ("quantity",), "down"),
    "QI": _Kind("change", ("quantity",), "up"),
    "RB": _Kind("change", ("dates",)),
    "RE": _Kind("change", ("item", "price", "quantity", "unit")),
    "RQ": _Kind("change", ("dates", "quantity")),
    "RS": _Kind("change", ("dates",)),
    "RZ": _Kind("change", _EVERYTHING),
}
"""What becomes of a line (POC-02, DE 670)."""

_CANCELS = "CF"
"""The code of a line that undoes the whole order."""


def to_change(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The change in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or stands
    in ``extensions``. Without an order number there is nothing to change (MAP-010).
    """
    found = Findings()
    ledger = Ledger(found)
    bch = message.first("BCH")
    if bch is None or not bch[3].strip():
        where = bch.at(3) if bch else Where(segment_tag="BCH", element=3)
        found.add("MAP-010", "the message has no order number", where)
        return Mapped(None, found.done())
    purpose = _purpose(ledger, bch)
    loops = [loop for loop in message.inner("POC") if loop.segments]
    if any(loop.segments[0][2].rstrip() == _CANCELS for loop in loops):
        purpose = "cancel"
    if purpose == "copy":
        return Mapped(None, found.done())
    head = _head(ledger, bch, message, carrier)
    if purpose == "cancel":
        left = ledger.left_over(without_end(message))
        cancel = Cancel(**head, extensions=left, provenance=ledger.provenance)
        return Mapped(None, found.done(), cancel)
    currency = currency_of(ledger, message)
    whole = purpose == "replace"
    condition = flags_of(ledger, message, whole=whole)
    terms = terms_of(ledger, message, currency, condition)
    prefer = preference(profile)
    context = Context(
        plans=plans(prefer), currency=currency, prefer=prefer, flags=condition
    )
    lines = tuple(_lines(ledger, loops, context, whole=whole))
    if whole:
        terms |= whole_of(ledger, message, currency, lines)
    change = OrderChange(
        **head,
        **terms,
        **agreement_of(ledger, message, bch, 8, head),
        purpose=purpose,
        lines=lines,
        extensions=ledger.left_over(without_end(without(message, "POC"))),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), change)


def _purpose(ledger: Ledger, bch: SegmentRead) -> _Purpose:
    code = bch[1].rstrip()
    purpose = _PURPOSES.get(code)
    if purpose is None:
        what = f"purpose {code!r} neither changes nor cancels an order"
        ledger.found.add("MAP-015", what, bch.at(1), code)
        return "change"
    if purpose == "copy":
        ledger.found.add("MAP-011", "an information copy", bch.at(1), code)
    ledger.took("purpose", bch, 1)
    return purpose


def _head(
    ledger: Ledger, bch: SegmentRead, message: LoopRead, carrier: Carrier
) -> dict[str, Any]:
    """What a change and a cancellation have in common."""
    kind, wanted = bch[2].rstrip(), bch[14].rstrip()
    if kind in ORDER_TYPES:
        ledger.took("order_type", bch, 2)
    if wanted in ACKS_WANTED:
        ledger.took("ack_wanted", bch, 14)
    other: AckWanted = "any" if wanted else ""
    return {
        "po_number": ledger.text(bch, 3, "po_number"),
        "sequence": ledger.text(bch, 5, "sequence"),
        "release_number": ledger.text(bch, 4, "release_number"),
        "sales_order_number": ledger.text(bch, 9, "sales_order_number"),
        "order_type": ORDER_TYPES.get(kind, "other" if kind else ""),
        "order_date": ledger.day(bch, 6, "order_date"),
        "requested_on": ledger.day(bch, 11, "requested_on"),
        "ack_wanted": ACKS_WANTED.get(wanted, other),
        **head_of(ledger, message, carrier),
    }


def _lines(
    ledger: Ledger, loops: list[LoopRead], context: Context, *, whole: bool
) -> Iterator[LineChange]:
    """Each POC; one without a number, or of an unknown kind, cannot be carried out.

    In a replacement, what is added or changed in all respects is the line as it is to
    be, whether the order has it already or not.
    """
    seen: set[str] = set()
    for ordinal, loop in enumerate(loops, 1):
        poc = loop.segments[0]
        code = poc[2].rstrip()
        left = ledger.number(poc, 4, f"lines[{ordinal - 1}].left_to_receive")
        kind = _KINDS.get(code)
        if kind is not None:
            ledger.took(f"lines[{ordinal - 1}].action", poc, 2)
        else:
            what = f"what {code!r} wants of a line is not known"
            ledger.found.add("MAP-015", what, poc.at(2), code)
        line = changed_line(ledger, loop, ordinal, context)
        if line.line_no and line.line_no in seen:
            what = f"line {line.line_no!r} occurs twice"
            ledger.found.add("MAP-005", what, poc.at(1), line.line_no)
        seen.add(line.line_no)
        action, touches, direction = kind or _Kind("none")
        says_all = whole and touches == _EVERYTHING
        yield LineChange(
            line=line,
            action="change" if says_all else action,
            may_add=says_all,
            whole=says_all,
            touches=touches,
            direction=direction,
            left_to_receive=left,
            sent=code,
        )
