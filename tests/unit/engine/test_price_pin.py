"""Orders by EDI and by cXML at the price that a punch-out cart promised."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from gateway.catalog.pin import CartPin
from gateway.cli.look import tell_order
from gateway.store import carts, order_page, queries
from gateway.store.tables import blank, event, finding, orders, punchout_session
from tests.starters import FOLDER
from tests.unit.catalog.test_pin import MARK, SESSION
from tests.unit.catalog.test_pin import cart_line as helmet
from tests.unit.engine.starter_house import Door, House
from tests.unit.pipeline.parts import CHEAP, NOW, group, interchange, message

PUNCH_OUT = {"return_to": ["https://buyer.example"]}
SMALL = FOLDER / "aldersey-power" / "samples" / "good-small.xml"


def returned(house: House, partner_id: str, *lines: CartPin) -> None:
    """The cart of a session went back to the buyer."""
    session = blank(punchout_session) | {
        "partner_id": partner_id,
        "id": SESSION,
        "way": "cxml",
        "operation": "create",
        "state": "returned",
        "started_at": NOW,
        "changed_at": NOW,
        "body": "",
        "basket": "",
        "returned": "",
    }
    with house.gateway.db.begin() as tx:
        tx.execute(sa.insert(punchout_session), session)
        carts.keep(tx, partner_id, lines)


def drill() -> CartPin:
    """Acme's drill for 79 instead of 84."""
    return helmet(sku="BB-1001", amount=Decimal(79), quantity=Decimal(12))


def booked(house: House) -> dict[str, str]:
    """The state of each order."""
    with house.gateway.db.read() as tx:
        rows = tx.execute(sa.select(orders.c.po_number, orders.c.state))
        return {po: state for po, state in rows}


def told(house: House) -> set[str]:
    with house.gateway.db.read() as tx:
        codes = set(tx.execute(sa.select(finding.c.code)).scalars())
        return {one for one in codes if one.startswith("CAT-")}


def session_state(house: House) -> tuple[str, int]:
    """Where the session stands, and how often it was told that it was ordered."""
    with house.gateway.db.read() as tx:
        state = tx.execute(sa.select(punchout_session.c.state)).scalar_one()
        count = sa.select(sa.func.count()).where(event.c.name == "punchout.ordered")
        return state, tx.execute(count).scalar_one()


def cheap(po: str = "4711", *more: str, number: int = 1) -> bytes:
    return interchange(group(message(po, CHEAP, more=more)), number=number)


def test_an_850_that_names_the_session_is_confirmed_at_the_price_of_the_cart(
    house: Door,
):
    its = house("acme", punchout=PUNCH_OUT)
    returned(its, "acme", drill())

    its.take(cheap("4711", f"REF*Q1*{SESSION}"))

    assert booked(its) == {"4711": "confirmed"}
    assert told(its) == {"CAT-361"}
    assert session_state(its) == ("ordered", 1)


def test_an_850_that_names_no_cart_is_held_for_its_price(house: Door):
    its = house("acme", punchout=PUNCH_OUT)
    returned(its, "acme", drill())

    its.take(cheap())

    assert booked(its) == {"4711": "held"}
    assert session_state(its) == ("returned", 0)


def test_by_item_an_850_needs_to_name_nothing(house: Door):
    policy = {"price_pin": {"by": ["item"]}, "price_differs": "hold"}
    its = house("acme", punchout=PUNCH_OUT, policy=policy)
    returned(its, "acme", drill())

    its.take(cheap())

    assert booked(its) == {"4711": "confirmed"}


def test_a_cart_may_be_ordered_twice_and_is_told_once(house: Door):
    its = house("acme", punchout=PUNCH_OUT)
    returned(its, "acme", drill())

    its.take(cheap("4711", f"REF*Q1*{SESSION}"))
    its.take(cheap("4712", f"REF*Q1*{SESSION}", number=2))

    assert booked(its) == {"4711": "confirmed", "4712": "confirmed"}
    assert session_state(its) == ("ordered", 1)


def test_of_another_partners_cart_nothing_is_known(house: Door):
    its = house("acme", punchout=PUNCH_OUT)
    returned(its, "st-brendan-health", drill())

    its.take(cheap("4711", f"REF*Q1*{SESSION}"))

    assert told(its) == {"CAT-363", "CAT-301"}
    assert session_state(its) == ("returned", 0)


def test_without_punch_out_nobody_looks_for_carts(house: Door):
    its = house("acme")
    returned(its, "acme", drill())

    its.take(cheap("4711", f"REF*Q1*{SESSION}"))

    assert told(its) == {"CAT-301"}


def test_an_order_by_cxml_carries_the_mark_of_its_line(house: Door):
    its = house("aldersey-power", punchout=PUNCH_OUT)
    returned(its, "aldersey-power", helmet())
    data = SMALL.read_bytes().replace(b"12.50", b"11.00").replace(b"365.00", b"350.00")
    mark = f"</SupplierPartID><SupplierPartAuxiliaryID>{MARK}</SupplierPartAuxiliaryID>"
    marked = data.replace(b"</SupplierPartID>", mark.encode(), 1)

    its.take(marked)

    assert booked(its) == {"PO-88001": "confirmed"}
    assert told(its) == {"CAT-361"}
    assert session_state(its) == ("ordered", 1)


def test_the_page_of_the_order_shows_the_cart_beside_it(
    house: Door, capsys: pytest.CaptureFixture[str]
):
    its = house("acme", punchout=PUNCH_OUT)
    returned(its, "acme", replace(drill(), quantity=Decimal(20), uom="PCE"))
    its.take(cheap("4711", f"REF*Q1*{SESSION}"))
    with its.gateway.db.read() as tx:
        (row,) = queries.orders(tx).items
        detail = order_page.order(tx, row.id)
    assert detail is not None

    tell_order(detail)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["quantity", "20", "12"] in lines
    place = f"from cart {SESSION}, line 1, returned 2026-11-20, known by quote"
    assert f"{place}; its price holds".split() in lines
    assert [["price:", "cart", f"{SESSION},", "line", "1,"]] == [
        line[:5] for line in lines if line[:2] == ["price:", "cart"]
    ]


def test_a_cart_id_in_the_place_of_the_item_number_names_its_item(house: Door):
    its = house("aldersey-power", punchout=PUNCH_OUT)
    returned(its, "aldersey-power", helmet())
    data = SMALL.read_bytes().replace(b"12.50", b"11.00").replace(b"365.00", b"350.00")

    its.take(data.replace(b">SH-100<", f">{MARK}<".encode()))

    assert booked(its) == {"PO-88001": "confirmed"}
    assert told(its) == {"CAT-361", "CAT-371"}
