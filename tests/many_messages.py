"""Rows of messages as years of work leave them, put into a database in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.store import ids, tables
from gateway.store.database import Database
from gateway.store.message_search import Wanted
from gateway.store.sql import insert_all

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=30)
"""Between two orders."""
RARE = "x12_860"
_ROUND = 5_000
_PARTNERS = ("acme", "beta", "gamma")  # nearly all, some, very few
_IN = (("accepted", 970), ("accepted_with_errors", 20), ("rejected", 10))
_OUT = (("delivered", 995), ("failed", 3), ("cancelled", 2))
_ACK = (
    *(("accepted", 900), ("waiting", 60), ("overdue", 15), ("rejected", 15)),
    *(("accepted_with_errors", 8), ("partly_accepted", 2)),
)

FILTERS = (
    Wanted(),
    Wanted(ours=False),
    Wanted(direction="in"),
    Wanted(direction="out"),
    Wanted(partner="beta"),
    Wanted(partner="gamma"),
    Wanted(partner="gamma", type="x12_855"),
    Wanted(partner="acme", type=RARE),
    Wanted(type="x12_850"),
    Wanted(type=RARE),
    Wanted(type="x12_999"),
    Wanted(validation="accepted"),
    Wanted(validation="rejected"),
    Wanted(validation="rejected", partner="gamma"),
    Wanted(validation="accepted_with_errors", type="x12_850"),
    Wanted(delivery="queued"),
    Wanted(delivery="queued", partner="gamma"),
    Wanted(delivery="delivered"),
    Wanted(delivery="failed"),
    Wanted(delivery="failed", partner="gamma"),
    Wanted(delivery="cancelled", type="x12_997"),
    Wanted(acknowledgement="waiting"),
    Wanted(acknowledgement="overdue"),
    Wanted(acknowledgement="overdue", partner="gamma", type="x12_855"),
    Wanted(acknowledgement="rejected", delivery="delivered"),
    Wanted(state="failed"),
    Wanted(since=BEGAN + 700 * STEP),
    Wanted(since=BEGAN, until=BEGAN + 70 * STEP),
    Wanted(since=BEGAN, until=BEGAN + 700 * STEP, partner="beta", type="x12_997"),
    Wanted(po="PO-000042"),
    Wanted(po="PO-000042", partner="acme", type="x12_855"),
    Wanted(control_number="42"),
    Wanted(control_number="000000042", direction="out"),
    Wanted(transport_id="nothing@example"),
    Wanted(transport_id="key-000042"),
    Wanted(code="SYN-206"),
    Wanted(code="SYN-206", partner="gamma"),
    Wanted(code="MAP-012", since=BEGAN + 700 * STEP),
)
"""What people filter by, alone and together."""


def fill(db: Database, orders: int) -> None:
    """So many orders, each with an interchange, a message, and two of our answers."""
    chance = random.Random(10)  # noqa: S311  the same each time
    with db.begin() as tx:
        for n, partner in enumerate(_PARTNERS):
            row = tables.blank(tables.profile_version)
            insert_all(
                tx,
                tables.profile_version,
                [row | {"partner_id": partner, "n": n + 1, "active_from": BEGAN}],
            )
    for first in range(0, orders, _ROUND):
        rows: dict[sa.Table, list[dict[str, object]]] = {}
        for n in range(first, min(first + _ROUND, orders)):
            for table, row in _order(n, orders, chance):
                rows.setdefault(table, []).append(tables.blank(table) | row)
        with db.begin() as tx:
            for table, those in rows.items():
                insert_all(tx, table, those)
    if not db.is_sqlite:  # as its own process does after a while
        with db.begin() as tx:
            tx.exec_driver_sql("ANALYZE")


def _order(
    n: int, orders: int, chance: random.Random
) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    at = BEGAN + n * STEP
    mark = ids.encoded(((int(at.timestamp() * 1000)) << 80) + n)
    partner = _PARTNERS[0 if n % 100 < 90 else 1 if n % 5_000 < 4_999 else 2]
    came, id_ = f"msg_{mark}{1:06d}", f"ord_{mark}"
    both: dict[str, Any] = {"partner_id": partner, "receipt_id": f"rcp_{mark}"}
    kind = RARE if n % 10_000 == 7 else "x12_850"
    verdict = _one(_IN, chance)
    number = n % 999_999_999 + 1
    inside = {"id": f"int_{mark}", "control_number": f"{number:09d}"}
    yield tables.interchange, both | inside
    told = {"id": came, "interchange_id": inside["id"], "type": kind, "ordinal": 1}
    more = {"control_number": "0001", "validation": verdict, "received_at": at}
    yield tables.message, both | told | more
    yield (
        tables.orders,
        both
        | {"id": id_, "po_number": f"PO-{n:06d}", "kind": "SA", "state": "confirmed"}
        | {"message_id": came, "created_at": at, "changed_at": at, "test": False},
    )
    if verdict != "accepted":
        found = {"id": f"fnd_{mark}", "message_id": came, "severity": "error"}
        code = "MAP-012" if n % 7 == 0 else "SYN-206"
        yield tables.finding, both | found | {"code": code, "what": "nine is too many"}
    yield (
        tables.inbound_key,
        {"partner_id": partner, "kind": "transport", "key": f"http|key:key-{n:06d}"}
        | {"receipt_id": f"rcp_{mark}", "seen_at": at},
    )
    answered = int(at.timestamp() * 1000) + 900 << 80
    for place, answer in enumerate(("x12_997", "x12_855")):
        waits = n > orders - 30
        yield (
            tables.outbox,
            both
            | {"id": f"msg_{ids.encoded(answered + n * 2 + place)}"}
            | {"idem": f"{answer}|{n}", "kind": answer, "lane": f"{partner}/http"}
            | {"channel": "http", "seq": n * 2 + place, "created_at": at}
            | {"interchange_number": number * 2 + place, "group_number": number}
            | {"message_number": number, "message_id": came}
            | {"order_id": "" if place == 0 else id_, "next_at": at}
            | {"delivery": "queued" if waits else _one(_OUT, chance)}
            | {"acknowledgement": _one(_ACK, chance) if place else "not_expected"},
        )


def _one(chances: tuple[tuple[str, int], ...], chance: random.Random) -> str:
    words, weights = zip(*chances, strict=True)
    return str(chance.choices(words, weights)[0])


Asked = list[tuple[str, Any]]
"""Statements and what they bind."""


@contextmanager
def heard(tx: sa.Connection) -> Iterator[Asked]:
    """What is asked of the database meanwhile."""
    asked: Asked = []

    def note(_: object, __: object, text: str, values: Any, *more: object) -> None:
        asked.append((text, values))

    sa.event.listen(tx, "before_cursor_execute", note)
    yield asked
    sa.event.remove(tx, "before_cursor_execute", note)


def plans(db: Database, tx: sa.Connection, asked: Asked) -> str:
    """How the database carries out each statement, in its own words."""
    word = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
    rows = [
        row for text, values in asked for row in tx.exec_driver_sql(word + text, values)
    ]
    return "\n".join(str(row[-1]) for row in rows)
