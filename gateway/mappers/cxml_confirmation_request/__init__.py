"""cXML ConfirmationRequest: written from the canonical answer."""

from gateway.mappers.cxml_confirmation_request.mapper import (
    KIND,
    answering,
    from_ack,
)

__all__ = ["KIND", "answering", "from_ack"]
