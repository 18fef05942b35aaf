"""EDIFACT ORDRSP: the answer to an order, or to its change, in a partner's dialect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from gateway.edi.edifact.writer import Draft, Envelope, Row
from gateway.mappers.parts.answered import lines_told, stated_type
from gateway.mappers.parts.edifact_dialect import Dialect, LineOutcome, dialect_of
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import (
    identifier,
    item_rows,
    numbers_of,
    order_references,
    parties,
)
from gateway.mappers.parts.edifact_price import price_row
from gateway.order.ack import ACCEPTED, REFUSED, LineAck, LineStatus, OrderAck
from gateway.order.item import Item, Price
from gateway.order.model import Order
from gateway.partner.profile import Profile

KIND = "edifact_ordrsp"

_BACK, _CUT = "BP", "CP"
"""4221: the rest follows, or it does not."""
_MOST_TEXTS = 5
_ZERO = Decimal(0)


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The answer without control numbers, with what did not fit into it.

    Header and lines agree whatever the answer says: a refused order has no lines, and
    29 never stands above a line that is changed or refused.
    """
    fit = EdifactFit()
    its = identifier(profile, KIND, "ORDRSP", order)
    dialect = dialect_of(profile, its.version + its.release, its.association)
    return Draft(
        kind=KIND,
        envelope=envelope,
        messages=((its, tuple(_rows(fit, ack, order, dialect))),),
        findings=fit.found.done(),
    )


def _rows(
    fit: EdifactFit, ack: OrderAck, order: Order, dialect: Dialect
) -> Iterator[Row]:
    kind = stated_type(ack)
    only = order.ack_wanted == "on_changes"
    told = (
        []
        if kind in ("rejected", "held")
        else [line for line, _ in lines_told(ack, order, kind, exceptions_only=only)]
    )
    answers = [_Answer.of(line) for line in told]
    heading_only = all(answer.outcome == "accepted" for answer in answers)
    ours = ack.sales_order_number or order.sales_order_number
    number = fit.id(ack.id or _number(ack, ours), 35, "BGM-02")
    code = dialect.header_code(kind, heading_only=heading_only)
    yield row("BGM", dialect.document, number, code)
    if ack.ack_date:
        yield row("DTM", ("137", day(ack.ack_date), "102"))
    texts = [reason.text for reason in ack.reasons if reason.text]
    yield from _texts(fit, dialect, [*texts, *(note.text for note in ack.notes)])
    yield from order_references(fit, order, ours)
    if ack.answers != "order" and ack.order_version:
        yield row("RFF", ("PP", fit.id(ack.order_version, 35, "RFF-01")))
    yield from parties(fit, order, ("buyer", "seller", "ship_to", "bill_to"))
    if ack.currency or order.currency:
        yield row("CUX", ("2", ack.currency or order.currency, "9"))
    count = 0
    free = _Numbers(told)
    for answer in answers:
        for rows in _line(fit, answer, order, dialect, free):
            count += 1
            yield from rows
    yield row("UNS", "S")
    yield row("CNT", ("2", str(count)))


def _number(ack: OrderAck, ours: str) -> str:
    """1004: our number of the order; with a change's own mark where it answers one.

    Partners take two messages of one number for the same message.
    """
    if ack.answers == "order":
        return ours
    its = ack.order_source
    change = f"{its.interchange_control}/{its.group_control}/{its.message_control}"
    return f"{ours}-{hashlib.sha256(change.encode()).hexdigest()[:4].upper()}"


def _texts(fit: EdifactFit, dialect: Dialect, texts: Iterable[str]) -> Iterator[Row]:
    """FTX, five lines each."""
    written = (lines for text in texts for lines in fit.lines(text, "FTX-04", 2))
    for lines, _ in zip(written, range(_MOST_TEXTS), strict=False):
        yield row("FTX", dialect.subject, "", "", lines)


class _Numbers:
    """Numbers of lines: the order's, and new ones for what a line is split in."""

    def __init__(self, lines: Iterable[LineAck]) -> None:
        known = [line.line_no for line in lines]
        self._next = max((int(n) for n in known if n.isdecimal()), default=0)
        self._used: set[str] = set()

    def of(self, line: LineAck) -> str:
        """The line's own number the first time, then one that no line has."""
        number = line.line_no
        if number in self._used or not (number.isdecimal() and len(number) <= 6):
            self._next += 1
            number = str(self._next)
        self._used.add(number)
        return number


@dataclass(frozen=True, slots=True)
class _Answer:
    """What becomes of one line: the parts that come, what follows later, what not."""

    line: LineAck
    parts: tuple[LineStatus, ...]
    later: Decimal
    refused: tuple[LineStatus, ...]

    @classmethod
    def of(cls, line: LineAck) -> _Answer:
        parts = [s for s in line.statuses if s.kind not in REFUSED | {"backorder"}]
        back = [s.quantity for s in line.statuses if s.kind == "backorder"]
        refused = [s for s in line.statuses if s.kind in REFUSED]
        if line.change == "delete" and all(s.kind == "delete" for s in refused):
            refused = []  # what the buyer asked for
        return cls(line, tuple(parts), sum(back, _ZERO), tuple(refused))

    @property
    def outcome(self) -> LineOutcome:
        """What the line's code says."""
        line = self.line
        if self.refused and not self.parts and not self.later:
            return "refused"
        if line.change == "none" and not self.refused and not self.later:
            return "untouched"
        plain = all(s.kind in ACCEPTED for s in self.parts) and len(self.parts) <= 1
        if plain and not self.later and not self.refused:
            return "accepted"
        return "changed"

    @property
    def difference(self) -> Decimal:
        """How much more, or less, comes than was ordered; in other units nothing."""
        if any(s.kind in ("change_unit", "add") for s in self.parts):
            return _ZERO
        if not self.parts and not self.later and not self.refused:
            return _ZERO
        comes = sum((s.quantity for s in self.parts), _ZERO)
        return comes - self.line.quantity.value


def _line(
    fit: EdifactFit, answer: _Answer, order: Order, dialect: Dialect, free: _Numbers
) -> Iterator[list[Row]]:
    """The line, and one more for each further day that a part of it comes on."""
    line, outcome = answer.line, answer.outcome
    first = answer.parts[0] if answer.parts else None
    code = "added" if line.change == "add" and outcome != "refused" else outcome
    yield [
        *_item(fit, free.of(line), dialect.lines[code], line, first, dialect),
        *_quantities(fit, answer, first, dialect),
        *_promised(first, dialect),
        *_variance(fit, answer, dialect),
        *_texts(fit, dialect, _said(line)),
        *_price(fit, line, first),
        _answered(fit, order, line),
    ]
    for part in answer.parts[1:]:
        yield [
            *_item(fit, free.of(line), dialect.lines["added"], line, part, dialect),
            _quantity(fit, "21", part.quantity, part.uom or line.quantity.uom_sent),
            *_promised(part, dialect),
            *_price(fit, line, part),
            _answered(fit, order, line),
        ]


def _said(line: LineAck) -> list[str]:
    notes = [note.text for note in line.notes]
    return [*(s.note for s in line.statuses if s.note), *notes]


def _item(
    fit: EdifactFit,
    number: str,
    action: str,
    line: LineAck,
    part: LineStatus | None,
    dialect: Dialect,
) -> Iterator[Row]:
    instead = _instead(fit, part, dialect)
    return item_rows(fit, number, action, line.item, dialect, more_numbers=instead)


def _instead(
    fit: EdifactFit, part: LineStatus | None, dialect: Dialect
) -> Iterator[Row]:
    """PIA 3: what comes instead of what was ordered."""
    item: Item | None = part.substitute if part else None
    numbers = numbers_of(fit, item, dialect) if item else []
    if numbers:
        yield row("PIA", "3", *numbers[:5])


def _quantities(
    fit: EdifactFit, answer: _Answer, first: LineStatus | None, dialect: Dialect
) -> Iterator[Row]:
    """QTY 21, what comes with this line; QTY 83, what follows later."""
    line = answer.line
    unit = line.quantity.uom_sent
    if first is not None:
        yield _quantity(fit, "21", first.quantity, first.uom or unit)
    elif not answer.later:
        deleted = line.change == "delete" and not answer.refused
        ordered = _ZERO if deleted else line.quantity.value
        yield _quantity(fit, "21", ordered, unit)
    elif not dialect.backordered:
        yield _quantity(fit, "21", _ZERO, unit)
    if answer.later and dialect.backordered:
        yield _quantity(fit, "83", answer.later, unit)


def _quantity(fit: EdifactFit, code: str, value: Decimal, unit: str) -> Row:
    amount = fit.number(value, 15, "QTY-01")
    return row("QTY", (code, amount, fit.id(unit, 3, "QTY-01")))


def _promised(part: LineStatus | None, dialect: Dialect) -> Iterator[Row]:
    if part is not None and part.date is not None:
        code = dialect.ships if part.date_kind == "ship" else dialect.promised
        yield row("DTM", (code, day(part.date), "102"))


def _variance(fit: EdifactFit, answer: _Answer, dialect: Dialect) -> Iterator[Row]:
    """QVR: the difference, below zero when less comes, and whether the rest follows."""
    difference = answer.difference
    if not difference or answer.outcome in ("accepted", "untouched", "refused"):
        return
    why = (_BACK if answer.later else _CUT) if difference < 0 else ""
    amount = fit.number(difference, 15, f"{dialect.variance}-01")
    yield row(dialect.variance, (amount, "21"), why)


def _price(fit: EdifactFit, line: LineAck, part: LineStatus | None) -> Iterator[Row]:
    """PRI AAA: our price where it differs, else the order's."""
    ours = part.price if part and part.price and part.price.amount is not None else None
    price: Price = ours or line.price
    if price.amount is None:
        return
    yield price_row(fit, "AAA", price, line.quantity.uom_sent)


def _answered(fit: EdifactFit, order: Order, line: LineAck) -> Row:
    """RFF ON: the ordered line that this one answers."""
    number = fit.id(order.po_number, 35, "RFF-01")
    return row("RFF", ("ON", number, fit.id(line.line_no, 6, "RFF-01")))
