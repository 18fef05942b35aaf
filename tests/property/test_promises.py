"""Workers at once never promise more than there is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.order.read import ack_from_json
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import queries
from gateway.store.journal import Version
from gateway.store.tables import order_version, promised
from tests.databases import BOTH, POSTGRESQL
from tests.unit.engine.house import NOW, House
from tests.unit.pipeline.parts import group, interchange, message

ITEMS = {"BB-1001": ("84", "77-1001"), "BB-1002": ("24.95", "77-1002")}
THERE, COMES = 200, 100
ORDERS, PATIENCE_S = 60, 120.0


def interchanges(seed: int) -> Iterator[bytes]:
    """Orders of both items in both orders of lines, for four times what there is."""
    draw = random.Random(seed)  # noqa: S311  no secret
    for n in range(1, ORDERS + 1):
        skus = draw.sample(sorted(ITEMS), 2)
        lines = [
            f"PO1*{i}*{draw.randint(10, 40)}*EA*{ITEMS[sku][0]}*PE*VP*{sku}"
            f"*BP*{ITEMS[sku][1]}"
            for i, sku in enumerate(skus, 1)
        ]
        yield interchange(group(message(f"45{n:05d}", *lines), number=n), number=n)


@contextmanager
def node(settings: Settings) -> Iterator[Gateway]:
    made = Gateway(settings, clock=lambda: NOW)
    try:
        yield made
    finally:
        made.close()


def work(gateway: Gateway, until: float) -> None:
    """Answer until nothing is left."""
    while True:
        gateway.engine.process()
        with gateway.db.read() as tx:
            if not queries.unfinished(tx)[0]:
                return
        assert time.monotonic() < until


def stocked(settings: Settings) -> None:
    """The profile that promises by stock, and a count of both items."""
    house = House(settings, {"promise": "stock"}, {})
    rows = (
        {
            "sku": sku,
            "available": THERE,
            "as_of": "2026-11-20",
            "next_date": "2026-12-24",
            "next_quantity": COMES,
        }
        for sku in ITEMS
    )
    house.csv("stock.csv", *rows)
    house.close()


@pytest.mark.parametrize(
    ("kind", "workers"), [(POSTGRESQL, 8), *((kind, 1) for kind in BOTH)]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_sum_of_promises_is_never_above_the_stock(
    settings: Settings, workers: int, seed: int
):
    stocked(settings)
    small = settings.model_copy(update={"process_batch": 5, "database_connections": 4})
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(small)) for _ in range(workers)]
        for data in interchanges(seed):
            nodes[0].engine.accept(inbound(data))
        until = time.monotonic() + PATIENCE_S
        threads = [threading.Thread(target=work, args=(one, until)) for one in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with nodes[0].db.read() as tx:
            texts = tx.scalars(sa.select(order_version.c.text)).all()
            acks = [Version.of(text).ack for text in texts]
            kept = {row.sku: row.quantity for row in tx.execute(sa.select(promised))}
    now, later = told(acks)
    assert len(acks) == ORDERS
    assert now == dict.fromkeys(ITEMS, THERE)
    assert later == dict.fromkeys(ITEMS, COMES)
    assert {sku: Fraction(kept[sku]) for sku in ITEMS} == dict.fromkeys(
        ITEMS, THERE + COMES
    )


def told(acks: list[str] | Any) -> tuple[Counter[str], Counter[str]]:
    """How much of each item all answers promise at once, and for the day more comes."""
    now: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for text in acks:
        ack: Any = ack_from_json(text)
        for line in ack.lines:
            for one in line.statuses:
                if one.kind == "accept":
                    now[line.item.supplier_sku] += int(one.quantity)
                elif one.date is not None:
                    later[line.item.supplier_sku] += int(one.quantity)
    return now, later


def inbound(data: bytes) -> Inbound:
    return Inbound(
        blob=InMemory.of(data),
        channel="folder",
        peer="in/po.edi",
        partner_id="acme",
        transport_id="",
        received_at=NOW,
    )
