from __future__ import annotations

import sqlalchemy as sa

from gateway.edi.numbers import LAST, Numbers
from gateway.store import counters
from gateway.store.database import Database
from gateway.store.tables import control_counter


def numbers(interchange: int, group: int, message: int) -> Numbers:
    return Numbers(interchange=interchange, group=group, message=message)


def test_a_series_begins_with_one(db: Database):
    with db.begin() as tx:
        assert counters.allot(tx, "acme", "s", [1]) == [numbers(1, 1, 1)]


def test_each_interchange_takes_as_many_message_numbers_as_it_has(db: Database):
    with db.begin() as tx:
        allotted = counters.allot(tx, "acme", "s", [2, 1])
        following = counters.allot(tx, "acme", "s", [1])

    assert allotted == [numbers(1, 1, 1), numbers(2, 2, 3)]
    assert following == [numbers(3, 3, 4)]


def test_one_follows_the_last_number(db: Database):
    with db.begin() as tx:
        counters.allot(tx, "acme", "s", [1])
        tx.execute(
            sa.update(control_counter).values(
                interchange=LAST - 1, group=LAST, message=LAST - 2
            )
        )
        allotted = counters.allot(tx, "acme", "s", [1, 3])
        following = counters.allot(tx, "acme", "s", [1])

    assert allotted == [numbers(LAST, 1, LAST - 1), numbers(1, 2, LAST)]
    assert following == [numbers(2, 3, 3)]


def test_what_is_rolled_back_is_given_out_again(db: Database):
    with db.begin() as tx:
        counters.allot(tx, "acme", "s", [1])
        tx.rollback()

    with db.begin() as tx:
        assert counters.allot(tx, "acme", "s", [1]) == [numbers(1, 1, 1)]


def test_partners_and_directions_have_counters_of_their_own(db: Database):
    with db.begin() as tx:
        counters.allot(tx, "acme", "us>acme", [2, 1])
        assert counters.allot(tx, "acme", "acme>us", [1]) == [numbers(1, 1, 1)]
        assert counters.allot(tx, "other", "us>acme", [1]) == [numbers(1, 1, 1)]
        assert counters.allot(tx, "acme", "us>acme", [1]) == [numbers(3, 3, 4)]


def test_each_level_counts_for_itself(db: Database):
    with db.begin() as tx:
        ta1, ack = counters.allot(tx, "acme", "s", [0, 2])
        following = counters.allot(tx, "acme", "s", [1])

    assert (ta1.interchange, ack.interchange) == (1, 2)
    assert (ack.group, ack.message) == (1, 1)
    assert following == [numbers(3, 2, 3)]


def test_what_is_coming_is_what_is_allotted_then(db: Database):
    with db.begin() as tx:
        first = counters.coming(tx, "acme", "s", [1])
        counters.allot(tx, "acme", "s", [1])
        tx.execute(sa.update(control_counter).values(interchange=LAST))
        coming = counters.coming(tx, "acme", "s", [0, 2, 1])
        allotted = counters.allot(tx, "acme", "s", [0, 2, 1])

    assert first == [numbers(1, 1, 1)]
    assert coming == allotted
