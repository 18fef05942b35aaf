"""Ship notices, invoices and status updates of cXML through a whole gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from gateway.engine.handing import Hand, HandedIn, Kind, hand_in
from gateway.store import queries, tables
from tests.unit.engine.buying import HOME, SAMPLES, Buying
from tests.unit.engine.starter_house import Door, House
from tests.unit.transport.test_cxml import answering

SHIPPED = "shipment,purpose,partner,po_number,line_no,quantity,ship_date\n"
BILLED = "invoice,invoice_date,partner,po_number,line_no,quantity,price\n"
NOTICE, INVOICE = "cxml_ship_notice_request", "cxml_invoice_detail_request"
STATUS, ASKED = "cxml_status_update_request", "cxml_order_status_request"
OK = answering(200)


def named(posted: bytes) -> str:
    """The payloadID of a document of ours."""
    its = re.search(rb'<cXML payloadID="([^"]+)"', posted)
    assert its is not None
    return its[1].decode()


def update(code: int, payload_id: str) -> bytes:
    """What the buyer's side says of a document of ours."""
    sample = (SAMPLES / "status-update.xml").read_bytes()
    ours = b"1795251600000.northgate.12@AN01900000002"
    said = sample.replace(ours, payload_id.encode())
    return said.replace(b'code="200" text="OK"', b'code="%d" text="x"' % code)


def tell(house: House, kind: Kind, csv: str) -> None:
    """Our ERP says something."""
    hand = Hand(name=f"{kind}.csv", by="test")
    came = hand_in(house.gateway.engine, kind, csv.encode(), hand, house.now)
    assert isinstance(came, HandedIn)
    assert came.findings == ()
    house.work(minutes=1)


def written(house: House, kind: str) -> list[bytes]:
    """Our documents of a kind."""
    with house.gateway.db.read() as tx:
        payloads = house.gateway.db.payloads
        every = [queries.message(tx, payloads, m.id) for m in house.sent()]
    return [one.content for one in every if one and one.message.type == kind]


def living(house: Door, kind: str) -> House:
    """Northgate at the stage live, which gets a kind of document."""
    sends = [{"message": kind, "version": "1.2.050"}]
    made = house("northgate", HOME, sends=sends)
    made.take((SAMPLES / "order.xml").read_bytes())
    return made


def test_each_word_about_a_shipment_names_the_one_before(house: Door):
    one = living(house, NOTICE)
    tell(one, "shipments", SHIPPED + "S-1,,northgate,NG-1001,1,4,2026-11-20\n")
    tell(one, "shipments", SHIPPED + "S-2,,northgate,NG-1001,1,2,2026-11-20\n")
    tell(one, "shipments", SHIPPED + "S-1,replace,northgate,NG-1001,1,5,2026-11-20\n")
    tell(one, "shipments", SHIPPED + "S-1,cancel,northgate,NG-1001,1,5,2026-11-20\n")
    first, _, second, third = written(one, NOTICE)
    assert b'operation="new"' in first
    assert b'operation="update"' in second
    assert f'<DocumentReference payloadID="{named(first)}"/>'.encode() in second
    assert b'operation="delete"' in third
    assert f'<DocumentReference payloadID="{named(second)}"/>'.encode() in third


def test_an_invoice_names_the_request_that_was_answered_last(house: Door):
    one = living(house, INVOICE)
    one.take((SAMPLES / "order-update.xml").read_bytes())
    tell(one, "invoices", BILLED + "I-1,2026-11-20,northgate,NG-1001,1,10,9.50\n")
    (invoice,) = written(one, INVOICE)
    assert b'<DocumentReference payloadID="order-2@buyer.example"/>' in invoice


def test_a_status_update_settles_what_it_names(buying: Callable[..., Buying]):
    one = buying(STATUS)
    one.take("order", OK, OK)
    (ours,) = (d for d in one.posted if b"ConfirmationRequest" in d)
    one.say(update(400, named(ours)))
    assert one.alerts() == ["ENV-211"]
    assert "rejected" in {
        m.acknowledgement for m in one.house.sent() if m.type != STATUS
    }


def test_a_status_update_of_nothing_of_ours_is_told(buying: Callable[..., Buying]):
    one = buying(STATUS)
    one.take("order", OK, OK)
    (ours,) = (d for d in one.posted if b"ConfirmationRequest" in d)
    one.say(update(200, named(ours).replace("1", "2", 1)))
    assert one.alerts() == ["ENV-213"]


def test_one_status_update_tells_what_became_of_an_order(
    buying: Callable[..., Buying],
):
    one = buying(STATUS)
    one.take("order", OK, OK)
    told = [d for d in one.posted if b"StatusUpdateRequest" in d]
    assert len(told) == 1
    assert b'payloadID="order-1@buyer.example"/><Status code="200"' in told[0]


def test_a_question_is_answered_by_the_confirmation_once_more(
    buying: Callable[..., Buying],
):
    one = buying(ASKED)
    one.take("order", OK)
    one.take("order-status", OK)
    first, again = one.posted
    assert f'<DocumentReference payloadID="{named(first)}"/>'.encode() in again
    assert b'<OrderStatusRequestReference orderStatusRequestID="Q-1">' in again


def test_a_secret_that_comes_through_a_folder_is_not_kept(house: Door):
    one = living(house, NOTICE)
    db = one.gateway.db
    with db.read() as tx:
        (sha256,) = tx.execute(sa.select(tables.receipt.c.sha256)).scalars()
        kept = b"".join(db.payloads.load(tx, [sha256])[sha256].chunks())
    assert b"open sesame" not in kept
    assert b"<SharedSecret>***</SharedSecret>" in kept
    one.take((SAMPLES / "order.xml").read_bytes())
    assert one.orders() == ["NG-1001"]
