"""How much a partner's transmissions may deviate: strict, tolerant, or with repair.

A level says what the deviations of envelope and wire weigh. The partner's guide has
the last word: a ``tolerate`` or ``severity`` rule of its own beats the level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from gateway.findings import CODES, Finding, Severity
from gateway.partner.guide import Guide, SeverityRule, Tolerate
from gateway.partner.place import Place

__all__ = ["DEVIATIONS", "Deviation", "Level", "weighed", "weights"]


class Level(StrEnum):
    """How a partner is read."""

    STRICT = "strict"
    """Whatever departs from the standard is refused, or at least told as an error."""
    TOLERANT = "tolerant"
    """What can be read beyond doubt is accepted, and told."""
    REPAIR = "repair"
    """What has one possible meaning is mended and accepted; the raw bytes stay."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """What one finding weighs at each level.

    ``mended`` says what is read instead where the level is ``repair``; empty when
    nothing is changed.
    """

    strict: Severity
    tolerant: Severity
    repair: Severity
    mended: str = ""

    def at(self, level: Level) -> Severity:
        """What it weighs at a level."""
        match level:
            case Level.STRICT:
                return self.strict
            case Level.TOLERANT:
                return self.tolerant
            case Level.REPAIR:
                return self.repair


_R, _E, _W, _N = Severity.REJECT, Severity.ERROR, Severity.WARNING, Severity.NOTE

# What is not listed weighs the same at every level: it cannot be read otherwise, or
# nobody could say what was meant. The column `tolerant` is the code table's severity.
# fmt: off
_DEVIATIONS: dict[str, Deviation] = {
    "WIRE-004": Deviation(_E, _W, _N, "the bytes are left out"),
    "WIRE-005": Deviation(_E, _N, _N, "the mark is left out"),
    "WIRE-006": Deviation(_R, _W, _N, "the ISA elements are padded"),
    "WIRE-007": Deviation(_R, _N, _N, "the line breaks are taken out"),
    "WIRE-008": Deviation(_E, _N, _N, "the blanks are taken out"),
    "WIRE-009": Deviation(_E, _N, _N, "the end of the data ends the segment"),
    "WIRE-010": Deviation(_R, _W, _W, "the bytes are read as Latin-1"),
    "WIRE-011": Deviation(_R, _W, _N, "the empty segment is left out"),
    "WIRE-014": Deviation(_E, _W, _N, "the characters are read as sent"),
    "WIRE-016": Deviation(_R, _W, _N, "the typographic apostrophe ends segments"),
    "ENV-002": Deviation(_R, _E, _W, "the header's number holds"),
    "ENV-003": Deviation(_R, _E, _E),
    "ENV-004": Deviation(_R, _E, _E),
    "ENV-005": Deviation(_R, _E, _E),
    "ENV-006": Deviation(_R, _E, _W, "the parts are counted"),
    "ENV-007": Deviation(_R, _E, _E),
    "ENV-010": Deviation(_R, _R, _E, "the header's number holds"),
    "ENV-011": Deviation(_R, _R, _E, "the segments are counted"),
    "ENV-021": Deviation(_R, _E, _W),
    "ENV-022": Deviation(_R, _E, _W),
    "ENV-023": Deviation(_R, _E, _E),
    "ENV-025": Deviation(_R, _E, _W, "00 is read"),
    "ENV-026": Deviation(_R, _E, _E),
    "ENV-027": Deviation(_R, _E, _W, "00 is read"),
    "ENV-028": Deviation(_R, _E, _E),
    "ENV-029": Deviation(_R, _E, _W, "the moment of receipt holds"),
    "ENV-030": Deviation(_R, _E, _W, "the moment of receipt holds"),
    "ENV-031": Deviation(_R, _E, _W, "U is read"),
    "ENV-032": Deviation(_R, _E, _E),
    "ENV-034": Deviation(_R, _E, _W, "0 is read"),
    "ENV-036": Deviation(_R, _E, _E),
    "ENV-037": Deviation(_R, _E, _E),
    "ENV-042": Deviation(_R, _E, _W, "nothing is repeated"),
    "ENV-062": Deviation(_R, _E, _W, "the next header or trailer ends the group"),
    "ENV-063": Deviation(_R, _E, _W, "the header's number holds"),
    "ENV-064": Deviation(_R, _E, _W, "the messages are counted"),
    "ENV-066": Deviation(_R, _E, _E),
    "ENV-302": Deviation(_R, _E, _E),
    "ENV-303": Deviation(_R, _E, _E),
    "ENV-304": Deviation(_E, _W, _W),
    "ENV-305": Deviation(_E, _W, _N),
    "ENV-306": Deviation(_E, _W, _N),
    "ENV-307": Deviation(_R, _W, _N, "the date is read"),
    "ENV-308": Deviation(_W, _N, _N, "the number is read"),
    "ENV-309": Deviation(_R, _W, _N, "the indices are left out"),
    "ENV-311": Deviation(_R, _R, _E, "what is meant is read"),
    "ENV-312": Deviation(_E, _W, _W),
    "SYN-220": Deviation(_E, _W, _N, "the empty elements are left out"),
    "SYN-221": Deviation(_R, _W, _N, "the mark is read"),
}
# fmt: on
_WEIGHED = ("WIRE-", "ENV-", "CXM-")
DEVIATIONS: Mapping[str, Deviation] = MappingProxyType(_DEVIATIONS)
"""What each deviation weighs, by the finding's code."""


def weights(level: Level) -> Mapping[str, Severity]:
    """What findings weigh at a level, by code, where the level decides it."""
    return {code: deviation.at(level) for code, deviation in DEVIATIONS.items()}


def weighed(
    findings: Iterable[Finding],
    level: Level,
    guide: Guide | None = None,
    *,
    message: str = "",
) -> tuple[Finding, ...]:
    """The findings of wire and envelope as this partner's profile weighs them.

    Findings of other rooms are left as they are: their plan has weighed them. Rules of
    the guide count when they are about ``message``, or when it is empty: what belongs
    to no message is judged by the rules about any.
    """
    given = tuple(findings)
    if not any([finding.code.startswith(_WEIGHED) for finding in given]):
        return given
    rules = _rules(guide, message) if guide else []
    return tuple(_weighed(finding, level, rules) for finding in given)


def _rules(guide: Guide, message: str) -> list[Tolerate | SeverityRule]:
    """The guide's weights, those for a place before those for all."""
    rules: list[Tolerate | SeverityRule] = [*guide.tolerate, *guide.severity]
    meant = [rule for rule in rules if message in ("", rule.message)]
    return sorted(meant, key=lambda rule: rule.at is None)


def _weighed(
    finding: Finding, level: Level, rules: Iterable[Tolerate | SeverityRule]
) -> Finding:
    if not finding.code.startswith(_WEIGHED):
        return finding
    if finding.severity is _R and CODES[finding.code].severity is not _R:
        return finding  # nothing can be read behind it: no level makes that lighter
    for rule in rules:
        if rule.code == finding.code and (rule.at is None or _in(rule.at, finding)):
            return replace(finding, severity=rule.severity)
    deviation = DEVIATIONS.get(finding.code)
    return replace(finding, severity=deviation.at(level)) if deviation else finding


def _in(place: Place, finding: Finding) -> bool:
    where = finding.where
    same = place.tag == where.segment_tag and not place.loops
    return same and place.element in (0, where.element)
