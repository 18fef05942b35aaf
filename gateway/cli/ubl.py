"""``ubl``: the published schemas and rules that an operator holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.cli.cxml import lay
from gateway.findings import Finding
from gateway.ubl.names import PAYLOADS
from gateway.ubl.packs import Packs, place_of
from gateway.verify.held import MANIFEST, folder_of, packs

_MOST_FILES = 500
_LARGEST = 8_000_000


def add(
    folder: Annotated[
        Path, typer.Argument(help="Where .xsd and .sch files lie, at any depth.")
    ],
    release: Annotated[
        str,
        typer.Option(help="Of the rules; else the number in the folder's name."),
    ] = "",
    since: Annotated[
        str, typer.Option("--from", help="The day (2026-08-24) they come into force.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", help="The last day that they are in force.")
    ] = "",
) -> None:
    """Lay published schemas (.xsd) and rules (.sch) of UBL into the gateway's home.

    The files stay as they are; the file manifest.json tells where each came from. Of
    the rules of a transaction the newest release that is in force counts. A running
    gateway takes them up with its next document.
    """
    home = folder_of(opened.settings().home)
    term = {"from": _day(since), "to": _day(until)}
    if since and until and until < since:
        say.failed(f"--to {until} is before --from {since}")
    try:
        files = sorted(
            one for end in ("xsd", "sch") for one in folder.rglob(f"*.{end}")
        )
        data = {one: _bytes(one) for one in files[:_MOST_FILES]}
        placed = {one: place_of(one, data[one], release) for one in data}
        taken = {at: one for one, at in placed.items() if isinstance(at, str)}
        _whole({at: data[one] for at, one in taken.items()})
        for at, one in taken.items():
            lay(one, home / at)
        if taken:
            _tell_manifest(home, {at: data[one] for at, one in taken.items()}, term)
    except OSError as problem:
        say.failed(f"{folder}: {problem.strerror or problem}")
    say.findings(one for one in placed.values() if isinstance(one, Finding))
    if not taken:
        say.failed(f"there is no schema or rule of UBL in {folder}")
    for at in sorted(at for at in taken if "/common/" not in at):
        say.line(f"{at} added")


def _bytes(file: Path) -> bytes:
    with file.open("rb") as read:
        return read.read(_LARGEST + 1)


def _whole(files: dict[str, bytes]) -> None:
    """End where a schema lacks what it includes."""
    packs = Packs({at: _given(data) for at, data in files.items()})
    for name in PAYLOADS:
        why = packs.schema(name)
        if isinstance(why, str):
            say.findings([Finding.of("UBL-022", why)])
            raise typer.Exit(say.FOUND)


def _given(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _day(text: str) -> str:
    """The day as it is kept; the end where it is none."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        say.failed(f"{text!r} is no day; write 2026-08-24")


def _tell_manifest(
    home: Path, files: dict[str, bytes], term: Mapping[str, str]
) -> None:
    """Of every file its sum, and when it was added; of rules from when until when."""
    file = home / MANIFEST
    told = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for at, data in files.items():
        told[at] = {"sha256": hashlib.sha256(data).hexdigest(), "added_at": now}
        if at.startswith("rules/"):
            told[at] |= {key: day for key, day in term.items() if day}
    file.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")


def show() -> None:
    """List the rules that are held, the newest release first, and the schemas."""
    held = packs(opened.settings().home)
    today = datetime.now(UTC).date()
    rows = [
        (
            one.release,
            one.name,
            str(one.term.since or "-"),
            str(one.term.until or "-"),
            "in force" if held.rules(one.name, today) == one else "",
        )
        for one in held.every
    ]
    if rows:
        say.table(("release", "rules", "from", "to", "today"), rows)
    for at in sorted(at for at in held.files if "/maindoc/" in at):
        say.line(at)
    if not held.files:
        say.line("nothing is held: gateway ubl add FOLDER")


def is_published(folder: Path) -> bool:
    """Whether schemas or rules of UBL lie in a folder."""
    wanted = ("*.sch", "UBL-*.xsd")
    return folder.is_dir() and any(any(folder.rglob(one)) for one in wanted)
