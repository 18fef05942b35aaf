"""X12 810, invoice: written from the canonical invoice."""

from gateway.mappers.x12_810.mapper import from_invoice

__all__ = ["from_invoice"]
