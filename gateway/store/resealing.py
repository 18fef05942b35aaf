"""Change the key: everything is sealed anew under the first one, part by part."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.ports import InMemory
from gateway.store import tables
from gateway.store.database import Database
from gateway.store.packed import Packed
from gateway.store.payloads import SEALED_FILE, Payloads
from gateway.store.sealed import sealed_under

_payload = tables.payload.c


def reseal(db: Database, at_once: int = 200) -> int:
    """Seal under the first key what is not yet; how many payloads and texts were.

    Keys that nothing is sealed under any more are forgotten. A part is a transaction:
    a run that is stopped goes on where it was when it is started again.
    """
    keys = db.payloads.keys
    keys.check()
    count = 0
    for sums in _payloads(db, at_once):
        with db.begin() as tx:
            count += _seal_payloads(tx, db.payloads, sums)
    for table in tables.metadata.sorted_tables:
        texts = [column for column in table.c if isinstance(column.type, Packed)]
        if texts:
            count += _texts(db, table, texts, at_once)
    with db.begin() as tx:
        others = tables.payload_key.c.id != keys.first
        tx.execute(sa.delete(tables.payload_key).where(others))
    return count


def _payloads(db: Database, at_once: int) -> Iterator[list[str]]:
    last = ""
    query = sa.select(_payload.sha256).order_by(_payload.sha256).limit(at_once)
    while True:
        with db.read() as tx:
            sums = list(tx.execute(query.where(_payload.sha256 > last)).scalars())
        if not sums:
            return
        yield sums
        last = sums[-1]


def _seal_payloads(tx: sa.Connection, kept: Payloads, sums: Sequence[str]) -> int:
    count = 0
    query = sa.select(tables.payload).where(_payload.sha256.in_(sums))
    for row in tx.execute(query.with_for_update()).all():
        body = None if row.body is None else bytes(row.body)
        if body is None or body == SEALED_FILE:
            fresh: object = _seal_file(kept, row, body)
        elif sealed_under(body) != kept.keys.first:
            blob = kept.blob(row.sha256, row.size, body)
            data = InMemory(b"".join(blob.chunks()), row.sha256)
            fresh = kept.prepare(data, row.kept_at)["body"]
        else:
            fresh = body
        if fresh is not None and (fresh != body or body == SEALED_FILE):
            count += 1
            mine = sa.update(tables.payload).where(_payload.sha256 == row.sha256)
            tx.execute(mine.values(body=fresh))
    return count


def _seal_file(kept: Payloads, row: Any, body: bytes | None) -> bytes | None:
    """Its file under the first key; none if it is already."""
    path = kept.path(row.sha256, is_sealed=body is not None)
    if body is not None and _is_under(path, kept.keys.first):
        return None
    kept.write_file(kept.blob(row.sha256, row.size, body))
    return SEALED_FILE  # the open one has no row now, and is swept away


def _is_under(path: os.PathLike[str], id_: str) -> bool:
    with open(path, "rb") as file:
        return sealed_under(file.read(64)) == id_


def _texts(
    db: Database, table: sa.Table, texts: Sequence[sa.Column[str]], at_once: int
) -> int:
    """The packed texts of one table."""
    count, first = 0, db.payloads.keys.first
    keys = list(table.primary_key)
    place = sa.tuple_(*keys)
    raw = [sa.type_coerce(column, sa.LargeBinary) for column in texts]
    last: tuple[Any, ...] | None = None
    while True:
        query = sa.select(*keys, *raw).order_by(*keys).limit(at_once)
        if last is not None:
            query = query.where(place > last)
        with db.read() as tx:
            rows = [tuple(row) for row in tx.execute(query)]
        if not rows:
            return count
        last = rows[-1][: len(keys)]
        old = [
            row[: len(keys)]
            for row in rows
            if {sealed_under(bytes(b)) for b in row[len(keys) :]} != {first}
        ]
        if old:
            with db.begin() as tx:
                found = tx.execute(sa.select(*keys, *texts).where(place.in_(old)))
                for row in found.mappings().all():
                    mine = [key == row[key.name] for key in keys]
                    fresh = {column.name: row[column.name] for column in texts}
                    tx.execute(sa.update(table).where(*mine).values(fresh))
            count += len(old)
