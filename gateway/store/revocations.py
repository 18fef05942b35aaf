"""Revocation lists, taken apart into rows: one number is found in a few kilobytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography import x509

from gateway.pipeline.ports import InMemory
from gateway.store import ids, payloads
from gateway.store.database import Database
from gateway.store.sql import insert_all, some
from gateway.store.tables import crl, crl_part
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import Entry, RevocationList
from gateway.trust.pki.index import Head, entry, name_sum, pack, place
from gateway.trust.pki.names import Dn, dn
from gateway.trust.pki.revocation import Facts

__all__ = ["Current", "current", "facts_about", "is_known", "keep", "listed"]

_MOST_LISTS = 16
_MOST_NAMES = 64


def keep(
    db: Database, found: RevocationList, signer: str, source: str, now: datetime
) -> str:
    """Index a list that a believed key signed; its id. Raises ``UnreadableList``.

    Older lists stay, and its bytes are kept for evidence: what was known at a moment is
    asked for later.
    """
    packed = pack(found)
    body = db.payloads.prepare(InMemory.of(found.der), now)
    id_ = ids.new("crl")
    row = {
        "id": id_,
        "issuer": name_sum(found.issuer).hex(),
        "sha256": found.sha256,
        "signer": signer,
        "source": source,
        "since": found.since,
        "until": found.until or found.since,
        "kept_at": now,
        "entries": packed.entries,
        "parts": len(packed.parts),
        "head": packed.head,
    }
    parts = [
        {"crl_id": id_, "part": n, "body": body}
        for n, body in enumerate(packed.parts)
        if body
    ]
    with db.begin() as tx:
        payloads.insert(tx, [body])
        insert_all(tx, crl, [row])
        insert_all(tx, crl_part, parts)
    return id_


def is_known(tx: sa.Connection, sha256: str) -> bool:
    """Whether this very list is kept."""
    query = sa.select(crl.c.id).where(crl.c.sha256 == sha256)
    return tx.execute(query).first() is not None


def listed(tx: sa.Connection) -> Sequence[Any]:
    """The lists that are kept (id, source, since, until, entries, sha256)."""
    query = sa.select(
        crl.c.id, crl.c.source, crl.c.since, crl.c.until, crl.c.entries, crl.c.sha256
    )
    return tx.execute(query.order_by(crl.c.until.desc(), crl.c.id)).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """From when to when the newest list of an issuer holds."""

    since: datetime
    until: datetime


def current(tx: sa.Connection, issuers: Iterable[Dn]) -> Mapping[Dn, Current]:
    """The newest lists of these issuers; nothing for those of whom none is kept."""
    sums = {name_sum(name).hex(): name for name in issuers}
    newest = sa.func.max(crl.c.since), sa.func.max(crl.c.until)
    found = dict[Dn, Current]()
    for some_ in some(sorted(sums), 200):
        query = sa.select(crl.c.issuer, *newest).where(crl.c.issuer.in_(some_))
        for issuer, since, until in tx.execute(query.group_by(crl.c.issuer)):
            found[sums[issuer]] = Current(since=since, until=until)
    return found


def facts_about(
    tx: sa.Connection, certificates: Iterable[Certificate], at: datetime
) -> Facts:
    """What the lists current at a moment say of these certificates.

    Two queries, whatever their number: the heads, then the parts with the numbers.
    """
    every = tuple(dict.fromkeys(certificates))
    rows = _heads(tx, every, at)
    places = {
        (row.id, one): place(one.serial, one.issuer, row.parts)
        for row in rows
        for one in every
    }
    bodies = _parts(tx, {(id_, part) for (id_, _), (_, part) in places.items()})
    found: dict[str, dict[tuple[int, Dn], Entry]] = defaultdict(dict)
    for (id_, one), (key, part) in places.items():
        told = entry(bodies.get((id_, part), b""), key)
        if told is not None:
            found[id_][one.serial, one.issuer] = told
    return Facts(
        tuple(
            Head(row.head, row.sha256, row.signer).with_entries(found[row.id])
            for row in rows
        )
    )


def _heads(
    tx: sa.Connection, certificates: Sequence[Certificate], at: datetime
) -> Sequence[Any]:
    names = {name for one in certificates for name in _list_issuers(one)}
    sums = sorted(name_sum(name).hex() for name in names)[:_MOST_NAMES]
    query = (
        sa.select(crl)
        .where(crl.c.issuer.in_(sums), crl.c.since <= at, crl.c.until >= at)
        .order_by(crl.c.since.desc(), crl.c.id.desc())
        .limit(_MOST_LISTS)
    )
    return tx.execute(query).all()


def _list_issuers(one: Certificate) -> set[Dn]:
    """Who may issue lists about it: its issuer, and those that its points name."""
    points = one.extension(x509.CRLDistributionPoints) or ()
    return {one.issuer} | {
        dn(name.value)
        for point in points
        for name in point.crl_issuer or ()
        if isinstance(name, x509.DirectoryName)
    }


def _parts(
    tx: sa.Connection, wanted: set[tuple[str, int]]
) -> Mapping[tuple[str, int], bytes]:
    found: dict[tuple[str, int], bytes] = {}
    for some_ in some(sorted(wanted), 200):
        keys = sa.tuple_(crl_part.c.crl_id, crl_part.c.part)
        query = sa.select(crl_part).where(keys.in_(some_))
        for row in tx.execute(query):
            found[row.crl_id, row.part] = row.body
    return found
