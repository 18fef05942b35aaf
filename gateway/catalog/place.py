"""Where a finding stands: a JSON pointer into the order, and the segment it was in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.findings import Finding, Where
from gateway.order.model import Order, OrderLine

_PLACE = re.compile(
    r"([A-Z][A-Z0-9]{1,2})(?:-(\d{1,2}))?(?:[.-](\d{1,2}))? \(segment (\d{1,9})\)"
)


def at_order(order: Order, path: str, *fields: str) -> Where:
    """A place in the order's head; ``fields`` are looked up in its provenance."""
    return _where(path, order.provenance, fields)


def at_line(line: OrderLine, index: int, path: str, *fields: str) -> Where:
    """A place in a line; without provenance of its own it is the line's segment.

    ``path`` is below the line: ``/price``. Lines count from 0 as in a JSON pointer.
    """
    pointer = f"/lines/{index}{path}"
    exact = _where(pointer, line.provenance, fields)
    if exact.segment_tag:
        return exact
    near = _where(pointer, line.provenance, ("line_no", "quantity.value", "quantity"))
    if not near.segment_tag:
        return exact
    return Where(
        segment_tag=near.segment_tag,
        segment_position=near.segment_position,
        path=pointer,
    )


def placed(
    finding: Finding, line: OrderLine, index: int, path: str, *fields: str
) -> Finding:
    """The finding with its place in a line."""
    return replace(finding, where=at_line(line, index, path, *fields))


def _where(path: str, provenance: Mapping[str, str], fields: Iterable[str]) -> Where:
    text = next((provenance[field] for field in fields if field in provenance), "")
    match = _PLACE.search(text)
    if match is None:
        return Where(path=path)
    tag, element, component, position = match.groups()
    return Where(
        segment_tag=tag,
        segment_position=int(position),
        element=int(element or 0),
        component=int(component or 0),
        path=path,
    )
