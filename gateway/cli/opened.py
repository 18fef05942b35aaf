"""Open the gateway that the settings name, for one command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

from gateway.bootstrap import Gateway
from gateway.cli import say
from gateway.config import Settings, sqlite_file
from gateway.store.database import Damaged, knock
from gateway.store.sealed import BadKey, Keyring, Locked

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Failed = Callable[[str], NoReturn]
"""Tells why there is no going on, and ends."""


def settings(database_url: str = "", named: str = "") -> Settings:
    """The settings of the environment, or the end with what is wrong in them.

    Another database than theirs is called as it is ``named``.
    """
    try:
        found = Settings(database_url=database_url) if database_url else Settings()
        Keyring.of(found.payload_key, os.environ)
        return found
    except BadKey as wrong_key:
        say.failed(f"GATEWAY_PAYLOAD_KEY: {wrong_key}")
    except ValidationError as wrong:
        say.failed("; ".join(_wrong(one, named) for one in wrong.errors()))
    except SettingsError as wrong:  # text where JSON is wanted
        say.failed(str(wrong))


def _wrong(found: ErrorDetails, named: str) -> str:
    place = "_".join(map(str, found["loc"])).upper()
    where = named if named and place == "DATABASE_URL" else f"GATEWAY_{place}"
    return f"{where}: {found['msg']}"


def is_there(at: Settings) -> bool:
    """Whether a gateway was made here: its database is a server, or a file that is."""
    file = sqlite_file(at.database_url)
    return file is None or os.path.isfile(file)


def is_shut(at: Settings) -> bool:
    """Whether the home folder is another user's, so that nobody knows what is in it."""
    return at.home.is_dir() and not os.access(at.home, os.X_OK)


def check(at: Settings, failed: Failed = say.failed) -> None:
    """End with what is to be done where there is no gateway."""
    if is_shut(at):
        whose = "run it as the user whose home it is"
        failed(f"{at.home} may not be looked into by this user; {whose}")
    if not is_there(at):
        restored(at, failed)
        failed(f"there is no gateway in {at.home}; make one with: gateway init")


def restored(at: Settings, failed: Failed = say.failed) -> None:
    """End where a restore was interrupted: what it left is no new gateway's."""
    from gateway.store import backup  # noqa: PLC0415  seldom needed

    if backup.is_begun(at.home):
        failed(f"a restore was interrupted in {at.home}: begin it again")


def answers(at: Settings) -> None:
    """End with what is to be done where the server of the database is away."""
    try:
        knock(at)
    except (Damaged, OSError) as problem:
        say.failed(_closed(at, problem))


def begun(at: Settings, failed: Failed = say.failed) -> Gateway:
    """The gateway as it begins, or the end with why it does not."""
    try:
        return Gateway(at)
    except (Damaged, OSError) as problem:
        failed(_closed(at, problem))


def _closed(at: Settings, problem: Exception) -> str:
    """What does not open, why, and what to do."""
    todo = "gateway doctor says more"
    if not at.database_url.startswith("sqlite"):
        todo = f"start its server or mend the address; {todo}"
    return f"{_database(at)} does not open: {trouble(problem)}; {todo}"


def trouble(problem: Exception) -> str:
    """The first line of what a database or a disk says, without the statement."""
    if isinstance(problem, OSError):
        return problem.strerror or str(problem)
    said = str(getattr(problem, "orig", None) or problem).strip().splitlines()
    return said[0] if said else type(problem).__name__


def told(locked: Locked) -> str:
    """Which payload key is missing or another one, and what to do."""
    found = locked.found
    return f"{found.code}: {found.what}. {found.fix}"


def _database(at: Settings) -> str:
    """Where it is, without the password in its address."""
    if file := sqlite_file(at.database_url):
        return f"the database {file}"
    return "the database that GATEWAY_DATABASE_URL names"


@contextmanager
def gateway(
    at: Settings | None = None, failed: Failed = say.failed
) -> Iterator[Gateway]:
    """The gateway, closed again at the end."""
    at = at or settings()
    check(at, failed)
    opened = begun(at, failed)
    try:
        yield opened
    except Locked as locked:
        failed(told(locked))
    finally:
        opened.close()
