"""Messages of ours as rows of the outbox, with numbers and final bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa

from gateway.edi.numbers import Following, Numbers, Unnumbered
from gateway.pipeline.effects import Expect, Queue
from gateway.pipeline.ports import InMemory
from gateway.store import counters, ids, payloads, tables
from gateway.store.file_names import derived, file_name
from gateway.store.gather import Answered, Gathered, Row
from gateway.store.journal import event_row
from gateway.store.payloads import Payloads
from gateway.store.sql import Among, change_all, insert_all, insert_new

FUNCTIONAL_ACK = "functional_ack"
"""The kind of a deadline for their 997, 999 or CONTRL to a message of ours."""


def written(
    tx: sa.Connection, batch: Gathered, kept: Payloads
) -> tuple[list[Row], list[payloads.Row]]:
    """Outbox rows and contents of the queued messages, series by series.

    Their counters are locked in the order of their keys: nobody waits in a circle.
    """
    rows: list[Row] = []
    content: list[payloads.Row] = []
    for (partner_id, counter), queued in _by_series(tx, batch.queues):
        counts = [queue.draft.message_count for _, queue in queued]
        allotted = counters.allot(tx, partner_id, counter, counts)
        for (answered, queue), numbers in zip(queued, allotted, strict=True):
            made = batch.finished.get((partner_id, queue.idem))
            if made is None or made[0] != numbers:
                draft = _behind(tx, queue, rows) if queue.follows else queue.draft
                made = numbers, _packed(draft, numbers, batch, kept)
            content.append(made[1])
            message_id = ids.new("msg")
            rows.append(
                {
                    **outbox_row(message_id, queue.partner_id, queue.idem, batch.now),
                    "channel": queue.channel,
                    "kind": queue.kind,
                    "series": counter,
                    "file_name": derived(queue.kind),
                    "content_sha256": made[1]["sha256"],
                    "wire_sha256": "",
                    "interchange_number": numbers.interchange,
                    "group_number": numbers.group,
                    "message_number": numbers.message,
                    "message_count": queue.draft.message_count,
                    "receipt_id": answered.receipt_id,
                    "interchange_id": queue.interchange_id,
                    "message_id": queue.message_id,
                    "order_id": queue.order_id,
                    "replaces": queue.replaces,
                }
            )
    return rows, content


def finish(tx: sa.Connection, batch: Gathered, kept: Payloads) -> None:
    """Finish messages with the numbers that come next, before these are allotted.

    If another process is given them meanwhile, ``written`` finishes anew. A message
    that follows another one waits until it is known which.
    """
    for (partner_id, counter), queued in _by_series(tx, batch.queues):
        counts = [queue.draft.message_count for _, queue in queued]
        coming = counters.coming(tx, partner_id, counter, counts)
        for (_, queue), numbers in zip(queued, coming, strict=True):
            if not queue.follows:
                row = _packed(queue.draft, numbers, batch, kept)
                batch.finished[partner_id, queue.idem] = numbers, row


def previewed(
    tx: sa.Connection, queues: Sequence[Queue], now: datetime
) -> tuple[bytes, ...]:
    """Messages as they would be with the numbers that come next; none is taken."""
    found: list[bytes] = []
    for queue in queues:
        draft = _behind(tx, queue, ()) if queue.follows else queue.draft
        counts = [draft.message_count]
        [numbers] = counters.coming(tx, queue.partner_id, queue.counter, counts)
        found.append(draft.finish(numbers, now))
    return tuple(found)


def _by_series(
    tx: sa.Connection, queues: list[tuple[Answered, Queue]]
) -> list[tuple[tuple[str, str], list[tuple[Answered, Queue]]]]:
    """What is not queued yet by partner and counter, in the order of these."""
    series: defaultdict[tuple[str, str], list[tuple[Answered, Queue]]]
    series = defaultdict(list)
    for answered, queue in _not_queued_before(tx, queues):
        series[queue.partner_id, queue.counter].append((answered, queue))
    return sorted(series.items(), key=itemgetter(0))


def _packed(
    draft: Unnumbered, numbers: Numbers, batch: Gathered, kept: Payloads
) -> payloads.Row:
    return kept.prepare(InMemory.of(draft.finish(numbers, batch.now)), batch.now)


def _behind(tx: sa.Connection, queue: Queue, fresh: Sequence[Row]) -> Unnumbered:
    """The message behind the last one of its kind about the order, if there is one.

    With a ``chain`` it is the last of that. One that was given up does not count; those
    of this batch are ``fresh``.
    """
    draft = queue.draft
    assert isinstance(draft, Following), queue.kind
    same = ("partner_id", "kind") if queue.chain else ("partner_id", "kind", "order_id")
    for row in reversed(fresh):
        of_chain = str(row["idem"]).startswith(queue.chain)
        if of_chain and all(row[name] == getattr(queue, name) for name in same):
            number, at = row["interchange_number"], row["created_at"]
            assert isinstance(number, int)
            assert isinstance(at, datetime)
            return draft.after(number, at)
    box = tables.outbox.c
    query = (
        sa.select(box.interchange_number, box.created_at)
        .where(*(box[name] == getattr(queue, name) for name in same))
        .where(box.series == queue.counter, box.replay_of == "")
        .where(box.idem.startswith(queue.chain, autoescape=True))
        .where(box.delivery.not_in(("failed", "cancelled")))
        .order_by(box.created_at.desc(), box.id.desc())
        .limit(1)
    )
    if queue.order_id and not queue.chain:
        query = query.where(tables.OUTBOX_OF_ORDER)
    last = tx.execute(query).first()
    return draft.after(last.interchange_number, last.created_at) if last else draft


def replayed(tx: sa.Connection, batch: Gathered) -> list[Row]:
    """Rows that send stored answers again: the same bytes under the same name.

    Each goes out once for a receipt, however many interchanges of it ask for it.
    """
    first: dict[tuple[str, str], Row] = {}
    box = tables.outbox.c
    for answered, replay in batch.replays:
        place = (
            sa.and_(tables.OUTBOX_OF_ORDER, box.order_id == replay.order_id)
            if replay.order_id
            else box.receipt_id == replay.receipt_id
        )
        query = (
            sa.select(tables.outbox)
            .where(
                place,
                box.partner_id == replay.partner_id,
                box.kind.in_(replay.kinds),
                box.replay_of == "",
            )
            .order_by(box.id)
        )
        for stored in tx.execute(query).mappings():
            row = again(dict(stored), answered.receipt_id, batch.now)
            first.setdefault((str(row["partner_id"]), str(row["idem"])), row)
    for key in _queued(tx, first):
        del first[key]
    rows = list(first.values())
    insert_all(
        tx,
        tables.event,
        [
            event_row(
                str(row["partner_id"]),
                "message.replayed",
                str(row["id"]),
                batch.now,
                of=str(row["replay_of"]),
                sha256=str(row["content_sha256"]),
            )
            for row in rows
        ],
    )
    return rows


def again(stored: Row, receipt_id: str, now: datetime) -> Row:
    """A new row of the outbox that repeats a stored one for another receipt."""
    idem = f"{stored['idem']}#{receipt_id}"
    fresh = outbox_row(ids.new("msg"), str(stored["partner_id"]), idem, now)
    kind, id_, name = (str(stored[key]) for key in ("kind", "id", "file_name"))
    of = {"replay_of": id_, "receipt_id": receipt_id, "replaces": ""}
    return stored | fresh | of | {"file_name": file_name(kind, id_, name)}


_WAIT = (
    sa.update(tables.outbox)
    .where(
        tables.outbox.c.partner_id == sa.bindparam("partner"),
        tables.outbox.c.idem == sa.bindparam("key"),
        tables.outbox.c.acknowledgement == "not_expected",
    )
    .values(acknowledgement="waiting")
)


def expect(
    tx: sa.Connection, expected: Sequence[Expect], new: Iterable[Row] = ()
) -> None:
    """Set the deadlines of acknowledgements and mark the messages that wait.

    Those among ``new`` are marked here and not inserted yet.
    """
    if not expected:
        return
    deadlines: list[Row] = [
        {
            "partner_id": one.partner_id,
            "kind": FUNCTIONAL_ACK,
            "ref": one.idem,
            "due_at": one.due_at,
            "done_at": None,
        }
        for one in expected
    ]
    insert_new(tx, tables.deadline, deadlines)
    fresh = {(row["partner_id"], row["idem"]): row for row in new}
    stored: list[Row] = []
    for one in expected:
        row = fresh.get((one.partner_id, one.idem))
        if row is not None:
            row["acknowledgement"] = "waiting"
        else:
            stored.append({"partner": one.partner_id, "key": one.idem})
    change_all(tx, _WAIT, stored)


def _not_queued_before(
    tx: sa.Connection, queues: list[tuple[Answered, Queue]]
) -> list[tuple[Answered, Queue]]:
    """The first of each ``idem``, without those that are in the outbox already."""
    first: dict[tuple[str, str], tuple[Answered, Queue]] = {}
    for answered, queue in queues:
        first.setdefault((queue.partner_id, queue.idem), (answered, queue))
    for key in _queued(tx, first):
        del first[key]
    return list(first.values())


def _queued(
    tx: sa.Connection, keys: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Those of the partners and ``idem`` that are in the outbox already."""
    return [(partner_id, idem) for partner_id, idem in _QUEUED.find(tx, keys)]


_IDEM = (tables.outbox.c.partner_id, tables.outbox.c.idem)
_QUEUED = Among(sa.select(*_IDEM), *_IDEM)


def outbox_row(id_: str, partner_id: str, idem: str, now: datetime) -> Row:
    """What every new row of the outbox has."""
    return {
        "partner_id": partner_id,
        "id": id_,
        "idem": idem,
        "replay_of": "",
        "delivery": "queued",
        "acknowledgement": "not_expected",
        "attempts": 0,
        "next_at": now,
        "lease_owner": "",
        "epoch": 0,
        "last_said": "",
        "created_at": now,
        "fetched_at": None,
        "settled_at": None,
    }
