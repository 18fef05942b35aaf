"""``changes``: what buyers wanted changed in their orders, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.store import change_page
from gateway.store.rows import ChangeRow


def changes(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, held, ...")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
) -> None:
    """List changes of orders that came, newest first."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        page = change_page.changes(tx, partner=partner, state=state, limit=limit)
    head = ("change", "partner", "PO", "number", "kind", "state", "order", "received")
    say.table(
        head,
        (
            (
                row.id,
                row.partner_id,
                row.po_number + (f"/{row.release_number}" * bool(row.release_number)),
                row.sequence or "-",
                row.kind,
                row.state,
                row.order_id or "not come",
                f"{row.created_at:%Y-%m-%d %H:%M:%S}",
            )
            for row in page.items
        ),
    )


def show_change(gateway: Gateway, id_: str, *, as_json: bool) -> None:
    """One change: what it wants of each line, and what it was told."""
    with gateway.db.read() as tx:
        found = change_page.change(tx, id_)
    if found is None:
        say.failed(f"there is no change {id_}")
    if as_json:
        say.line(found.body)
        return
    row = found.change
    say.line(f"{row.id}  {row.partner_id}  PO {row.po_number}  {row.state}")
    say.line(f"  order: {row.order_id or 'has not come'}")
    tell_changes([row])
    say.findings((noted.finding for noted in found.findings), indent="  ")
    for one in found.answers:
        say.line(f"  answered: {one.type} {one.id}, {one.delivery}")


def tell_changes(rows: Iterable[ChangeRow]) -> None:
    """Changes line by line: what was, what is to be, what was answered."""
    for row in rows:
        number = f" {row.sequence}" if row.sequence else ""
        made = f", made version {row.version}" if row.version else ""
        say.line(f"  {row.kind}{number}: {row.id}  {row.state}{made}")
        for line in row.lines:
            parts = [
                f"{d.name} {d.before or '-'} -> {d.after or '-'}" for d in line.differs
            ]
            what = "; ".join(parts) or "stays"
            told = f"  ->  {line.decision}" if line.decision else ""
            say.line(f"    {line.line_no:>4}  {line.action}: {what}{told}")
            for note in line.notes:
                say.line(f"          {note}")
