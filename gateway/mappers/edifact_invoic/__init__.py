"""EDIFACT INVOIC, invoice: written from the canonical invoice."""

from gateway.mappers.edifact_invoic.mapper import from_invoice

__all__ = ["from_invoice"]
