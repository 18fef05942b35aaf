"""``check`` and ``bench``: nothing is kept, nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import logs, opened, say
from gateway.config import Settings
from gateway.findings.render import as_texts
from gateway.partner import Profile
from gateway.pipeline.preview import Preview

_CHUNK = 1 << 16


def check(  # noqa: PLR0913, PLR0917  one for each option
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
    repaired: Annotated[
        str | None,
        typer.Option(metavar="PATH|-", help="Write the interchanges there, mended."),
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

    Senders without a profile are held against the standard alone. ``--repaired``
    writes what the level ``repair`` reads: everything mended that has one possible
    meaning; the file itself stays. Ends with 1 when anything was found that is more
    than a warning.
    """
    _refuse(files, ack, repaired, second_opinion=second_opinion)
    aside = "-" in (ack, repaired)
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
        elif aside:
            _tell_aside(name, seen)
        else:
            _tell(name, seen)
        if second_opinion:
            _second_opinion(name, aside=aside)
    _write(ack, acks)
    if repaired is not None:
        mended = (
            piece
            for name in files
            for piece in bootstrap.repair_offline(
                _chunks(name), profiles, at, moment, always=always
            )
        )
        _write(repaired, mended)
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


def _refuse(
    files: Sequence[str], ack: str | None, repaired: str | None, *, second_opinion: bool
) -> None:
    """End where the options exclude each other or would lose something."""
    for option, given in (
        ("--second-opinion", second_opinion),
        ("--repaired", repaired),
    ):
        if given and "-" in files:
            say.failed(f"{option} reads files again; give a file instead of -")
    if ack == "-" and repaired == "-":
        say.failed("--ack and --repaired cannot both write to the standard output")
    if repaired and any(_is_same(repaired, name) for name in files):
        say.failed("--repaired never writes over a file that is checked")


def _is_same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _tell(name: str, seen: Preview) -> None:
    say.line(f"{name}: {seen.body['verdict']}")
    say.findings(seen.findings, indent="  ")


def _tell_aside(name: str, seen: Preview) -> None:
    """To the standard error stream: the acknowledgement has the standard output."""
    typer.echo(f"{name}: {seen.body['verdict']}", err=True)
    for one, text in as_texts(seen.findings):
        typer.echo(f"  {one.severity:8}{text}", err=True)


def _write(name: str | None, pieces: Iterable[bytes]) -> None:
    if name is None:
        return
    if name == "-":
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return
    try:
        with Path(name).open("wb") as stream:
            stream.writelines(pieces)
    except OSError as problem:
        say.failed(f"{name}: {problem.strerror or problem}")


def _second_opinion(name: str, *, aside: bool) -> None:
    try:
        from gateway.cli.second_opinion import opinion  # noqa: PLC0415  an extra
    except ImportError:
        say.failed(
            "pyx12 is not there; pip install 'procurement-gateway[second-opinion]'"
        )
    typer.echo("  second opinion (pyx12's reader):", err=aside)
    try:
        told = opinion(Path(name).read_bytes())
    except OSError as problem:
        say.failed(f"{name}: {problem.strerror or problem}")
    for error in told.errors:
        typer.echo(f"    {' '.join(error)}", err=aside)
    if told.refused:
        typer.echo(f"    does not read it: {told.refused}", err=aside)
    else:
        count = len(told.errors)
        typer.echo(f"    {told.segments} segments, {count} errors", err=aside)


def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Smaller catalogs, fewer repeats.")
    ] = False,
) -> None:
    """Print the speed table: ratios measured in one run, on one core."""
    from gateway.cli.bench import run  # noqa: PLC0415  only bench needs it

    logs.only_errors()
    if not run(say.line, quick=quick):
        raise typer.Exit(say.FOUND)
