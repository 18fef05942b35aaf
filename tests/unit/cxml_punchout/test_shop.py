"""What lines cost, and what goes back of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from gateway.catalog.keys import Prices
from gateway.catalog.model import Contract, Item, PriceBreak, UnitFactor
from gateway.cxml_punchout.basket import BasketLine, ShopLine
from gateway.cxml_punchout.cart import CartLine, PriceBasis, line_amount
from gateway.cxml_punchout.keyed import Marks
from gateway.cxml_punchout.shop import (
    GoneBack,
    in_catalog_terms,
    limits_of,
    pins,
    priced,
)
from gateway.findings import Finding
from gateway.partner.punchout import PunchOutForm
from tests.starters import starter_profile

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = b"k" * 32


def contract(id_: str = "C-1", currency: str = "USD") -> Contract:
    first = date(2026, 1, 1)
    return Contract(id=id_, number=id_, currency=currency, valid_from=first)


def item(sku: str = "W-1", **changes: Any) -> Item:
    usual: dict[str, Any] = {
        "contract_id": "C-1",
        "base_unit": "EA",
        "units": (
            UnitFactor("EA", Fraction(1), "EA"),
            UnitFactor("CA", Fraction(24), "EA"),
        ),
        "prices": (price("12.50"),),
    }
    return Item(sku=sku, **usual | changes)


def price(amount: str, unit: str = "EA", basis: str = "1") -> PriceBreak:
    return PriceBreak(
        from_qty=Decimal(0), amount=Decimal(amount), unit=unit, basis_qty=Decimal(basis)
    )


def line(
    sku: str = "W-1", quantity: str = "2", unit: str = "", n: int = 1
) -> BasketLine:
    return BasketLine(n=n, sku=sku, quantity=Decimal(quantity), unit=unit)


def shown(
    *lines: BasketLine, items: tuple[Item, ...] = (), **punchout: Any
) -> tuple[ShopLine, ...]:
    asked = {"return_to": ["https://buyer.example"], **punchout}
    profile = starter_profile("aldersey-power", punchout=asked)
    contracts = (contract(), contract("C-2", "EUR"))
    prices = Prices.of(contracts, items or (item(),))
    return priced(lines, prices, profile, NOW, marks=Marks(KEY, "ses_1"))


def cart(*lines: BasketLine, **more: Any) -> CartLine:
    its = shown(*lines or (line(),), **more)[0].cart
    assert isinstance(its, CartLine), its
    return its


def code(line: ShopLine) -> str:
    return line.cart.code if isinstance(line.cart, Finding) else ""


def test_a_unit_is_told_by_its_own_code_where_that_is_one_of_rec_20():
    assert cart().uom == "EA"
    assert cart(line(unit="CA")).uom == "CS"
    assert cart(units={"EA": "EACH"}).uom == "EACH"


def test_an_item_tells_its_own_class_before_the_partners():
    usual = {"domain": "UNSPSC", "code": "46180000"}

    own = cart(items=(item(unspsc="27111602"),), classification=usual)
    none = cart(classification=usual)

    assert [one.code for one in own.classification] == ["27111602"]
    assert [one.code for one in none.classification] == ["46180000"]


def test_a_price_that_one_unit_tells_is_told_for_one():
    its = cart(
        line(quantity="300"), items=(item(prices=(price("3.20", basis="100"),)),)
    )

    assert (str(its.unit_price), its.basis) == ("0.0320 USD", None)
    assert str(line_amount(its)) == "9.60 USD"


def test_a_price_that_one_unit_does_not_tell_keeps_its_basis():
    by_case = item(prices=(price("10.00", unit="CA"),))

    its = cart(line(quantity="48", unit="EA"), items=(by_case,))

    assert str(its.unit_price) == "10.00 USD"
    assert its.basis == PriceBasis(quantity=Decimal(24), uom="EA")
    assert str(line_amount(its)) == "20.00 USD"


def test_a_price_of_more_decimals_than_a_cart_has_keeps_its_basis():
    by_thousand = item(prices=(price("7.77", basis="1000"),))

    its = cart(line(quantity="2000"), items=(by_thousand,))

    assert str(its.unit_price) == "7.77 USD"
    assert its.basis == PriceBasis(quantity=Decimal(1000), uom="EA")
    assert str(line_amount(its)) == "15.54 USD"


def test_such_a_price_does_not_go_where_no_basis_is_understood():
    by_thousand = item(prices=(price("7.77", basis="1000"),))

    its, *_ = shown(line(quantity="2000"), items=(by_thousand,), price_basis="no")

    assert code(its) == "CXM-051"


def test_a_price_may_be_told_for_the_unit_of_the_list():
    ten = UnitFactor("PK", Fraction(10), "EA")
    by_pack = item(units=(*item().units, ten), prices=(price("10.01", unit="PK"),))

    its = cart(line(quantity="5", unit="CA"), items=(by_pack,))

    assert its.basis == PriceBasis(quantity=Decimal(1), uom="PK", factor=Decimal("2.4"))
    assert str(line_amount(its)) == "120.12 USD"


def test_a_price_that_nobody_can_tell_does_not_go_back():
    by_case = item(prices=(price("10.00", unit="CA"),))

    its, *_ = shown(line(unit="EA"), items=(by_case,), price_basis="no")

    assert code(its) == "CXM-051"


def test_one_cart_has_one_currency():
    euro = item("W-2", contract_id="C-2")

    first, second = shown(line(), line("W-2", n=2), items=(item(), euro))

    assert (code(first), code(second)) == ("", "CAT-201")


def test_a_new_line_is_added_to_the_one_with_its_item():
    basket = in_catalog_terms(
        shown(line(n=1), line("w-1", "3", n=0), line(unit="CA", n=0), line("NO", n=0))
    )

    told = [(one.n, one.sku, str(one.quantity), one.unit) for one in basket]
    assert told == [
        (1, "W-1", "5", "EA"),
        (0, "W-1", "2", "CA"),
        (0, "NO", "2", ""),
    ]


def test_what_goes_back_is_promised_as_it_was_written():
    lines = shown(line(), line("NO", n=2))
    sent = cart()
    gone = GoneBack(session_id="ses_1", key=KEY, at=NOW, total=None, test=True)

    (pin,) = pins(lines, [sent], gone)

    assert (pin.session_id, pin.line, pin.sku, pin.unit) == ("ses_1", 1, "W-1", "EA")
    assert (str(pin.amount), pin.uom, pin.test) == ("12.50", "EA", True)
    assert pin.basis_qty == 1
    assert pin.aux_id == sent.aux_id


@pytest.mark.parametrize(
    ("version", "has"), [("1.2", True), ("1.2.036", True), ("1.2.014", False)]
)
def test_an_old_version_has_no_price_per_more_than_one(version: str, has: bool):
    assert limits_of(PunchOutForm(version=version)).basis is has
