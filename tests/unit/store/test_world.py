from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import sqlalchemy as sa

from gateway.catalog.keys import Asked, ItemKey, asked
from gateway.catalog.model import Contract, Item, UnitFactor
from gateway.order import model as order_model
from gateway.pipeline.world import InterchangeKey, OrderKey, Wants
from gateway.store import catalog
from gateway.store.database import Database
from gateway.store.world import look_up
from tests.unit.store.rounds import NOW, process
from tests.unit.store.test_catalog import Saved

INTERCHANGE = InterchangeKey(
    partner_id="acme",
    sender="ZZ:acme",
    receiver="ZZ:SUPPLIER",
    control_number="000000001",
    usage="P",
)
ORDER = OrderKey(partner_id="acme", buyer_party="acme", kind="order", po_number="4711")


def test_what_was_never_seen_is_not_in_the_world(db: Database):
    wants = Wants(interchanges=frozenset([INTERCHANGE]), orders=frozenset([ORDER]))

    with db.read() as tx:
        world = look_up(tx, wants, NOW)

    assert (world.now, world.interchanges, world.orders) == (NOW, {}, {})


def test_an_interchange_is_known_with_its_receipt(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")

    with db.read() as tx:
        world = look_up(tx, Wants(interchanges=frozenset([INTERCHANGE])), NOW)

    assert world.interchanges[INTERCHANGE].receipt_id == receipt_id


def test_an_order_is_known_with_its_id(db: Database):
    (receipt_id,) = process(db, "acme 000000001 4711")

    with db.read() as tx:
        world = look_up(tx, Wants(orders=frozenset([ORDER])), NOW)

    assert world.orders[ORDER].order_id == f"ord_{receipt_id[4:]}"


def line(supplier_sku: str = "", buyer_part: str = "") -> Asked:
    return asked(order_model.Item(supplier_sku=supplier_sku, buyer_part=buyer_part))


def item(sku: str, contract_id: str = "C1", buyer_part: str = "") -> Item:
    return Item(
        contract_id=contract_id,
        sku=sku,
        base_unit="EA",
        units=(UnitFactor("EA", Fraction(1), "EA"),),
        buyer_parts=(buyer_part,) if buyer_part else (),
    )


def contract(id_: str) -> Contract:
    return Contract(
        id=id_,
        number=id_,
        currency="USD",
        valid_from=date(2026, 1, 1),
        max_value=Decimal("10.50"),
    )


def test_items_come_under_the_keys_that_were_asked_for(db: Database):
    a, b = item("A1", buyer_part="B1"), item("A2")
    catalog.save(db, "acme", Saved((contract("C1"),), (a, b)), NOW)
    lines = frozenset([line(supplier_sku="A1"), line(buyer_part="B1")])

    with db.read() as tx:
        prices = look_up(tx, Wants(items={"acme": lines}), NOW).prices["acme"]

    keys = (ItemKey("sku", "A1"), ItemKey("buyer_part", "B1"))
    assert prices.items == dict.fromkeys(keys, (a,))
    assert [one.number for one in prices.contracts] == ["C1"]


def test_an_item_of_two_contracts_comes_twice(db: Database):
    a, b = item("A1", "C1"), item("A1", "C2")
    catalog.save(db, "acme", Saved((contract("C1"), contract("C2")), (a, b)), NOW)
    wants = Wants(items={"acme": frozenset([line(supplier_sku="A1")])})

    with db.read() as tx:
        world = look_up(tx, wants, NOW)

    assert world.prices["acme"].items[ItemKey("sku", "A1")] == (a, b)


def test_a_partner_never_sees_the_prices_of_another(db: Database):
    catalog.save(db, "acme", Saved((contract("C1"),), (item("A1"),)), NOW)
    wants = Wants(items={"other": frozenset([line(supplier_sku="A1")])})

    with db.read() as tx:
        world = look_up(tx, wants, NOW)

    assert (world.prices["other"].contracts, world.prices["other"].items) == ((), {})


def test_more_keys_than_one_statement_holds_are_all_found(db: Database):
    items = tuple(item(f"A{n}") for n in range(1200))
    catalog.save(db, "acme", Saved((contract("C1"),), items), NOW)
    lines = frozenset(line(supplier_sku=one.sku) for one in items)

    with db.read() as tx:
        world = look_up(tx, Wants(items={"acme": lines}), NOW)

    assert len(world.prices["acme"].items) == 1200


def keys_looked_for(db: Database, *lines: Asked) -> int:
    """How many keys of the index the store asked for."""
    asked_for: list[tuple[object, ...]] = []
    with db.read() as tx:

        def note(
            _c: object, _k: object, text: str, values: tuple[object, ...], *_: object
        ):
            if "item_key.key" in text:
                asked_for.append(values)

        sa.event.listen(tx.engine, "before_cursor_execute", note)
        try:
            look_up(tx, Wants(items={"acme": frozenset(lines)}), NOW)
        finally:
            sa.event.remove(tx.engine, "before_cursor_execute", note)
    return sum(len(values) for values in asked_for) // 2


def test_numbers_that_could_only_agree_are_not_looked_for(db: Database):
    catalog.save(
        db, "acme", Saved((contract("C1"),), (item("A1", buyer_part="B1"),)), NOW
    )
    assert keys_looked_for(db, line(buyer_part="B1", supplier_sku="A1")) == 1
    assert keys_looked_for(db, line(buyer_part="B1", supplier_sku="A2")) == 2
