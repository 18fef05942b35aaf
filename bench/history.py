"""A database that has seen many orders: those it has, copied inside the database.

A copy is as if the run had been made before, over and over: its ids, instants, numbers
and sums are others, so that every index has as many entries, in the order in which such
runs would have left them. What the copies tell of one another agrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from bench.house import PARTNER
from gateway.config import Settings
from gateway.store import sealing, tables
from gateway.store.anchor import Anchor
from gateway.store.database import Database
from gateway.store.ids import encoded
from gateway.store.tables import Digest, Instant

COPIED = (
    tables.payload,
    tables.inbound_key,
    tables.receipt,
    tables.interchange,
    tables.message,
    tables.orders,
    tables.order_version,
    tables.deadline,
    tables.outbox,
    tables.event,
)
"""What an order leaves. Copies of events come unsealed, and are sealed."""
STEP = 1_000_000
"""Between the numbers of one copy and the next: control numbers, places in a lane."""
_ORDERS = 10_000
"""How many order numbers there are for one control number."""
_NUMBERS = ("interchange_number", "group_number", "message_number", "seq")
_SEALERS = frozenset((tables.event.c.seq, tables.event.c.hash))
_OF_ORDERS = ("msg_", "ord_")
_SIGNS = 7
"""So much of an id's time is changed; it counts stretches of 33 s."""
_TICK_US = (1 << 15) * 1000
_DIGITS = {encoded(n)[-1]: n for n in range(32)}
_SUM_BYTES = 32
_Function = Callable[..., sa.ColumnElement[Any]]


def copy(settings: Settings, times: int) -> int:
    """Copy all orders so often; says how many there are then.

    The numbers that the next orders get lie behind those of all copies; the partner has
    to send from ``(times + 1) * STEP`` on.
    """
    db = Database.open(settings)
    with db.begin() as tx:
        _fill(tx, times)
    anchor = Anchor(settings.home / "evidence")
    while sealing.work(db, anchor, datetime.now(UTC)):
        pass
    with db.read() as tx:
        mine = tables.orders.c.partner_id == PARTNER
        count = tx.scalar(sa.select(sa.func.count()).where(mine))
    if not db.is_sqlite:
        _vacuum(settings.database_url)
    db.close()
    return int(count or 0)


def _vacuum(url: str) -> None:
    """What PostgreSQL does by itself in time. SQLite's statistics nobody makes."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _fill(tx: sa.Connection, times: int) -> None:
    other_sum = _teach(tx)
    ticks = _ticks(tx)
    kept = {table: _first(tx, table) for table in COPIED}
    for n in range(times, 0, -1):
        back = n * len(ticks)
        renamed = [(_sign(tick), _sign(tick - back)) for tick in ticks]
        change = _Change(n, back * _TICK_US, renamed, other_sum)
        for table, first in kept.items():
            names = [column.name for column in table.c if column not in _SEALERS]
            values = [change.of(first.c[name]) for name in names]
            tx.execute(sa.insert(table).from_select(names, sa.select(*values)))
    for first in kept.values():
        first.drop(tx)
    for counter in (tables.control_counter, tables.lane_end):
        counts = [c for c in counter.c if isinstance(c.type, sa.BigInteger)]
        further = {c: c + (times + 1) * STEP for c in counts}
        tx.execute(sa.update(counter).values(further))


def _first(tx: sa.Connection, table: sa.Table) -> sa.Table:
    """What the run left, in a table of its own, so that no copy is copied."""
    name = f"first_{table.name}"
    query = sa.select(table)
    if table is tables.event:
        query = query.where(sa.func.substr(table.c.ref, 1, 4).in_(_OF_ORDERS))
    made = query.compile(tx, compile_kwargs={"literal_binds": True})
    tx.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} AS {made}")
    columns = [sa.Column(column.name, column.type) for column in table.c]
    return sa.Table(name, sa.MetaData(), *columns)


def _ticks(tx: sa.Connection) -> range:
    """In which stretches of 33 s the run fell, by the ids that it made."""
    found: list[int] = []
    for table in (tables.receipt, tables.event):
        query = sa.select(sa.func.min(table.c.id), sa.func.max(table.c.id))
        found += [_tick(id_) for id_ in tx.execute(query).one()]
    return range(min(found), max(found) + 1)


def _tick(id_: str) -> int:
    """``rcp_01JD...``: 35 bits of its 48 of milliseconds."""
    number = 0
    for sign in id_[4 : 4 + _SIGNS]:
        number = number * 32 + _DIGITS[sign]
    return number


def _sign(tick: int) -> str:
    """How all ids of a stretch go on behind their prefix."""
    return "_" + encoded(tick << 5 * (26 - _SIGNS))[:_SIGNS]


class _Change:
    """What a value becomes in copy ``n``, as an expression for the database."""

    def __init__(
        self, n: int, back_us: int, renamed: Sequence[tuple[str, str]], sum_: _Function
    ) -> None:
        self._by = n * STEP
        self._back_us = back_us
        self._renamed = renamed
        self._sum = partial(sum_, str(n))

    def of(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """The expression for this column of a row."""
        kind, name = column.type, column.name
        bare = sa.type_coerce(column, sa.BigInteger)
        if isinstance(kind, Instant):
            return bare - self._back_us
        if isinstance(kind, Digest):
            return self._sum(sa.type_coerce(column, sa.LargeBinary))
        if isinstance(kind, sa.Text):
            return self._of_text(column)
        return bare + self._by if name in _NUMBERS else column

    def _of_text(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        name = column.name
        if name == "po_number":
            return sa.cast(_whole(column) + self._by * _ORDERS, sa.Text)
        if name == "control_number" and column.table.name == "first_interchange":
            return self._nine(column)
        if name == "transport_id":
            return self._counted(column, "key:")
        if name == "key":
            return self._key(column, column.table.c.kind)
        text: sa.ColumnElement[Any] = column
        for before, after in self._renamed:
            text = sa.func.replace(text, before, after, type_=sa.Text)
        return text

    def _key(self, key: sa.Column[Any], kind: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """``http|key:1``, or ``ZZ:US|ZZ:THEM|000000001|P``."""
        end = sa.func.length(key) - len("000000001|P")
        number = self._nine(sa.func.substr(key, end + 1, 9))
        envelope = sa.func.substr(key, 1, end) + number
        envelope += sa.func.substr(key, end + 10)
        of_door = self._counted(key, "http|key:")
        return sa.case((kind == "interchange", envelope), else_=of_door)

    def _counted(self, text: sa.Column[Any], begin: str) -> sa.ColumnElement[Any]:
        number = _whole(sa.func.substr(text, len(begin) + 1)) + self._by
        return sa.literal(begin) + sa.cast(number, sa.Text)

    def _nine(self, digits: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A control number with its zeros."""
        number = sa.cast(_whole(digits) + self._by + 10**9, sa.Text)
        return sa.func.substr(number, 2, type_=sa.Text)


def _whole(digits: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(digits, sa.BigInteger)


def _teach(tx: sa.Connection) -> _Function:
    """Another sum, by the sum and the copy; what is no sum stays."""
    if tx.dialect.name == "sqlite":
        raw = tx.connection.driver_connection
        assert raw is not None
        raw.create_function("other_sum", 2, _other_sum, deterministic=True)
        return sa.func.other_sum
    tx.exec_driver_sql(
        "CREATE FUNCTION pg_temp.other_sum(n text, of bytea) RETURNS bytea LANGUAGE sql"
        " AS 'SELECT CASE length(of) WHEN 32 THEN sha256(n::bytea || of) ELSE of END'"
    )
    return sa.func.pg_temp.other_sum


def _other_sum(n: str, of: bytes) -> bytes:
    return hashlib.sha256(n.encode() + of).digest() if len(of) == _SUM_BYTES else of
