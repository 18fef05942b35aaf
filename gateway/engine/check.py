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
    """One thing that was looked at: what was found, and what to do about it."""

    name: str
    state: State
    what: str
    fix: str = ""


def ok(name: str, what: str) -> Check:
    """All is well."""
    return Check(name, State.OK, what)


def warning(name: str, what: str, fix: str) -> Check:
    """It works, and may not for long."""
    return Check(name, State.WARNING, what, fix)


def fault(name: str, what: str, fix: str) -> Check:
    """It does not work, or not safely."""
    return Check(name, State.FAULT, what, fix)
