"""A cXML order is answered by a document that is posted, and settled by its Status."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from gateway.store import queries, tables
from tests.unit.engine.buying import SECRET, Buying
from tests.unit.transport.test_cxml import answering


def test_it_is_posted_with_our_secret_and_accepted(buying: Callable[..., Buying]):
    one = buying()
    receipt = one.take("order", answering(201))
    assert (one.last.type, one.last.delivery, one.last.acknowledgement) == (
        "cxml_confirmation_request",
        "delivered",
        "accepted",
    )
    (stored,) = one.house.answers(receipt, "cxml_confirmation_request")
    (posted,) = one.posted
    assert SECRET.encode() in posted
    assert (
        posted.replace(f"<SharedSecret>{SECRET}</SharedSecret>".encode(), b"") == stored
    )


def test_what_is_refused_is_told_and_not_tried_again(buying: Callable[..., Buying]):
    one = buying()
    one.take("order", answering(409, http="500 Oops"))
    assert (one.last.delivery, one.last.acknowledgement) == ("failed", "rejected")
    assert one.alerts() == ["CXM-042"]
    one.house.work(hours=24)
    assert len(one.posted) == 1


def test_what_may_pass_is_sent_again_with_the_same_bytes(buying: Callable[..., Buying]):
    one = buying()
    nothing = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    one.take("order", answering(560), nothing, answering(200))
    one.house.work(hours=2)
    one.house.work(hours=2)
    assert (one.last.delivery, one.last.acknowledgement) == ("delivered", "accepted")
    assert len(one.posted) == 3
    assert len(set(one.posted)) == 1


def test_an_update_is_answered_by_an_update_of_the_answer(
    buying: Callable[..., Buying],
):
    one = buying()
    one.take("order", answering(200))
    one.take("order-update", answering(200))
    first, second = one.posted
    (its,) = re.findall(rb'<cXML payloadID="([^"]+)"', first)
    assert b'operation="new"' in first
    assert b'operation="update"' in second
    assert b'<DocumentReference payloadID="%b"/></ConfirmationHeader>' % its in second
    assert b'<DocumentReference payloadID="order-2@buyer.example"/>' in second
    numbers = [re.findall(rb"northgate\.(\d+)@", body)[0] for body in one.posted]
    assert numbers == [b"1", b"2"]


def test_a_buyer_without_updates_gets_a_new_one(buying: Callable[..., Buying]):
    one = buying(confirmations={"again": "new"})
    one.take("order", answering(200))
    one.take("order-update", answering(200))
    ids = [re.findall(rb'confirmID="([^"]+)"', body)[0] for body in one.posted]
    assert all(b'operation="new"' in body for body in one.posted)
    assert len(set(ids)) == 2


def test_an_answer_that_was_refused_is_not_updated(buying: Callable[..., Buying]):
    one = buying()
    one.take("order", answering(400))
    one.take("order-update", answering(200))
    assert b'operation="new"' in one.posted[1]


def test_the_secret_is_nowhere_in_the_database(buying: Callable[..., Buying]):
    one = buying()
    one.take("order", answering(401, body=SECRET))
    with one.house.gateway.db.read() as tx:
        kept = [
            str(row)
            for table in (tables.outbox, tables.event, tables.finding, tables.alert)
            for row in tx.execute(sa.select(table))
        ]
        every = queries.messages(tx, direction="out").items
    assert len(every) == 1
    assert kept
    assert not [row for row in kept if SECRET in row]
