"""A punch-out session: its states, what may happen in each, and what then follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from gateway.findings import Finding, Where

__all__ = [
    "ALLOWS",
    "TABLE",
    "Limits",
    "Operation",
    "Session",
    "Signal",
    "State",
    "diagram",
    "opened",
    "overdue",
    "seen",
    "step",
]


class Operation(StrEnum):
    """What the buyer wants to do (PunchOutSetupRequest ``operation``)."""

    CREATE = "create"
    EDIT = "edit"
    INSPECT = "inspect"
    SOURCE = "source"


class State(StrEnum):
    """Where a session stands; the names are part of the API and never change."""

    ASKED = "asked"
    """Its start page was given out, and nobody came yet."""
    SHOPPING = "shopping"
    RETURNED = "returned"
    """Its cart went back to the buyer."""
    CANCELLED = "cancelled"
    """The buyer went back with nothing changed (Status 204)."""
    ORDERED = "ordered"
    """An order came that holds lines of its cart."""
    CLOSED = "closed"
    """Nobody came, or nobody came back, in time."""


class Signal(StrEnum):
    """What happens to a session."""

    OPEN = "open"
    RETURN = "return"
    CANCEL = "cancel"
    ORDER = "order"
    CLOSE = "close"


TABLE: Mapping[State, Mapping[Signal, State]] = MappingProxyType(
    {
        # The start page opens once; whoever has its address later finds it closed.
        State.ASKED: {Signal.OPEN: State.SHOPPING, Signal.CLOSE: State.CLOSED},
        State.SHOPPING: {
            Signal.RETURN: State.RETURNED,
            Signal.CANCEL: State.CANCELLED,
            Signal.CLOSE: State.CLOSED,
        },
        # A cart goes back once; the browser's back button shows the same page again.
        State.RETURNED: {Signal.ORDER: State.ORDERED, Signal.CLOSE: State.CLOSED},
        # One cart may be ordered in several orders.
        State.ORDERED: {Signal.ORDER: State.ORDERED},
        State.CANCELLED: {},
        State.CLOSED: {},
    }
)

ALLOWS: Mapping[str, frozenset[Operation]] = MappingProxyType(
    {
        "create": frozenset({Operation.CREATE, Operation.SOURCE}),
        "inspect": frozenset({Operation.CREATE, Operation.SOURCE, Operation.INSPECT}),
        "edit": frozenset(Operation),
    }
)
"""What may be asked of a cart later, by its ``operationAllowed``: it names the highest
operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session lasts."""

    to_open: timedelta = timedelta(minutes=10)
    """From the answer to the request until somebody opens the start page."""
    idle: timedelta = timedelta(hours=2)
    """From one look at a page to the next."""
    whole: timedelta = timedelta(hours=12)
    """From the start page to the return of the cart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One visit of one user of a buyer.

    ``user`` is empty where nobody names one. ``ends_at`` is when it closes by itself
    if nothing happens before; none when it is over.
    """

    id: str
    partner_id: str
    operation: Operation
    state: State = State.ASKED
    user: str = ""
    started_at: datetime
    opened_at: datetime | None = None
    ends_at: datetime | None

    @property
    def is_writable(self) -> bool:
        """Whether its cart may be changed: an inspection only looks."""
        return self.state is State.SHOPPING and self.operation is not Operation.INSPECT


def step(session: Session, signal: Signal) -> Session | Finding:
    """The session after it, or why this signal is not allowed now."""
    after = TABLE[session.state].get(signal)
    if after is None:
        what = f"{signal} is not possible: the session is {session.state}"
        return Finding.of("CXM-201", what, Where(path="session"), signal)
    is_over = after is not State.SHOPPING
    return replace(session, state=after, ends_at=None if is_over else session.ends_at)


def opened(session: Session, now: datetime, limits: Limits) -> Session | Finding:
    """The session once its start page is opened; a second time it is not."""
    if overdue(session, now):
        what = f"the start page was good until {session.ends_at:%Y-%m-%d %H:%M:%S} UTC"
        return Finding.of("CXM-202", what, Where(path="session"))
    after = step(session, Signal.OPEN)
    if isinstance(after, Finding):
        return after
    return seen(replace(after, opened_at=now), now, limits)


def seen(session: Session, now: datetime, limits: Limits) -> Session:
    """The session after a look at a page of it: it lives on, within its whole time."""
    if session.state is not State.SHOPPING or session.opened_at is None:
        return session
    ends_at = min(now + limits.idle, session.opened_at + limits.whole)
    return replace(session, ends_at=ends_at)


def overdue(session: Session, now: datetime) -> bool:
    """Whether its time is over, so that it has to be closed."""
    return session.ends_at is not None and now >= session.ends_at


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = [
        f"    {state} --> {after}: {signal}"
        for state, moves in TABLE.items()
        for signal, after in moves.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.ASKED}", *lines])
