"""The ERP's word about an order becomes the answer, line by line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.catalog import check
from gateway.erp.documents import Confirmation, OrderRef, Said
from gateway.order.life import State
from gateway.pipeline.confirm import Confirmed, confirm
from gateway.pipeline.effects import Decide, Keep, Queue
from gateway.pipeline.handover import ERP_ANSWER
from gateway.pipeline.own_effects import Drop, Met
from gateway.pipeline.release import Kept
from tests.unit.pipeline.parts import (
    LINE,
    NOW,
    SECOND,
    STRANGE,
    answered,
    one,
    only,
    prices,
    profile,
    rules,
    segments,
)

LATER = NOW + dt.timedelta(hours=2)


def kept(*lines: str) -> Kept:
    """An order that waits for the ERP."""
    who = profile({"ack": "on_erp"})
    (keep,) = only(answered(one(*lines), rules(who)), Keep)
    return Kept(order=keep.order, ack=keep.ack, state=keep.state, profile=who)


def said(line: str = "", decision: str = "accept", **more: Any) -> Said:
    facts: dict[str, Any] = {"row": 2, "line_no": line, "decision": decision}
    return Said(**(facts | more))


def told(order: Kept, *words: Said) -> Confirmed:
    word = Confirmation(order=OrderRef(order_id=order.order.id), said=words)
    checked = check(order.order, prices(), order.profile, LATER)
    return confirm(order, word, checked, LATER)


def kinds(done: Confirmed) -> list[list[str]]:
    (decide,) = only(done.effects, Decide)
    return [[s.kind for s in line.statuses] for line in decide.ack.lines]


def codes(done: Confirmed) -> list[str]:
    assert done.effects == ()
    return [each.finding.code for each in done.faults]


def test_yes_confirms_and_closes_the_deadline():
    done = told(kept(LINE, SECOND), said())
    (decide,) = only(done.effects, Decide)
    assert (decide.was, decide.state, decide.by) == (
        State.RECEIVED,
        State.CONFIRMED,
        "erp",
    )
    assert decide.version == 2
    assert [one.kind for one in only(done.effects, Met)] == [ERP_ANSWER]
    assert len(only(done.effects, Queue)) == 1
    assert only(done.effects, Drop) == []


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ({"decision": "accept", "quantity": Decimal(5)}, "change_quantity"),
        ({"decision": "change", "quantity": Decimal(24)}, "change_quantity"),
        ({"decision": "change", "price": Decimal(85)}, "change_price"),
        (
            {"decision": "change", "price": Decimal(85), "quantity": Decimal(5)},
            "change_terms",
        ),
        ({"decision": "change", "date": dt.date(2026, 12, 24)}, "reschedule"),
        ({"decision": "change", "substitute_sku": "BB-1"}, "substitute"),
        ({"decision": "backorder", "date": dt.date(2026, 12, 24)}, "backorder"),
        ({"decision": "reject"}, "reject"),
        ({"decision": "accept", "price": Decimal(84)}, "accept"),
        ({"decision": "accept", "date": dt.date(2026, 12, 24)}, "accept"),
    ],
)
def test_each_word_has_its_status(word: dict[str, Any], kind: str):
    done = told(kept(LINE, SECOND), said("1", **word), said())
    assert kinds(done) == [[kind], ["accept"]]


def test_all_put_off_is_backordered_and_all_refused_is_rejected():
    later = told(kept(LINE), said(decision="backorder", date=dt.date(2027, 1, 1)))
    never = told(kept(LINE), said(decision="reject", reason="no more"))
    assert only(later.effects, Decide)[0].state is State.BACKORDERED
    assert only(never.effects, Decide)[0].state is State.REJECTED
    assert segments(never.effects, "x12_855", "BAK")[0].startswith("BAK*00*RD*")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([said("1")], "ERP-005"),
        ([said("9"), said()], "ERP-004"),
        ([said("1", quantity=Decimal(99)), said()], "ERP-006"),
        ([said("1", "reject", quantity=Decimal(1)), said()], "ERP-006"),
        (
            [
                said("1", quantity=Decimal(5)),
                said("1", "backorder", quantity=Decimal(5)),
                said(),
            ],
            "ERP-006",
        ),
    ],
)
def test_what_does_not_fit_the_order_is_not_applied(words: list[Said], code: str):
    assert codes(told(kept(LINE, SECOND), *words)) == [code]


def test_an_order_that_is_held_here_is_not_the_erps():
    held = kept(STRANGE.replace("77-9999", "77-1001"), LINE)
    held = replace(held, state=State.HELD)
    waiting = replace(held.ack.lines[0].statuses[0], kind="hold")
    line = replace(held.ack.lines[0], statuses=(waiting,))
    held = replace(held, ack=replace(held.ack, lines=(line, *held.ack.lines[1:])))
    assert codes(told(held, said())) == ["CHG-001"]


def test_a_later_word_replaces_the_answer_and_the_same_word_nothing():
    first = told(kept(LINE, SECOND), said()).kept
    assert first is not None
    assert codes(told(first, said("1"))) == ["ERP-013"]
    second = told(first, said("1", "change", quantity=Decimal(6)))
    assert segments(second.effects, "x12_855", "BAK")[0].startswith("BAK*05*AC*")
    (early,), (late,) = (
        only(done.effects, Queue) for done in (told(kept(LINE), said()), second)
    )
    assert early.idem != late.idem


def test_what_was_promised_and_is_refused_is_cancelled():
    first = told(kept(LINE), said()).kept
    assert first is not None
    done = told(first, said(decision="reject"))
    (decide,) = only(done.effects, Decide)
    assert (decide.state, decide.ack.type) == (State.CANCELLED, "rejected")
    closed = done.kept
    assert closed is not None
    assert codes(told(closed, said())) == ["CHG-001"]
