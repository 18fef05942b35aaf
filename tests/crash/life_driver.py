"""The life of an order in a process that can be killed at any of its steps.

Called by the zygote with HOME SECOND STEP URL, as ``driver`` is. The names of the steps
that came are kept in HOME.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import Settings
from tests.crash.driver import Round
from tests.crash.life import TOLD, live


class Noted(Round):
    """A round that notes each step before it comes."""

    def steps(self) -> Callable[[str], None]:
        """What is told of each step."""
        told, log = super().steps(), self.settings.home / "steps"

        def note(name: str) -> None:
            with log.open("a") as file:
                file.write(f"{name}\n")
            told(name)

        return note


def main(arguments: list[str]) -> None:
    """Prepare a new home, and play what is left of the life in it."""
    home, second, step, url = arguments
    settings = Settings(
        home=Path(home),
        database_url=url,
        lease_s=3600,
        stable_for_s=0,
        gs1_prefix="0614141",
    )
    now = datetime(2026, 11, 23, 12, 0, int(second), tzinfo=UTC)
    round_ = Noted(settings, now, step, {}, TOLD)
    if not (settings.home / "prepared").exists():
        round_.prepare()
        (settings.home / "prepared").touch()
    round_.play(live)
