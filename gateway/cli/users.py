"""``users add|list|role|password|disable|enable``: who may use the console."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say, typed
from gateway.store import users
from gateway.store.users import User
from gateway.web.console.rights import Role

_Login = Annotated[str, typer.Argument(help="The name to log in by.")]
_Partner = Annotated[
    str | None, typer.Option(help="Only this partner's rows; without: all of them.")
]


def add(
    login: _Login,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.VIEWER,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    partner: _Partner = None,
    openid: Annotated[
        bool, typer.Option("--openid", help="No password: by the OpenID provider.")
    ] = False,
) -> None:
    """Let a person into the console.

    The password is asked for, or a line of the standard input.
    """
    secret = "" if openid else typed.password()
    with opened.gateway() as gateway:
        _known(gateway, partner)
        with gateway.db.begin() as tx:
            made = users.add(
                tx,
                login,
                role,
                gateway.clock(),
                name=name,
                partner_id=partner,
                password=secret,
                by=getpass.getuser(),
            )
    if made is None:
        say.failed(f"there is a user {login!r} already")
    say.line(f"{made.login} is {made.role} and logs in at /console")


def list_(
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """List the users of the console."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        every = users.every(tx)
    if json:
        for one in every:
            say.as_json(asdict(one))
        return
    say.table(
        ("user", "name", "role", "partner", "since", "state"),
        (
            (
                one.login,
                one.name,
                one.role,
                one.partner_id or "all",
                f"{one.created_at:%Y-%m-%d}",
                "active" if one.is_active else "disabled",
            )
            for one in every
        ),
    )


def role(
    login: _Login,
    role: Annotated[Role, typer.Argument(help="What the user may do from now on.")],
    partner: _Partner = None,
) -> None:
    """Make a user something else; it holds from the next page on."""
    with opened.gateway() as gateway:
        _known(gateway, partner)
        with gateway.db.begin() as tx:
            one = _found(users.find(tx, login), login)
            by = getpass.getuser()
            users.set_role(tx, one, role, partner, gateway.clock(), by=by)
    say.line(f"{one.login} is {role}")


def password(login: _Login) -> None:
    """Give a user another password: asked for, or a line of the standard input.

    It unlocks a user after too many attempts, and ends all their sessions.
    """
    secret = typed.password()
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = _found(users.find(tx, login), login)
        by = getpass.getuser()
        users.set_password(tx, one, secret, gateway.clock(), by=by)
    say.line(f"{one.login} has another password")


def disable(login: _Login) -> None:
    """Shut a user out at once."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = _found(users.find(tx, login), login)
        users.disable(tx, one, gateway.clock(), by=getpass.getuser())
    say.line(f"{one.login} is shut out")


def enable(login: _Login) -> None:
    """Let a user in again who was shut out or locked."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        one = _found(users.find(tx, login), login)
        users.enable(tx, one, gateway.clock(), by=getpass.getuser())
    say.line(f"{one.login} may log in")


def _known(gateway: Gateway, partner: str | None) -> None:
    if partner and partner not in gateway.rules.directory.profiles:
        say.failed(f"there is no partner {partner!r} in force")


def _found(one: User | None, login: str) -> User:
    if one is None:
        say.failed(f"there is no user {login!r}")
    return one
