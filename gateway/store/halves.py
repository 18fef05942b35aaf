"""Documents and signatures that came in files of their own, and wait for each other.

They are kept as signed documents whose verdict is ``waiting``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.ports import Inbound
from gateway.store import alerts, signed
from gateway.store.journal import event_row
from gateway.store.payloads import Row
from gateway.store.signed import SignedDocument
from gateway.store.sql import insert_all
from gateway.store.tables import alert, event, signed_document

__all__ = ["BESIDE", "Half", "Part", "join", "late", "put", "waiting"]

Part: TypeAlias = Literal["document", "signature"]
_WAITING = "waiting"
BESIDE = "beside"
"""The verdict of a signature whose document was judged."""
_c = signed_document.c
_OPEN = _c.verdict == sa.text("'waiting'")  # as the partial index says it
_SUFFIX = ".p7s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One of the two; ``place`` is the door and the name of the document."""

    id: str
    partner_id: str
    sha256: str
    part: Part
    place: str
    peer: str
    received_at: datetime

    @classmethod
    def of(cls, inbound: Inbound, part: Part) -> Half:
        """What came in a file: the signature's name is the document's and ``.p7s``."""
        name = inbound.peer.rpartition("/")[2]
        if part == "signature":
            name = name[: -len(_SUFFIX)]
        return cls(
            id=signed.new_id(),
            partner_id=inbound.partner_id,
            sha256=inbound.blob.sha256,
            part=part,
            place=f"{inbound.channel}/{name}",
            peer=inbound.peer,
            received_at=inbound.received_at,
        )

    @staticmethod
    def is_signature(inbound: Inbound) -> bool:
        """Whether it is called like one."""
        return inbound.peer.lower().endswith(_SUFFIX)


def put(tx: sa.Connection, half: Half, body: Row) -> Half:
    """Have it wait, instead of one of the same name; the same bytes wait once."""
    for one in _waiting(tx, half.partner_id, half.place):
        if one.part == half.part and one.sha256 == half.sha256:
            return one
        if one.part == half.part:
            _remove(tx, one)
    told: dict[str, Any] = {"signers": [], "part": half.part, "place": half.place}
    document = SignedDocument(
        id=half.id,
        partner_id=half.partner_id,
        sha256=half.sha256,
        verdict=_WAITING,
        receipt_id="",
        peer=half.peer,
        received_at=half.received_at,
        report=told,
        chain="",
    )
    signed.keep(tx, document, body)
    return half


def waiting(tx: sa.Connection, half: Half) -> dict[Part, Half]:
    """What waits at its place: both, or it alone."""
    return {one.part: one for one in _waiting(tx, half.partner_id, half.place)}


def join(tx: sa.Connection, both: Mapping[Part, Half], receipt_id: str) -> None:
    """They wait no more: the document was judged, and is kept with its report.

    The signature stays beside it, for whoever looks at the evidence.
    """
    _remove(tx, both["document"])
    here = _this(both["signature"])
    done = {"verdict": BESIDE, "receipt_id": receipt_id}
    tx.execute(sa.update(signed_document).where(*here).values(done))


def late(
    tx: sa.Connection, patience: Mapping[str, timedelta], now: datetime, most: int
) -> int:
    """Refuse what waited longer than its partner's patience, and say so."""
    query = sa.select(signed_document).where(_OPEN).order_by(_c.id).limit(most)
    gone = [
        one
        for one in map(_half, tx.execute(query))
        if now - one.received_at >= patience.get(one.partner_id, timedelta(0))
    ]
    for one in gone:
        missing = "signature" if one.part == "document" else "document"
        what = f"the {missing} of {one.peer} did not come"
        found = Finding.of("TRU-411", f"structure.signature: {what}")
        tx.execute(
            sa.update(signed_document).where(*_this(one)).values(verdict="failed")
        )
        about = (one.partner_id, "signed.alone", one.id, now)
        insert_all(tx, event, [event_row(*about, sha256=one.sha256, code=found.code)])
        kind = AlertKind.OTHER
        row = alerts.row_of(one.partner_id, kind, found.code, found.what, one.id, now)
        insert_all(tx, alert, [row])
    return len(gone)


def _waiting(tx: sa.Connection, partner_id: str, place: str) -> Iterator[Half]:
    query = sa.select(signed_document).where(_OPEN, _c.partner_id == partner_id)
    found = [_half(row) for row in tx.execute(query.order_by(_c.id))]
    return (one for one in found if one.place == place)


def _half(row: sa.Row[Any]) -> Half:
    told = json.loads(row.report)
    return Half(
        id=row.id,
        partner_id=row.partner_id,
        sha256=row.sha256,
        part=told["part"],
        place=told["place"],
        peer=row.peer,
        received_at=row.received_at,
    )


def _this(one: Half) -> tuple[sa.ColumnElement[bool], ...]:
    return _c.partner_id == one.partner_id, _c.id == one.id


def _remove(tx: sa.Connection, one: Half) -> None:
    tx.execute(sa.delete(signed_document).where(*_this(one)))
