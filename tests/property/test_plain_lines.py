"""A plain line is checked just as the general way checks it, and no other is taken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.catalog import (
    BreakOn,
    Contract,
    Item,
    ItemState,
    PriceBreak,
    Prices,
    ReferenceDate,
    UnitFactor,
)
from gateway.catalog.contracts import choose
from gateway.catalog.identify import Desk, break_sums, identify
from gateway.catalog.line import finish
from gateway.catalog.plain import plain_lines
from gateway.findings.model import NOWHERE
from gateway.order import model as order_model
from gateway.order.model import (
    Delivery,
    LineQuantity,
    Money,
    Order,
    OrderLine,
    Price,
    Schedule,
    Source,
)
from gateway.partner.policy import Policy
from tests.unit.catalog.parts import TODAY, contract, item, line
from tests.unit.catalog.parts import order as placed


def usually(value: object, *others: object) -> st.SearchStrategy:
    """Mostly this value, so that most lines come near to being plain."""
    return st.sampled_from((value,) * 24 + others)


days = usually(None, *(TODAY + dt.timedelta(days=n) for n in range(-2, 10)))
parts = st.builds(Schedule, qty=st.just(Decimal(1)), date=days)


UNITS = (
    UnitFactor("EA", Fraction(1), "EA"),
    UnitFactor("CA", Fraction(24), "EA"),
    UnitFactor("LB", Fraction(5, 7), "EA"),
)
AMOUNTS = (
    *(Decimal("10"), Decimal("10.00"), Decimal("9.5"), Decimal("9.50")),
    *(Decimal("0.125"), Decimal("0.00"), Decimal("-1.00"), Decimal("1E+1")),
)
QUANTITIES = (
    *(Decimal("10.0"), Decimal(1), Decimal("2.5"), Decimal(0), Decimal(-1)),
    *(Decimal("0.001"), Decimal("1E+2"), Decimal("NaN"), Decimal("sNaN")),
    *(Decimal("Infinity"), Decimal("9" * 18), Decimal("9" * 19)),
    Decimal("1.00000000000000000000"),
)

contracts = st.builds(
    Contract,
    id=st.sampled_from(("C-1", "C-2")),
    number=st.just("C-1"),
    currency=usually("USD", "EUR", "JPY", "KWD"),
    valid_from=st.just(dt.date(2026, 1, 1)),
    valid_to=usually(None, TODAY, TODAY - dt.timedelta(days=1)),
    reference_date=usually(ReferenceDate.ORDER, *ReferenceDate),
    break_on=usually(BreakOn.LINE, BreakOn.ITEM),
    lead_time_days=usually(0, 3),
    max_value=usually(None, Decimal(50)),
    price_decimals=usually(None, 0, 3),
)
breaks = st.builds(
    PriceBreak,
    from_qty=usually(Decimal(1), Decimal(0), Decimal(10), Decimal("2.5")),
    amount=st.sampled_from(AMOUNTS),
    unit=usually("EA", "CA", "LB", "XX"),
    basis_qty=usually(Decimal(1), Decimal("1.0"), Decimal(100)),
    valid_from=usually(None, TODAY, TODAY + dt.timedelta(days=1)),
    valid_to=usually(None, TODAY, TODAY - dt.timedelta(days=1)),
)


@st.composite
def items(draw: st.DrawFn, contract_id: str, sku: str) -> Item:
    return Item(
        contract_id=contract_id,
        sku=sku,
        base_unit="EA",
        units=draw(usually(UNITS, UNITS[:1], UNITS[1:], ())),
        prices=tuple(draw(st.lists(breaks, min_size=1, max_size=3))),
        buyer_parts=draw(usually((f"B-{sku}",), (), ("B-W-1",))),
        gtins=draw(usually((), ("012345678905",))),
        mfr_part=draw(usually("", "HX-16")),
        state=draw(usually(ItemState.ACTIVE, ItemState.DISCONTINUED)),
        min_qty=draw(usually(None, Decimal(1), Decimal(11))),
        increment=draw(usually(None, Decimal(2))),
        max_qty=draw(usually(None, Decimal(5))),
        lead_time_days=draw(usually(None, 0, 4)),
    )


@st.composite
def lines(draw: st.DrawFn, known: tuple[Item, ...]) -> OrderLine:
    its = draw(st.sampled_from(known))
    quantity = draw(usually(Decimal(10), *QUANTITIES))
    price = draw(st.sampled_from(its.prices)).amount
    totals = [Money(sign(Decimal(10) * price), "USD") for sign in (abs, lambda n: n)]
    totals += [Money(Decimal("100.00"), "USD"), Money(Decimal("sNaN"), "USD")]
    delivery = st.builds(Delivery, requested=days, cancel_after=usually(None, TODAY))
    return OrderLine(
        line_no="1",
        item=order_model.Item(
            supplier_sku=draw(usually(its.sku, "W-1", "w1", "")),
            buyer_part=draw(usually(f"B-{its.sku}", "", "B-W-2", "b-w-1")),
            gtin=draw(usually("", "012345678905", "12345678905")),
            mfr_part=draw(usually("", "HX-16")),
        ),
        quantity=LineQuantity(value=quantity, uom_sent=draw(usually("EA", "CA", "XX"))),
        price=Price(
            amount=draw(usually(price, None, Decimal("9.99"), Decimal("sNaN"))),
            currency=draw(usually("", "USD", "EUR")),
            basis_qty=draw(usually(Decimal(1), Decimal(100), Decimal("sNaN"))),
            basis_uom=draw(usually("", "EA", "CA")),
            type=draw(usually("", "no_charge")),
        ),
        amount=draw(usually(None, *totals)),
        delivery=draw(st.none() | delivery),
        schedules=draw(st.lists(parts, max_size=1).map(tuple)),
        provenance=draw(usually({}, {"amount": "/BlanketItemDetail/MaxAmount"})),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Order, Prices]:
    ours = draw(st.lists(contracts, min_size=1, max_size=2, unique_by=lambda c: c.id))
    names = [one.id for one in ours]
    held = st.builds(items, st.sampled_from(names), st.sampled_from(("W-1", "W-2")))
    listed = draw(st.lists(held.flatmap(lambda its: its), min_size=1, max_size=3))
    order = Order(
        po_number="1",
        source=Source(standard=draw(usually("x12", "edifact"))),
        issue_date=draw(days),
        currency=draw(usually("USD", "", "EUR")),
        delivery=draw(st.builds(Delivery, requested=days)),
        lines=tuple(draw(st.lists(lines(tuple(listed)), min_size=1, max_size=3))),
    )
    return order, Prices.of(ours, listed)


@given(cases())
def test_a_plain_line_is_checked_as_the_general_way_does_it(case):
    order, prices = case
    desk = Desk(order, prices, Policy(), TODAY)
    head = choose("", order, prices.contracts, TODAY, NOWHERE)
    known = tuple(identify(desk, line, n, head) for n, line in enumerate(order.lines))
    general = [finish(desk, each, break_sums(known)) for each in known]
    found = plain_lines(desk, head, ())
    assert repr([line and general[line.index] for line in found]) == repr(found)


def test_lines_of_one_break_and_of_several_are_plain():
    lines = line("10", "12.00"), line("5", "12.50"), line("1", "12.50")
    order = placed(*lines, delivery=Delivery(requested=TODAY))
    prices = Prices.of([contract()], [item()])
    desk = Desk(order, prices, Policy(), TODAY)
    head = choose("", order, prices.contracts, TODAY, NOWHERE)
    assert all(plain_lines(desk, head, ()))


def test_a_line_below_another_and_one_with_its_own_contract_are_not_plain():
    lines = line(parent_line="1"), line(contract_ref="C-1"), line()
    order = placed(*lines)
    desk = Desk(order, Prices.of([contract()], [item()]), Policy(), TODAY)
    head = choose("", order, desk.prices.contracts, TODAY, NOWHERE)
    assert plain_lines(desk, head, (2,)) == [None, None, None]
