"""The catalog as JSON: numbers of pages, fields of an item, prices by quantity."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.cxml_punchout.cart import CartLine
from gateway.cxml_punchout.oci import CallUp
from gateway.cxml_punchout.oci_catalog import Article, catalog_page, pages_of
from gateway.cxml_punchout.oci_lines import Around
from gateway.order.money import Money

GLOVE = CartLine(
    quantity=Decimal(10),
    sku="GL-220",
    unit_price=Money(Decimal("0.0125"), "EUR"),
    uom="PR",
    description="Gloves of leather that are warm in winter and dry in the rain",
    classification=(),
    mfr_part="G-2",
)
CALL = CallUp(function="DOWNLOADJSON", page=2, page_size=10, transaction_id="t-1")


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (10, 1), (11, 2), (30, 3)])
def test_pages_are_counted(total: int, pages: int):
    assert pages_of(total, 10) == pages


def test_a_page_says_where_it_stands():
    told = json.loads(catalog_page([], CALL, Around(currency="EUR"), 15))
    assert told == {
        "CTI": "X",
        "CURRENTPAGE": 2,
        "TOTALPAGES": 2,
        "TOTALITEMS": 15,
        "TRANSACTIONID": "t-1",
        "Items": [],
    }


def test_an_item_has_its_price_per_quantity_and_its_scales():
    article = Article(
        GLOVE,
        ((Decimal(10), Fraction("0.0125")), (Decimal(500), Fraction("0.01"))),
    )
    page = catalog_page([article], CALL, Around(currency="EUR", vendor="42"), 1)
    (item,) = json.loads(page)["Items"]
    told = item["NEWITEM"]
    assert (told["PRICE"], told["PRICE_QUANTITY"]) == ("0.125", "10")
    assert [(one["low"], one["price"]) for one in told["PRICE_SCALES"]] == [
        ("10", "0.125"),
        ("500", "0.1"),
    ]
    assert told["DESCRIPTION"] == [
        {"description": GLOVE.description, "languageCode": "en"}
    ]
    assert (told["EXT_PRODUCT_ID"], told["UNIT"], told["VENDOR"]) == (
        "GL-220",
        "PR",
        "42",
    )
    assert not {"QUANTITY", "PRICEUNIT", "EXT_QUOTE_ID"} & told.keys()
