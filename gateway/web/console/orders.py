"""Orders: the list, and the page of one with its conversation, lines and prices."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from gateway.findings.marking import marked as _
from gateway.order import Order, from_json
from gateway.order.life import State
from gateway.order.money import major
from gateway.partner.sla import SlaKind
from gateway.pipeline.report import told
from gateway.pipeline.waiting import value_of
from gateway.store import approvals, change_page, order_list, order_page, order_story
from gateway.store.order_story import Clock
from gateway.store.rows import NotedFinding, OrderDetail
from gateway.web.console.around import Around, first_of
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.kinds import clock_name, coded, kind_name
from gateway.web.console.proof import proof
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
TheDesk = Annotated[Desk, Depends(at(Right.SEE))]
Asked = Annotated[str, Query(max_length=200)]
_OPEN = ("held", "received")
_LINES = 100
"""So many lines of an order fit on a page, with what was found of each."""
_TOLD: Mapping[str, Any] = MappingProxyType(
    {"expected_price": "", "findings": (), "why": "", "cart": None}
)
"""What a report may say of a line."""


@router.get(f"{HOME}/orders")
def orders(  # noqa: PLR0913, PLR0917  the filters of a list
    desk: TheDesk,
    partner: Asked = "",
    state: Asked = "",
    po: Asked = "",
    since: Asked = "",
    until: Asked = "",
    cursor: Asked = "",
) -> Response:
    """Orders, newest first."""
    asked = {"partner": partner, "state": state, "po": po}
    asked = {name: value.strip() for name, value in asked.items()}
    asked["state"] = asked["state"] if asked["state"] in set(State) else ""
    with desk.parts.engine.db.read() as tx:
        found = order_list.orders(
            tx,
            partner=desk.person.partner_id or asked["partner"] or None,
            state=asked["state"] or None,
            po=asked["po"] or None,
            since=_midnight(desk, since),
            until=_midnight(desk, until, days=1),
            cursor=cursor or None,
        )
    return desk.page(
        "orders.html",
        title=desk.speech(_("Orders")),
        found=found,
        states=list(map(str, State)),
        partners=desk.parts.engine.rules.directory.profiles,
        asked=asked | {"since": since, "until": until},
    )


def _midnight(desk: Desk, day: str, days: int = 0) -> dt.datetime | None:
    """The beginning of a day in the reader's zone; none where it is none."""
    try:
        its = dt.date.fromisoformat(day) + dt.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return dt.datetime.combine(its, dt.time(), desk.person.zone)


@router.get(f"{HOME}/orders/{{id}}")
def order(desk: TheDesk, id: str, part: Asked = "0") -> Response:
    """One order: what was said, what was decided and why, and what is to be.

    Of a long one a part of the lines at a time, those that wait before the others.
    """
    with desk.parts.engine.db.read() as tx:
        detail = order_page.order(tx, id, partner=desk.person.partner_id)
        if detail is None:
            return desk.not_found()
        story = order_story.story(tx, detail)
        clocks = [*order_story.clocks(tx, detail), *_running(desk, detail)]
        asked = approvals.of_order(tx, detail.order.partner_id, id)
    report = told(detail.report)
    body = json.loads(detail.body)
    whole = from_json(detail.body)
    assert isinstance(whole, Order)
    lines = list(_lines(detail, report, body))
    if len(lines) > _LINES:
        lines.sort(key=lambda one: not one["waits"])
    first = first_of(part)
    shown = lines[first : first + _LINES]
    return desk.page(
        "order.html",
        title=desk.speech(_("Order {number}"), number=detail.order.po_number),
        detail=detail,
        whole=whole,
        worth=major(value_of(whole), whole.currency),
        days=_days(whole),
        header=[one for one in detail.findings if _is_of_head(one, detail)],
        kind_name=kind_name,
        coded=coded,
        clock_name=clock_name,
        lines=shown,
        around=Around(first, len(lines), _LINES, len(shown)),
        reasons=report.get("reasons", ()),
        story=story,
        clocks=clocks,
        approval=asked,
        is_open=detail.order.state in _OPEN,
        open_changes=[c for c in detail.changes if c.state in ("held", "waiting")],
    )


_DAYS = (
    ("requested", _("wanted on")),
    ("earliest", _("not before")),
    ("latest", _("not after")),
    ("ship_not_before", _("ships not before")),
    ("ship_no_later", _("ships by")),
    ("cancel_after", _("cancelled after")),
)


def _days(order: Order) -> list[tuple[str, dt.date]]:
    """The days that the order names, each with what it is for."""
    every = ((name, getattr(order.delivery, field)) for field, name in _DAYS)
    return [(name, day) for name, day in every if day is not None]


def _is_of_head(one: NotedFinding, detail: OrderDetail) -> bool:
    """Whether it was found of the order as a whole, when it was decided first."""
    path = one.finding.where.path
    return one.order_id == detail.order.id and not path.startswith("/lines")


def _running(desk: Desk, detail: OrderDetail) -> Iterator[Clock]:
    """The clocks of an order that is open and in time: nobody was told of them yet."""
    order, engine = detail.order, desk.parts.engine
    if order.state not in _OPEN:
        return
    held = (SlaKind.HOLD,) if order.state == "held" else ()
    for kind in (SlaKind.ORDER_ANSWER, *held):
        its = engine.runs_out(order.partner_id, kind, order.created_at)
        if its is not None and desk.now < its.warn_at:
            yield Clock(
                kind=str(kind),
                ref=order.id,
                number=order.po_number,
                level="in_time",
                due_at=its.due_at,
                done_at=None,
                outcome="",
                costs="",
            )


def _lines(
    detail: OrderDetail, report: Mapping[str, Any], body: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Each line with what was decided of it and how its price came about."""
    why = {one.get("line"): one for one in report.get("lines", ())}
    sent = {one["line_no"]: one for one in body.get("lines", ())}
    for line in detail.lines:
        its = _TOLD | why.get(line.line_no, {})
        waits = "hold" in line.decision.split()
        text = sent.get(line.line_no, {}).get("item", {}).get("description", "")
        yield {"row": line, "why": its, "waits": waits, "description": text}


@router.get(f"{HOME}/changes/{{id}}")
def change(desk: TheDesk, id: str) -> Response:
    """One change of an order, line by line, and what can be decided of it."""
    with desk.parts.engine.db.read() as tx:
        detail = change_page.change(tx, id, partner=desk.person.partner_id)
    if detail is None:
        return desk.not_found()
    number = detail.change.po_number
    return desk.page(
        "change.html",
        title=desk.speech(_("Change of order {number}"), number=number),
        detail=detail,
        coded=coded,
        is_open=detail.change.state in ("held", "waiting"),
    )


@router.get(f"{HOME}/orders/{{id}}/evidence")
def evidence(desk: TheDesk, id: str) -> Response:
    """All that proves an order, as one bundle that proves itself."""
    engine = desk.parts.engine
    with engine.db.read() as tx:
        if order_page.order(tx, id, partner=desk.person.partner_id) is None:
            return desk.not_found()
    return proof(desk, id)
