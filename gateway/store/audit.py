"""The chain of events as people read it: newest first, a bounded part at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.store import sealing
from gateway.store.rows import Page
from gateway.store.tables import checkpoint, event

__all__ = ["Chain", "Happened", "chain", "happened"]

_WINDOW = 20_000
"""Events that one page looks through at most, whatever it looks for."""
_own = event.c
_SEALED = sa.text("event.seq IS NOT NULL")  # as the partial index says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event. ``seq`` is its number in the chain; none: it waits to be sealed."""

    id: str
    seq: int | None
    at: datetime
    name: str
    ref: str
    partner_id: str
    detail: Mapping[str, str]

    @property
    def by(self) -> str:
        """Who did it, if it was a person."""
        return self.detail.get("by", "") or self.detail.get("login", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How far the chain is sealed."""

    events: int
    checkpoints: int
    sealed_at: datetime | None
    waiting: int


def chain(tx: sa.Connection) -> Chain:
    """What the last checkpoint says, and how many events wait behind it."""
    query = sa.select(checkpoint).order_by(checkpoint.c.n.desc()).limit(1)
    last = tx.execute(query).first()
    waiting, _ = sealing.unsealed(tx)
    return Chain(
        events=last.last if last else 0,
        checkpoints=last.n if last else 0,
        sealed_at=last.at if last else None,
        waiting=waiting,
    )


def happened(  # noqa: PLR0913  what one can look for
    tx: sa.Connection,
    *,
    partner: str | None = None,
    name: str = "",
    ref: str = "",
    by: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Happened]:
    """Events by their partner, name, subject and doer; ``name`` may be its beginning.

    A page may hold fewer than there are, or none, and still have a cursor: it looks
    through a bounded stretch of the chain.
    """
    wanted = [_own.partner_id == partner] if partner is not None else []
    if name:
        wanted.append(_own.name.startswith(name, autoescape=True))
    if ref:
        wanted.append(_own.ref == ref)
    if by:
        told = (f'"{key}":{json.dumps(by)}' for key in ("by", "login"))
        wanted.append(sa.or_(*(_says(tx, each) for each in told)))
    first = [] if cursor else _waiting(tx, wanted, limit)
    top = _number(cursor) or _last(tx) + 1
    bottom = max(1, top - _WINDOW)
    query = sa.select(event).where(_SEALED, _own.seq < top, *wanted)
    if not ref:  # by what it is about there are few
        query = query.where(_own.seq >= bottom)
    left = limit - len(first)
    rows = tx.execute(query.order_by(_own.seq.desc()).limit(left + 1)).all()
    if len(rows) > left:
        more = str(rows[left - 1].seq) if left else str(top)
        return Page((*first, *map(_read, rows[:left])), more)
    ends = ref or bottom <= 1
    return Page((*first, *map(_read, rows)), None if ends else str(bottom))


def _says(tx: sa.Connection, text: str) -> sa.ColumnElement[bool]:
    """Whether the detail holds this text; it is stored as bytes."""
    here = sa.type_coerce(_own.detail, sa.LargeBinary)
    what = sa.literal(text.encode(), sa.LargeBinary)
    if tx.dialect.name == "postgresql":
        return sa.func.pg_catalog.position(here, what) > 0
    return sa.func.instr(here, what) > 0


def _waiting(
    tx: sa.Connection, wanted: list[sa.ColumnElement[bool]], limit: int
) -> list[Happened]:
    query = sa.select(event).where(_own.seq.is_(None), *wanted)
    rows = tx.execute(query.order_by(_own.id.desc()).limit(limit))
    return [_read(row) for row in rows]


def _last(tx: sa.Connection) -> int:
    return int(
        tx.execute(sa.select(sa.func.max(_own.seq)).where(_SEALED)).scalar() or 0
    )


def _number(cursor: str | None) -> int:
    return int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 19 else 0


def _read(row: Any) -> Happened:
    return Happened(
        id=row.id,
        seq=row.seq,
        at=row.at,
        name=row.name,
        ref=row.ref,
        partner_id=row.partner_id,
        detail={k: str(v) for k, v in json.loads(row.detail or "{}").items()},
    )
