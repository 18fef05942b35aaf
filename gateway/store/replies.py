"""What the API answered under idempotency keys, so that repeats get the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.store.sql import insert_new
from gateway.store.tables import api_reply

KEPT = timedelta(days=1)
"""So long an answer is repeated."""
_UNDER_WAY = timedelta(seconds=60)
"""So long a request may be under way; then its process is gone."""
_reply = api_reply.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its status, its headers as JSON and its body; status 0: none yet."""

    asked: str
    status: int
    headers: str
    body: str


def begin(
    tx: sa.Connection, caller: str, key: str, asked: str, now: datetime
) -> Reply | None:
    """Take a key for a request; what stands under it if it is taken.

    ``asked`` is the sum of what is asked for.
    """
    ours = sa.and_(_reply.caller == caller, _reply.key == key)
    gone = sa.or_(
        _reply.at < now - KEPT,
        sa.and_(_reply.status == 0, _reply.at < now - _UNDER_WAY),
    )
    tx.execute(sa.delete(api_reply).where(ours, gone))
    row = {
        "caller": caller,
        "key": key,
        "asked": asked,
        "status": 0,
        "headers": "",
        "body": "",
        "at": now,
    }
    if insert_new(tx, api_reply, [row]) == 1:
        return None
    found = tx.execute(sa.select(api_reply).where(ours)).one()
    return Reply(
        asked=found.asked, status=found.status, headers=found.headers, body=found.body
    )


def note(
    tx: sa.Connection, caller: str, key: str, status: int, headers: str, body: str
) -> None:
    """Keep an answer."""
    ours = sa.and_(_reply.caller == caller, _reply.key == key)
    values = {"status": status, "headers": headers, "body": body}
    tx.execute(sa.update(api_reply).where(ours).values(values))


def give_back(tx: sa.Connection, caller: str, key: str) -> None:
    """Nothing came of the request: the key is free again."""
    tx.execute(
        sa.delete(api_reply).where(
            _reply.caller == caller, _reply.key == key, _reply.status == 0
        )
    )


def forget(tx: sa.Connection, now: datetime) -> int:
    """Drop what is repeated no longer; how many."""
    return tx.execute(sa.delete(api_reply).where(_reply.at < now - KEPT)).rowcount
