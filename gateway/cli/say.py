"""What commands print, and how they end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NoReturn

import typer

from gateway.findings import Finding
from gateway.findings.render import as_texts

FOUND = 1
FAILED = 2


def line(text: str = "") -> None:
    """A line on the standard output."""
    typer.echo(text)


def as_json(value: object) -> None:
    """One JSON object on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def findings(found: Iterable[Finding], *, indent: str = "") -> None:
    """One finding a line, those alike in one, to the standard output."""
    for one, text in as_texts(found):
        typer.echo(f"{indent}{one.severity:8}{text}")


def failed(what: str) -> NoReturn:
    """Say what failed on the standard error stream and end with 2."""
    typer.echo(f"gateway: {what}", err=True)
    raise typer.Exit(FAILED)


def broken(what: str) -> NoReturn:
    """Say what broke off on the standard error stream and end with 1."""
    typer.echo(f"gateway: {what}", err=True)
    raise typer.Exit(FOUND)


def refused(found: Iterable[Finding]) -> NoReturn:
    """Say what speaks against it on the standard error stream and end with 1."""
    for one in found:
        place = f"{one.where}: " if str(one.where) else ""
        typer.echo(f"{place}{one.code}: {one.what}. {one.fix}", err=True)
    raise typer.Exit(FOUND)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they need to be; nothing but the head when there is no row."""
    texts = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
