"""Clocks that were told: kept from the warning on, with what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.order import Order, from_json
from gateway.order.money import Money
from gateway.order.read import notice_from_json
from gateway.order.ship import ShipNotice
from gateway.partner.alerts import AlertKind
from gateway.partner.sla import SlaKind
from gateway.pipeline.acknowledge import GROUP_KINDS
from gateway.pipeline.sla import Level, Moments, Running, Stake, stake_of
from gateway.store import ids, tables
from gateway.store.alerts import row_of
from gateway.store.clock_parts import TAKEN, Ended
from gateway.store.journal import event_row, finding_rows
from gateway.store.order_clocks import bodies
from gateway.store.sealing import micros
from gateway.store.sql import insert_all, insert_new, some
from gateway.store.tables import SLA_RUNNING

__all__ = [
    "Told",
    "in_time",
    "levels",
    "look_again",
    "raise_level",
    "settle",
    "stakes",
    "told",
]

Tx = sa.Connection
"""A transaction, for those who only pass it on."""

_sla, _box = tables.sla.c, tables.outbox.c
_KEY = (_sla.partner_id, _sla.kind, _sla.ref, _sla.started_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A clock that was told, and where it stands. ``outcome`` empty: it runs.

    ``costs`` is what the breach cost, once it is over.
    """

    running: Running
    level: Level
    due_at: datetime
    breach_at: datetime | None
    done_at: datetime | None = None
    outcome: str = ""
    costs: tuple[Money, ...] = ()


def told(
    tx: sa.Connection,
    *,
    kind: SlaKind | None = None,
    partner: str | None = None,
    since: datetime | None = None,
) -> list[Told]:
    """Clocks that run, and those that were done ``since`` then if it is given."""
    query = sa.select(tables.sla)
    if kind is not None:
        query = query.where(_sla.kind == kind.value)
    if partner is not None:
        query = query.where(_sla.partner_id == partner)
    found = list(tx.execute(query.where(SLA_RUNNING)))
    if since is not None:
        over = query.where(_sla.outcome != "", _sla.done_at >= since)
        found += tx.execute(over)
    return [_told(row) for row in found]


def _told(row: sa.Row[Any]) -> Told:
    return Told(
        running=Running(
            partner_id=row.partner_id,
            kind=SlaKind(row.kind),
            ref=row.ref,
            started_at=row.started_at,
            number=row.number,
        ),
        level=Level(row.level),
        due_at=row.due_at,
        breach_at=row.breach_at,
        done_at=row.done_at,
        outcome=row.outcome,
        costs=_money(row.costs),
    )


def _money(text: str) -> tuple[Money, ...]:
    pairs = (each.split() for each in text.split(", ") if each)
    return tuple(Money(Decimal(amount), currency) for amount, currency in pairs)


def levels(tx: sa.Connection) -> dict[tuple[str, str, str], int]:
    """How many clocks run that were told, by partner, clock and level."""
    its = (_sla.partner_id, _sla.kind, _sla.level)
    query = sa.select(*its, sa.func.count().label("n")).where(SLA_RUNNING)
    return {tuple(row[:3]): row.n for row in tx.execute(query.group_by(*its))}


# What the watch notes.


def raise_level(
    tx: sa.Connection,
    one: Running,
    was: Level,
    level: Level,
    its: Moments,
    now: datetime,
) -> bool:
    """Note that a clock has come to a level and alert, once; false: others did."""
    after = {"level": level.value, "due_at": its.due_at, "breach_at": its.breach_at}
    if was is Level.IN_TIME:
        row = _key(one) | after | {"number": one.number, "done_at": None}
        if not _is_new(tx, row):
            return False
    else:
        moved = sa.update(tables.sla).where(
            *_at(one), SLA_RUNNING, _sla.level == was.value
        )
        if tx.execute(moved.values(after)).rowcount != 1:
            return False
    event = event_row(
        one.partner_id,
        f"sla.{level}",
        one.ref,
        now,
        clock=one.kind.value,
        started_at=one.started_at.isoformat(),
        due_at=its.due_at.isoformat(),
    )
    insert_all(tx, tables.event, [event])
    _alert(tx, one, level, its, now)
    return True


def _key(one: Running) -> dict[str, object]:
    return {
        "partner_id": one.partner_id,
        "kind": one.kind.value,
        "ref": one.ref,
        "started_at": one.started_at,
    }


def _at(one: Running) -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(_sla[name] == value for name, value in _key(one).items())


def _is_new(tx: sa.Connection, row: dict[str, object]) -> bool:
    known = sa.select(_sla.ref).where(*(_sla[c.name] == row[c.name] for c in _KEY))
    if tx.execute(known).first() is not None:
        return False
    return insert_new(tx, tables.sla, [row]) != 0


_CODES: Mapping[tuple[Level, SlaKind], str] = {
    (Level.OVERDUE, SlaKind.ORDER_ANSWER): "SLA-005",
    (Level.OVERDUE, SlaKind.THEIR_FUNCTIONAL_ACK): "",
}
"""The codes of clocks that have one of their own; empty: told with the message."""
_CODE = {Level.WARN: "SLA-010", Level.OVERDUE: "SLA-011", Level.BREACH: "SLA-012"}
_WHAT: Mapping[SlaKind, str] = {
    SlaKind.MDN: "receipt (MDN) for AS2 message {number} of {at}",
    SlaKind.FUNCTIONAL_ACK: "acknowledgement of transmission {number} of {at}",
    SlaKind.ORDER_ANSWER: "855 to order {number} of {at}",
    SlaKind.CHANGE_ANSWER: "865 to a change of order {number}, of {at}",
    SlaKind.SHIP_NOTICE: "accepted 856 for shipment {number} of {at}",
    SlaKind.INVOICE: "810 for shipment {number} of {at}",
    SlaKind.THEIR_FUNCTIONAL_ACK: "their acknowledgement of our {number} of {at}",
    SlaKind.THEIR_MDN: "their receipt (MDN) for {number} of {at}",
    SlaKind.HOLD: "decision about order {number}, held since {at}",
}


def _alert(
    tx: sa.Connection, one: Running, level: Level, its: Moments, now: datetime
) -> None:
    code = _CODES.get((level, one.kind), _CODE[level])
    if not code:
        return
    at = f"{one.started_at:%Y-%m-%d %H:%M} UTC"
    thing = _WHAT[one.kind].format(number=one.number or one.ref, at=at)
    what = f"{thing}: due {its.due_at:%Y-%m-%d %H:%M} UTC"
    raised = row_of(one.partner_id, AlertKind.OVERDUE, code, what, one.ref, now)
    insert_all(tx, tables.alert, [raised])
    if one.ref.startswith("ord_") and level is not Level.WARN:
        found = Finding.of(code, what, value=one.number)
        rows = finding_rows((found,), one.partner_id, "", order_id=one.ref)
        insert_all(tx, tables.finding, rows)


def settle(
    tx: sa.Connection,
    one: Told,
    over: Ended,
    costs: Sequence[Money],
    now: datetime,
) -> bool:
    """Note that it was done, in time or late, or is no longer asked for."""
    late = over.at > one.due_at
    outcome = "void" if over.is_void else "late" if late else "met"
    level = one.level
    if outcome == "late":
        breached = one.breach_at is not None and over.at > one.breach_at
        level = Level.BREACH if breached else Level.OVERDUE
    running = one.running
    done = sa.update(tables.sla).where(*_at(running), SLA_RUNNING)
    values = {
        "level": level.value,
        "done_at": over.at,
        "outcome": outcome,
        "costs": ", ".join(map(str, costs)) if outcome == "late" else "",
    }
    if tx.execute(done.values(values)).rowcount != 1:
        return False
    event = event_row(
        running.partner_id,
        "sla.done",
        running.ref,
        now,
        clock=running.kind.value,
        outcome=outcome,
        done_at=over.at.isoformat(),
    )
    insert_all(tx, tables.event, [event])
    return True


def look_again(
    tx: sa.Connection, one: Running, at: datetime | None, now: datetime
) -> None:
    """Look at a shipment's clock again then; none: it is over, or is told by now."""
    deadline = tables.deadline.c
    after = {"done_at": now} if at is None else {"due_at": at}
    tx.execute(
        sa.update(tables.deadline)
        .where(
            deadline.partner_id == one.partner_id,
            deadline.kind == one.kind.value,
            deadline.ref == one.ref,
        )
        .values(after)
    )


# What it is about.


def stakes(tx: sa.Connection, every: Iterable[Running]) -> dict[Running, Stake]:
    """What is at stake for each: the order, or the shipment with its orders."""
    every = list(every)
    notices = _notices(tx, [one.ref for one in every if one.ref.startswith("shp_")])
    changed = _orders_of_changes(tx, [one.ref for one in every])
    needed = {one.ref for one in every if one.ref.startswith("ord_")}
    needed |= set(changed.values())
    needed |= {line.order_id for notice in notices.values() for line in notice.lines}
    orders = {
        id_: order
        for id_, body in bodies(tx, needed).items()
        if isinstance(order := from_json(body), Order)
    }
    found: dict[Running, Stake] = {}
    for one in every:
        notice = notices.get(one.ref)
        if notice is not None:
            about = [line.order_id for line in notice.lines]
        else:
            about = [changed.get(one.ref, one.ref)]
        its = [orders[id_] for id_ in dict.fromkeys(about) if id_ in orders]
        found[one] = stake_of(its, notice)
    return found


def _notices(tx: sa.Connection, refs: Iterable[str]) -> dict[str, ShipNotice]:
    found: dict[str, ShipNotice] = {}
    for part in some(refs):
        query = sa.select(tables.shipment).where(tables.shipment.c.id.in_(part))
        for row in tx.execute(query):
            notice = notice_from_json(row.body)
            if isinstance(notice, ShipNotice):
                found[row.id] = notice
    return found


def _orders_of_changes(tx: sa.Connection, refs: Iterable[str]) -> dict[str, str]:
    change = tables.order_change.c
    found: dict[str, str] = {}
    for part in some(refs):
        query = sa.select(change.id, change.order_id).where(change.id.in_(part))
        found |= {row.id: row.order_id for row in tx.execute(query)}
    return found


# What was in time.

_SENT: Mapping[str, SlaKind] = {
    **dict.fromkeys(GROUP_KINDS, SlaKind.FUNCTIONAL_ACK),
    "x12_855": SlaKind.ORDER_ANSWER,
    "edifact_ordrsp": SlaKind.ORDER_ANSWER,
    "cxml_confirmation_request": SlaKind.ORDER_ANSWER,
    "ubl_order_response": SlaKind.ORDER_ANSWER,
    "x12_865": SlaKind.CHANGE_ANSWER,
    "x12_856": SlaKind.SHIP_NOTICE,
    "edifact_desadv": SlaKind.SHIP_NOTICE,
    "cxml_ship_notice_request": SlaKind.SHIP_NOTICE,
    "ubl_despatch_advice": SlaKind.SHIP_NOTICE,
    "x12_810": SlaKind.INVOICE,
    "edifact_invoic": SlaKind.INVOICE,
    "cxml_invoice_detail_request": SlaKind.INVOICE,
    "ubl_invoice": SlaKind.INVOICE,
}
_A_DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds: the first of all days has none before it."""
_as2 = tables.as2_message.c


def in_time(
    tx: sa.Connection, partners: Iterable[str], since: datetime
) -> dict[tuple[str, SlaKind], int]:
    """How many messages left or were acknowledged since then, by partner and clock.

    Holds are not counted: an order that was never held has none.
    """
    found: defaultdict[tuple[str, SlaKind], int] = defaultdict(int)
    from_ = ids.encoded(max(micros(since) - _A_DAY, 0) // 1000 << 80)
    answered = sa.select(sa.func.count()).where(
        *(_as2.id >= f"as2_{from_}", _as2.received_at >= since),
        *(_as2.state == "answered", _as2.repeats == "", _as2.reply_by != ""),
    )
    query = (
        sa.select(_box.kind, _box.acknowledgement, sa.func.count().label("n"))
        .where(_box.id >= f"msg_{from_}", _box.created_at >= since)
        .where(_box.delivery == "delivered", _box.replay_of == "", _box.replaces == "")
        .group_by(_box.kind, _box.acknowledgement)
    )
    for partner_id in partners:
        mine = answered.where(_as2.partner_id == partner_id)
        found[partner_id, SlaKind.MDN] = tx.execute(mine).scalar_one()
        for row in tx.execute(query.where(_box.partner_id == partner_id)):
            taken = row.acknowledgement in TAKEN
            if taken or row.acknowledgement == "rejected":
                found[partner_id, SlaKind.THEIR_FUNCTIONAL_ACK] += row.n
            kind = _SENT.get(row.kind)
            told = taken or row.acknowledgement == "not_expected"
            if kind is not None and (told or kind is not SlaKind.SHIP_NOTICE):
                found[partner_id, kind] += row.n
    return dict(found)
