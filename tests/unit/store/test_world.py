from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.keys import ItemKey
from gateway.catalog.model import Contract, Item, UnitFactor
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
    keys = frozenset([ItemKey("sku", "A1"), ItemKey("buyer_part", "B1")])

    with db.read() as tx:
        prices = look_up(tx, Wants(items={"acme": keys}), NOW).prices["acme"]

    assert prices.items == dict.fromkeys(keys, (a,))
    assert [one.number for one in prices.contracts] == ["C1"]


def test_an_item_of_two_contracts_comes_twice(db: Database):
    a, b = item("A1", "C1"), item("A1", "C2")
    catalog.save(db, "acme", Saved((contract("C1"), contract("C2")), (a, b)), NOW)
    key = ItemKey("sku", "A1")

    with db.read() as tx:
        world = look_up(tx, Wants(items={"acme": frozenset([key])}), NOW)

    assert world.prices["acme"].items[key] == (a, b)


def test_a_partner_never_sees_the_prices_of_another(db: Database):
    catalog.save(db, "acme", Saved((contract("C1"),), (item("A1"),)), NOW)
    key = ItemKey("sku", "A1")

    with db.read() as tx:
        world = look_up(tx, Wants(items={"other": frozenset([key])}), NOW)

    assert (world.prices["other"].contracts, world.prices["other"].items) == ((), {})


def test_more_keys_than_one_statement_holds_are_all_found(db: Database):
    items = tuple(item(f"A{n}") for n in range(1200))
    catalog.save(db, "acme", Saved((contract("C1"),), items), NOW)
    keys = frozenset(ItemKey("sku", one.sku) for one in items)

    with db.read() as tx:
        world = look_up(tx, Wants(items={"acme": keys}), NOW)

    assert len(world.prices["acme"].items) == 1200
