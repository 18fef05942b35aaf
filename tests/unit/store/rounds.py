"""Rounds without an engine: keep, claim, look up, answer and carry out."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import claim, commit, receipts
from gateway.store.claim import Bounds
from gateway.store.commit import Answered
from gateway.store.database import Database
from gateway.store.world import look_up
from tests.unit.engine import toy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def process(db: Database, *texts: str, partner_id: str = "acme") -> list[str]:
    """Take these toy interchanges in and carry their answers out, as one batch."""
    kept = [receipts.keep(db, delivery(text, partner_id)).id for text in texts]
    with db.begin() as tx:
        claimed = claim.claim(tx, NOW, Bounds())
    with db.begin() as tx:
        answered = []
        for one, text in zip(claimed, texts, strict=True):
            question = toy.read_one([text.encode()], one)
            effects = question.answer(look_up(tx, question.wants, NOW))
            answered.append(
                Answered(partner_id=one.partner_id, receipt_id=one.id, effects=effects)
            )
        commit.carry_out(tx, answered, NOW, db.payloads)
    return kept


def delivery(text: str, partner_id: str = "acme") -> Inbound:
    """A delivery of these words."""
    return Inbound(
        blob=InMemory.of(text.encode()),
        channel="http",
        peer="",
        partner_id=partner_id,
        transport_id="",
        received_at=NOW,
    )
