"""X12 869: from a tree of loops to the canonical inquiry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.prefer import Preference
from gateway.mappers.parts.x12 import each
from gateway.mappers.parts.x12_head import whence, without_end
from gateway.mappers.parts.x12_item import NUMBERS, item, preference
from gateway.order.inquiry import Inquired, Inquiry, Scope
from gateway.order.item import Item
from gateway.partner.profile import Profile

_SCOPES: Mapping[str, Scope] = {
    "CI": "shipped",
    "CO": "open",
    "PI": "shipped",
    "PO": "open",
}
"""What BSI-03 asks for (DE 847); everything else: all items."""
_ORDERS = ("PO", "CO", "ON")
"""References that name an order where there is no PRF (DE 128)."""
_LINE = "PL"
"""The qualifier of a buyer's line number among the pairs of a LIN."""


@dataclass(slots=True)
class _Asked:
    """An order while its levels are read."""

    po_number: str
    release_number: str
    lines: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def to_inquiry(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The inquiry in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or stands
    in ``extensions``. Without an order number nothing can be looked up (MAP-010).
    """
    found = Findings()
    ledger = Ledger(found)
    bsi = message.first("BSI")
    if bsi is None:
        found.add("MAP-017", "the message has no BSI", Where(segment_tag="BSI"))
        return Mapped(None, found.done())
    levels = [loop for loop in message.inner("HL") if loop.first("HL")]
    about = tuple(_orders(ledger, levels, preference(profile)))
    if not about:
        where = Where(segment_tag="PRF", element=1)
        found.add("MAP-010", "the inquiry names no order", where)
        return Mapped(None, found.done())
    code = ledger.text(bsi, 3, "sent")
    inquiry = Inquiry(
        number=ledger.text(bsi, 1, "number"),
        asked_on=ledger.day(bsi, 2, "asked_on"),
        asked_at=ledger.text(bsi, 6, "asked_at"),
        scope=_SCOPES.get(code, "all"),
        sent=code,
        **whence(ledger, message, carrier),
        about=about,
        extensions=ledger.left_over(without_end(message)),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), inquiry=inquiry)


def _orders(
    ledger: Ledger, levels: list[LoopRead], prefer: Preference
) -> Iterator[Inquired]:
    """Each order, with the lines and items asked for at its level or below it."""
    asked: list[_Asked] = []
    at_level: dict[str, _Asked] = {}
    for n, loop in enumerate(levels):
        hl, field_ = loop.segments[0], f"about[{n}]"
        mine = _order(ledger, loop, field_)
        if mine is not None:
            asked.append(mine)
        else:
            mine = at_level.get(hl[2].strip())
        if mine is None:
            continue
        at_level[hl[1].strip()] = mine
        for lin in loop.all("LIN"):
            _wanted(ledger, lin, loop, mine, prefer)
    for one in asked:
        yield Inquired(
            po_number=one.po_number,
            release_number=one.release_number,
            lines=tuple(one.lines),
            items=tuple(one.items),
        )


def _order(ledger: Ledger, loop: LoopRead, field_: str) -> _Asked | None:
    """The order that a level names: PRF, else a REF."""
    prf = loop.first("PRF")
    if prf is not None and prf[1].strip():
        number = ledger.text(prf, 1, f"{field_}.po_number")
        return _Asked(number, ledger.text(prf, 2, f"{field_}.release_number"))
    for ref in each(loop, "REF"):
        if ref[1].rstrip() in _ORDERS and ref[2].strip():
            ledger.qualified(ref, 1)
            return _Asked(ledger.text(ref, 2, f"{field_}.po_number"), "")
    return None


def _wanted(
    ledger: Ledger, lin: SegmentRead, loop: LoopRead, mine: _Asked, prefer: Preference
) -> None:
    """A LIN: the number of a line, else the numbers of an item."""
    field_ = f"{loop.path}/LIN[{lin.position}]"
    if line := ledger.text(lin, 1, f"{field_}.line"):
        mine.lines.append(line)
        return
    own = ledger.line()
    named = item(own, LoopRead(loop.name, loop.path, [lin]), prefer, required=False)
    for name, place in own.provenance.items():
        ledger.provenance[f"{field_}.{name}"] = place
    if line := next((one.id for one in named.ids if one.scheme == _LINE), ""):
        mine.lines.append(line)
    elif any(getattr(named, name) for name in NUMBERS):
        mine.items.append(named)
