"""``explain``: a transmission with names, an acknowledgement in words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway import bootstrap
from gateway.cli import check, opened, say
from gateway.pipeline.explained import as_json, as_lines
from gateway.pipeline.explaining import explain as explain_data


def explain(
    file: Annotated[str, typer.Argument(help="An interchange; - reads stdin.")],
    ack: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="The 997, 999 or TA1 that answers it."),
    ] = None,
    lang: Annotated[
        Literal["en", "fr"], typer.Option(help="The language of names and fixes.")
    ] = "en",
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    partner: Annotated[
        str | None,
        typer.Option(help="Explain as this partner's, whatever the envelope says."),
    ] = None,
) -> None:
    """Name every segment and element, with what was found at each.

    With --ack the file is what was sent, and the partner's acknowledgement is
    explained against it: the data it means, the cause, what to do. Ends with 1 when
    anything was found that is more than a warning, or the partner objects.
    """
    at = opened.settings()
    chosen = check.profiles_of(at, partner)
    rules = bootstrap.rules(chosen, at, chosen[0] if partner else None)
    told = explain_data(_read(file), rules, ack=_read(ack) if ack else b"")
    its = bootstrap.spoken(lang)
    if json:
        say.as_json(as_json(told, its))
    else:
        for line in as_lines(told, its):
            say.line(line)
    if not told.clean:
        raise typer.Exit(say.FOUND)


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as problem:
        say.failed(f"{name}: {problem.strerror or problem}")
