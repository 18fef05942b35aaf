"""``catalog map``: what a number, a place or a unit of a partner means."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, get_args

import typer

from gateway.catalog.learned import Kind
from gateway.cli import opened, say
from gateway.engine.learning import go_on, learn
from gateway.findings import Finding
from gateway.store import cross_references
from gateway.store.cross_references import CrossReference

_AT_ONCE = 100


def catalog_map(  # noqa: PLR0913  the parts of a cross-reference
    kind: Annotated[str, typer.Argument(help="item, ship_to or unit.")],
    theirs: Annotated[str, typer.Argument(help="As they send it.")],
    ours: Annotated[
        str, typer.Argument(help="Our item, location or unit; empty: nothing any more.")
    ],
    partner: Annotated[str, typer.Option(help="Whose number it is.")],
    *,
    about: Annotated[
        str, typer.Option(help="Of a unit: of this item of ours only.")
    ] = "",
    from_: Annotated[
        str, typer.Option("--from", help="The first day, YYYY-MM-DD; else today.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Say once what something of theirs means; held orders that wait for it go on."""
    meant = next((one for one in get_args(Kind) if one == kind), None)
    if meant is None:
        say.failed(f"the kind is item, ship_to or unit, not {kind!r}")
    with opened.gateway() as gateway:
        now = gateway.clock()
        wanted = CrossReference(
            id="",
            partner_id=partner,
            kind=meant,
            theirs=theirs,
            about=about if meant == "unit" else "",
            ours=ours,
            valid_from=_day(from_) or now.date(),
            by="cli",
            reason=reason,
            created_at=now,
            state="",
        )
        made = learn(gateway.db, gateway.rules, wanted, now)
        if isinstance(made, Finding):
            say.refused((made,))
        while go_on(gateway.db, gateway.rules, now, _AT_ONCE):
            pass
        with gateway.db.read() as tx:
            made = cross_references.find(tx, made.id) or made
    say.line(f"{made.id}: {made.released} orders released, {made.held} still held")
    say.table(
        ("order", "PO", "state"),
        ((one.order_id, one.po_number, one.state) for one in made.orders),
    )


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        say.failed(f"--from is a day such as 2026-12-01, not {text!r}")
