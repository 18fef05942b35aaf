"""Who holds what, who is alive, and how the living take over from the dead.

Every process that works has a row in ``worker``. On PostgreSQL it also holds an
advisory lock in a session that does nothing else: the server frees it the moment the
process is gone, on whatever machine. On SQLite all processes are on one machine, which
knows.
"""

from __future__ import annotations

import hashlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.store import lanes, polls, webhook_feed
from gateway.store.database import Database, Unavailable
from gateway.store.sql import fetch, insert_new
from gateway.store.tables import (
    AS2_DUE,
    OUTBOX_DUE,
    RECEIPT_DUE,
    Instant,
    as2_message,
    outbox,
    receipt,
    worker,
)

_ASKED_EVERY_S = 1.0
_HURRIED_S = 0.002
_HURRY_S = 0.2
_here: set[str] = set()
"""Owners of this very process."""

_NOW = sa.bindparam("now", type_=Instant)
_ME = sa.bindparam("me", type_=sa.Text)
_LOCK_IS_FREE = sa.func.pg_try_advisory_xact_lock(worker.c.key).label("is_free")
"""Free for us until the transaction ends, so that only one of the living takes over."""

_DUE = sa.select(
    sa.exists().where(RECEIPT_DUE, receipt.c.next_at <= _NOW).label("receipts"),
    sa.text(lanes.ANY_DUE)
    .bindparams(_NOW)
    .columns(sa.column("ready", sa.Boolean))
    .scalar_subquery()
    .label("messages"),
)
_OTHERS = sa.select(worker.c.owner).where(worker.c.owner != _ME)
_OTHERS_HERE = _OTHERS.add_columns(sa.false().label("is_free"))
_OTHERS_FREE = _OTHERS.add_columns(_LOCK_IS_FREE).subquery()
_AT_ONCE = _DUE.add_columns(_OTHERS_FREE).select_from(
    sa.select(sa.literal(1)).subquery().outerjoin(_OTHERS_FREE, sa.true())
)
"""Both looks in one, for a session without transactions: one round trip."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the work showed: is any due, did somebody die, who is there."""

    receipts: bool
    messages: bool
    dead: tuple[str, ...]
    alone: bool = False
    """Whether no other process works on this database."""


def is_dead(owner: str) -> bool:
    """Whether this machine knows for sure that the owner does not run any more."""
    host, number = _place(owner)
    if owner in _here or host != socket.gethostname() or not number:
        return False
    if number == os.getpid():
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _place(owner: str) -> tuple[str, int]:
    """The machine of an owner and its process number; 0: unknown."""
    host, _, rest = owner.partition(":")
    number, _, _ = rest.partition(":")
    return host, int(number) if number.isdecimal() else 0


class Presence:
    """This process, as the others see it. ``owner`` stands in its leases.

    One that loses its session comes back under another name: what the old name held
    may have been taken over by then, and the epochs say whose word counts.
    """

    def __init__(
        self, db: Database, step: Callable[[str], None] = lambda name: None
    ) -> None:
        self._db = db
        self._step = step
        self._turn = threading.Lock()
        self._session: sa.Connection | None = None
        self._is_lost = False
        self._asked_at = 0.0
        self._others: tuple[str, ...] = ()
        self._watched: dict[str, int] = {}
        self._ended: set[str] = set()
        self._hurry_until = 0.0
        self.owner = ""

    def keep(self, now: datetime) -> str:
        """Be there for the others, from the first call on; gives the owner."""
        with self._turn:
            if not self.owner or not self._is_held():
                self._appear(now)
            return self.owner

    def look(self, now: datetime) -> Seen:
        """Look for due work and for dead owners. Cheap, and changes nothing."""
        receipts, messages, others = self._looked(now)
        self._others = tuple(owner for owner, _ in others)
        dead = tuple(
            owner
            for owner, is_free in others
            if is_free or (self._db.is_sqlite and self._has_ended(owner))
        )
        return Seen(bool(receipts), bool(messages), dead, alone=not others)

    def _looked(self, now: datetime) -> tuple[bool, bool, list[tuple[str, bool]]]:
        """Whether receipts and messages are due, and whose locks are free."""
        told = {"now": now, "me": self.owner}
        if self._db.is_sqlite:
            with self._db.read() as tx:
                [(receipts, messages)] = fetch(tx, _DUE, **told)
                others = [tuple(row) for row in fetch(tx, _OTHERS_HERE, **told)]
            return bool(receipts), bool(messages), others
        with self._turn:
            rows = self._asked(told)
        others = [(row.owner, row.is_free) for row in rows if row.owner]
        return rows[0].receipts, rows[0].messages, others

    def _asked(self, told: dict[str, object]) -> list[Any]:
        """The answer of the server, in one round trip where the session is held."""
        if self._session is None:
            with self._db.read() as tx:
                return fetch(tx, _AT_ONCE, **told)
        try:
            return fetch(self._session, _AT_ONCE, **told)
        except sa.exc.DBAPIError as lost:
            self._is_lost = True
            raise Unavailable("", {}, lost.orig or lost) from lost

    def rest(self, timeout_s: float) -> bool:
        """Rest so long, or until another process on this machine has ended: if so.

        For one thread. On PostgreSQL the server needs some milliseconds then to see
        it too; the rests are that short for a while.
        """
        if time.monotonic() < self._hurry_until:
            time.sleep(min(_HURRIED_S, timeout_s))
            return True
        self._watch()
        if not self._watched:
            time.sleep(timeout_s)
            return False
        bell = select.poll()
        for number in self._watched.values():
            bell.register(number, select.POLLIN)
        ended = {number for number, _ in bell.poll(timeout_s * 1000)}
        for owner, number in list(self._watched.items()):
            if number in ended:
                self._ended.add(owner)
                os.close(self._watched.pop(owner))
                self._hurry_until = time.monotonic() + _HURRY_S
        return bool(ended)

    def _watch(self) -> None:
        """Have a bell that rings at the end of each other process on this machine."""
        others = self._others
        for owner in self._watched.keys() - set(others):
            os.close(self._watched.pop(owner))
        self._ended &= set(others)
        if not hasattr(os, "pidfd_open"):  # Linux has it
            return
        for owner in others:
            host, number = _place(owner)
            if owner in self._watched or owner in self._ended or owner in _here:
                continue
            if host == socket.gethostname() and number not in (0, os.getpid()):
                with suppress(OSError):
                    self._watched[owner] = os.pidfd_open(number)

    def _has_ended(self, owner: str) -> bool:
        return owner in self._ended or is_dead(owner)

    def take_over(self, now: datetime) -> tuple[str, ...]:
        """Make due what the dead held; gives who they were."""
        suspects = self.look(now).dead
        if not suspects:
            return ()
        with self._db.begin() as tx:
            query = _OTHERS.where(worker.c.owner.in_(suspects))
            if not self._db.is_sqlite:
                query = query.where(_LOCK_IS_FREE)
            dead = tuple(tx.execute(query, {"me": self.owner}).scalars())
            if dead:
                free(tx, dead, now)
                tx.execute(sa.delete(worker).where(worker.c.owner.in_(dead)))
                self._step("takeover.freed")
        return dead

    def leave(self) -> None:
        """Say goodbye. What is still held stays so until its lease ends."""
        with self._turn:
            if not self.owner:
                return
            try:
                with self._db.begin() as tx:
                    tx.execute(sa.delete(worker).where(worker.c.owner == self.owner))
            except Unavailable:
                pass  # the others will see that we are gone
            self._hang_up()
            _here.discard(self.owner)
            self.owner = ""
            while self._watched:
                os.close(self._watched.popitem()[1])

    def _appear(self, now: datetime) -> None:
        self._hang_up()
        before, self.owner = self.owner, ""
        # short: it stands in every row that is held, which grows by it
        owner = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        key = int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8], "big") >> 1
        if not self._db.is_sqlite:
            self._session = self._db.session()
            self._session.execute(sa.select(sa.func.pg_advisory_lock(key)))
            self._db.time.ask(self._session)
            self._asked_at = time.monotonic()
        _here.add(owner)
        with self._db.begin() as tx:
            insert_new(tx, worker, [{"owner": owner, "key": key, "since": now}])
        _here.discard(before)
        self.owner = owner

    def _is_held(self) -> bool:
        if self._is_lost:
            return False
        if self._session is None or time.monotonic() < self._asked_at + _ASKED_EVERY_S:
            return True
        try:
            self._db.time.ask(self._session)
        except sa.exc.DBAPIError:
            return False
        self._asked_at = time.monotonic()
        return True

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        self._is_lost = False


def alive(tx: sa.Connection) -> tuple[str, ...]:
    """The processes that work on this database now, as far as can be known."""
    owners = tx.scalars(sa.select(worker.c.owner)).all()
    if tx.dialect.name == "sqlite":
        return tuple(owner for owner in owners if not is_dead(owner))
    dead = tx.scalars(sa.select(worker.c.owner).where(_LOCK_IS_FREE)).all()
    return tuple(owner for owner in owners if owner not in dead)


def free(tx: sa.Connection, owners: Sequence[str], now: datetime) -> None:
    """End the leases of these owners: what they held is due, before what is newer."""
    tx.execute(
        sa.update(receipt)
        .where(RECEIPT_DUE, receipt.c.next_at > now, receipt.c.lease_owner.in_(owners))
        .values(next_at=_earlier(receipt.c.received_at, now), lease_owner="")
    )
    tx.execute(
        sa.update(outbox)
        .where(OUTBOX_DUE, outbox.c.next_at > now, outbox.c.lease_owner.in_(owners))
        .values(
            delivery="queued",
            next_at=_earlier(outbox.c.created_at, now),
            lease_owner="",
        )
    )
    tx.execute(
        sa.update(as2_message)
        .where(AS2_DUE, as2_message.c.lease_owner.in_(owners))
        .values(next_at=now, lease_owner="")
    )
    lanes.free(tx, owners, now)
    polls.free(tx, owners)
    webhook_feed.free(tx, owners, now)


def _earlier(moment: sa.Column[datetime], now: datetime) -> sa.ColumnElement[datetime]:
    return sa.case((moment < now, moment), else_=sa.literal(now, Instant))
