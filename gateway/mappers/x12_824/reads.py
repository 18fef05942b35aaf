"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places(
    {
        "BGN": (1, 2, 3),
        "OTI": (1, 3, 8, 9, 10),
        "TED": (1, 2, 3, 4, 5, 7, 8),
        "NTE": (2,),
        "LQ": (2,),
        "RED": (1,),
    }
)
"""Places as ``OTI-01``; a code that the standard lacks elsewhere harms no advice."""
