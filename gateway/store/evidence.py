"""All that is known about an order or a transmission, gathered for its bundle."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa

from gateway.evidence.bundle import Bytes, Evidence, Member, Stretch, Text
from gateway.evidence.chain import digest
from gateway.findings import Finding, Where
from gateway.store import as2_evidence, ids, revocations, sealing, signed, tables
from gateway.store.as2_evidence import Holders, nobody
from gateway.store.file_names import file_name_of
from gateway.store.journal import version_bytes
from gateway.store.payloads import DamagedPayload, Payloads
from gateway.store.signed import SignedDocument
from gateway.store.sql import some

_event, _point = tables.event.c, tables.checkpoint.c
_order, _version = tables.orders.c, tables.order_version.c
_receipt, _box = tables.receipt.c, tables.outbox.c
_wire = tables.wire.c
_SEALED = sa.text("event.seq IS NOT NULL")  # as the partial indexes say it
_SKEW = timedelta(minutes=10)  # of the clocks of several nodes
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(slots=True)
class Gathered:
    """Evidence, and what is to be known of it that it does not hold itself."""

    evidence: Evidence
    findings: list[Finding] = field(default_factory=list)


def gather(
    tx: sa.Connection,
    kept: Payloads,
    id_: str,
    keys: Mapping[str, bytes],
    holders: Holders = nobody,
) -> Gathered | None:
    """The evidence of an order (ord_), a transmission (rcp_, int_) or an AS2 request
    (as2_); none: unknown.

    Every payload is read and held against its sum. ``keys`` are the public keys that
    the checkpoints may be signed with, ``holders`` open what came encrypted. What the
    events of today attest must be sealed first.
    """
    about = _about(tx, id_)
    return None if about is None else _Search(tx, kept, about, keys, holders).run()


@dataclass(frozen=True, slots=True)
class _About:
    """What the evidence is about: an order with its row, or a receipt only."""

    partner_id: str
    id: str
    receipt_id: str
    order: Any = None


def _about(tx: sa.Connection, id_: str) -> _About | None:
    if id_.startswith("ord_"):
        row = tx.execute(sa.select(tables.orders).where(_order.id == id_)).first()
        if row is None:
            return None
        return _About(row.partner_id, id_, row.receipt_id, row)
    if id_.startswith("int_"):
        inside = tables.interchange.c
        query = sa.select(inside.receipt_id).where(inside.id == id_)
        id_ = str(tx.execute(query).scalar() or "")
    if id_.startswith("as2_"):
        requests = as2_evidence.requests_of(tx, id_)
        taken = sorted(as2_evidence.receipts_of(requests))
        partner_id = requests[0].partner_id if requests else ""
        return _About(partner_id, id_, taken[0] if taken else "") if requests else None
    row = tx.execute(sa.select(tables.receipt).where(_receipt.id == id_)).first()
    return None if row is None else _About(row.owner_id, id_, id_)


class _Search:
    """One search through the tables."""

    def __init__(
        self,
        tx: sa.Connection,
        kept: Payloads,
        about: _About,
        keys: Mapping[str, bytes],
        holders: Holders,
    ) -> None:
        self.tx = tx
        self.kept = kept
        self.about = about
        self.keys = keys
        self.holders = holders
        self.members: list[Member] = []
        self.findings: list[Finding] = []
        query = sa.select(sa.func.max(_point.at))
        dropped = query.where(_point.dropped_at.is_not(None))
        self.told_since = tx.execute(dropped).scalar()

    def run(self) -> Gathered:
        """Rows, bytes, events, and the stretches of the chain that they stand in."""
        about, sent = self.about, self._sent()
        wrapped = self._wrapped(sent)
        refs = {about.id, about.receipt_id, *(row.id for row in sent)} - {""}
        requests = as2_evidence.requests_of(self.tx, about.id)
        requests = requests or as2_evidence.requests_of(self.tx, about.receipt_id)
        refs |= {row.message_id for row in wrapped}
        requests += self._came(refs, {row.id for row in requests})
        sent = [*sent, *self._posted(requests)]
        documents = signed.of_receipts(self.tx, {about.receipt_id})
        refs |= {row.id for row in (*requests, *sent)}
        refs |= {one.id for one in documents}
        events = self._events(refs | self._documents() | self._orders())
        self._receipts(
            {about.receipt_id}
            | as2_evidence.receipts_of(requests)
            | {json.loads(row.detail).get("receipt", "") for row in events}
        )
        for row in sent:
            self._message(row)
        self.members += as2_evidence.members(self.tx, self.kept, requests, self.holders)
        for n, row in enumerate(wrapped, 1):
            self._wire(n, row)
        for one in documents:
            self._signed(one)
        if about.order is None and documents:
            self._profile(documents[0].received_at)
        if about.order is not None:
            self._order()
        self._facts(sent)
        points = self._points({row.seq for row in events})
        signers = {one.checkpoint.key for one in points}
        for name in sorted(signers - self.keys.keys()):
            what = f"a checkpoint is signed by the key {name}, which is not known here"
            self.findings.append(Finding.of("EVD-012", what, value=name))
        kind = "order" if about.order is not None else "receipt"
        kind = "as2" if about.id.startswith("as2_") else kind
        evidence = Evidence(
            about={"about": kind, "id": about.id, "partner": about.partner_id},
            members=tuple(self.members),
            lines=tuple(sealing.line_of(row) for row in events),
            stretches=tuple(points),
            keys=tuple(key for name, key in self.keys.items() if name in signers),
        )
        return Gathered(evidence, self.findings)

    def _sent(self) -> Sequence[sa.Row[Any]]:
        """Our messages: of the order, and of its transmission as a whole."""
        of_receipt = _box.receipt_id == self.about.receipt_id
        place = of_receipt
        if self.about.order is not None:
            of_order = sa.and_(tables.OUTBOX_OF_ORDER, _box.order_id == self.about.id)
            place = of_order | (of_receipt & (_box.order_id == ""))
        query = sa.select(tables.outbox).where(place).order_by(_box.id)
        return self.tx.execute(query).all()

    def _posted(self, requests: Sequence[sa.Row[Any]]) -> Sequence[sa.Row[Any]]:
        """The MDNs of AS2 requests that were posted later."""
        its = [row.id for row in requests]
        query = sa.select(tables.outbox).where(_box.receipt_id.in_(its))
        return self.tx.execute(query.order_by(_box.id)).all() if its else []

    def _orders(self) -> set[str]:
        """The orders of a transmission, whose events attest it.

        Their ids begin with the moment they were made: when it was answered.
        """
        if self.about.order is not None:
            return set()
        query = sa.select(tables.receipt).where(_receipt.id == self.about.receipt_id)
        row = self.tx.execute(query).first()
        if row is None:
            return set()
        first, last = row.received_at - _SKEW, (row.done_at or row.received_at) + _SKEW
        query = sa.select(_order.id).where(
            _order.id.between(_order_id(first), _order_id(last)),
            _order.receipt_id == row.id,
        )
        return set(self.tx.execute(query).scalars())

    def _documents(self) -> set[str]:
        """Shipments and invoices of the order, and what the partner said of them."""
        found: set[str] = set()
        if self.about.order is None:
            return found
        for table, lines in (
            (tables.shipment, tables.shipment_line),
            (tables.invoice, tables.invoice_line),
        ):
            its = sa.select(lines.c[f"{table.name}_id"]).where(
                lines.c.partner_id == self.about.partner_id,
                lines.c.order_id == self.about.id,
            )
            query = sa.select(table).where(
                table.c.partner_id == self.about.partner_id, table.c.id.in_(its)
            )
            found |= self._bodies(table, query)
        link = tables.advice_link.c
        said = sa.select(link.advice_id).where(
            link.partner_id == self.about.partner_id,
            sa.or_(link.order_id == self.about.id, link.ref.in_(found)),
        )
        query = sa.select(tables.advice).where(
            tables.advice.c.partner_id == self.about.partner_id,
            tables.advice.c.id.in_(said),
        )
        return found | self._bodies(tables.advice, query)

    def _bodies(self, table: sa.Table, query: sa.Select[Any]) -> set[str]:
        """The documents of a query, each as a file; their ids."""
        found: set[str] = set()
        for row in self.tx.execute(query):
            name = f"{table.name}/{row.id}.json"
            kind = self._attested("version", row.created_at)
            self._add(name, kind, Text(row.body.encode()), row.id)
            found.add(row.id)
        return found

    def _events(self, refs: set[str]) -> list[sa.Row[Any]]:
        """The sealed events about these, in the order of the chain.

        Of an acknowledgement that came for a message of ours, its transmission's too.
        """
        found: dict[str, sa.Row[Any]] = {}
        known: set[str] = set()
        while refs - known:
            fresh, known = refs - known, known | refs
            refs = set()
            for part in some(fresh):
                query = sa.select(*sealing.TOLD, _event.seq).where(
                    _SEALED, _event.ref.in_(part)
                )
                for row in self.tx.execute(query):
                    found[row.id] = row
                    if row.name == "message.acknowledged":
                        refs.add(json.loads(row.detail).get("receipt", ""))
        return sorted(found.values(), key=lambda row: row.seq)

    def _receipts(self, ids: set[str]) -> None:
        query = sa.select(tables.receipt).where(_receipt.id.in_(ids))
        for row in self.tx.execute(query.order_by(_receipt.id)):
            name = f"received/{row.id}"
            waits = row.state == "todo"
            kind = "waiting" if waits else self._attested("received", row.received_at)
            self._bytes(f"{name}.edi", kind, row.sha256, row.id)
            self._json(f"{name}.json", _plain(row), row.id)

    def _message(self, row: sa.Row[Any]) -> None:
        suffix = PurePath(file_name_of(row)).suffix.lower()
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ".bin"
        is_gone = row.delivery == "delivered" and row.settled_at is not None
        kind = self._attested("sent", row.settled_at) if is_gone else "queued"
        self._bytes(f"sent/{row.id}{suffix}", kind, row.content_sha256, row.id)

    def _wrapped(self, sent: Sequence[sa.Row[Any]]) -> list[sa.Row[Any]]:
        """What these messages were wrapped into, or what they were repeats of was."""
        found: dict[tuple[str, str], sa.Row[Any]] = {}
        for part in some(sent):
            mine = _wire.message_id.in_([row.id for row in part])
            shared = _wire.id.in_([row.wire_id for row in part if row.wire_id])
            query = sa.select(tables.wire).where(sa.or_(mine, shared))
            for row in self.tx.execute(query.order_by(_wire.message_id, _wire.id)):
                if row.partner_id == self.about.partner_id:
                    found[row.partner_id, row.id] = row
        return list(found.values())

    def _came(self, refs: set[str], known: set[str]) -> list[sa.Row[Any]]:
        """The requests that brought receipts (MDNs) for these messages of ours."""
        found: dict[str, sa.Row[Any]] = {}
        for part in some(refs):
            query = sa.select(_event.detail).where(
                _SEALED, _event.ref.in_(part), _event.name.like("message.receipt%")
            )
            for detail in self.tx.execute(query).scalars():
                for row in as2_evidence.requests_of(
                    self.tx, json.loads(detail).get("came", "")
                ):
                    found[row.id] = row
        return [row for id_, row in found.items() if id_ not in known]

    def _wire(self, n: int, row: sa.Row[Any]) -> None:
        """What went over the wire, and every answer, as S/MIME that any tool reads.

        A file that we signed has the end of its name, like .p7s.
        """
        suffix = json.loads(row.facts or "{}").get("suffix", ".eml") or ".xml"
        stem = f"wire/{row.message_id}-{n}"
        kind = self._attested("sent", row.changed_at)
        self._bytes(f"{stem}{suffix}", kind, row.sha256, row.message_id)
        answer = tables.wire_answer.c
        query = sa.select(tables.wire_answer).where(
            answer.partner_id == row.partner_id, answer.wire_id == row.id
        )
        answers = self.tx.execute(query.order_by(answer.id)).all()
        for each in answers:
            kind = self._attested("received", each.at)
            name = f"{stem}.{each.id}.eml"
            self._bytes(name, kind, each.sha256, each.message_id)
        told = _plain(row) | {"answers": [_plain(each) for each in answers]}
        self._json(f"{stem}.json", told, row.message_id)

    def _signed(self, one: SignedDocument) -> None:
        """The document as it came, what was found out, the path, and its lists."""
        kind = self._attested("received", one.received_at)
        self._bytes(f"signed/{one.id}.p7m", kind, one.sha256, one.id)
        for name, kind, content in signed.members(one):
            told = self._attested(kind, one.received_at) if kind == "version" else kind
            self._add(name, told, Text(content), one.id)
        for sum_ in sorted(signed.sources(one)):
            answer = revocations.answered(self.tx, sum_)
            if answer is None:
                self._bytes(f"signed/{sum_[:16]}.crl", "facts", sum_, one.id)
            else:
                self._add(f"signed/{sum_[:16]}.ors", "facts", Text(answer), one.id)

    def _order(self) -> None:
        about = self.about
        query = sa.select(tables.order_version).where(
            _version.partner_id == about.partner_id, _version.order_id == about.id
        )
        for row in self.tx.execute(query.order_by(_version.n)):
            content = Text(version_bytes(row.text))
            kind = self._attested("version", row.created_at)
            self._add(f"order/version-{row.n}.jsonl", kind, content, about.id)
        self._json("facts/order.json", _plain(about.order), about.id)
        self._profile(about.order.created_at)

    def _profile(self, at: datetime) -> None:
        """The profile that was in force."""
        of, profile = self.about.partner_id, tables.profile_version.c
        query = (
            sa.select(tables.profile_version)
            .where(profile.partner_id == of, profile.active_from <= at)
            .order_by(profile.n.desc())
        )
        row = self.tx.execute(query.limit(1)).first()
        if row is not None:
            self._add("facts/profile.yaml", "facts", Text(row.yaml.encode()), of)

    def _facts(self, sent: Iterable[sa.Row[Any]]) -> None:
        about, finding = self.about, tables.finding.c
        place = finding.order_id == about.id
        if about.order is None:
            place = finding.receipt_id == about.id
        query = sa.select(tables.finding).where(place).order_by(finding.id)
        findings = [_plain(row) for row in self.tx.execute(query)]
        self._json("facts/findings.json", findings, about.id)
        self._json("facts/sent.json", [_as_sent(row) for row in sent], about.id)

    def _attested(self, kind: str, at: Any) -> str:
        """What came before events that were deleted cannot be held against any."""
        is_old = self.told_since is not None and at <= self.told_since
        return "unattested" if is_old else kind

    def _bytes(self, name: str, kind: str, sha256: str, of: str) -> None:
        """Stored bytes, once they are seen to be those of the sum."""
        try:
            blob = self.kept.load(self.tx, [sha256]).get(sha256)
            if blob is None:
                what = f"the bytes of {of} are not kept any more"
                self.findings.append(Finding.of("EVD-008", what, _at(name), sha256))
                return
            if sum_of(blob) == sha256:
                self._add(name, kind, blob, of)
                return
            what = f"the bytes of {of} have another sum than {sha256}"
        except (DamagedPayload, OSError, ValueError) as problem:
            what = f"the bytes of {of} cannot be read: {type(problem).__name__}"
        self.findings.append(Finding.of("EVD-007", what, _at(name), sha256))

    def _json(self, name: str, facts: object, of: str) -> None:
        text = json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n"
        self._add(name, "facts", Text(text.encode()), of)

    def _add(self, name: str, kind: str, content: Bytes, of: str) -> None:
        self.members.append(Member(name=name, kind=kind, content=content, of=of))

    def _points(self, numbers: set[int]) -> list[Stretch]:
        """The stretches of the chain that hold these events."""
        points: dict[int, Stretch] = {}
        for number in sorted(numbers):
            if any(p.checkpoint.last >= number for p in points.values()):
                continue
            query = sa.select(tables.checkpoint).where(_point.last >= number)
            row = self.tx.execute(query.order_by(_point.last).limit(1)).first()
            if row is not None:
                digests = tuple(digests_of(self.tx, row))
                point = sealing.point_of(row)
                points[row.n] = Stretch(checkpoint=point, digests=digests)
        return list(points.values())


def _order_id(at: datetime) -> str:
    """What ids of orders that are made at this moment begin with, and sort behind."""
    return f"ord_{ids.encoded(sealing.micros(at) // 1000 << 80)}"


def digests_of(tx: sa.Connection, point: sa.Row[Any]) -> Iterator[str]:
    """The digests of all events of a checkpoint's stretch, also of deleted ones."""
    if point.digests is not None:
        data = bytes(point.digests)
        yield from (data[at : at + 32].hex() for at in range(0, len(data), 32))
        return
    query = sa.select(*sealing.TOLD).where(
        _SEALED, _event.seq.between(point.first, point.last)
    )
    for row in tx.execute(query.order_by(_event.seq)):
        yield digest(sealing.line_of(row))


def sum_of(blob: Bytes) -> str:
    """The sum that the bytes really have."""
    sum_ = hashlib.sha256()
    for piece in blob.chunks():
        sum_.update(piece)
    return sum_.hexdigest()


def _at(name: str) -> Where:
    return Where(path=name)


def _as_sent(row: sa.Row[Any]) -> dict[str, Any]:
    return _plain(row) | {"file_name": file_name_of(row)}


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    """A row as JSON takes it: moments as text."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row._mapping.items()
        if name not in ("lease_owner", "epoch", "next_at")
    }
