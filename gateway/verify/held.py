"""The files of UBL in a gateway's home, read anew when some are added."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from gateway.ubl.packs import Packs, Term

__all__ = ["MANIFEST", "Held", "folder_of", "packs"]

MANIFEST = "manifest.json"
"""Of every file its sum, when it was added, and of rules from when until when."""


def folder_of(home: Path) -> Path:
    """Where the files lie."""
    return home / "ubl"


def packs(home: Path) -> Packs:
    """The schemas and rules that ``gateway ubl add`` laid into a home folder."""
    top = folder_of(home)
    files = {
        file.relative_to(top).as_posix(): file.read_bytes
        for file in sorted(top.glob("*/*/**/*"))
        if file.suffix in (".sch", ".xsd")
    }
    return Packs(files, _terms(top / MANIFEST))


def _terms(manifest: Path) -> dict[str, Term]:
    if not manifest.is_file():
        return {}
    told = json.loads(manifest.read_text("utf-8"))
    return {
        path: Term(_day(one.get("from")), _day(one.get("to")))
        for path, one in told.items()
        if one.get("from") or one.get("to")
    }


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


class Held:
    """What is held, for as long as its manifest stays the same."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stamp: tuple[int, int] | None = None
        self._packs = Packs({})

    def __call__(self) -> Packs:
        """The files as they are now."""
        try:
            now = (folder_of(self._home) / MANIFEST).stat()
        except OSError:
            return Packs({})
        stamp = (now.st_mtime_ns, now.st_size)
        if stamp != self._stamp:
            self._stamp, self._packs = stamp, packs(self._home)
        return self._packs
