"""Which contracts answer an order, and which day counts for each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.catalog.keys import normalise
from gateway.catalog.model import Contract, ReferenceDate
from gateway.findings import Finding, Where
from gateway.order.model import Order, OrderLine
from gateway.values import swift


@swift
@dataclass(frozen=True, slots=True)
class Chosen:
    """The contracts that answer, the first one first, or why there are none.

    ``is_priced`` is false when they are in another currency than the order: their
    items count, their prices cannot be compared.
    """

    contracts: tuple[Contract, ...] = ()
    finding: Finding | None = None
    is_priced: bool = True


@swift
@dataclass(frozen=True, slots=True)
class ReferenceDay:
    """The day whose contract and price count, its kind, and why it is this one."""

    day: dt.date
    kind: ReferenceDate
    why: str


def reference_day(
    contract: Contract, order: Order, line: OrderLine | None, today: dt.date
) -> ReferenceDay:
    """The day that a contract's setting names; a day that was not sent falls back.

    Requested delivery falls back to the order date, the order date to our receipt.
    """
    kind = contract.reference_date
    if kind is ReferenceDate.REQUESTED:
        day = (line and requested_on(line)) or order.delivery.requested
        if day is not None:
            return ReferenceDay(day, kind, "requested delivery")
    if kind is not ReferenceDate.RECEIPT and order.issue_date is not None:
        why = "order date"
        if kind is ReferenceDate.REQUESTED:
            why = "order date, no delivery date was sent"
        return ReferenceDay(order.issue_date, kind, why)
    why = "day of receipt"
    if kind is not ReferenceDate.RECEIPT:
        why = "day of receipt, no order date was sent"
    return ReferenceDay(today, kind, why)


def requested_on(line: OrderLine) -> dt.date | None:
    """The first day a line itself asks for, in its delivery or its schedules."""
    if line.delivery is not None and line.delivery.requested is not None:
        return line.delivery.requested
    if not line.schedules:
        return None
    days = [s.date or s.latest for s in line.schedules]
    return min((day for day in days if day is not None), default=None)


def choose(
    named: str, order: Order, contracts: tuple[Contract, ...], today: dt.date, at: Where
) -> Chosen:
    """The contracts in force that answer an order, or a line that names its own.

    A named number must be the partner's (CAT-102) and in force (CAT-101). Without a
    name all contracts in force and in the order's currency answer, highest priority
    first, then the one that came into force last.
    """
    mine = contracts
    if named:
        mine = numbered(contracts, named)
        if not mine:
            what = f"contract {named!r} is not among the partner's contracts"
            return Chosen(finding=Finding.of("CAT-102", what, at, named))
    valid = [c for c in mine if c.in_force(reference_day(c, order, None, today).day)]
    if not valid:
        return Chosen(finding=_none_in_force(named, mine, order, today, at))
    valid.sort(key=rank)
    same = [c for c in valid if not order.currency or c.currency == order.currency]
    return Chosen(tuple(same or valid), is_priced=bool(same))


def numbered(contracts: Iterable[Contract], number: str) -> tuple[Contract, ...]:
    """The contracts with this number, exact before normalised."""
    held = tuple(contracts)
    return tuple(c for c in held if c.number == number) or tuple(
        c for c in held if normalise(c.number) == normalise(number)
    )


def rank(contract: Contract) -> tuple[int, int, str]:
    """Sorts contracts: the one that answers first comes first."""
    return -contract.priority, -contract.valid_from.toordinal(), contract.number


def _none_in_force(
    named: str,
    mine: tuple[Contract, ...],
    order: Order,
    today: dt.date,
    at: Where,
) -> Finding:
    if not mine:
        return Finding.of("CAT-101", "the partner has no contract", at, named)
    told = ", ".join(
        f"{c.number} ({c.valid_from.isoformat()} to "
        f"{c.valid_to.isoformat() if c.valid_to else 'open'}) on "
        f"{reference_day(c, order, None, today).day.isoformat()}"
        for c in mine[:5]
    )
    return Finding.of("CAT-101", f"not in force: {told}", at, named)
