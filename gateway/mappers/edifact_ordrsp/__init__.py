"""EDIFACT ORDRSP, purchase order response: written from the canonical answer."""

from gateway.mappers.edifact_ordrsp.mapper import from_ack

__all__ = ["from_ack"]
