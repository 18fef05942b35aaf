from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store import message_search, queries
from gateway.store.database import Database
from gateway.store.message_search import Wanted, find
from gateway.store.rows import MessageRow
from tests.many_messages import FILTERS, fill, heard, plans

ORDERS = 1_000


POOR = r"TEMP B-TREE|^SCAN (?!.*USING (?:COVERING )?INDEX|.*VALUES CLAUSE|CONSTANT)"


@pytest.fixture(scope="module")
def many(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """On SQLite; what PostgreSQL does is seen with a million (``make soak``)."""
    home = tmp_path_factory.mktemp("many") / "home"
    shutil.copytree(migrated, home)
    made = Database.open(Settings(home=home))
    fill(made, ORDERS)
    yield made
    made.close()


def told(wanted: Wanted) -> str:
    return " ".join(
        f"{k}={v}" for k, v in asdict(wanted).items() if v not in (None, True)
    )


def every(tx: sa.Connection, wanted: Wanted, limit: int = 50) -> list[MessageRow]:
    found: list[MessageRow] = []
    for page in pages(tx, wanted, limit):
        found += page
    return found


def pages(
    tx: sa.Connection, wanted: Wanted, limit: int
) -> Iterator[tuple[MessageRow, ...]]:
    cursor = None
    for _ in range(10_000):
        page = queries.listed(tx, wanted, cursor, limit)
        yield page.items
        cursor = page.cursor
        if cursor is None:
            return
    raise AssertionError("the list has no end")


def fits(row: MessageRow, wanted: Wanted) -> bool:
    came = row.direction == "in"
    pairs = [
        (wanted.partner, row.partner_id),
        (wanted.direction, row.direction),
        (wanted.type, row.type),
        (wanted.validation, row.validation),
        (wanted.delivery, row.delivery),
        (wanted.acknowledgement, row.acknowledgement),
        (wanted.state, row.validation if came else row.delivery),
    ]
    at = row.at
    inside = (wanted.since or at) <= at and (wanted.until is None or at < wanted.until)
    return inside and all(want in (None, has) for want, has in pairs)


def test_pages_of_every_filter_hold_what_a_look_at_all_rows_finds(
    many: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(message_search, "WINDOW", 300)
    plain = [
        one
        for one in FILTERS
        if not (one.po or one.control_number or one.transport_id or one.code)
    ]
    with many.read() as tx:
        whole = every(tx, Wanted(), 500)
        wrong = [
            told(one)
            for one in plain
            if [row.id for row in every(tx, one)]
            != [row.id for row in whole if fits(row, one)]
        ]

    assert len(whole) == 3 * ORDERS
    assert wrong == []


def test_an_order_number_leads_to_all_messages_of_the_order(many: Database):
    with many.read() as tx:
        found = every(tx, Wanted(po="PO-000042"))

    assert sorted(row.type for row in found) == ["x12_850", "x12_855"]


def test_a_control_number_is_found_padded_or_not(many: Database):
    with many.read() as tx:
        short = every(tx, Wanted(control_number="43", direction="in"))
        long = every(tx, Wanted(control_number="000000043", direction="in"))

    assert [row.interchange_number for row in short] == ["000000043"]
    assert short == long


def test_an_idempotency_key_leads_to_what_came_under_it_and_its_answers(many: Database):
    with many.read() as tx:
        found = every(tx, Wanted(transport_id="key-000042"))

    assert [row.direction for row in found] == ["out", "out", "in"]


def test_a_code_leads_to_the_messages_that_it_was_found_in(many: Database):
    with many.read() as tx:
        found = every(tx, Wanted(code="SYN-206"), limit=3)
        about = {
            queries.findings_of(tx, queries.in_message(r.id))[0].finding.code
            for r in found
        }

    assert len(found) > 10
    assert about == {"SYN-206"}


def test_another_partner_sees_nothing_of_it(many: Database):
    with many.read() as tx:
        found = [
            every(tx, replace(wanted, partner="gamma"))
            for wanted in (
                Wanted(po="PO-000042"),
                Wanted(control_number="43"),
                Wanted(transport_id="key-000042"),
                Wanted(code="SYN-206"),
            )
        ]

    assert found == [[], [], [], []]


@pytest.mark.parametrize("text", ["'", "%", "\x00", "9" * 400, "-1", "²", "🎃"])
def test_no_text_is_too_strange_to_look_for(many: Database, text: str):
    with many.read() as tx:
        found = [
            every(tx, wanted)
            for wanted in (
                Wanted(po=text),
                Wanted(control_number=text),
                Wanted(transport_id=text),
                Wanted(code=text),
                Wanted(type=text),
            )
        ]

    assert found == [[], [], [], [], []]


def test_the_search_reads_so_many_rows_and_leads_on(
    many: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(message_search, "WINDOW", 100)
    with many.read() as tx:
        first = find(tx, Wanted(type="x12_999"))
        rest = every(tx, Wanted(type="x12_999"))

    assert (first.inbound, first.outbound) == ((), ())
    assert first.cursor is not None
    assert rest == []


def test_every_filter_has_its_index(many: Database):
    poor = {}
    with many.read() as tx:
        for wanted in FILTERS:
            plan = plan_of(many, tx, wanted)
            if re.search(POOR, plan, re.MULTILINE):
                poor[told(wanted)] = plan

    assert poor == {}


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(validation="rejected"), "message_troubled"),
        (Wanted(validation="accepted_with_errors", type="x12_850"), "message_troubled"),
        (Wanted(delivery="failed", partner="gamma"), "outbox_failed"),
        (Wanted(delivery="cancelled"), "outbox_cancelled"),
        (Wanted(delivery="queued"), "outbox_todo"),
        (Wanted(acknowledgement="overdue"), "outbox_disputed"),
        (Wanted(acknowledgement="rejected", delivery="delivered"), "outbox_disputed"),
        (Wanted(po="PO-000042"), "order_po"),
        (Wanted(po="PO-000042"), "outbox_order"),
        (Wanted(control_number="42", direction="in"), "interchange_number"),
        (Wanted(control_number="42", direction="out"), "outbox_group"),
        (Wanted(control_number="42", direction="out"), "outbox_interchange"),
        (Wanted(transport_id="a@b"), "as2_message_name"),
        (Wanted(transport_id="a@b"), "outbox_wire"),
        (Wanted(code="SYN-206"), "finding_code"),
    ],
)
def test_what_is_rare_is_found_by_an_index_of_its_own(
    many: Database, wanted: Wanted, index: str
):
    with many.read() as tx:
        assert re.search(rf"INDEX {index}\b", plan_of(many, tx, wanted))


def plan_of(db: Database, tx: sa.Connection, wanted: Wanted) -> str:
    with heard(tx) as asked:
        queries.listed(tx, wanted, None, 50)
    return plans(db, tx, asked)
