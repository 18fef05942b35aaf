from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway.store import ids, tables
from gateway.web.console.messages import safe_cell
from tests.unit.web.console.conftest import Console, come

HOSTILE = "<script>alert(1)</script>\"'=cmd"


@pytest.fixture
def busy(console: Console) -> Console:
    """A console with an order that was answered, and one that cannot be read."""
    come(console)
    come(console, "bad-max-use-per.edi")
    return console


def test_messages_in_and_out_are_listed_with_their_three_statuses(busy: Console):
    page = busy.at("viewer").get("/console/messages")

    assert page.status_code == 200
    assert "x12_850" in page.text
    assert "x12_997" in page.text
    assert 'data-label="Validation"' in page.text
    assert 'data-label="Acknowledgement"' in page.text


def test_what_is_wrong_stands_under_the_row(busy: Console):
    page = busy.at("viewer").get("/console/messages?validation=rejected")

    assert "IMP-105" in page.text
    assert "x12_997" not in page.text.partition("<tbody>")[2]


def test_the_usual_lists_say_how_many_are_in_them(busy: Console):
    page = busy.at("viewer").get("/console/messages")

    assert (
        '<a href="/console/messages?validation=rejected">Rejected (1)</a>' in page.text
    )


def test_a_fragment_is_the_list_alone(busy: Console):
    asks = {"HX-Request": "true", "HX-Target": "content"}
    browser = busy.at("viewer")
    browser.headers |= asks

    page = browser.get("/console/messages")

    assert "<html" not in page.text
    assert "<table" in page.text


@pytest.mark.parametrize(
    "query",
    [
        *("validation=nothing", "direction=up", "since=yesterday", "until=2026-02-30"),
        "since=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_a_value_that_a_filter_does_not_have_is_told(busy: Console, query: str):
    page = busy.at("viewer").get(f"/console/messages?{query}")

    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.text


def test_days_are_those_of_the_reader_and_the_last_one_is_in_the_list(busy: Console):
    browser = busy.at("viewer")
    with busy.gateway.db.read() as tx:
        id_ = tx.scalar(sa.select(sa.func.max(tables.message.c.id)))
    assert id_ is not None
    day = _day(id_)

    on = browser.get(f"/console/messages?since={day}&until={day}&direction=in")
    before = browser.get("/console/messages?until=2020-01-01")

    assert "x12_850" in on.text.partition("<tbody>")[2]
    assert "<tbody>" not in before.text


def _day(id_: str) -> str:
    number = 0
    for letter in id_[4:14]:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
    return f"{at:%Y-%m-%d}"


def test_filters_show_what_was_typed_as_text(busy: Console):
    page = busy.at("viewer").get("/console/messages", params={"po": HOSTILE})

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_somebody_of_a_partner_sees_its_messages_alone(busy: Console):
    with busy.gateway.db.begin() as tx:
        row = tables.blank(tables.message) | {
            **{"partner_id": "beta", "id": ids.new("msg"), "type": "x12_860"},
            **{"validation": "accepted", "received_at": busy.house.now},
        }
        tx.execute(sa.insert(tables.message), row)

    theirs = busy.at("viewer", "beta").get("/console/messages?partner=acme")
    ours = busy.at("viewer", "acme").get("/console/messages?type=x12_860")

    assert "x12_860" in theirs.text
    assert "x12_850" not in theirs.text.partition("<tbody>")[2]
    assert "<tbody>" not in ours.text


def test_a_list_is_kept_under_a_name_and_forgotten(busy: Console):
    browser = busy.at("viewer")

    kept = browser.send_form(
        "/console/messages/views", name="my <b>855s", type="x12_855", delivery="failed"
    )
    page = browser.get("/console/messages")
    browser.send_form("/console/messages/views", name="my <b>855s", forget="1")
    after = browser.get("/console/messages")

    assert kept.status_code == 303
    assert "?type=x12_855&amp;delivery=failed" in page.text
    assert "my &lt;b&gt;855s" in page.text
    assert "?type=x12_855&amp;delivery=failed" not in after.text


def test_others_do_not_see_the_lists_that_somebody_keeps(busy: Console):
    busy.at("viewer").send_form("/console/messages/views", name="mine", code="IMP-105")

    assert "★" not in busy.at("operator").get("/console/messages").text


def test_there_is_room_for_twenty_lists(busy: Console):
    browser = busy.at("viewer")
    for n in range(21):
        browser.send_form("/console/messages/views", name=f"list {n}", po=str(n))

    assert browser.get("/console/messages").text.count("★") == 20


def test_the_list_as_a_file_has_every_row_and_no_formula(busy: Console):
    with busy.gateway.db.begin() as tx:
        tx.execute(sa.update(tables.outbox).values(last_said="=HYPERLINK(1)"))

    answer = busy.at("viewer").get("/console/messages.csv?direction=out")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert {row["direction"] for row in rows} == {"out"}
    assert {row["last_said"] for row in rows} == {"'=HYPERLINK(1)"}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_cell_is_never_a_formula(text: str):
    assert safe_cell(text) == f"'{text}"


def test_the_list_speaks_french(busy: Console):
    browser = busy.at("viewer")
    browser.cookies.set("gateway_lang", "fr")

    assert "<h1>Messages</h1>" in browser.get("/console/messages").text
    assert "Commande" in browser.get("/console/messages").text
