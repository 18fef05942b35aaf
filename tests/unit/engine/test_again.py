"""Resend, reissue, reprocess and conflicts, on a gateway with real folders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.findings import Finding
from gateway.store import queries, tables
from gateway.store.rows import MessageRow
from tests.unit.engine.house import SAMPLES, House, segments

GOOD = (SAMPLES / "good-small.edi").read_text()
DEARER = GOOD.replace("24.95", "24.90")


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {"orders": ["json"]})
    yield made
    made.close()


def sent(house: House, kind: str) -> list[MessageRow]:
    """Our messages of a kind, oldest first."""
    with house.gateway.db.read() as tx:
        rows = queries.messages(tx, direction="out").items
    return [row for row in reversed(rows) if row.type == kind]


def events(house: House, name: str) -> int:
    with house.gateway.db.read() as tx:
        query = sa.select(sa.func.count()).where(tables.event.c.name == name)
        return int(tx.execute(query).scalar_one())


def state(house: House, receipt: str) -> str:
    with house.gateway.db.read() as tx:
        found = queries.interchange(tx, receipt)
    assert found is not None
    return found.receipt.state


def code(outcome: object) -> str:
    assert isinstance(outcome, Finding), outcome
    return outcome.code


def test_resend_brings_the_same_bytes_under_the_same_name(house: House):
    house.order()
    (message,) = sent(house, "x12_855")
    out = house.home / "partners" / "acme" / "out" / message.file_name
    before = out.read_bytes()
    out.unlink()
    again = house.gateway.resend(message.id, by="desk", reason="lost", key="k1")
    same = house.gateway.resend(message.id, by="desk", reason="lost", key="k1")
    house.work()
    assert again == same != message.id
    assert out.read_bytes() == before
    assert [row.replay_of for row in sent(house, "x12_855")] == ["", message.id]
    assert events(house, "message.resent") == 1


def test_what_has_not_left_is_not_resent(house: House):
    house.send(GOOD.encode())
    house.gateway.engine.process()
    (message,) = sent(house, "x12_855")
    assert code(house.gateway.resend(message.id, by="desk")) == "CHG-010"
    assert code(house.gateway.resend("msg_NONE", by="desk")) == "API-011"


def test_what_came_is_not_sent_and_what_was_sent_is_not_processed(house: House):
    order = house.order().order
    (ours,) = sent(house, "x12_855")
    for theirs in (order.receipt_id, order.message_id):
        assert code(house.gateway.resend(theirs, by="desk")) == "CHG-010"
        assert code(house.gateway.reissue(theirs, by="desk")) == "CHG-010"
        assert code(house.gateway.skip(theirs, by="desk")) == "CHG-010"
    made = house.gateway.reprocess(ours.id, by="desk", apply=False)
    assert code(made) == "CHG-011"


def test_reissue_writes_a_replacement_under_a_new_number(house: House):
    house.order()
    (message,) = sent(house, "x12_855")
    made = house.gateway.reissue(message.id, by="desk", key="k")
    assert house.gateway.reissue(message.id, by="desk", key="k") == made
    house.work()
    first, second = house.answers()
    assert segments(second, "BAK")[0].startswith("BAK*05*AD*")
    assert segments(second, "PO1") == segments(first, "PO1")
    assert segments(second, "ISA") != segments(first, "ISA")
    assert [row.replaces for row in sent(house, "x12_855")] == ["", message.id]
    assert events(house, "message.reissued") == 1


def test_an_acknowledgement_is_not_reissued(house: House):
    house.order()
    (message,) = sent(house, "x12_997")
    assert code(house.gateway.reissue(message.id, by="desk")) == "CHG-010"


def test_a_file_for_the_erp_is_resent_and_reissued(house: House):
    house.order()
    (message,) = sent(house, "erp_order_json")
    (path,) = house.files("out")
    before = path.read_bytes()
    path.unlink()
    house.gateway.resend(message.id, by="desk")
    house.work()
    assert path.read_bytes() == before
    house.gateway.reissue(message.id, by="desk")
    house.work()
    assert [row.replaces for row in sent(house, "erp_order_json")][-1] == message.id


def test_reprocess_shows_no_difference_and_changes_nothing(house: House):
    order = house.order()
    found = house.gateway.reprocess(order.order.receipt_id, apply=False, by="desk")
    assert not isinstance(found, Finding)
    assert (found["changed"], found["applied"]) == (0, False)
    assert len(found["messages"]) == 1


def test_what_was_decided_later_is_no_difference(house: House):
    order = house.order("case-price-differs.edi")
    house.gateway.release(order.order.id, as_="accept", lines=(), reason="", by="desk")
    found = house.gateway.reprocess(order.order.receipt_id, apply=False, by="desk")
    assert not isinstance(found, Finding)
    assert found["changed"] == 0


def test_reprocess_never_books_or_answers_twice(house: House):
    order = house.order()
    house.gateway.reprocess(order.order.receipt_id, apply=True, by="desk")
    house.work()
    assert [one.order.id for one in house.orders()] == [order.order.id]
    assert len(house.answers()) == len(sent(house, "x12_855")) == 1
    assert len(sent(house, "x12_997")) == 1
    assert [n.finding.code for n in house.orders()[0].findings] == [
        n.finding.code for n in order.findings
    ]


def test_reprocess_shows_what_a_new_profile_makes_of_it_and_books_it(house: House):
    receipt = house.send(GOOD.replace("*EA*24.95", "*ZZ*24.95").encode())
    house.work()
    assert house.orders() == []
    house.profile(narrow=[])
    found = house.gateway.reprocess(receipt, apply=False, by="desk")
    assert not isinstance(found, Finding)
    (message,) = found["messages"]
    assert {"verdict", "decision", "codes"} <= set(message["differs"])
    assert house.orders() == []
    house.gateway.reprocess(receipt, apply=True, by="desk")
    house.work()
    assert len(house.orders()) == 1


def test_a_conflict_that_is_accepted_as_new_is_booked_beside_the_first(house: House):
    first = house.order()
    other = house.send(DEARER.replace("4500001201", "4500009999").encode())
    house.work()
    assert state(house, other) == "quarantined"
    assert house.gateway.settle(other, as_="new", by="desk", reason="ok") is None
    house.work()
    assert state(house, other) == "done"
    new, old = house.orders()
    assert old.order == first.order
    assert (new.order.po_number, new.order.state) == ("4500009999", "held")
    assert events(house, "conflict.settled") == 1


def test_a_conflict_that_is_a_replacement_cancels_the_first(house: House):
    first = house.order()
    other = house.send(GOOD.replace("*1*12*EA", "*1*24*EA").encode())
    house.work()
    house.gateway.settle(other, as_="replacement", by="desk", reason="agreed")
    house.work()
    new, old = house.orders()
    assert (old.order.id, old.order.state) == (first.order.id, "cancelled")
    assert (new.order.po_number, new.order.state) == (old.order.po_number, "confirmed")
    assert [line.quantity for line in new.lines] == ["24", "20"]
    assert [p.name.split("_", 1)[1] for p in house.files("out")] == sorted(
        f"{name}.json"
        for name in (
            f"{old.order.id}_v1",
            f"{old.order.id}_v2",
            f"{new.order.id}_v1",
        )
    )
    again = house.send(GOOD.encode())
    house.work()
    assert state(house, again) == "quarantined"


def test_a_conflict_that_is_rejected_is_ended(house: House):
    house.order()
    other = house.send(DEARER.encode())
    house.work()
    assert house.gateway.settle(other, as_="reject", by="desk") is None
    house.work()
    assert state(house, other) == "refused"
    assert len(house.orders()) == 1
    assert code(house.gateway.settle(other, as_="new", by="desk")) == "CHG-011"
    again = house.gateway.reprocess(other, by="desk", apply=True)
    assert isinstance(again, Finding)
    assert again.code == "CHG-011"
    assert "release it" not in again.what


def test_the_same_delivery_key_with_other_bytes_is_decided_too(house: House):
    house.send(GOOD.encode(), key="po-1")
    other = house.send(
        GOOD.replace("4500001201", "4500009999").replace("1040", "1041").encode(),
        key="po-1",
    )
    house.work()
    assert state(house, other) == "quarantined"
    house.gateway.settle(other, as_="new", by="desk")
    house.work()
    assert len(house.orders()) == 2


def test_what_is_in_no_conflict_is_reprocessed_not_released(house: House):
    order = house.order()
    receipt = order.order.receipt_id
    assert code(house.gateway.settle(receipt, as_="new", by="desk")) == "CHG-011"
