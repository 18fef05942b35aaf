"""The shop's search: what is found, in which order, and only within the contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from gateway.catalog.model import Item
from gateway.catalog.words import parse, words, words_of
from gateway.store import catalog, catalog_words
from gateway.store import catalog_search as shop
from gateway.store.database import Database
from gateway.store.tables import item_word
from tests.unit.store.rounds import NOW
from tests.unit.store.test_catalog import CONTRACT, Saved, item, rows

DAY = date(2026, 6, 1)


def named(sku: str, description: str = "", **values: Any) -> Item:
    return replace(item(sku, description), **values)


ITEMS = (
    named("AB-100", "Hex bolt M8x40 zinc"),
    named("AB-101", "Hex bolts, écrou", gtins=("036000291452",)),
    named("CD-200", "Hex nut M8", buyer_parts=("ACME-7",), mfr="Bolt & Sons"),
    named("HEX", "Something else"),
)


def shelf(db: Database, *contracts: str, partner: str = "acme") -> shop.Shelf:
    with db.read() as tx:
        return shop.Shelf.of(tx, partner, DAY, contracts)


def found(db: Database, text: str, *contracts: str) -> list[str]:
    its = shelf(db, *contracts)
    with db.read() as tx:
        hits = shop.search(tx, its, parse(text))
        return [one.item.sku for one in shop.items(tx, its, hits.numbers)]


@pytest.fixture
def stocked(db: Database) -> Database:
    catalog.save(db, "acme", Saved((CONTRACT,), ITEMS), NOW)
    other = Saved(
        (replace(CONTRACT, partner_id="other"),), (named("AB-100", "Hex bolt"),)
    )
    catalog.save(db, "other", other, NOW)
    return db


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("hex bolt", ["AB-100", "AB-101", "CD-200"]),
        ("BOLTS", ["AB-101"]),
        ("ecrou", ["AB-101"]),
        ("m8", ["AB-100", "CD-200"]),
        ("hex zinc nut", []),
        ("hex", ["HEX", "AB-100", "AB-101", "CD-200"]),
        ("ab100", ["AB-100"]),
        ("AB-1", ["AB-100", "AB-101"]),
        ("acme 7", ["CD-200"]),
        ("bolt acme-7", ["CD-200"]),
        ("0 36000 29145 2", ["AB-101"]),
        ("", []),
        ("%", []),
    ],
)
def test_items_are_found_by_words_and_numbers(
    stocked: Database, text: str, skus: list[str]
):
    assert found(stocked, text) == skus


def test_another_partners_items_are_not_found(stocked: Database):
    its = shelf(stocked, partner="other")
    with stocked.read() as tx:
        assert len(shop.search(tx, its, parse("hex")).numbers) == 1
        assert (
            shop.search(tx, shelf(stocked, partner="third"), parse("hex")).numbers == ()
        )


def test_only_contracts_in_force_and_named_are_on_sale(db: Database):
    over = replace(CONTRACT, id="C2", number="OLD", valid_to=date(2026, 1, 31))
    extra = replace(CONTRACT, id="C3", number="EXTRA")
    items = (
        named("A1", "bolt"),
        named("A2", "bolt", contract_id="C2"),
        named("A3", "bolt", contract_id="C3"),
    )
    catalog.save(db, "acme", Saved((CONTRACT, over, extra), items), NOW)
    assert found(db, "bolt") == ["A1", "A3"]
    assert found(db, "bolt", "extra") == ["A3"]
    assert found(db, "bolt", "none such") == []


def test_an_item_of_two_contracts_is_shown_once_by_the_one_that_answers(db: Database):
    first = replace(CONTRACT, id="C2", number="FIRST", priority=5)
    items = (named("A1", "bolt"), named("A1", "bolt", contract_id="C2"))
    catalog.save(db, "acme", Saved((CONTRACT, first), items), NOW)
    its = shelf(db)
    with db.read() as tx:
        hits = shop.search(tx, its, parse("bolt"))
        assert [o.contract.number for o in shop.items(tx, its, hits.numbers)] == [
            "FIRST"
        ]
        assert shop.offered(tx, its, ["A1"])["A1"].contract.number == "FIRST"


def test_everything_is_listed_by_pages_across_contracts(db: Database):
    extra = replace(CONTRACT, id="C3", number="X")
    items = (*(named(f"A{n}") for n in range(3)), named("B0", contract_id="C3"))
    catalog.save(db, "acme", Saved((CONTRACT, extra), items), NOW)
    its = shelf(db)
    with db.read() as tx:
        numbers, count = shop.listed(tx, its, 2, 2)
        assert [one.item.sku for one in shop.items(tx, its, numbers)] == ["A2", "B0"]
        assert count == 4
        assert shop.listed(tx, its, 100, 2) == ((), 4)


def test_more_hits_than_are_counted_are_told(stocked: Database):
    its = shelf(stocked)
    with stocked.read() as tx:
        hits = shop.search(tx, its, parse("hex"), most=2)
    assert len(hits.numbers) == 2
    assert hits.is_cut


def test_words_of_old_price_lists_go(
    stocked: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalog_words, "_SWEPT", 2)
    catalog.save(stocked, "acme", Saved((CONTRACT,), (named("A1", "washer"),)), NOW)
    assert found(stocked, "hex bolt") == []
    assert found(stocked, "washer") == ["A1"]
    assert rows(stocked, item_word) == 1 + 2  # of the other partner


def test_a_list_without_words_is_searched_too(db: Database):
    catalog.save(db, "acme", Saved((CONTRACT,), (named("A1"),)), NOW)
    assert found(db, "a1 bolt") == []
    assert found(db, "a1") == ["A1"]


def test_hits_lie_across_stretches(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catalog, "CHUNK", 2)
    items = tuple(named(f"A{n}", "bolt" if n % 2 else "bolt zinc") for n in range(7))
    catalog.save(db, "acme", Saved((CONTRACT,), items), NOW)
    assert found(db, "zinc bolt") == ["A0", "A2", "A4", "A6"]


def plainly(items: Sequence[Item], text: str) -> set[str]:
    """What fits, by a look at every item."""
    asked = words(text)
    return {
        one.sku
        for one in items
        if all(
            any(own == word or (len(word) > 1 and own.startswith(word)) for own in its)
            for its in [words_of(one)]
            for word in asked
        )
    }


def test_a_search_finds_what_a_look_at_every_item_finds(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalog, "CHUNK", 7)
    chosen = Random(8)  # noqa: S311  the same every time
    known = ("hex", "hexa", "bolt", "bolts", "nut", "m8", "m8x40", "écrou", "a", "b")
    texts = [" ".join(chosen.choices(known, k=chosen.randrange(5))) for _ in range(60)]
    items = [named(f"#{n}", text) for n, text in enumerate(texts)]
    catalog.save(db, "acme", Saved((CONTRACT,), items), NOW)
    asked = [" ".join(chosen.choices(known, k=n % 4 + 1)) for n in range(60)]

    found_ = {text: set(found(db, text)) for text in asked}

    assert found_ == {text: plainly(items, text) for text in asked}
