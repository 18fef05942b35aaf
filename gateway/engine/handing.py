"""A file of our own side handed in by hand: taken in at once, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.engine.engine import Engine
from gateway.engine.erp import CHANNEL
from gateway.erp.read import read
from gateway.findings import Finding, Where
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import queries
from gateway.store.rows import DocumentRow

Kind = Literal["shipments", "invoices"]
_TURNS = 50
"""Batches of other work that are done first, before it is left to the workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who hands in what: the file's name, the partner it is about, the caller's key."""

    name: str
    partner_id: str = ""
    key: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """What came of it. ``state`` is todo while other work goes before it."""

    receipt_id: str
    state: str
    findings: tuple[Finding, ...]
    documents: tuple[DocumentRow, ...]

    @property
    def is_refused(self) -> bool:
        """Whether something of it was not taken over."""
        return any(found.severity == "reject" for found in self.findings)


def hand_in(
    engine: Engine, kind: Kind, data: bytes, hand: Hand, now: datetime
) -> HandedIn | Finding:
    """Keep the file and apply it; ERP-001 when it is of another kind.

    What it leads to is committed when this returns, unless its state is todo. The same
    bytes under the same key, or name, are the same file.
    """
    found = read(data, hand.name).kind
    if found and found != kind:
        what = f"{hand.name} has {found}, not {kind}"
        return Finding.of("ERP-001", what, Where(path=hand.name))
    blob = InMemory.of(data)
    receipt = engine.accept(
        Inbound(
            blob=blob,
            channel=CHANNEL,
            peer=f"{hand.by}/{hand.name}" if hand.by else hand.name,
            partner_id=hand.partner_id,
            transport_id=f"key:{hand.key}"
            if hand.key
            else f"{kind}|{hand.name}|{blob.sha256}",
            received_at=now,
        )
    )
    if receipt.conflict:
        what = f"the key came before with other bytes; these are {receipt.id}"
        return Finding.of("WIRE-021", what, value=hand.key)
    for _ in range(_TURNS):
        came = _outcome(engine, kind, receipt.id)
        if came.state != "todo" or not engine.process():
            break
    return _outcome(engine, kind, receipt.id)


def _outcome(engine: Engine, kind: Kind, receipt_id: str) -> HandedIn:
    with engine.db.read() as tx:
        told = queries.interchange(tx, receipt_id)
        made = queries.documents_of(tx, kind, receipt_id)
    assert told is not None
    return HandedIn(
        receipt_id=receipt_id,
        state=told.receipt.state,
        findings=tuple(dict.fromkeys(noted.finding for noted in told.findings)),
        documents=made,
    )
