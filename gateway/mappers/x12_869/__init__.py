"""X12 869, order status inquiry: read into the canonical inquiry."""

from gateway.mappers.x12_869.mapper import to_inquiry
from gateway.mappers.x12_869.reads import READS

__all__ = ["READS", "to_inquiry"]
