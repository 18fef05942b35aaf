"""What our own systems are told of what happened: CloudEvents, by the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from gateway.order.life import ChangeState, State

SOURCE = "/gateway"
"""Where events say they come from (CloudEvents ``source``)."""

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "order.received": "An order was taken in.",
        "order.held": "An order waits for a decision.",
        "order.confirmed": "An order was confirmed, as ordered or with changes.",
        "order.rejected": "An order was rejected.",
        "order.changed": "A change of an order was carried out.",
        "order.cancelled": "An order was cancelled.",
        "message.rejected": "A message was rejected: theirs by us, or ours by them.",
        "message.delivered": "A message of ours was delivered.",
        "ack.overdue": "A message of ours was not acknowledged in time.",
        "asn.sent": "A ship notice was delivered.",
        "certificate.expiring": "A certificate ends soon.",
        "sla.warning": "A clock agreed on with a partner runs out, or has run out.",
        "sla.breached": "A clock agreed on with a partner was broken.",
    }
)
"""The types of events and what each means; names are never changed."""

_DECIDED: Mapping[str, str] = {
    State.HELD: "order.held",
    State.CONFIRMED: "order.confirmed",
    State.CHANGED: "order.confirmed",
    State.BACKORDERED: "order.confirmed",
    State.REJECTED: "order.rejected",
    State.CANCELLED: "order.cancelled",
}
_ALWAYS: Mapping[str, str] = {
    "message.rejected": "message.rejected",
    "message.overdue": "ack.overdue",
    "certificate.expiring": "certificate.expiring",
    "sla.warn": "sla.warning",
    "sla.overdue": "sla.warning",
    "sla.breach": "sla.breached",
}
JOURNAL = (
    "order.kept",
    "order.decided",
    "change.kept",
    "change.settled",
    "message.delivered",
    "message.acknowledged",
    *_ALWAYS,
)
"""What in the journal may become events."""

_SHIP_NOTICES = frozenset(
    {
        "x12_856",
        "edifact_desadv",
        "cxml_ship_notice_request",
        "ubl_despatch_advice",
    }
)
_INNER = ("alert_", "erp_", "as2_mdn")
"""What kinds of messages begin with that are no business of our systems."""
_DETAILS = ("code", "clock", "due_at", "version", "until")
"""What is repeated of the journal's detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What is said of an order."""

    id: str
    po_number: str
    state: str
    test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event of the journal, with what is known of its order and message.

    ``kind`` is the type of the message; ``seq`` its place in the journal.
    """

    id: str
    seq: int
    at: datetime
    name: str
    partner_id: str
    ref: str
    detail: Mapping[str, str]
    order: OrderFacts | None = None
    message_id: str = ""
    kind: str = ""

    @property
    def key(self) -> str:
        """What events of one thing have in common: they are told in their order."""
        return self.order.id if self.order else self.ref

    def types(self) -> tuple[str, ...]:
        """The types of the events that this is; none: nobody is told."""
        detail = self.detail
        found: tuple[str | None, ...]
        match self.name:
            case "order.kept" | "order.decided":
                came = ("order.received",) if self.name == "order.kept" else ()
                after = _DECIDED.get(detail.get("state", ""))
                found = (*came, after)
            case "change.kept" | "change.settled":
                found = (self._changed(),)
            case "message.delivered":
                return self._delivered()
            case "message.acknowledged":
                rejected = detail.get("said") == "rejected"
                found = ("message.rejected" if rejected else None,)
            case "sla.overdue" if detail.get("clock") == "their_functional_ack":
                found = ()  # ack.overdue is told of it
            case _:
                found = (_ALWAYS.get(self.name),)
        return tuple(one for one in found if one)

    def _changed(self) -> str | None:
        """A change that was carried out; a cancellation is told as that."""
        applied = self.detail.get("state") == ChangeState.APPLIED
        gone = self.order is not None and self.order.state == State.CANCELLED
        return "order.changed" if applied and not gone else None

    def _delivered(self) -> tuple[str, ...]:
        if not self.kind or self.kind.startswith(_INNER):
            return ()
        sent = ("asn.sent",) if self.kind in _SHIP_NOTICES else ()
        return (*sent, "message.delivered")


def event_id(id_: str, n: int) -> str:
    """The id of the ``n``-th event, from 0, that one of the journal is."""
    return f"{id_}.{n + 1}" if n else id_


def cloud_event(one: Happened, n: int, type_: str) -> bytes:
    """An event as a CloudEvent 1.0 in structured JSON.

    It names what it is about and leaves the rest to who asks for it: no prices, no
    parties, no words of a partner.
    """
    data: dict[str, object] = {"partner_id": one.partner_id}
    if one.order is not None:
        data |= {
            "order_id": one.order.id,
            "po_number": one.order.po_number,
            "state": one.detail.get("state", one.order.state),
            "test": one.order.test,
        }
        if one.name.startswith("change."):
            data |= {"change_id": one.ref, "state": one.order.state}
    if one.message_id:
        data |= {"message_id": one.message_id, "kind": one.kind}
    if one.ref and one.ref not in data.values():
        data["ref"] = one.ref
    if one.name.startswith("sla."):
        data["level"] = one.name.removeprefix("sla.")
    data |= {name: one.detail[name] for name in _DETAILS if name in one.detail}
    told = {
        "specversion": "1.0",
        "id": event_id(one.id, n),
        "source": SOURCE,
        "type": type_,
        "time": one.at.isoformat(),
        "subject": one.key or one.partner_id or "gateway",
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
