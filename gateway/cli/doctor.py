"""``doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import opened, say
from gateway.config import Settings
from gateway.engine import doctor as checks
from gateway.engine.check import Check, State, fault
from gateway.engine.refusals import refusal
from gateway.partner import Profile
from gateway.store import revisions
from gateway.store.backup import is_begun
from gateway.store.database import Damaged, Database, Unavailable

_EXITS = {State.OK: 0, State.WARNING: 1, State.FAULT: 2}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Look at this installation: a line for each check, with what to do.

    Ends with 0 when all is well, 1 when something is to be watched and 2 when
    something does not work or is not safe. Nothing is changed.
    """
    worst = State.OK
    for one in examine(opened.settings()):
        worst = max(worst, one.state, key=_EXITS.__getitem__)
        if json:
            say.as_json(
                {
                    "check": one.name,
                    "state": one.state,
                    "what": one.whole,
                    "fix": one.fix,
                }
            )
        else:
            fix = f". {one.fix}" if one.fix else ""
            say.line(f"{one.state:8}{one.name:14}{one.whole}{fix}")
    raise typer.Exit(_EXITS[worst])


def examine(at: Settings) -> Iterator[Check]:
    """All checks, those that need no database first."""
    yield from checks.before(at, os.environ)
    name = "database"
    if opened.is_shut(at):
        return
    if not opened.is_there(at):
        what, fix = f"there is no gateway in {at.home}", "Make one with gateway init."
        if is_begun(at.home):
            what, fix = f"a restore was interrupted in {at.home}", "Begin it again."
        yield fault(name, what, fix)
        return
    try:
        db = Database.open(at)
    except (Damaged, OSError, ValueError) as problem:
        fix = "Check GATEWAY_DATABASE_URL and GATEWAY_PAYLOAD_KEY."
        yield fault(name, "it does not open", fix, opened.trouble(problem))
        return
    try:
        profiles = {one.id: one for one in _profiles(db)}
        yield from checks.of_database(db, at, profiles, datetime.now(UTC))
    except Damaged as problem:
        said, fix = refusal(problem)
        yield fault(name, "it cannot be read", fix, said)
    finally:
        db.close()


def _profiles(db: Database) -> Iterator[Profile]:
    """The profiles in force; none where they cannot be read."""
    try:
        with db.read() as tx:
            is_current = revisions.current(tx) == revisions.newest()
        if is_current:
            yield from bootstrap.active_profiles(db)
    except Unavailable:
        return
