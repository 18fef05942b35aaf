"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.x12_reads import places

READS: frozenset[str] = places({"BMG": (1, 2), "MIT": (1, 2)})
"""Places as ``MIT-01``; a code that the standard lacks elsewhere harms no text."""
