"""What is deleted when its days are over, in small transactions, and what must stay."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gateway.store import carts, ids, punchout, revocations, signed, tables, wires
from gateway.store.as2 import MDN
from gateway.store.database import Database
from gateway.store.evidence import digests_of
from gateway.store.journal import event_row
from gateway.store.payloads import SEALED_FILE
from gateway.store.queue import FUNCTIONAL_ACK
from gateway.store.sealing import micros
from gateway.store.sql import insert_all, some
from gateway.store.tables import OUTBOX_DUE, RECEIPT_ASIDE, RECEIPT_DUE
from gateway.store.verifying import DROPPED

AT_ONCE = 200
"""Transmissions or payloads that one transaction deletes at most."""

_LISTS_AT_ONCE = 10  # each may have some thousand rows

_receipt, _box, _order = tables.receipt.c, tables.outbox.c, tables.orders.c
_payload, _event, _point = tables.payload.c, tables.event.c, tables.checkpoint.c
# the words of the partial indexes
_UNDECIDED = sa.text("orders.state IN ('received', 'held')")
_SEALED = sa.text("event.seq IS NOT NULL")
_IN_FILE = sa.or_(_payload.body.is_(None), _payload.body == SEALED_FILE)
_GRACE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """How long each kind is kept, in days; 0 keeps it for ever."""

    messages: int = 0
    payloads: int = 0
    events: int = 0


@dataclass(slots=True)
class Retained:
    """How many were deleted; ``messages`` are ours, ``files`` those of payloads."""

    transmissions: int = 0
    messages: int = 0
    payloads: int = 0
    files: int = 0
    events: int = 0

    @property
    def total(self) -> int:
        """All of them together."""
        return self.transmissions + self.payloads + self.files + self.events


class _Undo(Exception):
    """A trial is over."""


@dataclass(slots=True)
class Retention:
    """One run. ``is_trial`` counts what would be deleted and deletes nothing.

    Needed and kept, however old: transmissions that wait or are in quarantine, orders
    that are not decided, messages that have not left, and the bytes and events of all
    these. Keys of transmissions and orders are another matter (``idempotency_days``).
    """

    db: Database
    days: Days
    now: datetime
    is_trial: bool = False
    stopping: Callable[[], bool] = lambda: False
    grace_s: float = _GRACE_S
    done: Retained = field(default_factory=Retained)
    _bare: set[str] = field(default_factory=set, init=False)
    """On trial: sums of payloads whose files would have no row."""

    def run(self) -> Retained:
        """Messages first, then bytes, then the oldest part of the chain."""
        if self.days.messages:
            self._each(self._messages, self._before(self.days.messages))
            self._each(self._requests, self._before(self.days.messages))
            self._each(self._carts, self._before(self.days.messages))
            self._each(self._sessions, self._before(self.days.messages))
            self._each(self._signed, self._before(self.days.messages))
        if self.days.payloads:
            self._each(self._lists, self._before(self.days.payloads))
            self._each(self._payloads, self._before(self.days.payloads))
            if self.is_trial:
                self.done.files += swept(self.db, self._bare, self.grace_s)
            else:
                self.done.files += sweep(self.db, self.grace_s)
        if self.days.events:
            self._each(self._events, self._before(self.days.events))
        return self.done

    def _before(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def _each(
        self,
        work: Callable[[sa.Connection, datetime, Any], Any],
        before: datetime,
    ) -> None:
        """Part by part, each in a transaction; ``work`` gives where the next begins."""
        at: Any = None
        while not self.stopping():
            with suppress(_Undo), self.db.begin() as tx:
                at = work(tx, before, at)
                if self.is_trial:
                    raise _Undo
            if at is None:
                return

    # Messages.

    def _messages(self, tx: sa.Connection, before: datetime, at: str | None) -> Any:
        """A part of the oldest transmissions with all that was made of them."""
        end = f"rcp_{ids.encoded(micros(before) // 1000 << 80)}"
        query = (
            sa.select(_receipt.partner_id, _receipt.id)
            .where(
                _receipt.id > (at or ""),
                _receipt.id < end,
                _receipt.received_at < before,
                _receipt.state.in_(("done", "refused")),
            )
            .order_by(_receipt.id)
            .limit(AT_ONCE)
        )
        rows = tx.execute(query).all()
        if not rows:
            return None
        found = [row.id for row in rows]
        gone = sorted(set(found) - self._needed(tx, found, before))
        if gone:
            self._delete(tx, gone)
            self._tell(tx, "messages.dropped", gone[-1], transmissions=len(gone))
        return found[-1] if len(found) == AT_ONCE else None

    def _needed(
        self, tx: sa.Connection, found: Sequence[str], before: datetime
    ) -> set[str]:
        """Those of an undecided order or with a message that is young or not sent."""
        undecided = sa.select(_order.receipt_id).where(
            _UNDECIDED, _order.receipt_id.in_(found)
        )
        open_ = sa.or_(
            _box.delivery.in_(("queued", "sending")), _box.created_at >= before
        )
        sent = sa.select(_box.receipt_id).where(_box.receipt_id.in_(found), open_)
        return {str(id_) for q in (undecided, sent) for id_ in tx.execute(q).scalars()}

    def _delete(self, tx: sa.Connection, gone: Sequence[str]) -> None:
        deadline = tables.deadline.c
        query = sa.select(_box.partner_id, _box.idem).where(_box.receipt_id.in_(gone))
        place = sa.tuple_(deadline.partner_id, deadline.ref)
        for part in some([tuple(row) for row in tx.execute(query)]):
            tx.execute(
                sa.delete(tables.deadline).where(
                    deadline.kind == FUNCTIONAL_ACK, place.in_(part)
                )
            )
        mine = tables.finding.c.receipt_id.in_(gone)
        tx.execute(
            sa.delete(tables.finding).where(mine, tables.finding.c.order_id == "")
        )
        for table in (tables.message, tables.interchange):
            tx.execute(sa.delete(table).where(table.c.receipt_id.in_(gone)))
        ours = tx.execute(sa.select(_box.id).where(_box.receipt_id.in_(gone)))
        message_ids = list(ours.scalars())
        sent = tx.execute(sa.delete(tables.outbox).where(_box.receipt_id.in_(gone)))
        wires.forget(tx, message_ids)
        theirs = tx.execute(sa.delete(tables.receipt).where(_receipt.id.in_(gone)))
        self.done.messages += sent.rowcount
        self.done.transmissions += theirs.rowcount

    def _requests(self, tx: sa.Connection, before: datetime, at: str | None) -> Any:
        """A part of the oldest requests to the AS2 door, with the MDNs posted later."""
        its = tables.as2_message.c
        end = f"as2_{ids.encoded(micros(before) // 1000 << 80)}"
        unsent = sa.select(_box.receipt_id).where(OUTBOX_DUE, _box.kind == MDN)
        query = (
            sa.select(its.id)
            .where(its.id > (at or ""), its.id < end, its.state != "received")
            .where(its.id.not_in(unsent))
            .order_by(its.id)
            .limit(AT_ONCE)
        )
        gone = list(tx.execute(query).scalars())
        for part in some(gone):
            tx.execute(sa.delete(tables.outbox).where(_box.receipt_id.in_(part)))
            tx.execute(sa.delete(tables.as2_message).where(its.id.in_(part)))
        if gone:
            self._tell(tx, "messages.dropped", gone[-1], requests=len(gone))
        return gone[-1] if len(gone) == AT_ONCE else None

    def _carts(self, tx: sa.Connection, before: datetime, at: datetime | None) -> Any:
        """A part of what punch-out carts promised."""
        return carts.drop(tx, before, at, AT_ONCE)

    def _sessions(self, tx: sa.Connection, before: datetime, at: str | None) -> Any:
        """A part of the punch-out sessions that are over."""
        return punchout.drop(tx, before, at, AT_ONCE)

    def _signed(self, tx: sa.Connection, before: datetime, at: str | None) -> Any:
        """A part of the signed documents whose transmission is gone, or never was."""
        return signed.drop(tx, before, at, AT_ONCE)

    # Payloads.

    def _lists(self, tx: sa.Connection, before: datetime, at: str | None) -> Any:
        """A part of the revocation lists that ended before, and of such answers."""
        return revocations.forget(tx, before, at, _LISTS_AT_ONCE)

    def _payloads(
        self, tx: sa.Connection, before: datetime, at: tuple[datetime, str] | None
    ) -> Any:
        """A part of the payloads that nobody needs; their files go afterwards."""
        query = sa.select(_payload.sha256, _payload.kept_at).where(
            _payload.kept_at < before
        )
        if at is not None:
            last, sha256 = at
            later = sa.and_(_payload.kept_at == last, _payload.sha256 > sha256)
            query = query.where(sa.or_(_payload.kept_at > last, later))
        order = query.order_by(_payload.kept_at, _payload.sha256)
        rows = tx.execute(order.limit(AT_ONCE)).all()
        if not rows:
            return None
        gone = sorted({row.sha256 for row in rows} - needed_sums(tx))
        if gone:
            old = sa.and_(_payload.sha256.in_(gone), _payload.kept_at < before)
            if self.is_trial:
                files = sa.select(_payload.sha256).where(old, _IN_FILE)
                self._bare |= {*tx.execute(files).scalars()}
            count = tx.execute(sa.delete(tables.payload).where(old)).rowcount
            self.done.payloads += count
            self._tell(tx, "payloads.dropped", gone[-1], payloads=count)
        return (rows[-1].kept_at, rows[-1].sha256) if len(rows) == AT_ONCE else None

    # Events.

    def _events(self, tx: sa.Connection, before: datetime, at: int | None) -> Any:
        """A part of the oldest stretches; what is needed of them keeps its place.

        The last checkpoint whose events are all gone stays: the chain goes on from it.
        """
        query = (
            sa.select(tables.checkpoint)
            .where(
                _point.n > (at or 0),
                _point.at < before,
                sa.or_(_point.dropped_at.is_(None), _point.digests.is_not(None)),
            )
            .order_by(_point.n)
            .limit(10)
        )
        rows = tx.execute(query).all()
        refs = needed_refs(tx)
        count = sum(self._drop(tx, row, refs) for row in rows)
        self.done.events += count
        self._merge(tx)
        if count:
            last = rows[-1]
            told = {"events": count, "through": last.last, "hash": last.hash}
            self._tell(tx, DROPPED, f"checkpoint {last.n}", n=last.n, **told)
        return rows[-1].n if len(rows) == 10 else None

    def _drop(self, tx: sa.Connection, point: sa.Row[Any], refs: set[str]) -> int:
        stretch = sa.and_(_SEALED, _event.seq.between(point.first, point.last))
        rows = tx.execute(sa.select(_event.seq, _event.ref).where(stretch)).all()
        stay = [row.seq for row in rows if row.ref in refs]
        if stay and len(stay) == len(rows):
            return 0  # all of it is needed, or what is left of it
        digests = None
        if stay:
            hexes = list(digests_of(tx, point))
            digests = bytes.fromhex("".join(hexes))
        for part in some([row.seq for row in rows if row.ref not in refs]):
            tx.execute(sa.delete(tables.event).where(_SEALED, _event.seq.in_(part)))
        tx.execute(
            sa.update(tables.checkpoint)
            .where(_point.n == point.n)
            .values(dropped_at=self.now, digests=digests)
        )
        return len(rows) - len(stay)

    def _merge(self, tx: sa.Connection) -> None:
        """Of the deleted beginning only the last checkpoint is of use."""
        goes_on = sa.or_(_point.dropped_at.is_(None), _point.digests.is_not(None))
        first = tx.execute(sa.select(sa.func.min(_point.n)).where(goes_on)).scalar()
        if first is None:  # all are gone: the last one is the end of the chain
            first = tx.execute(sa.select(sa.func.max(_point.n))).scalar() or 0
            first += 1
        tx.execute(sa.delete(tables.checkpoint).where(_point.n < first - 1))

    def _tell(self, tx: sa.Connection, name: str, ref: str, **told: object) -> None:
        detail = {key: str(value) for key, value in told.items()}
        insert_all(tx, tables.event, [event_row("", name, ref, self.now, **detail)])


def needed_sums(tx: sa.Connection) -> set[str]:
    """Sums of the bytes that work which is not finished may still ask for."""
    undecided = (
        sa.select(_receipt.sha256)
        .join(tables.orders, _order.receipt_id == _receipt.id)
        .where(_UNDECIDED)
    )
    answered = (
        sa.select(_box.content_sha256)
        .join(tables.orders, _order.receipt_id == _box.receipt_id)
        .where(_UNDECIDED)
    )
    queries = (
        sa.select(_receipt.sha256).where(RECEIPT_DUE),
        sa.select(_receipt.sha256).where(RECEIPT_ASIDE),
        undecided,
        answered,
        sa.select(_box.content_sha256).where(OUTBOX_DUE),
        sa.select(_box.wire_sha256).where(OUTBOX_DUE, _box.wire_sha256 != ""),
        sa.select(tables.as2_message.c.sha256).where(tables.AS2_DUE),
    )
    return {str(sum_) for query in queries for sum_ in tx.execute(query).scalars()}


def needed_refs(tx: sa.Connection) -> set[str]:
    """What events must be about to stay: orders and messages that are not finished."""
    queries = (
        sa.select(_order.id).where(_UNDECIDED),
        sa.select(_order.receipt_id).where(_UNDECIDED),
        sa.select(_box.id).where(OUTBOX_DUE),
    )
    return {str(ref) for query in queries for ref in tx.execute(query).scalars()}


def sweep(db: Database, grace_s: float = _GRACE_S) -> int:
    """Remove payload files without a row; how many.

    One that was touched within ``grace_s`` may be about to get its row, and stays.
    """
    for path in list(db.payloads.folder.glob("[0-9a-f][0-9a-f]/*.dead")):
        _restore(path)
    files = _files(db.payloads.folder, "", ".sealed")
    return sum(_remove(path, grace_s) for path in _without_row(db, files))


def swept(db: Database, bare: Collection[str], grace_s: float = _GRACE_S) -> int:
    """How many files ``sweep`` would remove if there were no rows of these sums."""
    folder = db.payloads.folder
    aside = {path.with_suffix("") for path in _files(folder, ".dead")}
    files = aside.union(_files(folder, "", ".sealed"))
    return sum(_is_old(path, grace_s) for path in _without_row(db, files, bare))


def _without_row(
    db: Database, files: Iterable[Path], bare: Collection[str] = ()
) -> Iterator[Path]:
    """The files of payloads that have no row, or only one of these."""
    for paths in some(files):
        sums = {path.name.removesuffix(".sealed") for path in paths}
        query = sa.select(_payload.sha256, _payload.body).where(
            _payload.sha256.in_(sums.difference(bare)), _IN_FILE
        )
        with db.read() as tx:
            known = {
                db.payloads.path(row.sha256, is_sealed=row.body is not None)
                for row in tx.execute(query)
            }
        yield from (path for path in paths if path not in known)


def _files(folder: Path, *ends: str) -> Iterator[Path]:
    for below in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        yield from (path for path in below.iterdir() if path.suffix in ends)


def _is_old(path: Path, grace_s: float) -> bool:
    """Whether nobody touched it for so long, or what a killed process made of it."""
    for file in (path, path.with_name(f"{path.name}.dead")):
        with suppress(FileNotFoundError):
            return time.time() - file.stat().st_mtime >= grace_s
    return False


def _restore(dead: Path) -> None:
    """What a killed process had put out of the way is looked at once more."""
    path = dead.with_suffix("")
    with suppress(FileNotFoundError):
        if path.exists():
            dead.unlink()
        else:
            dead.rename(path)


def _remove(path: Path, grace_s: float) -> bool:
    """Out of the way first, then looked at: who wants it meanwhile writes it anew."""
    dead = path.with_name(f"{path.name}.dead")
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime < grace_s:
            return False
        path.rename(dead)
        if time.time() - dead.stat().st_mtime < grace_s:
            os.replace(dead, path)
            return False
        dead.unlink()
        return True
    return False
