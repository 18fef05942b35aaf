"""Raw bytes, kept before anything is answered, and whether they were seen before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.ports import Inbound
from gateway.store import ids, payloads, punchout
from gateway.store.alerts import row_of
from gateway.store.database import Database
from gateway.store.journal import finding_rows
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import alert, finding, inbound_key, receipt
from gateway.store.together import Busy, Closed, Together

__all__ = [
    "Acceptor",
    "Busy",
    "Closed",
    "Entry",
    "Receipt",
    "forget",
    "keep",
    "keep_all",
    "prepared",
    "reply_of",
]

TRANSPORT = "transport"
"""The kind of key that a door gives; interchanges have a kind of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a door may answer: these bytes are kept under this id.

    ``state`` is todo, done or quarantined. ``first_seen`` is false when the same
    delivery came before; ``conflict`` says its key came before with other bytes.
    """

    id: str
    sha256: str
    size: int
    first_seen: bool
    state: str = "todo"
    conflict: bool = False


def keep(db: Database, inbound: Inbound) -> Receipt:
    """Commit the raw bytes and say whether this delivery was seen before."""
    entry = prepared(db, inbound)
    with db.begin() as tx:
        return keep_all(tx, [entry])[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery that is ready to be kept; its large bytes are on the disk.

    ``reply`` is what its sender is answered, now and when the same comes again;
    ``session`` are the rows of the punch-out session that it begins.
    """

    inbound: Inbound
    payload: payloads.Row
    id: str
    reply: bytes | None = None
    session: punchout.Rows | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The partner and the key of the delivery."""
        text = f"{self.inbound.channel}|{self.inbound.transport_id}"
        return self.inbound.partner_id, text


def prepared(db: Database, inbound: Inbound) -> Entry:
    """Read the bytes and write large ones to the disk, outside the transaction."""
    row = db.payloads.prepare(inbound.blob, inbound.received_at)
    return Entry(inbound, row, ids.new("rcp"))


def keep_all(tx: sa.Connection, entries: Sequence[Entry]) -> list[Receipt]:
    """Keep deliveries in one transaction; the first of a key wins."""
    payloads.insert(tx, [entry.payload for entry in entries])
    winners = _winners(tx, [entry for entry in entries if entry.inbound.transport_id])
    kept: list[Receipt] = []
    rows: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    raised: list[dict[str, object]] = []
    begun: list[punchout.Rows] = []
    for entry in entries:
        winner = winners.get(entry.key) if entry.inbound.transport_id else None
        blob = entry.inbound.blob
        if winner is None or winner.id == entry.id:
            rows.append(_row(entry, "todo"))
            if entry.session is not None:
                begun.append(entry.session)
            outcome = Receipt(
                id=entry.id, sha256=blob.sha256, size=blob.size, first_seen=True
            )
        elif winner.sha256 == blob.sha256:
            outcome = winner
        else:
            rows.append(_row(entry, "quarantined"))
            found = _conflict(entry, winner)
            findings += finding_rows((found,), entry.inbound.partner_id, entry.id)
            raised.append(_raised(entry, found))
            outcome = Receipt(
                id=entry.id,
                sha256=blob.sha256,
                size=blob.size,
                first_seen=True,
                state="quarantined",
                conflict=True,
            )
        kept.append(outcome)
    insert_all(tx, receipt, rows)
    insert_all(tx, finding, findings)
    insert_all(tx, alert, raised)
    if begun:
        punchout.insert(tx, begun)
    return kept


def reply_of(tx: sa.Connection, partner_id: str, receipt_id: str) -> bytes | None:
    """What the door answered the first time; none: it answers in its own way."""
    query = sa.select(receipt.c.reply).where(
        receipt.c.partner_id == partner_id, receipt.c.id == receipt_id
    )
    return tx.execute(query).scalar()


def _winners(
    tx: sa.Connection, entries: Sequence[Entry]
) -> dict[tuple[str, str], Receipt]:
    """Which receipts own keys that are not new, once each has claimed its own."""
    if not entries:
        return {}
    in_order = sorted(entries, key=lambda entry: entry.key)  # nobody waits in a circle
    new = insert_new(tx, inbound_key, [_key_row(entry) for entry in in_order])
    if new == len(entries):
        return {}  # each owns its own
    found: dict[tuple[str, str], Receipt] = {}
    for keys in some(dict.fromkeys(entry.key for entry in entries)):
        query = (
            sa.select(
                inbound_key.c.partner_id,
                inbound_key.c.key,
                inbound_key.c.receipt_id,
                inbound_key.c.sha256,
                receipt.c.size,
                receipt.c.state,
            )
            .outerjoin(
                receipt,
                sa.and_(
                    receipt.c.partner_id == inbound_key.c.partner_id,
                    receipt.c.id == inbound_key.c.receipt_id,
                ),
            )
            .where(
                inbound_key.c.kind == TRANSPORT,
                sa.tuple_(inbound_key.c.partner_id, inbound_key.c.key).in_(keys),
            )
        )
        for row in tx.execute(query):
            found[row.partner_id, row.key] = Receipt(
                id=row.receipt_id,
                sha256=row.sha256,
                size=row.size or 0,
                first_seen=False,
                state=row.state or "todo",
            )
    return found


def _key_row(entry: Entry) -> dict[str, object]:
    partner_id, key = entry.key
    return {
        "partner_id": partner_id,
        "kind": TRANSPORT,
        "key": key,
        "sha256": entry.inbound.blob.sha256,
        "receipt_id": entry.id,
        "seen_at": entry.inbound.received_at,
    }


def _row(entry: Entry, state: str) -> dict[str, object]:
    inbound = entry.inbound
    return {
        "partner_id": inbound.partner_id,
        "id": entry.id,
        "owner_id": inbound.partner_id,
        "channel": inbound.channel,
        "peer": inbound.peer,
        "transport_id": inbound.transport_id,
        "sha256": inbound.blob.sha256,
        "size": inbound.blob.size,
        "received_at": inbound.received_at,
        "state": state,
        "attempts": 0,
        "cursor": 0,
        "next_at": inbound.received_at,
        "lease_owner": "",
        "done_at": None if state == "todo" else inbound.received_at,
        "reply": entry.reply if state == "todo" else None,
    }


def _conflict(entry: Entry, winner: Receipt) -> Finding:
    what = f"the key {entry.inbound.transport_id!r} belongs to {winner.id}"
    return Finding.of("WIRE-021", what, value=entry.inbound.transport_id)


def _raised(entry: Entry, found: Finding) -> dict[str, object]:
    inbound, kind = entry.inbound, AlertKind.CONFLICT
    at = inbound.received_at
    return row_of(inbound.partner_id, kind, found.code, found.what, entry.id, at)


def forget(tx: sa.Connection, before: datetime, limit: int = 5_000) -> int:
    """Drop keys of deliveries and interchanges that came before a moment; how many.

    A control number may then come again, as it does when a series starts over.
    """
    columns = (inbound_key.c.partner_id, inbound_key.c.kind, inbound_key.c.key)
    query = sa.select(*columns).where(inbound_key.c.seen_at < before).limit(limit)
    old = [tuple(row) for row in tx.execute(query)]
    for part in some(old):
        tx.execute(sa.delete(inbound_key).where(sa.tuple_(*columns).in_(part)))
    return len(old)


class Acceptor:
    """Lets deliveries that come at the same time share one commit.

    ``step`` is told before each commit. Call ``close()`` at the end.
    """

    def __init__(
        self,
        db: Database,
        batch: int = 200,
        step: Callable[[str], None] = lambda name: None,
        *,
        timeout_s: float = 25.0,
        backlog: int = 500,
        gather_s: float = 0.0,
    ) -> None:
        self._db = db
        self._step = step
        self._timeout_s = timeout_s
        self._together = Together(
            db, "accept", self._keep, batch=batch, backlog=backlog, gather_s=gather_s
        )

    def keep(self, inbound: Inbound) -> Receipt:
        """As ``keep``: returns when the bytes are on the disk.

        After ``timeout_s`` it is not known what becomes of them (``TimeoutError``): the
        sender asks again with the same key.
        """
        kept = self._together.put(self.prepared(inbound))
        try:
            return kept.result(self._timeout_s)
        finally:
            kept.cancel()  # nobody waits for it any more

    def prepared(self, inbound: Inbound) -> Entry:
        """A delivery to ``take``; a large one is written to its file meanwhile."""
        return prepared(self._db, inbound)

    def take(self, entry: Entry) -> asyncio.Future[Receipt]:
        """As ``keep``, for who awaits it."""
        return self._together.promise(entry)

    def close(self) -> None:
        """Finish what waits and end the thread."""
        self._together.close()

    def _keep(self, tx: sa.Connection, entries: Sequence[Entry]) -> list[Receipt]:
        kept = keep_all(tx, entries)
        self._step("accept.inserted")
        return kept
