"""Money that a buyer takes off by himself: no contract has it, so somebody agrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from gateway.catalog.place import at_line, at_order
from gateway.catalog.quantity import is_usable
from gateway.findings import Finding
from gateway.order.model import AllowanceCharge, Money, Order, OrderLine
from gateway.partner.policy import Action, Policy

__all__ = ["signed", "taken_off"]


def taken_off(order: Order, policy: Policy) -> Iterator[Finding]:
    """CAT-343 for what the heading takes off, and for the first line that does.

    What a buyer pays on top hurts nobody, and an allowance of nothing takes nothing.
    Goods free of charge are one, too. Where the profile accepts them they were agreed
    on, and there is nothing to tell.
    """
    allowances = order.allowances_charges
    lines = [
        n
        for n, line in enumerate(order.lines)
        if line.allowances_charges or line.free_goods
    ]
    if not (allowances or lines) or policy.action("allowances") is Action.ACCEPT:
        return
    for index, one in islice(_real(allowances), 1):
        field = f"allowances_charges[{index}]"
        at = at_order(order, f"/{field}", f"{field}.kind", f"{field}.amount")
        yield Finding.of("CAT-343", f"the order takes off {_told(one)}", at)
    told = [(n, much) for n in lines for much in _of_line(order, order.lines[n])]
    if told:
        index, much = told[0]
        line = order.lines[index]
        fields = ("allowances_charges[0].kind", "free_goods.value")
        what = f"line {line.line_no} takes {much}"
        if len(told) > 1:
            what += f", as do {len(told) - 1} more lines"
        at = at_line(line, index, "/allowances_charges", *fields)
        yield Finding.of("CAT-343", what, at)


def signed(allowances: Iterable[AllowanceCharge], currency: str) -> Iterator[Money]:
    """What each puts on, or takes off, as far as it is an amount in this currency."""
    for one in allowances:
        amount = one.amount
        known = amount is not None and amount.currency == currency
        if amount is not None and known and is_usable(amount.amount):
            yield -amount if one.kind == "allowance" else amount


def _of_line(order: Order, line: OrderLine) -> Iterator[str]:
    """The first allowance of a line, else what of it is to be free of charge."""
    real = _real(line.allowances_charges) if _is_extra(order, line) else ()
    told = [f"off {_told(one)}" for _, one in real]
    free = line.free_goods
    if free is not None and free.value:
        told.append(f"{free.value:f} {free.unit}".rstrip() + " free of charge")
    yield from told[:1]


def _is_extra(order: Order, line: OrderLine) -> bool:
    """Whether it comes off the price: in EDIFACT a net price has it in it (PRI AAA)."""
    return order.source.standard != "edifact" or line.price.type == "gross"


def _real(
    allowances: tuple[AllowanceCharge, ...],
) -> Iterator[tuple[int, AllowanceCharge]]:
    """The allowances that take something off, with their index."""
    for index, one in enumerate(allowances):
        amount = one.amount.amount if one.amount is not None else None
        if one.kind == "allowance" and any((amount, one.percent, one.rate)):
            yield index, one


def _told(one: AllowanceCharge) -> str:
    name = one.text or one.code
    if one.amount is not None and one.amount.amount:
        much = str(one.amount)
    elif one.percent:
        much = f"{one.percent:f} %"
    else:
        much = f"{one.rate or 0:f} a unit"
    return f"{much} ({name})" if name else much
