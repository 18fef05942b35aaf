"""Which item a line means: precedence, exact before normalised, one answer or none."""

from __future__ import annotations

import pytest

from gateway.catalog import ItemKey, Prices, keys_of, wanted
from gateway.catalog.resolve import Resolved, resolve
from gateway.order.model import Item as SentItem
from tests.unit.catalog.parts import contract, item, line, order

HAMMER = item(
    "W-1",
    buyer_parts=("0044-A", "44B"),
    cross_refs=("ACCT-7",),
    gtins=("00012345678905",),
    mfr_part="HX 16",
    mfr="Estwing",
)
SAW = item("W-2", buyer_parts=("55",), gtins=("4006381333931",), mfr_part="HX16")
OTHER = item("Z-9", contract_id="C-2", buyer_parts=("ONLY-C2",))
CONTRACTS = (contract(),)
BOTH = (contract(), contract(id="C-2", number="C-2"))


def resolved(*items, contracts=CONTRACTS, **numbers) -> Resolved:
    prices = Prices.of(BOTH, items or (HAMMER, SAW, OTHER))
    return resolve(SentItem(**numbers), prices, contracts)


def codes(found: Resolved) -> list[str]:
    return [each.code for each in found.findings]


@pytest.mark.parametrize(
    ("numbers", "by"),
    [
        ({"buyer_part": "0044-A"}, "buyer_part"),
        ({"buyer_part": "ACCT-7"}, "cross_ref"),
        ({"gtin": "00012345678905"}, "gtin"),
        ({"supplier_sku": "W-1"}, "sku"),
        ({"mfr_part": "HX 16", "mfr": "Estwing"}, "mfr_part"),
    ],
)
def test_each_kind_of_number_finds_the_item_exactly(numbers, by):
    found = resolved(**numbers)
    assert (found.item, found.by, found.exact, codes(found)) == (HAMMER, by, True, [])


def test_the_first_kind_in_the_precedence_is_the_one_that_told():
    found = resolved(supplier_sku="W-1", gtin="012345678905", buyer_part="44B")
    assert (found.item, found.by) == (HAMMER, "buyer_part")


def test_numbers_of_different_items_are_ambiguous():
    found = resolved(buyer_part="55", supplier_sku="W-1")
    assert (codes(found), found.item) == (["CAT-311"], None)


def test_a_number_that_two_items_share_is_settled_by_another_number():
    twins = (item("A", buyer_parts=("1",)), item("B", buyer_parts=("1",)))
    assert codes(resolved(*twins, buyer_part="1")) == ["CAT-311"]
    assert resolved(*twins, buyer_part="1", supplier_sku="B").item == twins[1]


def test_a_number_that_nobody_knows_does_not_disturb_one_that_is_known():
    found = resolved(buyer_part="NOPE", supplier_sku="W-1")
    assert (found.item, codes(found)) == (HAMMER, [])


@pytest.mark.parametrize("sent", ["44-a", "0044A", "00 44 A", "44a"])
def test_case_zeros_blanks_and_hyphens_match_with_a_warning(sent):
    found = resolved(buyer_part=sent)
    assert (found.item, codes(found)) == (HAMMER, ["CAT-314"])
    assert not found.exact


def test_an_exact_number_goes_before_a_normalised_one():
    pair = (item("A", buyer_parts=("AB-1",)), item("B", buyer_parts=("AB1",)))
    assert resolved(*pair, buyer_part="AB1").item == pair[1]
    assert resolved(*pair, buyer_part="AB-1").item == pair[0]


def test_two_items_alike_after_normalising_are_ambiguous():
    pair = (item("A", buyer_parts=("AB-1",)), item("B", buyer_parts=("AB1",)))
    assert codes(resolved(*pair, buyer_part="ab 1")) == ["CAT-311"]


def test_a_normalised_number_beside_an_exact_one_needs_no_warning():
    assert codes(resolved(buyer_part="44-a", supplier_sku="W-1")) == []


def test_no_number_at_all_is_unknown():
    assert codes(resolved()) == ["CAT-310"]


def test_a_number_nobody_knows_is_unknown():
    assert codes(resolved(supplier_sku="NOPE")) == ["CAT-310"]


def test_an_item_of_another_contract_is_not_on_this_one():
    found = resolved(buyer_part="ONLY-C2")
    assert (codes(found), found.item) == (["CAT-312"], None)
    assert "C-2" in found.findings[0].what


def test_the_contract_that_answers_first_gives_the_item():
    again = item("W-1", contract_id="C-2")
    found = resolved(again, HAMMER, contracts=BOTH, supplier_sku="W-1")
    assert (found.item, found.contract) == (HAMMER, BOTH[0])


def test_makers_number_alike_so_a_named_maker_must_agree():
    assert resolved(mfr_part="HX 16", mfr="ESTWING").item == HAMMER
    assert codes(resolved(HAMMER, mfr_part="HX 16", mfr="Stanley")) == ["CAT-310"]


@pytest.mark.parametrize("sent", ["012345678905", "0012345678905", "00012345678905"])
def test_gtins_of_any_length_compare_as_gtin_14(sent):
    found = resolved(gtin=sent)
    assert (found.item, codes(found)) == (HAMMER, [])


def test_a_gtin_sent_without_its_check_digit_is_completed_with_a_warning():
    found = resolved(gtin="01234567890")
    assert (found.item, codes(found)) == (HAMMER, ["CAT-314"])


@pytest.mark.parametrize("sent", ["0140449132", "0-14-044913-2", "080442957x"])
def test_an_isbn_of_ten_characters_is_its_gtin_with_a_warning(sent):
    books = (
        item("B-1", gtins=("9780140449136",)),
        item("B-2", gtins=("9780804429573",)),
    )
    found = resolved(*books, gtin=sent)
    assert (found.item in books, codes(found)) == (True, ["CAT-314"])


@pytest.mark.parametrize("sent", ["0140449133", "X140449132", "014044913"])
def test_what_only_looks_like_an_isbn_is_unknown(sent):
    assert codes(resolved(item("B-1", gtins=("9780140449136",)), gtin=sent)) == [
        "CAT-310"
    ]


def test_a_wrong_check_digit_is_a_warning_at_most():
    found = resolved(gtin="012345678900", supplier_sku="W-1")
    assert (found.item, codes(found)) == (HAMMER, ["CAT-315"])


def test_a_wrong_check_digit_that_the_contract_has_too_is_agreed():
    odd = item("W-3", gtins=("012345678900",))
    assert codes(resolved(odd, gtin="012345678900")) == []


def test_what_an_order_wants_is_what_its_items_are_found_by():
    sent = SentItem(
        supplier_sku="w-1", buyer_part="44-b", gtin="012345678905", mfr_part="hx-16"
    )
    (asked_,) = wanted(order(line(item=sent)))
    keys = {key for _, _, key in asked_}
    assert ItemKey("gtin", "00012345678905") in keys
    assert {key.kind for key in keys & keys_of(HAMMER)} == {
        "buyer_part",
        "gtin",
        "sku",
        "mfr_part",
    }


def test_an_order_without_numbers_wants_nothing():
    assert wanted(order(line(item=SentItem(supplier_sku="--")))) == frozenset()
