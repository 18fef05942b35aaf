"""One's own account: password, language and time zone."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Response

from gateway.findings.language import LANGUAGES
from gateway.findings.marking import marked as _
from gateway.store import passwords, users
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.login import enter, may_try, speaks
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
ACCOUNT = f"{HOME}/account"
TheDesk = Annotated[Desk, Depends(at(Right.SEE))]


@router.get(ACCOUNT)
def page(desk: TheDesk) -> Response:
    """The account of who is logged in."""
    return _page(desk)


@router.post(f"{ACCOUNT}/password")
def change_password(desk: TheDesk) -> Response:
    """Another password; all other browsers that use this account are out."""
    old, new = desk.form.raw("old"), desk.form.raw("new")
    user, db = desk.visit.user, desk.parts.engine.db
    if not passwords.LEAST <= len(new) <= passwords.MOST:
        what = _("A password has at least {count} characters.")
        return _page(desk, "new", desk.speech(what, count=passwords.LEAST))
    if new != desk.form.raw("again"):
        return _page(desk, "again", desk.speech(_("Write the same password twice.")))
    if not may_try(desk):
        return _page(desk, "old", desk.speech(_("Try again in a few minutes.")))
    if users.check(db, user.login, old, desk.now, place=desk.place) is None:
        return _page(desk, "old", desk.speech(_("This is not your password.")))
    with db.begin() as tx:
        users.set_password(tx, user, new, desk.now, by=desk.by)
    return enter(desk, user, ACCOUNT, way="password changed")


@router.post(f"{ACCOUNT}/view")
def change_view(desk: TheDesk) -> Response:
    """Another language or time zone, in every browser."""
    zone, language = desk.form.get("zone"), desk.form.get("language")
    if zone and zone not in available_timezones():
        what = _("Write a time zone such as Europe/Paris.")
        return _page(desk, "zone", desk.speech(what))
    chosen = language if language in LANGUAGES else ""
    with desk.parts.engine.db.begin() as tx:
        users.prefer(tx, desk.visit.user, zone=zone, language=chosen)
    answer = desk.seen_other(ACCOUNT, desk.speech(_("It is kept.")))
    return speaks(desk, answer, chosen)


def _page(desk: Desk, field: str = "", wrong: str = "") -> Response:
    return desk.page(
        "account.html",
        title=desk.speech(_("Your account")),
        status=422 if wrong else 200,
        user=desk.visit.user,
        zones=sorted(available_timezones()),
        field=field,
        wrong=wrong,
        least=passwords.LEAST,
    )
