"""The price that a punch-out cart promised is the contract's while it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.catalog import Checked, LineChecked, Prices, check
from gateway.catalog.pin import CartPin, carts_named
from gateway.catalog.price import in_one_line
from gateway.order.model import (
    Item,
    LineQuantity,
    Money,
    Order,
    OrderLine,
    Price,
    Reference,
    Source,
    Totals,
)
from gateway.order.party import Identifier
from gateway.partner.policy import PricePin
from tests.starters import starter_prices, starter_profile

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SESSION = "ses_01KAE00000000000000000000A"
OTHER = "ses_01KAE00000000000000000000B"
MARK = f"{SESSION}-1-AAAAAAAAAAAAAAAA"
LIST = Decimal("12.50")


def cart_line(**changes: Any) -> CartPin:
    """A helmet for 11.00, below the list, in a cart of yesterday."""
    usual = CartPin(
        session_id=SESSION,
        line=1,
        returned_at=NOW - DAY,
        sku="SH-100",
        unit="EA",
        quantity=Decimal(10),
        amount=Decimal("11.00"),
        currency="USD",
        uom="EA",
        description="Safety helmet, white",
        aux_id=MARK,
    )
    return replace(usual, **changes)


def line(
    item: Mapping[str, Any] | None = None, price: str = "11.00", **changes: Any
) -> OrderLine:
    """The line of an order that names the mark of the cart's line."""
    its: dict[str, Any] = {
        "supplier_sku": "SH-100",
        "supplier_aux_id": MARK,
        "description": "Safety helmet, white",
    }
    usual: dict[str, Any] = {
        "line_no": "1",
        "item": Item(**(its | dict(item or {}))),
        "quantity": LineQuantity(value=Decimal(10), uom_sent="EA"),
        "price": Price(amount=Decimal(price), currency="USD"),
    }
    return OrderLine(**(usual | changes))


def order(*lines: OrderLine, **changes: Any) -> Order:
    source = Source(standard="cxml")
    usual: dict[str, Any] = {"po_number": "PO-1", "currency": "USD", "source": source}
    return Order(**usual | {"lines": lines or (line(),)} | changes)


def checked(
    its: Order, *carts: CartPin, days: int = 30, by: tuple[str, ...] = ("mark", "quote")
) -> Checked:
    pin = {"days": str(days), "by": list(by)}
    profile = starter_profile("aldersey-power", {"price_pin": pin}, locations=[])
    prices: Prices = replace(starter_prices("aldersey-power"), carts=carts)
    return check(its, prices, profile, NOW)


def codes(found: Checked) -> list[str]:
    return [one.code for one in found.all_findings()]


def only(found: Checked) -> LineChecked:
    (one,) = found.lines
    return one


def test_the_price_of_the_cart_counts_in_the_place_of_the_contracts():
    found = checked(order(), cart_line())

    assert codes(found) == ["CAT-361"]
    assert only(found).expected == Money(Decimal("11.00"), "USD")


def test_the_trace_names_the_cart_and_the_price_that_it_replaced():
    trace = only(checked(order(), cart_line())).trace
    assert trace is not None
    told = in_one_line(trace.as_json())

    assert told.startswith(f"cart {SESSION}, line 1, returned 2026-11-20; contract")
    assert "12.50 from 1 EA (the price of the cart holds)" in told


def test_another_price_than_the_carts_differs_from_the_carts():
    found = checked(order(line(price="12.50")), cart_line())
    assert codes(found) == ["CAT-374", "CAT-361", "CAT-301"]
    assert "cart ses_" in found.all_findings()[-1].what


def test_nothing_is_told_where_cart_contract_and_order_agree():
    found = checked(order(line(price="12.50")), cart_line(amount=LIST))
    assert codes(found) == []


def test_the_price_holds_to_the_last_day_and_no_longer():
    last = cart_line(returned_at=NOW - 30 * DAY)
    late = cart_line(returned_at=NOW - 31 * DAY)

    assert "CAT-301" not in codes(checked(order(), last))
    assert codes(checked(order(), late)) == ["CAT-362", "CAT-301"]


def test_with_no_days_the_price_in_force_counts_at_once():
    assert "CAT-301" in codes(checked(order(), cart_line(), days=0))


def test_the_promise_outlives_the_price_list():
    """The contract's price is gone, the cart's is there."""
    prices = starter_prices("aldersey-power")
    items = {
        key: tuple(replace(one, prices=()) for one in found)
        for key, found in prices.items.items()
    }
    bare = replace(prices, items=items, carts=(cart_line(),))
    profile = starter_profile("aldersey-power", locations=[])

    assert codes(check(order(), bare, profile, NOW)) == ["CAT-361"]


def test_a_promise_is_about_its_item_alone():
    other = line({"supplier_sku": "SH-200", "description": ""}, price="12.50")
    assert codes(checked(order(other), cart_line())) == [
        "CAT-364",
        "CAT-371",
        "CAT-374",
    ]


def test_a_cart_in_another_currency_promises_nothing():
    found = checked(order(line(price="12.50")), cart_line(currency="EUR", amount=LIST))
    assert only(found).expected == Money(LIST, "USD")


def test_a_test_cart_promises_nothing_to_an_order():
    assert "CAT-301" in codes(checked(order(), cart_line(test=True)))


@pytest.mark.parametrize(
    "named",
    [
        line({"supplier_aux_id": ""}, quote_ref=SESSION),
        line({"supplier_aux_id": ""}, quote_ref=SESSION, quote_line="1"),
        line({"supplier_aux_id": ""}, quote_ref=SESSION.lower()),
        line(
            {"supplier_aux_id": ""}, references=(Reference(kind="ON", value=SESSION),)
        ),
        line({"supplier_aux_id": "", "ids": (Identifier(id=MARK, scheme="ZZ"),)}),
        line({"supplier_aux_id": MARK[:40]}),
    ],
    ids=["quote", "quote-line", "small", "reference", "product-id", "cut-mark"],
)
def test_a_line_may_name_the_cart_in_many_places(named: OrderLine):
    found = checked(order(named), cart_line())
    assert codes(found) == ["CAT-361"]
    pin = only(found).pin
    assert pin is not None
    assert pin.by == "quote"


def test_the_heading_may_name_the_cart_for_all_lines():
    bare = line({"supplier_aux_id": ""})
    found = checked(order(bare, quote_ref=SESSION), cart_line())
    assert codes(found) == ["CAT-361"]


def test_only_kinds_of_references_that_the_profile_names_are_looked_at():
    pin = PricePin(references=("QR",))
    of_order = order(references=(Reference(kind="ON", value=OTHER),))
    assert carts_named(of_order, (), pin) == frozenset()
    assert carts_named(of_order, (), PricePin()) == {OTHER}


def test_by_item_the_newest_cart_counts_where_the_profile_allows_it():
    bare = order(line({"supplier_aux_id": ""}, price="10.00"))
    newer = cart_line(session_id=OTHER, amount=Decimal("10.50"), returned_at=NOW)

    by_item = checked(bare, cart_line(), newer, by=("item",))

    assert only(by_item).expected == Money(Decimal("10.50"), "USD")
    assert "CAT-361" not in codes(checked(bare, cart_line(), newer))


def test_by_item_the_promise_at_the_price_that_was_sent_counts():
    bare = order(line({"supplier_aux_id": ""}, price="11.00"))
    newer = cart_line(session_id=OTHER, amount=Decimal("10.50"), returned_at=NOW)
    assert codes(checked(bare, cart_line(), newer, by=("item",))) == ["CAT-361"]


def test_a_cart_that_is_not_known_is_told_and_does_no_harm():
    found = checked(order(line(price="12.50")))
    assert codes(found) == ["CAT-363"]


def test_marks_of_other_shops_are_none_of_ours():
    foreign = line({"supplier_aux_id": "basket 4711 {x}"}, price="12.50")
    assert codes(checked(order(foreign), cart_line())) == []


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        (
            line(quantity=LineQuantity(value=Decimal(7), uom_sent="EA")),
            "CAT-373",
            "/lines/0/quantity/value",
        ),
        (
            line({"description": "Safety hel"}),
            "CAT-375",
            "/lines/0/item/description",
        ),
        (line(price="11.01"), "CAT-374", "/lines/0/price/amount"),
        (
            line(quantity=LineQuantity(value=Decimal(10), uom_sent="BX")),
            "CAT-372",
            "/lines/0/quantity/uom_sent",
        ),
        (line({"supplier_sku": "sh-100"}), "CAT-371", "/lines/0/item/supplier_sku"),
    ],
    ids=["quantity", "text", "price", "unit", "number"],
)
def test_what_changed_on_the_way_is_a_note_in_its_place(
    changed: OrderLine, code: str, path: str
):
    found = {
        one.code: one for one in checked(order(changed), cart_line()).all_findings()
    }
    assert found[code].severity == "note"
    assert found[code].where.path == path


def test_lost_zeros_are_called_that():
    zeros = line({"supplier_sku": "100"}, price="11.00")
    found = checked(order(zeros), cart_line(sku="00100"))
    told = next(one for one in found.all_findings() if one.code == "CAT-371")
    assert "zeros in front are gone" in told.what


def test_each_of_the_buyer_is_the_carts_ea():
    each = line(quantity=LineQuantity(value=Decimal(10), uom_sent="EACH"))
    assert codes(checked(order(each), cart_line())) == ["CAT-361"]


@pytest.mark.parametrize(("total", "told"), [("110.00", False), ("110.01", True)])
def test_a_recomputed_total_of_a_whole_cart_is_told(total: str, *, told: bool):
    its = order(totals=Totals(amount=Money(Decimal(total), "USD")))
    cart = cart_line(cart_total=Money(Decimal("110.00"), "USD"))
    assert ("CAT-376" in codes(checked(its, cart))) is told


def test_the_total_of_a_part_of_a_cart_is_its_own():
    its = order(totals=Totals(amount=Money(Decimal("110.00"), "USD")))
    total = Money(Decimal("220.00"), "USD")
    carts = cart_line(cart_total=total), cart_line(line=2, cart_total=total)
    assert "CAT-376" not in codes(checked(its, *carts))


def test_an_edited_cart_is_found_by_the_first_mark_and_by_the_last_session():
    edited = cart_line(returned_in=OTHER)
    by_mark = only(checked(order(), edited)).pin
    by_quote = only(
        checked(order(line({"supplier_aux_id": ""}, quote_ref=OTHER)), edited)
    ).pin
    assert by_mark is not None
    assert by_quote is not None
    assert by_mark.line == by_quote.line == edited
