"""Our private keys as rows: sealed, or where they are; every action leaves an event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography import x509

from gateway.findings import Finding
from gateway.pipeline.ports import Secret, Secrets
from gateway.store import ids
from gateway.store.journal import event_row
from gateway.store.packed import Damaged as Unpackable
from gateway.store.sealed import Damaged, Keyring, Locked
from gateway.store.sql import insert_all
from gateway.store.tables import event, own_key
from gateway.trust.files import (
    NotReadable,
    certificates_in,
    key_pem,
    pem,
    private_key_in,
)
from gateway.trust.keyring import (
    Certified,
    OwnKey,
    OwnKeys,
    PrivateKey,
    State,
    Use,
    fingerprint,
)

_facts = [column for column in own_key.c if column.name != "private_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """What is known of a key of ours without opening it."""

    id: str
    partner_id: str
    certified: Certified
    chain: tuple[x509.Certificate, ...]
    reference: str
    """Where the private key is; empty: sealed in the database."""
    created_at: datetime
    destroyed_at: datetime | None

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self.certified.name

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate."""
        return fingerprint(self.certified.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to be kept: its certificate with what it is for, and where it is.

    ``reference`` names the private key's place; without it the key is sealed.
    """

    certified: Certified
    private_key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()
    partner_id: str = ""
    reference: str = ""


def add(
    tx: sa.Connection, keys: Keyring, new: NewKey, action: str, now: datetime
) -> KeptKey | Finding:
    """Keep a key; ``action`` is created or imported. CFG-043: nothing to seal it with.

    The same certificate is not kept twice (CFG-041).
    """
    keys.check()
    sum_ = fingerprint(new.certified.certificate)
    if any(k.fingerprint == sum_ and k.destroyed_at is None for k in every(tx)):
        return Finding.of("CFG-041", f"the certificate {sum_[:16]} is known", value="")
    if not new.reference and not keys.first:
        what = f"the private key {new.certified.name} would lie open in the database"
        return Finding.of("CFG-043", what, value=new.certified.name)
    one = new.certified
    row: dict[str, object] = {
        "id": ids.new("crt"),
        "partner_id": new.partner_id,
        "name": one.name,
        "uses": " ".join(sorted(one.uses)),
        "state": str(one.state),
        "active_from": one.active_from,
        "active_to": one.active_to,
        "certificate": pem([one.certificate]),
        "chain": pem(new.chain),
        "private_key": "" if new.reference else key_pem(new.private_key),
        "reference": new.reference,
        "created_at": now,
        "changed_at": now,
        "destroyed_at": None,
    }
    insert_all(tx, own_key, [row])
    kept = _found(tx, str(row["id"]))
    where = "reference" if new.reference else "sealed"
    _tell(tx, kept, f"key.{action}", now, where=where, uses=str(row["uses"]))
    return kept


def every(tx: sa.Connection) -> tuple[KeptKey, ...]:
    """All keys that there ever were, oldest first; none is opened for it."""
    rows = tx.execute(sa.select(*_facts).order_by(own_key.c.id))
    return tuple(_kept(row) for row in rows)


def find(tx: sa.Connection, word: str) -> KeptKey | Finding:
    """The key of an id, or the one of this name, unless it is destroyed (CFG-044)."""
    there = [k for k in every(tx) if k.destroyed_at is None]
    found = [k for k in there if k.id == word] or [k for k in there if k.name == word]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} keys are called {word!r}" if found else f"no key {word!r}"
    return Finding.of("CFG-044", what, value=word)


def opened(tx: sa.Connection, kept: KeptKey, secrets: Secrets) -> OwnKey | Finding:
    """A key ready for use, or why it is not (CFG-041)."""
    key = _private_key(tx, kept, secrets)
    if isinstance(key, Finding):
        return key
    return OwnKey(
        certified=kept.certified,
        private_key=key,
        id=kept.id,
        chain=kept.chain,
        partner_id=kept.partner_id,
    )


def load(tx: sa.Connection, secrets: Secrets) -> tuple[OwnKeys, tuple[Finding, ...]]:
    """All keys that can be used, and what is wrong with the others."""
    there = [kept for kept in every(tx) if kept.destroyed_at is None]
    tried = [opened(tx, kept, secrets) for kept in there]
    good = tuple(one for one in tried if isinstance(one, OwnKey))
    return OwnKeys(good), tuple(one for one in tried if isinstance(one, Finding))


def stamp(tx: sa.Connection) -> tuple[int, datetime | None]:
    """What is another one when any key was changed."""
    query = sa.select(sa.func.count(), sa.func.max(own_key.c.changed_at))
    count, changed_at = tx.execute(query).one()
    return count, changed_at


def rivals(tx: sa.Connection, new: KeptKey, now: datetime) -> tuple[KeptKey, ...]:
    """Keys in use now for the same partner that a new one takes the place of."""
    return tuple(
        k
        for k in every(tx)
        if k.id != new.id
        and k.destroyed_at is None
        and k.partner_id == new.partner_id
        and k.certified.uses <= new.certified.uses
        and k.certified.standing(now) is State.CURRENT
    )


def roll_over(
    tx: sa.Connection, new: KeptKey, at: datetime, now: datetime
) -> tuple[KeptKey, ...]:
    """Let a key be the current one from a moment on; gives the keys it succeeds.

    They go on opening what comes; what is signed from then on, the new one signs.
    """
    over = rivals(tx, new, now)
    _change(tx, new.id, now, state=str(State.CURRENT), active_from=at, active_to=None)
    for old in over:
        _change(tx, old.id, now, active_to=at)
        _tell(tx, old, "key.succeeded", now, at=at.isoformat(), by=new.id)
    _tell(tx, new, "key.rolled_over", now, at=at.isoformat())
    return over


def retire(
    tx: sa.Connection, kept: KeptKey, now: datetime, *, revoked: bool, destroy: bool
) -> None:
    """Use a key no more. It still opens what comes, until its private key is destroyed.

    What backups and the disk keep of the private key is beyond this.
    """
    state = State.REVOKED if revoked else State.PREVIOUS
    if kept.certified.state is State.REVOKED:
        state = State.REVOKED
    changes: dict[str, object] = {"state": str(state)}
    if destroy:
        changes |= {"private_key": "", "reference": "", "destroyed_at": now}
    _change(tx, kept.id, now, **changes)
    _tell(tx, kept, "key.retired", now, state=str(state))
    if destroy:
        _tell(tx, kept, "key.destroyed", now)


def note_export(tx: sa.Connection, kept: KeptKey, form: str, now: datetime) -> None:
    """Note that a certificate, or with PKCS #12 a private key, was given out."""
    holds = "private key" if form == "p12" else "certificate"
    _tell(tx, kept, "key.exported", now, form=form, holds=holds)


def _change(tx: sa.Connection, id_: str, now: datetime, **values: object) -> None:
    mine = sa.update(own_key).where(own_key.c.id == id_)
    tx.execute(mine.values(changed_at=now, **values))


def _tell(
    tx: sa.Connection, kept: KeptKey, name: str, now: datetime, **detail: str
) -> None:
    told = {"certificate": kept.fingerprint, "called": kept.name, **detail}
    insert_all(tx, event, [event_row(kept.partner_id, name, kept.id, now, **told)])


def _found(tx: sa.Connection, id_: str) -> KeptKey:
    return _kept(tx.execute(sa.select(*_facts).where(own_key.c.id == id_)).one())


def _kept(row: Any) -> KeptKey:
    return KeptKey(
        id=row.id,
        partner_id=row.partner_id,
        certified=Certified(
            certificate=certificates_in(row.certificate.encode())[0],
            uses=frozenset(map(Use, row.uses.split())),
            state=State(row.state),
            active_from=row.active_from,
            active_to=row.active_to,
            name=row.name,
        ),
        chain=certificates_in(row.chain.encode()) if row.chain else (),
        reference=row.reference,
        created_at=row.created_at,
        destroyed_at=row.destroyed_at,
    )


def _private_key(
    tx: sa.Connection, kept: KeptKey, secrets: Secrets
) -> PrivateKey | Finding:
    """The private key, if it is there and belongs to the certificate."""
    if kept.destroyed_at is not None:
        return _unusable(kept, "it was destroyed")
    secret = _secret(tx, kept, secrets)
    if isinstance(secret, Finding):
        return _unusable(kept, f"{secret.code}: {secret.what}")
    try:
        key = private_key_in(secret.reveal())
    except NotReadable as problem:
        return _unusable(kept, str(problem))
    if key.public_key() != kept.certified.certificate.public_key():
        return _unusable(kept, "it does not belong to the certificate")
    return key


def _secret(tx: sa.Connection, kept: KeptKey, secrets: Secrets) -> Secret | Finding:
    if kept.reference:
        return secrets.get(kept.reference)
    query = sa.select(own_key.c.private_key).where(own_key.c.id == kept.id)
    try:
        return Secret(str(tx.execute(query).scalar_one()).encode())
    except Locked as locked:
        return locked.found
    except (Damaged, Unpackable):
        return Finding.of("CFG-041", "its sealed bytes were changed", value=kept.id)


def _unusable(kept: KeptKey, what: str) -> Finding:
    return Finding.of("CFG-041", f"{kept.name} ({kept.id}): {what}", value=kept.id)


def ending(every_key: Iterable[KeptKey], now: datetime) -> tuple[KeptKey, ...]:
    """Keys whose end is of interest: in use, or about to be."""
    return tuple(
        k
        for k in every_key
        if k.destroyed_at is None
        and k.certified.standing(now) in (State.PLANNED, State.CURRENT)
    )
