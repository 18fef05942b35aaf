"""Carts: amounts, lengths, and the prices that cannot be told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.cart import (
    CartLimits,
    PriceBasis,
    line_amount,
    order_message,
    per_unit,
    shortened,
    unchanged,
)
from gateway.safexml.markup import Node, markup
from tests.unit.cxml_punchout.examples import BOLT, CART, usd

PLAIN = CartLimits(basis=False)


def items(node: Node) -> list[Node]:
    return [o for o in node.content if isinstance(o, Node) and o.name == "ItemIn"]


@pytest.mark.parametrize(
    ("price", "basis", "amount"),
    [
        ("12.5", None, "31.25"),
        ("12.5", PriceBasis(quantity=Decimal(5), uom="BX"), "6.25"),
        (
            "0.333",
            PriceBasis(quantity=Decimal(1), uom="EA", factor=Decimal(10)),
            "8.33",
        ),
        ("0.001", None, "0.00"),
        ("0.002", None, "0.01"),
    ],
)
def test_a_line_costs_its_quantity_by_the_price_basis(price, basis, amount):
    line = replace(BOLT, unit_price=usd(price), basis=basis)
    assert line_amount(line) == usd(amount)


def test_a_price_per_more_than_one_is_told_per_unit():
    told = per_unit(BOLT)
    assert told is not None
    assert (told.unit_price, told.basis) == (usd("2.50"), None)


def test_a_price_that_four_decimals_do_not_tell_is_none():
    third = replace(BOLT, basis=PriceBasis(quantity=Decimal(3), uom="BX"))
    assert per_unit(third) is None


def test_a_line_whose_price_cannot_be_told_is_left_out_and_told():
    third = replace(BOLT, basis=PriceBasis(quantity=Decimal(3), uom="BX"))
    node, found = order_message(replace(CART, lines=(third, BOLT)), PLAIN)
    assert len(items(node)) == 1
    assert [(one.code, str(one.where)) for one in found] == [("CXM-051", "ItemIn[1]")]


def test_more_decimals_than_platforms_keep_are_not_rounded():
    fine = replace(BOLT, basis=None, unit_price=usd("0.12345"))
    _, found = order_message(replace(CART, lines=(fine,)))
    assert [one.code for one in found] == ["CXM-051"]


def test_a_basis_that_the_buyer_understands_stays():
    node, found = order_message(CART)
    assert "<PriceBasisQuantity " in markup(node)
    assert found == ()


def test_texts_are_cut_and_numbers_are_not():
    line = replace(BOLT, sku="S" * 101, description="é" * 200, mfr="m" * 101)
    node, found = order_message(replace(CART, lines=(line,)))
    text = markup(node)
    assert [one.code for one in found] == ["CXM-050"] * 3
    assert f">{'S' * 101}<" in text
    assert f">{'é' * 127}<" in text
    assert f">{'m' * 100}<" in text


@given(st.text(max_size=20), st.integers(0, 30))
def test_a_text_is_cut_between_characters(text: str, most: int):
    cut = shortened(text, most)
    assert text.startswith(cut)
    assert len(cut.encode()) <= most
    assert cut == text or len(text[: len(cut) + 1].encode()) > most


def test_the_total_is_that_of_the_lines():
    node, _ = order_message(replace(CART, lines=(BOLT, BOLT), shipping=None, tax=None))
    assert '<Total><Money currency="USD">12.50</Money></Total>' in markup(node)
    told, _ = order_message(replace(CART, total=usd("99")))
    assert ">99</Money></Total>" in markup(told)


def test_a_cart_without_a_change_has_cookie_and_total():
    text = markup(unchanged(CART))
    assert text == (
        "<PunchOutOrderMessage><BuyerCookie>34</BuyerCookie>"
        '<PunchOutOrderMessageHeader operationAllowed="edit" quoteStatus="final">'
        '<Total><Money currency="USD">0</Money></Total>'
        '<Shipping><Money currency="USD">5</Money><Description xml:lang="en">Shipping'
        '</Description></Shipping><Tax><Money currency="USD">1.25</Money>'
        '<Description xml:lang="en">Tax</Description></Tax>'
        "</PunchOutOrderMessageHeader></PunchOutOrderMessage>"
    )
