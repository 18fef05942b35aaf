"""The work queue above a long history: how long a page takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import order_list, tables, work_queue
from gateway.store.database import Database
from gateway.store.sql import insert_all, some

pytestmark = pytest.mark.soak

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDERS, HELD, OPEN = 100_000, 5_000, 2_000
MOST_S = 0.150
ROUNDS = 40
CAUSES = ("price", "item", "unit", "ship_to", "quantity")


def test_a_page_of_the_queue_is_there_in_time(db: Database, kind: str):
    fill(db)
    everything = {
        "queue": lambda tx: (
            work_queue.groups(tx),
            work_queue.rows(tx),
        ),
        "of one cause": lambda tx: (
            work_queue.groups(tx),
            work_queue.rows(tx, cause="price", cursor="ord_0000050000"),
        ),
        "of one partner, older": lambda tx: (
            work_queue.groups(tx, partner="p7"),
            work_queue.rows(tx, partner="p7", before=NOW - timedelta(hours=2)),
        ),
        "together": lambda tx: work_queue.of_cause(tx, "item", partner=None, limit=100),
        "orders": order_list.orders,
        "orders, held": lambda tx: order_list.orders(tx, state="held"),
        "orders, rare": lambda tx: order_list.orders(tx, state="rejected"),
        "orders of one partner": lambda tx: order_list.orders(tx, partner="p7"),
    }
    slow = {}
    for name, look in everything.items():
        taken = [timed(db, look) for _ in range(ROUNDS)]
        worst = quantiles(taken, n=20)[-1]
        figures = f"median {median(taken) * 1000:5.1f} ms, p95 {worst * 1000:5.1f} ms"
        sys.stdout.write(f"{kind}: {figures}  {name}\n")
        if worst > MOST_S:
            slow[name] = worst

    assert slow == {}


def timed(db: Database, look: Any) -> float:
    began = time.perf_counter()
    with db.read() as tx:
        look(tx)
    return time.perf_counter() - began


def fill(db: Database) -> None:
    """Orders, one in twenty held; alerts, one in fifty open; some changes."""
    for table, rows in (
        (tables.orders, orders()),
        (tables.waiting, waiting()),
        (tables.alert, alerts()),
        (tables.order_change, changes()),
    ):
        for part in some(rows, 5_000):
            with db.begin() as tx:
                insert_all(tx, table, part)
    with db.begin() as tx:
        tx.execute(sa.text("ANALYZE"))


def orders() -> Iterator[dict[str, Any]]:
    for n in range(ORDERS):
        yield tables.blank(tables.orders) | {
            "partner_id": f"p{n % 50}",
            "id": f"ord_{n:010}",
            "po_number": f"{n}",
            "kind": "order",
            "state": "held" if n % (ORDERS // HELD) == 0 else "confirmed",
            "test": False,
            "version": 1,
            "created_at": NOW,
            "changed_at": NOW,
        }


def waiting() -> Iterator[dict[str, Any]]:
    for n in range(0, ORDERS, ORDERS // HELD):
        for line in (1, 2):
            yield {
                "partner_id": f"p{n % 50}",
                "order_id": f"ord_{n:010}",
                "n": line,
                "cause": CAUSES[n // 20 % len(CAUSES)],
                "code": "CAT-301",
                "line_no": str(line),
                "what": "price 12.50 differs from contract 12.00",
                "key": f"K{n % 300}",
                "theirs": f"K-{n % 300}",
                "po_number": f"{n}",
                "stake": 1_250,
                "currency": ("USD", "EUR")[n // 20 % 2],
                "since": NOW - timedelta(minutes=n % 600),
            }


def alerts() -> Iterator[dict[str, Any]]:
    for n in range(ORDERS):
        yield {
            "partner_id": f"p{n % 50}",
            "id": f"alr_{n:010}",
            "kind": ("expiring", "text", "held")[n % 3],
            "code": "SLA-004",
            "what": "it ends",
            "ref": f"thing-{n}",
            "at": NOW - timedelta(minutes=n % 600),
            "state": "routed",
            "done_at": None if n % (ORDERS // OPEN) == 0 else NOW,
        }


def changes() -> Iterator[dict[str, Any]]:
    for n in range(ORDERS // 10):
        yield tables.blank(tables.order_change) | {
            "partner_id": f"p{n % 50}",
            "id": f"chg_{n:010}",
            "order_id": f"ord_{n:010}",
            "po_number": f"{n}",
            "state": "waiting" if n % 20 == 0 else "applied",
            "body": "{}",
            "ack": "",
            "test": False,
            "created_at": NOW,
            "changed_at": NOW,
        }
