"""``send``: tell partners what nothing of theirs asks for."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.engine.telling import tell_stock


def stock(
    partners: Annotated[list[str], typer.Argument(help="Ids of partners.")],
) -> None:
    """Queue a stock report (846) of the items in the partner's contracts.

    What is told is the latest count of each. ``work`` or ``serve`` sends it.
    """
    with opened.gateway() as gateway:
        for partner in partners:
            engine = gateway.engine
            against = tell_stock(engine.db, engine.rules, partner, gateway.clock())
            if against is not None:
                say.refused([against])
            say.line(f"{partner}: a stock report is queued")
