"""Ids follow from what they name."""

from __future__ import annotations

import datetime as dt
import re

from gateway.pipeline.ids import derived, own_number
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
