"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places(
    {
        "BPR": (1, 2, 3, 16),
        "TRN": (2,),
        "RMR": (1, 2, 4, 5, 6, 7, 8),
        "ADX": (1, 4),
    }
)
"""Places as ``RMR-04``; a code that the standard lacks elsewhere harms no advice."""
