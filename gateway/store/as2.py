"""Requests to our AS2 door: kept before they are opened, answered before it is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from gateway.findings import Finding, Severity
from gateway.partner.alerts import AlertKind
from gateway.store import alerts, ids, lanes, payloads, receipts, tables
from gateway.store.journal import event_row
from gateway.store.queue import outbox_row
from gateway.store.receipts import TRANSPORT, Receipt
from gateway.store.sql import Among, insert_all, insert_new, some
from gateway.store.tables import AS2_DUE, as2_message, inbound_key, receipt

MDN = "as2_mdn"
"""The kind and the channel of an MDN that is posted later."""
CONTENT = "as2_content"
"""The kind of key by which the same content is known under another Message-ID."""
CHANNEL = "as2"
_TOLD = frozenset({"AS2-112", "TRU-406", "TRU-408"})
"""What people are told of a message that was taken all the same."""

_row = as2_message.c
Tx: TypeAlias = sa.Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A request with all its bytes, before anything is opened.

    ``headers`` is the request line and the headers as they came; ``raw_sha256`` is the
    sum of these, an empty line and the body. Until ``leased_until`` it is ``owner``'s
    alone.
    """

    id: str
    partner_id: str
    key: str
    message_id: str
    peer: str
    headers: str
    facts: Mapping[str, Any]
    body: payloads.Row
    raw_sha256: str
    received_at: datetime
    owner: str
    leased_until: datetime
    address: str = ""
    """Where it wants its MDN posted; empty: not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An MDN with its headers: as HTTP answers it, or as it is posted to ``address``.

    ``by`` is sync, async or none; with none there are no bytes. ``findings`` tell what
    it lacks.
    """

    by: str = "none"
    content: payloads.Row | None = None
    address: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def sha256(self) -> str:
        """The sum of its bytes; empty without any."""
        return str(self.content["sha256"]) if self.content else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a request: what the partner is told, and what goes on.

    ``parts`` are its documents, empty when it was not accepted. ``facts`` is the
    decision as JSON. ``clashes``: it is known that its Message-ID came before with
    other content, so that its parts are only kept aside.
    """

    id: str
    partner_id: str
    key: str
    owner: str
    accepted: bool
    disposition: str
    mic: str
    content_sha256: str
    facts: Mapping[str, Any]
    parts: tuple[receipts.Entry, ...]
    reply: Reply
    findings: tuple[Finding, ...] = ()
    clashes: bool = False
    repeats_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is true of a request now.

    ``sha256`` and ``by`` are of the MDN that is to be told, which is the first one for
    a repeat; ``repeats`` is the request that came first. ``clashes``: nothing was
    written, since the Message-ID came before with other content. ``open``: it was only
    kept, and is still to be opened.
    """

    id: str
    sha256: str = ""
    by: str = "none"
    repeats: str = ""
    accepted: bool = False
    clashes: bool = False
    open: bool = False
    receipt_ids: tuple[str, ...] = ()


Entry: TypeAlias = Came | Decided


def write(tx: Tx, entries: Sequence[Entry], now: datetime) -> list[Outcome]:
    """Keep requests and answer others, all in one transaction."""
    came = [one for one in entries if isinstance(one, Came)]
    decided = [one for one in entries if isinstance(one, Decided)]
    found = {one.id: one for one in (*_keep(tx, came), *_answer(tx, decided, now))}
    return [found[one.id] for one in entries]


# What came.


def _keep(tx: Tx, came: Sequence[Came]) -> list[Outcome]:
    if not came:
        return []
    payloads.insert(tx, [one.body for one in came])
    before = _answered(tx, {(one.partner_id, one.key) for one in came})
    rows: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    outcomes: list[Outcome] = []
    outbox: list[dict[str, object]] = []
    for one in came:
        first = before.get((one.partner_id, one.key))
        row = _new(one)
        name = "as2.received"
        told = {"sha256": one.raw_sha256, "body_sha256": str(one.body["sha256"])}
        if first is not None and first.sha256 == one.body["sha256"]:
            row |= _as_first(first, one.received_at)
            name, told = "as2.repeated", told | {"of": first.id}
            outcomes.append(_outcome_of(one.id, first))
            if first.reply_by == "async" and one.address:
                outbox.append(
                    _posted(one, first.reply_sha256, one.address, one.received_at)
                )
        else:
            outcomes.append(Outcome(id=one.id, open=True))
        rows.append(row)
        told |= {"message_id": one.message_id, "peer": one.peer}
        events.append(event_row(one.partner_id, name, one.id, one.received_at, **told))
    lanes.line_up(tx, outbox)
    insert_all(tx, as2_message, rows)
    insert_all(tx, tables.outbox, outbox)
    insert_all(tx, tables.event, events)
    return outcomes


def _new(one: Came) -> dict[str, object]:
    return {
        "partner_id": one.partner_id,
        "id": one.id,
        "key": one.key,
        "message_id": one.message_id,
        "peer": one.peer,
        "headers": one.headers,
        "facts": json.dumps(one.facts, sort_keys=True),
        "raw_sha256": one.raw_sha256,
        "sha256": one.body["sha256"],
        "size": one.body["size"],
        "received_at": one.received_at,
        "state": "received",
        "disposition": "",
        "mic": "",
        "content_sha256": "",
        "repeats": "",
        "reply_sha256": "",
        "reply_by": "",
        "attempts": 1,
        "next_at": one.leased_until,
        "lease_owner": one.owner,
        "answered_at": None,
    }


def _as_first(first: Any, now: datetime) -> dict[str, object]:
    """What a repeat has of the first one, whose answer it gets."""
    return {
        "state": "answered",
        "disposition": first.disposition,
        "mic": first.mic,
        "content_sha256": first.content_sha256,
        "repeats": first.id,
        "reply_sha256": first.reply_sha256,
        "reply_by": first.reply_by,
        "answered_at": now,
    }


def _outcome_of(id_: str, first: Any) -> Outcome:
    return Outcome(
        id=id_,
        sha256=first.reply_sha256,
        by=first.reply_by,
        repeats=first.id,
        accepted=True,
    )


_ANSWERED = Among(
    sa.select(
        _row.partner_id,
        _row.key,
        _row.id,
        _row.sha256,
        _row.raw_sha256,
        _row.disposition,
        _row.mic,
        _row.content_sha256,
        _row.reply_sha256,
        _row.reply_by,
    ).where(sa.text("as2_message.state = 'answered' AND as2_message.repeats = ''")),
    _row.partner_id,
    _row.key,
)


def _answered(tx: Tx, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """The first accepted request of each key; what failed before does not count.

    Nor does one whose MDN was deleted for its age.
    """
    found: dict[tuple[str, str], Any] = {}
    for row in _ANSWERED.find(tx, keys):
        first = found.get((row.partner_id, row.key))
        is_accepted = row.content_sha256 != ""  # it is noted of these only
        if is_accepted and (first is None or row.id < first.id):
            found[row.partner_id, row.key] = row
    if not found:
        return found
    kept = tables.payload.c.sha256
    sums = {""}
    for part in some({row.reply_sha256 for row in found.values()}):
        sums.update(tx.execute(sa.select(kept).where(kept.in_(part))).scalars())
    return {key: row for key, row in found.items() if row.reply_sha256 in sums}


# What became of it.


def _answer(tx: Tx, decided: Sequence[Decided], now: datetime) -> list[Outcome]:
    if not decided:
        return []
    ours = _held(tx, decided)
    outcomes = [
        _told(tx, one) for one in decided if (one.partner_id, one.id) not in ours
    ]
    decided = [one for one in decided if (one.partner_id, one.id) in ours]
    clashing = _clashing(tx, [one for one in decided if not one.clashes])
    outcomes += [Outcome(id=id_, clashes=True) for id_ in sorted(clashing)]
    decided = [one for one in decided if one.id not in clashing]
    if not decided:
        return outcomes
    repeated = _repeated(tx, [one for one in decided if one.accepted], now)
    goes_on = [one for one in decided if one.id not in repeated and one.parts]
    kept = receipts.keep_all(tx, [part for one in goes_on for part in one.parts])
    by_id = _by_request(goes_on, kept)
    first = _answered(tx, {(one.partner_id, one.key) for one in decided})
    written = _Written(now)
    for one in decided:
        before = first.get((one.partner_id, one.key))
        done = _Done(one, by_id.get(one.id, ()), repeated.get(one.id, ""))
        outcomes.append(written.add(done, before if one.accepted else None))
    written.insert(tx)
    return outcomes


_HELD = Among(
    sa.select(_row.partner_id, _row.id, _row.lease_owner).where(
        sa.text("as2_message.state = 'received'")
    ),
    _row.id,
    locking="FOR UPDATE",
)


def _held(tx: Tx, decided: Sequence[Decided]) -> set[tuple[str, str]]:
    """Those that are still to be answered by us, locked until the transaction ends."""
    held = {tuple(row) for row in _HELD.find(tx, [(one.id,) for one in decided])}
    return {
        (one.partner_id, one.id)
        for one in decided
        if (one.partner_id, one.id, one.owner) in held
    }


def _told(tx: Tx, one: Decided) -> Outcome:
    """What another process has made of it, as it took it over."""
    query = sa.select(as2_message).where(
        _row.partner_id == one.partner_id, _row.id == one.id
    )
    row = tx.execute(query).one()
    if row.state == "received":
        return Outcome(id=one.id, open=True)
    return replace(_outcome_of(one.id, row), repeats=row.repeats)


_KEYS = Among(
    sa.select(
        inbound_key.c.partner_id,
        inbound_key.c.kind,
        inbound_key.c.key,
        inbound_key.c.sha256,
        inbound_key.c.receipt_id,
        inbound_key.c.seen_at,
    ),
    inbound_key.c.partner_id,
    inbound_key.c.kind,
    inbound_key.c.key,
)


def _clashing(tx: Tx, decided: Sequence[Decided]) -> set[str]:
    """Those whose Message-ID came before with other content."""
    meant = {
        (part.key[0], TRANSPORT, part.key[1]): (one.id, part.inbound.blob.sha256)
        for one in decided
        for part in one.parts
    }
    found: set[str] = set()
    for row in _KEYS.find(tx, meant):
        id_, sha256 = meant[row.partner_id, row.kind, row.key]
        if row.sha256 != sha256:
            found.add(id_)
    return found


def _repeated(tx: Tx, accepted: Sequence[Decided], now: datetime) -> dict[str, str]:
    """Those whose content came before under another Message-ID, and under which.

    What is old enough, or was put aside, may come again.
    """
    rows = {
        (one.partner_id, CONTENT, one.content_sha256): one
        for one in reversed(accepted)
        if one.repeats_since is not None and not one.clashes
    }
    if not rows:
        return {}
    new = [
        {
            "partner_id": place[0],
            "kind": place[1],
            "key": place[2],
            "sha256": one.key,
            "receipt_id": one.id,
            "seen_at": now,
        }
        for place, one in sorted(rows.items())
    ]
    if insert_new(tx, inbound_key, new) == len(new) == len(accepted):
        return {}
    owners = {tuple(row[:3]): row for row in _KEYS.find(tx, rows)}
    found: dict[str, str] = {}
    for one in accepted:
        owner = owners.get((one.partner_id, CONTENT, one.content_sha256))
        if owner is None or owner.receipt_id == one.id or owner.sha256 == one.key:
            continue
        since = one.repeats_since
        if since is None or owner.seen_at < since or _is_aside(tx, owner):
            _takes_over(tx, owner, one, now)
        else:
            found[one.id] = owner.receipt_id
    return found


def _is_aside(tx: Tx, owner: Any) -> bool:
    """Whether the first one's documents went no further than into quarantine."""
    query = (
        sa.select(receipt.c.state)
        .join(
            inbound_key,
            sa.and_(
                inbound_key.c.partner_id == receipt.c.partner_id,
                inbound_key.c.receipt_id == receipt.c.id,
            ),
        )
        .where(
            inbound_key.c.partner_id == owner.partner_id,
            inbound_key.c.kind == TRANSPORT,
            inbound_key.c.key == f"{CHANNEL}|{part_key(owner.sha256, 1)}",
        )
    )
    return tx.execute(query).scalar() in ("quarantined", "refused")


def part_key(key: str, number: int) -> str:
    """The key of a request's document; numbers count from 1."""
    return f"{key}#{number}"


def _takes_over(tx: Tx, owner: Any, one: Decided, now: datetime) -> None:
    tx.execute(
        sa.update(inbound_key)
        .where(
            inbound_key.c.partner_id == owner.partner_id,
            inbound_key.c.kind == CONTENT,
            inbound_key.c.key == owner.key,
        )
        .values(sha256=one.key, receipt_id=one.id, seen_at=now)
    )


def _by_request(
    goes_on: Sequence[Decided], kept: Sequence[Receipt]
) -> dict[str, tuple[Receipt, ...]]:
    left = iter(kept)
    return {one.id: tuple(next(left) for _ in one.parts) for one in goes_on}


@dataclass(frozen=True, slots=True)
class _Done:
    decided: Decided
    receipts: tuple[Receipt, ...]
    repeats: str


@dataclass(slots=True)
class _Written:
    """The rows of a batch of answers."""

    now: datetime
    updates: list[dict[str, object]] = field(default_factory=list)
    contents: list[payloads.Row] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    alerts: list[dict[str, object]] = field(default_factory=list)
    outbox: list[dict[str, object]] = field(default_factory=list)

    def add(self, done: _Done, first: Any) -> Outcome:
        """The rows of one answer. ``first`` came before, with the same content.

        If it was the same to the last byte of the MIC, so is the answer.
        """
        one, reply = done.decided, done.decided.reply
        by, sha256 = reply.by, reply.sha256
        repeats = first.id if first is not None else done.repeats
        if first is not None and (first.mic, first.reply_by) == (one.mic, by):
            sha256 = first.reply_sha256
        elif reply.content is not None:
            self.contents.append(reply.content)
        if by == "async":
            self.outbox.append(_posted(one, sha256, reply.address, self.now))
        took = tuple(each.id for each in done.receipts)
        self.updates.append(
            {
                "partner": one.partner_id,
                "request": one.id,
                "answered_at": self.now,
                "disposition": one.disposition,
                "mic": one.mic,
                "content_sha256": one.content_sha256 if one.accepted else "",
                "facts": json.dumps({**one.facts, "receipts": took}, sort_keys=True),
                "repeats": repeats,
                "reply_sha256": sha256,
                "reply_by": by,
            }
        )
        told = {"sha256": sha256, "disposition": one.disposition, "mic": one.mic}
        told |= {"receipts": " ".join(took), "of": repeats}
        told = {name: text for name, text in told.items() if text}
        event = event_row(one.partner_id, "as2.answered", one.id, self.now, **told)
        self.events.append(event)
        if not one.clashes:  # told of by the conflict itself
            self._alert(one)
        return Outcome(
            id=one.id,
            sha256=sha256,
            by=by,
            repeats=repeats,
            accepted=one.accepted,
            receipt_ids=took,
        )

    def _alert(self, one: Decided) -> None:
        """Tell why it was refused, or what was amiss though it was taken."""
        found = (*one.findings, *one.reply.findings)
        heavy = [each for each in found if each.severity is Severity.REJECT]
        heavy += [each for each in found if each.code in _TOLD]
        if one.accepted and not heavy:
            return
        code, what = "AS2-120", one.disposition
        if heavy:
            code, what = heavy[0].code, heavy[0].what
        kind = AlertKind.OTHER if one.accepted else AlertKind.QUARANTINED
        row = alerts.row_of(one.partner_id, kind, code, what, one.id, self.now)
        self.alerts.append(row)

    def insert(self, tx: Tx) -> None:
        """Write them."""
        payloads.insert(tx, self.contents)
        tx.execute(_ANSWER, self.updates)
        lanes.line_up(tx, self.outbox)
        insert_all(tx, tables.outbox, self.outbox)
        insert_all(tx, tables.event, self.events)
        insert_all(tx, tables.alert, self.alerts)


def _posted(
    one: Came | Decided, sha256: str, address: str, now: datetime
) -> dict[str, object]:
    """The row of the outbox by which an MDN is posted."""
    id_ = ids.new("msg")
    row = outbox_row(id_, one.partner_id, f"{MDN}|{one.id}", now)
    return row | {
        "channel": MDN,
        "kind": MDN,
        "file_name": f"{MDN}_{id_}.eml",
        "content_sha256": sha256,
        "wire_sha256": "",
        "address": address,
        "interchange_number": 0,
        "group_number": 0,
        "message_number": 0,
        "message_count": 0,
        "replaces": "",
        "receipt_id": one.id,
        "interchange_id": "",
        "message_id": "",
        "order_id": "",
    }


_SET = (
    "disposition",
    "mic",
    "content_sha256",
    "facts",
    "repeats",
    "reply_sha256",
    "reply_by",
    "answered_at",
)
_ANSWER = (
    sa.update(as2_message)
    .where(
        _row.partner_id == sa.bindparam("partner"),
        _row.id == sa.bindparam("request"),
    )
    .values(
        {name: sa.bindparam(name) for name in _SET}
        | {"state": "answered", "lease_owner": ""}
    )
)


# What somebody left behind.


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request that was kept, and is to be opened or settled now."""

    id: str
    partner_id: str
    key: str
    peer: str
    headers: str
    facts: Mapping[str, Any]
    sha256: str
    received_at: datetime
    attempts: int


def any_due(tx: Tx, now: datetime) -> bool:
    """Whether there is a request that nobody is at."""
    query = sa.select(_row.id).where(AS2_DUE, _row.next_at <= now).limit(1)
    return tx.execute(query).first() is not None


def claim(
    tx: Tx, now: datetime, owner: str, *, lease_s: float, limit: int = 20
) -> list[Waiting]:
    """Requests that nobody is at, the owner's for a while, with the attempt counted."""
    query = (
        sa.select(as2_message)
        .where(AS2_DUE, _row.next_at <= now)
        .order_by(_row.next_at, _row.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(query).all()
    for part in some([(row.partner_id, row.id) for row in rows]):
        tx.execute(
            sa.update(as2_message)
            .where(sa.tuple_(_row.partner_id, _row.id).in_(part))
            .values(
                attempts=_row.attempts + 1,
                next_at=now + timedelta(seconds=lease_s),
                lease_owner=owner,
            )
        )
    return [
        Waiting(
            id=row.id,
            partner_id=row.partner_id,
            key=row.key,
            peer=row.peer,
            headers=row.headers,
            facts=json.loads(row.facts),
            sha256=row.sha256,
            received_at=row.received_at,
            attempts=row.attempts + 1,
        )
        for row in rows
    ]


def give_up(tx: Tx, one: Waiting, found: Finding, now: datetime) -> None:
    """Put a request aside that cannot be opened, however often it is tried."""
    _end(tx, one.partner_id, one.id, "given_up", now)
    told = {"code": found.code, "what": found.what}
    row = event_row(one.partner_id, "as2.given_up", one.id, now, **told)
    insert_all(tx, tables.event, [row])
    kind = AlertKind.QUARANTINED
    raised = alerts.row_of(one.partner_id, kind, found.code, found.what, one.id, now)
    insert_all(tx, tables.alert, [raised])


def settled(tx: Tx, partner_id: str, id_: str, now: datetime) -> None:
    """An MDN that came has had its effect."""
    _end(tx, partner_id, id_, "settled", now)


def _end(tx: Tx, partner_id: str, id_: str, state: str, now: datetime) -> None:
    tx.execute(
        sa.update(as2_message)
        .where(_row.partner_id == partner_id, _row.id == id_, AS2_DUE)
        .values(state=state, lease_owner="", answered_at=now)
    )
