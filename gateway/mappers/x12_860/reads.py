"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places(
    {
        "BCH": (1, 2, 3, 4, 5, 6, 8, 9, 11, 14),
        "CTT": (1, 2),
        "POC": (1, 2, 3, 4, 5, 6, 7, *range(9, 28, 2)),
    }
)
"""Places as ``POC-03``; a code that the standard lacks elsewhere harms no change."""
