"""The door for signed documents: judged, held against the signer, kept, then taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from gateway.config import Settings
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.claims import SIGNED, UNPROVEN, held_against
from gateway.pipeline.inbound import read
from gateway.pipeline.ports import Disbelieved, Inbound, InMemory
from gateway.pipeline.rules import Rules
from gateway.pipeline.signed import open_signed
from gateway.store import revocations, signed
from gateway.store.database import Database
from gateway.store.keyrings import Keyrings
from gateway.store.receipts import Receipt
from gateway.store.signed import SignedDocument
from gateway.trust.files import pem
from gateway.trust.judging import Asked, Judged
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import rules_of

__all__ = ["Came", "from_file", "is_asked", "judged", "take"]

log = structlog.get_logger()
_MOST_ORDERS = 1_000
_FILES = frozenset({"folder", "sftp", "sftp_drop"})


class Engine(Protocol):
    """What is needed of the engine, which has one of these doors itself."""

    db: Database
    rules: Rules
    settings: Settings
    keyrings: Keyrings

    def accept(self, inbound: Inbound) -> Receipt:
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


def judged(
    engine: Engine, came: Came, now: datetime, as_of: datetime | None = None
) -> Judged:
    """Whether it is believed, by what is known here of revocation.

    What was signed is read, so that the signer's permission is held against it too.
    """
    at = as_of or came.received_at

    def known(certificates: Sequence[Certificate]) -> Facts:
        with engine.db.read() as tx:
            return revocations.facts_about(tx, certificates, at)

    keys = engine.keyrings.of(came.profile.id).ours.decrypting()
    asked = Asked(rules=rules_of(came.profile), facts=known, now=now, as_of=at)
    holders = [(key.certificate, key.private_key) for key in keys]
    found = open_signed(asked, came.data, came.signature, holders)
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
    found = judged(engine, came, now)
    kept = SignedDocument(
        id=signed.new_id(),
        partner_id=came.profile.id,
        sha256=blob.sha256,
        verdict=str(found.report.verdict),
        receipt_id=_taken(engine, came, found),
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
    """Whether this came in a file of a partner whose files must be signed."""
    return _profile(engine, inbound) is not None


def from_file(engine: Engine, inbound: Inbound) -> Receipt:
    """Take in a file; a signed document where the partner's files must be signed.

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
    kept = take(engine, came, inbound.received_at)
    if not kept.receipt_id:
        told = kept.report
        what = f"{told['constraint']}: {told['what']}"
        raise Disbelieved(Finding.of(told["code"], what))
    first_seen = kept.received_at == inbound.received_at
    return Receipt(
        id=kept.receipt_id, sha256=blob.sha256, size=blob.size, first_seen=first_seen
    )


def _profile(engine: Engine, inbound: Inbound) -> Profile | None:
    """The partner's profile, if this is a file and its files must be signed."""
    if inbound.channel not in _FILES:
        return None
    profile = engine.rules.directory.profiles.get(inbound.partner_id)
    trust = profile.trust if profile is not None else None
    return profile if trust is not None and trust.files == "signed" else None


def _taken(engine: Engine, came: Came, found: Judged) -> str:
    """The receipt of what was signed; of what is not believed there is none."""
    if found.content is None:
        return ""
    receipt = engine.accept(
        Inbound(
            blob=InMemory.of(found.content),
            channel=UNPROVEN if found.is_held else SIGNED,
            peer=came.peer,
            partner_id=came.profile.id,
            transport_id=f"signed:{InMemory.of(came.data).sha256}",
            received_at=came.received_at,
        )
    )
    return receipt.id
