"""One cause is told once: what the mapper told of a line, the catalog leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.catalog.checked import Checked
from gateway.findings import Finding
from gateway.partner.policy import Action, Policy

_TOLD: Mapping[str, frozenset[str]] = {
    "CAT-304": frozenset({"MAP-012", "MAP-013"}),
    "CAT-310": frozenset({"MAP-007"}),
    "CAT-320": frozenset({"MAP-006"}),
    "CAT-330": frozenset({"MAP-006", "MAP-012", "MAP-013"}),
}
"""Findings of the catalog, and those of the mapper that they follow from."""


def told_once(checked: Checked, findings: Sequence[Finding], policy: Policy) -> Checked:
    """``checked`` without what only follows from ``findings`` of the same segment.

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

    def follows(finding: Finding) -> bool:
        causes = _TOLD.get(finding.code, frozenset())
        position = finding.where.segment_position
        return any(
            cause.code in causes and cause.where.segment_position == position
            for cause in told
        )

    lines = (
        replace(line, findings=tuple(f for f in line.findings if not follows(f)))
        for line in checked.lines
    )
    return replace(checked, lines=tuple(lines))
