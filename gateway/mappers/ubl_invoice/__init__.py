"""UBL Invoice and CreditNote: what is billed, written."""

from gateway.mappers.ubl_invoice.mapper import KIND, from_invoice

__all__ = ["KIND", "from_invoice"]
