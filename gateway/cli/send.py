"""``send``: tell partners what nothing of theirs asks for."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.engine.telling import tell_prices, tell_status, tell_stock
from gateway.findings import Finding


def stock(
    partners: Annotated[list[str], typer.Argument(help="Ids of partners.")],
) -> None:
    """Queue a stock report (846, INVRPT) of the items in the partner's contracts.

    What is told is the latest count of each. ``work`` or ``serve`` sends it.
    """
    with opened.gateway() as gateway:
        for partner in partners:
            engine = gateway.engine
            against = tell_stock(engine.db, engine.rules, partner, gateway.clock())
            if against is not None:
                say.refused([against])
            say.line(f"{partner}: a stock report is queued")


def status(
    orders: Annotated[list[str], typer.Argument(help="Ids of orders.")],
) -> None:
    """Queue a status report (870) of orders to their buyers: how each line stands."""
    with opened.gateway() as gateway:
        for order in orders:
            engine = gateway.engine
            against = tell_status(engine.db, engine.rules, order, gateway.clock())
            if against is not None:
                say.refused([against])
            say.line(f"{order}: a status report is queued")


def prices(
    partners: Annotated[list[str], typer.Argument(help="Ids of partners.")],
) -> None:
    """Queue the price catalogue (832, PRICAT) of the partner's contracts in force.

    At most 1,000 items make one message. ``work`` or ``serve`` sends them.
    """
    with opened.gateway() as gateway:
        for partner in partners:
            engine = gateway.engine
            told = tell_prices(engine.db, engine.rules, partner, gateway.clock())
            if isinstance(told, Finding):
                say.refused([told])
            else:
                say.line(f"{partner}: price catalogues queued: {told}")
