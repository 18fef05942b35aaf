"""UBL OrderResponse: the answer to an order or to its change, written."""

from gateway.mappers.ubl_order_response.mapper import KIND, from_ack

__all__ = ["KIND", "from_ack"]
