"""Conditions about money that no field of the order takes: nobody overlooks them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger

__all__ = ["UNREAD", "note_condition", "note_currency", "note_of_head", "note_of_line"]

UNREAD = frozenset({"CTP", "DIS", "INC", "PAM"})
"""Prices, discounts, instalments and amounts in the heading, about every line."""
_UNREAD_OF_LINE = frozenset({"DIS", "INC", "PAM"})
_GUARANTEED = "GS"
"""Goods that the buyer may give back (CSH-01)."""


def note_of_head(ledger: Ledger, message: LoopRead, tags: AbstractSet[str]) -> None:
    """MAP-020 for the first segment of each kind that says more of money."""
    for tag in sorted(UNREAD & tags):
        _note(ledger, message, tag)


def note_of_line(ledger: Ledger, loop: LoopRead) -> None:
    """MAP-020 for what a line says of money; of PO3 another price or quantity."""
    for tag in sorted(_UNREAD_OF_LINE & loop.tags):
        _note(ledger, loop, tag)
    for po3 in loop.all("PO3"):
        for element in (4, 6):
            if po3[element].strip():
                what = "PO3 says another price or quantity"
                ledger.found.add("MAP-020", what, po3.at(element), po3[element])
                break


def note_condition(ledger: Ledger, csh: SegmentRead) -> None:
    """MAP-020 for an amount not to be exceeded (CSH-03), a sale that is guaranteed."""
    if csh[1].rstrip() == _GUARANTEED:
        what = "the sale is guaranteed: goods may be given back"
        ledger.found.add("MAP-020", what, csh.at(1), csh[1])
    if csh[3].strip():
        what = "CSH names an amount that is not to be exceeded"
        ledger.found.add("MAP-020", what, csh.at(3), csh[3])


def note_currency(ledger: Ledger, cur: SegmentRead) -> None:
    """MAP-020 for a rate of exchange (CUR-03), or another currency (CUR-05)."""
    rate, other = cur[3].strip(), cur[5].strip()
    whole, _, part = rate.partition(".")
    if rate and (whole.lstrip("0") != "1" or part.strip("0")):
        what = f"CUR names a rate of exchange, {rate}"
        ledger.found.add("MAP-020", what, cur.at(3), rate)
    elif other and other != cur[2].rstrip():
        what = f"CUR names a second currency, {other}"
        ledger.found.add("MAP-020", what, cur.at(5), other)


def _note(ledger: Ledger, loop: LoopRead, tag: str) -> None:
    found = [*loop.all(tag), *(s for inner in loop.inner(tag) for s in inner.segments)]
    if found:
        ledger.found.add("MAP-020", f"{tag} is not read", found[0].at())
