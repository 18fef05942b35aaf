"""Effects as rows, table by table, and what needs the database to become rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import assert_never

import sqlalchemy as sa

from gateway.findings import Finding
from gateway.order import to_json
from gateway.order.ack import LineAck
from gateway.order.model import OrderLine
from gateway.pipeline.effects import (
    Alert,
    Decide,
    Effect,
    Expect,
    Keep,
    Queue,
    Record,
    Refuse,
    Replay,
)
from gateway.pipeline.sent import Settle
from gateway.store import tables
from gateway.store.journal import event_row, finding_rows
from gateway.store.world import INTERCHANGE

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one receipt. ``partner_id`` is the door's, part of its key.

    ``cursor`` is the last message that is done when more are to come, none at the end.
    ``settles`` is false for effects that come later, such as a release: the receipt
    stays as it is.
    """

    partner_id: str
    receipt_id: str
    effects: tuple[Effect, ...]
    cursor: int | None = None
    settles: bool = True


@dataclass(slots=True)
class Gathered:
    """Rows by table, and what needs the database to become rows."""

    now: datetime
    rows: defaultdict[sa.Table, list[Row]] = field(
        default_factory=lambda: defaultdict(list)
    )
    queues: list[tuple[Answered, Queue]] = field(default_factory=list)
    replays: list[tuple[Answered, Replay]] = field(default_factory=list)
    decisions: list[Decide] = field(default_factory=list)
    settlements: list[Settle] = field(default_factory=list)
    expected: list[Expect] = field(default_factory=list)
    settled: list[Row] = field(default_factory=list)

    def add(self, answered: Answered) -> None:
        """Sort out the effects of one receipt."""
        for effect in answered.effects:
            self._take(answered, effect)
        if answered.settles:
            self._settle(answered)

    def _take(self, answered: Answered, effect: Effect) -> None:
        match effect:
            case Record():
                self._record(answered, effect)
            case Keep():
                self._keep(answered, effect)
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
                "sha256": effect.sha256,
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
        self.event(partner_id, "interchange.read", effect.id)

    def _keep(self, answered: Answered, effect: Keep) -> None:
        order, key = effect.order, effect.key
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
                "body": to_json(order),
                "ack": to_json(effect.ack),
                "report": effect.report,
                "created_at": self.now,
            }
        )
        self.rows[tables.order_line] += [
            _line_row(effect, n, line, ack)
            for n, (line, ack) in enumerate(
                zip_longest(order.lines, effect.ack.lines[: len(order.lines)]), 1
            )
        ]
        self.findings(
            answered,
            effect.partner_id,
            effect.findings,
            message_id=effect.message_id,
            order_id=effect.order_id,
        )
        state = str(effect.state)
        self.event(effect.partner_id, "order.kept", effect.order_id, state=state)

    def _refuse(self, answered: Answered, effect: Refuse) -> None:
        self.findings(answered, effect.partner_id, effect.findings)
        codes = " ".join(found.code for found in effect.findings)
        self.event(
            effect.partner_id, "receipt.quarantined", answered.receipt_id, code=codes
        )

    def _alert(self, answered: Answered, effect: Alert) -> None:
        found, order_id = effect.finding, effect.order_id
        self.findings(answered, effect.partner_id, (found,), order_id=order_id)
        ref = order_id or answered.receipt_id
        self.event(effect.partner_id, "alert", ref, code=found.code, what=found.what)


def _owner(answered: Answered) -> str:
    """Who may see the receipt: its one partner, or nobody but the operators."""
    partners = {effect.partner_id for effect in answered.effects} - {""}
    return partners.pop() if len(partners) == 1 else answered.partner_id


def _line_row(effect: Keep, n: int, line: OrderLine, ack: LineAck | None) -> Row:
    price = line.price.amount
    return {
        "partner_id": effect.partner_id,
        "order_id": effect.order_id,
        "n": n,
        "line_no": line.line_no,
        "sku": line.item.supplier_sku,
        "buyer_part": line.item.buyer_part,
        "quantity": f"{line.quantity.value:f}",
        "unit": line.quantity.uom_sent,
        "price": "" if price is None else f"{price:f}",
        "decision": said(ack),
    }


def said(ack: LineAck | None) -> str:
    """The kinds of an answer's statuses, in its order."""
    return " ".join(status.kind for status in ack.statuses) if ack else ""
