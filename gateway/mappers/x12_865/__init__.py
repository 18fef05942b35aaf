"""X12 865, answer to a change of a purchase order: written from the answer."""

from gateway.mappers.x12_865.mapper import from_ack

__all__ = ["from_ack"]
