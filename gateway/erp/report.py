"""What was wrong with a file, as the CSV that is laid beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from gateway.erp.sheet import Fault

__all__ = ["COLUMNS", "report"]

COLUMNS = ("row", "column", "code", "severity", "what", "how to fix", "value")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def report(faults: Iterable[Fault]) -> bytes:
    """The faults as CSV, in the order of their rows; row 0 is the whole file.

    People open it in a spreadsheet: a cell that would be taken for a formula gets an
    apostrophe in front.
    """
    out = io.StringIO()
    pen = csv.writer(out, lineterminator="\r\n")
    pen.writerow(COLUMNS)
    for row, column, found in sorted(faults, key=lambda each: each.row):
        cells = (column, found.code, str(found.severity), found.what, found.fix)
        pen.writerow([row, *map(_plain, (*cells, found.value))])
    return out.getvalue().encode()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
