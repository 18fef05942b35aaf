"""An item as one compact JSON text: what the store keeps in a row."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gateway.catalog.model import Item, ItemState, PriceBreak, UnitFactor

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode
_decode = json.JSONDecoder().decode
_day = dt.date.fromisoformat

_TEXTS = ("description", "mfr_part", "mfr", "successor")
_LISTS = ("buyer_parts", "cross_refs", "gtins")
_NUMBERS = ("min_qty", "increment", "max_qty")


def item_to_json(item: Item) -> str:
    """The item's body. Empty fields are left out, decimals and fractions are texts.

    ``units`` holds pairs (unit, factor), ``prices`` rows (from, amount, basis, unit,
    valid from, valid to).
    """
    body: dict[str, Any] = {
        "contract": item.contract_id,
        "sku": item.sku,
        "base": item.base_unit,
        "units": [(unit.unit, str(unit.factor)) for unit in item.units],
        "prices": [_price_row(price) for price in item.prices],
    }
    body |= {name: value for name in _TEXTS if (value := getattr(item, name))}
    body |= {name: value for name in _LISTS if (value := getattr(item, name))}
    for name in _NUMBERS:
        if (number := getattr(item, name)) is not None:
            body[name] = str(number)
    if item.state is not ItemState.ACTIVE:
        body["state"] = item.state.value
    if item.lead_time_days is not None:
        body["lead_time_days"] = item.lead_time_days
    return _encode(body)


def item_from_json(text: str) -> Item:
    """The item of a text that ``item_to_json`` wrote. Other texts are our bug."""
    body = _decode(text)
    get = body.get
    base = body["base"]
    low, step, high = get("min_qty"), get("increment"), get("max_qty")
    return Item(
        contract_id=body["contract"],
        sku=body["sku"],
        base_unit=base,
        units=tuple(
            [UnitFactor(unit, _fraction(times), base) for unit, times in body["units"]]
        ),
        prices=tuple([_price(row) for row in body["prices"]]),
        description=get("description", ""),
        buyer_parts=tuple(get("buyer_parts", ())),
        cross_refs=tuple(get("cross_refs", ())),
        gtins=tuple(get("gtins", ())),
        mfr_part=get("mfr_part", ""),
        mfr=get("mfr", ""),
        state=ItemState.DISCONTINUED if "state" in body else ItemState.ACTIVE,
        successor=get("successor", ""),
        min_qty=None if low is None else Decimal(low),
        increment=None if step is None else Decimal(step),
        max_qty=None if high is None else Decimal(high),
        lead_time_days=get("lead_time_days"),
    )


def _price_row(price: PriceBreak) -> tuple[str, ...]:
    return (
        str(price.from_qty),
        str(price.amount),
        str(price.basis_qty),
        price.unit,
        price.valid_from.isoformat() if price.valid_from else "",
        price.valid_to.isoformat() if price.valid_to else "",
    )


def _price(row: list[str]) -> PriceBreak:
    start, amount, basis, unit, first, last = row
    return PriceBreak(
        from_qty=Decimal(start),
        amount=Decimal(amount),
        unit=unit,
        basis_qty=Decimal(basis),
        valid_from=_day(first) if first else None,
        valid_to=_day(last) if last else None,
    )


_ONE = Fraction(1)


def _fraction(text: str) -> Fraction:
    if text == "1":
        return _ONE
    if text.isdecimal():
        return Fraction(int(text))
    return Fraction(text)
