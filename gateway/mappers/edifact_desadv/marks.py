"""PCI and GIN: the numbers that packages and articles are marked with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.edi.edifact.writer import Row
from gateway.mappers.parts.edifact_fit import row

__all__ = ["marks"]

_IN_GIN, _IN_PCI = 5, 50
"""Numbers in one GIN, and in all of one PCI (ten GIN)."""


def marks(
    marked: str, kind: str, numbers: Sequence[str], between: Iterable[Row] = ()
) -> Iterator[Row]:
    """PCI with its kind of marking (4233), then GIN (7405), as many as are needed.

    ``between`` are the segments that stand between the two, once for each PCI. A
    number stands in an element of its own: two in one would be a range.
    """
    between = tuple(between)
    for n in range(0, len(numbers), _IN_PCI):
        some = numbers[n : n + _IN_PCI]
        yield row("PCI", marked)
        yield from between
        for m in range(0, len(some), _IN_GIN):
            yield row("GIN", kind, *some[m : m + _IN_GIN])
