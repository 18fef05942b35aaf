"""One line of an 855: PO1 as they sent it, ACK for each part, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.x12_codes import BASIS_CODES, PRICE_CODES
from gateway.mappers.x12_855.codes import line_code
from gateway.mappers.x12_855.fit import Fit, day, row
from gateway.mappers.x12_855.notes import note_rows
from gateway.order.ack import LineAck, LineStatus
from gateway.order.item import Item, Price
from gateway.order.model import OrderLine
from gateway.partner.profile import Profile

_MOST_ACKS = 104
_MOST_PAIRS = 10
_DATES = {"ship": "068", "delivery": "067"}
_INDEX = re.compile(r"(\w+)(?:\[([0-9]+)\])?(?:\.(\w+))?")
_FIELDS = (
    ("VP", "supplier_sku"),
    ("BP", "buyer_part"),
    ("MG", "mfr_part"),
    ("MF", "mfr"),
    ("FS", "nsn"),
    ("EC", "revision"),
)
_NAMES = frozenset({"gtin", *(name for _, name in _FIELDS)})
_GTIN = {8: "EN", 12: "UP", 13: "EN", 14: "UK"}

Pair = tuple[str, str]
"""A qualifier (DE 235) and a product id (DE 234)."""


def line_rows(
    fit: Fit, line: LineAck, sent: OrderLine | None, profile: Profile | None
) -> Iterator[Row]:
    """PO1, CTP where several prices hold, ACK, and the line's notes."""
    prices = _our_prices(line)
    own = prices[0][1] if len(prices) == 1 else None
    yield _po1(fit, line, sent, own)
    if len(prices) > 1:
        yield from (_ctp(fit, line, status, price) for status, price in prices)
    for status in line.statuses[:_MOST_ACKS]:
        yield _ack(fit, line, status, profile)
    for status in line.statuses:
        if status.note:
            yield from note_rows(fit, status.reason_code, status.note)
    for note in line.notes:
        yield from note_rows(fit, "", note.text)


def _our_prices(line: LineAck) -> list[tuple[LineStatus, Price]]:
    """The statuses whose price is not the line's, one for each different price."""
    found: list[tuple[LineStatus, Price]] = []
    for status in line.statuses:
        price = status.price
        if price is None or price.amount is None or _same(price, line.price):
            continue
        if not any(_same(price, other) for _, other in found):
            found.append((status, price))
    return found


def _same(one: Price, other: Price) -> bool:
    """Whether two prices come to the same per unit."""
    if one.amount is None or other.amount is None:
        return one.amount is other.amount
    return one.amount * other.basis_qty == other.amount * one.basis_qty


def _po1(fit: Fit, line: LineAck, sent: OrderLine | None, own: Price | None) -> Row:
    """The line as ordered; a price of ours stands in place of theirs."""
    number = fit.id(line.line_no, 20, "PO1-01")
    quantity = fit.number(line.quantity.value, 15, "PO1-02")
    unit = fit.id(line.quantity.uom_sent, 2, "PO1-03", 2) if quantity else ""
    amount, basis = _priced(fit, own or line.price, line.price)
    pairs = pairs_sent(sent) if sent else ()
    return row(
        "PO1",
        number,
        quantity,
        unit,
        amount,
        basis,
        *_fitting(fit, pairs or pairs_of(line.item), "PO1-07"),
    )


def _priced(fit: Fit, price: Price, theirs: Price) -> tuple[str, str]:
    """PO1-04 and PO1-05. A basis that has no code is turned into a price for one."""
    if price.amount is None:
        return "", ""
    basis = price.basis_sent
    if not basis and price.basis_qty == theirs.basis_qty:
        basis = theirs.basis_sent
    if not basis and price is not theirs:
        basis = _basis_code(price.basis_qty)
    if basis or price.basis_qty == 1 or not price.basis_qty:
        return fit.number(price.amount, 17, "PO1-04"), fit.id(basis, 2, "PO1-05", 2)
    if code := _basis_code(price.basis_qty):
        return fit.number(price.amount, 17, "PO1-04"), code
    return fit.number(price.amount / price.basis_qty, 17, "PO1-04"), "PE"


def _basis_code(quantity: Decimal) -> str:
    """DE 639 for a price per so many units; empty where there is none."""
    if quantity != quantity.to_integral_value():
        return ""
    return BASIS_CODES.get(int(quantity), "")


def _ctp(fit: Fit, line: LineAck, status: LineStatus, price: Price) -> Row:
    """The price that holds for a part of the line."""
    amount, basis = _priced(fit, replace(price, basis_sent=""), line.price)
    quantity, unit = _amount(fit, line, status, "CTP-04", "CTP-05")
    kind = PRICE_CODES.get(price.type, "CON")
    return row("CTP", "", kind, amount, quantity, (unit,), "", "", "", basis)


def _ack(fit: Fit, line: LineAck, status: LineStatus, profile: Profile | None) -> Row:
    """What happens to a part of the line, and the item that comes instead."""
    quantity, unit = _amount(fit, line, status, "ACK-02", "ACK-03")
    code = line_code(status, profile)
    if status.date is None and status.substitute is None:
        return row("ACK", code, quantity, unit)
    substitute = pairs_of(status.substitute) if status.substitute else ()
    return row(
        "ACK",
        code,
        quantity,
        unit,
        _DATES[status.date_kind] if status.date else "",
        day(status.date),
        "",
        *_fitting(fit, substitute, "ACK-08"),
    )


def _amount(
    fit: Fit, line: LineAck, status: LineStatus, *places: str
) -> tuple[str, str]:
    """Quantity and unit: both or none."""
    unit = fit.id(status.uom or line.quantity.uom_sent, 2, places[1], 2)
    quantity = fit.number(status.quantity, 15, places[0]) if unit else ""
    return (quantity, unit) if quantity else ("", "")


def _fitting(fit: Fit, pairs: tuple[Pair, ...], place: str) -> list[str]:
    """The pairs as elements; one that is too long is left out."""
    fitting: list[str] = []
    for qualifier, number in pairs[:_MOST_PAIRS]:
        value = fit.id(number, 48, place)
        if value and fit.id(qualifier, 2, place, 2):
            fitting += (qualifier, value)
    return fitting


def pairs_of(item: Item) -> tuple[Pair, ...]:
    """The pairs of an item of ours: our number, theirs, GTIN, the maker's."""
    found = [(code, getattr(item, name)) for code, name in _FIELDS]
    found.insert(2, (_GTIN.get(len(item.gtin), "UP"), item.gtin))
    return tuple((code, value) for code, value in found if value)


def pairs_sent(line: OrderLine) -> tuple[Pair, ...]:
    """The pairs of their PO1 in their order, from provenance and extensions.

    Empty for an order that did not come as X12.
    """
    qualifiers = {extension.path[-6:]: extension.value for extension in line.extensions}
    places = line.provenance
    plain = _plain((*places, *[place[:6] for place in places.values()]))
    if plain is not None:
        item = line.item
        return tuple([(qualifiers.get(q, ""), getattr(item, n)) for q, n in plain])
    values: dict[int, Pair] = {}
    for field, place in line.provenance.items():
        if not field.startswith("item.") or field.endswith(".scheme"):
            continue
        if place.startswith("PO1-") and place[4:6].isdecimal():
            element = int(place[4:6])
            value, scheme = _value(line.item, field[5:])
            qualifier = qualifiers.get(f"PO1-{element - 1:02d}", scheme)
            values[element] = (qualifier, value)
    return tuple(values[element] for element in sorted(values))


@lru_cache(maxsize=1024)
def _plain(known: tuple[str, ...]) -> tuple[Pair, ...] | None:
    """The place of the qualifier and the field of each pair, in their order.

    ``known`` are the fields of a provenance, then the beginnings of their places. None
    for items that have more than names.
    """
    half = len(known) // 2
    pairs: dict[int, Pair] = {}
    for field, place in zip(known[:half], known[half:], strict=True):
        if not field.startswith("item.") or field.endswith(".scheme"):
            continue
        if place.startswith("PO1-") and place[4:6].isdecimal():
            if field[5:] not in _NAMES:
                return None
            element = int(place[4:6])
            pairs[element] = (f"PO1-{element - 1:02d}", field[5:])
    return tuple(pairs[element] for element in sorted(pairs))


def _value(item: Item, field: str) -> tuple[str, str]:
    """What a provenance path such as ``ids[0].id`` names, and its scheme."""
    if field in _NAMES:
        return getattr(item, field), ""
    match = _INDEX.fullmatch(field)
    found: object = getattr(item, match[1], "") if match else ""
    scheme = ""
    if match and match[2] and isinstance(found, tuple):
        found = found[int(match[2])] if int(match[2]) < len(found) else ""
        scheme = getattr(found, "scheme", "")
        found = getattr(found, match[3], "") if match[3] else found
    return (found if isinstance(found, str) else "", scheme)
