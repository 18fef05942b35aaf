"""The time that all processes of one database go by.

On PostgreSQL it is the server's, so that nodes whose clocks differ agree about when a
lease ends and what is due. On SQLite all are on one machine and go by its clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

_ASK = sa.select(sa.func.clock_timestamp())


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class SharedTime:
    """Gives the present moment; ``machine`` is believed until the server was asked.

    Between two answers the machine only counts the seconds that pass, so a clock that
    is set meanwhile changes nothing.
    """

    def __init__(self, machine: Callable[[], datetime] = utc_now) -> None:
        self._machine = machine
        self._known: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """The present moment in UTC."""
        known = self._known
        return self._machine() if known is None else _at(known, time.monotonic())

    def ask(self, connection: sa.Connection) -> None:
        """Ask the server, in one round trip."""
        begun = time.monotonic()
        said: datetime = connection.execute(_ASK).scalar_one()
        self.heard(said.astimezone(UTC), begun, time.monotonic())

    def heard(self, said: datetime, asked_s: float, answered_s: float) -> None:
        """Go by what the server said between two seconds of the steady clock.

        What is known stays while it can be right, so that time does not tremble.
        """
        known = self._known
        if known and _at(known, asked_s) <= said <= _at(known, answered_s):
            return
        self._known = said, (asked_s + answered_s) / 2


def _at(known: tuple[datetime, float], steady_s: float) -> datetime:
    said, then_s = known
    return said + timedelta(seconds=steady_s - then_s)
