"""``ubl``: the published schemas and rules that an operator holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.cli.cxml import lay
from gateway.findings import Finding
from gateway.ubl.names import PAYLOADS
from gateway.ubl.packs import Packs, place_of

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
) -> None:
    """Lay published schemas (.xsd) and rules (.sch) of UBL into the gateway's home.

    The files stay as they are; the file manifest.json tells where each came from. Of
    the rules of a transaction the newest release counts.
    """
    home = opened.settings().home / "ubl"
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
            _tell_manifest(home, {at: data[one] for at, one in taken.items()})
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


def _tell_manifest(home: Path, files: dict[str, bytes]) -> None:
    """Of every file its sum, and when it was added."""
    file = home / "manifest.json"
    told = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for at, data in files.items():
        told[at] = {"sha256": hashlib.sha256(data).hexdigest(), "added_at": now}
    file.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")
