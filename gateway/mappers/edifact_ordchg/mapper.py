"""EDIFACT ORDCHG, from a tree of loops to the canonical change or cancellation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.mappers.parts.edifact import first, led, references
from gateway.mappers.parts.edifact_changed import (
    EVERYTHING,
    cancel_of,
    change_of,
    flags_of,
    head_of,
)
from gateway.mappers.parts.edifact_head import currency_of
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.edifact_line import Context, changed_line, preference
from gateway.order.change import LineAction, LineChange, Touch
from gateway.partner.profile import Profile

_Purpose = Literal["change", "replace", "cancel", "copy"]
_PURPOSES: Mapping[str, _Purpose] = {
    "": "change",
    "4": "change",
    "9": "change",
    "7": "change",
    "5": "replace",
    "1": "cancel",
    "17": "cancel",
    "31": "copy",
}
"""Function (1225). A duplicate is told by what it says, not by its name."""
_REFERENCES = {
    "ON": "po_number",
    "VN": "sales_order_number",
    "PP": "sequence",
    "RE": "release_number",
}
"""The field that the first RFF of a kind fills; the order's number stands there."""


class _Kind(NamedTuple):
    action: LineAction
    touches: tuple[Touch, ...] = ()


_KINDS: Mapping[str, _Kind] = {
    "1": _Kind("add", EVERYTHING),
    "2": _Kind("delete"),
    "3": _Kind("change", EVERYTHING),
    "4": _Kind("none"),
    "11": _Kind("none"),
}
"""What becomes of a line (1229); a changed one carries its full new state."""


def to_change(
    message: LoopRead, carrier: EdifactCarrier, profile: Profile | None
) -> Mapped:
    """The change in a message, and what was found on the way.

    The order is the one of RFF ON, else of BGM. Without an order number there is
    nothing to change (MAP-010).
    """
    found = Findings()
    ledger = EdifactLedger(found)
    named, others = references(ledger, message, _REFERENCES)
    bgm = first(message, "BGM")
    if bgm is not None and not named.get("po_number"):
        named["po_number"] = ledger.text(bgm, 2, "po_number")
    if bgm is None or not named["po_number"]:
        where = bgm.at(2) if bgm else Where(segment_tag="BGM", element=2)
        found.add("MAP-010", "the message names no order", where)
        return Mapped(None, found.done())
    purpose = _purpose(ledger, bgm)
    if purpose == "copy":
        return Mapped(None, found.done())
    head = named | head_of(ledger, bgm, message, carrier) | {"references": others}
    if purpose == "cancel":
        cancel = cancel_of(ledger, message, head)
        return Mapped(None, found.done(), cancel)
    currency = currency_of(ledger, message, required=False)
    whole = purpose == "replace"
    condition = flags_of(ledger, message, whole=whole)
    context = Context(currency=currency, prefer=preference(profile), flags=condition)
    head["currency"] = currency
    lines = tuple(_lines(ledger, message, context, whole=whole))
    change = change_of(ledger, message, head, condition, lines, whole=whole)
    return Mapped(None, found.done(), change)


def _purpose(ledger: EdifactLedger, bgm: EdifactSegment) -> _Purpose:
    code = bgm.part(3).strip()
    purpose = _PURPOSES.get(code)
    if purpose is None:
        what = f"function {code!r} neither changes nor cancels an order"
        ledger.found.add("MAP-015", what, bgm.at(3), code)
        return "change"
    if purpose == "copy":
        ledger.found.add("MAP-011", "a copy", bgm.at(3), code)
    elif code:
        ledger.took("purpose", bgm, 3)
    return purpose


def _lines(
    ledger: EdifactLedger, message: LoopRead, context: Context, *, whole: bool
) -> Iterator[LineChange]:
    """Each LIN; one without a number, or of an unknown kind, cannot be carried out.

    In a replacement, what is added or changed, and what says neither, is the line as
    it is to be, whether the order has it already or not.
    """
    seen: set[str] = set()
    for index, (lin, loop) in enumerate(led(message, "LIN")):
        code = lin.part(2).strip()
        kind = _KINDS.get(code or ("3" if whole else ""))
        if kind is not None:
            ledger.took(f"lines[{index}].action", lin, 2)
        else:
            what = f"what {code!r} wants of a line is not known"
            ledger.found.add("MAP-015", what, lin.at(2), code)
        line = changed_line(ledger, loop, context)
        if line.line_no and line.line_no in seen:
            what = f"line {line.line_no!r} occurs twice"
            ledger.found.add("MAP-005", what, lin.at(1), line.line_no)
        seen.add(line.line_no)
        action, touches = kind or _Kind("none")
        says_all = whole and touches == EVERYTHING
        yield LineChange(
            line=line,
            action="change" if says_all else action,
            touches=touches,
            sent=code,
            may_add=says_all,
            whole=says_all,
        )
