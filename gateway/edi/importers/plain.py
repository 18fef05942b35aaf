"""The reader of our plain table: one CSV file for one version (docs/standards.md).

The first line names the columns. ``row`` says what a line is: version, set, loop, use,
segment, composite, part or element.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO

from gateway.edi.importers.draft import Draft, Node, Use
from gateway.edi.importers.standard import (
    GROUPS,
    LONGEST_CHARS,
    NO_NAMES,
    Standard,
)
from gateway.findings import Finding

__all__ = ["COLUMNS", "read_plain"]

COLUMNS = ("row", "in", "id", "need", "max", "type", "min", "len", "name", "list")
"""The columns; a file may leave out those it does not use, in any order."""

_TIMES = re.compile(r"\*|[1-9][0-9]{0,5}")
_LENGTH = re.compile(r"[0-9]{1,6}")
_DEEPEST = 20

_Row = Mapping[str, str]


def read_plain(
    text: str,
    name: str,
    *,
    version: str = "",
    groups: Mapping[str, str] = GROUPS,
    names: Mapping[str, str] = NO_NAMES,
) -> Standard | tuple[Finding, ...]:
    """The sets of a plain table, or every line that is not understood (CFG-010).

    ``version`` goes before the file's own; ``groups`` is asked for a set without one,
    ``names`` for an element or segment without one, by number and tag.
    """
    draft = Draft(name, groups, names)
    if len(text) > LONGEST_CHARS:
        draft.wrong(0, f"the file is longer than {LONGEST_CHARS} characters")
        return draft.found.done()
    reader = _Reader(draft)
    for line, row in _rows(text, draft):
        reader.row(line, row)
    return reader.done(version)


def _rows(text: str, draft: Draft) -> Iterator[tuple[int, _Row]]:
    """The lines by column names; commas, semicolons or tabs divide them."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = csv.reader(
        StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    columns: list[str] = []
    try:
        for cells in rows:
            line, values = rows.line_num, [cell.strip() for cell in cells]
            if not any(values) or values[0].startswith("#"):
                continue
            if not columns:
                columns = [value.lower() for value in values]
                unknown = [c for c in columns if c not in COLUMNS]
                if "row" not in columns or "id" not in columns:
                    what = f"the first line names the columns {', '.join(COLUMNS)}"
                    draft.wrong(line, what, ",".join(values))
                    return
                if unknown:
                    draft.left_out(line, "columns", " ".join(unknown))
                continue
            if len(values) > len(columns) and any(values[len(columns) :]):
                what = "the line has more cells than there are columns"
                draft.wrong(line, what, ",".join(values))
            yield line, dict(zip(columns, values, strict=False))
    except csv.Error as problem:
        draft.wrong(rows.line_num, f"this is no line of a CSV file: {problem}")


@dataclass(slots=True)
class _Held:
    """A set, segment or composite until its last row was read."""

    line: int
    row: _Row
    nodes: list[Node] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Takes rows of any kind in; ``done`` makes the tables."""

    draft: Draft
    version: str = ""
    sets: list[_Held] = field(default_factory=list)
    pieces: dict[str, _Held] = field(default_factory=dict)

    def row(self, line: int, row: _Row) -> None:
        """One line, by its kind."""
        kinds: Mapping[str, Callable[[int, _Row], None]] = {
            "version": self._version,
            "set": self._set,
            "loop": self._node,
            "use": self._node,
            "segment": self._piece,
            "composite": self._piece,
            "part": self._part,
            "element": self._element,
        }
        read = kinds.get(row.get("row", "").lower())
        if read is None:
            what = f"a row is one of {', '.join(kinds)}"
            self.draft.wrong(line, what, row.get("row", ""))
        else:
            read(line, row)

    def done(self, version: str) -> Standard | tuple[Finding, ...]:
        """The tables, or what is wrong."""
        for tag, held in self.pieces.items():
            self.draft.piece(
                held.line,
                tag,
                name=held.row.get("name", ""),
                uses=held.uses,
                conditions=held.row.get("list", "").split(),
            )
        for held in self.sets:
            self.draft.set(
                held.line,
                held.row["id"],
                group=held.row.get("type", ""),
                name=held.row.get("name", ""),
                nodes=held.nodes,
            )
        return self.draft.done(version or self.version)

    def _version(self, line: int, row: _Row) -> None:
        if self.version:
            self.draft.wrong(line, "a file is for one version", row.get("id", ""))
        self.version = row.get("id", "")

    def _set(self, line: int, row: _Row) -> None:
        self.sets.append(_Held(line, {"id": "", **row}))

    def _piece(self, line: int, row: _Row) -> None:
        tag = row.get("id", "")
        if tag in self.pieces:
            what = "the segment or composite stands here a second time"
            self.draft.wrong(line, what, tag)
        else:
            self.pieces[tag] = _Held(line, row)

    def _part(self, line: int, row: _Row) -> None:
        """An element in its segment: the next position."""
        held = self.pieces.get(row.get("in", ""))
        if held is None:
            what = "a part stands below the row of its segment, named in the column in"
            self.draft.wrong(line, what, row.get("in", ""))
            return
        mandatory, repeat = self._need(line, row)
        held.uses.append(Use(row.get("id", ""), mandatory, repeat, line))

    def _node(self, line: int, row: _Row) -> None:
        """A segment or loop in the set above it, inside the loops of ``in``."""
        nodes = self._inside(row.get("in", ""))
        if nodes is None:
            what = "the column in names open loops of the set above: PO1/N1"
            self.draft.wrong(line, what, row.get("in", ""))
            return
        mandatory, most = self._need(line, row)
        inner: list[Node] | None = [] if row["row"].lower() == "loop" else None
        nodes.append(Node(row.get("id", ""), mandatory, most, line, inner))

    def _inside(self, path: str) -> list[Node] | None:
        """The last loop of that path in the last set."""
        nodes = self.sets[-1].nodes if self.sets else None
        names = path.split("/") if path else []
        if len(names) > _DEEPEST:
            return None
        for name in names:
            last = nodes[-1] if nodes else None
            if last is None or last.nodes is None or last.name != name:
                return None
            nodes = last.nodes
        return nodes

    def _need(self, line: int, row: _Row) -> tuple[bool, int]:
        need, most = row.get("need", "") or "O", row.get("max", "") or "1"
        if need not in ("M", "O") or not _TIMES.fullmatch(most):
            what = "need is M or O, max a number or * for no limit"
            self.draft.wrong(line, what, f"{need} {most}")
            return False, 1
        return need == "M", 0 if most == "*" else int(most)

    def _element(self, line: int, row: _Row) -> None:
        low, high = row.get("min", ""), row.get("len", "")
        if not _LENGTH.fullmatch(low) or not _LENGTH.fullmatch(high):
            what = "min and len are the shortest and the longest length"
            self.draft.wrong(line, what, f"{row.get('id', '')} {low} {high}")
            return
        self.draft.element(
            line,
            row.get("id", ""),
            form=(row.get("type", ""), int(low), int(high)),
            name=row.get("name", ""),
            codes=row.get("list", "").split(),
        )
