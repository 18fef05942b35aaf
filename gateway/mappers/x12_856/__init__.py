"""X12 856, ship notice: written from the canonical shipment."""

from gateway.mappers.x12_856.mapper import from_notice

__all__ = ["from_notice"]
