"""What an AS2 request proves: as it came, as it was answered, and by which certificate.

``request.eml`` is what came, headers and all, and ``reply.eml`` the MDN.
``signed.mime`` are the bytes that the sender signed, decrypted where that was needed,
and ``signature.p7s`` is the signature over them, as ``openssl cms`` takes both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from gateway.as2.headers import Headers, MediaType, media_type
from gateway.as2.layers import MAX_DEPTH
from gateway.as2.mime import Head, Splitter, Strange, transfer
from gateway.evidence.bundle import Bytes, Member, Text
from gateway.partner import Profile, load
from gateway.store import own_keys, tables
from gateway.store.as2 import CHANNEL
from gateway.store.payloads import Payloads
from gateway.trust.cms import (
    CmsFault,
    Decompressing,
    Decrypting,
    Holder,
    content_kind,
)
from gateway.trust.files import pem
from gateway.trust.keyring import Use, fingerprint
from gateway.trust.known import certificates_of

Holders: TypeAlias = Callable[[str], Sequence[Holder]]
"""Our keys towards a partner, with which what it encrypted is opened."""
_row = tables.as2_message.c
_BEGINNING = 32
_MOST_OPENED = 64 * 1024 * 1024
_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def nobody(partner_id: str) -> Sequence[Holder]:
    """No keys: what is encrypted stays so."""
    return ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Bytes with others in front of them."""

    head: bytes
    rest: Bytes

    @property
    def size(self) -> int:
        """How many there are together."""
        return len(self.head) + self.rest.size

    @property
    def sha256(self) -> str:
        """The sum of both together."""
        sum_ = hashlib.sha256()
        for piece in self.chunks():
            sum_.update(piece)
        return sum_.hexdigest()

    def chunks(self) -> Iterator[bytes]:
        """One after the other."""
        yield self.head
        yield from self.rest.chunks()


def requests_of(tx: sa.Connection, id_: str) -> list[sa.Row[Any]]:
    """The requests that brought a transmission (rcp_), or those like one (as2_).

    That is every one with the same names and Message-ID: repeats, and what failed
    before.
    """
    receipt = tables.receipt.c
    if id_.startswith("as2_"):
        known = sa.select(_row.partner_id, _row.key).where(_row.id == id_)
        found = [tuple(row) for row in tx.execute(known)]
    else:
        query = sa.select(receipt.partner_id, receipt.transport_id).where(
            receipt.id == id_, receipt.channel == CHANNEL
        )
        found = [
            (row.partner_id, row.transport_id.rpartition("#")[0])
            for row in tx.execute(query)
        ]
    query_all = sa.select(tables.as2_message).where(
        sa.tuple_(_row.partner_id, _row.key).in_(found)
    )
    return list(tx.execute(query_all.order_by(_row.id))) if found else []


def receipts_of(requests: Iterable[sa.Row[Any]]) -> set[str]:
    """The transmissions that were taken from these requests."""
    return {
        id_ for row in requests for id_ in json.loads(row.facts).get("receipts", ())
    }


def members(
    tx: sa.Connection,
    kept: Payloads,
    requests: Sequence[sa.Row[Any]],
    holders: Holders = nobody,
) -> Iterator[Member]:
    """The files of these requests. What is gone is left out; the sums tell."""
    for row in requests:
        yield from _request(tx, kept, row, holders(row.partner_id))
    partners = sorted({row.partner_id for row in requests})
    signers = {json.loads(row.facts).get("signer", "") for row in requests} - {""}
    for partner_id in partners:
        for name, text in _theirs(tx, partner_id, signers):
            yield _text(f"as2/certificates/theirs-{name[:16]}.pem", text, partner_id)
    if any(row.reply_sha256 for row in requests):
        for key in own_keys.every(tx):
            if Use.AS2_SIGN in key.certified.uses:
                text = pem([key.certified.certificate])
                name = f"as2/certificates/ours-{key.fingerprint[:16]}.pem"
                yield _text(name, text, key.id)


def _request(
    tx: sa.Connection, kept: Payloads, row: sa.Row[Any], keys: Sequence[Holder]
) -> Iterator[Member]:
    place = f"as2/{row.id}"
    facts = {**row._mapping, "facts": json.loads(row.facts)}
    for left_out in ("lease_owner", "next_at", "headers"):
        del facts[left_out]
    told = json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n"
    yield _text(f"{place}/decision.json", told, row.id)
    blobs = kept.load(tx, filter(None, (row.sha256, row.reply_sha256)))
    body, reply = blobs.get(row.sha256), blobs.get(row.reply_sha256)
    if body is not None:
        head = row.headers.encode("latin-1") + b"\r\n"
        raw = Joined(head, body)
        yield Member(
            name=f"{place}/request.eml", kind="received", content=raw, of=row.id
        )
        signed, signature = _signed(Headers.read(head), body, keys)
        if signature:
            yield _text(f"{place}/signed.mime", signed, row.id)
            yield _text(f"{place}/signature.p7s", signature, row.id)
    if reply is not None:
        is_own = "receipts" in facts["facts"]  # else it is the first one's
        of = row.id if is_own else row.repeats
        yield Member(name=f"{place}/reply.eml", kind="sent", content=reply, of=of)


def _signed(
    headers: Headers, body: Bytes, keys: Sequence[Holder]
) -> tuple[bytes, bytes]:
    """The bytes that were signed and the signature; empty where there is none of it."""
    if body.size > _MOST_OPENED:
        return b"", b""
    data = b"".join(body.chunks())
    try:
        for _ in range(MAX_DEPTH):
            kind = media_type(headers.get("Content-Type"))
            if kind.kind == "multipart/signed":
                return _split(data, kind.get("boundary"))
            inside = _inside(kind, headers, data, keys)
            headers, data = _entity(inside)
    except (CmsFault, Strange):
        pass
    return b"", b""


def _inside(
    kind: MediaType, headers: Headers, data: bytes, keys: Sequence[Holder]
) -> bytes:
    """What is inside one wrapping; raises ``Strange`` when there is none."""
    if kind.kind not in _PKCS7:
        raise Strange("it is not signed")
    decoder = transfer(headers.get("Content-Transfer-Encoding"))
    der = decoder.feed(data) + decoder.finish()
    opening: Decrypting | Decompressing
    if content_kind(der[:_BEGINNING]) == "compressed-data":
        opening = Decompressing()
    else:
        opening = Decrypting(keys)
    return opening.feed(der) + b"".join(opening.finish())


def _entity(data: bytes) -> tuple[Headers, bytes]:
    head = Head()
    body = head.feed(data)
    if body is None:
        raise Strange("there is no MIME inside")
    return Headers.read(head.raw), body


def _split(data: bytes, boundary: str) -> tuple[bytes, bytes]:
    """The first part exactly as it stands, and the second one decoded."""
    splitter, parts = Splitter(boundary), [bytearray(), bytearray()]
    for number, piece in (*splitter.feed(data), *splitter.finish()):
        if number < 2 and piece is not None:
            parts[number] += piece
    headers, body = _entity(bytes(parts[1]))
    decoder = transfer(headers.get("Content-Transfer-Encoding"))
    return bytes(parts[0]), decoder.feed(body) + decoder.finish()


def _theirs(
    tx: sa.Connection, partner_id: str, wanted: set[str]
) -> Iterator[tuple[str, str]]:
    """Certificates of a partner by their sums, from the versions of its profile."""
    left = set(wanted)
    version = tables.profile_version.c
    query = sa.select(version.yaml).where(version.partner_id == partner_id)
    for text in tx.execute(query.order_by(version.n.desc())).scalars():
        if not left:
            return
        profile = load(text, partner_id)
        known = certificates_of(profile).all if isinstance(profile, Profile) else ()
        for one in known:
            name = fingerprint(one.certificate)
            if name in left:
                left.discard(name)
                yield name, pem([one.certificate])


def _text(name: str, data: str | bytes, of: str) -> Member:
    raw = data.encode() if isinstance(data, str) else data
    return Member(name=name, kind="facts", content=Text(raw), of=of)
