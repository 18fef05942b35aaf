"""``explain``: a transmission with names, an acknowledgement in words."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway import bootstrap
from gateway.cli import check, opened, say
from gateway.edi.positional import from_positional, to_positional
from gateway.findings import Finding, Where
from gateway.pipeline.explained import as_json, as_lines
from gateway.pipeline.explaining import explain as explain_data


def explain(
    file: Annotated[str, typer.Argument(help="An interchange; - reads stdin.")],
    ack: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="The 997, 999, TA1 or CONTRL that answers it."
        ),
    ] = None,
    lang: Annotated[
        Literal["en", "fr"], typer.Option(help="The language of names and fixes.")
    ] = "en",
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    partner: Annotated[
        str | None,
        typer.Option(help="Explain as this partner's, whatever the envelope says."),
    ] = None,
    segments: Annotated[
        bool | None,
        typer.Option(
            "--segments/--from-segments",
            help="All segments by position, as JSON; or that back in bytes.",
        ),
    ] = None,
) -> None:
    """Name every segment and element, with what was found at each.

    With --ack the file is what was sent, and the partner's acknowledgement is
    explained against it: the data it means, the cause, what to do. Ends with 1 when
    anything was found that is more than a warning, or the partner objects.
    --segments turns a transmission into JSON without any table, --from-segments
    turns that back into the same bytes.
    """
    if segments is not None:
        if ack or json or partner:
            say.failed("--segments and --from-segments go with FILE alone")
        _positional(_read(file), back=not segments)
        return
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


def _positional(data: bytes, *, back: bool) -> None:
    """A transmission as JSON by position, or the bytes that such JSON stands for."""
    if not back:
        say.as_json(to_positional(data))
        return
    made = _bytes_of(data)
    if not isinstance(made, bytes):
        say.refused(made)
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()


def _bytes_of(text: bytes) -> bytes | tuple[Finding, ...]:
    try:
        body = json_text.loads(text)
    except (ValueError, RecursionError) as problem:
        return (Finding.of("API-001", f"{problem}"),)
    if not isinstance(body, dict):
        return (Finding.of("API-004", "an object is expected", Where(path="/")),)
    return from_positional(body)


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as problem:
        say.failed(f"{name}: {problem.strerror or problem}")
