"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places(
    {
        "BEG": (1, 2, 3, 4, 5, 6, 7),
        "FA2": (2,),
        "CTT": (1, 2),
        "PO1": (1, 2, 3, 4, 5, *range(7, 26, 2)),
        "SLN": (1, 4, 5, 6, 7, *range(10, 29, 2)),
    }
)
"""Places as ``PO1-02``; a code that the standard lacks elsewhere harms no order.

The qualifiers of product ids (PO1-06, SLN-09 and so on) are not among them: a pair with
an unknown qualifier is kept in ``item.ids`` as it is, and no order is refused for it.
"""
