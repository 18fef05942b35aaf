"""A segment of an EDIFACT message in its place, for the mappers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.tree import SegmentRead
from gateway.findings import Where

__all__ = ["EdifactSegment"]


class EdifactSegment(SegmentRead):
    """One segment; its texts have their released characters put back."""

    message: EdifactMessage

    def __getitem__(self, element: int) -> str:
        """Element ``element``, counted from 1, whole; empty when it was not sent."""
        elements = self.elements
        value = elements[element] if element < len(elements) else ""
        return self.message.plain(value)

    def components(self, element: int) -> list[str]:
        """The components of an element; empty list when not sent."""
        value = self.elements[element] if element < len(self.elements) else ""
        if not value:
            return []
        return [self.message.plain(part) for part in value.split(self.component)]

    def part(self, element: int, component: int = 1) -> str:
        """A component, both counted from 1; empty when it was not sent."""
        parts = self.components(element)
        return parts[component - 1] if component <= len(parts) else ""

    def repetitions(self, element: int) -> list[list[str]]:
        """The components of each repetition of an element (syntax 4)."""
        value = self.elements[element] if element < len(self.elements) else ""
        mark = self.message.separators.repetition
        return [
            [self.message.plain(part) for part in one.split(self.component)]
            for one in (value.split(mark) if mark else [value])
            if one
        ]

    def number(self, element: int, component: int = 1) -> Decimal | None:
        """A number, whichever its decimal mark; None when it is none or not sent."""
        try:
            return Decimal(self.part(element, component).replace(",", "."))
        except InvalidOperation:
            return None

    def at(self, element: int = 0, component: int = 0) -> Where:
        """The place of this segment, of an element or of a component."""
        return Where(
            segment_tag=self.tag,
            segment_position=self.position,
            loop=self.loop,
            element=element,
            component=component,
        )
