"""Ids follow from what they name."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from gateway.pipeline.ids import derived, own_number, own_number_in
from tests.unit.pipeline.parts import NOW


def test_the_same_seed_and_moment_give_the_same_id():
    assert derived("ord", NOW, "rcp_1/1") == derived("ord", NOW, "rcp_1/1")


def test_other_seeds_prefixes_and_moments_give_other_ids():
    later = NOW + dt.timedelta(milliseconds=1)
    ids = {
        derived("ord", NOW, "rcp_1/1"),
        derived("ord", NOW, "rcp_1/2"),
        derived("msg", NOW, "rcp_1/1"),
        derived("ord", later, "rcp_1/1"),
    }
    assert len(ids) == 4


def test_an_id_is_its_prefix_and_26_characters_without_i_l_o_u():
    assert re.fullmatch("ord_[0-9A-HJKMNP-TV-Z]{26}", derived("ord", NOW, "x"))


def test_ids_made_later_sort_later():
    later = NOW + dt.timedelta(seconds=1)
    assert derived("ord", NOW, "z") < derived("ord", later, "a")


def test_our_number_has_the_prefix_the_day_and_a_digest():
    number = own_number("BB-", NOW, "ord_1")
    assert re.fullmatch("BB-261121-[0-9A-HJKMNP-TV-Z]{10}", number)
    assert own_number("BB-", NOW, "ord_2") != number


def test_our_number_fits_into_an_x12_reference():
    assert len(own_number("A-VERY-LONG-PREFIX-OF-THE-HOUSE-", NOW, "ord_1")) == 30


@pytest.mark.parametrize("mark", ["", "-7A55"])
def test_our_number_tells_which_ids_its_order_can_have(mark: str):
    order_id = derived("ord", NOW, "rcp_1/1")
    number = own_number_in(own_number("BB-", NOW, order_id) + mark)
    assert number is not None
    assert number.first <= order_id < number.end
    assert number.names(order_id)
    assert not number.names(derived("ord", NOW, "rcp_1/2"))
    tomorrow = derived("ord", NOW + dt.timedelta(days=1), "rcp_1/1")
    assert not number.first <= tomorrow < number.end


@pytest.mark.parametrize("text", ["", "INV-1", "BB-269921-0123456789", "BB-261121-IL"])
def test_other_texts_are_no_number_of_ours(text: str):
    assert own_number_in(text) is None
