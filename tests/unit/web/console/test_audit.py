"""The audit shows the chain in bounded parts, and nothing of other partners."""

from __future__ import annotations

import pytest

from gateway.store import audit, sealing
from gateway.store.actions import note
from tests.unit.web.console.conftest import Console


def happens(console: Console, *names: str, partner: str = "zeta", by: str = "") -> None:
    """Events of these names, about ord_1."""
    with console.gateway.db.begin() as tx:
        for name in names:
            note(tx, partner, name, "ord_1", console.house.now, by=by, reason="<b>")


def seal(console: Console) -> None:
    signer = console.gateway.engine.anchor.signer()
    with console.gateway.db.begin() as tx:
        sealing.seal(tx, signer, console.house.now)


def names(console: Console, **asked: str) -> list[str]:
    with console.gateway.db.read() as tx:
        return [one.name for one in audit.happened(tx, **asked).items]  # type: ignore[arg-type]


def test_events_are_found_by_name_subject_and_doer(console: Console):
    happens(console, "order.held", "order.released", by='mia "x"')
    happens(console, "order.held", partner="other", by="tom")
    console.user("viewer")
    assert names(console, name="order.") == [
        "order.held",
        "order.released",
        "order.held",
    ]
    assert names(console, partner="zeta") == ["order.released", "order.held"]
    assert names(console, by="tom") == ["order.held"]
    assert names(console, by='mia "x"', name="order.held") == ["order.held"]
    assert len(names(console, ref="ord_1")) == 3


def test_pages_lead_from_what_waits_to_what_is_sealed(console: Console):
    happens(console, "a", "b", "c")
    seal(console)
    happens(console, "d")
    found: list[str] = []
    cursor = None
    while cursor is not None or not found:
        with console.gateway.db.read() as tx:
            part = audit.happened(tx, cursor=cursor, limit=2)
        found += [one.name for one in part.items]
        cursor = part.cursor
    assert found[:4] == ["d", "c", "b", "a"]


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "²", "1"])
def test_a_cursor_that_is_none_shows_something(console: Console, cursor: str):
    answer = console.at("viewer").get("/console/audit", params={"cursor": cursor})
    assert answer.status_code == 200


def test_the_page_tells_how_far_the_chain_is_sealed(console: Console):
    happens(console, "order.held")
    seal(console)
    page = console.at("viewer").get("/console/audit").text
    assert "events are sealed under 1 checkpoints; 2 wait" in page
    assert '<a href="/console/orders/ord_1">' in page
    assert "<b>" not in page


def test_a_person_of_one_partner_sees_its_events_only(console: Console):
    happens(console, "order.theirs", partner="zeta")
    happens(console, "order.others", partner="other")
    page = console.at("viewer", "zeta").get("/console/audit?partner=other").text
    assert "order.theirs" in page
    assert "order.others" not in page
