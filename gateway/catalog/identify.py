"""What a line means before any price: whose item, which unit, how many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.check_digits import weighed
from gateway.catalog.contracts import Chosen, ReferenceDay
from gateway.catalog.keys import Prices, normalise
from gateway.catalog.model import Item, ItemState, UnitFactor
from gateway.catalog.pin import Pin
from gateway.catalog.place import placed
from gateway.catalog.price import exactly, unit_of, wrong_unit
from gateway.catalog.quantity import positive, within_limits
from gateway.catalog.resolve import Resolved, resolve
from gateway.findings import Finding
from gateway.order.model import Order, OrderLine
from gateway.partner.policy import Policy
from gateway.values import swift

_ITEM_FIELDS = (
    "item",
    "item.buyer_part",
    "item.gtin",
    "item.supplier_sku",
    "item.mfr_part",
)


@swift
@dataclass(frozen=True, slots=True)
class Desk:
    """What all lines of one order are checked with.

    ``days`` are the reference days of contracts, once they were asked for; ``pins``
    are the lines of carts that its lines come from, by their index; ``units`` are our
    units by what the buyer's carts call them.
    """

    order: Order
    prices: Prices
    policy: Policy
    today: dt.date
    days: dict[str, ReferenceDay] = field(default_factory=dict, compare=False)
    pins: Mapping[int, Pin] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A line after the checks that need no price.

    ``base_qty`` is none where the quantity or its unit is not understood.
    """

    line: OrderLine
    index: int
    chosen: Chosen
    resolved: Resolved
    unit: UnitFactor | None = None
    base_qty: Fraction | None = None
    allowed_qty: Decimal | None = None
    findings: tuple[Finding, ...] = ()


def identify(desk: Desk, line: OrderLine, index: int, chosen: Chosen) -> Identified:
    """Find the item, its state, the unit and whether the quantity may be ordered.

    Without a contract the item is looked for in all of the partner's, so that the
    operator sees it; nothing that only a contract can tell is found then.
    """
    among = chosen.contracts or desk.prices.contracts
    resolved = resolve(line.item, desk.prices, among) if among else Resolved()
    wrong: list[Finding] = [
        placed(each, line, index, "/item", *_ITEM_FIELDS)
        for each in weighed(resolved.findings, desk.policy)
    ]
    item = resolved.item if chosen.contracts else None
    unit = None
    if item is not None:
        if item.state is not ItemState.ACTIVE:
            wrong.append(placed(_state(item), line, index, "/item", *_ITEM_FIELDS))
        unit = _unit(desk, line, item)
        if unit is None:
            told = wrong_unit(item, line.quantity.uom_sent)
            path = "/quantity/uom_sent"
            wrong.append(placed(told, line, index, path, "quantity.uom_sent"))
    broken, base_qty, allowed = _quantity(line.quantity.value, item, unit)
    if broken is not None:
        wrong.append(placed(broken, line, index, "/quantity", "quantity.value"))
    return Identified(
        line=line,
        index=index,
        chosen=chosen,
        resolved=resolved,
        unit=unit,
        base_qty=base_qty,
        allowed_qty=allowed,
        findings=tuple(wrong),
    )


def break_sums(lines: tuple[Identified, ...]) -> Mapping[tuple[str, str], Fraction]:
    """The base quantity of all lines of one item of one contract."""
    sums: dict[tuple[str, str], Fraction] = {}
    for each in lines:
        item = each.resolved.item
        if item is not None and each.base_qty is not None:
            key = (item.contract_id, item.sku)
            sums[key] = sums[key] + each.base_qty if key in sums else each.base_qty
    return sums


def _quantity(
    value: Decimal, item: Item | None, unit: UnitFactor | None
) -> tuple[Finding | None, Fraction | None, Decimal | None]:
    """What is wrong with a quantity, how many base units it is, what would do."""
    wrong = positive(value)
    if wrong is not None or item is None or unit is None:
        return wrong, None, None
    base_qty = exactly(value)
    if unit.unit != unit.base:
        base_qty *= unit.factor
    wrong, allowed = within_limits(value, unit, item, base_qty)
    return wrong, base_qty, allowed


def _state(item: Item) -> Finding:
    if item.successor:
        what = f"item {item.sku} was replaced by {item.successor}"
        return Finding.of("CAT-313", what, value=item.sku)
    what = f"item {item.sku} is discontinued and has no successor"
    return Finding.of("CAT-312", what, value=item.sku)


def _unit(desk: Desk, line: OrderLine, item: Item) -> UnitFactor | None:
    quantity = line.quantity
    unit = unit_of(item, quantity.uom_sent, desk.order.source.standard)
    if unit is None and quantity.uom_rec20:
        unit = unit_of(item, quantity.uom_rec20, "rec20")
    learned = desk.prices.learned
    if unit is None and (desk.units or learned.units):
        code = quantity.uom_sent
        ours = learned.unit(item.sku, normalise(code)) or desk.units.get(code, "")
        unit = next((one for one in item.units if one.unit == ours), None)
    return unit
