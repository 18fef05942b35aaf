"""Checks in order: identity, currency, item, unit, quantity, price, totals, dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from gateway.catalog import BreakOn, ItemState, ReferenceDate
from gateway.findings import Severity
from gateway.order import model as order_model
from gateway.order.model import (
    AllowanceCharge,
    Delivery,
    LineQuantity,
    Schedule,
    Source,
    Totals,
)
from gateway.order.money import Money
from gateway.order.terms import Period
from tests.unit.catalog.parts import (
    TODAY,
    checked,
    codes,
    contract,
    d,
    item,
    line,
    only,
    order,
    policy,
    price,
    profile,
    sent_price,
    ship_to,
    usd,
)

DAY = dt.timedelta(days=1)


def test_an_order_that_fits_has_no_finding_and_its_total():
    found = checked(order())
    assert (codes(found), found.total) == ([], usd("120.00"))


# 1 identity


def test_no_contract_in_force_is_one_finding_and_no_line_repeats_it():
    found = checked(order(), contracts=())
    assert (only(found).code, found.lines[0].item) == ("CAT-101", None)


def test_a_contract_that_ended_before_the_order_date_is_not_in_force():
    ended = contract(valid_to=dt.date(2026, 11, 19))
    found = checked(order(), contracts=(ended,))
    assert only(found).code == "CAT-101"
    assert found.lines[0].item is not None
    assert found.lines[0].expected is None


def test_a_contract_is_in_force_on_both_its_first_and_its_last_day():
    day = dt.date(2026, 11, 20)
    found = checked(order(), contracts=(contract(valid_from=day, valid_to=day),))
    assert codes(found) == []


def test_a_named_contract_that_is_not_the_partners_is_a_finding_at_its_place():
    placed = order(
        contract_ref="X-9", provenance={"contract_ref": "REF-02 (segment 3)"}
    )
    finding = only(checked(placed))
    assert (finding.code, finding.value) == ("CAT-102", "X-9")
    assert finding.where.path == "/contract_ref"
    assert (finding.where.segment_tag, finding.where.element) == ("REF", 2)
    assert finding.where.segment_position == 3


def test_a_line_may_name_a_contract_of_its_own():
    other = contract(id="C-2", number="C-2")
    dear = item(contract_id="C-2", prices=(price("99.00"),))
    placed = order(line(contract_ref="C-2", amount="99.00"))
    found = checked(placed, item(), dear, contracts=(contract(), other))
    assert codes(found) == []
    assert found.lines[0].contract == other


def test_a_line_that_names_a_contract_nobody_has_is_a_finding_of_the_line():
    finding = only(checked(order(line(contract_ref="X-9"))))
    assert (finding.code, finding.where.path) == ("CAT-102", "/lines/0/contract_ref")


def test_the_contract_with_the_highest_priority_answers_first():
    award = contract(id="C-2", number="C-2", priority=5)
    cheap = item(contract_id="C-2", prices=(price("9.00"),))
    found = checked(order(), item(), cheap, contracts=(contract(), award))
    assert found.lines[0].expected == usd("9.00")


def test_a_ship_to_that_the_profile_does_not_list_is_a_finding():
    who = profile(locations=[{"id": "001"}])
    found = checked(order(parties=(ship_to("999"),)), who=who)
    assert (only(found).code, only(found).where.path) == ("CAT-110", "/parties/0")


def test_a_listed_ship_to_is_no_finding():
    who = profile(locations=[{"id": "001", "scheme": "92"}])
    assert codes(checked(order(parties=(ship_to("001"),)), who=who)) == []


def test_a_qualifier_of_the_profile_means_the_scheme_of_the_order():
    who = profile(locations=[{"id": "001", "scheme": "92"}])
    known = order(parties=(ship_to("001", "assigned_by_buyer"),))
    assert codes(checked(known, who=who)) == []
    other = order(parties=(ship_to("001", "assigned_by_seller"),))
    assert codes(checked(other, who=who)) == ["CAT-110"]


def test_a_lines_own_ship_to_has_its_own_place():
    who = profile(locations=[{"id": "001"}])
    placed = line(
        parties=(ship_to("777"),),
        provenance={"parties[0].id": "N1-04 (segment 12)"},
    )
    where = only(checked(order(placed), who=who)).where
    assert (str(where), where.path) == ("N1-04 (segment 12)", "/lines/0/parties/0")


def test_a_ship_to_without_a_number_is_unknown():
    who = profile(locations=[{"id": "001"}])
    finding = only(checked(order(parties=(ship_to(""),)), who=who))
    assert finding.code == "CAT-110"


def test_a_ship_to_number_of_another_scheme_is_unknown():
    who = profile(locations=[{"id": "001", "scheme": "1"}])
    found = checked(order(parties=(ship_to("001", "92"),)), who=who)
    assert only(found).code == "CAT-110"


def test_a_gln_location_is_known_by_qualifier_and_by_name():
    who = profile(locations=[{"id": "4012345000009", "scheme": "UL"}])
    placed = order(parties=(ship_to("4012345000009", "gln"),))
    assert codes(checked(placed, who=who)) == []


def test_drop_shipment_goes_anywhere_where_the_profile_allows_it():
    who = profile(locations=[{"id": "001"}], policy={"drop_ship": "allow"})
    dropped = order(parties=(ship_to("999"),), order_type="drop_ship")
    assert codes(checked(dropped, who=who)) == []


def test_a_ship_to_of_another_order_is_checked_where_drop_shipment_is_allowed():
    who = profile(locations=[{"id": "001"}], policy={"drop_ship": "allow"})
    placed = order(parties=(ship_to("999"),), order_type="standard")
    assert codes(checked(placed, who=who)) == ["CAT-110"]


def test_a_profile_without_locations_checks_no_ship_to():
    assert codes(checked(order(parties=(ship_to("999"),)))) == []


def test_a_store_in_a_schedule_that_nobody_knows_is_a_finding_of_the_line():
    who = profile(locations=[{"id": "001"}])
    stores = (
        Schedule(qty=d("5"), ship_to=ship_to("001")),
        Schedule(qty=d("5"), ship_to=ship_to("777")),
    )
    finding = only(checked(order(line(schedules=stores)), who=who))
    assert (finding.code, finding.value) == ("CAT-110", "777")
    assert finding.where.path == "/lines/0/schedules/1/ship_to"


# 3 currency


def test_another_currency_is_one_finding_and_no_price_is_compared():
    found = checked(order(currency="EUR"))
    assert (only(found).code, only(found).where.path) == ("CAT-201", "/currency")
    assert found.lines[0].item is not None


def test_a_line_in_another_currency_is_a_finding_of_the_line():
    foreign = line(price=sent_price("12.00", currency="CAD"))
    finding = only(checked(order(foreign)))
    assert (finding.code, finding.where.path) == ("CAT-201", "/lines/0/price/currency")


def test_a_lines_own_contract_in_another_currency_is_a_finding_of_the_line():
    euro = contract(id="C-2", number="C-2", currency="EUR")
    placed = order(line(contract_ref="C-2"))
    mine = item(contract_id="C-2")
    finding = only(checked(placed, mine, contracts=(contract(), euro)))
    assert (finding.code, finding.where.path) == ("CAT-201", "/lines/0/contract_ref")


def test_a_price_per_unit_of_measure_with_its_own_factor_is_converted():
    odd = sent_price("1.20", basis_uom="DZ", basis_factor=Fraction(1, 10))
    assert codes(checked(order(line(price=odd)))) == ["CAT-301"]
    right = sent_price("120.00", basis_uom="DZ", basis_factor=Fraction(1, 10))
    assert codes(checked(order(line(price=right)))) == []


def test_an_order_without_a_currency_is_in_the_contracts():
    assert codes(checked(order(currency=""))) == []


def test_of_two_contracts_the_one_in_the_orders_currency_answers():
    euro = contract(id="C-2", number="C-2", currency="EUR", priority=9)
    mine = item(contract_id="C-2", prices=(price("1.00"),))
    found = checked(order(), item(), mine, contracts=(contract(), euro))
    assert found.lines[0].expected == usd("12.00")


# 4 item and state


def test_an_unknown_item_gives_no_further_findings():
    unknown = line(item=order_model.Item(supplier_sku="NOPE"), unit="ZZ", amount="0.01")
    finding = only(checked(order(unknown)))
    assert (finding.code, finding.where.path) == ("CAT-310", "/lines/0/item")


def test_a_discontinued_item_names_its_successor_and_is_still_priced():
    old = item(state=ItemState.DISCONTINUED, successor="W-2")
    found = checked(order(), old)
    assert only(found).code == "CAT-313"
    assert found.lines[0].expected == usd("12.00")


def test_a_discontinued_item_without_a_price_is_one_finding():
    old = item(state=ItemState.DISCONTINUED, successor="W-2", prices=())
    assert codes(checked(order(), old)) == ["CAT-313"]


def test_a_discontinued_item_without_a_successor_is_off_the_contract():
    old = item(state=ItemState.DISCONTINUED)
    assert codes(checked(order(), old)) == ["CAT-312"]


# 5 unit and basis


def test_a_unit_the_item_is_not_sold_in_is_a_finding_at_the_unit():
    found = checked(
        order(
            line(
                unit="BX",
                provenance={"quantity.uom_sent": "PO1-03 (segment 9)"},
            )
        )
    )
    finding = only(found)
    assert (finding.code, finding.value) == ("CAT-320", "BX")
    assert finding.where.path == "/lines/0/quantity/uom_sent"
    assert (finding.where.segment_tag, finding.where.element) == ("PO1", 3)


def test_an_unknown_unit_is_never_taken_for_each():
    assert codes(checked(order(line(unit="QQ")))) == ["CAT-320"]


def test_a_missing_unit_is_never_taken_for_each():
    assert codes(checked(order(line(unit="")))) == ["CAT-320"]


def test_a_unit_of_rec_20_means_the_contracts_x12_unit():
    placed = order(line(unit="C62"), source=Source(standard="edifact"))
    assert codes(checked(placed)) == []


def test_the_rec_20_code_helps_where_the_sent_one_is_not_known():
    quantity = LineQuantity(value=d("10"), uom_sent="Stueck", uom_rec20="H87")
    assert codes(checked(order(line(quantity=quantity)))) == []


def test_a_line_ordered_in_cases_is_priced_by_the_exact_factor():
    found = checked(order(line("5", "270.00", "CA")))
    assert codes(found) == []
    assert found.lines[0].extended == usd("1350.00")


def test_a_price_per_another_unit_than_the_quantity_is_converted():
    mixed = line("5", unit="CA", price=sent_price("11.25", basis_uom="EA"))
    found = checked(order(mixed))
    assert codes(found) == []
    assert found.lines[0].sent_extended == usd("1350.00")


def test_a_price_unit_the_item_does_not_have_is_a_finding():
    assert codes(checked(order(line(price=sent_price("1", basis_uom="GA"))))) == [
        "CAT-320"
    ]


def test_a_price_per_nothing_is_a_finding():
    broken = line(price=sent_price("12.00", basis_qty=d("0")))
    assert codes(checked(order(broken))) == ["CAT-301"]


# 6 quantity and order value


def test_a_quantity_of_zero_is_a_finding():
    finding = only(checked(order(line("0"))))
    assert (finding.code, finding.where.path) == ("CAT-330", "/lines/0/quantity")


def test_a_quantity_that_is_no_number_is_a_finding():
    assert codes(checked(order(line("NaN")))) == ["CAT-330"]


def test_a_quantity_beyond_reason_is_a_finding_and_costs_nothing():
    assert codes(checked(order(line("1E+999999")))) == ["CAT-333"]


def test_a_quantity_below_the_minimum_names_the_next_allowed_one():
    found = checked(order(line("10")), item(min_qty=d("25"), increment=d("10")))
    assert codes(found) == ["CAT-331"]
    assert found.lines[0].allowed_qty == d("30")


def test_a_quantity_that_is_no_multiple_names_the_next_allowed_one():
    found = checked(order(line("15")), item(increment=d("10")))
    assert codes(found) == ["CAT-332"]
    assert found.lines[0].allowed_qty == d("20")


def test_a_quantity_above_the_maximum_names_the_largest_allowed_one():
    found = checked(order(line("99")), item(increment=d("10"), max_qty=d("55")))
    assert codes(found) == ["CAT-332"]
    assert found.lines[0].allowed_qty == d("50")


def test_a_multiple_above_the_maximum_is_a_finding():
    assert codes(checked(order(line("60")), item(max_qty=d("55")))) == ["CAT-333"]


def test_limits_count_in_base_units():
    full = item(min_qty=d("48"), increment=d("24"))
    assert codes(checked(order(line("2", "288.00", "CA")), full)) == []


def test_the_allowed_quantity_is_in_whole_units_as_sent():
    found = checked(order(line("1", "288.00", "CA")), item(min_qty=d("30")))
    assert (codes(found), found.lines[0].allowed_qty) == (["CAT-331"], d("2"))


def test_an_order_below_the_contracts_minimum_value_is_a_finding():
    found = checked(order(), contracts=(contract(min_value=d("500")),))
    assert (only(found).code, only(found).where.path) == ("CAT-360", "/totals/amount")


def test_an_order_above_the_contracts_maximum_value_is_a_finding():
    assert codes(checked(order(), contracts=(contract(max_value=d("100")),))) == [
        "CAT-360"
    ]


def test_the_minimum_value_is_not_judged_while_a_line_has_no_price():
    unknown = line(line_no="2", item=order_model.Item(supplier_sku="NOPE"))
    found = checked(order(line(), unknown), contracts=(contract(min_value=d("500")),))
    assert codes(found) == ["CAT-310"]


# 7 price


def test_a_price_that_differs_is_a_finding_with_both_prices_and_the_stake():
    placed = line(
        amount="12.90",
        provenance={"price.amount": "PO1-04 (segment 9)"},
    )
    found = checked(order(placed))
    finding = only(found)
    assert (finding.code, finding.value) == ("CAT-301", "12.90")
    assert finding.where.path == "/lines/0/price"
    assert str(finding.where) == "PO1-04 (segment 9)"
    assert found.lines[0].difference == usd("9.00")


def test_a_place_without_provenance_of_its_own_is_the_lines_segment():
    placed = line(amount="12.90", provenance={"line_no": "PO1-01 (segment 9)"})
    where = only(checked(order(placed))).where
    assert (where.segment_tag, where.segment_position, where.element) == ("PO1", 9, 0)


def test_a_price_within_the_percentage_is_a_note():
    found = checked(order(line(amount="12.24")), who=policy(price_tolerance_pct="2"))
    assert (only(found).code, only(found).severity) == ("CAT-302", Severity.NOTE)


def test_a_price_beyond_the_percentage_is_a_finding():
    found = checked(order(line(amount="12.25")), who=policy(price_tolerance_pct="2"))
    assert codes(found) == ["CAT-301"]


def test_up_and_down_have_tolerances_of_their_own():
    who = policy(price_tolerance={"up_pct": "0", "down_pct": "100"})
    assert codes(checked(order(line(amount="6.00")), who=who)) == ["CAT-302"]
    assert codes(checked(order(line(amount="12.01")), who=who)) == ["CAT-301"]


def test_percentage_and_amount_must_both_hold():
    who = policy(price_tolerance={"up_pct": "50", "up_abs": "5"})
    assert codes(checked(order(line(amount="12.50")), who=who)) == ["CAT-302"]
    assert codes(checked(order(line(amount="12.51")), who=who)) == ["CAT-301"]


def test_an_amount_bounds_the_unit_price_of_a_fraction_of_a_unit_too():
    who = policy(price_tolerance={"up_abs": "0.10"})
    found = checked(order(line("0.1", "13.00")), who=who)
    assert codes(found) == ["CAT-301"]


def test_what_the_lists_decimals_cannot_show_is_equal():
    assert codes(checked(order(line(amount="12.0049")))) == []
    assert codes(checked(order(line(amount="12.005")))) == ["CAT-301"]


def test_a_list_with_four_decimals_is_compared_with_four():
    fine = item(prices=(price("0.1234"),))
    assert codes(checked(order(line(amount="0.1234")), fine)) == []
    assert codes(checked(order(line(amount="0.1235")), fine)) == ["CAT-301"]


def test_an_exact_third_rounds_half_up_to_the_lists_decimals():
    case = item(prices=(price("100.00", unit="CA"),))
    found = checked(order(line("24", "4.17")), case)
    assert codes(found) == []
    assert found.lines[0].extended == usd("100.00")


def test_a_price_per_hundred_is_compared_with_one_per_each():
    bulk = item(prices=(price("12.34", basis_qty=d("100")),))
    assert codes(checked(order(line(amount="0.1234")), bulk)) == []
    assert codes(checked(order(line(amount="0.12")), bulk)) == ["CAT-301"]


def test_a_price_sent_per_thousand_is_compared_with_one_per_each():
    sent = sent_price("12000", basis_qty=d("1000"))
    assert codes(checked(order(line(price=sent)))) == []


def test_the_break_of_the_line_quantity_counts():
    assert codes(checked(order(line("9", "12.50")))) == []
    assert codes(checked(order(line("9", "12.00")))) == ["CAT-301"]


def test_the_break_of_all_lines_of_an_item_counts_where_the_contract_says_so():
    together = contract(break_on=BreakOn.ITEM)
    halves = (line("5", "12.00"), line("5", "12.00", line_no="2"))
    assert codes(checked(order(*halves), contracts=(together,))) == []
    assert codes(checked(order(*halves))) == ["CAT-301", "CAT-301"]


def test_no_price_in_force_is_a_finding():
    late = item(prices=(price("12.00", valid_from=dt.date(2027, 1, 1)),))
    finding = only(checked(order(), late))
    assert (finding.code, finding.where.path) == ("CAT-303", "/lines/0/price")


def test_a_quantity_below_the_minimum_and_the_first_break_is_one_finding():
    bulk = item(min_qty=d("100"), prices=(price("11.00", "100"),))
    assert codes(checked(order(), bulk)) == ["CAT-331"]


def test_a_missing_price_is_held_unless_the_profile_says_otherwise():
    found = checked(order(line(amount=None)))
    assert (only(found).code, only(found).severity) == ("CAT-304", Severity.ERROR)
    assert found.lines[0].expected == usd("12.00")


def test_a_missing_price_is_a_note_where_the_profile_uses_ours():
    found = checked(order(line(amount=None)), who=policy(missing_price="use_ours"))
    assert (only(found).code, only(found).severity) == ("CAT-304", Severity.NOTE)


def test_a_zero_price_is_a_missing_one():
    assert codes(checked(order(line(amount="0")))) == ["CAT-304"]


def test_no_charge_needs_a_contract_price_of_zero():
    free = line(price=sent_price(None, type="no_charge", basis_sent="NC"))
    assert codes(checked(order(free), item(prices=(price("0"),)))) == []
    who = policy(price_tolerance={"down_pct": "100"})
    assert codes(checked(order(free), who=who)) == ["CAT-301"]


def test_a_zero_price_for_an_item_at_zero_is_right():
    sample = item(prices=(price("0.00"),))
    assert codes(checked(order(line(amount="0")), sample)) == []


def test_a_price_that_is_no_number_is_a_finding_and_never_raises():
    assert codes(checked(order(line(amount="1E+999999")))) == ["CAT-301"]
    assert codes(checked(order(line(amount="NaN")))) == ["CAT-301"]


def test_a_line_amount_that_quantity_and_price_do_not_make_is_a_finding():
    finding = only(checked(order(replace(line(), amount=usd("130.00")))))
    assert (finding.code, finding.where.path) == ("CAT-301", "/lines/0/amount")


def test_a_line_amount_that_fits_is_no_finding():
    placed = order(replace(line(), amount=usd("120.00")))
    assert codes(checked(placed)) == []


def test_the_reference_date_is_the_one_the_contract_names():
    prices = (
        price("10.00", valid_to=dt.date(2026, 11, 20)),
        price(
            "11.00", valid_from=dt.date(2026, 11, 21), valid_to=dt.date(2026, 11, 30)
        ),
        price("12.00", valid_from=dt.date(2026, 12, 1)),
    )
    wanted = Delivery(requested=dt.date(2026, 12, 5))
    placed = order(line(amount=None), delivery=wanted)
    answers = {
        kind: checked(placed, item(prices=prices), contracts=(mine,)).lines[0]
        for kind in ReferenceDate
        for mine in [contract(reference_date=kind)]
    }
    assert answers[ReferenceDate.ORDER].expected == usd("10.00")
    assert answers[ReferenceDate.RECEIPT].expected == usd("11.00")
    assert answers[ReferenceDate.REQUESTED].expected == usd("12.00")


def test_the_trace_says_which_date_stood_in_for_one_that_was_not_sent():
    mine = contract(reference_date=ReferenceDate.REQUESTED)
    trace = checked(order(), contracts=(mine,)).lines[0].trace
    assert trace is not None
    assert trace.ask.on_date == dt.date(2026, 11, 20)
    assert "no delivery date was sent" in trace.line()


# 9 totals


def totals(**changes):
    return order(totals=Totals(**changes))


def test_a_wrong_line_count_is_a_finding():
    finding = only(checked(totals(line_count=2)))
    assert (finding.code, finding.where.path) == ("CAT-340", "/totals/line_count")


def test_a_wrong_hash_total_is_a_finding():
    finding = only(checked(totals(quantity_sum=d("11"))))
    assert (finding.code, finding.where.path) == ("CAT-341", "/totals/quantity_sum")


def test_a_wrong_order_total_is_a_finding():
    finding = only(checked(totals(amount=usd("121.00"))))
    assert (finding.code, finding.where.path) == ("CAT-342", "/totals/amount")


def test_a_total_in_another_currency_is_a_finding():
    finding = only(checked(totals(amount=Money(d("120.00"), "EUR"))))
    assert (finding.code, finding.where.path) == ("CAT-342", "/totals/amount")


@pytest.mark.parametrize(
    ("standard", "version", "told"),
    [
        ("edifact", "D96A", ["CAT-342"]),
        ("ubl", "2.1", ["CAT-342"]),
        ("ubl", "urn:fdc:peppol.eu:poacc:trns:order:3", []),  # UBL-012 tells
    ],
)
def test_a_sum_of_the_lines_that_they_do_not_make_is_a_finding(standard, version, told):
    sent = replace(
        totals(line_amount=usd("100.00")),
        source=Source(standard=standard, version=version),
        provenance={"totals.line_amount": "MOA-01.2 (segment 9)"},
    )
    assert codes(checked(sent)) == told


def test_one_that_we_added_is_none():
    assert codes(checked(totals(line_amount=usd("100.00")))) == []


def test_an_order_that_is_good_no_more_is_a_finding():
    over = order(validity=Period(end=TODAY - DAY))
    finding = only(checked(over))
    assert (finding.code, finding.where.path) == ("CAT-351", "/validity/end")


def test_an_order_is_good_on_its_last_day():
    assert codes(checked(order(validity=Period(end=TODAY)))) == []


def test_totals_that_fit_are_no_finding():
    sent = totals(line_count=1, quantity_sum=d("10.0"), amount=usd("120"))
    assert codes(checked(sent)) == []


def test_a_total_with_charges_and_taxes_fits_too():
    freight = AllowanceCharge(kind="charge", amount=usd("15.00"))
    off = AllowanceCharge(kind="allowance", amount=usd("5.00"))
    sent = replace(totals(amount=usd("130.00")), allowances_charges=(freight, off))
    assert codes(checked(sent)) == ["CAT-343"]  # the total fits, 5.00 are taken off


def test_a_total_within_its_tolerance_is_no_finding():
    who = policy(total_tolerance={"up_abs": "1.00"})
    assert codes(checked(totals(amount=usd("121.00")), who=who)) == []


def test_a_total_is_judged_at_the_prices_that_were_sent():
    sent = replace(totals(amount=usd("130.00")), lines=(line(amount="13.00"),))
    assert codes(checked(sent)) == ["CAT-301"]


def test_totals_that_we_computed_are_not_judged():
    assert codes(checked(totals(source="computed", line_count=9))) == []


# 10 dates


def test_a_requested_date_that_is_past_is_one_finding_of_the_order():
    placed = order(line(), line(line_no="2"), delivery=Delivery(requested=TODAY - DAY))
    finding = only(checked(placed))
    assert (finding.code, finding.where.path) == ("CAT-350", "/delivery/requested")


def test_today_is_not_past():
    assert codes(checked(order(delivery=Delivery(requested=TODAY)))) == []


def test_a_lines_own_past_date_is_a_finding_of_the_line():
    past = (Schedule(qty=d("10"), date=TODAY - DAY),)
    finding = only(checked(order(line(schedules=past))))
    assert (finding.code, finding.where.path) == (
        "CAT-350",
        "/lines/0/delivery/requested",
    )


def test_a_lines_own_cancel_after_is_judged_for_that_line():
    early = Delivery(requested=TODAY + 9 * DAY, cancel_after=TODAY + DAY)
    found = checked(order(line(delivery=early)), item(lead_time_days=2))
    assert only(found).where.path == "/lines/0/delivery/cancel_after"
    assert only(found).code == "CAT-351"


def test_a_latest_date_that_is_past_is_a_finding_at_that_date():
    placed = order(delivery=Delivery(latest=TODAY - DAY))
    assert only(checked(placed)).where.path == "/delivery/latest"


def test_a_date_inside_the_lead_time_is_a_finding_of_each_line_it_hits():
    placed = order(delivery=Delivery(requested=TODAY + 5 * DAY))
    found = checked(placed, item(lead_time_days=10))
    assert (only(found).code, only(found).severity) == ("CAT-352", Severity.WARNING)
    assert found.lines[0].earliest_ship == TODAY + 10 * DAY


def test_the_contracts_lead_time_holds_where_the_item_has_none():
    placed = order(delivery=Delivery(requested=TODAY + DAY))
    found = checked(placed, contracts=(contract(lead_time_days=2),))
    assert codes(found) == ["CAT-352"]


def test_a_cancel_after_before_any_line_can_ship_is_one_finding_of_the_order():
    placed = order(delivery=Delivery(cancel_after=TODAY + DAY))
    finding = only(checked(placed, item(lead_time_days=2)))
    assert (finding.code, finding.where.path) == ("CAT-351", "/delivery/cancel_after")


def test_a_cancel_after_that_one_line_misses_is_a_finding_of_that_line():
    slow = item("W-2", lead_time_days=9)
    second = line(line_no="2", item=order_model.Item(supplier_sku="W-2"))
    placed = order(line(), second, delivery=Delivery(cancel_after=TODAY + DAY))
    found = checked(placed, item(), slow)
    assert (only(found).code, found.lines[1].findings) == ("CAT-351", (only(found),))


def test_findings_come_in_the_order_of_the_checks():
    who = profile(locations=[{"id": "001"}])
    placed = order(
        line(amount="1.00"),
        parties=(ship_to("999"),),
        totals=Totals(line_count=7),
        delivery=Delivery(requested=TODAY - DAY),
    )
    assert codes(checked(placed, who=who)) == [
        "CAT-110",
        "CAT-340",
        "CAT-350",
        "CAT-301",
    ]
