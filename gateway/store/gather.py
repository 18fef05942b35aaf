"""Effects as rows, table by table, and what needs the database to become rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa

from gateway.edi.numbers import Numbers
from gateway.findings import Finding, Severity
from gateway.findings.model import Verdict
from gateway.order import to_json
from gateway.order.ack import LineAck
from gateway.order.life import State
from gateway.partner.alerts import AlertKind
from gateway.pipeline.effects import (
    Advance,
    Alert,
    Decide,
    Effect,
    Expect,
    Keep,
    KeepAdvice,
    KeepChange,
    Queue,
    Record,
    Refuse,
    Replay,
    SettleChange,
)
from gateway.pipeline.own_effects import (
    Allot,
    Bill,
    CartOrdered,
    Count,
    Draw,
    Drop,
    Due,
    Met,
    Move,
    OwnEffect,
    Promise,
    Remark,
    Ship,
)
from gateway.pipeline.sent import Settle
from gateway.pipeline.waiting import waits
from gateway.store import advices, alerts, changes, tables
from gateway.store.journal import Version, event_row, finding_rows, version_sum
from gateway.store.sql import Bound, bound
from gateway.store.waiting import waiting_rows
from gateway.store.world import INTERCHANGE
from gateway.values import swift

Row = dict[str, object]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one receipt. ``partner_id`` is the door's, part of its key.

    ``cursor`` is the last message that is done when more are to come, none at the end.
    ``settles`` is false for effects that come later, such as a release: the receipt
    stays as it is. An ``internal`` transmission is no partner's, whomever it is about.
    ``came`` is what events attest of it: its sum, the door and the moment.
    """

    partner_id: str
    receipt_id: str
    effects: tuple[Effect, ...]
    cursor: int | None = None
    settles: bool = True
    internal: bool = False
    came: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """Rows by table, and what needs the database to become rows.

    ``bound`` are those rows that ``bind`` has made ready for the driver, ``finished``
    the contents of queued messages, by partner and ``idem``, should they get these
    numbers.
    """

    now: datetime
    rows: defaultdict[sa.Table, list[Row]] = field(
        default_factory=lambda: defaultdict(list)
    )
    queues: list[tuple[Answered, Queue]] = field(default_factory=list)
    replays: list[tuple[Answered, Replay]] = field(default_factory=list)
    decisions: list[Decide] = field(default_factory=list)
    changes: list[SettleChange] = field(default_factory=list)
    settlements: list[Settle] = field(default_factory=list)
    expected: list[Expect] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    own: list[tuple[Answered, OwnEffect]] = field(default_factory=list)
    settled: list[Row] = field(default_factory=list)
    bound: dict[sa.Table, Bound] = field(default_factory=dict)
    finished: dict[tuple[str, str], tuple[Numbers, Row]] = field(default_factory=dict)

    def bind(self, dialect: sa.Dialect) -> None:
        """Pack the rows for this kind of database, before a transaction has begun."""
        for table, rows in self.rows.items():
            if rows and table is not tables.inbound_key:  # those are inserted in order
                self.bound[table] = bound(dialect, table, rows)

    def add(self, answered: Answered) -> None:
        """Sort out the effects of one receipt."""
        begun = len(self.rows[tables.finding])
        for effect in answered.effects:
            self._take(answered, effect)
        self._note_alerted(answered, begun)
        if answered.settles:
            self._settle(answered)
            self._attest(answered)

    def _take(  # noqa: C901, PLR0912  one arm for each effect
        self, answered: Answered, effect: Effect
    ) -> None:
        match effect:
            case Record():
                self._record(answered, effect)
            case Advance():
                self.advances.append(effect)
            case Keep():
                self._keep(answered, effect)
            case KeepChange():
                self._keep_change(answered, effect)
            case KeepAdvice():
                self._keep_advice(answered, effect)
            case SettleChange():
                self.changes.append(effect)
                self._told_of_change(answered, effect, "")
            case Decide():
                self.decisions.append(effect)
            case Queue():
                self.queues.append((answered, effect))
            case Replay():
                self.replays.append((answered, effect))
            case Expect():
                self.expected.append(effect)
            case Settle():
                self.settlements.append(effect)
            case Refuse():
                self._refuse(answered, effect)
            case Alert():
                self._alert(answered, effect)
            case (
                Remark()
                | Drop()
                | Due()
                | Met()
                | Move()
                | Ship()
                | Allot()
                | Bill()
                | Count()
                | Promise()
                | Draw()
                | CartOrdered()
            ):
                self.own.append((answered, effect))
            case _:
                assert_never(effect)

    def event(self, partner_id: str, name: str, ref: str, **detail: str) -> None:
        """Note that something happened to ``ref``."""
        row = event_row(partner_id, name, ref, self.now, **detail)
        self.rows[tables.event].append(row)

    def findings(
        self,
        answered: Answered,
        partner_id: str,
        findings: tuple[Finding, ...],
        *,
        message_id: str = "",
        order_id: str = "",
    ) -> None:
        """Note findings with what they belong to."""
        if not findings:
            return
        self.rows[tables.finding] += finding_rows(
            findings,
            partner_id,
            answered.receipt_id,
            message_id=message_id,
            order_id=order_id,
        )

    def _settle(self, answered: Answered) -> None:
        refused = any(isinstance(effect, Refuse) for effect in answered.effects)
        state = "quarantined" if refused else "done"
        more = answered.cursor is not None and not refused
        self.settled.append(
            {
                "partner": answered.partner_id,
                "receipt": answered.receipt_id,
                "owner_id": _owner(answered),
                "state": "todo" if more else state,
                "cursor": answered.cursor or 0,
                "attempts_": 0 if more else None,
                "done_at": None if more else self.now,
            }
        )

    def _attest(self, answered: Answered) -> None:
        """What came is named by the event of its order or refusal, else by its own."""
        told = (isinstance(one, Keep | Refuse) for one in answered.effects)
        if answered.came and not any(told):
            owner, ref = _owner(answered), answered.receipt_id
            self.event(owner, "receipt.answered", ref, **answered.came)

    def _record(self, answered: Answered, effect: Record) -> None:
        key, partner_id = effect.key, effect.partner_id
        self.rows[tables.interchange].append(
            {
                "partner_id": partner_id,
                "id": effect.id,
                "receipt_id": answered.receipt_id,
                "sender": key.sender,
                "receiver": key.receiver,
                "control_number": key.control_number,
                "usage": effect.usage,
                "sent_at": effect.sent_at,
            }
        )
        self.rows[tables.inbound_key].append(
            {
                "partner_id": key.partner_id,
                "kind": INTERCHANGE,
                "key": str(key),
                "sha256": effect.sha256,
                "receipt_id": answered.receipt_id,
                "seen_at": self.now,
            }
        )
        self.rows[tables.inbound_key] += [
            {
                "partner_id": number.partner_id,
                "kind": number.kind,
                "key": str(number),
                "sha256": digest,
                "receipt_id": answered.receipt_id,
                "seen_at": self.now,
            }
            for number, digest in effect.numbers
        ]
        self.findings(answered, partner_id, effect.findings)
        for ordinal, message in enumerate(effect.messages, 1):
            self.rows[tables.message].append(
                {
                    "partner_id": partner_id,
                    "id": message.id,
                    "interchange_id": effect.id,
                    "receipt_id": answered.receipt_id,
                    "ordinal": ordinal,
                    "type": message.type,
                    "version": message.version,
                    "group_control_number": message.group_control_number,
                    "control_number": message.control_number,
                    "validation": str(message.verdict),
                    "byte_offset": message.byte_offset,
                    "received_at": self.now,
                }
            )
            self.findings(answered, partner_id, message.findings, message_id=message.id)
            if message.verdict is Verdict.REJECTED:
                kind = {"kind": message.type}
                self.event(partner_id, "message.rejected", message.id, **kind)
                self._rejected(partner_id, message.findings, message.id)

    def _keep(self, answered: Answered, effect: Keep) -> None:
        order, key = effect.order, effect.key
        text = Version(to_json(order), to_json(effect.ack), effect.report).text
        self.rows[tables.orders].append(
            {
                "partner_id": effect.partner_id,
                "id": effect.order_id,
                "buyer_party": key.buyer_party,
                "kind": key.kind,
                "po_number": key.po_number,
                "release_number": key.release_number,
                "digest": effect.digest,
                "state": str(effect.state),
                "test": effect.test,
                "currency": order.currency,
                "line_count": len(order.lines),
                "version": 1,
                "receipt_id": answered.receipt_id,
                "message_id": effect.message_id,
                "created_at": self.now,
                "changed_at": self.now,
            }
        )
        self.rows[tables.order_version].append(
            {
                "partner_id": effect.partner_id,
                "order_id": effect.order_id,
                "n": 1,
                "message_id": effect.message_id,
                "text": text,
                "created_at": self.now,
            }
        )
        self.findings(
            answered,
            effect.partner_id,
            effect.findings,
            message_id=effect.message_id,
            order_id=effect.order_id,
        )
        self.event(
            effect.partner_id,
            "order.kept",
            effect.order_id,
            state=str(effect.state),
            sha256=version_sum(text),
            **answered.came,
        )
        if effect.state is State.HELD:
            why = waits(order, effect.ack, effect.report)
            rows = waiting_rows(effect.partner_id, order, why, self.now)
            self.rows[tables.waiting] += rows
        if effect.state is State.REJECTED:
            self._rejected(effect.partner_id, effect.findings, effect.order_id)

    def _keep_change(self, answered: Answered, effect: KeepChange) -> None:
        row = changes.row_of(effect, answered.receipt_id, self.now)
        self.rows[tables.order_change].append(row)
        self.rows[tables.event].append(changes.event_of(effect, self.now))
        self._told_of_change(answered, effect, effect.message_id)

    def _keep_advice(self, answered: Answered, effect: KeepAdvice) -> None:
        row = advices.row_of(effect, answered.receipt_id, self.now)
        self.rows[tables.advice].append(row)
        self.rows[tables.advice_link] += advices.link_rows(effect)
        self.rows[tables.event].append(advices.event_of(effect, self.now))
        self.findings(
            answered,
            effect.partner_id,
            effect.findings,
            message_id=effect.message_id,
        )

    def _told_of_change(
        self, answered: Answered, effect: KeepChange | SettleChange, message_id: str
    ) -> None:
        self.findings(
            answered,
            effect.partner_id,
            effect.findings,
            message_id=message_id,
            order_id=effect.order_id,
        )

    def _refuse(self, answered: Answered, effect: Refuse) -> None:
        self.findings(answered, effect.partner_id, effect.findings)
        codes = " ".join(found.code for found in effect.findings)
        told = {"code": codes, **answered.came}
        self.event(
            effect.partner_id, "receipt.quarantined", answered.receipt_id, **told
        )
        if not any(isinstance(other, Alert) for other in answered.effects):
            self._raise(
                effect.partner_id,
                AlertKind.QUARANTINED,
                effect.findings[0],
                answered.receipt_id,
            )

    def _alert(self, answered: Answered, effect: Alert) -> None:
        found, ref = effect.finding, effect.order_id or answered.receipt_id
        self.event(effect.partner_id, "alert", ref, code=found.code, what=found.what)
        self._raise(effect.partner_id, effect.kind, found, effect.ref or ref)

    def _note_alerted(self, answered: Answered, begun: int) -> None:
        """Note what operators are told of, unless it is noted: one cause, one row.

        The rows of this receipt are those from ``begun`` on.
        """
        told = [one for one in answered.effects if isinstance(one, Alert)]
        if not told:
            return
        noted = {_same(row) for row in self.rows[tables.finding][begun:]}
        for alert in told:
            rows = finding_rows(
                (alert.finding,),
                alert.partner_id,
                answered.receipt_id,
                order_id=alert.order_id,
            )
            self.rows[tables.finding] += [r for r in rows if _same(r) not in noted]
            noted.update(map(_same, rows))

    def _raise(
        self,
        partner_id: str,
        kind: AlertKind,
        found: Finding,
        ref: str,
        *,
        needs_nobody: bool = False,
    ) -> None:
        """Note what operators may want to know; the alert job tells them.

        What ``needs_nobody`` has been answered: it stands in no queue.
        """
        row = alerts.row_of(partner_id, kind, found.code, found.what, ref, self.now)
        done = {"done_at": self.now} if needs_nobody else {}
        self.rows[tables.alert].append(row | done)

    def _rejected(
        self, partner_id: str, findings: tuple[Finding, ...], ref: str
    ) -> None:
        """Note that something was rejected, by the first finding that says why."""
        fatal = (found for found in findings if found.severity is Severity.REJECT)
        worst = next(fatal, None) or next(iter(findings), None)
        if worst is not None:
            self._raise(partner_id, AlertKind.REJECTED, worst, ref, needs_nobody=True)


def gathered(answered: Iterable[Answered], now: datetime) -> Gathered:
    """The effects of these receipts, sorted out. Needs no database."""
    batch = Gathered(now)
    for one in answered:
        batch.add(one)
    return batch


def _owner(answered: Answered) -> str:
    """Who may see the receipt: its one partner, or nobody but the operators."""
    if answered.internal:
        return ""
    partners = {effect.partner_id for effect in answered.effects} - {""}
    return partners.pop() if len(partners) == 1 else answered.partner_id


def said(ack: LineAck | None) -> str:
    """The kinds of an answer's statuses, in its order."""
    return " ".join(status.kind for status in ack.statuses) if ack else ""


def _same(row: Row) -> tuple[object, ...]:
    """What two rows of ``finding`` have alike that speak of one cause."""
    return tuple(row[k] for k in ("partner_id", "order_id", "code", "place", "what"))
