"""UBL Order: an order, read."""

from gateway.mappers.ubl_order.mapper import to_order

__all__ = ["to_order"]
