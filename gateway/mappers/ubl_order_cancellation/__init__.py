"""UBL OrderCancellation: the end of an order, read."""

from gateway.mappers.ubl_order_cancellation.mapper import to_cancel

__all__ = ["to_cancel"]
