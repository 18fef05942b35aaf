"""An item as one compact JSON text: what the store keeps in a row."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec

from gateway.catalog.model import Item, ItemState, PriceBreak, UnitFactor
from gateway.values import values_of

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode
_day = dt.date.fromisoformat

_ACTIVE = ItemState.ACTIVE
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


class _Body(msgspec.Struct):
    """An item's text as it is read: in C, each field in its place at once."""

    contract: str
    sku: str
    base: str
    prices: list[list[str]]
    units: tuple[tuple[str, str], ...] = ()
    description: str = ""
    buyer_parts: tuple[str, ...] = ()
    cross_refs: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()
    mfr_part: str = ""
    mfr: str = ""
    unspsc: str = ""
    state: str = "active"
    successor: str = ""
    min_qty: str | None = None
    increment: str | None = None
    max_qty: str | None = None
    lead_time_days: int | None = None


_decode = msgspec.json.Decoder(_Body).decode
_MORE = _Body.__struct_fields__.index("cross_refs")
_NO_MORE = values_of(_Body("", "", "", []))[_MORE:]
"""What most items say behind their names: nothing."""


def item_from_json(text: str) -> Item:
    """The item of a text that ``item_to_json`` wrote. Other texts are our bug."""
    body = _decode(text)
    base = body.base
    plain = Item(  # a struct of few fields is quickly made
        contract_id=body.contract,
        sku=body.sku,
        base_unit=base,
        units=_units(body.units, base) if body.units else _base_alone(base),
        prices=tuple([_price(row, base) for row in body.prices]),
        description=body.description,
        buyer_parts=body.buyer_parts,
    )
    if values_of(body)[_MORE:] == _NO_MORE:
        return plain
    low, step, high = body.min_qty, body.increment, body.max_qty
    return replace(
        plain,
        cross_refs=body.cross_refs,
        gtins=body.gtins,
        mfr_part=body.mfr_part,
        mfr=body.mfr,
        unspsc=body.unspsc,
        state=_ACTIVE if body.state == "active" else ItemState(body.state),
        successor=body.successor,
        min_qty=None if low is None else Decimal(low),
        increment=None if step is None else Decimal(step),
        max_qty=None if high is None else Decimal(high),
        lead_time_days=body.lead_time_days,
    )


def _units(units: tuple[tuple[str, str], ...], base: str) -> tuple[UnitFactor, ...]:
    return tuple([UnitFactor(unit, _fraction(times), base) for unit, times in units])


@lru_cache(maxsize=64)
def _base_alone(base: str) -> tuple[UnitFactor, ...]:
    """The units of an item that is sold in its base unit alone, as most are."""
    return (UnitFactor(base, _ONE, base),)


_TAIL = ("1", "", "1", "", "")
"""What a price row has behind the amount unless it says otherwise."""
_SINGLE = Decimal(1)


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
    if len(row) == 1:
        return PriceBreak(from_qty=_SINGLE, amount=Decimal(row[0]), unit=base)
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
