"""X12 864, text message: read as it is, for people."""

from gateway.mappers.x12_864.mapper import to_advice
from gateway.mappers.x12_864.reads import READS

__all__ = ["READS", "to_advice"]
