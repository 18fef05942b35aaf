"""Control numbers, and finished messages that still lack them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from gateway.values import swift

LAST = 999_999_999


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers one interchange is written with: ISA13, GS06, the first ST02.

    Each runs 1 to 999999999, then starts over (X12 DE I12, 28, 329).
    """

    interchange: int
    group: int
    message: int


def following(last: int) -> int:
    """The number after ``last``; 1 follows 999999999."""
    return last % LAST + 1


class Unnumbered(Protocol):
    """A message that is complete but for its control numbers and time."""

    @property
    def kind(self) -> str:
        """The message type as the profile names it, such as ``x12_855``."""
        ...

    @property
    def message_count(self) -> int:
        """How many message numbers it takes, beginning with ``Numbers.message``."""
        ...

    def finish(self, numbers: Numbers, now: datetime) -> bytes:
        """The final bytes. Same numbers and time, same bytes."""
        ...


@runtime_checkable
class Following(Protocol):
    """A message that names the one before it about the same order, if there is one."""

    def after(self, number: int, at: datetime) -> Unnumbered:
        """The same behind the one whose interchange had this number, made then."""
        ...
