"""EDIFACT INVRPT, inventory report: written from the canonical counts."""

from gateway.mappers.edifact_invrpt.mapper import from_stock

__all__ = ["from_stock"]
