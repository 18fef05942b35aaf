"""``ship``: shipments handed in by hand, checked and told to the buyer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.engine.handing import Hand, HandedIn, Kind, hand_in
from gateway.findings import Finding

MOST_BYTES = 64 * 1024 * 1024


def ship(
    files: Annotated[
        list[Path], typer.Argument(help="Shipments as CSV or JSON (erp-columns.md).")
    ],
    partner: Annotated[
        str | None, typer.Option(help="Only orders of this partner may be in them.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Write the labels of their packages here, PDF.")
    ] = None,
) -> None:
    """Take shipments in: checked, booked, and the ship notices queued.

    Each shipment is all right, or refused with what is wrong in which row; then this
    ends with 1. ``work`` or ``serve`` sends what was queued.
    """
    told = [hand(file, "shipments", partner or "") for file in files]
    if labels is not None:
        ids = [document.id for each in told for document in each.documents]
        _write_labels(labels, ids)
    if any(each.is_refused for each in told):
        raise typer.Exit(say.FOUND)


def hand(file: Path, kind: Kind, partner: str) -> HandedIn:
    """Hand in one file and say what came of it."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        say.failed(f"{file}: {problem.strerror or problem}")
    if len(data) > MOST_BYTES:
        say.failed(f"{file}: more than {MOST_BYTES} bytes")
    with opened.gateway() as gateway:
        hand_ = Hand(name=file.name, partner_id=partner, by="cli")
        came = hand_in(gateway.engine, kind, data, hand_, gateway.clock())
    if isinstance(came, Finding):
        say.refused([came])
    say.line(f"{came.receipt_id}  {came.state}  {file}")
    for document in came.documents:
        say.line(f"  {document.id}  {document.number}")
    say.findings(came.findings, indent="  ")
    return came


def _write_labels(path: Path, ids: list[str]) -> None:
    """The labels of these shipments, one page a package."""
    with opened.gateway() as gateway:
        data = gateway.labels(ids)
    if isinstance(data, Finding):
        say.refused([data])
    try:
        path.write_bytes(data)
    except OSError as problem:
        say.failed(f"{path}: {problem.strerror or problem}")
    say.line(f"{path}: {len(data)} bytes")
