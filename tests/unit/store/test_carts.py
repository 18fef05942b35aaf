"""What carts promised, on each database: kept, found by session and item, dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.pipeline.world import CartsAsked
from gateway.store import carts
from gateway.store.database import Database
from tests.unit.catalog.test_pin import NOW, OTHER, SESSION, cart_line

LINE = cart_line()
SECOND = replace(LINE, line=2, sku="GL-220")
OLD = replace(LINE, session_id=OTHER, returned_at=NOW - timedelta(days=40))


def promised(db: Database, asked: CartsAsked, *skus: str) -> set[tuple[str, int]]:
    with db.read() as tx:
        found = carts.promised(tx, {"acme": asked}, {"acme": skus}, NOW)
    return {(one.session_id, one.line) for one in found["acme"]}


def test_lines_are_found_by_their_session_and_by_their_item(db: Database):
    with db.begin() as tx:
        carts.keep(tx, "acme", [LINE, SECOND])
        carts.keep(tx, "acme", [OLD])
        carts.keep(tx, "other", [LINE])

    named = CartsAsked(sessions=frozenset({SESSION}))
    assert promised(db, named) == {(SESSION, 1), (SESSION, 2)}
    assert promised(db, CartsAsked(days=30), "SH-100") == {(SESSION, 1)}
    assert promised(db, CartsAsked(days=60), "SH-100") == {(SESSION, 1), (OTHER, 1)}
    assert promised(db, CartsAsked()) == set()


def test_a_line_comes_back_as_it_was_kept(db: Database):
    with db.begin() as tx:
        carts.keep(tx, "acme", [LINE])
        assert carts.of_session(tx, "acme", [SESSION]) == (LINE,)


def test_a_later_cart_with_the_same_marks_takes_the_place_of_the_first(db: Database):
    later = replace(LINE, amount=LINE.amount + 1, returned_in=OTHER)
    with db.begin() as tx:
        carts.keep(tx, "acme", [LINE])
        carts.keep(tx, "acme", [later])
        assert carts.of_session(tx, "acme", [SESSION, OTHER]) == (later,)


def test_what_went_back_long_ago_is_dropped_part_by_part(db: Database):
    with db.begin() as tx:
        carts.keep(tx, "acme", [LINE, OLD])
        next_ = carts.drop(tx, NOW, None, 1)
        assert carts.of_session(tx, "acme", [SESSION, OTHER]) == (LINE,)
        assert carts.drop(tx, NOW, next_, 2) is None
        assert carts.of_session(tx, "acme", [SESSION, OTHER]) == ()
