"""A cart as its buyer reads it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.cart import Cart, CartLimits, CartLine, order_message
from gateway.cxml_punchout.cart_read import read_cart
from gateway.findings import Findings
from gateway.order.item import Classification
from gateway.order.money import Money
from gateway.safexml import Xml, read
from gateway.safexml.markup import markup
from tests.unit.cxml_punchout.examples import CART, usd

WIDE = CartLimits(sku=999, aux_id=999, description=999, short_name=999, mfr=999)
TEXT = st.text("aé<&\"'> ", min_size=1, max_size=20).map(
    lambda text: text.strip() or "x"
)
NUMBER = st.decimals(Decimal("0.0001"), Decimal(10**9), places=4)
LINES = st.builds(
    CartLine,
    quantity=NUMBER,
    sku=TEXT,
    aux_id=TEXT,
    line_no=st.integers(1, 999).map(str),
    unit_price=NUMBER.map(lambda amount: Money(amount, "USD")),
    uom=st.sampled_from(["EA", "BX"]),
    description=TEXT,
    classification=st.just((Classification(code="31161500", scheme="UNSPSC"),)),
    mfr=TEXT,
    lead_time_days=st.none() | st.integers(0, 99),
    extrinsics=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)


def back(cart: Cart) -> tuple[Cart, list[str]]:
    xml = read(markup(order_message(cart, WIDE)[0]))
    assert isinstance(xml, Xml)
    found = Findings()
    return read_cart(xml.root, found), [one.code for one in found]


def test_a_rich_cart_is_read_as_it_was_written():
    cart = replace(CART, total=usd("7"), operation_allowed="inspect")
    assert back(cart) == (cart, [])


@given(st.lists(LINES, max_size=3))
def test_any_cart_is_read_as_it_was_written(lines: list[CartLine]):
    cart = replace(CART, lines=tuple(lines), total=usd("7"))
    assert back(cart) == (cart, [])


def test_a_cart_of_somebody_careless_is_read_with_findings():
    xml = read(
        "<PunchOutOrderMessage><PunchOutOrderMessageHeader><Total>"
        '<Money currency="EUR">1,234.50</Money></Total></PunchOutOrderMessageHeader>'
        '<ItemIn quantity="-1"/><ItemIn quantity="2"><ItemDetail><PriceBasisQuantity '
        'quantity="0" conversionFactor="1"/></ItemDetail></ItemIn>'
        "</PunchOutOrderMessage>"
    )
    assert isinstance(xml, Xml)
    found = Findings()
    cart = read_cart(xml.root, found)
    assert (cart.currency, cart.operation_allowed) == ("EUR", "create")
    assert [line.quantity for line in cart.lines] == [0, 2]
    assert cart.lines[1].basis is None
    assert [(one.code, one.value) for one in found] == [
        ("CXM-052", "1,234.50"),
        ("CXM-052", "-1"),
    ]
