"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places(
    {"BSI": (1, 2, 3, 6), "HL": (1, 2, 3), "PRF": (1, 2), "LIN": (1, *range(3, 32, 2))}
)
"""Places as ``PRF-01``; a code that the standard lacks elsewhere harms no inquiry."""
