"""cXML StatusUpdateRequest: what became of a document, read and written."""

from gateway.mappers.cxml_status_update_request.mapper import to_advice
from gateway.mappers.cxml_status_update_request.written import KIND, from_status

__all__ = ["KIND", "from_status", "to_advice"]
