"""EDIFACT ORDCHG, purchase order change: read into a change or a cancellation."""

from gateway.mappers.edifact_ordchg.mapper import to_change
from gateway.mappers.parts.edifact_reads import READS

__all__ = ["READS", "to_change"]
