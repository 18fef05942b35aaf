"""Logging in and out, by name and password, and the language of the pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.findings.language import LANGUAGES
from gateway.findings.marking import marked as _
from gateway.store import attempts, users, visits
from gateway.store.users import User
from gateway.web.console.desk import (
    HOME,
    LOGIN,
    Desk,
    Porch,
    at,
    own_path,
    porch,
    session_cookie,
)
from gateway.web.console.layout import static
from gateway.web.console.rights import Right
from gateway.web.problem import Problem
from gateway.web.speech import choice_header

__all__ = ["ThePorch", "asked", "enter", "may_try", "router", "speaks"]

router = APIRouter(include_in_schema=False)
ThePorch = Annotated[Porch, Depends(porch)]
_WRONG = _(
    "The name and the password do not fit, or there were too many attempts. "
    "Try again in a few minutes."
)
_NOT_SAFE = _(
    "Passwords are not taken over a connection that others can read. Come by HTTPS, "
    "and set GATEWAY_CONSOLE_URL to the address that browsers use."
)


@router.get(f"{HOME}/static/{{name}}")
def loaded(name: str) -> Response:
    """What pages load; the browser keeps it."""
    file = static().get(name)
    if file is None:
        raise Problem.of("API-011", "no such file")
    return file.answer()


@router.get(LOGIN)
def ask(here: ThePorch, next: str = "") -> Response:
    """Who are you?"""
    return asked(here, next=own_path(next))


@router.post(LOGIN)
def log_in(here: ThePorch) -> Response:
    """Begin a session, if name and password fit; it never tells which does not."""
    wanted = own_path(here.form.get("next"))
    if not (here.is_secure or here.is_local):
        return asked(here, next=wanted, wrong=_NOT_SAFE, status=403)
    login, db = here.form.get("login"), here.parts.engine.db
    if not may_try(here):
        return asked(here, next=wanted, login=login, wrong=_WRONG, status=429)
    typed = here.form.raw("password")
    found = users.check(db, login, typed, here.now, place=here.place)
    if found is None:
        with db.begin() as tx:
            visits.refused(tx, login, here.now, address=here.address, way="password")
        return asked(here, next=wanted, login=login, wrong=_WRONG, status=403)
    return enter(here, found, wanted, way="password")


def may_try(here: Porch) -> bool:
    """Whether somebody at this place may try a password again.

    This process counts first, so that who tries very often costs the database little;
    what all processes counted stands there.
    """
    if not here.parts.logins.take(here.place, now=here.now):
        return False
    with here.parts.engine.db.begin() as tx:
        return attempts.may_try(tx, here.place, here.now)


@router.post(f"{HOME}/logout")
def log_out(desk: Annotated[Desk, Depends(at(Right.SEE))]) -> Response:
    """End the session, here and on the side of the browser."""
    with desk.parts.engine.db.begin() as tx:
        visits.end(tx, desk.visit, desk.now)
    answer = Porch.seen_other(desk, LOGIN)
    cookie = session_cookie("", secure=desk.is_secure)
    answer.headers.append("Set-Cookie", cookie)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.post(f"{HOME}/language")
def language(here: ThePorch) -> Response:
    """Another language, on the page one was on."""
    answer = here.seen_other(own_path(here.form.get("next")))
    return speaks(here, answer, here.form.get("language"))


def speaks(here: Porch, answer: Response, language: str) -> Response:
    """Have the browser ask for pages in this language, if it is one of ours."""
    if language in LANGUAGES:
        chosen = choice_header(language, secure=here.is_secure)
        answer.headers.append("Set-Cookie", chosen)
    return answer


def enter(here: Porch, user: User, wanted: str, *, way: str) -> Response:
    """Lead into a new session. A cookie that the browser had before opens nothing."""
    with here.parts.engine.db.begin() as tx:
        secret = visits.begin(tx, user, here.now, address=here.address, way=way)
    answer = here.seen_other(wanted)
    secure = here.is_secure
    answer.headers.append("Set-Cookie", session_cookie(secret, secure=secure))
    return speaks(here, answer, user.language)


def asked(
    here: Porch, *, next: str, login: str = "", wrong: str = "", status: int = 200
) -> Response:
    """The page that asks who it is."""
    return here.page(
        "login.html",
        title=here.speech(_("Log in")),
        status=status,
        next=next,
        login=login,
        wrong=here.speech(wrong) if wrong else "",
        provider=here.parts.openid.name if here.parts.openid else "",
    )
