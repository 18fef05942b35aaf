"""cXML OrderStatusRequest: how an order stands, asked by its buyer."""

from gateway.mappers.cxml_order_status_request.mapper import to_inquiry

__all__ = ["to_inquiry"]
