"""A place in a message as guides write it: ``BEG-05``, ``PO1/N1-03``, ``PO1/PID``."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PLACE_PATTERN", "Place", "parse_place"]

PLACE_PATTERN = r"^([A-Z0-9]{1,6}/){0,8}[A-Z][A-Z0-9]{1,2}(-[0-9]{2}){0,2}$"
_PLACE = re.compile(PLACE_PATTERN)


@dataclass(frozen=True, slots=True)
class Place:
    """A segment, element or component and the loops it stands in.

    ``loops`` runs from the outermost inwards and leaves out the loop that the segment
    itself starts: the N1 segment of a line's N1 loop is ``PO1/N1``, the REF behind it
    ``PO1/N1/REF``. ``element`` and ``component`` count from 1, the tag not counted;
    0 means the whole segment or the whole element.
    """

    loops: tuple[str, ...]
    tag: str
    element: int = 0
    component: int = 0

    def __str__(self) -> str:
        """As it was written."""
        text = "/".join((*self.loops, self.tag))
        for position in (self.element, self.component):
            if position:
                text += f"-{position:02d}"
        return text


def parse_place(text: str) -> Place | None:
    """The place a text names, None when it is not written like one.

    Only the form is looked at; whether a message has the place its table says.
    """
    if len(text) > 80 or not _PLACE.fullmatch(text):
        return None
    *loops, last = text.split("/")
    tag, *positions = last.split("-")
    element, component = (*map(int, positions), 0, 0)[:2]
    if "00" in positions:
        return None
    return Place(tuple(loops), tag, element, component)
