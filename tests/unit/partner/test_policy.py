"""Cases, actions, tolerances and the short forms of a policy."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from gateway.findings import CODES
from gateway.partner import CASES, Action, Policy, Tolerance, strongest

DEFAULTS = {
    "price_in_tolerance": "accept",
    "price_differs": "hold",
    "missing_price": "hold",
    "no_price": "hold",
    "currency_wrong": "reject_order",
    "unknown_item": "hold",
    "ambiguous_item": "hold",
    "not_on_contract": "reject_line",
    "discontinued": "substitute",
    "unit_not_allowed": "reject_line",
    "quantity": "reject_line",
    "totals_wrong": "hold",
    "date_past": "hold",
    "cancel_before_ship": "hold",
    "lead_time": "reschedule",
    "ship_to_unknown": "hold",
    "check_digit": "accept",
    "contract_wrong": "hold",
    "order_value": "hold",
    "duplicate_same": "replay",
    "duplicate_other": "hold",
    "short_stock": "backorder",
    "blanket_unknown": "accept",
    "blanket_not_in_force": "hold",
    "not_on_blanket": "reject_line",
    "over_blanket": "reject_line",
    "blanket_used_up": "reject_line",
    "changed_price": "hold",
    "cancel_released": "hold",
    "change_after_erp": "hold",
    "change_unclear": "hold",
    "ubl_broken": "hold",
    "ubl_unjudged": "hold",
    "revocation_unknown": "hold",
    "order_kind": "hold",
    "terms_unread": "hold",
    "allowances": "hold",
    "payment_differs": "hold",
    "mapping": "hold",
}


def test_every_case_has_its_default_action():
    assert {name: Policy().action(name) for name in CASES} == DEFAULTS


def test_every_code_of_a_case_is_in_the_table_and_in_one_case_only():
    codes = [code for case in CASES.values() for code in case.codes]
    assert set(codes) <= set(CODES)
    assert len(codes) == len(set(codes))


def test_every_error_of_catalog_duplicates_and_mappers_has_a_case():
    errors = {
        code
        for code, row in CODES.items()
        if code[:3] in ("CAT", "DUP", "MAP") and row.severity in ("reject", "error")
    }
    assert errors <= {code for case in CASES.values() for code in case.codes}


def test_a_default_is_among_the_allowed_actions():
    assert all(case.default in case.allowed for case in CASES.values())


def test_a_decision_replaces_the_default():
    policy = Policy.model_validate({"decisions": {"price_differs": "change"}})
    assert policy.action("price_differs") is Action.CHANGE
    assert policy.action_for("CAT-301") is Action.CHANGE
    assert policy.action_for("CAT-314") is None


def test_a_case_may_stand_directly_under_policy():
    short = Policy.model_validate({"unknown_item": "reject_line"})
    long = Policy.model_validate({"decisions": {"unknown_item": "reject_line"}})
    assert short == long
    assert short.action("unknown_item") is Action.REJECT_LINE


@pytest.mark.parametrize(
    ("value", "action"),
    [("use_ours", "change"), ("hold", "hold"), ("reject_line", "reject_line")],
)
def test_missing_price_is_a_case_with_its_own_words(value, action):
    for written in ({"missing_price": value}, {"decisions": {"missing_price": value}}):
        policy = Policy.model_validate(written)
        assert policy.missing_price == value
        assert policy.action_for("CAT-304") == action


def test_price_tolerance_pct_sets_both_directions():
    policy = Policy.model_validate({"price_tolerance_pct": "2.5"})
    assert policy.price_tolerance == Tolerance(
        up_pct=Decimal("2.5"), down_pct=Decimal("2.5")
    )


def test_an_action_that_a_case_does_not_allow_is_refused_with_its_place():
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate({"decisions": {"currency_wrong": "accept"}})
    assert caught.value.errors()[0]["loc"] == ("decisions", "currency_wrong")


def test_policies_do_not_change():
    with pytest.raises(ValidationError):
        Policy().ack = "on_erp"


@pytest.mark.parametrize(
    ("limits", "theirs", "allowed"),
    [
        ({}, "100", True),
        ({}, "100.01", False),
        ({"up_pct": "2"}, "102", True),
        ({"up_pct": "2"}, "102.01", False),
        ({"up_pct": "2"}, "99.99", False),
        ({"down_pct": "100"}, "0", True),
        ({"up_abs": "1.5"}, "101.5", True),
        ({"up_abs": "1.5"}, "101.51", False),
        ({"up_pct": "2", "up_abs": "1"}, "101.5", False),
        ({"up_pct": "1", "up_abs": "2"}, "101.5", False),
        ({"down_abs": "1"}, "99", True),
    ],
)
def test_a_tolerance_has_a_limit_for_each_direction(limits, theirs, allowed):
    tolerance = Tolerance.model_validate(limits)
    assert tolerance.allows(Decimal(100), Decimal(theirs)) is allowed


@pytest.mark.parametrize(
    ("actions", "wins"),
    [
        ([], "accept"),
        (["accept", "change"], "change"),
        (["substitute", "change"], "substitute"),
        (["hold", "substitute"], "hold"),
        (["hold", "reject_line"], "reject_line"),
        (["reject_order", "reject_line"], "reject_order"),
    ],
)
def test_the_strongest_action_wins(actions, wins):
    assert strongest(map(Action, actions)) == wins
