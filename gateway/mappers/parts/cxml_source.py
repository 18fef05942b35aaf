"""Where a document of cXML came from, as what is made of it says."""

from __future__ import annotations

from gateway.cxml_punchout.document import Document
from gateway.order.model import Source

__all__ = ["source_of"]


def source_of(document: Document) -> Source:
    """The envelope: who, to whom, under which payloadID and which version."""
    header = document.header
    return Source(
        standard="cxml",
        version=document.version or document.declared_version,
        message_control=document.payload_id,
        sender=_named(header.from_[0].domain, header.from_[0].identity),
        receiver=_named(header.to[0].domain, header.to[0].identity),
        sender_code=_named(header.sender[0].domain, header.sender[0].identity),
        usage="T" if document.test else "P",
    )


def _named(domain: str, identity: str) -> str:
    return f"{domain.lower()}:{identity}"
