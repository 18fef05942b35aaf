"""What comes in is kept without the secrets that stand in it."""

from __future__ import annotations

from dataclasses import replace

from gateway.edi.sniff import Kind, beginning, opening, sniff
from gateway.pipeline.ports import Inbound, InMemory
from gateway.safexml import XmlLimits
from gateway.safexml.redact import redacted
from gateway.ubl.document import is_ubl

__all__ = ["masked"]

_ROOT = b"cXML"
_AS_THEY_ARE = frozenset(("as2", "cxml"))
"""AS2's bytes are what was signed and have to stay; the door of cXML has masked its."""
_LONGEST = XmlLimits().size_bytes
"""Bytes of the longest document that is read; what is longer is never held whole."""


def masked(inbound: Inbound) -> Inbound:
    """The same without shared secrets and numbers of cards, where it is cXML or UBL.

    Such documents come through any door: folders, SFTP, the API. The same document is
    masked alike each time, so that what comes again is known. All else stays as it is:
    what came by AS2, for its receipt is over these bytes, and what is too long to be
    read as a document.
    """
    if inbound.channel in _AS_THEY_ARE or inbound.blob.size > _LONGEST:
        return inbound
    head = beginning(opening(inbound.blob.chunks()))
    if sniff(head) is not Kind.XML:
        return inbound
    if _ROOT not in head.replace(b"\0", b"") and not is_ubl(head):
        return inbound
    data = b"".join(inbound.blob.chunks())
    without = redacted(data)
    return inbound if without == data else replace(inbound, blob=InMemory.of(without))
