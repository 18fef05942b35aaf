"""Move everything from one database to another, and prove that it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from gateway.pipeline.ports import Blob
from gateway.store import leases, postgresql
from gateway.store.database import Database
from gateway.store.evidence import sum_of
from gateway.store.payloads import DamagedPayload
from gateway.store.tables import event, metadata, receipt

AT_ONCE = 2_000
"""Rows that are read and written together."""
_DIGESTS = 1 << 256
_NUL, _PICTURE = "\0", "\N{SYMBOL FOR NULL}"

Told = Callable[[str], object]


class NotMoved(Exception):
    """Nothing was moved: the target is as it was before."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a table holds: the same rows in any order have the same ``digest``.

    It is the sum of the rows' SHA-256, modulo 2 to the 256.
    """

    table: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: tables that were found equal, and payloads that were read."""

    proofs: tuple[Proof, ...]
    payloads: int
    payload_bytes: int
    damaged: tuple[str, ...]
    """Sums of payloads that were damaged in the source already."""


def move(source: Database, target: Database, told: Told = lambda table: None) -> Moved:
    """Copy all tables into an empty database, and commit only what is proven equal.

    The source is read as it stands at one moment. All is one transaction of the target:
    what is interrupted leaves it empty, and can be begun again. ``told`` is called with
    each table. Raises ``NotMoved``.
    """
    _nobody_works(source)
    _has_the_keys(source)
    with _still(source) as before, target.begin() as tx, ExitStack() as at_the_end:
        for each in (before, tx):
            if each.dialect.name == "postgresql":
                at_the_end.enter_context(postgresql.patient(each))
        _is_empty(tx)
        proofs: list[Proof] = []
        for table in metadata.sorted_tables:
            told(table.name)
            read, kept = _Sum(table.name), _Sum(table.name)
            for part in _parts(before, table):
                _insert(tx, table, read.seen(part))
            for part in _parts(tx, table):
                kept.seen(part)
            if read.proof != kept.proof:
                raise NotMoved(f"{table.name}: {read.proof} became {kept.proof}")
            proofs.append(read.proof)
        told("payloads")
        count, size, damaged = _payloads(tx, target)
        only_here = damaged - _damage(before, source, damaged)
        if only_here:
            raise NotMoved(f"the payload {min(only_here)} is not what it was")
        if not source.is_sqlite:
            _nobody_works(source)
            _nothing_came(source, before)
    return Moved(tuple(proofs), count, size, tuple(sorted(damaged)))


def _still(source: Database) -> AbstractContextManager[sa.Connection]:
    """One state of the source. Where that is possible nobody writes meanwhile."""
    return source.begin() if source.is_sqlite else source.read()


def _nobody_works(source: Database) -> None:
    with source.read() as tx:
        alive = leases.alive(tx)
    if alive:
        what = f"{len(alive)} processes work on it, as {alive[0]}: stop them first"
        raise NotMoved(what)


def _has_the_keys(source: Database) -> None:
    """Payloads can be opened: else each of them would look damaged. Or ``Locked``."""
    keys = source.payloads.keys
    with source.read() as tx:
        keys.judge(tx, datetime.now(UTC))
    keys.check()


def _nothing_came(source: Database, before: sa.Connection) -> None:
    """Nobody wrote since the copy was begun."""
    with source.read() as now:
        for table in (receipt, event):
            count = sa.select(sa.func.count()).select_from(table)
            if now.scalar(count) != before.scalar(count):
                raise NotMoved(f"somebody wrote a {table.name} meanwhile: begin again")


def _is_empty(tx: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        if tx.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise NotMoved(f"the target is not empty: it has rows in {table.name}")


# Rows, as the database has them: nothing is unpacked, opened or interpreted.


class _Sum:
    """Counts and digests rows as they pass."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._rows = self._sum = 0

    def seen(self, rows: Sequence[tuple[object, ...]]) -> Sequence[tuple[object, ...]]:
        """The same rows, counted."""
        self._rows += len(rows)
        for row in rows:
            digest = hashlib.sha256(b"".join(map(_bytes, row))).digest()
            self._sum += int.from_bytes(digest, "big")
        return rows

    @property
    def proof(self) -> Proof:
        """What was seen so far."""
        return Proof(self._table, self._rows, f"{self._sum % _DIGESTS:064x}")


def _bytes(value: object) -> bytes:
    """A value, so that no two rows have the same bytes."""
    match value:
        case None:
            return b"n"
        case int():  # a boolean too: SQLite has none
            return b"i%d;" % value
        case float():
            return b"f" + value.hex().encode() + b";"
        case str():
            data = value.replace(_NUL, _PICTURE).encode()  # PostgreSQL has no NUL
            return b"s%d;" % len(data) + data
        case bytes():
            return b"y%d;" % len(value) + value
    raise TypeError(f"no column has a {type(value).__name__}")


def _parts(
    tx: sa.Connection, table: sa.Table
) -> Iterator[Sequence[tuple[object, ...]]]:
    """All rows, some at a time."""
    names = ", ".join(_names(tx, table))
    text = sa.text(f"SELECT {names} FROM {table.name}")  # noqa: S608  our own names
    found = tx.execute(text.execution_options(yield_per=AT_ONCE))
    for part in found.partitions():
        yield [tuple(row) for row in part]


def _insert(
    tx: sa.Connection, table: sa.Table, rows: Sequence[tuple[object, ...]]
) -> None:
    if not rows:
        return
    truths = [
        at for at, one in enumerate(table.columns) if isinstance(one.type, sa.Boolean)
    ]
    if tx.dialect.name == "postgresql":
        columns = [column.name for column in table.columns]
        postgresql.copy(tx, table, columns, (_with_truths(row, truths) for row in rows))
        return
    names = _names(tx, table)
    marks = ", ".join("?" * len(names))
    text = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  our own names
    tx.exec_driver_sql(text, list(rows))


def _with_truths(row: tuple[object, ...], truths: Iterable[int]) -> tuple[object, ...]:
    values = list(row)
    for at in truths:
        values[at] = bool(values[at])
    return tuple(values)


def _names(tx: sa.Connection, table: sa.Table) -> list[str]:
    quoted = tx.dialect.identifier_preparer.quote
    return [quoted(column.name) for column in table.columns]


# Payloads.


def _payloads(tx: sa.Connection, target: Database) -> tuple[int, int, set[str]]:
    """Read every payload: how many, how many bytes, and which are not their sum's."""
    count = size = 0
    damaged: set[str] = set()
    for sha256, blob in target.payloads.every(tx):
        count += 1
        size += blob.size
        if not _is_whole(sha256, blob):
            damaged.add(sha256)
    return count, size, damaged


def _damage(tx: sa.Connection, db: Database, sums: Iterable[str]) -> set[str]:
    """Those of these payloads that cannot be read as they came."""
    found = db.payloads.every(tx, sums)
    return {sha256 for sha256, blob in found if not _is_whole(sha256, blob)}


def _is_whole(sha256: str, blob: Blob) -> bool:
    try:
        return sum_of(blob) == sha256
    except (DamagedPayload, FileNotFoundError):
        return False
