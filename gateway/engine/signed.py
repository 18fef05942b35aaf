"""The door for signed documents: judged, held against the signer, kept, then taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from gateway.config import Settings
from gateway.engine import pairing
from gateway.engine.revocations import Revocations
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.claims import SIGNED, UNPROVEN, held_against
from gateway.pipeline.inbound import read
from gateway.pipeline.ports import Disbelieved, Inbound, InMemory
from gateway.pipeline.rules import Rules
from gateway.pipeline.signed import is_beside, open_signed
from gateway.store import revocations as kept_facts
from gateway.store import signed
from gateway.store.database import Database
from gateway.store.halves import Half, Part
from gateway.store.keyrings import Keyrings
from gateway.store.receipts import Receipt
from gateway.store.signed import SignedDocument
from gateway.trust.files import pem
from gateway.trust.judging import UNSIGNED, Asked, Judged
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import rules_of
from gateway.trust.report import Fault, Sub

__all__ = [
    "Came",
    "accept",
    "accepting",
    "against_signer",
    "book",
    "by_facts",
    "is_asked",
    "judged",
    "take",
]

log = structlog.get_logger()
_MOST_ORDERS = 1_000
_FILES = frozenset({"folder", "sftp", "sftp_drop"})
_OPENING = _FILES | {"http"}
"""Doors that open signed documents where those alone are taken."""


class Engine(Protocol):
    """What is needed of the engine, which has one of these doors itself."""

    db: Database
    rules: Rules
    settings: Settings
    keyrings: Keyrings
    revocations: Revocations

    def accept(self, inbound: Inbound) -> Receipt:
        """Keep the raw bytes."""
        ...


class Accepting(Engine, Protocol):
    """An engine that doors wait for."""

    async def accepting(self, inbound: Inbound) -> Receipt:
        """Keep the raw bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Bytes that came to the door of a partner."""

    profile: Profile
    data: bytes
    peer: str
    received_at: datetime
    signature: bytes | None = None
    address: str = ""
    """The path of the door, which a message in SOAP may be signed for."""


def judged(
    engine: Engine, came: Came, now: datetime, as_of: datetime | None = None
) -> Judged:
    """Whether it is believed, by what is known here of revocation.

    What is not known yet is fetched first, where the profile says from where; about a
    moment of the past (``as_of``) nothing is. What was signed is read, so that the
    signer's permission is held against it too.
    """
    keys = engine.keyrings.of(came.profile.id).ours.decrypting()
    holders = [(key.certificate, key.private_key) for key in keys]

    def opened(asked: Asked) -> Judged:
        return open_signed(asked, came.data, came.signature, holders)

    return against_signer(engine, came, by_facts(engine, came, opened, now, as_of))


def by_facts(
    engine: Engine,
    came: Came,
    judge: Callable[[Asked], Judged],
    now: datetime,
    as_of: datetime | None = None,
) -> Judged:
    """What ``judge`` says by what is known of revocation, or can be fetched first."""
    at = as_of or came.received_at

    def known(certificates: Sequence[Certificate]) -> Facts:
        with engine.db.read() as tx:
            return kept_facts.facts_about(tx, certificates, at)

    rules = rules_of(came.profile)
    asked = Asked(rules=rules, facts=known, now=now, as_of=at, address=came.address)
    if as_of is None and engine.revocations.is_asked(rules):
        meant = judge(replace(asked, rules=rules.unasked()))
        if meant.report.is_passed:
            engine.revocations.bring(rules, meant.chain)
    return judge(asked)


def against_signer(engine: Engine, came: Came, found: Judged) -> Judged:
    """The verdict once what was signed is read: its sender, and what the signer may."""
    if found.content is None:
        return found
    content = read(
        [found.content], engine.rules, receipt_id="rcp_signed", orders=_MOST_ORDERS
    )
    return held_against(found, content, came.profile.id)


def take(engine: Engine, came: Came, now: datetime) -> SignedDocument:
    """Judge it, keep it with its report, and take in what was signed.

    The same bytes again have the first answer, once they were taken.
    """
    blob = InMemory.of(came.data)
    with engine.db.read() as tx:
        before = signed.first(tx, came.profile.id, blob.sha256)
    if before is not None:
        return before
    return book(engine, came, judged(engine, came, now), now)


def book(engine: Engine, came: Came, found: Judged, now: datetime) -> SignedDocument:
    """Keep what was judged with its report; what is believed is taken in."""
    found, receipt_id = _taken(engine, came, found)
    blob = InMemory.of(came.data)
    kept = SignedDocument(
        id=signed.new_id(),
        partner_id=came.profile.id,
        sha256=blob.sha256,
        verdict=str(found.report.verdict),
        receipt_id=receipt_id,
        peer=came.peer,
        received_at=came.received_at,
        report=found.report.as_json(),
        chain=pem([one.parsed for one in found.chain]),
    )
    body = engine.db.payloads.prepare(blob, now)
    with engine.db.begin() as tx:
        signed.keep(tx, kept, body)
    log.info("signed.judged", id=kept.id, partner=kept.partner_id, verdict=kept.verdict)
    return kept


def is_asked(engine: Engine, inbound: Inbound) -> bool:
    """Whether this is to be opened: its partner sends signed documents alone."""
    return _profile(engine, inbound) is not None


def accept(engine: Engine, inbound: Inbound) -> Receipt:
    """Take in what came; a signed document where those alone are taken.

    Raises ``Disbelieved`` where it is not believed: it is kept with its report only.
    """
    profile = _profile(engine, inbound)
    if profile is None:
        return engine.accept(inbound)
    blob, most = inbound.blob, engine.settings.max_message_bytes
    if blob.size > most:
        what = f"a signed document of more than {most} bytes"
        raise Disbelieved(Finding.of("TRN-003", what))
    data = b"".join(blob.chunks())
    came = Came(
        profile=profile, data=data, peer=inbound.peer, received_at=inbound.received_at
    )
    kept = _of_two(engine, came, inbound) or take(engine, came, inbound.received_at)
    if isinstance(kept, SignedDocument) and not kept.receipt_id:
        told = kept.report
        what = f"{told['constraint']}: {told['what']}"
        raise Disbelieved(Finding.of(told["code"], what))
    id_ = kept.receipt_id if isinstance(kept, SignedDocument) else kept.id
    first_seen = kept.received_at == inbound.received_at
    return Receipt(id=id_, sha256=blob.sha256, size=blob.size, first_seen=first_seen)


def _of_two(
    engine: Engine, came: Came, inbound: Inbound
) -> SignedDocument | Half | None:
    """What came of a document, or of a signature, in a file of its own.

    A half waits for the other one, where the profile says so; both are judged as one.
    None: it is neither, or came before.
    """
    trust, now = came.profile.trust, came.received_at
    if trust is None or not trust.beside_min or inbound.channel not in _FILES:
        return None
    with engine.db.read() as tx:
        if signed.first(tx, came.profile.id, inbound.blob.sha256) is not None:
            return None
    part: Part = "signature"
    if not (Half.is_signature(inbound) and is_beside(came.data)):
        if judged(engine, came, now).report.constraint != UNSIGNED:
            return None
        part = "document"
    half, both = pairing.pair(engine.db, inbound, part, now)
    if not both:
        return half
    whole = replace(came, data=both["document"], signature=both["signature"])
    kept = book(engine, whole, judged(engine, whole, now), now)
    pairing.joined(engine.db, half, kept.receipt_id)
    return kept


async def accepting(engine: Accepting, inbound: Inbound) -> Receipt:
    """As ``accept``, for a door that meanwhile serves others in the same thread."""
    if is_asked(engine, inbound):
        return await asyncio.to_thread(accept, engine, inbound)
    return await engine.accepting(inbound)


def _profile(engine: Engine, inbound: Inbound) -> Profile | None:
    """The partner's profile, if what came by this door must be signed."""
    if inbound.channel not in _OPENING:
        return None
    profile = engine.rules.directory.profiles.get(inbound.partner_id)
    return profile if profile is not None and profile.takes_signed_alone else None


def _taken(engine: Engine, came: Came, found: Judged) -> tuple[Judged, str]:
    """The receipt of what was signed; of what is not believed there is none.

    A message that comes again has its first receipt, whatever was changed about it
    that is not signed; with another document it is not believed any more.
    """
    if found.content is None:
        return found, ""
    named = found.message or InMemory.of(came.data).sha256
    receipt = engine.accept(
        Inbound(
            blob=InMemory.of(found.content),
            channel=UNPROVEN if found.is_held else SIGNED,
            peer=came.peer,
            partner_id=came.profile.id,
            transport_id=f"signed:{named}",
            received_at=came.received_at,
        )
    )
    if receipt.conflict:
        what = f"its id came before with another document; this one is {receipt.id}"
        fault = Fault(Sub.SIG_CONSTRAINTS_FAILURE, "message.id", what)
        return found.but(fault), ""
    return found, receipt.id
