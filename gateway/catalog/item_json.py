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

_TEXTS = ("description", "mfr_part", "mfr", "unspsc", "successor")
_LISTS = ("buyer_parts", "cross_refs", "gtins")
_NUMBERS = ("min_qty", "increment", "max_qty")


def item_to_json(item: Item) -> str:
    """The item's body, as short as it can be: a price list of a million has to fit.

    Empty fields are left out, decimals and fractions are texts. ``units`` holds pairs
    (unit, factor), without the base unit alone; ``prices`` holds rows (amount, from,
    unit if not the base unit, basis, valid from, valid to), each without its tail of
    usual values.
    """
    body: dict[str, Any] = {
        "contract": item.contract_id,
        "sku": item.sku,
        "base": item.base_unit,
        "prices": [_price_row(price, item.base_unit) for price in item.prices],
    }
    units = [(unit.unit, str(unit.factor)) for unit in item.units]
    if units != [(item.base_unit, "1")]:
        body["units"] = units
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
            [
                UnitFactor(unit, _fraction(times), base)
                for unit, times in get("units", ((base, "1"),))
            ]
        ),
        prices=tuple([_price(row, base) for row in body["prices"]]),
        description=get("description", ""),
        buyer_parts=tuple(get("buyer_parts", ())),
        cross_refs=tuple(get("cross_refs", ())),
        gtins=tuple(get("gtins", ())),
        mfr_part=get("mfr_part", ""),
        mfr=get("mfr", ""),
        unspsc=get("unspsc", ""),
        state=ItemState.DISCONTINUED if "state" in body else ItemState.ACTIVE,
        successor=get("successor", ""),
        min_qty=None if low is None else Decimal(low),
        increment=None if step is None else Decimal(step),
        max_qty=None if high is None else Decimal(high),
        lead_time_days=get("lead_time_days"),
    )


_TAIL = ("1", "", "1", "", "")
"""What a price row has behind the amount unless it says otherwise."""


def _price_row(price: PriceBreak, base: str) -> list[str]:
    row = [
        str(price.amount),
        str(price.from_qty),
        "" if price.unit == base else price.unit,
        str(price.basis_qty),
        price.valid_from.isoformat() if price.valid_from else "",
        price.valid_to.isoformat() if price.valid_to else "",
    ]
    while len(row) > 1 and row[-1] == _TAIL[len(row) - 2]:
        row.pop()
    return row


def _price(row: list[str], base: str) -> PriceBreak:
    amount, start, unit, basis, first, last = (*row, *_TAIL[len(row) - 1 :])
    return PriceBreak(
        from_qty=Decimal(start),
        amount=Decimal(amount),
        unit=unit or base,
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
