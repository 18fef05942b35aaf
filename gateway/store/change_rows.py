"""A change of an order as people see it: line by line, with what each was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.order import Order, from_json
from gateway.order.change import Cancel, Change
from gateway.order.differ import differences
from gateway.order.read import change_from_json
from gateway.store.rows import ChangedLine, ChangeRow


def change_row(row: Any, before: str | None) -> ChangeRow:
    """A change held against the order as it was before, as JSON.

    Empty: the order has not come. None: the lines are not asked for.
    """
    change = change_from_json(row.body)
    assert not isinstance(change, tuple)
    order_ = from_json(before) if before else Order(po_number=row.po_number)
    assert isinstance(order_, Order)
    ack: dict[str, Any] = json.loads(row.ack) if row.ack else {}
    return ChangeRow(
        id=row.id,
        partner_id=row.partner_id,
        order_id=row.order_id,
        po_number=row.po_number,
        release_number=row.release_number,
        sequence=row.sequence,
        kind=_kind(change),
        state=row.state,
        version=row.version,
        receipt_id=row.receipt_id,
        message_id=row.message_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        decision=ack.get("type", ""),
        lines=() if before is None else tuple(_lines(order_, change, ack)),
    )


def _kind(change: Change) -> str:
    return "cancel" if isinstance(change, Cancel) else change.purpose


def _lines(
    order_: Order, change: Change, ack: Mapping[str, Any]
) -> Iterator[ChangedLine]:
    told = {line["line_no"]: line.get("statuses", ()) for line in ack.get("lines", ())}
    for one in differences(order_, change):
        statuses = told.get(one.line_no, ())
        yield ChangedLine(
            line_no=one.line_no,
            action=one.action,
            differs=one.differs,
            decision=" ".join(status["kind"] for status in statuses),
            notes=tuple(status["note"] for status in statuses if status.get("note")),
        )
