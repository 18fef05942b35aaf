"""X12 850, purchase order: read into the canonical order."""

from gateway.mappers.x12_850.mapper import to_order
from gateway.mappers.x12_850.reads import READS

__all__ = ["READS", "to_order"]
