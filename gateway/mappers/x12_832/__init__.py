"""X12 832, price catalogue: written from a contract and its items."""

from gateway.mappers.x12_832.mapper import from_prices

__all__ = ["from_prices"]
