"""What came of sending messages: noted, tried again later, or given up."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.partner.alerts import AlertKind
from gateway.pipeline.alerting import ALERTS
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.store import alerts, lanes, tables
from gateway.store.journal import event_row, finding_rows
from gateway.store.lanes import TRIPPED, Held
from gateway.store.outbox import SAID, Leased
from gateway.store.sql import Among, change_all, insert_all

_BOX = tables.outbox.c
_STILL_HELD = Among(
    sa.select(_BOX.id, _BOX.epoch).where(tables.OUTBOX_DUE),
    _BOX.id,
    locking="FOR UPDATE",
    at_once=True,
)
_SETTLE = (
    sa.update(tables.outbox)
    .where(
        _BOX.partner_id == sa.bindparam("partner"),
        _BOX.id == sa.bindparam("message"),
    )
    .values(
        {
            name: sa.bindparam(name)
            for name in ("delivery", "next_at", "last_said", "settled_at")
        }
        | {"lease_owner": ""}
    )
)
_ACKNOWLEDGE = (
    sa.update(tables.outbox)
    .where(
        _BOX.partner_id == sa.bindparam("partner"),
        _BOX.id == sa.bindparam("message"),
    )
    .values(acknowledgement=sa.bindparam("word"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """How long a failed message rests, and when it is given up.

    ``draw`` gives a number between two: random, so that those who failed together do
    not come back together.
    """

    first_s: float = 15.0
    longest_s: float = 3600.0
    attempts: int = 20
    draw: Callable[[float, float], float] = random.uniform

    def after(self, attempt: int, trouble: Trouble = Trouble.CONNECTION) -> timedelta:
        """The pause after this attempt, from 1: up to twice as long every time.

        Anything from nothing to the full pause after trouble with a connection, the
        full pause after any other.
        """
        pause = min(self.first_s * 2.0 ** min(attempt - 1, 40), self.longest_s)
        if trouble is Trouble.CONNECTION:
            pause = self.draw(0.0, pause)
        return timedelta(seconds=pause)


Row = dict[str, object]


@dataclass(slots=True)
class Verdicts:
    """What is to be noted of some attempts; rows with the message they are about."""

    leases: Sequence[Leased]
    unsent: Sequence[Leased]
    at: datetime
    rests: dict[str, tuple[Held, int, datetime]]
    updates: list[tuple[str, Row]] = field(default_factory=list)
    words: list[tuple[str, Row]] = field(default_factory=list)
    events: list[tuple[str, Row]] = field(default_factory=list)
    findings: list[tuple[str, Row]] = field(default_factory=list)
    raised: list[tuple[str, Row]] = field(default_factory=list)


def judged(
    outcomes: Sequence[tuple[Leased, Sent | Failed]],
    now: datetime,
    back_off: BackOff,
    unsent: Sequence[Leased] = (),
) -> Verdicts:
    """What comes of these attempts; what was leased and not sent is given back."""
    rests = {one.lane.name: (one.lane, one.lane.failures, now) for one in unsent}
    noted = Verdicts([leased for leased, _ in outcomes], unsent, now, rests)
    for leased, outcome in outcomes:
        outbound, lane = leased.outbound, leased.lane
        delivery, next_at, said = _verdict(leased, outcome, now, back_off)
        before = rests.get(lane.name, (lane, lane.failures, now))
        end = _end(leased) if delivery == "queued" else None
        rests[lane.name] = rest(before, outcome, next_at, end, now, back_off)
        partner_id, id_ = outbound.partner_id, outbound.id
        its: Row = {"partner": partner_id, "message": id_}
        settled_at = None if delivery == "queued" else now
        update = {
            **its,
            "delivery": delivery,
            "next_at": next_at,
            "last_said": said,
            "settled_at": settled_at,
        }
        noted.updates.append((id_, update))
        if outcome.acknowledgement:
            noted.words.append((id_, {**its, "word": outcome.acknowledgement}))
        name = "message.put_off" if delivery == "queued" else f"message.{delivery}"
        told = {"said": said, "sha256": outbound.blob.sha256}
        noted.events.append((id_, event_row(partner_id, name, id_, now, **told)))
        if delivery == "queued" and isinstance(outcome, Failed) and outcome.at_once:
            found = Finding.of(outcome.code, said, value=id_)
            noted.raised.append((id_, _raised(outbound, found, now, AlertKind.OTHER)))
        if delivery == "failed":
            found = _gave_up(outbound, outcome, said)
            rows = finding_rows(
                (found,),
                partner_id,
                leased.receipt_id,
                message_id=id_,
                order_id=leased.order_id,
            )
            noted.findings += [(id_, row) for row in rows]
            if not outbound.kind.startswith(ALERTS):  # nobody could be told
                noted.raised.append((id_, _raised(outbound, found, now)))
    return noted


def settle(tx: sa.Connection, noted: Verdicts) -> None:
    """Note what came of attempts, but for leases that have passed to others."""
    _release(tx, noted.unsent, noted.at)
    ours = _still_ours(tx, noted.leases)

    def of_ours(rows: Iterable[tuple[str, Row]]) -> list[Row]:
        return [row for id_, row in rows if id_ in ours]

    change_all(tx, _SETTLE, of_ours(noted.updates))
    change_all(tx, _ACKNOWLEDGE, of_ours(noted.words))
    insert_all(tx, tables.event, of_ours(noted.events))
    insert_all(tx, tables.finding, of_ours(noted.findings))
    insert_all(tx, tables.alert, of_ours(noted.raised))
    lanes.let_go(tx, noted.rests.values(), noted.at)


def _release(tx: sa.Connection, leases: Sequence[Leased], now: datetime) -> None:
    """Give messages back that were leased and not sent; the attempt does not count."""
    box = tables.outbox.c
    rows = [
        {
            "partner": one.outbound.partner_id,
            "message": one.outbound.id,
            "was": one.epoch,
        }
        for one in leases
    ]
    if not rows:
        return
    tx.execute(
        sa.update(tables.outbox)
        .where(
            box.partner_id == sa.bindparam("partner"),
            box.id == sa.bindparam("message"),
            box.epoch == sa.bindparam("was"),
        )
        .values(
            delivery="queued",
            next_at=now,
            attempts=box.attempts - 1,
            lease_owner="",
        ),
        rows,
    )


def _still_ours(tx: sa.Connection, leases: Sequence[Leased]) -> set[str]:
    current = dict(_STILL_HELD.find(tx, [(one.outbound.id,) for one in leases]))
    return {
        one.outbound.id for one in leases if current.get(one.outbound.id) == one.epoch
    }


def _verdict(
    leased: Leased, outcome: Sent | Failed, now: datetime, back_off: BackOff
) -> tuple[str, datetime, str]:
    """The delivery state, when it is due again, and what was said."""
    outbound, retry = leased.outbound, leased.lane.way.retry
    if isinstance(outcome, Sent):
        return "delivered", now, outcome.detail[:SAID]
    said = outcome.what[:SAID]
    if outcome.trouble is Trouble.REFUSED:
        return "failed", now, said
    pause = back_off.after(outbound.attempt, outcome.trouble)
    if retry is not None and outbound.wire is not None:
        pause = retry.after(outbound.attempt, back_off.draw)
        next_at, end = outcome.retry_at or now + pause, _end(leased)
        is_late = end is not None and next_at > end
        return ("failed", now, said) if is_late else ("queued", next_at, said)
    if retry is not None and outcome.trouble is not Trouble.OURS:
        pause = retry.after(outbound.attempt, back_off.draw)
    if outbound.attempt >= back_off.attempts:
        return "failed", now, said
    return "queued", outcome.retry_at or now + pause, said


def _end(leased: Leased) -> datetime | None:
    """The last moment for an attempt, where the lane has pauses of its own."""
    retry, wire = leased.lane.way.retry, leased.outbound.wire
    if retry is None or wire is None:
        return None
    return wire.since + timedelta(seconds=retry.end_s)


def rest(
    before: tuple[Held, int, datetime],
    outcome: Sent | Failed,
    next_at: datetime,
    end: datetime | None,
    now: datetime,
    back_off: BackOff,
) -> tuple[Held, int, datetime]:
    """How often the lane failed in a row by now, and until when it rests.

    Not beyond ``end``, the last moment for the message that is tried again.
    """
    lane, failures, until = before
    if isinstance(outcome, Sent) or outcome.trouble is Trouble.REFUSED:
        return lane, 0, until
    if outcome.trouble is Trouble.CONNECTION:
        failures += 1
        if failures >= TRIPPED and not outcome.retry_at:
            retry = lane.way.retry
            pause = (
                retry.after(failures, back_off.draw)
                if retry
                else back_off.after(failures)
            )
            opens_at = now + pause if end is None else min(now + pause, end)
            next_at = max(next_at, opens_at) if lane.way.ordered else opens_at
            return lane, failures, max(until, next_at)
    if lane.way.ordered or outcome.retry_at or outcome.trouble is Trouble.THROTTLED:
        until = max(until, next_at)
    return lane, failures, until


def _gave_up(outbound: Outbound, outcome: Sent | Failed, said: str) -> Finding:
    what = f"{outbound.kind} was given up after {outbound.attempt} attempts: {said}"
    code = outcome.code if isinstance(outcome, Failed) else "WIRE-020"
    return Finding.of(code, what, value=outbound.id)


def _raised(
    outbound: Outbound,
    found: Finding,
    now: datetime,
    kind: AlertKind = AlertKind.FAILED,
) -> dict[str, object]:
    partner_id = outbound.partner_id
    return alerts.row_of(partner_id, kind, found.code, found.what, outbound.id, now)
