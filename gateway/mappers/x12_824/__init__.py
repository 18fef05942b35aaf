"""X12 824, application advice: what became of documents of ours, read."""

from gateway.mappers.x12_824.mapper import to_advice
from gateway.mappers.x12_824.reads import READS

__all__ = ["READS", "to_advice"]
