"""An order's life: its states, what may happen in each, and what then follows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.findings import Finding, Where

__all__ = ["CHANGES", "TABLE", "ChangeState", "Signal", "State", "diagram", "step"]


class State(StrEnum):
    """Where an order stands; the names are part of the API and never change."""

    RECEIVED = "received"
    HELD = "held"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    BACKORDERED = "backordered"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Signal(StrEnum):
    """What happens to an order."""

    HOLD = "hold"
    RELEASE = "release"
    CONFIRM = "confirm"
    CHANGE = "change"
    BACKORDER = "backorder"
    SHIP_PART = "ship_part"
    SHIP_ALL = "ship_all"
    TAKE_BACK = "take_back"
    INVOICE = "invoice"
    CANCEL = "cancel"
    REJECT = "reject"


_DECIDED: Mapping[Signal, State] = {
    Signal.CONFIRM: State.CONFIRMED,
    Signal.CHANGE: State.CHANGED,
    Signal.BACKORDER: State.BACKORDERED,
    Signal.CANCEL: State.CANCELLED,
}
_SHIPPING: Mapping[Signal, State] = {
    Signal.SHIP_PART: State.PARTLY_SHIPPED,
    Signal.SHIP_ALL: State.SHIPPED,
}
_OPEN: Mapping[Signal, State] = {**_DECIDED, **_SHIPPING, Signal.HOLD: State.HELD}

TABLE: Mapping[State, Mapping[Signal, State]] = MappingProxyType(
    {
        State.RECEIVED: {
            **_DECIDED,
            Signal.HOLD: State.HELD,
            Signal.REJECT: State.REJECTED,
        },
        # Released: decided again. Confirmed, changed, rejected: released as that.
        State.HELD: {
            **_DECIDED,
            Signal.RELEASE: State.RECEIVED,
            Signal.REJECT: State.REJECTED,
        },
        State.CONFIRMED: _OPEN,
        State.CHANGED: _OPEN,
        State.BACKORDERED: _OPEN,
        # What has left stays shipped: a change, a backorder and a cancellation can
        # only touch the rest, and cancelling the rest completes the order.
        State.PARTLY_SHIPPED: {
            **_SHIPPING,
            Signal.CHANGE: State.PARTLY_SHIPPED,
            Signal.BACKORDER: State.PARTLY_SHIPPED,
            Signal.INVOICE: State.PARTLY_SHIPPED,
            Signal.CANCEL: State.SHIPPED,
            Signal.TAKE_BACK: State.CONFIRMED,
        },
        # A shipment that was told wrongly is taken back, or another takes its place.
        State.SHIPPED: {
            Signal.INVOICE: State.INVOICED,
            Signal.TAKE_BACK: State.CONFIRMED,
        },
        State.INVOICED: {},
        State.CANCELLED: {},
        State.REJECTED: {},
    }
)


def step(state: State, signal: Signal) -> State | Finding:
    """The next state, or why this signal is not allowed now."""
    after = TABLE[state].get(signal)
    if after is None:
        allowed = ", ".join(TABLE[state]) or "nothing"
        return Finding.of(
            "CHG-001",
            f"{signal} is not possible while the order is {state}; possible: {allowed}",
            Where(path="state"),
            signal,
        )
    return after


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = [
        f"    {state} --> {after}: {signal}"
        for state, moves in TABLE.items()
        for signal, after in moves.items()
    ]
    return "\n".join(["stateDiagram-v2", "    [*] --> received", *lines])


class ChangeState(StrEnum):
    """Where a change of an order stands."""

    WAITING = "waiting"
    """For its order, or for a change before it."""
    HELD = "held"
    """For an operator."""
    APPLIED = "applied"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    """It wants what is so already."""
    STALE = "stale"
    """A later one was answered before."""


_JUDGED = frozenset(
    {
        ChangeState.APPLIED,
        ChangeState.REFUSED,
        ChangeState.UNCHANGED,
        ChangeState.STALE,
    }
)

CHANGES: Mapping[ChangeState, frozenset[ChangeState]] = MappingProxyType(
    {
        ChangeState.WAITING: _JUDGED | {ChangeState.HELD, ChangeState.WAITING},
        ChangeState.HELD: _JUDGED,
        **{state: frozenset() for state in _JUDGED},
    }
)
"""What may become of a change; one that is judged stays so."""
