"""The one way in which XML from outside is read: limits, no DTD, no entities."""

from gateway.safexml.limits import XmlLimits
from gateway.safexml.reader import Doctype, Element, Xml, read
from gateway.safexml.text import (
    as_bytes,
    attribute,
    line_of,
    local_name,
    path_of,
    text_of,
)

__all__ = [
    "Doctype",
    "Element",
    "Xml",
    "XmlLimits",
    "as_bytes",
    "attribute",
    "line_of",
    "local_name",
    "path_of",
    "read",
    "text_of",
]
