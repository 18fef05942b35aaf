"""Levels of clocks, which clocks a partner has, and what a breach costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.order.money import Money
from gateway.partner import Profile
from gateway.partner.sla import Chargeback, SlaKind
from gateway.pipeline.sla import (
    Agreed,
    Level,
    Stake,
    charge,
    clocks_of,
    due_of_shipment,
    total_of,
)
from tests.starters import FOLDER, starter_profile, texts

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
USD = Money(Decimal(2000), "USD")


def profile(**sla: Any) -> Profile:
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["sla"] = sla
    return Profile.model_validate(facts)


def agreed(**sla: Any) -> Agreed:
    return Agreed({"acme": profile(**sla)}, ZoneInfo)


def levels(known: Agreed, kind: SlaKind, *hours: float) -> list[Level]:
    its = known.moments("acme", kind, START)
    assert its is not None
    return [its.level(START + each * HOUR) for each in hours]


def test_a_clock_warns_is_overdue_and_breached():
    clock = {"clock": "order_answer", "within": "24 h", "breach": "48 h"}
    known = agreed(clocks=[clock])
    told = levels(known, SlaKind.ORDER_ANSWER, 17, 18, 24, 24.1, 48, 48.1)
    warn, overdue = Level.WARN, Level.OVERDUE
    assert told == [Level.IN_TIME, warn, warn, overdue, overdue, Level.BREACH]


def test_lateness_that_costs_is_a_breach_at_once():
    clock = {"clock": "order_answer", "within": "24 h"}
    costs = {"clock": "order_answer", "currency": "USD", "fixed": "100"}
    known = agreed(clocks=[clock], chargebacks=[costs])
    assert levels(known, SlaKind.ORDER_ANSWER, 24.1) == [Level.BREACH]
    plain = agreed(clocks=[clock])
    assert levels(plain, SlaKind.ORDER_ANSWER, 1000) == [Level.OVERDUE]


def test_hours_of_what_we_send_are_clocks_unless_there_are_others():
    own = {one.clock: str(one.within) for one in clocks_of(profile())}
    assert own == {SlaKind.ORDER_ANSWER: "24 h", SlaKind.CHANGE_ANSWER: "24 h"}
    other = profile(clocks=[{"clock": "order_answer", "within": "2 working d"}])
    told = {one.clock: str(one.within) for one in clocks_of(other)}
    assert told == {SlaKind.ORDER_ANSWER: "2 working d", SlaKind.CHANGE_ANSWER: "24 h"}


def test_the_hours_of_an_ordrsp_are_for_orders_and_changes():
    sends = [{"message": "edifact_ordrsp", "version": "D96A", "within_h": "48"}]
    one = starter_profile("marlow-grocers", sends=sends)
    told = {clock.clock: str(clock.within) for clock in clocks_of(one)}
    assert told == {SlaKind.ORDER_ANSWER: "48 h", SlaKind.CHANGE_ANSWER: "48 h"}


def test_nobody_asks_for_what_is_not_agreed():
    known = agreed()
    assert known.moments("acme", SlaKind.HOLD, START) is None
    assert known.soonest(SlaKind.HOLD) == {}


def test_only_messages_that_the_partner_gets_are_due_for_a_shipment():
    clocks = [{"clock": "ship_notice", "within": "1 h"}]
    assert list(due_of_shipment(profile(clocks=clocks), "shp_1", START)) == []


@pytest.mark.parametrize(
    ("parts", "late_h", "amount"),
    [
        ({"fixed": "250"}, 1, "250.00"),
        ({"pct": "3"}, 1, "60.00"),
        ({"pct": "3", "of": "shipment"}, 1, "15.00"),
        ({"per_line": "5"}, 1, "20.00"),
        ({"per_package": "7.5"}, 1, "15.00"),
        ({"per_day": "50"}, 24, "50.00"),
        ({"per_day": "50"}, 24.01, "100.00"),
        ({"fixed": "10", "per_line": "5", "per_day": "1"}, 1, "31.00"),
        ({"pct": "0.1", "minimum": "25"}, 1, "25.00"),
        ({"pct": "50", "maximum": "500"}, 1, "500.00"),
        ({"pct": "3", "currency": "EUR", "fixed": "1"}, 1, "1.00"),
    ],
)
def test_a_breach_costs_the_sum_of_the_parts(
    parts: dict[str, str], late_h: float, amount: str
):
    facts = {"clock": "ship_notice", "currency": "USD"} | parts
    one = Chargeback.model_validate(facts)
    shipped = Money(Decimal(500), "USD")
    stake = Stake(lines=4, packages=2, ordered=USD, shipped=shipped)
    (found,) = charge([one], SlaKind.SHIP_NOTICE, stake, late_h * HOUR)
    assert (f"{found.amount:f}", found.currency) == (amount, facts["currency"])


def test_several_chargebacks_add_up_in_each_currency():
    rules = [
        Chargeback.model_validate({"clock": kind, "currency": code, "fixed": "10"})
        for kind, code in (("invoice", "USD"), ("invoice", "EUR"), ("mdn", "USD"))
    ]
    found = charge([*rules, rules[0]], SlaKind.INVOICE, Stake(), HOUR)
    assert list(map(str, found)) == ["10.00 EUR", "20.00 USD"]
    assert total_of([]) == ()


@pytest.mark.parametrize(
    "sla",
    [
        {"clocks": [{"clock": "mdn", "within": "1 week"}]},
        {"clocks": [{"clock": "mdn", "within": "1 h"}] * 2},
        {"clocks": [{"clock": "mdn", "within": "0 h"}]},
        {"chargebacks": [{"clock": "mdn", "currency": "USD", "fixed": "1"}]},
        {"calendar": {"days": []}},
        {"calendar": {"hours": {"from": "17:00", "to": "09:00"}}},
        {"calendar": {"holidays": ["Christmas"]}},
    ],
)
def test_what_cannot_be_meant_is_refused(sla: dict[str, Any]):
    with pytest.raises(ValueError, match="sla"):
        profile(**sla)
