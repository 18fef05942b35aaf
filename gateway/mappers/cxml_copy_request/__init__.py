"""cXML CopyRequest: a document between others, sent to us as a copy."""

from gateway.mappers.cxml_copy_request.mapper import to_copy

__all__ = ["to_copy"]
