"""Why held orders wait: causes, what would answer them, and the money."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from gateway.order.ack import LineAck, LineStatus, OrderAck
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.model import Order, OrderLine
from gateway.partner.policy import CASES
from gateway.pipeline.waiting import Cause, cause_of, waits


def line(no: str, price: str = "2.50", quantity: str = "4") -> OrderLine:
    return OrderLine(
        line_no=no,
        item=Item(buyer_part=f"B-{no}"),
        quantity=LineQuantity(value=Decimal(quantity), uom_sent="EA"),
        price=Price(amount=Decimal(price)),
    )


def answer(of: OrderLine, kind: Any = "hold", code: str = "") -> LineAck:
    status = LineStatus(
        kind=kind, quantity=of.quantity.value, reason_code=code, note="so it is"
    )
    return LineAck(
        line_no=of.line_no, item=of.item, quantity=of.quantity, statuses=(status,)
    )


def held(*lines: OrderLine, kind: Any = "hold", code: str = "") -> tuple[Any, ...]:
    order = Order(po_number="1", currency="USD", lines=lines)
    answers = tuple(answer(one, kind, code) for one in lines)
    return order, OrderAck(po_number="1", type="held", lines=answers)


def found(code: str, value: str = "", action: str = "hold") -> dict[str, str]:
    return {"code": code, "what": "it is", "action": action, "value": value}


def report(**told: Any) -> str:
    return json.dumps({"lines": [], "reasons": []} | told)


def test_a_line_waits_for_each_finding_that_holds_it():
    order, ack = held(line("1"))
    rows = [found("CAT-310", "b-1"), found("CAT-352", action="reschedule")]
    told = report(lines=[{"line": "1", "findings": rows}])
    (one,) = waits(order, ack, told)
    assert (one.cause, one.line_no, one.key, one.theirs) == ("item", "1", "B1", "b-1")
    assert one.stake == 1000


def test_of_a_price_the_difference_is_at_stake():
    order, ack = held(line("1"))
    row = {"line": "1", "findings": [found("CAT-301", "2.5")], "at_stake": "-1.20"}
    (one,) = waits(order, ack, report(lines=[row]))
    assert (one.cause, one.stake, one.key) == ("price", 120, "")


def test_a_line_that_was_decided_waits_for_nothing():
    order, ack = held(line("1"), kind="accept")
    told = report(lines=[{"line": "1", "findings": [found("CAT-310", "b-1")]}])
    (one,) = waits(order, ack, told, "an operator said so")
    assert (one.cause, one.what) == ("held", "an operator said so")


def test_the_order_as_a_whole_waits_with_its_whole_value():
    order, ack = held(line("1"), line("2"), kind="accept")
    told = report(reasons=[found("CAT-110", "PLANT9"), found("CAT-342", action="")])
    (one,) = waits(order, ack, told)
    assert (one.cause, one.line_no, one.theirs, one.stake) == (
        "ship_to",
        "",
        "PLANT9",
        2000,
    )


def test_without_a_report_the_line_s_own_word_counts():
    order, ack = held(line("1"), code="CAT-320")
    (one,) = waits(order, ack, report())
    assert (one.cause, one.what) == ("unit", "so it is")


@pytest.mark.parametrize("price", ["9" * 40, "0"])
def test_no_amount_is_too_large_to_keep(price: str):
    order, ack = held(line("1", price, "9" * 20), code="CAT-303")
    (one,) = waits(order, ack, report())
    assert 0 <= one.stake < 2**63


def test_whatever_a_policy_can_hold_an_order_for_has_a_cause():
    every = [code for case in CASES.values() for code in case.codes]
    orders = [code for code in every if not code.startswith("CHG-")]
    assert [code for code in orders if cause_of(code) is Cause.HELD] == []
