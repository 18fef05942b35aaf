"""What is known of revocation: lists taken apart into rows, and answers as they came.

One number of a list is found in a few kilobytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography import x509

from gateway.pipeline.ports import InMemory
from gateway.store import ids, payloads
from gateway.store.database import Database
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import crl, crl_part, ocsp_answer
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import Entry, RevocationList
from gateway.trust.pki.index import Head, entry, name_sum, pack, place
from gateway.trust.pki.names import Dn, dn
from gateway.trust.pki.ocsp import OcspAnswer
from gateway.trust.pki.revocation import Facts

__all__ = [
    "Current",
    "answered",
    "current",
    "facts_about",
    "forget",
    "is_known",
    "keep",
    "keep_answer",
    "listed",
]

_MOST_LISTS = 64
_MOST_NAMES = 64


def keep(
    db: Database, found: RevocationList, signer: str, source: str, now: datetime
) -> None:
    """Index a list that a believed key signed, once. Raises ``UnreadableList``.

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
        "scope": found.about,
        "is_delta": found.is_delta,
        "head": packed.head,
    }
    parts = [
        {"crl_id": id_, "part": n, "body": body}
        for n, body in enumerate(packed.parts)
        if body
    ]
    with db.begin() as tx:
        if is_known(tx, found.sha256):  # from another address meanwhile
            return
        payloads.insert(tx, [body])
        insert_all(tx, crl, [row])
        insert_all(tx, crl_part, parts)


def keep_answer(
    db: Database,
    found: OcspAnswer,
    path: Sequence[Certificate],
    source: str,
    now: datetime,
) -> None:
    """Keep what a responder said about a certificate, once it was believed.

    ``path`` is the certificate and its issuer.
    """
    about, issuer = path
    one = found.about(about, issuer)
    assert one is not None
    row = {
        "certificate": about.fingerprint,
        "sha256": found.sha256,
        "since": one.this_update_utc,
        "until": one.next_update_utc or one.this_update_utc,
        "kept_at": now,
        "source": source,
        "body": found.der,
    }
    with db.begin() as tx:
        insert_new(tx, ocsp_answer, [row])


def forget(tx: sa.Connection, before: datetime, after: str | None, limit: int) -> Any:
    """Forget a part of the lists that ended before, and all such answers.

    Gives the id that the next part follows, or none at the end.
    """
    query = sa.select(crl.c.id).where(crl.c.id > (after or ""), crl.c.until < before)
    gone = list(tx.execute(query.order_by(crl.c.id).limit(limit)).scalars())
    tx.execute(sa.delete(crl_part).where(crl_part.c.crl_id.in_(gone)))
    tx.execute(sa.delete(crl).where(crl.c.id.in_(gone)))
    tx.execute(sa.delete(ocsp_answer).where(ocsp_answer.c.until < before))
    return gone[-1] if len(gone) == limit else None


def answered(tx: sa.Connection, sha256: str) -> bytes | None:
    """The answer of this sum."""
    query = sa.select(ocsp_answer.c.body).where(ocsp_answer.c.sha256 == sha256)
    found = tx.execute(query).scalar()
    return None if found is None else bytes(found)


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
        is_asked = sa.and_(crl.c.issuer.in_(some_), sa.not_(crl.c.is_delta))
        query = sa.select(crl.c.issuer, *newest).where(is_asked)
        for issuer, since, until in tx.execute(query.group_by(crl.c.issuer)):
            found[sums[issuer]] = Current(since=since, until=until)
    return found


def facts_about(
    tx: sa.Connection, certificates: Iterable[Certificate], at: datetime
) -> Facts:
    """What the lists current at a moment say of these certificates.

    Three queries, whatever their number: the heads, the parts with the numbers, and
    the answers.
    """
    every = tuple(dict.fromkeys(certificates))
    rows = _heads(tx, every, at)
    places = {
        (row.id, one): place(one.serial, one.issuer, row.parts)
        for row in rows
        for one in every
    }
    bodies = _parts(tx, {(id_, part) for (id_, _), (_, part) in places.items()})
    found: dict[str, dict[tuple[int, Dn], Entry | None]] = defaultdict(dict)
    for (id_, one), (key, part) in places.items():
        told = entry(bodies.get((id_, part), b""), key)
        found[id_][one.serial, one.issuer] = told
    return Facts(
        tuple(
            Head(row.head, row.sha256, row.signer).with_entries(found[row.id])
            for row in rows
        ),
        tuple(_answers(tx, every, at)),
    )


def _answers(
    tx: sa.Connection, certificates: Sequence[Certificate], at: datetime
) -> Iterator[OcspAnswer]:
    """What responders said of them that holds then, the newest first."""
    col = ocsp_answer.c
    sums = [one.fingerprint for one in certificates][:_MOST_NAMES]
    holds = sa.or_(col.until >= at, col.until == col.since)
    query = (
        sa.select(col.body)
        .where(col.certificate.in_(sums), col.since <= at, holds)
        .order_by(col.since.desc(), col.sha256)
        .limit(_MOST_LISTS)
    )
    for body in tx.execute(query).scalars():
        yield OcspAnswer.read(bytes(body))


def _heads(
    tx: sa.Connection, certificates: Sequence[Certificate], at: datetime
) -> Sequence[Any]:
    """Of each issuer, and of each thing that its lists are about, the newest."""
    names = {name for one in certificates for name in _list_issuers(one)}
    sums = sorted(name_sum(name).hex() for name in names)[:_MOST_NAMES]
    newest = sa.func.row_number().over(
        partition_by=(crl.c.issuer, crl.c.scope, crl.c.signer),
        order_by=(crl.c.since.desc(), crl.c.id.desc()),
    )
    ranked = (
        sa.select(crl.c.id, newest.label("place"))
        .where(crl.c.issuer.in_(sums), crl.c.since <= at, crl.c.until >= at)
        .subquery()
    )
    query = (
        sa.select(crl)
        .join(ranked, ranked.c.id == crl.c.id)
        .where(ranked.c.place == 1)
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
