"""A line that asks for nothing special, held against its contract in one go.

Nearly every line is one: its numbers name one item, it counts in a unit of that item,
and its price is ours. The general way (``identify``, ``finish``) takes about forty
calls for what such a line needs, eight times the processor time. Whatever is not
exactly so is left to the general way, which tells why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway.catalog import dates
from gateway.catalog.checked import LineChecked
from gateway.catalog.contracts import Chosen, reference_day, requested_on
from gateway.catalog.identify import Desk
from gateway.catalog.keys import asked
from gateway.catalog.model import (
    BreakOn,
    Contract,
    Item,
    ItemState,
    ReferenceDate,
)
from gateway.catalog.price import (
    EXACT,
    STEPS,
    Ask,
    Expected,
    Priced,
    exactly,
    price_for,
    unit_of,
)
from gateway.catalog.quantity import broken_limit
from gateway.catalog.resolve import agreed
from gateway.findings import Finding
from gateway.order.model import LineQuantity, Money, OrderLine
from gateway.order.money import minor_units
from gateway.values import swift

_DIGITS = 18
_ONE = "1"
_NO_CHARGE = "no_charge"
_multiply = EXACT.multiply  # a context looks its methods up anew each time


@swift
@dataclass(frozen=True, slots=True)
class _Terms:
    """What all lines under one contract of an order have in common.

    ``step`` is one minor unit of its currency, of ``decimals``; ``currencies`` are
    those that a line may name.
    """

    contract: Contract
    day: dt.date
    reference: str
    why: str
    currency: str
    currencies: tuple[str, ...]
    decimals: int
    step: Decimal


def plain_lines(
    desk: Desk, head: Chosen, apart: Container[int]
) -> list[LineChecked | None]:
    """The order's lines that are plain, by their index; none for every other.

    ``head`` are the contracts that answer the order; ``apart`` are lines of which
    something was found before.
    """
    order = desk.order
    terms: dict[str, _Terms] = {}
    if head.is_priced and desk.prices.carts is None:
        usual = (one for one in head.contracts if _is_usual(one))
        terms = {one.id: _terms(desk, one) for one in usual}
    if not terms:
        return [None] * len(order.lines)
    wanted = dates.wanted_on(order)
    return [
        None
        if line.parent_line or line.contract_ref or index in apart
        else _line(desk, terms, line, index, wanted)
        for index, line in enumerate(order.lines)
    ]


def _is_usual(contract: Contract) -> bool:
    """Whether each line has its price by itself, and on a day that all lines have."""
    return (
        contract.reference_date is not ReferenceDate.REQUESTED
        and contract.break_on is BreakOn.LINE
        and contract.price_decimals is None
    )


def _terms(desk: Desk, contract: Contract) -> _Terms:
    reference = reference_day(contract, desk.order, None, desk.today)
    currency = contract.currency
    decimals = minor_units(currency)
    return _Terms(
        contract,
        reference.day,
        reference.kind.value,
        reference.why,
        currency,
        ("", currency, desk.order.currency),
        decimals,
        STEPS[decimals],
    )


def _line(
    desk: Desk,
    every: dict[str, _Terms],
    line: OrderLine,
    index: int,
    wanted: dt.date | None,
) -> LineChecked | None:
    """The line, if all that can be asked about it has its usual answer."""
    found = agreed(line.item, asked(line.item), desk.prices)
    if found is None:
        return None
    item, by = found
    terms = every.get(item.contract_id)
    if terms is None or item.state is not ItemState.ACTIVE:
        return None
    ask = _ask(desk, terms, item, line.quantity)
    price = None if ask is None else _price(terms, item, ask, line)
    earliest = dates.earliest_ship(item, terms.contract, desk.today)
    if price is None or not _is_in_time(line, wanted, earliest, desk.today):
        return None
    ours = _extended(terms, price, line)
    theirs = line.amount or ours
    if theirs is not ours and not _is_same(theirs, ours, line):
        return None
    ask = price.priced.ask
    unit, base_qty = ask.unit, ask.quantity
    if unit.unit != unit.base:
        base_qty *= unit.factor
    return LineChecked(
        line_no=line.line_no,
        index=index,
        item=item,
        contract=terms.contract,
        resolved_by=by,
        unit=unit,
        base_qty=base_qty,
        price=price,
        extended=ours,
        sent_extended=theirs,
        earliest_ship=earliest,
    )


def _ask(desk: Desk, terms: _Terms, item: Item, quantity: LineQuantity) -> Ask | None:
    """What the price is asked for, where so many of the item may be ordered."""
    code, value = quantity.uom_sent, quantity.value
    unit = item.units[0] if item.units else None
    if unit is None or unit.unit != code:
        unit = unit_of(item, code, desk.order.source.standard)
    if unit is None or not value or not _is_short(value):
        return None
    count = exactly(value)
    if item.is_limited:
        base_qty = count if unit.unit == unit.base else count * unit.factor
        if broken_limit(base_qty, item)[0]:
            return None
    return Ask(
        quantity=count,
        unit=unit,
        on_date=terms.day,
        reference=terms.reference,
        why=terms.why,
    )


def _extended(terms: _Terms, price: Expected, line: OrderLine) -> Money:
    """The line at our price, half up to the minor unit."""
    exact = _multiply(price.amount, line.quantity.value)
    return Money(exact.quantize(terms.step, ROUND_HALF_UP, EXACT), terms.currency)


def _is_same(theirs: Money, ours: Money, line: OrderLine) -> bool:
    """Whether the line's amount that was sent is what quantity and price make."""
    return _is_short(theirs.amount) and theirs == ours and not line.is_ceiling


def _is_short(number: Decimal) -> bool:
    """Whether a number is written with digits and a point alone, and with few."""
    text = str(number)
    return len(text) <= _DIGITS and text.replace(".", "").isdigit()


def _price(terms: _Terms, item: Item, ask: Ask, line: OrderLine) -> Expected | None:
    """Our price, if it is the one that was sent: per one of the unit ordered."""
    sent, unit = line.price, ask.unit
    amount = sent.amount
    if (
        amount is None
        or sent.type == _NO_CHARGE
        or str(sent.basis_qty) != _ONE
        or sent.basis_uom not in ("", line.quantity.uom_sent)
        or sent.currency not in terms.currencies
    ):
        return None
    priced = _in_force(terms, item, ask, line.quantity.value)
    if priced is None:
        return None
    chosen = priced.chosen
    if (
        priced.list_unit is unit
        and chosen.basis_qty == 1
        and chosen.amount.same_quantum(terms.step)
    ):
        expected = Expected(
            amount=chosen.amount,
            decimals=terms.decimals,
            currency=terms.currency,
            basis_qty=sent.basis_qty,
            unit=unit,
            priced=priced,
        )
    else:
        expected = priced.in_terms(sent.basis_qty, unit)
    if not _is_short(amount) or expected.unrounded is not None:
        return None
    return expected if amount == expected.amount else None


def _in_force(terms: _Terms, item: Item, ask: Ask, value: Decimal) -> Priced | None:
    """The price of the list; at once where the item has one and it always holds."""
    if len(item.prices) == 1:
        (only,) = item.prices
        if (
            only.unit == ask.unit.unit
            and only.valid_from is None
            and only.valid_to is None
            and only.from_qty <= value
        ):
            return Priced(
                contract=terms.contract,
                item=item,
                ask=ask,
                chosen=only,
                list_unit=ask.unit,
                rejected=(),
            )
    priced = price_for(item, terms.contract, ask)
    return None if isinstance(priced, Finding) else priced


def _is_in_time(
    line: OrderLine, wanted: dt.date | None, earliest: dt.date | None, today: dt.date
) -> bool:
    """Whether the line's dates ask for nothing that ``dates.line_dates`` would tell.

    ``wanted`` is the head's day.
    """
    if line.delivery is not None or line.schedules:
        own = requested_on(line)
        if own is not None and own < today:
            return False
        if line.delivery is not None and line.delivery.cancel_after is not None:
            return False
        wanted = own or wanted
    if wanted is None or earliest is None or earliest == today:
        return True
    return wanted < today or wanted >= earliest
