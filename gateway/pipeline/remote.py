"""Files on partners' servers: what is remembered of them from look to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.findings import Finding


class Seen(StrEnum):
    """Where we stand with a file."""

    WAITING = "waiting"
    """It may still be written to."""
    TAKEN = "taken"
    """Its bytes are committed, and it stays where it is."""
    REFUSED = "refused"
    """It cannot be taken in, which was told; another size or time makes it new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as it was seen last.

    ``path`` is text that stands for exactly one name of bytes; ``mtime`` is in seconds
    by the clock of the server. ``looks`` counts those in a row that found it
    unchanged, ``counted_at`` is when the last of them was, ``since`` the first.
    """

    path: str
    size: int
    mtime: int
    looks: int
    since: datetime
    counted_at: datetime
    state: Seen = Seen.WAITING


class Remembered(Protocol):
    """The memory of one channel, for whoever looks into its folder now."""

    def known(self) -> Mapping[str, RemoteFile]:
        """What was seen before, by path."""
        ...

    def note(self, seen: Sequence[RemoteFile], gone: Sequence[str]) -> None:
        """Keep what was seen, forget what is gone."""
        ...

    def tell(self, finding: Finding, path: str) -> None:
        """Tell operators of a file that is not taken in."""
        ...

    def goes_on(self) -> bool:
        """Whether the look is still ours and nothing asks us to stop."""
        ...


def shown(name: bytes) -> str:
    """A name as text: readable, and never the same for two names."""
    text = name.decode("utf-8", "surrogateescape")
    return "".join(_shown(one) for one in text)


def _shown(one: str) -> str:
    if "\udc80" <= one <= "\udcff":  # a byte that is no UTF-8
        return f"\\x{ord(one) - 0xDC00:02x}"
    if one == "\\":
        return "\\\\"
    return one if one.isprintable() else f"\\u{ord(one):06x}"
