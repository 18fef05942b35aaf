"""What things need people for: names, and the one page that each leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from gateway.findings.marking import marked as _
from gateway.pipeline.waiting import MAPPED, Cause
from gateway.store.work_queue import APPROVAL, CHANGE, Needs
from gateway.web.console.desk import HOME

__all__ = ["NAMES", "Step", "step"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        APPROVAL: _("second person"),
        Cause.PRICE: _("price"),
        Cause.ITEM: _("unknown item"),
        Cause.SHIP_TO: _("unknown ship-to"),
        Cause.UNIT: _("unknown unit"),
        Cause.QUANTITY: _("quantity"),
        Cause.DATE: _("date"),
        Cause.TOTAL: _("totals"),
        Cause.CONTRACT: _("contract"),
        Cause.STOCK: _("stock"),
        Cause.BLANKET: _("blanket order"),
        Cause.DUPLICATE: _("duplicate order"),
        Cause.SIGNATURE: _("signature not clear"),
        Cause.RULES: _("business rules"),
        Cause.MAPPING: _("not understood"),
        Cause.HELD: _("held"),
        CHANGE: _("change of an order"),
        "rejected": _("rejected by the partner"),
        "failed": _("delivery failed"),
        "overdue": _("overdue"),
        "expiring": _("ends soon"),
        "quarantined": _("put aside"),
        "conflict": _("conflict"),
        "payment": _("payment differs"),
        "text": _("text to read"),
        "other": _("to know"),
    }
)
"""Each cause in a word or two."""


@dataclass(frozen=True, slots=True)
class Step:
    """The main thing to do about a row: where it leads, and what it is called."""

    url: str
    name: str


def step(one: Needs) -> Step | None:
    """What to do first; none: it can only be read and ticked off."""
    kind = MAPPED.get(Cause(one.cause)) if one.cause in set(Cause) else None
    if kind is not None and one.theirs:
        asked = {"partner": one.partner_id, "kind": kind, "theirs": one.theirs}
        return Step(f"{HOME}/map?{urlencode(asked)}", _("Map"))
    if one.cause == CHANGE:
        return Step(f"{HOME}/changes/{one.ref}", _("Decide"))
    if one.cause in {APPROVAL, *Cause}:
        return Step(f"{HOME}/orders/{one.ref}", _("Decide"))
    if one.cause == "conflict" and one.ref.startswith("rcp_"):
        return Step(f"{HOME}/receipts/{one.ref}", _("Decide"))
    return _looked_at(one)


def _looked_at(one: Needs) -> Step | None:
    room = _ROOMS.get(one.ref[:4])
    if room is not None:
        return Step(f"{HOME}/{room}/{one.ref}", _("Open"))
    if one.order_id:
        return Step(f"{HOME}/orders/{one.order_id}", _("Open"))
    if one.cause == "expiring" and one.partner_id:
        return Step(f"{HOME}/partners/{one.partner_id}", _("Open"))
    return None


_ROOMS: Mapping[str, str] = MappingProxyType(
    {"msg_": "messages", "ord_": "orders", "chg_": "changes", "rcp_": "receipts"}
)
