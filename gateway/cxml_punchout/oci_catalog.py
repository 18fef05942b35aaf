"""The catalog as JSON, a page at a time: DOWNLOADJSON of OCI 5.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gateway.cxml_punchout.cart import CartLine
from gateway.cxml_punchout.oci import CallUp, filled
from gateway.cxml_punchout.oci_lines import Around, oci_item

__all__ = ["Article", "catalog_page", "pages_of"]

_AS_TEXT = ("description", "price", "priceunit", "quantity", "ext_quote_id")
"""Fields of NEW_ITEM that have another form or no place in a catalog."""


@dataclass(frozen=True, slots=True)
class Article:
    """An item of the catalog: its line for the least quantity that is sold.

    ``scales`` are quantities from which a price counts, with the exact price of one
    unit, in rising order.
    """

    line: CartLine
    scales: tuple[tuple[Decimal, Fraction], ...] = ()


def pages_of(total: int, size: int) -> int:
    """How many pages there are; one even of nothing."""
    return max(1, -(-total // size))


def catalog_page(
    articles: Iterable[Article], call: CallUp, around: Around, total: int
) -> bytes:
    """The answer to a download: this page's items, and how many there are in all.

    TOTALITEMS counts what the catalog lists; an item without a price in force is left
    out of its page. Behind the last page there is nothing.
    """
    body = {
        "CTI": "X",
        "CURRENTPAGE": call.page,
        "TOTALPAGES": pages_of(total, call.page_size),
        "TOTALITEMS": total,
        "TRANSACTIONID": call.transaction_id,
        "Items": [{"NEWITEM": _article(one, around)} for one in articles],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _article(article: Article, around: Around) -> Mapping[str, object]:
    line = article.line
    item = oci_item(line, around)
    told: dict[str, object] = {
        name.upper(): value
        for name, value in filled(item, cut=True)
        if name not in _AS_TEXT
    }
    text = line.description or line.short_name
    told["DESCRIPTION"] = [{"description": text, "languageCode": line.language}]
    told["MINORDER_QTY"] = f"{line.quantity:f}"
    told["PRICE"] = f"{item.price:f}"
    told["PRICE_QUANTITY"] = str(item.priceunit)
    told["PRICE_SCALES"] = [
        {"low": f"{low:f}", "price": _told(price * item.priceunit), "scaleType": "01"}
        for low, price in article.scales
    ]
    return told


def _told(price: Fraction) -> str:
    """A price for PRICE_QUANTITY, with all the decimals that tell it."""
    for decimals in range(9):
        if (price * 10**decimals).denominator == 1:
            break
    return f"{Decimal(round(price * 10**decimals)).scaleb(-decimals):f}"
