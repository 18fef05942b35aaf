"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from gateway.mappers.parts.edifact_reads import READS as ORDERS

READS: frozenset[str] = ORDERS | {"DOC-01", "DOC-02", "ERC-01"}
"""Places as ``ERC-01``; a code that a directory lacks elsewhere harms no advice."""
