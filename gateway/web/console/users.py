"""The users: who may come in, what they are here, and new passwords for them."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.findings.marking import marked as _
from gateway.store import users
from gateway.store.users import User
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right, Role

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
USERS = f"{HOME}/users"
_LONGEST = 100
Admin = Annotated[Desk, Depends(at(Right.ADMINISTER))]


@router.get(USERS)
def listed(desk: Admin) -> Response:
    """All users."""
    return _list(desk)


@router.post(USERS)
def add(desk: Admin) -> Response:
    """A new user; the password is shown this once."""
    login, role = desk.form.get("login"), desk.form.get("role")
    partner = desk.form.get("partner")
    wrong = _wrong(desk, role, partner)
    if not login or len(login) > _LONGEST or not login.isprintable():
        wrong = ("new-login", desk.speech(_("Write a name to log in by.")))
    if wrong:
        return _list(desk, wrong=wrong)
    password = _password()
    with desk.parts.engine.db.begin() as tx:
        made = users.add(
            tx,
            login,
            role,
            desk.now,
            name=desk.form.get("name")[:_LONGEST],
            partner_id=partner or None,
            password=password,
            by=desk.by,
        )
    if made is None:
        taken = desk.speech(_("There is a user of this name already."))
        return _list(desk, wrong=("new-login", taken))
    return _one(desk, made, password=password)


@router.get(f"{USERS}/{{id}}")
def one(desk: Admin, id: str) -> Response:
    """One user."""
    found = _found(desk, id)
    return desk.not_found() if found is None else _one(desk, found)


@router.post(f"{USERS}/{{id}}/role")
def change_role(desk: Admin, id: str) -> Response:
    """Make a user something else."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    role, partner = desk.form.get("role"), desk.form.get("partner")
    wrong = _wrong(desk, role, partner) or _own(desk, found)
    if wrong:
        return _one(desk, found, wrong=wrong)
    with desk.parts.engine.db.begin() as tx:
        users.set_role(tx, found, role, partner or None, desk.now, by=desk.by)
    return desk.seen_other(f"{USERS}/{id}", desk.speech(_("The role is changed.")))


@router.post(f"{USERS}/{{id}}/password")
def renew(desk: Admin, id: str) -> Response:
    """A new password, shown this once; whoever is logged in as them is out."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    if wrong := _own(desk, found):
        return _one(desk, found, wrong=wrong)
    password = _password()
    with desk.parts.engine.db.begin() as tx:
        users.set_password(tx, found, password, desk.now, by=desk.by)
    return _one(desk, found, password=password)


@router.post(f"{USERS}/{{id}}/access")
def admit(desk: Admin, id: str) -> Response:
    """Shut a user out, or let them in again."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    if wrong := _own(desk, found):
        return _one(desk, found, wrong=wrong)
    shuts = desk.form.get("access") == "off"
    act = users.disable if shuts else users.enable
    with desk.parts.engine.db.begin() as tx:
        act(tx, found, desk.now, by=desk.by)
    told = _("The user is shut out.") if shuts else _("The user may log in again.")
    return desk.seen_other(f"{USERS}/{id}", desk.speech(told))


def _list(desk: Desk, *, wrong: tuple[str, str] | None = None) -> Response:
    with desk.parts.engine.db.read() as tx:
        every = users.every(tx)
    return desk.page(
        "users.html",
        title=desk.speech(_("Users")),
        status=422 if wrong else 200,
        users=every,
        roles=list(Role),
        partners=sorted(desk.parts.engine.rules.directory.profiles),
        wrong=wrong,
        sent=desk.form,
    )


def _one(
    desk: Desk, user: User, *, password: str = "", wrong: tuple[str, str] | None = None
) -> Response:
    return desk.page(
        "user.html",
        title=user.name,
        status=422 if wrong else 200,
        user=user,
        roles=list(Role),
        partners=sorted(desk.parts.engine.rules.directory.profiles),
        password=password,
        wrong=wrong,
    )


def _found(desk: Desk, id_: str) -> User | None:
    with desk.parts.engine.db.read() as tx:
        return users.user(tx, id_)


def _wrong(desk: Desk, role: str, partner: str) -> tuple[str, str] | None:
    """What cannot be taken of a role and a partner: the field, and what to do."""
    if role not in set(Role):
        return "role", desk.speech(_("Choose a role."))
    if partner and partner not in desk.parts.engine.rules.directory.profiles:
        return "partner", desk.speech(_("Choose one of the partners."))
    return None


def _own(desk: Desk, user: User) -> tuple[str, str] | None:
    """Nobody shuts themselves out: somebody else has to."""
    if user.id != desk.person.user_id:
        return None
    return "role", desk.speech(_("Another administrator has to change this for you."))


def _password() -> str:
    return secrets.token_urlsafe(15)
