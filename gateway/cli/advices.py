"""``advices``: what partners said of documents of ours, and what they paid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.order.advice import Advice
from gateway.order.read import advice_from_json
from gateway.store import queries
from gateway.store.rows import SaidRow


def advices(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="application, remittance or text.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
) -> None:
    """List what partners said of our documents, or paid of them, newest first."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        page = queries.advices(tx, partner=partner, kind=kind, limit=limit)
    head = ("advice", "partner", "kind", "number", "received")
    say.table(
        head,
        (
            (
                row.id,
                row.partner_id,
                row.kind + (" (test)" if row.test else ""),
                row.number,
                f"{row.created_at:%Y-%m-%d %H:%M:%S}",
            )
            for row in page.items
        ),
    )


def show_advice(gateway: Gateway, id_: str, *, as_json: bool) -> None:
    """One advice: what it is about, what it objects to, its text."""
    with gateway.db.read() as tx:
        found = queries.advice(tx, id_)
    if found is None:
        say.failed(f"there is no advice {id_}")
    if as_json:
        say.line(found.body)
        return
    row, advice = found.advice, advice_from_json(found.body)
    assert isinstance(advice, Advice)
    test = ", test" if row.test else ""
    say.line(f"{row.id}  {row.partner_id}  {row.kind} advice {row.number}{test}")
    if advice.amount is not None:
        say.line(f"  paid in all: {advice.amount} {advice.paid_on or ''}".rstrip())
    for one, about in zip(found.said, advice.about, strict=True):
        tell_said([one])
        for each in about.adjustments:
            say.line(f"      {each.amount} for {each.reason} {each.text}".rstrip())
        for against in about.objections:
            say.line(f"      {against.code} {against.text}".rstrip())
    for note in advice.notes:
        say.line(note.text)
    say.findings((noted.finding for noted in found.findings), indent="  ")


def tell_said(said: Iterable[SaidRow]) -> None:
    """What was said or paid of documents, a line each."""
    for one in said:
        paid = f"  {one.paid} {one.currency}".rstrip() if one.paid else ""
        off = f" less {one.discount}" if one.discount else ""
        name = f"{one.document or 'number'} {one.number} {one.ref or '(not ours)'}"
        told = f"{one.state or 'named'}{paid}{off}"
        say.line(f"  {name}: {told}  {one.advice_id}  {one.at:%Y-%m-%d}")
