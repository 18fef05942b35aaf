"""An order's life follows its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.findings import Finding
from gateway.order.life import TABLE, Signal, State, diagram, step

DOCS = Path(__file__).parents[3] / "docs" / "canonical-order.md"


def walk(*signals: Signal) -> State:
    state = State.RECEIVED
    for signal in signals:
        after = step(state, signal)
        assert isinstance(after, State)
        state = after
    return state


def test_an_order_runs_from_received_to_invoiced():
    assert walk(Signal.CONFIRM, Signal.SHIP_ALL, Signal.INVOICE) is State.INVOICED


def test_a_held_order_is_released_and_decided_again():
    assert walk(Signal.HOLD, Signal.RELEASE, Signal.CONFIRM) is State.CONFIRMED


def test_a_held_order_can_be_released_as_rejected():
    assert walk(Signal.HOLD, Signal.REJECT) is State.REJECTED


def test_a_backordered_order_ships_in_parts():
    parts = (Signal.SHIP_PART, Signal.SHIP_PART, Signal.SHIP_ALL)
    assert walk(Signal.BACKORDER, *parts) is State.SHIPPED


def test_cancelling_the_rest_of_a_partly_shipped_order_completes_it():
    assert walk(Signal.CONFIRM, Signal.SHIP_PART, Signal.CANCEL) is State.SHIPPED


def test_a_shipped_order_cannot_be_cancelled():
    refused = step(State.SHIPPED, Signal.CANCEL)
    assert isinstance(refused, Finding)
    assert (refused.code, refused.where.path, refused.value) == (
        "CHG-001",
        "state",
        "cancel",
    )


def test_a_confirmed_order_cannot_be_rejected_any_more():
    refused = step(State.CONFIRMED, Signal.REJECT)
    assert isinstance(refused, Finding)
    assert refused.code == "CHG-001"


@pytest.mark.parametrize("state", [State.INVOICED, State.CANCELLED, State.REJECTED])
def test_nothing_follows_the_end(state: State):
    assert TABLE[state] == {}


def test_every_state_has_its_row_and_every_signal_its_use():
    assert set(TABLE) == set(State)
    assert {signal for moves in TABLE.values() for signal in moves} == set(Signal)


def test_every_state_can_be_reached():
    targets = {after for moves in TABLE.values() for after in moves.values()}
    assert targets | {State.RECEIVED} == set(State)


def test_the_documentation_shows_the_table_as_it_is():
    assert diagram() in DOCS.read_text()
