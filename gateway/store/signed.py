"""Documents that came signed: bytes, report, and the certificates of the path."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.store import ids, payloads
from gateway.store.journal import event_row
from gateway.store.payloads import Row
from gateway.store.sql import insert_all
from gateway.store.tables import event, receipt, signed_document

__all__ = [
    "SignedDocument",
    "drop",
    "first",
    "keep",
    "members",
    "of_receipts",
    "sources",
]

_c = signed_document.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDocument:
    """One document, and what came of it. ``receipt_id`` is empty: it was not taken.

    ``chain`` are certificates in PEM.
    """

    id: str
    partner_id: str
    sha256: str
    verdict: str
    receipt_id: str
    peer: str
    received_at: datetime
    report: dict[str, Any]
    chain: str


def new_id() -> str:
    """An id for a document that came."""
    return ids.new("sgn")


def keep(tx: sa.Connection, one: SignedDocument, body: Row) -> None:
    """Keep a document with its bytes (``Payloads.prepare``); events attest both."""
    payloads.insert(tx, [body])
    row = {
        "partner_id": one.partner_id,
        "id": one.id,
        "sha256": one.sha256,
        "verdict": one.verdict,
        "receipt_id": one.receipt_id,
        "peer": one.peer,
        "received_at": one.received_at,
        "report": json.dumps(one.report, ensure_ascii=False),
        "chain": one.chain,
    }
    insert_all(tx, signed_document, [row])
    of, at, told = one.partner_id, one.received_at, {"verdict": one.verdict}
    report = hashlib.sha256(report_bytes(one)).hexdigest()
    events = [
        event_row(of, "signed.received", one.id, at, sha256=one.sha256),
        event_row(of, "signed.judged", one.id, at, sha256=report, **told),
    ]
    insert_all(tx, event, events)


def report_bytes(one: SignedDocument) -> bytes:
    """The report as it is attested and put into evidence."""
    return (json.dumps(one.report, ensure_ascii=False) + "\n").encode()


def members(one: SignedDocument) -> Iterator[tuple[str, str, bytes]]:
    """What evidence has of it besides its bytes: name, kind, content."""
    yield f"signed/{one.id}.json", "version", report_bytes(one)
    yield f"signed/{one.id}.pem", "facts", one.chain.encode()


def sources(one: SignedDocument) -> set[str]:
    """The sums of the revocation lists and answers that its report rests on."""
    return {sum_ for each in one.report["signers"] for sum_ in each["rests_on"]}


def first(tx: sa.Connection, partner_id: str, sha256: str) -> SignedDocument | None:
    """The same bytes of this partner that were taken before."""
    query = sa.select(signed_document).where(
        _c.partner_id == partner_id, _c.sha256 == sha256, _c.receipt_id != ""
    )
    row = tx.execute(query.order_by(_c.id).limit(1)).first()
    return None if row is None else _of(row)


def of_receipts(tx: sa.Connection, receipts: set[str]) -> Sequence[SignedDocument]:
    """The signed documents that these transmissions came in."""
    known = sorted(receipts - {""})
    query = sa.select(signed_document).where(_c.receipt_id.in_(known))
    return [_of(row) for row in tx.execute(query.order_by(_c.id))]


def drop(tx: sa.Connection, before: datetime, after: str | None, limit: int) -> Any:
    """Forget a part of what came before, unless its transmission is still kept.

    Gives the id that the next part follows, or none at the end.
    """
    kept = sa.select(receipt.c.id).where(receipt.c.id == _c.receipt_id).exists()
    query = sa.select(_c.id, kept.label("is_kept")).where(
        _c.id > (after or ""), _c.received_at < before
    )
    rows = tx.execute(query.order_by(_c.id).limit(limit)).all()
    gone = [row.id for row in rows if not row.is_kept]
    tx.execute(sa.delete(signed_document).where(_c.id.in_(gone)))
    return rows[-1].id if len(rows) == limit else None


def _of(row: sa.Row[Any]) -> SignedDocument:
    return SignedDocument(
        id=row.id,
        partner_id=row.partner_id,
        sha256=row.sha256,
        verdict=row.verdict,
        receipt_id=row.receipt_id,
        peer=row.peer,
        received_at=row.received_at,
        report=json.loads(row.report),
        chain=row.chain,
    )
