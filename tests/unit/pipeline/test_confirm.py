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


OURS = LINE.replace("*84*", "*80*")
"""A line whose price is not the contract's."""


def ours() -> Kept:
    """An order that waits for the ERP; our answer has the contract's price."""
    who = profile({"ack": "on_erp", "decisions": {"price_differs": "change"}})
    (keep,) = only(answered(one(OURS), rules(who)), Keep)
    return Kept(order=keep.order, ack=keep.ack, state=keep.state, profile=who)


@pytest.mark.parametrize(
    ("word", "kind", "quantity"),
    [
        ({}, "change_price", 12),
        ({"quantity": Decimal(12)}, "change_price", 12),
        ({"quantity": Decimal(12), "price": Decimal(84)}, "change_price", 12),
        ({"quantity": Decimal(10)}, "change_terms", 10),
        ({"decision": "change", "date": dt.date(2026, 12, 24)}, "change_price", 12),
        ({"decision": "backorder"}, "backorder", 12),
    ],
)
def test_a_row_without_a_price_leaves_ours(word: dict[str, Any], kind: str, quantity):
    (decide,) = only(told(ours(), said("1", **word)).effects, Decide)
    (status,) = decide.ack.lines[0].statuses
    assert status.price is not None
    assert (status.kind, status.quantity) == (kind, quantity)
    assert status.price.amount == Decimal("84.00")


def test_a_price_that_is_named_holds():
    done = told(ours(), said("1", quantity=Decimal(12), price=Decimal(80)))
    assert kinds(done) == [["accept"]]
    assert segments(done.effects, "x12_855", "PO1")[0].startswith("PO1*1*12*EA*80*")


def test_a_later_word_leaves_what_it_does_not_name():
    first = told(
        kept(LINE, SECOND), said("1", "change", quantity=Decimal(6)), said()
    ).kept
    assert first is not None
    later = told(first, said("1", "change", date=dt.date(2026, 12, 24))).kept
    assert later is not None
    (status,) = later.ack.lines[0].statuses
    assert status.kind == "change_quantity"
    assert status.quantity == 6
    assert status.date == dt.date(2026, 12, 24)


def test_another_item_is_a_change_and_not_a_yes():
    done = told(kept(LINE), said("1", substitute_sku="BB-1"))
    assert codes(done) == ["ERP-002"]
    assert done.faults[0].column == "substitute_sku"


def test_words_of_the_erp_reach_the_buyer_with_a_yes_too():
    first = told(kept(LINE), said("1", reason="with truck 7"))
    assert "MSG*with truck 7" in segments(first.effects, "x12_855", "MSG")
    assert first.kept is not None
    assert codes(told(first.kept, said("1", reason="with truck 7"))) == ["ERP-013"]


def in_parts() -> Kept:
    """The answer to a line of twelve: six now, six later."""
    parts = (
        said("1", quantity=Decimal(6)),
        said("1", "backorder", quantity=Decimal(6)),
    )
    done = told(kept(LINE), *parts).kept
    assert done is not None
    return done


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ({"date": dt.date(2026, 12, 24)}, "date"),
        ({"decision": "change", "quantity": Decimal(12)}, "price"),
    ],
)
def test_what_of_a_line_in_parts_is_meant_is_asked(word: dict[str, Any], column: str):
    split = in_parts()
    line = split.ack.lines[0]
    price = replace(line.price, amount=Decimal(85))
    dearer = (replace(line.statuses[0], price=price), *line.statuses[1:])
    lines = (replace(line, statuses=dearer),)
    done = told(replace(split, ack=replace(split.ack, lines=lines)), said("1", **word))
    assert codes(done) == ["ERP-002"]
    assert done.faults[0].column == column


def test_the_refused_part_of_a_line_does_not_come_back_unasked():
    parts = (said("1", quantity=Decimal(4)), said("1", "reject", quantity=Decimal(8)))
    first = told(kept(LINE), *parts).kept
    assert first is not None
    done = told(first, said("1", "change", date=dt.date(2026, 12, 24)))
    assert codes(done) == ["ERP-002"]
    assert done.faults[0].column == "quantity"
