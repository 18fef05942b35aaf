"""Read a transmission of cXML: one document, judged and mapped."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from gateway.cxml_punchout.attached import Parts, attachment_findings, framed_parts
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.judge import judged
from gateway.findings import Finding, Severity, Where
from gateway.mappers import CXML_READERS
from gateway.partner import Profile
from gateway.pipeline.arrived_cxml import (
    SETUP,
    CxmlInterchangeIn,
    CxmlMessageIn,
    kind_of,
)
from gateway.pipeline.arrived_xml import XmlGroupIn
from gateway.pipeline.rules import Rules
from gateway.pipeline.xml_inbound import XmlReading, xml_weighed
from gateway.safexml import attribute

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_HEADER = "OrderRequestHeader"

__all__ = [
    "SETUP",
    "CxmlReading",
    "envelope_findings",
    "is_signed",
    "message_findings",
    "numberless",
]


def envelope_findings(
    document: Document, parts: Parts, profile: Profile | None
) -> tuple[Finding, ...]:
    """What is wrong with the envelope and the attachments, as the profile weighs."""
    found = attachment_findings(document.root, parts)
    every = (*document.findings, *found, *_not_judged(document))
    return xml_weighed(every, profile, "")


def is_signed(document: Document) -> bool:
    """Whether there is a signature in it, whatever it is worth."""
    return any(one.tag == _SIGNATURE for one in document.root)


def _not_judged(document: Document) -> tuple[Finding, ...]:
    """That a signature in it proved nothing: this document was read as it came.

    What is believed by its signature has none in it any more: only what was digested
    goes on.
    """
    if not is_signed(document):
        return ()
    what = "its signature was not judged; its sender was told by other means"
    return (Finding.of("CXM-055", what, Where(path="cXML/Signature")),)


def message_findings(
    document: Document, profile: Profile | None, rules: Rules
) -> tuple[Finding, ...]:
    """What speaks against the payload of a request, as this partner's profile weighs.

    A payload that is not read for the partner is CXM-041, and not looked at further.
    """
    kind = kind_of(document.name)
    is_read = kind in CXML_READERS or kind == SETUP
    if not is_read or not rules.takes_xml(profile, kind):
        what = f"{document.name[:80]} is not taken from this sender"
        where = Where(path=f"cXML/{document.kind.capitalize()}")
        return (Finding.of("CXM-041", what, where, document.name),)
    found = judged(document.root, document.name, rules.dtds)
    return xml_weighed(found, profile, kind)


def numberless(document: Document) -> tuple[Finding, ...]:
    """That an order has no number: nothing could be booked under it (Status 406).

    Every version of cXML wants it, so the buyer hears of it at once, where no
    StatusUpdateRequest tells it later.
    """
    header = None if document.body is None else document.body.find(_HEADER)
    if document.name != "OrderRequest" or (
        header is not None and attribute(header, "orderID")
    ):
        return ()
    where = Where(path=f"cXML/Request/OrderRequest/{_HEADER}")
    found = Finding.of("CXM-022", f"{_HEADER} lacks @orderID", where, "@orderID")
    return (replace(found, severity=Severity.REJECT),)


class CxmlReading(XmlReading):
    """Gathers the bytes of one document, and reads it at their end."""

    _open: CxmlInterchangeIn | None

    def _begin_interchange(self, begun: Any) -> None:
        interchange = CxmlInterchangeIn(len(self.interchanges) + 1, begun)
        whose = self.rules.find_cxml(begun.header)
        interchange.by_test_account = whose.by_test_account
        interchange.sha256 = hashlib.sha256(self._data).hexdigest()
        self._begin(interchange, whose.profile)

    def finish(self) -> None:
        """Say that no more bytes will come."""
        parts = framed_parts(bytes(self._data))
        if isinstance(parts, Finding):
            self._note(parts)
            return
        document = read_document(parts.document, limits=self._limits)
        if not isinstance(document, Document):
            for finding in document:
                self._note(finding)
            return
        self._begin_interchange(document)
        document = document.in_zone(self.rules.zone(self.whose))
        for finding in envelope_findings(document, parts, self.whose):
            self._note(finding)
        self._message(document)
        self._close()

    def _message(self, document: Document) -> None:
        interchange = self._open
        assert interchange is not None
        self.ordinal += 1
        version = document.version or document.declared_version
        group = XmlGroupIn(rules_version=version)
        interchange.groups.append(group)
        profile = interchange.profile
        found = message_findings(document, profile, self.rules)
        number = document.payload_id
        read = CxmlMessageIn(self.ordinal, document.name, number, 0, found)
        self._take(group, read, document, CXML_READERS.get(read.kind))
