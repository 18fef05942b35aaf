"""X12 860, change of a purchase order by its buyer: read into the canonical change."""

from gateway.mappers.x12_860.mapper import to_change
from gateway.mappers.x12_860.reads import READS

__all__ = ["READS", "to_change"]
