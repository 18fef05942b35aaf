"""The segment that starts a line: PO1 of a line, SLN of a line below it."""

from __future__ import annotations

from typing import NamedTuple

from gateway.edi.tree import SegmentRead
from gateway.mappers.parts.ledger import Ledger


class Lead(NamedTuple):
    """Which of its elements say how many and at which price.

    ``is_part`` tells what is below a line from a line.
    """

    quantity: int
    unit: int
    price: int
    basis: int
    is_part: bool = False


PO1 = Lead(quantity=2, unit=3, price=4, basis=5)
SLN = Lead(quantity=4, unit=5, price=6, basis=7, is_part=True)


def unit_of(ledger: Ledger, segment: SegmentRead, element: int, field: str) -> str:
    """The unit in a simple element, or the first one of a composed unit (C001).

    A composed unit says more than one field can hold and is left over as well.
    """
    parts = segment.components(element)
    if len(parts) > 1:
        return parts[0].rstrip()
    return ledger.text(segment, element, field)
