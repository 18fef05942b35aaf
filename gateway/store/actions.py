"""What operators do to messages and transmissions that are kept already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.order.ack import OrderAck
from gateway.order.read import ack_from_json
from gateway.pipeline.world import InterchangeKey
from gateway.store import tables
from gateway.store.gather import said
from gateway.store.journal import Version, event_row
from gateway.store.receipts import TRANSPORT
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.world import INTERCHANGE

ACTION = "action"
"""The kind of key under which an operator's action is known."""
CONFLICTS = ("WIRE-021", "ENV-001")
"""The findings that put a transmission aside for a conflict."""

_receipt, _box, _order = tables.receipt.c, tables.outbox.c, tables.orders.c
_key, _message = tables.inbound_key.c, tables.message.c
_interchange = tables.interchange.c


def done_before(tx: sa.Connection, what: str, key: str) -> str | None:
    """What came of this action under this key of the caller; none: it is new."""
    if not key:
        return None
    query = sa.select(_key.receipt_id).where(
        _key.partner_id == "", _key.kind == ACTION, _key.key == f"{what}|{key}"
    )
    found = tx.execute(query).scalar()
    return None if found is None else str(found)


def note_done(
    tx: sa.Connection, what: str, key: str, result: str, now: datetime
) -> None:
    """Remember what came of an action, if the caller gave it a key."""
    if key:
        row = {
            "partner_id": "",
            "kind": ACTION,
            "key": f"{what}|{key}",
            "sha256": "",
            "receipt_id": result,
            "seen_at": now,
        }
        insert_new(tx, tables.inbound_key, [row])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message of ours, as far as it matters for sending it again."""

    id: str
    partner_id: str
    kind: str
    channel: str
    idem: str
    delivery: str
    order_id: str
    receipt_id: str


def outgoing(tx: sa.Connection, message_id: str) -> Stored | None:
    """A message of ours by its id."""
    row = tx.execute(sa.select(tables.outbox).where(_box.id == message_id)).first()
    if row is None:
        return None
    return Stored(**{name: getattr(row, name) for name in Stored.__dataclass_fields__})


def replacement_of(tx: sa.Connection, stored: Stored) -> str:
    """The newest message that stands in for this one."""
    query = (
        sa.select(_box.id)
        .where(_box.partner_id == stored.partner_id, _box.replaces == stored.id)
        .where(_box.order_id == stored.order_id)
        .order_by(_box.id.desc())
    )
    if stored.order_id:
        query = query.where(tables.OUTBOX_OF_ORDER)
    return str(tx.execute(query.limit(1)).scalar_one())


def cancel_unsent(tx: sa.Connection, stored: Stored, now: datetime) -> None:
    """What has not left and is replaced does not leave any more."""
    tx.execute(
        sa.update(tables.outbox)
        .where(
            _box.partner_id == stored.partner_id,
            _box.id == stored.id,
            _box.delivery.in_(("queued", "failed")),
        )
        .values(delivery="cancelled", settled_at=now)
    )


def note(
    tx: sa.Connection, partner_id: str, name: str, ref: str, now: datetime, **told: str
) -> None:
    """A row of what happened."""
    insert_all(tx, tables.event, [event_row(partner_id, name, ref, now, **told)])


# Transmissions.


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """A transmission, and the codes of what was found of it as a whole."""

    partner_id: str
    id: str
    channel: str
    transport_id: str
    sha256: str
    state: str
    codes: tuple[str, ...]
    received_at: datetime


def receipt_of(tx: sa.Connection, id_: str) -> KeptReceipt | None:
    """The transmission with this id, or that of an interchange or message in it."""
    if id_.startswith("int_"):
        query = sa.select(_interchange.receipt_id).where(_interchange.id == id_)
        id_ = str(tx.execute(query).scalar() or "")
    elif id_.startswith("msg_"):
        query = sa.select(_message.receipt_id).where(_message.id == id_)
        id_ = str(tx.execute(query).scalar() or "")
    row = tx.execute(sa.select(tables.receipt).where(_receipt.id == id_)).first()
    if row is None:
        return None
    finding = tables.finding.c
    codes = sa.select(finding.code).where(
        finding.receipt_id == id_, finding.order_id == ""
    )
    return KeptReceipt(
        partner_id=row.partner_id,
        id=row.id,
        channel=row.channel,
        transport_id=row.transport_id,
        sha256=row.sha256,
        state=row.state,
        codes=tuple(tx.execute(codes).scalars()),
        received_at=row.received_at,
    )


def refuse(tx: sa.Connection, one: KeptReceipt, now: datetime) -> None:
    """End a transmission in quarantine without processing it."""
    tx.execute(
        sa.update(tables.receipt)
        .where(_receipt.partner_id == one.partner_id, _receipt.id == one.id)
        .values(state="refused", decided="rejected", done_at=now)
    )


def earlier(
    tx: sa.Connection, one: KeptReceipt, interchanges: Iterable[InterchangeKey]
) -> tuple[str, ...]:
    """The transmissions that had the keys first."""
    keys = [(k.partner_id, INTERCHANGE, str(k)) for k in interchanges]
    keys.append((one.partner_id, TRANSPORT, f"{one.channel}|{one.transport_id}"))
    place = sa.tuple_(_key.partner_id, _key.kind, _key.key)
    found: list[str] = []
    for part in some(keys):
        found += tx.execute(sa.select(_key.receipt_id).where(place.in_(part))).scalars()
    return tuple(dict.fromkeys(each for each in found if each != one.id))


def take_keys(
    tx: sa.Connection, one: KeptReceipt, interchanges: Iterable[InterchangeKey]
) -> None:
    """From now on the keys are this transmission's."""
    keys = [(k.partner_id, INTERCHANGE, str(k)) for k in interchanges]
    keys.append((one.partner_id, TRANSPORT, f"{one.channel}|{one.transport_id}"))
    place = sa.tuple_(_key.partner_id, _key.kind, _key.key)
    for part in some(keys):
        tx.execute(
            sa.update(tables.inbound_key)
            .where(place.in_(part))
            .values(receipt_id=one.id, sha256=one.sha256)
        )


def orders_of(
    tx: sa.Connection,
    receipt_ids: Sequence[str],
    interchanges: Sequence[InterchangeKey],
) -> list[str]:
    """Orders booked from these transmissions.

    With ``interchanges`` only those that stood in one of them.
    """
    query = sa.select(_order.id).where(_order.receipt_id.in_(receipt_ids))
    if interchanges:
        named = sa.tuple_(
            _interchange.sender, _interchange.receiver, _interchange.control_number
        )
        keys = [(k.sender, k.receiver, k.control_number) for k in interchanges]
        inside = (
            sa.select(_message.id)
            .join(
                tables.interchange,
                sa.and_(
                    _interchange.partner_id == _message.partner_id,
                    _interchange.id == _message.interchange_id,
                ),
            )
            .where(_message.receipt_id.in_(receipt_ids), named.in_(keys))
        )
        query = query.where(_order.message_id.in_(inside))
    return [str(each) for each in tx.execute(query.order_by(_order.id)).scalars()]


def free_key(tx: sa.Connection, order_id: str) -> None:
    """Let another order have the number of this one, which is replaced."""
    tx.execute(
        sa.update(tables.orders)
        .where(_order.id == order_id)
        .values(kind=_order.kind + "!replaced-" + _order.id)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """What became of one message when it was processed: for a comparison."""

    id: str
    verdict: str
    codes: tuple[str, ...]
    order_id: str = ""
    decision: str = ""
    """The type of the answer that was decided first: accepted, held ..."""
    lines: tuple[str, ...] = ()


def was(tx: sa.Connection, receipt_id: str) -> dict[str, Was]:
    """The messages of a transmission by id, as they were answered first."""
    query = sa.select(tables.message).where(_message.receipt_id == receipt_id)
    messages = {row.id: row for row in tx.execute(query)}
    codes = _codes(tx, receipt_id)
    query = sa.select(tables.orders).where(_order.receipt_id == receipt_id)
    orders = {row.message_id: row for row in tx.execute(query)}
    return {
        id_: Was(
            id=id_,
            verdict=row.validation,
            codes=tuple(sorted(codes.get(id_, ()))),
            **_order_facts(tx, orders.get(id_)),
        )
        for id_, row in messages.items()
    }


def _codes(tx: sa.Connection, receipt_id: str) -> dict[str, list[str]]:
    finding = tables.finding.c
    found: dict[str, list[str]] = {}
    query = sa.select(finding.message_id, finding.code)
    for row in tx.execute(query.where(finding.receipt_id == receipt_id)):
        found.setdefault(row.message_id, []).append(row.code)
    return found


def _order_facts(tx: sa.Connection, row: Any) -> dict[str, Any]:
    """The order's first answer: what operators and the ERP decided later is theirs."""
    if row is None:
        return {}
    version = tables.order_version.c
    first = sa.select(version.text).where(
        version.partner_id == row.partner_id,
        version.order_id == row.id,
        version.n == 1,
    )
    ack = ack_from_json(Version.of(tx.execute(first).scalar_one()).ack)
    assert isinstance(ack, OrderAck)
    return {"order_id": row.id, **decided(ack)}


def decided(ack: OrderAck) -> dict[str, Any]:
    """An answer in short: its type, and what it says line by line."""
    lines = tuple(f"{line.line_no}: {said(line)}" for line in ack.lines)
    return {"decision": ack.type, "lines": lines}
