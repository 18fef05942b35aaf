"""EDIFACT DESADV, despatch advice: written from the canonical shipment."""

from gateway.mappers.edifact_desadv.mapper import from_notice

__all__ = ["from_notice"]
