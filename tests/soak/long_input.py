"""One long transmission in a process of its own, so that its memory can be told.

Called as ``long_input.py KIND SIZE``; prints seconds, memory and codes as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryFile

from gateway.bootstrap import check_offline, tables
from gateway.cli import generate
from gateway.cli.bench_wire import NOW, profile
from gateway.cli.measure import resident_bytes
from gateway.config import Settings


def repeated(segment: bytes, size: int) -> Iterator[bytes]:
    """An open group, and then one segment again and again."""
    yield generate.opening()
    piece = segment * (65_536 // len(segment))
    for _ in range(size // len(piece)):
        yield piece


def enclosed(size: int) -> Iterator[bytes]:
    """Garbage in place of the segments of one message."""
    yield generate.opening() + b"ST*850*0001~\n"
    yield from generate.garbage(size)
    yield b"~\nSE*3*0001~\n" + generate.closing(1)


def made(kind: str, size: int) -> Iterator[bytes]:
    """The transmission in pieces, made while it is read."""
    match kind:
        case "garbage":
            return generate.garbage(size)
        case "garbage in a message":
            return enclosed(size)
        case "new shapes" | "bad shapes":
            return generate.new_shapes(tables(), size, valid=kind == "new shapes")
        case "one order":
            return generate.one_long_order(size)
        case _:
            return repeated(kind.encode(), size)


def main(kind: str, size: int) -> None:
    """Check it as ``gateway check`` does, from a file that was made before."""
    with TemporaryFile() as file:
        for piece in made(kind, size):
            file.write(piece)
        file.seek(0)
        before, begun = resident_bytes(), time.monotonic()
        pieces = iter(lambda: file.read(65_536), b"")
        found = check_offline(pieces, [profile()], Settings(), NOW)
        took = time.monotonic() - begun
    scale = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    codes = sorted({finding.code for finding in found.findings})
    told = {"seconds": took, "grown": most - before, "codes": codes}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
