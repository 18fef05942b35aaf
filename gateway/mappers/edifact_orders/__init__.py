"""EDIFACT ORDERS, purchase order: read into the canonical order."""

from gateway.mappers.edifact_orders.mapper import to_order
from gateway.mappers.parts.edifact_reads import READS

__all__ = ["READS", "to_order"]
