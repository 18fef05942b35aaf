"""The work queue: what needs somebody, by cause, each with the one thing to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from gateway.findings.marking import marked as _
from gateway.partner.sla import SlaKind
from gateway.pipeline.waiting import Cause
from gateway.store import alerts, work_queue
from gateway.store.work_queue import Needs
from gateway.web.console.causes import NAMES, step
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right
from gateway.web.console.sentences import short_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Asked = Annotated[str, Query(max_length=200)]
_AGES = (1, 4, 24, 72, 168)
"""Hours that one may ask for: older than these."""
_HOUR, _DAY = 60, 24 * 60  # in minutes


@router.get(HOME)
def queue(
    desk: Annotated[Desk, Depends(at(Right.SEE))],
    partner: Asked = "",
    cause: Asked = "",
    older: Annotated[int, Query(ge=0, le=10_000)] = 0,
    cursor: Asked = "",
) -> Response:
    """What needs somebody, the oldest first."""
    partner, cause = partner.strip(), cause if cause in NAMES else ""
    asked = {"partner": partner, "cause": cause, "older": str(older)}
    mine = desk.person.partner_id or partner or None
    before = desk.now - timedelta(hours=older) if older else None
    with desk.parts.engine.db.read() as tx:
        groups = work_queue.groups(tx, partner=mine)
        rows, more = work_queue.rows(
            tx, partner=mine, cause=cause or None, before=before, cursor=cursor or None
        )
    return desk.page(
        "queue.html",
        title=desk.speech(_("Work queue")),
        groups=groups,
        rows=[_with_clock(desk, one) for one in rows],
        more=f"?{urlencode(asked | {'cursor': more})}" if more else "",
        names=NAMES,
        step=step,
        asked=asked,
        ages=_AGES,
        many=work_queue.MANY,
        partners=desk.parts.engine.rules.directory.profiles,
        age=partial(_age, desk),
    )


def _with_clock(desk: Desk, one: Needs) -> Needs:
    """A held order with the moment on which its answer is due, if nobody was told."""
    if one.due_at is not None or one.cause not in set(Cause):
        return one
    answer = desk.parts.engine.runs_out(one.partner_id, SlaKind.ORDER_ANSWER, one.since)
    return replace(one, due_at=answer.due_at) if answer else one


def _age(desk: Desk, since: datetime) -> str:
    """How long ago it was, in its largest unit."""
    minutes = max(int((desk.now - since).total_seconds() // 60), 0)
    if minutes < _HOUR:
        return desk.speech(_("{n} min"), n=minutes)
    if minutes < 2 * _DAY:
        return desk.speech(_("{n} h"), n=minutes // _HOUR)
    return desk.speech(_("{n} days"), n=minutes // _DAY)


@router.post(f"{HOME}/alerts/{{id}}/done")
def tick_off(desk: Annotated[Desk, Depends(at(Right.OPERATE))], id: str) -> Response:
    """Somebody has seen to it: it needs nobody any more."""
    reason = short_reason(desk)
    mine = desk.person.partner_id
    with desk.parts.engine.db.begin() as tx:
        done = alerts.close_one(
            tx, id, desk.now, by=desk.by, reason=reason, partner=mine
        )
    if done is None:
        return desk.not_found()
    return desk.seen_other(HOME, desk.speech(_("Done: {what}"), what=done.what))
