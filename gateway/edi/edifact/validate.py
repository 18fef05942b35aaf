"""Check EDIFACT messages: accept first, explain only what was not accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from gateway.edi.edifact.accept import Accept
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.events import MessageRead, Separators
from gateway.edi.plan import MessagePlan, plan
from gateway.edi.relations import Relations
from gateway.edi.schema import MessageSchema
from gateway.edi.tree import SegmentReader
from gateway.edi.validate import Validator
from gateway.findings import Finding, Severity
from gateway.partner.guide import Guide
from gateway.partner.place import Place

__all__ = ["EdifactValidator", "edifact_plan"]

_LAYOUTS = 8
_WEIGHTS: Mapping[str, Severity] = MappingProxyType({"SYN-207": Severity.WARNING})
"""Lists of codes grow with each directory, and partners take codes of later ones."""
_SECTION_NEEDED = ("INVOIC",)
"""Messages in which only UNS tells the lines' segments from those of the summary."""


def edifact_plan(
    schema: MessageSchema,
    guide: Guide | None = None,
    *,
    message: str = "",
    reads: frozenset[str] | None = None,
    weights: Mapping[str, Severity] = MappingProxyType({}),
) -> MessagePlan:
    """A message as one partner may send it; ``weights`` go before EDIFACT's own.

    An unlisted code is a warning, and so is a missing UNS where nothing hangs on it:
    both are common, and a guide or ``weights`` may make more of them.
    """
    made = plan(
        schema, guide, message=message, reads=reads, weights={**_WEIGHTS, **weights}
    )
    if schema.type in _SECTION_NEEDED or "UNS" not in schema.segments:
        return made
    told = made.severities.get("SYN-103", ())
    uns = (Place((), "UNS"), Severity.WARNING)
    severities = {**made.severities, "SYN-103": (*told, uns)}
    return replace(made, severities=MappingProxyType(severities))


class EdifactValidator(Validator):
    """Checks the messages of one type, directory, syntax version and guide."""

    def __init__(self, plan: MessagePlan, relations: Relations | None = None) -> None:
        """Compiled when first used with a set of service characters."""
        super().__init__(plan, relations)
        self._compiled = lru_cache(maxsize=_LAYOUTS)(self._accepting)

    def _accepting(self, separators: Separators) -> Accept:
        return Accept(self.plan, separators)

    def validate(self, message: MessageRead) -> tuple[Finding, ...]:
        """All that is wrong with a message, its envelope faults first."""
        found = super().validate(message)
        if isinstance(message, EdifactMessage) and message.marks:
            return tuple(_plain(finding, message) for finding in found)
        return found

    def _scan(self, message: MessageRead) -> tuple[list[int], bool]:
        assert isinstance(message, EdifactMessage)
        return self._compiled(message.separators).scan(message)

    def _read(self, message: MessageRead) -> SegmentReader:
        assert isinstance(message, EdifactMessage)

        def read(
            position: int, elements: list[str], loop: str, component: str
        ) -> EdifactSegment:
            return EdifactSegment(position, elements, loop, component, message)

        return read


def _plain(finding: Finding, message: EdifactMessage) -> Finding:
    """A finding whose texts have the released characters put back."""
    what, value = message.plain(finding.what), message.plain(finding.value)
    return replace(finding, what=what, value=value)
