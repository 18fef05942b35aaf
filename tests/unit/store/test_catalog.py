from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import sqlalchemy as sa

from gateway.catalog.keys import asked
from gateway.catalog.model import (
    BreakOn,
    Contract,
    Item,
    ReferenceDate,
    UnitFactor,
)
from gateway.order import model as order_model
from gateway.pipeline.world import Wants
from gateway.store import catalog, tables
from gateway.store.database import Database
from gateway.store.world import look_up
from tests.unit.store.rounds import NOW

CONTRACT = Contract(
    id="C1",
    number="4500",
    currency="USD",
    valid_from=date(2026, 1, 1),
    partner_id="acme",
    valid_to=date(2029, 12, 31),
    reference_date=ReferenceDate.REQUESTED,
    break_on=BreakOn.ITEM,
    min_value=Decimal("10.00"),
    lead_time_days=3,
    price_decimals=4,
)


@dataclass(frozen=True)
class Saved:
    contracts: tuple[Contract, ...]
    items: Iterable[Item]


def item(sku: str, description: str = "") -> Item:
    return Item(
        contract_id="C1",
        sku=sku,
        base_unit="EA",
        units=(UnitFactor("EA", Fraction(1), "EA"),),
        description=description,
    )


def skus(db: Database, *wanted: str) -> set[str]:
    lines = frozenset(asked(order_model.Item(supplier_sku=sku)) for sku in wanted)
    with db.read() as tx:
        prices = look_up(tx, Wants(items={"acme": lines}), NOW).prices["acme"]
    return {one.sku for found in prices.items.values() for one in found}


def rows(db: Database, table: sa.Table) -> int:
    with db.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_a_contract_comes_back_as_it_was_saved(db: Database):
    catalog.save(db, "acme", Saved((CONTRACT,), ()), NOW)

    with db.read() as tx:
        assert catalog.contracts_of(tx, ["acme"]) == {("acme", 1): CONTRACT}


def test_the_items_of_a_contract_are_replaced(db: Database):
    catalog.save(db, "acme", Saved((CONTRACT,), (item("A1"), item("A2"))), NOW)

    count = catalog.save(db, "acme", Saved((CONTRACT,), (item("A2"),)), NOW)

    assert count == 1
    assert skus(db, "A1", "A2") == {"A2"}
    assert (rows(db, tables.item), rows(db, tables.item_key)) == (1, 1)


def test_a_large_old_list_is_swept_in_stretches(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalog, "SWEPT", 7)
    many = tuple(item(f"A{n}") for n in range(50))
    catalog.save(db, "acme", Saved((CONTRACT,), many), NOW)

    catalog.save(db, "acme", Saved((CONTRACT,), many[10:20]), NOW)

    assert (rows(db, tables.item), rows(db, tables.item_key)) == (10, 10)
    assert skus(db, *(one.sku for one in many)) == {one.sku for one in many[10:20]}


def test_other_contracts_keep_their_items(db: Database):
    catalog.save(db, "acme", Saved((CONTRACT,), (item("A1"),)), NOW)
    other = replace(CONTRACT, id="C2")

    catalog.save(
        db, "acme", Saved((other,), (replace(item("A2"), contract_id="C2"),)), NOW
    )

    assert skus(db, "A1", "A2") == {"A1", "A2"}


def test_until_the_last_item_is_in_the_old_list_holds(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalog, "CHUNK", 2)
    catalog.save(db, "acme", Saved((CONTRACT,), (item("A1"),)), NOW)
    seen: list[set[str]] = []

    def stream() -> Iterator[Item]:
        for n in range(5):
            seen.append(skus(db, "A1", "N0"))
            yield item(f"N{n}")

    catalog.save(db, "acme", Saved((CONTRACT,), stream()), NOW)

    assert seen == [{"A1"}] * 5
    assert skus(db, "A1", "N0", "N4") == {"N0", "N4"}


def test_what_an_interrupted_import_left_goes_with_the_next(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalog, "CHUNK", 2)

    def broken() -> Iterator[Item]:
        yield from (item("A1"), item("A2"), item("A3"))
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        catalog.save(db, "acme", Saved((CONTRACT,), broken()), NOW)
    assert skus(db, "A1") == set()

    catalog.save(db, "acme", Saved((CONTRACT,), (item("A9"),)), NOW)

    assert (rows(db, tables.item), rows(db, tables.price_list)) == (1, 1)


def test_of_two_imports_at_once_the_later_counts(db: Database):
    def overtaken() -> Iterator[Item]:
        yield item("A1")
        catalog.save(db, "acme", Saved((CONTRACT,), (item("A2"),)), NOW)

    with pytest.raises(catalog.Overtaken):
        catalog.save(db, "acme", Saved((CONTRACT,), overtaken()), NOW)

    assert skus(db, "A1", "A2") == {"A2"}
