from __future__ import annotations

import pytest

from gateway.pipeline.ports import InMemory
from gateway.store import order_page, outbox, queries
from gateway.store.database import Database
from tests.many_messages import fill, heard, plans
from tests.unit.store.rounds import NOW, process

WIRE = (
    b"ISA*00*...*>~\nGS*PO~\nST*850*0001~\nBEG*00*SA*4711~\nSE*3*0001~\n"
    b"ST*850*0002~\nBEG*00*SA*4712~\nSE*3*0002~\nGE*2*1~\nIEA*1*000000001~\n"
)


def test_lists_come_newest_first_in_pages(db: Database):
    kept = process(db, *(f"acme {n:09d} PO{n}" for n in range(1, 6)))

    with db.read() as tx:
        first = queries.interchanges(tx, limit=2)
        second = queries.interchanges(tx, limit=2, cursor=first.cursor)
        third = queries.interchanges(tx, limit=2, cursor=second.cursor)

    found = [row.id for page in (first, second, third) for row in page.items]
    assert found == kept[::-1]
    assert third.cursor is None


def test_a_page_that_ends_exactly_has_no_cursor(db: Database):
    process(db, "acme 000000001 4711", "acme 000000002 4712")

    with db.read() as tx:
        assert queries.orders(tx, limit=2).cursor is None


def test_messages_in_and_out_are_one_list(db: Database):
    process(db, "acme 000000001 4711", "acme 000000002 4712")
    pages = []
    cursor = None
    with db.read() as tx:
        for _ in range(3):
            page = queries.messages(tx, limit=2, cursor=cursor)
            pages.append(page)
            cursor = page.cursor
        whole = queries.messages(tx).items

    assert tuple(row for page in pages for row in page.items) == whole
    assert len(whole) == 6
    assert cursor is None


def test_messages_are_filtered_by_direction_and_state(db: Database):
    process(db, "acme 000000001 4711")

    with db.read() as tx:
        inbound = queries.messages(tx, direction="in", state="accepted").items
        outbound = queries.messages(tx, direction="out", state="queued").items
        sent = queries.messages(tx, state="delivered").items

    assert [row.type for row in inbound] == ["x12_850"]
    assert [row.type for row in outbound] == ["x12_855", "x12_997"]
    assert sent == ()


def test_orders_are_filtered_by_number_and_state(db: Database):
    process(db, "acme 000000001 4711", "acme 000000002 4712")

    with db.read() as tx:
        by_number = queries.orders(tx, po="4711").items
        held = queries.orders(tx, state="held").items
        of_both = queries.orders(tx, po="4712", partner="acme").items
        of_others = queries.orders(tx, po="4712", partner="other").items

    assert [row.po_number for row in by_number] == ["4711"]
    assert held == ()
    assert [row.po_number for row in of_both] == ["4712"]
    assert of_others == ()


def test_a_number_is_looked_for_by_itself_not_among_a_partners_orders(db: Database):
    fill(db, 2_000)

    with db.read() as tx:
        with heard(tx) as asked:
            queries.orders(tx, po="PO-000042", partner="acme")
        plan = plans(db, tx, asked)

    assert "order_po" in plan


def test_a_partner_sees_only_his_own(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711", partner_id="")
    order_id, message_id = f"ord_{receipt_id[4:]}", f"msg_{receipt_id[4:]}"

    with db.read() as tx:
        seen = {
            "receipts": queries.interchanges(tx, partner="other").items,
            "receipt": queries.interchange(tx, receipt_id, partner="other"),
            "raw": queries.raw(tx, db.payloads, receipt_id, partner="other"),
            "messages": queries.messages(tx, partner="other").items,
            "message": queries.message(tx, db.payloads, message_id, partner="other"),
            "orders": queries.orders(tx, partner="other").items,
            "order": order_page.order(tx, order_id, partner="other"),
            "answers": queries.answers(
                tx, db.payloads, order_id=order_id, partner="other"
            ),
        }

    assert [name for name, found in seen.items() if found] == []


def test_an_interchange_is_found_by_its_own_id_and_its_receipts(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")

    with db.read() as tx:
        by_receipt = queries.interchange(tx, receipt_id)
        by_interchange = queries.interchange(tx, f"int_{receipt_id[4:]}")

    assert by_receipt == by_interchange
    assert by_receipt is not None
    assert [row.control_number for row in by_receipt.receipt.interchanges] == [
        "000000001"
    ]


@pytest.mark.parametrize("id_", ["rcp_0", "int_0", "ord_0", "msg_0", ""])
def test_an_unknown_id_is_nothing(db: Database, id_: str):
    with db.read() as tx:
        assert queries.interchange(tx, id_) is None
        assert order_page.order(tx, id_) is None
        assert queries.message(tx, db.payloads, id_) is None
        assert queries.raw(tx, db.payloads, id_) is None


def test_a_message_that_goes_out_comes_with_its_bytes(db: Database):
    process(db, "acme 000000001 4711")

    with db.read() as tx:
        (row, _) = queries.messages(tx, direction="out").items
        found = queries.message(tx, db.payloads, row.id)

    assert found is not None
    assert found.content.startswith(b"ISA*")
    assert found.message == row


def test_a_message_that_came_in_ends_with_its_se():
    begin = WIRE.index(b"ST*850*0002")

    cut = queries._between(InMemory.of(WIRE), begin, len(WIRE))

    assert queries._to_end(cut, "0002") == WIRE[begin : WIRE.index(b"\nGE")]


def test_a_message_without_its_se_ends_where_the_next_begins():
    begin, following = WIRE.index(b"ST*850*0001"), WIRE.index(b"ST*850*0002")

    cut = queries._between(InMemory.of(WIRE), begin, following)

    assert queries._to_end(cut, "0009") == WIRE[begin:following]


def test_what_is_unfinished_is_counted(db: Database):
    process(db, "acme 000000001 4711")

    with db.read() as tx:
        assert queries.unfinished(tx) == (0, 2)


def test_a_message_can_be_sent_again_with_the_same_bytes(db: Database):
    process(db, "acme 000000001 4711")

    with db.begin() as tx:
        (stored, _) = queries.messages(tx, direction="out").items
        again = outbox.resend(tx, stored.id, NOW)
        assert again is not None
        repeat = queries.message(tx, db.payloads, again)
        first = queries.message(tx, db.payloads, stored.id)
        assert outbox.resend(tx, "msg_0", NOW) is None

    assert repeat is not None
    assert first is not None
    assert repeat.content == first.content
    assert repeat.message.file_name == stored.file_name
