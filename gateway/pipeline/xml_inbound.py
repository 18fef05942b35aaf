"""Read a transmission of XML: one document, gathered whole, judged and mapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gateway.findings import Finding, Where
from gateway.findings.model import Verdict
from gateway.mappers.mapped import Mapped
from gateway.partner import Profile
from gateway.pipeline.arrived import GroupIn, MessageIn
from gateway.pipeline.collecting import Collecting
from gateway.pipeline.rules import Rules
from gateway.pipeline.tolerance import Level, weighed
from gateway.safexml import XmlLimits

__all__ = ["XmlReading", "limits_of", "xml_weighed"]

_Document = TypeVar("_Document")


def limits_of(rules: Rules) -> XmlLimits:
    """The bounds of a document: the usual ones, and no longer than any message."""
    usual = XmlLimits()
    size = min(usual.size_bytes, rules.limits.message_bytes)
    return XmlLimits(size_bytes=size)


class XmlReading(Collecting):
    """Gathers the bytes of one document, to be read at their end."""

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
        return xml_weighed(findings, profile, kind)

    def _take(
        self,
        group: GroupIn,
        read: MessageIn,
        document: _Document,
        reader: Callable[[_Document], Mapped] | None,
    ) -> None:
        """Keep the one message of a document, mapped unless it is refused."""
        read.findings = self._bounded(read.findings)
        group.messages.append(read)
        if reader is None or read.verdict is Verdict.REJECTED or not self.orders:
            return
        read.mapped = _mapped(reader, document, read)
        self.ordinal_mapped = self.ordinal


def _mapped(
    reader: Callable[[_Document], Mapped], document: _Document, read: MessageIn
) -> Mapped:
    try:
        return reader(document)
    except Exception as problem:  # a mapper's fault is told like any other
        what = f"{read.kind}: {type(problem).__name__}: {problem}"
        return Mapped(None, (Finding.of("MAP-001", what, Where(path=read.type)),))


def xml_weighed(
    findings: tuple[Finding, ...], profile: Profile | None, kind: str
) -> tuple[Finding, ...]:
    """The findings with the weights of the partner's guide."""
    if not findings or profile is None:
        return findings
    return weighed(findings, Level.TOLERANT, profile.guide, message=kind)
