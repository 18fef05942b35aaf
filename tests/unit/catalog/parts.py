"""A small contract, two items and an order that fits them; tests change one thing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gateway.catalog import Contract, Item, PriceBreak, Prices, UnitFactor, check
from gateway.catalog.checked import Checked
from gateway.findings import Finding
from gateway.order import model as order_model
from gateway.order.model import (
    LineQuantity,
    Money,
    Order,
    OrderLine,
    Party,
    Price,
    Source,
)
from gateway.partner.profile import Profile

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def d(text: str) -> Decimal:
    return Decimal(text)


def usd(text: str) -> Money:
    return Money(Decimal(text), "USD")


def contract(**changes: Any) -> Contract:
    facts: dict[str, Any] = {
        "id": "C-1",
        "partner_id": "acme",
        "number": "C-1",
        "currency": "USD",
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": dt.date(2029, 12, 31),
    }
    return Contract(**(facts | changes))


def price(amount: str, start: str = "0", **changes: Any) -> PriceBreak:
    facts: dict[str, Any] = {
        "from_qty": d(start),
        "amount": d(amount),
        "unit": "EA",
    }
    return PriceBreak(**(facts | changes))


def item(sku: str = "W-1", **changes: Any) -> Item:
    facts: dict[str, Any] = {
        "contract_id": "C-1",
        "sku": sku,
        "base_unit": "EA",
        "units": (
            UnitFactor("EA", Fraction(1), "EA"),
            UnitFactor("CA", Fraction(24), "EA"),
        ),
        "prices": (price("12.50"), price("12.00", "10"), price("11.25", "100")),
        "buyer_parts": (f"B-{sku}",),
    }
    return Item(**(facts | changes))


def sent_price(amount: str | None, **changes: Any) -> Price:
    return Price(amount=None if amount is None else d(amount), **changes)


def line(
    qty: str = "10", amount: str | None = "12.00", unit: str = "EA", **changes: Any
) -> OrderLine:
    facts: dict[str, Any] = {
        "line_no": "1",
        "item": order_model.Item(supplier_sku="W-1"),
        "quantity": LineQuantity(value=d(qty), uom_sent=unit),
        "price": sent_price(amount),
    }
    return OrderLine(**(facts | changes))


def order(*lines: OrderLine, **changes: Any) -> Order:
    facts: dict[str, Any] = {
        "po_number": "4500001",
        "source": Source(standard="x12"),
        "issue_date": dt.date(2026, 11, 20),
        "currency": "USD",
        "lines": lines or (line(),),
    }
    return Order(**(facts | changes))


def profile(**changes: Any) -> Profile:
    facts: dict[str, Any] = {
        "schema": "1",
        "id": "acme",
        "name": "Acme Tools",
        "stage": "live",
        "identities": {},
        "us": {},
    }
    return Profile.model_validate(facts | changes)


def policy(**changes: Any) -> Profile:
    return profile(policy=changes)


def ship_to(number: str, scheme: str = "92") -> Party:
    return Party(role="ship_to", id=number, id_scheme=scheme)


def checked(
    placed: Order,
    *items: Item,
    contracts: tuple[Contract, ...] | None = None,
    who: Profile | None = None,
) -> Checked:
    mine = (contract(),) if contracts is None else contracts
    return check(placed, Prices.of(mine, items or (item(),)), who or profile(), NOW)


def codes(found: Checked) -> list[str]:
    return [each.code for each in found.all_findings()]


def only(found: Checked) -> Finding:
    (finding,) = found.all_findings()
    return finding
