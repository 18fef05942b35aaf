"""What both standards' readings have in common: passes, bounds, findings kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from gateway.edi.edifact.events import UnbRead
from gateway.edi.events import GroupEnded, InterchangeBegun, InterchangeEnded
from gateway.findings import Finding, Findings, Severity
from gateway.partner import Profile
from gateway.pipeline.arrived import GroupIn, InterchangeIn

BYTES_AT_ONCE = 1_500_000
"""Bytes of messages mapped in one pass: an order in memory is many times as long."""
MOST_PARTS = 100_000
"""Interchanges, groups, messages and stray segments read of one transmission: each is
remembered until its answer is written, so their number bounds the memory."""
_ENDS = (GroupEnded, InterchangeEnded)
_FINDINGS_KEPT = 20_000
"""Findings kept whole of one transmission; of further messages the first one."""


class Collecting(ABC):
    """Collects what the events of one transmission say."""

    def __init__(self, after: int, orders: int) -> None:
        self.after = after
        self.orders = orders
        self.interchanges: list[InterchangeIn] = []
        self.faults = Findings()
        self.ordinal = 0
        self.ordinal_mapped = after
        self.more = False
        self._mapped = 0
        self._mapped_bytes = 0
        self._kept = 0
        self._parts = 0
        self._found = Findings()
        self._noted: set[str] = set()
        self._open: InterchangeIn | None = None
        self._group: GroupIn | None = None

    @property
    def next(self) -> int | None:
        """The last message that was mapped, where there are more to map."""
        return self.ordinal_mapped if self.more else None

    @property
    def is_over(self) -> bool:
        """Whether there were too many parts: the rest is not read."""
        return self._parts > MOST_PARTS

    @property
    def is_full(self) -> bool:
        """Whether this pass maps no more messages."""
        return self._mapped >= self.orders or self._mapped_bytes >= BYTES_AT_ONCE

    @abstractmethod
    def weighed(
        self, findings: tuple[Finding, ...], profile: Profile | None, kind: str = ""
    ) -> tuple[Finding, ...]:
        """What wire and envelope deviations weigh for this partner."""

    @abstractmethod
    def _begin_interchange(self, begun: Any) -> None:
        """An interchange begins; ``begun`` is its standard's own event."""

    def _one_too_many(self, event: object) -> bool:
        """Count a part; the one too many refuses the interchange it stands in."""
        if self.is_over:
            return True
        if isinstance(event, _ENDS):
            return False
        self._parts += 1
        if not self.is_over:
            return False
        if isinstance(event, (InterchangeBegun, UnbRead)):
            self._begin_interchange(event)
        self._refuse_rest()
        return True

    @property
    def whose(self) -> Profile | None:
        """The partner of the interchange that is being read."""
        return self._open.profile if self._open else None

    def _refuse_rest(self) -> None:
        """There are too many parts: nothing behind them is read."""
        what = f"there are more than {MOST_PARTS} parts; the rest was not read"
        self._note(Finding.of("WIRE-013", what))
        self._group = None
        self._close()

    def _note(self, finding: Finding) -> None:
        """Keep a finding of the interchange; of too many the first of each code."""
        self._kept += 1
        if self._kept > _FINDINGS_KEPT and finding.code in self._noted:
            return
        self._noted.add(finding.code)
        (self.faults if self._open is None else self._found).extend((finding,))

    def _begin(self, interchange: InterchangeIn, whose: Profile | Finding) -> None:
        self._noted.clear()
        self._open = interchange
        self._open.belongs_to(whose)
        self.interchanges.append(interchange)

    def _close(self) -> None:
        """Hand the open interchange what was found of it."""
        if self._open is not None:
            self._open.findings = self.weighed(self._found.done(), self._open.profile)
        self._found = Findings()
        self._noted.clear()
        self._open = None

    def _bounded(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings, or once there are too many the weightiest one."""
        self._kept += len(findings)
        if self._kept <= _FINDINGS_KEPT or len(findings) < 2:
            return findings
        worst = [f for f in findings if f.severity is Severity.REJECT]
        return (*worst[:1],) or findings[:1]

    def _note_mapped(self, raw: bytes) -> None:
        self._mapped += 1
        self._mapped_bytes += len(raw)
        self.ordinal_mapped = self.ordinal
