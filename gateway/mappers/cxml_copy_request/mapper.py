"""cXML CopyRequest: what it holds is kept as it came, and nothing is made of it."""

from __future__ import annotations

from gateway.cxml_punchout.document import Document
from gateway.findings import Finding, Where
from gateway.mappers.mapped import Mapped
from gateway.safexml import attribute, path_of

__all__ = ["to_copy"]

_CARRIED = ("Request", "Message", "Response")


def to_copy(document: Document) -> Mapped:
    """A note of what the copy is of; whatever it is, it is not booked (CXM-043)."""
    body = document.body
    held = None if body is None else body.find("cXML")
    inner = () if held is None else (one for one in held if one.tag in _CARRIED)
    names = [str(one.tag) for part in inner for one in part if one.tag != "Status"]
    kind = names[0][:80] if names else "the document beside it"
    number = attribute(held, "payloadID")
    where = Where(path="cXML" if body is None else path_of(body))
    what = f"a copy of {kind} {number[:80]}".rstrip()
    return Mapped(None, (Finding.of("CXM-043", what, where, number),))
