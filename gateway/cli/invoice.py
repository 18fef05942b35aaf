"""``invoice``: invoices handed in by hand, checked and told to the buyer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import say
from gateway.cli.ship import hand


def invoice(
    files: Annotated[
        list[Path], typer.Argument(help="Invoices as CSV or JSON (erp-columns.md).")
    ],
    partner: Annotated[
        str | None, typer.Option(help="Only orders of this partner may be in them.")
    ] = None,
) -> None:
    """Take invoices and credit notes in: checked, booked, and the 810 or INVOIC queued.

    Each invoice is all right, or refused with what is wrong in which row; then this
    ends with 1. ``work`` or ``serve`` sends what was queued.
    """
    told = [hand(file, "invoices", partner or "") for file in files]
    if any(each.is_refused for each in told):
        raise typer.Exit(say.FOUND)
