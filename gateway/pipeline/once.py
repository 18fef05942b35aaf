"""One cause is told once: what the mapper told of a line, the catalog leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.catalog.checked import Checked
from gateway.catalog.place import at_line
from gateway.findings import Finding, Where
from gateway.order.model import Order, OrderLine
from gateway.partner.policy import Action, Policy

_TOLD: Mapping[str, frozenset[str]] = {
    "CAT-304": frozenset({"MAP-012", "MAP-013"}),
    "CAT-310": frozenset({"MAP-007"}),
    "CAT-320": frozenset({"MAP-006"}),
    "CAT-330": frozenset({"MAP-006", "MAP-012", "MAP-013"}),
}
"""Findings of the catalog, and those of the mapper that they follow from."""
_STANDS_IN: Mapping[str, frozenset[str]] = {
    "CAT-304": frozenset({"PRI"}),
    "CAT-320": frozenset({"QTY"}),
    "CAT-330": frozenset({"QTY"}),
}
"""Segments of EDIFACT in which a line says that, where X12 says all in one."""

_ITEMS = ("ItemOut[", "cac:OrderLine[")
"""How the place of a line begins in cXML and in UBL."""


def told_once(
    order: Order, checked: Checked, findings: Sequence[Finding], policy: Policy
) -> Checked:
    """``checked`` without what only follows from ``findings`` about the same line.

    A partner whose mapping faults are accepted has no other word that stops the line,
    so there nothing is left out.
    """
    told = [
        finding
        for finding in findings
        if finding.code.startswith("MAP-")
        and policy.action_for(finding.code) is not Action.ACCEPT
    ]
    if not told:
        return checked
    starts = [_start(line, index) for index, line in enumerate(order.lines)]

    def follows(finding: Finding, index: int) -> bool:
        causes = _TOLD.get(finding.code, frozenset())
        tags = _STANDS_IN.get(finding.code, frozenset())
        return any(
            cause.code in causes
            and (
                _is_same_place(cause.where, finding.where, index)
                or (
                    cause.where.segment_tag in tags
                    and _line_at(starts, cause.where.segment_position) == index
                )
            )
            for cause in told
        )

    lines = (
        replace(
            line, findings=tuple(f for f in line.findings if not follows(f, line.index))
        )
        for line in checked.lines
    )
    return replace(checked, lines=tuple(lines))


def _is_same_place(cause: Where, follows: Where, index: int) -> bool:
    """Whether both are of one segment, or of one element that is a line."""
    for item in _ITEMS:
        if cause.path.startswith(item):
            return cause.path.startswith(f"{item}{index + 1}]")
    return cause.segment_position == follows.segment_position


def _start(line: OrderLine, index: int) -> int:
    return at_line(line, index, "", "line_no").segment_position


def _line_at(starts: Sequence[int], position: int) -> int:
    """The index of the last line that starts before a segment; -1: none does."""
    before = [index for index, start in enumerate(starts) if 0 < start <= position]
    return before[-1] if before else -1
