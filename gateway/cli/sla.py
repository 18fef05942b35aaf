"""``gateway sla``: how the time agreed on with partners is kept, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.engine.sla_overview import Sum

_MOST = 50
_HEAD = (
    *("partner", "clock", "within", "met", "late", "breached", "charged"),
    *("warned", "overdue", "at risk", "breaching", "exposure"),
)


def sla(
    partner: Annotated[
        str | None, typer.Option(help="Only this partner's.", show_default=False)
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="What was done since this day; left out: in 30 days.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """How clocks were kept: in time, late, breached, and what is late now."""
    begin = since.replace(tzinfo=UTC) if since else None
    with opened.gateway() as gateway:
        found = gateway.engine.sla_overview(since=begin, partner=partner)
    if json:
        say.as_json(asdict(found))
        return
    say.table(
        _HEAD,
        (
            (
                one.partner_id,
                one.clock,
                one.within,
                "-" if one.met is None else one.met,
                one.late,
                one.breached,
                _told(one.charged),
                one.warned,
                one.overdue,
                _told(one.at_risk),
                one.breaching,
                _told(one.exposure),
            )
            for one in found.clocks
        ),
    )
    if not found.running:
        return
    say.line()
    say.table(
        ("due", "level", "partner", "clock", "about", "number", "costs"),
        (
            (
                f"{one.due_at:%Y-%m-%d %H:%M}",
                one.level,
                one.partner_id,
                one.clock,
                one.id,
                one.number,
                _told(one.costs),
            )
            for one in found.running[:_MOST]
        ),
    )
    if len(found.running) > _MOST:
        say.line(f"and {len(found.running) - _MOST} more: --json shows them")


def _told(sums: Iterable[Sum]) -> str:
    return ", ".join(f"{one.amount} {one.currency}" for one in sums) or "-"
