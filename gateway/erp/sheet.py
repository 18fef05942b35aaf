"""Rows of an ERP's file, from CSV or JSON, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.catalog.imported import Fields, nearest
from gateway.findings import Finding, Where
from gateway.order.json_text import Twice

__all__ = ["Fault", "Row", "columns_of", "fault", "faults_of", "json_rows", "rows"]

MOST_ROWS = 200_000
"""Rows of one file; a longer one is refused."""
_SEPARATORS = ",;\t"
_EMPTY = f"{_SEPARATORS} \r\n\0\ufeff"
_CELL = 100_000


class Fault(NamedTuple):
    """What is wrong in one row; row 0 is the file, the column may be empty."""

    row: int
    column: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``number`` is its line in a CSV file, its place from 1 in JSON."""

    number: int
    fields: Fields


def fault(row: int, column: str, code: str, what: str, value: str = "") -> Fault:
    """A fault with the finding that says so."""
    place = ", ".join([f"row {row}"] * bool(row) + [column] * bool(column))
    finding = Finding.of(code, what, Where(path=place), value[:80])
    return Fault(row, column, finding)


def faults_of(row: Row) -> list[Fault]:
    """What was noted while the row's fields were read."""
    noted = [
        fault(row.number, name, "ERP-002", f"{name} {what}", value)
        for name, value, what in row.fields.wrong
    ]
    row.fields.wrong.clear()
    return noted


def rows(
    text: str, columns: Mapping[str, str], needed: Iterable[str]
) -> Iterator[Row | Fault]:
    """The rows of a CSV text. A header that cannot be used is one fault and the end.

    Comma, semicolon and tab separate; a byte order mark and any line ends are taken.
    """
    text = text.removeprefix("\ufeff").replace("\0", " ")
    separator = separator_of(text)
    header: list[str] = []
    limit = csv.field_size_limit(_CELL)
    line = 1
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=separator, strict=True
        )
        for count, cells in enumerate(reader):
            at, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _names(cells)
                wrong = list(_header(header, columns, needed))
                yield from wrong
                if wrong:
                    return
            elif count > MOST_ROWS:
                yield fault(at, "", "ERP-001", f"more than {MOST_ROWS} rows")
                return
            else:
                yield from _row(at, header, cells)
    except csv.Error as error:  # where the next row begins is anybody's guess
        yield fault(line, "", "ERP-001", f"{error}; check the quotes of this row")
    finally:
        csv.field_size_limit(limit)


def separator_of(text: str) -> str:
    """The separator that stands most often in the first line with anything in it."""
    first = _head(text).partition("\n")[0].partition("\r")[0]
    return max(_SEPARATORS, key=first.count)


def columns_of(text: str) -> list[str]:
    """The names in the header, small; none where nobody can say."""
    head = io.StringIO(_head(text), newline="")
    try:
        cells = next(csv.reader(head, delimiter=separator_of(text)), [])
    except csv.Error:
        return []
    return _names(cells)


def _head(text: str) -> str:
    """The beginning of a text, from its first line with anything in it."""
    at = len(text) - len(text.lstrip(_EMPTY))
    begin = max(text.rfind("\r", 0, at), text.rfind("\n", 0, at)) + 1
    return text[begin : begin + _CELL].removeprefix("\ufeff")


def _names(cells: Iterable[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _row(at: int, header: list[str], cells: list[str]) -> Iterator[Row | Fault]:
    """The row, even a spoiled one: it says which document it spoils."""
    if len(cells) > len(header) and any(cells[len(header) :]):
        what = f"{len(cells)} cells in the row, the header has {len(header)}"
        yield fault(at, "", "ERP-002", f"{what}; quote cells that hold the separator")
    texts: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if not (value := cell.strip()):
            continue
        if not name:
            what = f"{value[:80]!r} stands in a column without a name; name it"
            yield fault(at, "", "ERP-002", what, value)
        texts[name] = value
    yield Row(at, Fields(texts))


def _header(
    header: list[str], columns: Mapping[str, str], needed: Iterable[str]
) -> Iterator[Fault]:
    for column in dict.fromkeys(header):
        if not column:
            continue  # a spreadsheet's empty one: what stands in it is told by row
        if column not in columns:
            what = f"column {column!r} is unknown{nearest(column, columns)}"
            yield fault(1, column, "ERP-001", what)
        elif header.count(column) > 1:
            yield fault(1, column, "ERP-001", f"column {column!r} comes twice")
    for column in needed:
        if column not in header:
            yield fault(1, column, "ERP-001", f"column {column!r} is missing")


def json_rows(
    body: Mapping[str, Any], columns: Mapping[str, str]
) -> Iterator[Row | Fault]:
    """The rows of a JSON object with a list ``rows``; keys are the CSV's columns.

    Values are texts or whole numbers; a number with a point has lost digits already.
    """
    given = body.get("rows")
    if not isinstance(given, list):
        yield fault(0, "rows", "ERP-001", "rows is no list; write it in [ ]")
        return
    if len(given) > MOST_ROWS:
        yield fault(0, "rows", "ERP-001", f"more than {MOST_ROWS} rows")
        return
    for number, each in enumerate(given, 1):
        if not isinstance(each, dict):
            yield fault(number, "", "ERP-001", "the row is no object; write { }")
            continue
        yield from _object(number, each, columns)


def _object(
    number: int, body: Mapping[str, Any], columns: Mapping[str, str]
) -> Iterator[Row | Fault]:
    texts: dict[str, str] = {}
    wrong: list[Fault] = []
    for key in body.keys_twice if isinstance(body, Twice) else ():
        wrong.append(fault(number, key, "ERP-002", f"key {key!r} comes twice"))
    for key, value in body.items():
        if key not in columns:
            what = f"key {key!r} is unknown{nearest(key, columns)}"
            wrong.append(fault(number, key, "ERP-002", what))
        elif isinstance(value, str) or type(value) is int:
            texts[key] = str(value).replace("\0", " ").strip()
        elif value is not None:
            what = f"{key} is neither a text nor a whole number"
            wrong.append(fault(number, key, "ERP-002", what, json.dumps(value)))
    yield from wrong
    yield Row(number, Fields({k: v for k, v in texts.items() if v}))
