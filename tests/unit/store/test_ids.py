from __future__ import annotations

import time

from gateway.store import ids


def test_an_id_has_its_prefix_and_20_characters_of_crockfords_alphabet():
    prefix, _, rest = ids.new("rcp").partition("_")

    assert (prefix, len(rest)) == ("rcp", 20)
    assert set(rest) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_later_ids_sort_behind_earlier_ones():
    first = ids.new("evt")
    time.sleep(0.002)

    assert first < ids.new("evt")


def test_ids_of_one_moment_sort_in_the_order_they_were_made():
    made = [ids.new("msg") for _ in range(1000)]

    assert made == sorted(made)


def test_numbers_are_written_in_base_32():
    assert ids.encoded(32 * 32 + 31) == "0" * 23 + "10Z"


def test_no_two_ids_are_alike():
    assert len({ids.new("rcp") for _ in range(1000)}) == 1000


def test_an_id_that_nobody_guesses_has_26_characters_and_its_place_among_the_others():
    before = ids.new("ses")
    time.sleep(0.002)
    made = ids.unguessable("ses")
    time.sleep(0.002)

    assert len(made) == len("ses_") + 26
    assert before < made < ids.new("ses")
