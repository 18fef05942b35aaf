"""What the bench takes for a long past: copies that are as real orders left them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bench import history
from bench.house import PARTNER, House
from gateway.bootstrap import Gateway
from gateway.cli import bench_store, generate
from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import verifying
from gateway.store.database import Database
from gateway.store.tables import metadata
from tests.unit.engine.house import NOW

ORDERS, TIMES = 3, 3
OF_THE_RUN = {
    *("checkpoint", "control_counter", "lane", "lane_end", "tally", "worker"),
}
"""Tables that do not grow with the orders."""


def send(gateway: Gateway, *numbers: int) -> None:
    engine = gateway.engine
    for number in numbers:
        raw = generate.plain_orders(1, 10, items=bench_store.FEW, number=number)
        inbound = Inbound(
            blob=InMemory.of(raw),
            channel="http",
            peer="bench",
            partner_id=PARTNER,
            transport_id=f"key:{number}",
            received_at=NOW,
        )
        engine.accept(inbound)
    while engine.process() + engine.deliver():
        engine.drain(30)


def rows(db: Database) -> dict[str, int]:
    each = {name: sa.func.count() for name in metadata.tables}
    with db.read() as tx:
        return {
            name: tx.scalar(sa.select(count).select_from(metadata.tables[name])) or 0
            for name, count in each.items()
        }


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    House(settings.home, settings.database_url).furnish()
    made = Gateway(settings)
    yield made
    made.close()


def test_copies_leave_in_every_table_what_as_many_orders_leave(gateway: Gateway):
    before = rows(gateway.db)
    send(gateway, *range(1, ORDERS + 1))
    once = rows(gateway.db)

    assert history.copy(gateway.settings, TIMES) == ORDERS * (TIMES + 1)

    many = rows(gateway.db)
    grown = {name for name in once if once[name] > before[name]} - OF_THE_RUN
    assert grown == {table.name for table in history.COPIED}
    for name in once.keys() - OF_THE_RUN:
        left = once[name] - before[name]
        assert many[name] - before[name] == left * (TIMES + 1), name
    anchor = gateway.engine.anchor
    head = anchor.head()
    assert head is not None
    with gateway.db.read() as tx:
        assert verifying.verify(tx, anchor.public_keys(), [head]).findings == []
        assert tx.scalar(sa.text(HANGING_TOGETHER)) == ORDERS * (TIMES + 1)


def test_later_orders_go_on_behind_the_copies(gateway: Gateway):
    send(gateway, *range(1, ORDERS + 1))
    history.copy(gateway.settings, TIMES)
    last = (TIMES + 1) * history.STEP

    send(gateway, last + 1, 1)  # the second is a repeat

    assert rows(gateway.db)["orders"] == ORDERS * (TIMES + 1) + 1
    with gateway.db.read() as tx:
        newest = "SELECT receipt_id FROM orders ORDER BY id DESC LIMIT 1"
        outbox = "SELECT interchange_number FROM outbox WHERE receipt_id = "
        numbers = tx.scalars(sa.text(f"{outbox}({newest})")).all()
    assert sorted(numbers) == [last + 2 * ORDERS + n for n in (1, 2)]


HANGING_TOGETHER = """SELECT count(DISTINCT orders.id) FROM orders
JOIN order_version ON order_version.order_id = orders.id
    AND order_version.message_id = orders.message_id
JOIN message ON message.id = orders.message_id
JOIN interchange ON interchange.id = message.interchange_id
JOIN receipt ON receipt.id = interchange.receipt_id
JOIN payload AS came ON came.sha256 = receipt.sha256
JOIN inbound_key ON inbound_key.receipt_id = receipt.id
    AND inbound_key.sha256 = receipt.sha256
JOIN outbox ON outbox.order_id = orders.id AND outbox.receipt_id = receipt.id
JOIN payload AS went ON went.sha256 = outbox.content_sha256
JOIN deadline ON deadline.ref = outbox.idem
JOIN event AS kept ON kept.ref = orders.id
JOIN event AS told ON told.ref = outbox.id"""
