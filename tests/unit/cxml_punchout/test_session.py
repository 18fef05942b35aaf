"""A session opens once, lives while it is used, returns its cart once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.session import (
    ALLOWS,
    TABLE,
    Limits,
    Operation,
    Session,
    Signal,
    State,
    diagram,
    opened,
    overdue,
    seen,
    step,
)
from gateway.findings import Finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits()
ASKED = Session(
    id="ses_1",
    partner_id="acme",
    operation=Operation.CREATE,
    started_at=NOW,
    ends_at=NOW + LIMITS.to_open,
)
DOCS = Path(__file__).parents[3] / "docs/cxml.md"


def shopping(operation: Operation = Operation.CREATE) -> Session:
    session = opened(replace(ASKED, operation=operation), NOW, LIMITS)
    assert isinstance(session, Session)
    return session


def test_the_start_page_opens_once():
    first = opened(ASKED, NOW, LIMITS)
    assert isinstance(first, Session)
    assert (first.state, first.opened_at) == (State.SHOPPING, NOW)
    again = opened(first, NOW, LIMITS)
    assert isinstance(again, Finding)
    assert again.code == "CXM-201"


def test_the_start_page_opens_for_a_short_while_only():
    late = opened(ASKED, NOW + LIMITS.to_open, LIMITS)
    assert isinstance(late, Finding)
    assert late.code == "CXM-202"


def test_a_session_lives_while_it_is_used():
    then = NOW + LIMITS.idle - timedelta(seconds=1)
    later = seen(shopping(), then, LIMITS)
    assert not overdue(later, NOW + LIMITS.idle)
    assert overdue(later, then + LIMITS.idle)


def test_but_never_beyond_its_whole_time():
    session = shopping()
    for hours in range(1, 12):
        session = seen(session, NOW + timedelta(hours=hours), LIMITS)
    assert session.ends_at == NOW + LIMITS.whole


@pytest.mark.parametrize("signal", [Signal.RETURN, Signal.CANCEL])
def test_a_cart_goes_back_once(signal: Signal):
    gone = step(shopping(), signal)
    assert isinstance(gone, Session)
    assert gone.ends_at is None
    assert isinstance(step(gone, signal), Finding)


def test_an_inspection_changes_no_cart():
    assert not shopping(Operation.INSPECT).is_writable
    assert shopping(Operation.EDIT).is_writable
    assert not ASKED.is_writable


def test_operation_allowed_names_the_highest_operation():
    assert Operation.EDIT not in ALLOWS["inspect"]
    assert Operation.INSPECT not in ALLOWS["create"]
    assert ALLOWS["create"] < ALLOWS["inspect"] < ALLOWS["edit"]


@given(st.lists(st.sampled_from(Signal)))
def test_what_is_over_never_shops_again(signals: list[Signal]):
    session, over = ASKED, False
    for signal in signals:
        after = step(session, signal)
        if isinstance(after, Session):
            assert not (over and after.state is State.SHOPPING)
            session = after
            over = over or session.state not in (State.ASKED, State.SHOPPING)


def test_every_state_can_be_reached():
    reached = {State.ASKED} | {to for moves in TABLE.values() for to in moves.values()}
    assert reached == set(State)


def test_the_documentation_shows_the_table():
    assert diagram() in DOCS.read_text()
