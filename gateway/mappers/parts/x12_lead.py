"""The segment that starts a line: PO1, POC of a changed one, SLN of one below it."""

from __future__ import annotations

from typing import NamedTuple

from gateway.edi.tree import SegmentRead
from gateway.mappers.parts.ledger import Ledger


class Lead(NamedTuple):
    """Which of its elements say how many and at which price.

    ``may_lack``: what is below a line, and a change of one, needs no quantity and no
    item. ``is_change``: without a number it is nobody's, else its place counts.
    """

    quantity: int
    unit: int
    price: int
    basis: int
    may_lack: bool = False
    is_change: bool = False


PO1 = Lead(quantity=2, unit=3, price=4, basis=5)
POC = Lead(quantity=3, unit=5, price=6, basis=7, may_lack=True, is_change=True)
SLN = Lead(quantity=4, unit=5, price=6, basis=7, may_lack=True)


def unit_of(ledger: Ledger, segment: SegmentRead, element: int, field: str) -> str:
    """The unit in a simple element, or the first one of a composed unit (C001).

    A composed unit says more than one field can hold and is left over as well.
    """
    parts = segment.components(element)
    if len(parts) > 1:
        return parts[0].rstrip()
    return ledger.text(segment, element, field)
