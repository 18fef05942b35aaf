"""Webhooks: where events are posted to, and what they are signed with."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.published import TYPES
from gateway.store import ids, tables
from gateway.store.journal import event_row
from gateway.store.rows import Page
from gateway.store.sql import insert_all

_hook = tables.webhook.c
_event = tables.webhook_event.c
ROTATING = timedelta(days=1)
"""So long the secrets before the newest one sign too."""
_MOST_BEFORE = 4
"""Of so many earlier secrets, that a change pressed twice shuts no receiver out."""
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook. ``events`` are the types it is told of; none: all of them.

    ``partner_id`` empty: events of all partners. ``version`` counts its changes.
    """

    id: str
    partner_id: str
    name: str
    url: str
    events: tuple[str, ...]
    state: str
    why: str
    version: int
    failures: int
    next_at: datetime
    created_at: datetime
    changed_at: datetime
    secrets: tuple[tuple[str, datetime | None], ...] = ()
    """Each with the moment until which it signs; none: until there is a newer one."""

    def signing(self, now: datetime) -> tuple[str, ...]:
        """The secrets that sign now, the newest first."""
        return tuple(one for one, until in self.secrets if until is None or until > now)

    def wants(self, type_: str, partner_id: str) -> bool:
        """Whether it is told of an event of this type and partner."""
        ours = self.partner_id in ("", partner_id)
        return ours and (not self.events or type_ in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event on its way to a webhook, or that was: ``state`` queued, delivered, dead.

    ``body`` is the CloudEvent as it is posted.
    """

    id: str
    webhook_id: str
    partner_id: str
    seq: int
    key: str
    type: str
    state: str
    attempts: int
    at: datetime
    queued_at: datetime
    next_at: datetime
    settled_at: datetime | None
    said: str
    body: str


class Changed(Exception):
    """The webhook is not the one that was read any more."""


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def make(  # noqa: PLR0913  what it is, and who made it when
    tx: sa.Connection,
    *,
    name: str,
    url: str,
    events: Sequence[str],
    partner_id: str,
    now: datetime,
    by: str,
) -> tuple[Webhook, str]:
    """A new webhook and its secret, that is shown this once.

    It is told of what happens from now on.
    """
    secret = new_secret()
    row = {
        "partner_id": partner_id,
        "id": ids.new("whk"),
        "name": name,
        "url": url,
        "events": _words(events),
        "secrets": _written(((secret, None),)),
        "state": "active",
        "cursor": _end_of_journal(tx),
        "version": 1,
        "next_at": now,
        "lease_until": now,
        "created_at": now,
        "changed_at": now,
    }
    insert_all(tx, tables.webhook, [row])
    _note(tx, partner_id, "webhook.made", str(row["id"]), now, by=by, url=url)
    made = get(tx, str(row["id"]))
    assert made is not None
    return made, secret


def change(  # noqa: PLR0913  what it is to be, and who wants it when
    tx: sa.Connection,
    one: Webhook,
    *,
    name: str,
    url: str,
    events: Sequence[str],
    state: str,
    now: datetime,
    by: str,
) -> Webhook:
    """Another name, address or state. Raises ``Changed``."""
    values = {
        "name": name,
        "url": url,
        "events": _words(events),
        "state": state,
        "why": "",
        "failures": 0,
        "next_at": now,
    }
    return _changed(tx, one, values, "webhook.changed", now, by=by, url=url)


def rotate(
    tx: sa.Connection, one: Webhook, now: datetime, *, by: str
) -> tuple[Webhook, str]:
    """A new secret; those before sign too for ``ROTATING``. Raises ``Changed``."""
    secret = new_secret()
    before = tuple(
        (each, until or now + ROTATING)
        for each, until in one.secrets
        if until is None or until > now
    )
    signing = ((secret, None), *before[:_MOST_BEFORE])
    kept: dict[str, object] = {"secrets": _written(signing)}
    return _changed(tx, one, kept, "webhook.rotated", now, by=by), secret


def remove(tx: sa.Connection, one: Webhook, now: datetime, *, by: str) -> None:
    """Forget a webhook and what was to be posted to it. Raises ``Changed``."""
    done = tx.execute(
        sa.delete(tables.webhook).where(_hook.id == one.id, _of_version(one))
    )
    if done.rowcount != 1:
        raise Changed
    tx.execute(sa.delete(tables.webhook_event).where(_event.webhook_id == one.id))
    _note(tx, one.partner_id, "webhook.removed", one.id, now, by=by)


def get(tx: sa.Connection, id_: str, partner: str | None = None) -> Webhook | None:
    """A webhook, if it is there and ``partner`` may see it; none: all of them."""
    query = sa.select(tables.webhook).where(_hook.id == id_)
    if partner is not None:
        query = query.where(_hook.partner_id == partner)
    row = tx.execute(query).first()
    return None if row is None else webhook_of(row)


def every(tx: sa.Connection, partner: str | None = None) -> tuple[Webhook, ...]:
    """All webhooks, or those of a partner, oldest first; there are few."""
    query = sa.select(tables.webhook).order_by(_hook.id)
    if partner is not None:
        query = query.where(_hook.partner_id == partner)
    return tuple(webhook_of(row) for row in tx.execute(query))


def events(
    tx: sa.Connection,
    webhook_id: str,
    *,
    state: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Event]:
    """What is posted to a webhook, was, or was given up, newest first."""
    query = sa.select(tables.webhook_event).where(_event.webhook_id == webhook_id)
    if state is not None:
        query = query.where(_event.state == state)
    if cursor is not None and cursor.isascii() and cursor.isdecimal():
        query = query.where(_event.seq < int(cursor[:18]))
    rows = tx.execute(query.order_by(_event.seq.desc()).limit(limit + 1)).all()
    items = tuple(event_of(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items=items, cursor=str(items[-1].seq) if more else None)


def replay(
    tx: sa.Connection,
    one: Webhook,
    *,
    event_id: str | None,
    since: datetime | None,
    now: datetime,
    by: str,
) -> int:
    """Post again an event, or those since then; both none: all that were given up.

    Says how many. They keep their ids and their order.
    """
    wanted = _event.webhook_id == one.id
    if event_id is not None:
        wanted &= _event.id == event_id
    elif since is not None:
        wanted &= _event.at >= since
    else:
        wanted &= _event.state == "dead"
    done = tx.execute(
        sa.update(tables.webhook_event)
        .where(wanted, _event.state != "queued")
        .values(
            state="queued",
            attempts=0,
            next_at=now,
            queued_at=now,
            settled_at=None,
            said="",
        )
    ).rowcount
    if done:
        tx.execute(
            sa.update(tables.webhook)
            .where(_hook.id == one.id)
            .values(next_at=now, failures=0)
        )
        told = {"by": by, "events": str(done)}
        _note(tx, one.partner_id, "webhook.replayed", one.id, now, **told)
    return done


def _changed(
    tx: sa.Connection,
    one: Webhook,
    values: dict[str, object],
    name: str,
    now: datetime,
    **told: str,
) -> Webhook:
    done = tx.execute(
        sa.update(tables.webhook)
        .where(_hook.id == one.id, _of_version(one))
        .values(values | {"version": one.version + 1, "changed_at": now})
    )
    if done.rowcount != 1:
        raise Changed
    _note(tx, one.partner_id, name, one.id, now, **told)
    after = get(tx, one.id)
    assert after is not None
    return after


def _of_version(one: Webhook) -> sa.ColumnElement[bool]:
    return _hook.version == one.version


def _note(
    tx: sa.Connection, partner_id: str, name: str, ref: str, now: datetime, **told: str
) -> None:
    insert_all(tx, tables.event, [event_row(partner_id, name, ref, now, **told)])


def _end_of_journal(tx: sa.Connection) -> int:
    last = tx.execute(sa.select(sa.func.max(tables.event.c.seq))).scalar()
    return int(last or 0)


def _words(types: Sequence[str]) -> str:
    return " ".join(one for one in TYPES if one in types)


def _written(kept: Sequence[tuple[str, datetime | None]]) -> str:
    return json.dumps([[one, until and until.isoformat()] for one, until in kept])


def webhook_of(row: sa.Row[Any]) -> Webhook:
    """A row as a webhook."""
    return Webhook(
        id=row.id,
        partner_id=row.partner_id,
        name=row.name,
        url=row.url,
        events=tuple(row.events.split()),
        state=row.state,
        why=row.why,
        version=row.version,
        failures=row.failures,
        next_at=row.next_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        secrets=tuple(
            (one, datetime.fromisoformat(until) if until else None)
            for one, until in json.loads(row.secrets)
        ),
    )


def event_of(row: sa.Row[Any]) -> Event:
    """A row as an event."""
    return Event(**{name: getattr(row, name) for name in Event.__dataclass_fields__})
