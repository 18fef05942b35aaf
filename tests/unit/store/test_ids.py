from __future__ import annotations

import os
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


def test_a_forked_process_draws_its_own():
    ids.new("msg")
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  another process
        os.write(theirs, ids.new("msg").encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 99).decode()[-10:] != ids.new("msg")[-10:]
