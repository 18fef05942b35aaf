"""EDIFACT PRICAT, price catalogue: written from a contract and its items."""

from gateway.mappers.edifact_pricat.mapper import from_prices

__all__ = ["from_prices"]
