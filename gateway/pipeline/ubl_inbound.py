"""Read a transmission of UBL: one document, judged and mapped."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from gateway.findings import Finding, Where
from gateway.mappers import UBL_READERS
from gateway.mappers.mapped import Mapped
from gateway.partner import Profile
from gateway.pipeline.arrived import MessageIn
from gateway.pipeline.arrived_ubl import (
    UblInterchangeIn,
    UblMessageIn,
    kind_of,
)
from gateway.pipeline.arrived_xml import XmlGroupIn
from gateway.pipeline.rules import Rules
from gateway.pipeline.xml_inbound import XmlReading, xml_weighed
from gateway.ubl.document import Document, read_document
from gateway.ubl.rules import faults

__all__ = ["UblReading", "message_findings"]

_SUMS = "UBL-012"


def message_findings(
    document: Document, profile: Profile | None, rules: Rules
) -> tuple[Finding, ...]:
    """What speaks against a document, as this partner's profile weighs.

    One that is not read for the partner is UBL-002, and not looked at further.
    """
    kind = kind_of(document.name)
    if kind not in UBL_READERS or not rules.takes_xml(profile, kind):
        what = f"{document.name[:80]} is not taken from this sender"
        where = Where(path=document.name)
        return (Finding.of("UBL-002", what, where, document.name),)
    return xml_weighed(tuple(faults(document)), profile, kind)


class UblReading(XmlReading):
    """Gathers the bytes of one document, and reads it at their end."""

    _open: UblInterchangeIn | None

    def _begin_interchange(self, begun: Any) -> None:
        interchange = UblInterchangeIn(len(self.interchanges) + 1, begun)
        interchange.sha256 = hashlib.sha256(self._data).hexdigest()
        self._begin(interchange, self.rules.find_ubl(begun))

    def finish(self) -> None:
        """Say that no more bytes will come."""
        document = read_document(bytes(self._data), limits=self._limits)
        if not isinstance(document, Document):
            for finding in document:
                self._note(finding)
            return
        self._begin_interchange(document)
        for finding in document.findings:
            self._note(finding)
        self._message(document)
        self._close()

    def _message(self, document: Document) -> None:
        interchange = self._open
        assert interchange is not None
        self.ordinal += 1
        group = XmlGroupIn(rules_version=document.customization or document.version)
        interchange.groups.append(group)
        found = message_findings(document, interchange.profile, self.rules)
        read = UblMessageIn(self.ordinal, document.name, document.number, 0, found)
        self._take(group, read, document, UBL_READERS.get(read.kind))
        if read.mapped is not None:
            _hand_on(read, read.mapped)


def _hand_on(read: MessageIn, mapped: Mapped) -> None:
    """Sums that do not agree are an order's to be decided on, as those of any other.

    What a change adds up is not said in UBL: the order as it is to be, or what changes.
    """
    sums = tuple(one for one in read.findings if one.code == _SUMS)
    if sums and mapped.order is not None:
        read.findings = tuple(one for one in read.findings if one.code != _SUMS)
        read.mapped = replace(mapped, findings=(*mapped.findings, *sums))
