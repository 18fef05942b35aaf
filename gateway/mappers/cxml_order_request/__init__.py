"""cXML OrderRequest: an order, its change or its cancellation, read."""

from gateway.mappers.cxml_order_request.mapper import to_order

__all__ = ["to_order"]
