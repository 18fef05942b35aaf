"""X12 846, stock report: written from the canonical counts."""

from gateway.mappers.x12_846.mapper import from_stock

__all__ = ["from_stock"]
