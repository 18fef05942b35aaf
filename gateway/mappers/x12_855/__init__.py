"""X12 855, purchase order acknowledgement: written from the canonical answer."""

from gateway.mappers.x12_855.mapper import Composed, compose, from_ack

__all__ = ["Composed", "compose", "from_ack"]
