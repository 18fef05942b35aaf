"""What came of looking at one thing: well, to be watched, or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it.

    ``said`` are the words of others about it, such as a server's: not for everybody.
    """

    name: str
    state: State
    what: str
    fix: str = ""
    said: str = ""

    @property
    def whole(self) -> str:
        """What was found, with the words of others."""
        return f"{self.what}: {self.said}" if self.said else self.what


def ok(name: str, what: str) -> Check:
    """All is well."""
    return Check(name, State.OK, what)


def warning(name: str, what: str, fix: str) -> Check:
    """It works, and may not for long."""
    return Check(name, State.WARNING, what, fix)


def fault(name: str, what: str, fix: str, said: str = "") -> Check:
    """It does not work, or not safely."""
    return Check(name, State.FAULT, what, fix, said)
