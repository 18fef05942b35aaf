"""A finding: one thing that is wrong in one place, with its stable code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.findings.codes import CODES, Severity
from gateway.values import swift

__all__ = ["NOWHERE", "Finding", "Findings", "Severity", "Where"]


class Verdict(StrEnum):
    """What a set of findings says of the thing they were found in."""

    ACCEPTED = "accepted"
    WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place. Zero or empty means "not known" or "not applicable".

    ``segment_position`` counts ST or UNH as 1; ``element``, ``component`` and
    ``repetition`` count from 1, the tag not counted (X12 C030). ``byte_offset``
    counts from the first byte of the transmission; -1 when unknown. ``path`` is
    an XPath, a JSON pointer or ``file:line`` for things that have no segments.
    """

    segment_tag: str = ""
    segment_position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repetition: int = 0
    data_element: str = ""
    byte_offset: int = -1
    path: str = ""

    def __str__(self) -> str:
        """``PO1-04 (segment 4)``, or the path."""
        if not self.segment_tag:
            return self.path
        text = self.segment_tag
        if self.element:
            text += f"-{self.element:02d}"
            if self.component:
                text += f"-{self.component:02d}"
        if self.segment_position:
            text += f" (segment {self.segment_position})"
        return text


NOWHERE = Where()


@swift
@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``code`` is a key of ``CODES`` and never changes.

    ``what`` says in one sentence what happened; the fix stands in the code table.
    ``severity`` is the code's default unless a guide or profile says otherwise.
    ``value`` is the offending text as the partner sent it. ``trigger`` is the place
    that made a conditional rule hold, where one did.
    """

    code: str
    what: str
    where: Where = NOWHERE
    value: str = ""
    severity: Severity = field(default=Severity.NOTE)
    trigger: Where = NOWHERE

    @classmethod
    def of(
        cls,
        code: str,
        what: str,
        where: Where = NOWHERE,
        value: str = "",
        *,
        severity: Severity | None = None,
        trigger: Where = NOWHERE,
    ) -> Finding:
        """A finding with its code's default severity unless one is given."""
        weight = severity or CODES[code].severity
        return cls(code, what, where, value, weight, trigger)

    @property
    def fix(self) -> str:
        """What the sender, or the operator, has to do."""
        return CODES[self.code].fix


class Findings:
    """A list that findings are added to while something is read or checked."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Finding] = ()) -> None:
        self._items = list(items)

    def add(
        self,
        code: str,
        what: str,
        where: Where = NOWHERE,
        value: str = "",
        *,
        severity: Severity | None = None,
    ) -> None:
        """Note one finding."""
        self._items.append(Finding.of(code, what, where, value, severity=severity))

    def extend(self, more: Iterable[Finding]) -> None:
        """Note several findings."""
        self._items.extend(more)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return bool(self._items)

    def done(self) -> tuple[Finding, ...]:
        """All findings, in the order they were noted."""
        return tuple(self._items)


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Rejected if any finding rejects, with errors if any is an error."""
    worst = Verdict.ACCEPTED
    for finding in findings:
        if finding.severity is Severity.REJECT:
            return Verdict.REJECTED
        if finding.severity is Severity.ERROR:
            worst = Verdict.WITH_ERRORS
    return worst
