"""cXML ShipNoticeRequest: written from the canonical shipment."""

from gateway.mappers.cxml_ship_notice_request.mapper import KIND, from_notice

__all__ = ["KIND", "from_notice"]
