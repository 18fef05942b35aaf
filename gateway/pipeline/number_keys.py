"""What numbers of theirs are looked up by: groups, sets, and sequences of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberKey:
    """What makes a group, or a set of it, unique among all of a partner's.

    A group is GS01, GS02, GS03 and GS06 with the usage of its interchange (ISA15), so
    that tests have numbers of their own; a set has ST01 and ST02 besides. GS06 is a
    number, without leading zeros; ST02 is a text (X12 DE 28, 329).
    """

    partner_id: str
    usage: str
    functional_id: str
    sender: str
    receiver: str
    group_number: str
    type: str = ""
    control_number: str = ""

    @property
    def kind(self) -> str:
        """``group`` or ``set``: the kind of its row in the idempotency store."""
        return "set" if self.control_number else "group"

    def of_set(self, type_: str, control_number: str) -> NumberKey:
        """The key of one set of this group."""
        return replace(self, type=type_, control_number=control_number)

    def __str__(self) -> str:
        """One text for the idempotency store."""
        parts = [self.functional_id, self.sender, self.receiver, self.group_number]
        parts.append(self.usage)
        if self.control_number:
            parts += (self.type, self.control_number)
        return "|".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceKey:
    """One sequence of control numbers of theirs: ISA13, or GS06 of a kind of group.

    ``level`` is ``interchange`` or ``group``; ``sender`` and ``receiver`` are those of
    ISA, or GS02 and GS03. ``functional_id`` is GS01, empty for interchanges.
    """

    partner_id: str
    level: str
    sender: str
    receiver: str
    usage: str
    functional_id: str = ""

    def __str__(self) -> str:
        """One text for the store."""
        parts = [self.level, self.sender, self.receiver, self.usage]
        if self.functional_id:
            parts.append(self.functional_id)
        return "|".join(parts)


Span = tuple[int, int]
"""The first and the last of numbers that follow each other; 1 follows 999999999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a sequence stands: its last number, and what was passed over, in order."""

    last: int
    missing: tuple[Span, ...] = ()
