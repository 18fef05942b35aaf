"""UBL DespatchAdvice: a shipment, written."""

from gateway.mappers.ubl_despatch_advice.mapper import KIND, from_notice

__all__ = ["KIND", "from_notice"]
