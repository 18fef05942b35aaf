"""cXML ConfirmationRequest: written from the canonical answer."""

from gateway.mappers.cxml_confirmation_request.mapper import KIND, from_ack

__all__ = ["KIND", "from_ack"]
