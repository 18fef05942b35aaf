"""What platforms do to a cart: each habit has a cart that meets it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.cxml_punchout.cart import Cart, CartLine
from gateway.cxml_punchout.platforms import PLATFORMS, cart_faults
from gateway.order.item import Classification
from gateway.order.money import Money
from tests.unit.cxml_punchout.examples import BOLT, CART, usd

LINE = replace(BOLT, basis=None)


def faults(platform: str, line: CartLine = LINE, cart: Cart = CART) -> list[str]:
    held = replace(cart, lines=(line,))
    return [one.code for one in cart_faults(held, [PLATFORMS[platform]])]


@pytest.mark.parametrize("platform", ["ariba", "coupa", "jaggaer", "oracle"])
def test_a_plain_cart_passes(platform: str):
    assert faults(platform) == []


@pytest.mark.parametrize(
    ("platform", "change", "code"),
    [
        ("ariba", {"aux_id": "a?b"}, "CXM-054"),
        ("ariba", {"sku": "s" * 129}, "CXM-054"),
        ("ariba", {"description": "é" * 128}, "CXM-053"),
        ("coupa", {"sku": ""}, "CXM-054"),
        ("coupa", {"uom": "BOX"}, "CXM-054"),
        ("jaggaer", {"uom": "QQQ"}, "CXM-054"),
        ("jaggaer", {"unit_price": usd("0.00001")}, "CXM-053"),
        ("oracle", {"unit_price": usd("0")}, "CXM-054"),
        ("oracle", {"classification": ()}, "CXM-054"),
        (
            "coupa",
            {"classification": (Classification(code="31.16", scheme="UNSPSC"),)},
            "CXM-054",
        ),
        ("dynamics", {}, "CXM-053"),
    ],
)
def test_what_a_platform_does_is_told(platform: str, change, code: str):
    assert faults(platform, replace(LINE, **change)) == [code]


def test_a_total_that_is_added_up_again_is_told():
    cart = replace(CART, total=Money(Decimal("99.99"), "USD"))
    assert faults("jaggaer", cart=cart) == ["CXM-053"]
    assert faults("ariba", cart=cart) == []
