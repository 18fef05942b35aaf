"""``check`` and ``bench``: nothing is kept, nothing is sent."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import opened, say
from gateway.config import Settings
from gateway.findings.render import as_text
from gateway.partner import Profile
from gateway.pipeline.preview import Preview

_CHUNK = 1 << 16


def check(
    files: Annotated[list[str], typer.Argument(help="Interchanges; - reads stdin.")],
    partner: Annotated[
        str | None,
        typer.Option(help="Check as this partner's, whatever the envelope says."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object a file.")] = False,
    ack: Annotated[
        str | None,
        typer.Option(metavar="PATH|-", help="Write the acknowledgements there."),
    ] = None,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Show what pyx12's reader says.")
    ] = False,
    now: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"],
            help="The moment of receipt, UTC; the same one gives the same output.",
        ),
    ] = None,
) -> None:
    """Say what is wrong with interchanges, where, and what to do about it.

    Senders without a profile are held against the standard alone. Ends with 1 when
    anything was found that is more than a warning.
    """
    if second_opinion and "-" in files:
        say.failed("--second-opinion reads files again; give a file instead of -")
    at = opened.settings()
    moment = (now or datetime.now(UTC)).replace(tzinfo=UTC)
    profiles = profiles_of(at, partner)
    always = profiles[0] if partner else None
    acks: list[bytes] = []
    clean = True
    for name in files:
        seen = bootstrap.check_offline(
            _chunks(name), profiles, at, moment, always=always
        )
        clean = clean and seen.clean
        acks += seen.acknowledgements
        if json:
            say.as_json({"file": name} | seen.body)
        elif ack != "-":
            _tell(name, seen)
        else:
            _tell_aside(name, seen)
        if second_opinion:
            _second_opinion(name, aside=ack == "-")
    _write(ack, acks)
    if not clean:
        raise typer.Exit(say.FOUND)


def profiles_of(at: Settings, partner: str | None) -> Sequence[Profile]:
    """Those in force, or the starters where no gateway was made yet."""
    if opened.is_there(at):
        with opened.gateway(at) as gateway:
            known = gateway.profiles
    else:
        known = bootstrap.starter_profiles()
    chosen = [p for p in known if partner in (None, p.id)]
    if partner and not chosen:
        names = ", ".join(p.id for p in known) or "none"
        say.failed(f"there is no partner {partner!r}; there is: {names}")
    return chosen


def _chunks(name: str) -> Iterator[bytes]:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except OSError as problem:
        say.failed(f"{name}: {problem.strerror or problem}")


def _tell(name: str, seen: Preview) -> None:
    say.line(f"{name}: {seen.body['verdict']}")
    say.findings(seen.findings, indent="  ")


def _tell_aside(name: str, seen: Preview) -> None:
    """To the standard error stream: the acknowledgement has the standard output."""
    typer.echo(f"{name}: {seen.body['verdict']}", err=True)
    for one in seen.findings:
        typer.echo(f"  {one.severity:8}{as_text(one)}", err=True)


def _write(ack: str | None, acks: Sequence[bytes]) -> None:
    if ack is None:
        return
    if ack == "-":
        sys.stdout.buffer.write(b"".join(acks))
        sys.stdout.buffer.flush()
        return
    try:
        Path(ack).write_bytes(b"".join(acks))
    except OSError as problem:
        say.failed(f"{ack}: {problem.strerror or problem}")


def _second_opinion(name: str, *, aside: bool) -> None:
    try:
        from pyx12.errors import X12Error  # noqa: PLC0415  an extra
        from pyx12.x12file import X12Reader  # noqa: PLC0415  an extra
    except ImportError:
        say.failed(
            "pyx12 is not there; pip install 'procurement-gateway[second-opinion]'"
        )
    typer.echo("  second opinion (pyx12's reader):", err=aside)
    try:
        text = Path(name).read_bytes().decode("latin-1")
        reader = X12Reader(io.StringIO(text))
        count = sum(1 for _ in reader)
        errors = reader.pop_errors()
    except (X12Error, OSError, UnicodeDecodeError, ValueError) as problem:
        typer.echo(f"    does not read it: {problem}", err=aside)
        return
    for error in errors:
        typer.echo(f"    {' '.join(map(str, error))}", err=aside)
    typer.echo(f"    {count} segments, {len(errors)} errors", err=aside)


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Smaller catalogs, fewer repeats.")
    ] = False,
) -> None:
    """Print the speed table: ratios measured in one run, on one core."""
    from gateway.cli.bench import run  # noqa: PLC0415  only bench needs it

    if not run(say.line, quick=quick):
        raise typer.Exit(say.FOUND)
