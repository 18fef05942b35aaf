"""What a buyer takes off by himself waits, whatever the total says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.order.model import AllowanceCharge, Source
from gateway.order.money import Quantity
from gateway.order.terms import Totals
from tests.unit.catalog.parts import checked, codes, line, order, policy, usd

OFF = AllowanceCharge(kind="allowance", code="C310", amount=usd("5.00"))


@pytest.mark.parametrize(
    "off",
    [
        OFF,
        AllowanceCharge(kind="allowance", percent=Decimal(2)),
        AllowanceCharge(kind="allowance", rate=Decimal("0.05")),
    ],
)
def test_an_allowance_of_the_order_is_one_finding(off):
    sent = replace(order(line()), allowances_charges=(off, OFF))
    assert codes(checked(sent)) == ["CAT-343"]


@pytest.mark.parametrize(
    "other",
    [
        AllowanceCharge(kind="charge", amount=usd("15.00")),
        AllowanceCharge(kind="allowance", amount=usd("0.00")),
        AllowanceCharge(kind="allowance", text="as agreed"),
    ],
)
def test_a_charge_or_an_allowance_of_nothing_is_none(other):
    sent = replace(order(line()), allowances_charges=(other,))
    assert codes(checked(sent)) == []


def test_the_lines_that_take_something_off_are_one_finding():
    off = replace(line(), allowances_charges=(OFF,))
    sent = order(off, replace(off, line_no="2"))
    (found,) = checked(sent).findings
    assert (found.code, found.where.path) == ("CAT-343", "/lines/0/allowances_charges")
    assert "1 more" in found.what


def test_goods_free_of_charge_are_an_allowance():
    free = replace(line(), free_goods=Quantity(Decimal(1), "EA"))
    (found,) = checked(order(free)).findings
    assert (found.code, found.what) == (
        "CAT-343",
        "line 1 takes 1 EA free of charge",
    )


def test_a_net_price_of_edifact_has_its_allowances_in_it():
    off = replace(line(), allowances_charges=(OFF,))
    sent = replace(order(off), source=Source(standard="edifact"))
    assert codes(checked(sent)) == []
    gross = replace(off, price=replace(off.price, type="gross"))
    assert codes(checked(replace(sent, lines=(gross,)))) == ["CAT-343"]


@pytest.mark.parametrize("kind", ["allowance", "charge"])
@pytest.mark.parametrize("line_amount", [True, False])
def test_what_was_agreed_on_is_in_the_amounts(kind, line_amount):
    """The line's own, or the total where the line states none."""
    one = replace(OFF, kind=kind)
    added = usd("5.00") if kind == "charge" else usd("-5.00")
    goods = usd("120.00")
    amount = goods + added if line_amount else None
    sent = order(replace(line(), allowances_charges=(one,), amount=amount))
    sent = replace(sent, totals=Totals(amount=goods + added))
    assert codes(checked(sent, who=policy(allowances="accept"))) == []
