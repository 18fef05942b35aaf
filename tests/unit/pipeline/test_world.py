"""Wants of a batch, and a world that learns what was just answered."""

from __future__ import annotations

from gateway.catalog import asked
from gateway.order.model import Item
from gateway.pipeline.world import (
    InterchangeKey,
    KnownOrder,
    OrderKey,
    Seen,
    Wants,
    World,
)
from tests.unit.pipeline.parts import NOW

INTERCHANGE = InterchangeKey(
    partner_id="acme",
    sender="ZZ:ACME",
    receiver="ZZ:BOLTBEAM",
    control_number="000000001",
    usage="P",
)
ORDER = OrderKey(partner_id="acme", buyer_party="HQ", kind="order", po_number="4711")
SKU, PART = asked(Item(supplier_sku="BB1001")), asked(Item(buyer_part="771001"))


def test_the_wants_of_a_batch_are_those_of_all():
    one = Wants(interchanges=frozenset({INTERCHANGE}), items={"acme": frozenset({SKU})})
    two = Wants(orders=frozenset({ORDER}), items={"acme": frozenset({PART})})
    both = one | two
    assert both.interchanges == {INTERCHANGE}
    assert both.orders == {ORDER}
    assert both.items == {"acme": {SKU, PART}}


def test_partners_items_are_not_mixed():
    one = Wants(items={"acme": frozenset({SKU})})
    two = Wants(items={"zenith": frozenset({SKU})})
    assert (one | two).items == {"acme": {SKU}, "zenith": {SKU}}


def test_an_interchange_key_as_text_names_both_sides_number_and_usage():
    assert str(INTERCHANGE) == "ZZ:ACME|ZZ:BOLTBEAM|000000001|P"


def test_the_world_after_an_answer_knows_what_it_knew_and_what_is_new():
    old = KnownOrder(order_id="ord_1", digest="a")
    before = World(now=NOW, orders={ORDER: old})
    seen = Seen(sha256="00", receipt_id="rcp_1")
    after = before.after({INTERCHANGE: seen}, {})
    assert after.interchanges == {INTERCHANGE: seen}
    assert after.orders == {ORDER: old}
    assert after.now == NOW
    assert before.interchanges == {}
