"""UBL OrderChange: changes of an order, read."""

from gateway.mappers.ubl_order_change.mapper import to_change

__all__ = ["to_change"]
