"""EDIFACT APERAK, application error and acknowledgement.

Theirs say what they made of documents of ours; ours, to who asks for them, what we
made of an order.
"""

from gateway.mappers.edifact_aperak.mapper import to_advice
from gateway.mappers.edifact_aperak.reads import READS
from gateway.mappers.edifact_aperak.writer import KIND, from_ack, from_findings

__all__ = ["KIND", "READS", "from_ack", "from_findings", "to_advice"]
