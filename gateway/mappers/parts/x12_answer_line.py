"""One line of an answer: PO1 or POC as they sent it, ACK for each part, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, day, plain_number, row
from gateway.mappers.parts.pairs import all_fit, fitting, pairs_of, pairs_sent
from gateway.mappers.parts.x12_answer_codes import LINE_CODES, line_code
from gateway.mappers.parts.x12_codes import BASIS_CODES, PRICE_CODES
from gateway.mappers.parts.x12_notes import note_rows
from gateway.order.ack import LineAck, LineStatus, StatusKind
from gateway.order.item import Price
from gateway.order.model import OrderLine
from gateway.partner.profile import Profile

_MOST_ACKS = 104
_DATES = {"ship": "068", "delivery": "067"}


Lead = Callable[[Fit, LineAck, OrderLine | None, Price | None], Row]
"""Writes the segment that a line begins with."""


def plain_rows(
    fit: Fit, line: LineAck, sent: OrderLine | None, codes: Mapping[StatusKind, str]
) -> tuple[Row, Row] | None:
    """PO1 and ACK of a line that is answered as a whole, with nothing to add.

    Its elements are judged at once, where ``line_rows`` judges each: a third of the
    work. None for any other line, and where an element may not stand as it is.
    ``codes`` are the profile's own.
    """
    if len(line.statuses) != 1 or line.notes:
        return None
    status, ordered = line.statuses[0], line.quantity
    if _adds(status):
        return None
    value, number, unit = ordered.value, line.line_no, ordered.uom_sent
    pairs = (sent and pairs_sent(sent)) or pairs_of(line.item)
    quantity = plain_number(value, 15)
    part = quantity if status.quantity is value else plain_number(status.quantity, 15)
    price = _plain_price(line.price)
    if not (pairs and quantity and part and price and status.uom in ("", unit)):
        return None
    parts = [part for pair in pairs for part in pair]
    plain = fit.is_plain("".join((number, unit, price[1], *parts)))
    if not (plain and 0 < len(number) <= 20 and len(unit) == 2 and all_fit(pairs)):
        return None
    code = codes.get(status.kind) or LINE_CODES[status.kind]
    lead = ("PO1", number, quantity, unit, *price, *parts)
    return lead, ("ACK", code, part, unit)


def _adds(status: LineStatus) -> bool:
    """Whether it says more than how many: a price, a day, an item, words, a cause."""
    more = status.price or status.date or status.substitute or status.note
    return bool(more) or status.kind == "hold"


def _plain_price(price: Price) -> tuple[str, str] | None:
    """PO1-04 and PO1-05 as they were sent; None where they have to be worked out."""
    if price.amount is None:
        return "", ""
    basis, amount = price.basis_sent, plain_number(price.amount, 17)
    known = len(basis) == 2 or (not basis and price.basis_qty == 1)
    return (amount, basis) if amount and known else None


def line_rows(
    fit: Fit,
    line: LineAck,
    sent: OrderLine | None,
    profile: Profile | None,
    lead: Lead | None = None,
) -> Iterator[Row]:
    """PO1, CTP where several prices hold, ACK, and the line's notes.

    ``lead`` writes another segment in the place of PO1.
    """
    prices = _our_prices(line)
    own = prices[0][1] if len(prices) == 1 else None
    yield (lead or po1)(fit, line, sent, own)
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


def po1(fit: Fit, line: LineAck, sent: OrderLine | None, own: Price | None) -> Row:
    """The line as ordered; a price of ours stands in place of theirs."""
    number = fit.id(line.line_no, 20, "PO1-01")
    quantity = fit.number(line.quantity.value, 15, "PO1-02")
    unit = fit.id(line.quantity.uom_sent, 2, "PO1-03", 2) if quantity else ""
    amount, basis = priced(fit, own or line.price, line.price)
    pairs = pairs_sent(sent) if sent else ()
    return row(
        "PO1",
        number,
        quantity,
        unit,
        amount,
        basis,
        *fitting(fit, pairs or pairs_of(line.item), "PO1-07"),
    )


def priced(
    fit: Fit, price: Price, theirs: Price, tag: str = "PO1", at: int = 4
) -> tuple[str, str]:
    """PO1-04 and PO1-05. A basis that has no code is turned into a price for one."""
    amount_at, basis_at = f"{tag}-{at:02d}", f"{tag}-{at + 1:02d}"
    if price.amount is None:
        return "", ""
    basis = price.basis_sent
    if not basis and price.basis_qty == theirs.basis_qty:
        basis = theirs.basis_sent
    if not basis and price is not theirs:
        basis = _basis_code(price.basis_qty)
    if basis or price.basis_qty == 1 or not price.basis_qty:
        return fit.number(price.amount, 17, amount_at), fit.id(basis, 2, basis_at, 2)
    if code := _basis_code(price.basis_qty):
        return fit.number(price.amount, 17, amount_at), code
    return fit.number(price.amount / price.basis_qty, 17, amount_at), "PE"


def _basis_code(quantity: Decimal) -> str:
    """DE 639 for a price per so many units; empty where there is none."""
    if quantity != quantity.to_integral_value():
        return ""
    return BASIS_CODES.get(int(quantity), "")


def _ctp(fit: Fit, line: LineAck, status: LineStatus, price: Price) -> Row:
    """The price that holds for a part of the line."""
    amount, basis = priced(fit, replace(price, basis_sent=""), line.price)
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
        *fitting(fit, substitute, "ACK-08"),
    )


def _amount(
    fit: Fit, line: LineAck, status: LineStatus, *places: str
) -> tuple[str, str]:
    """Quantity and unit: both or none."""
    unit = fit.id(status.uom or line.quantity.uom_sent, 2, places[1], 2)
    quantity = fit.number(status.quantity, 15, places[0]) if unit else ""
    return (quantity, unit) if quantity else ("", "")
