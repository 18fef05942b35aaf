"""X12 870, order status report: written from how orders stand."""

from gateway.mappers.x12_870.mapper import from_report

__all__ = ["from_report"]
