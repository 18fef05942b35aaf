"""What pyx12's reader says of an interchange: its envelope, seen by another program."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pyx12.errors import X12Error
from pyx12.x12file import X12Reader


@dataclass(frozen=True, slots=True)
class Opinion:
    """How many segments it reads, and what it finds: level, code and text of each.

    ``refused`` is why it stopped, empty where it read to the end.
    """

    segments: int
    errors: tuple[tuple[str, str, str], ...]
    refused: str = ""


def opinion(data: bytes) -> Opinion:
    """What it makes of these bytes; it knows ASCII only, so they go in as Latin-1."""
    count = 0
    try:
        reader = X12Reader(io.StringIO(data.decode("latin-1")))
        for _ in reader:
            count += 1
        reader.cleanup()
    except (X12Error, ValueError, IndexError) as problem:
        return Opinion(count, (), str(problem) or type(problem).__name__)
    errors = ((str(e[0]), str(e[1]), str(e[2])) for e in reader.pop_errors())
    return Opinion(count, tuple(errors))
