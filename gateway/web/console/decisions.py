"""Decisions: shown with the exact bytes that would leave, then made, once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from gateway.engine.previewing import Previewed, preview_decision
from gateway.engine.releasing import confirm, release_order, take_back
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.pipeline.release import As, Released
from gateway.store import change_page, order_page, queries, work_queue
from gateway.store.rows import OrderDetail
from gateway.web.again import actions
from gateway.web.console.causes import NAMES
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right
from gateway.web.console.sentences import against, short_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
TheDesk = Annotated[Desk, Depends(at(Right.OPERATE))]
Wanted = Annotated[As, Query(alias="as")]
_AS: dict[str, str] = {
    "accept": _("Accept as ordered"),
    "change": _("Answer with ours"),
    "reject": _("Reject"),
}
_SETTLES = ("new", "replacement", "reject")


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is decided: its id, where it is shown, its number."""

    id: str
    home: str
    number: str


@router.get(f"{HOME}/orders/{{id}}/decide")
def preview_order(
    desk: TheDesk,
    id: str,
    wanted: Wanted = "accept",
    line: Annotated[list[str] | None, Query(max_length=1000)] = None,
) -> Response:
    """What would leave if the order were decided so."""
    order = _order(desk, id)
    if order is None:
        return desk.not_found()
    meant = _Meant(id, f"{HOME}/orders/{id}", order.order.po_number)
    return _preview(desk, meant, Released(as_=wanted, lines=tuple(line or ())))


@router.get(f"{HOME}/changes/{{id}}/decide")
def preview_change(desk: TheDesk, id: str, wanted: Wanted = "accept") -> Response:
    """What would leave if the change were decided so."""
    number = _change(desk, id)
    if number is None:
        return desk.not_found()
    meant = _Meant(id, f"{HOME}/changes/{id}", number)
    return _preview(desk, meant, Released(as_=wanted))


def _preview(desk: Desk, meant: _Meant, wanted: Released) -> Response:
    engine = desk.parts.engine
    shown = preview_decision(engine.db, engine.rules, meant.id, wanted, desk.now)
    if not isinstance(shown, Previewed):
        return against(desk, shown)
    return desk.page(
        "decide.html",
        title=desk.speech(_("Decide {number}"), number=meant.number),
        meant=meant,
        wanted=wanted,
        shown=shown,
        name=_AS[wanted.as_],
        key=secrets.token_urlsafe(12),
    )


@router.post(f"{HOME}/orders/{{id}}/decide")
def decide_order(desk: TheDesk, id: str) -> Response:
    """Decide it as it was shown, once however often the button is pressed."""
    if _order(desk, id) is None:
        return desk.not_found()
    return _decide(desk, id, f"{HOME}/orders/{id}")


@router.post(f"{HOME}/changes/{{id}}/decide")
def decide_change(desk: TheDesk, id: str) -> Response:
    """Carry the change out or reject it, as it was shown."""
    if _change(desk, id) is None:
        return desk.not_found()
    return _decide(desk, id, f"{HOME}/changes/{id}")


def _decide(desk: Desk, id_: str, home: str) -> Response:
    wanted = _wanted(desk)
    if wanted is None:
        return desk.refused(desk.speech(_("The form says nothing that can be done.")))
    found = _released(desk, id_, wanted)
    codes = {one.code for one in found}
    if codes == {"CHG-005"}:
        said = desk.speech(_("It waits for a second person to confirm it."))
        return desk.seen_other(home, said)
    if found:
        return against(desk, found)
    return desk.seen_other(home, desk.speech(_("It is decided.")))


def _wanted(desk: Desk) -> Released | None:
    form = desk.form
    as_, version = form.get("as"), form.get("version", "0")
    if as_ not in _AS or not (version.isascii() and version.isdigit()):
        return None
    return Released(
        as_=as_,  # type: ignore[arg-type]  # one of these three
        lines=form.all("line"),
        reason=short_reason(desk),
        by=desk.by,
        version=int(version),
        key=f"{desk.person.user_id}|{form.get('key')[:64]}" if form.get("key") else "",
    )


def _released(desk: Desk, id_: str, wanted: Released) -> Sequence[Finding]:
    engine = desk.parts.engine
    found = release_order(engine.db, engine.rules, id_, wanted, desk.now)
    if not found:
        engine.queued.set()
    return found


# Two people.


@router.post(f"{HOME}/orders/{{id}}/confirm")
def confirm_order(
    desk: Annotated[Desk, Depends(at(Right.APPROVE))], id: str
) -> Response:
    """Confirm what another person decided."""
    if _order(desk, id) is None:
        return desk.not_found()
    engine = desk.parts.engine
    found = confirm(engine.db, engine.rules, id, desk.by, desk.now)
    if found:
        return against(desk, found)
    engine.queued.set()
    return desk.seen_other(
        f"{HOME}/orders/{id}", desk.speech(_("It is confirmed and decided."))
    )


@router.post(f"{HOME}/orders/{{id}}/take-back")
def refuse_order(desk: TheDesk, id: str) -> Response:
    """Do not confirm it: the order waits as before."""
    if _order(desk, id) is None:
        return desk.not_found()
    engine = desk.parts.engine
    found = take_back(engine.db, id, desk.by, short_reason(desk), desk.now)
    if found:
        return against(desk, found)
    said = desk.speech(_("It is not confirmed: the order waits as before."))
    return desk.seen_other(f"{HOME}/orders/{id}", said)


# Many of one cause.


@router.get(f"{HOME}/bulk")
def preview_many(
    desk: TheDesk,
    cause: Annotated[str, Query(max_length=40)],
    partner: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Orders that wait for nothing but one cause, and what they are about."""
    mine = desk.person.partner_id or partner.strip() or None
    with desk.parts.engine.db.read() as tx:
        ids = work_queue.of_cause(tx, cause, partner=mine, limit=work_queue.MANY)
        found = [order_page.order(tx, id_) for id_ in ids]
    orders = [one for one in found if one is not None]
    if not orders or cause not in NAMES:
        return desk.not_found()
    return desk.page(
        "bulk.html",
        title=desk.speech(
            _("Decide together: {cause}"), cause=desk.speech(NAMES[cause])
        ),
        orders=orders,
        cause=cause,
        names=_AS,
        key=secrets.token_urlsafe(12),
        most=work_queue.MANY,
    )


@router.post(f"{HOME}/bulk")
def decide_many(desk: TheDesk) -> Response:
    """Decide the chosen ones, each as it was shown; says which were not, and why."""
    wanted, cause = _wanted(desk), desk.form.get("cause")
    chosen = [one.rpartition(":") for one in desk.form.all("order")]
    if wanted is None or not chosen or len(chosen) > work_queue.MANY:
        said = _("Choose from one to {most} orders, and what to do with them.")
        return desk.refused(desk.speech(said, most=work_queue.MANY), status=422)
    mine = desk.person.partner_id
    with desk.parts.engine.db.read() as tx:
        known = set(work_queue.of_cause(tx, cause, partner=mine, limit=10_000))
    done: list[str] = []
    left: list[tuple[str, Finding]] = []
    for id_, _colon, version in chosen:
        one = Released(
            as_=wanted.as_,
            reason=wanted.reason,
            by=wanted.by,
            key=wanted.key,
            version=int(version) if version.isdigit() else 0,
        )
        gone = Finding.of("CHG-001", f"{id_} waits for something else by now")
        found = _released(desk, id_, one) if id_ in known else (gone,)
        if found:
            left.append((id_, found[0]))
        else:
            done.append(id_)
    return desk.page(
        "decided.html",
        title=desk.speech(_("Decided together")),
        done=done,
        left=left,
    )


# Transmissions in conflict.


@router.get(f"{HOME}/receipts/{{id}}")
def show_receipt(desk: Annotated[Desk, Depends(at(Right.SEE))], id: str) -> Response:
    """A transmission, and where it is in conflict what can be decided of it."""
    with desk.parts.engine.db.read() as tx:
        found = queries.interchange(tx, id, partner=desk.person.partner_id)
    if found is None:
        return desk.not_found()
    return desk.page(
        "receipt.html",
        title=desk.speech(_("Transmission {id}"), id=found.receipt.id),
        found=found,
        key=secrets.token_urlsafe(12),
    )


@router.post(f"{HOME}/receipts/{{id}}/settle")
def settle_receipt(desk: TheDesk, id: str, request: Request) -> Response:
    """Decide a conflict: as new, as a replacement of the first, or not at all."""
    as_ = desk.form.get("as")
    with desk.parts.engine.db.read() as tx:
        found = queries.interchange(tx, id, partner=desk.person.partner_id)
    if found is None:
        return desk.not_found()
    if as_ not in _SETTLES:
        return desk.refused(desk.speech(_("The form says nothing that can be done.")))
    wrong = actions(request).settle(
        found.receipt.id,
        as_=_settled(as_),
        by=desk.by,
        reason=short_reason(desk),
        key=f"{desk.person.user_id}|{desk.form.get('key')[:64]}",
    )
    if wrong is not None:
        return against(desk, (wrong,))
    desk.parts.engine.due.set()
    said = desk.speech(_("It is decided."))
    return desk.seen_other(f"{HOME}/receipts/{found.receipt.id}", said)


def _settled(as_: str) -> Literal["new", "replacement", "reject"]:
    return as_  # type: ignore[return-value]  # one of these three


# What may be seen.


def _order(desk: Desk, id_: str) -> OrderDetail | None:
    with desk.parts.engine.db.read() as tx:
        return order_page.order(tx, id_, partner=desk.person.partner_id)


def _change(desk: Desk, id_: str) -> str | None:
    """The order number of a change that may be seen."""
    with desk.parts.engine.db.read() as tx:
        found = change_page.change(tx, id_, partner=desk.person.partner_id)
    return found.change.po_number if found else None
