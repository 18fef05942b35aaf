"""``cxml``: the published files of cXML that an operator holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.cxml_punchout.dtds import place_of
from gateway.findings import Finding

_MOST_FILES = 500
_LARGEST = 4_000_000


def add_dtd(
    folder: Annotated[
        Path, typer.Argument(help="Where the .dtd files lie, at any depth.")
    ],
) -> None:
    """Lay published DTDs of cXML into the gateway's home, unmodified, by their version.

    Documents that come in are held against the newest, ours against the version agreed
    on with the partner. A running gateway takes them up within seconds. A licence in
    the folder goes with them.
    """
    home = opened.settings().home / "cxml"
    try:
        files = sorted(folder.rglob("*.dtd"))[:_MOST_FILES]
        placed = {file: _placed(file) for file in files}
        taken = {file: at for file, at in placed.items() if isinstance(at, str)}
        for file, at in taken.items():
            lay(file, home / at)
        for text in folder.glob("LICEN[CS]E*") if taken else ():
            lay(text, home / text.name)
    except OSError as problem:
        say.failed(f"{folder}: {problem.strerror or problem}")
    say.findings(one for one in placed.values() if isinstance(one, Finding))
    if not taken:
        say.failed(f"there is no DTD of cXML in {folder}")
    for at in sorted(set(taken.values())):
        say.line(f"{at} added")


def _placed(file: Path) -> str | Finding:
    with file.open("rb") as read:
        return place_of(file, read.read(_LARGEST + 1))


def lay(file: Path, to: Path) -> None:
    """A whole copy in its place, or none."""
    to.parent.mkdir(parents=True, exist_ok=True)
    beside = to.with_name(f".{to.name}.part")
    beside.write_bytes(file.read_bytes())
    beside.replace(to)
