"""The speed table: ratios measured in one run, in one process, on one core."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.cli import (
    bench_as2,
    bench_cxml,
    bench_edifact,
    bench_explain,
    bench_peer,
    bench_store,
    bench_wire,
    generate,
)
from gateway.cli.measure import MB, Row

_WIDTHS = (55, 14, 14, 20, 10, 4)
NO_PYX12 = (
    "not measured: pyx12 is not installed; "
    "pip install 'procurement-gateway[second-opinion]'"
)
HEAD = ("what", "measured", "base", "ratio", "target", "ok")


def run(console_print: Callable[[str], None], *, quick: bool = False) -> bool:
    """Measure everything and print it line by line; true when all targets are met.

    ``quick`` takes smaller catalogs and fewer rounds: for a look, not the record.
    """
    version = platform.python_version()
    console_print(f"Python {version}, {platform.machine()}; processor time, least of")
    console_print("several alternating runs. What each row means: docs/bench.md.")
    console_print(line(*HEAD))
    console_print(line(*("-" * width for width in _WIDTHS)))
    good = True
    for row in rows(quick=quick):
        console_print(row if isinstance(row, str) else told(row))
        good = good and (isinstance(row, str) or row.ok)
    return good


def rows(*, quick: bool = False) -> Iterator[Row | str]:
    """The rows one by one, and a sentence for what could not be measured."""
    rounds = 3 if quick else 7
    raw = generate.rich_orders(2000, 20)
    hostile = 1 * MB if quick else 10 * MB
    yield bench_wire.reader_row(raw, rounds)
    yield bench_wire.flat_row()
    yield bench_wire.long_row()
    yield bench_wire.check_row(raw, rounds)
    later = generate.rich_orders(2000, 20, version="005010")
    yield bench_wire.check_row(later, rounds, "005010")
    del later
    yield from bench_edifact.rows(rounds)
    if bench_peer.is_there():
        yield bench_peer.peer_row(raw, 5 if quick else 40, 3)
    else:
        yield NO_PYX12
    yield bench_wire.hostile_row(hostile, valid=True)
    yield bench_wire.hostile_row(hostile, valid=False)
    yield from bench_explain.explain_rows(50 if quick else 200, rounds)
    yield from bench_explain.compile_rows(rounds)
    yield from bench_as2.as2_rows(rounds)
    with TemporaryDirectory(prefix="gateway-bench-") as folder:
        home = Path(folder)
        lines = 100_000 if quick else 1_000_000
        blocks = 20 if quick else 40
        yield from bench_store.price_rows(home, lines, orders=20, rounds=blocks)
        yield from bench_cxml.rows(home / "cxml", rounds)
        yield from bench_store.engine_rows(home / "round", 100 if quick else 500)


def told(row: Row) -> str:
    """A row of the table."""
    target = ""
    if row.target is not None:
        target = f"{'<=' if row.at_most else '>='} {row.target:g}"
    ok = "" if row.target is None else ("yes" if row.ok else "NO")
    digits = 2 if row.figure < 100 else 0
    figure = f"{row.figure:,.{digits}f} {row.unit}"
    return line(row.name, row.measured, row.base, figure, target, ok)


def line(*cells: str) -> str:
    """Cells side by side."""
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join(padded).rstrip()
