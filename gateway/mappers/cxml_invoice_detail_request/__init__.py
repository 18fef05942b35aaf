"""cXML InvoiceDetailRequest: written from the canonical invoice."""

from gateway.mappers.cxml_invoice_detail_request.mapper import KIND, from_invoice

__all__ = ["KIND", "from_invoice"]
