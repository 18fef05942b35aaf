"""X12 820, remittance advice: what was paid of our invoices, read."""

from gateway.mappers.x12_820.mapper import to_advice
from gateway.mappers.x12_820.reads import READS

__all__ = ["READS", "to_advice"]
