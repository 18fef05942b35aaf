from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from gateway.store import ids, tables, volumes
from gateway.web.console.dashboard import bars
from tests.unit.web.console.conftest import Console, come

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def put(console: Console, partner: str, *verdicts: str, days: int = 0) -> None:
    """Messages of a day, so many days ago."""
    at = console.house.now - timedelta(days=days)
    with console.gateway.db.begin() as tx:
        for n, verdict in enumerate(verdicts):
            mark = ids.encoded((int(at.timestamp() * 1000) << 80) + n)
            row = tables.blank(tables.message) | {
                **{"partner_id": partner, "id": f"msg_{mark}", "type": "x12_850"},
                **{"validation": verdict, "received_at": at},
            }
            tx.execute(sa.insert(tables.message), row)


def test_days_count_what_came_and_what_went_wrong(console: Console):
    put(console, "acme", "accepted", "rejected")
    put(console, "acme", "accepted", days=3)

    with console.gateway.db.read() as tx:
        found = volumes.volumes(tx, console.house.now, ZoneInfo("UTC"))

    assert [day.came for day in found.days][-4:] == [1, 0, 0, 2]
    assert found.days[-1].share == 0.5
    assert found.partners == [("acme", 3, 1)]


def test_so_many_messages_of_a_day_are_counted(
    console: Console, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(volumes, "MOST", 2)
    put(console, "acme", "accepted", "accepted", "accepted")

    page = console.at("viewer").get("/console/dashboard")

    assert "2+ messages" in page.text
    assert "the newest of them" in page.text


def test_the_commonest_causes_are_those_of_rejected_messages(console: Console):
    come(console, "bad-max-use-per.edi")
    with console.gateway.db.read() as tx:
        since = tx.scalar(sa.select(sa.func.min(tables.message.c.id)))
        assert since is not None
        found = volumes._causes(tx, since, None)
        theirs = volumes._causes(tx, since, "beta")

    assert [(one.partner_id, one.code) for one in found] == [("acme", "IMP-105")]
    assert theirs == []


def test_somebody_of_a_partner_sees_its_figures_alone(console: Console):
    put(console, "acme", "accepted", "accepted")
    put(console, "beta", "rejected", days=1)

    page = console.at("viewer", "beta").get("/console/dashboard?partner=acme")

    assert '<p class="number">1</p>' in page.text
    assert ">acme<" not in page.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_charts_have_a_text_and_a_table_that_says_the_same(
    console: Console, language: str
):
    put(console, "acme", "accepted")
    browser = console.at("viewer")
    browser.cookies.set("gateway_lang", language)

    page = browser.get("/console/dashboard")

    assert page.status_code == 200
    assert page.text.count('role="img"') == page.text.count("<title id=") == 2
    assert "style=" not in page.text


def test_bars_are_as_high_as_their_numbers():
    found = bars([(10, 5), (5, 0), (0, 0)])

    assert [bar.height for bar in found] == [120, 60, 0]
    assert [bar.bad for bar in found] == [60, 0, 0]


def test_no_days_are_no_bars():
    assert bars([]) == []
