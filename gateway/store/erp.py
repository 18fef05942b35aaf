"""What a file of our ERP asks of the store: orders as it names them, and its past."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.erp.documents import OrderRef
from gateway.erp.sheet import Fault
from gateway.pipeline.handover import KINDS
from gateway.pipeline.release import Ordered
from gateway.store import own, tables
from gateway.store.journal import Version, finding_of
from gateway.store.sql import insert_new, some

Tx = sa.Connection
"""A transaction, for those who only pass it on."""
DOOR = own.CHANNEL
"""The channel of receipts that are files of our ERP."""
FILE = "erp_file"
"""The kind of key under which the content of an applied file is known."""
HANDED = tuple(KINDS.values())
"""The kinds of files that hand an order over."""
_ROW = re.compile(r"row (\d+)(?:, )?(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """An order in its latest version; quantities shipped and billed by line number."""

    id: str
    partner_id: str
    state: str
    version: int
    body: str
    ack: str
    report: str = ""
    receipt_id: str = ""
    shipped: dict[str, Decimal] = field(default_factory=dict)
    billed: dict[str, Decimal] = field(default_factory=dict)


def named(
    tx: sa.Connection, refs: Iterable[OrderRef], fence: str
) -> dict[OrderRef, KeptOrder | str]:
    """The orders as they are named; a text where there is none, or more than one.

    ``fence`` is the one partner whose orders may be named; empty: all. Tests and
    orders that came a second time with other content are found by id only.
    """
    wanted = set(refs)
    by_id, by_number = _candidates(tx, wanted)
    found: dict[OrderRef, Any] = {}
    for ref in wanted:
        found[ref] = _chosen(ref, by_id, by_number, fence)
    rows = {row.id: row for row in found.values() if not isinstance(row, str)}
    kept = latest(tx, list(rows.values()))
    return {
        ref: one if isinstance(one, str) else kept[one.id] for ref, one in found.items()
    }


def _candidates(
    tx: sa.Connection, refs: Iterable[OrderRef]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    order = tables.orders.c
    by_id: dict[str, Any] = {}
    by_number: defaultdict[str, list[Any]] = defaultdict(list)
    for part in some({ref.order_id for ref in refs if ref.order_id}):
        for row in tx.execute(sa.select(tables.orders).where(order.id.in_(part))):
            by_id[row.id] = row
    for part in some({ref.po_number for ref in refs if not ref.order_id}):
        query = sa.select(tables.orders).where(order.po_number.in_(part))
        for row in tx.execute(query):
            by_number[row.po_number].append(row)
    return by_id, by_number


def _chosen(
    ref: OrderRef, by_id: dict[str, Any], by_number: dict[str, list[Any]], fence: str
) -> Any:
    """The row that is meant, or why it is not known which."""
    if ref.order_id:
        return _of_id(ref, by_id.get(ref.order_id), fence)
    partner = ref.partner_id or fence
    if fence and partner != fence:
        return f"the folder belongs to {fence}"
    rows = [
        row
        for row in by_number.get(ref.po_number, ())
        if not row.test
        and "!" not in row.kind
        and partner in ("", row.partner_id)
        and ref.release_number in ("", row.release_number)
    ]
    exact = [row for row in rows if row.release_number == ref.release_number]
    rows = exact if len(rows) > 1 and exact else rows
    if len(rows) == 1:
        return rows[0]
    if rows:
        return f"{len(rows)} orders are known as {ref}; name the order_id"
    return f"no order is known as {ref}"


def _of_id(ref: OrderRef, row: Any, fence: str) -> Any:
    """The order of this id, if the rest of what is said fits it."""
    theirs = {fence, ref.partner_id} - {""}
    if row is None or theirs - {row.partner_id}:
        return f"there is no order {ref.order_id}"
    if ref.po_number not in ("", row.po_number):
        return f"{ref.order_id} is PO {row.po_number}, not {ref.po_number}"
    return row


def latest(tx: sa.Connection, rows: list[Any]) -> dict[str, KeptOrder]:
    """Rows of ``orders`` with body and answer, and how far their lines have come."""
    version = tables.order_version.c
    by_key = {(row.partner_id, row.id, row.version): row for row in rows}
    shipped, billed = own.shipped(tx, [row.id for row in rows])
    found: dict[str, KeptOrder] = {}
    key = sa.tuple_(version.partner_id, version.order_id, version.n)
    for part in some(by_key):
        query = sa.select(tables.order_version).where(key.in_(part))
        for one in tx.execute(query):
            row = by_key[one.partner_id, one.order_id, one.n]
            its = Version.of(one.text)
            found[row.id] = KeptOrder(
                id=row.id,
                partner_id=row.partner_id,
                state=row.state,
                version=row.version,
                body=its.body,
                ack=its.ack,
                report=its.report,
                receipt_id=row.receipt_id,
                shipped=_sums(shipped, row.id),
                billed=_sums(billed, row.id),
            )
    return found


def bodies(tx: sa.Connection, order_ids: Iterable[str]) -> dict[str, str]:
    """The latest versions of orders as JSON, by id."""
    rows: list[Any] = []
    for part in some(sorted(set(order_ids))):
        query = sa.select(tables.orders).where(tables.orders.c.id.in_(part))
        rows += tx.execute(query).all()
    return {id_: one.body for id_, one in latest(tx, rows).items()}


def ordered(tx: sa.Connection, kept: Iterable[KeptOrder]) -> dict[str, Ordered]:
    """Since when orders that were decided on again stand as they do, by id."""
    version, outbox = tables.order_version.c, tables.outbox.c
    several = {one.id: one for one in kept if one.version > 1}
    bodies: dict[str, list[tuple[int, datetime, str]]] = defaultdict(list)
    columns = (version.order_id, version.n, version.created_at, version.text)
    for part in some(sorted((one.partner_id, one.id) for one in several.values())):
        key = sa.tuple_(version.partner_id, version.order_id)
        for row in tx.execute(sa.select(*columns).where(key.in_(part))):
            body = Version.of(row.text).body
            bodies[row.order_id].append((row.n, row.created_at, body))
    found: dict[str, Ordered] = {}
    for id_, rows in bodies.items():
        rows.sort(reverse=True)
        last = rows[0][2]
        before = next((n for n, _, body in rows if body != last), 0)
        if before:
            at = next(at for n, at, _ in rows if n == before + 1)
            found[id_] = Ordered(version=before + 1, at=at)
    for ids in some(sorted(found)):
        query = sa.select(outbox.order_id, outbox.idem)
        query = query.where(outbox.order_id.in_(ids), outbox.kind.in_(HANDED))
        for id_, idem in tx.execute(query):
            one, n = found[id_], idem.split("/")[2]  # erp/ORDER/VERSION/FORM
            if int(n) < one.version:
                found[id_] = replace(one, was_handed=True)
    return found


def first_came(tx: sa.Connection, name: str) -> datetime | None:
    """When a file came first that was mended and put back under its kept name."""
    receipt = tables.receipt.c
    id_, point, _ = name.partition(".")
    if not point or not id_.startswith("rcp_"):
        return None
    query = sa.select(receipt.received_at).where(
        receipt.id == id_, receipt.channel == DOOR
    )
    return tx.execute(query).scalar()


def _sums(
    quantities: dict[tuple[str, str], list[str]], order_id: str
) -> dict[str, Decimal]:
    return {
        line_no: sum(map(Decimal, texts), Decimal(0))
        for (order, line_no), texts in quantities.items()
        if order == order_id
    }


def lock(tx: sa.Connection, order_ids: Iterable[str]) -> None:
    """Nobody else counts on these orders until the end of tx; in key order."""
    for part in some(sorted(set(order_ids))):
        query = sa.select(tables.orders.c.id).where(tables.orders.c.id.in_(part))
        tx.execute(query.order_by(tables.orders.c.id).with_for_update()).all()


def name_of(tx: sa.Connection, receipt_id: str) -> str:
    """The name of the file that a receipt is about."""
    query = sa.select(tables.receipt.c.peer).where(tables.receipt.c.id == receipt_id)
    return str(tx.execute(query).scalar() or "").rpartition("/")[2]


def applied_before(
    tx: sa.Connection, partner_id: str, sha256: str, receipt_id: str
) -> str:
    """The other receipt whose file had the same content and was applied whole."""
    key = tables.inbound_key.c
    query = sa.select(key.receipt_id).where(
        key.partner_id == partner_id, key.kind == FILE, key.key == sha256
    )
    before = str(tx.execute(query).scalar() or "")
    return "" if before == receipt_id else before


def note_applied(
    tx: sa.Connection, partner_id: str, sha256: str, receipt_id: str, now: datetime
) -> None:
    """This content is applied whole: the same once more changes nothing."""
    row = {
        "partner_id": partner_id,
        "kind": FILE,
        "key": sha256,
        "sha256": sha256,
        "receipt_id": receipt_id,
        "seen_at": now,
    }
    insert_new(tx, tables.inbound_key, [row])


def faults_noted(tx: sa.Connection, receipt_id: str) -> list[Fault]:
    """What was noted of the earlier parts of a file."""
    finding = tables.finding.c
    query = sa.select(tables.finding).where(finding.receipt_id == receipt_id)
    faults = []
    for row in tx.execute(query.order_by(finding.id)):
        found = finding_of(row.code, row.severity, row.what, row.place, row.value)
        place = _ROW.fullmatch(found.where.path)
        at, column = (int(place[1]), place[2]) if place else (0, found.where.path)
        faults.append(Fault(at, column, found))
    return faults


def due(
    tx: sa.Connection, kind: str, now: datetime, limit: int
) -> list[tuple[str, str]]:
    """Partner and ref of deadlines of this kind that have passed, locked, oldest first.

    They are closed here: commit what follows from them in the same transaction.
    """
    deadline = tables.deadline.c
    query = (
        sa.select(deadline.partner_id, deadline.ref)
        .where(deadline.kind == kind, deadline.due_at <= now)
        .where(deadline.done_at.is_(None))
        .order_by(deadline.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [(row.partner_id, row.ref) for row in tx.execute(query)]
    if found:
        tx.execute(
            sa.update(tables.deadline)
            .where(
                deadline.partner_id == sa.bindparam("partner"),
                deadline.kind == kind,
                deadline.ref == sa.bindparam("its"),
            )
            .values(done_at=now),
            [{"partner": partner, "its": ref} for partner, ref in found],
        )
    return found


def orders_by_id(tx: sa.Connection, order_ids: Iterable[str]) -> dict[str, KeptOrder]:
    """Orders in their latest version, locked until the end of tx."""
    rows: list[Any] = []
    for part in some(sorted(set(order_ids))):
        query = sa.select(tables.orders).where(tables.orders.c.id.in_(part))
        rows += tx.execute(query.order_by(tables.orders.c.id).with_for_update()).all()
    return latest(tx, rows)
