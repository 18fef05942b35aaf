"""Read a transmission of cXML: one document, judged and mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from gateway.cxml_punchout.attached import Parts, attachment_findings, framed_parts
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.judge import judged
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict
from gateway.mappers import CXML_READERS
from gateway.mappers.mapped import Mapped
from gateway.partner import Profile
from gateway.pipeline.arrived_cxml import (
    CxmlGroupIn,
    CxmlInterchangeIn,
    CxmlMessageIn,
    kind_of,
)
from gateway.pipeline.collecting import Collecting
from gateway.pipeline.rules import Rules
from gateway.pipeline.tolerance import Level, weighed
from gateway.safexml import XmlLimits

__all__ = ["CxmlReading", "envelope_findings", "limits_of", "message_findings"]


def limits_of(rules: Rules) -> XmlLimits:
    """The bounds of a document: the usual ones, and no longer than any message."""
    usual = XmlLimits()
    size = min(usual.size_bytes, rules.limits.message_bytes)
    return XmlLimits(size_bytes=size)


def envelope_findings(
    document: Document, parts: Parts, profile: Profile | None
) -> tuple[Finding, ...]:
    """What is wrong with the envelope and the attachments, as the profile weighs."""
    found = attachment_findings(document.root, parts)
    return _weighed((*document.findings, *found), profile, "")


def message_findings(
    document: Document, profile: Profile | None, rules: Rules
) -> tuple[Finding, ...]:
    """What speaks against the payload of a request, as this partner's profile weighs.

    A payload that is not read for the partner is CXM-041, and not looked at further.
    """
    kind = kind_of(document.name)
    if kind not in CXML_READERS or not rules.takes_cxml(profile, kind):
        what = f"{document.name[:80]} is not taken from this sender"
        where = Where(path=f"cXML/{document.kind.capitalize()}")
        return (Finding.of("CXM-041", what, where, document.name),)
    found = judged(document.root, document.name, rules.dtds)
    return _weighed(found, profile, kind)


class CxmlReading(Collecting):
    """Gathers the bytes of one document, and reads it at their end."""

    _open: CxmlInterchangeIn | None

    def __init__(self, rules: Rules, after: int, orders: int) -> None:
        super().__init__(after, orders)
        self.rules = rules
        self._limits = limits_of(rules)
        self._data = bytearray()

    def receive(self, data: bytes) -> None:
        """Take the next bytes; of too many as many as tell that they are."""
        if len(self._data) <= self._limits.size_bytes:
            self._data += data

    def weighed(
        self, findings: tuple[Finding, ...], profile: Profile | None, kind: str = ""
    ) -> tuple[Finding, ...]:
        """As the partner's guide has it."""
        return _weighed(findings, profile, kind)

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
        for finding in envelope_findings(document, parts, self.whose):
            self._note(finding)
        self._message(document)
        self._close()

    def _message(self, document: Document) -> None:
        interchange = self._open
        assert interchange is not None
        self.ordinal += 1
        version = document.version or document.declared_version
        group = CxmlGroupIn(document_version=version)
        interchange.groups.append(group)
        profile = interchange.profile
        found = message_findings(document, profile, self.rules)
        number = document.payload_id
        read = CxmlMessageIn(self.ordinal, document.name, number, 0, found)
        read.findings = self._bounded(found)
        group.messages.append(read)
        reader = CXML_READERS.get(read.kind)
        if reader is None or read.verdict is Verdict.REJECTED or not self.orders:
            return
        read.mapped = _mapped(reader, document, read.kind)
        self.ordinal_mapped = self.ordinal


def _mapped(
    reader: Callable[[Document], Mapped], document: Document, kind: str
) -> Mapped:
    try:
        return reader(document)
    except Exception as problem:  # a mapper's fault is told like any other
        what = f"{kind}: {type(problem).__name__}: {problem}"
        return Mapped(None, (Finding.of("MAP-001", what, Where(path="cXML")),))


def _weighed(
    findings: tuple[Finding, ...], profile: Profile | None, kind: str
) -> tuple[Finding, ...]:
    if not findings or profile is None:
        return findings
    return weighed(findings, Level.TOLERANT, profile.guide, message=kind)
