"""Finished messages laid into a folder, one by one or many at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.beneath import open_beneath, write_all

_LONGEST_BYTES = 230
"""Of a name: file systems take 255, and while it is written it has a longer one."""


def lay(root: Path, place: str, some: Sequence[Outbound]) -> list[Sent | Failed]:
    """Write them whole and durable below ``root``, in their order.

    Ends with the first one that could not be written: what is behind it was not tried.
    A repeat has the same bytes and name, so it replaces the first file, or brings it
    back if it was taken.
    """
    named = [one for one in some if _is_name(one.file_name)]
    try:
        with open_beneath(root, place) as folder:
            write_all([(one.file_name, one.blob.chunks()) for one in named], folder)
    except OSError as error:
        if len(some) > 1:  # which one it was shows when each goes by itself
            return _one_by_one(root, place, some)
        return [Failed(f"{place}/{some[0].file_name}: {error.strerror or error}")]
    return [
        Sent(f"{place}/{one.file_name}")
        if _is_name(one.file_name)
        else Failed(f"{one.file_name!r} cannot be a file name", trouble=Trouble.REFUSED)
        for one in some
    ]


def _one_by_one(
    root: Path, place: str, some: Sequence[Outbound]
) -> list[Sent | Failed]:
    outcomes: list[Sent | Failed] = []
    for one in some:
        outcomes += lay(root, place, [one])
        last = outcomes[-1]
        if isinstance(last, Failed) and last.trouble is not Trouble.REFUSED:
            break
    return outcomes


def _is_name(name: str) -> bool:
    """Whether a file can have it; one that cannot would hold up those behind it."""
    whole = name[:1] not in ("", ".") and "/" not in name and "\0" not in name
    return whole and len(os.fsencode(name)) <= _LONGEST_BYTES
