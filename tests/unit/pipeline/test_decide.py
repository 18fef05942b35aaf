"""Findings and policy make the answer: every case with every action it allows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.catalog import Checked, LineChecked
from gateway.findings import Finding
from gateway.order import Order
from gateway.order.ack import StatusKind
from gateway.order.life import State
from gateway.order.model import Item, LineFlags, LineQuantity, OrderLine, Source
from gateway.partner.policy import CASES, Action, Policy
from gateway.pipeline.decide import Decision, decide
from gateway.pipeline.effects import Keep
from gateway.pipeline.report import told
from tests.unit.pipeline.parts import (
    CHEAP,
    LINE,
    NOW,
    SECOND,
    STRANGE,
    answered,
    one,
    only,
    profile,
    rules,
)

HEAD_CASES = {
    "currency_wrong",
    "totals_wrong",
    "ship_to_unknown",
    "check_digit",
    "contract_wrong",
    "order_value",
    "duplicate_other",
    "mapping",
}
DROPPED = "PO1*1*2*EA*59*PE*VP*BB-4001*BP*77-4001"
ODD = "PO1*1*150*EA*18.4*HP*VP*BB-2001*BP*77-2001"
ODD_AND_DEAR = "PO1*1*150*EA*19*HP*VP*BB-2001*BP*77-2001"


def kept(data: bytes, **decisions: str) -> Keep:
    """The order as it is kept under these decisions."""
    (keep,) = only(answered(data, rules(profile({"decisions": decisions}))), Keep)
    return keep


def kinds(keep: Keep) -> list[StatusKind]:
    """What happens to each line."""
    return [status.kind for line in keep.ack.lines for status in line.statuses]


def five() -> Order:
    """An order of one line: five of something."""
    quantity = LineQuantity(value=Decimal(5), uom_sent="EA")
    line = OrderLine(line_no="1", item=Item(supplier_sku="W-1"), quantity=quantity)
    return Order(po_number="4711", source=Source(standard="x12"), lines=(line,))


def small(code: str, *, head: bool, **decisions: str) -> Decision:
    """The decision about an order of one line with one finding."""
    order = five()
    found = (Finding.of(code, "it is so"),)
    line = LineChecked(line_no="1", index=0, findings=() if head else found)
    checked = Checked(findings=found if head else (), lines=(line,))
    policy = Policy.model_validate({"decisions": decisions})
    return decide(order, (), checked, policy, NOW)


def pairs(*names: str) -> list[tuple[str, str]]:
    """Cases with each action that they allow, those with an effect of their own out."""
    return [
        (name, str(action))
        for name, case in CASES.items()
        for action in case.allowed
        if name != "missing_price" and name in names
    ]


HEADS = pairs(*HEAD_CASES)
LINES = pairs(*(set(CASES) - HEAD_CASES - {"duplicate_same"}))
STATES = {
    "accept": State.CONFIRMED,
    "hold": State.HELD,
    "reject_order": State.REJECTED,
    "reject_line": State.REJECTED,
    "reschedule": State.CHANGED,
    "backorder": State.CHANGED,
    # without a contract there is nothing of ours to change a line to
    "change": State.HELD,
    "substitute": State.REJECTED,
}


@pytest.mark.parametrize(("case", "action"), HEADS)
def test_each_case_of_the_head_leads_to_its_action(case, action):
    code = CASES[case].codes[0]
    decision = small(code, head=True, **{case: action})
    never = code == "MAP-002" and action == "accept"
    assert decision.state is (State.HELD if never else STATES[action])


@pytest.mark.parametrize(("case", "action"), LINES)
def test_each_case_of_a_line_leads_to_its_action(case, action):
    code = CASES[case].codes[0]
    decision = small(code, head=False, **{case: action})
    assert decision.state is STATES[action]


@pytest.mark.parametrize("case", CASES)
def test_without_a_decision_the_default_holds(case):
    default = Policy().action(case)
    assert default in CASES[case].allowed
    if case != "missing_price":
        assert default is CASES[case].default


def test_all_fine_is_accepted():
    keep = kept(one(LINE, SECOND))
    assert (keep.state, keep.ack.type) == (State.CONFIRMED, "accepted")
    assert kinds(keep) == ["accept", "accept"]


def test_a_price_of_ours_stands_in_the_answer_in_the_terms_of_the_line():
    keep = kept(one(ODD_AND_DEAR), price_differs="change", quantity="accept")
    (status,) = keep.ack.lines[0].statuses
    assert status.kind == "change_price"
    assert status.price is not None
    assert (status.price.amount, status.price.basis_qty) == (
        Decimal("18.40"),
        Decimal(100),
    )
    assert status.price.type == "contract"


def test_price_and_quantity_of_ours_are_a_change_of_terms():
    keep = kept(one(ODD_AND_DEAR), price_differs="change", quantity="change")
    (status,) = keep.ack.lines[0].statuses
    assert status.kind == "change_terms"
    assert status.quantity == Decimal(200)
    assert status.price is not None


def test_a_late_line_whose_price_changes_is_a_change_of_terms_with_its_day():
    keep = kept(one(CHEAP, ship_by="20261201"), price_differs="change")
    (status,) = keep.ack.lines[0].statuses
    assert status.kind == "change_terms"
    assert f"{status.date:%Y%m%d}" == "20261203"
    assert status.price is not None
    assert status.note.count("\n") == 1


def test_a_substitute_that_is_late_has_its_day():
    keep = kept(one(DROPPED, ship_by="20261201"))
    (status,) = keep.ack.lines[0].statuses
    assert status.kind == "substitute"
    assert status.substitute is not None
    assert status.substitute.supplier_sku == "BB-4002"
    assert f"{status.date:%Y%m%d}" == "20261203"


def test_a_buyer_who_takes_no_substitute_gets_none():
    keep = kept(one(DROPPED, SECOND, more=("CSH*NS",)))
    assert kinds(keep) == ["discontinued", "accept"]
    assert keep.order.lines[0].flags == LineFlags(substitution_allowed=False)


def test_a_change_without_anything_of_ours_holds_the_line_though_it_is_late():
    found = (Finding.of("CAT-301", "dear"), Finding.of("CAT-352", "late"))
    checked = Checked(lines=(LineChecked(line_no="1", index=0, findings=found),))
    policy = Policy.model_validate({"decisions": {"price_differs": "change"}})
    assert decide(five(), (), checked, policy, NOW).state is State.HELD


def test_the_strongest_action_of_a_line_wins():
    order = one(CHEAP.replace("*EA*", "*CA*"))  # the unit is refused, the price unknown
    assert kinds(kept(order)) == ["bad_unit"]
    both = one(CHEAP, ship_by="20261201")
    assert kinds(kept(both, price_differs="hold")) == ["hold"]
    assert kinds(kept(both, price_differs="reject_line")) == ["bad_price"]


def test_reject_goes_before_hold():
    keep = kept(one(CHEAP, ship_to="DC99"), ship_to_unknown="reject_order")
    assert keep.state is State.REJECTED


def test_one_line_that_waits_holds_the_order():
    keep = kept(one(CHEAP, SECOND))
    assert (keep.state, keep.ack.type) == (State.HELD, "held")
    assert kinds(keep) == ["hold", "accept"]


def test_one_line_refused_is_an_acceptance_with_changes():
    keep = kept(one(LINE, STRANGE))
    assert (keep.state, keep.ack.type) == (State.CHANGED, "accepted_with_changes")
    assert kinds(keep) == ["accept", "bad_item"]


def test_all_lines_refused_reject_the_order():
    assert kept(one(STRANGE)).state is State.REJECTED


def test_a_line_that_rejects_the_order_takes_the_others_with_it():
    keep = kept(one(LINE, STRANGE), unknown_item="reject_order")
    assert keep.state is State.REJECTED
    assert kinds(keep) == ["reject", "bad_item"]


def test_under_a_rejected_head_no_line_promises_anything():
    late = one(CHEAP, cur="CUR*BY*EUR", ship_by="20261201")
    (line,) = kept(late).ack.lines
    (status,) = line.statuses
    assert status.kind == "reject"
    assert (status.date, status.price) == (None, None)
    assert status.quantity == Decimal(12)


@pytest.mark.parametrize(
    ("action", "kind", "state"),
    [
        ("accept", "accept", State.CONFIRMED),
        ("reschedule", "reschedule", State.CHANGED),
        ("reject_line", "bad_date", State.REJECTED),
        ("reject_order", "reject", State.REJECTED),
        ("hold", "accept", State.HELD),
    ],
)
def test_a_past_date_in_the_head_is_every_lines(action, kind, state):
    keep = kept(one(LINE, SECOND, ship_by="20261103"), date_past=action)
    assert keep.state is state
    assert set(kinds(keep)) == {kind}


def test_a_refused_line_stays_refused_when_the_head_reschedules():
    keep = kept(one(LINE, STRANGE, ship_by="20261103"), date_past="reschedule")
    assert kinds(keep) == ["reschedule", "bad_item"]


def test_totals_that_are_accepted_are_told_all_the_same():
    keep = kept(one(ctt="3"), totals_wrong="accept")
    assert keep.state is State.CONFIRMED
    assert [reason.code for reason in keep.ack.reasons] == ["CAT-340"]


def test_what_is_accepted_as_sent_needs_no_words():
    (line,) = kept(one(CHEAP), price_differs="accept").ack.lines
    assert (line.statuses[0].kind, line.statuses[0].note) == ("accept", "")


def test_where_the_erp_confirms_only_a_hold_is_ours():
    by = rules(profile({"ack": "on_erp"}))
    (fine,) = only(answered(one(), by), Keep)
    (held,) = only(answered(one(CHEAP), by), Keep)
    assert (fine.state, held.state) == (State.RECEIVED, State.HELD)


def test_the_report_says_why_with_decimals_as_text():
    report = told(kept(one(CHEAP, STRANGE)).report)
    first, second = report["lines"]
    assert report["decision"] == "held"
    assert (first["decision"], second["decision"]) == (["hold"], ["bad_item"])
    assert (first["sent_price"], first["expected_price"]) == ("79", "84.00")
    assert first["at_stake"] == "-60.00"
    assert first["why"].startswith("contract ACME-2026")
    assert first["findings"][0]["action"] == Action.HOLD
    assert "why" not in second


def test_a_buyer_who_takes_no_backorder_is_not_put_off_silently():
    keep = kept(one(LINE, ship_by="20261201", more=("CSH*N",)), lead_time="backorder")
    assert (keep.state, kinds(keep)) == (State.HELD, ["hold"])
