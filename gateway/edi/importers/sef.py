"""The SEF reader: Standard Exchange Format 1.0 to 1.6, for X12.

A section starts with a point and its name. Taken over are ``.INI`` (version),
``.SETS``, ``.SEGS``, ``.COMS``, ``.ELMS``, ``.CODES`` and the titles of ``.TEXT``; what
a guide adds to the standard (marks, masks, code sets of one place, rules) is a note.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.edi.importers.draft import Draft, Node, Use
from gateway.edi.importers.standard import (
    GROUPS,
    LONGEST_CHARS,
    NO_NAMES,
    Standard,
)
from gateway.findings import Finding

__all__ = ["read_sef"]

_SECTION = re.compile(r"\.([A-Z]+)(?:[ ,]*(.*))?")
_VERSION = re.compile(r"([0-9]{3}) ?([0-9]{3}) *(.*)")
_ENTRY = re.compile(r"([A-Z0-9]{1,6})=(.*)")
_TIMES = r"(?:>?[1-9][0-9]{0,5})?"
_REFERENCE = re.compile(
    rf"\[([.!$&?-]?)([A-Z0-9]{{1,4}})([^\],]*)(?:,([A-Z]?)(?:,({_TIMES})[^\]]*)?)?\]"
)
_LOOP = re.compile(rf"\{{[.!$&?-]?([A-Za-z0-9_]*)(?:[*@][0-9]*)*(?::({_TIMES}))?")
_REPEATED = re.compile(r"\{([1-9][0-9]{0,2})?")
_STEP = re.compile(r"\^|[+-][0-9]+")
_CONDITIONS = re.compile(r"\+((?:[PRECL](?:[0-9]{2}){2,})+)")
_ONE_CONDITION = re.compile(r"[PRECL][0-9]+")
_ELEMENT = re.compile(r"([A-Z0-9]+) *, *([0-9]{1,6}) *, *([0-9]{1,6})(?:,.*)?")
_TITLE = re.compile(r"([A-Z0-9]+) *, *([0-9]+) *, *(\S.*)")

_TAKEN = frozenset(
    ("VER", "INI", "STD", "SETS", "SEGS", "COMS", "ELMS", "CODES", "TEXT")
)
_MOST_USES = 200
_MOST_CODES = 20_000
_DEEPEST = 20
_LONGEST_TITLE = 60

_Lines = list[tuple[int, str]]


def read_sef(
    text: str,
    name: str,
    *,
    version: str = "",
    groups: Mapping[str, str] = GROUPS,
    names: Mapping[str, str] = NO_NAMES,
) -> Standard | tuple[Finding, ...]:
    """The sets of a SEF file, or every line that is not understood (CFG-010).

    ``version`` goes before the one the file names; ``groups`` has each set's
    functional group, which SEF does not say; ``names`` those of elements and segments
    that have no title, by number and tag.
    """
    draft = Draft(name, groups, names)
    if len(text) > LONGEST_CHARS:
        draft.wrong(0, f"the file is longer than {LONGEST_CHARS} characters")
        return draft.found.done()
    return _Reader(draft, _sections(text, draft)).read(version)


def _sections(text: str, draft: Draft) -> Mapping[str, _Lines]:
    """The lines of each section; ``TEXT,SEGS`` for those of one kind of text."""
    sections: dict[str, _Lines] = defaultdict(list)
    current, private = "", False
    for line, raw in enumerate(text.split("\n"), 1):
        body = raw.strip().removeprefix("\ufeff")
        head = _SECTION.fullmatch(body)
        if head is None:
            if body and not body.startswith("*") and not private:
                sections[current].append((line, body))
            continue
        current, rest = head[1], (head[2] or "").strip()
        private = current == "PRIVATE" or (private and current != "PUBLIC")
        if private or current == "PUBLIC":
            continue
        if current not in _TAKEN and current not in sections:
            draft.left_out(line, f"the section .{current}")
        if current == "TEXT":
            current = f"TEXT,{rest}"
        elif rest:
            sections[current].append((line, rest))
        sections[current] += []
    for line, body in sections.get("", [])[:1]:
        draft.wrong(line, "a file starts with .VER or .INI", body)
    return sections


@dataclass(slots=True)
class _Reader:
    """Reads the sections in the order in which one needs the other."""

    draft: Draft
    sections: Mapping[str, _Lines]
    marked: int = 0
    masked: int = 0
    titles: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, version: str) -> Standard | tuple[Finding, ...]:
        """All sections; what a guide would say is counted into one note."""
        found = self._version()
        self.titles = {
            kind: self._titles(kind) for kind in ("SETS", "SEGS", "COMS", "ELMS")
        }
        self._elements(self._codes())
        self._pieces("COMS")
        self._pieces("SEGS")
        for line, type_, body in self._entries("SETS"):
            self._set(line, type_, body)
        if self.marked:
            what = f"{self.marked} places that the file marks as used or not used"
            self.draft.left_out(0, f"{what}; a guide can require or forbid them")
        if self.masked:
            what = f"{self.masked} lines with masks or code sets of one place"
            self.draft.left_out(0, f"{what}; a guide can narrow a place")
        return self.draft.done(version or found)

    def _version(self) -> str:
        """The version in .INI: its third field, ``004 010`` and an industry's code."""
        for line, body in self.sections.get("INI", [])[:1]:
            fields = [one.strip() for one in body.split(",")]
            agency = fields[3] if len(fields) > 3 else ""
            if agency not in ("X", "T"):
                what = "the file is not for X12: the agency is X or T"
                self.draft.wrong(line, what, agency)
            parts = _VERSION.fullmatch(fields[2]) if len(fields) > 2 else None
            if parts is None:
                what = "the third field is version and release, 004 010"
                self.draft.wrong(line, what, body)
                return ""
            if parts[3]:
                self.draft.left_out(
                    line, "the industry's code of the version", parts[3]
                )
            return parts[1] + parts[2]
        self.draft.wrong(0, "the file has no .INI section")
        return ""

    def _entries(self, section: str) -> Iterator[tuple[int, str, str]]:
        """``ID=rest`` lines."""
        for line, body in self.sections.get(section, ()):
            parts = _ENTRY.fullmatch(body)
            if parts is None:
                what = f"a line of .{section} is an id, = and what it is made of"
                self.draft.wrong(line, what, body)
            else:
                yield line, parts[1], parts[2]

    def _titles(self, kind: str) -> dict[str, str]:
        """The first short text on one line of each set, segment or element."""
        found: dict[str, tuple[int, str]] = {}
        for _, body in self.sections.get(f"TEXT,{kind}", ()):
            parts = _TITLE.fullmatch(body)
            if parts and len(parts[3]) <= _LONGEST_TITLE and "\\" not in parts[3]:
                one = (int(parts[2][:4]), parts[3])
                found[parts[1]] = min(one, found.get(parts[1], one))
        return {id_: title for id_, (_, title) in found.items()}

    def _elements(self, codes: Mapping[str, frozenset[str]]) -> None:
        """``98=ID,2,3``."""
        for line, number, body in self._entries("ELMS"):
            parts = _ELEMENT.fullmatch(body)
            if parts is None:
                what = "an element is type, shortest and longest length"
                self.draft.wrong(line, what, f"{number}={body}")
                continue
            self.draft.element(
                line,
                number,
                form=(parts[1], int(parts[2]), int(parts[3])),
                name=self.titles["ELMS"].get(number, ""),
                codes=codes.get(number, ()),
            )

    def _codes(self) -> Mapping[str, frozenset[str]]:
        """``98=01:09,BY%[BY]...``: codes and ranges, then the code sets of places."""
        listed: dict[str, frozenset[str]] = {}
        for line, number, body in self._entries("CODES"):
            base, percent, _ = body.partition("%")
            self.masked += bool(percent)
            if "|" in base:
                what = "codes that are put together of parts; any value is taken"
                self.draft.left_out(line, what, number)
                continue
            codes: set[str] = set()
            for word in filter(None, map(str.strip, base.split(","))):
                more = _range(*word.split(":")) if word.count(":") < 2 else None
                if more is None or len(codes) + len(more) > _MOST_CODES:
                    self.draft.wrong(line, "a range of codes is FIRST:LAST", word)
                    break
                codes.update(more)
            listed[number] = frozenset(codes)
        return listed

    def _pieces(self, section: str) -> None:
        """``N1=[98,M][93]+R0203,masks``; ``{2[235][234]}`` stands twice."""
        for line, tag, body in self._entries(section):
            uses, at = self._uses(line, body)
            conditions: list[str] = []
            if found := _CONDITIONS.match(body, at):
                conditions = _ONE_CONDITION.findall(found[1])
                at = found.end()
            if uses is None or body[at : at + 1] not in ("", ","):
                what = "elements stand in [ ], then come + and the conditions"
                self.draft.wrong(line, what, f"{tag}: {body[at : at + 40]}")
                continue
            self.masked += at < len(body)
            self.draft.piece(
                line,
                tag,
                name=self.titles[section].get(tag, ""),
                uses=uses,
                conditions=conditions,
            )

    def _uses(self, line: int, body: str) -> tuple[list[Use] | None, int]:
        """The elements, groups of them written out, and where they end."""
        open_: list[tuple[int, list[Use]]] = [(1, [])]
        at = 0
        while len(open_) <= _DEEPEST and len(open_[-1][1]) <= _MOST_USES:
            if one := _REFERENCE.match(body, at):
                self.marked += bool(one[1])
                use = Use(one[2], one[4] == "M", _times(one[5]), line)
                open_[-1][1].append(use)
            elif one := _REPEATED.match(body, at):
                open_.append((int(one[1] or 1), []))
            elif body.startswith("}", at) and len(open_) > 1:
                times, uses = open_.pop()
                open_[-1][1].extend(uses * times)
            else:
                break
            at = one.end() if one else at + 1
        whole = len(open_) == 1 and len(open_[0][1]) <= _MOST_USES
        return (open_[0][1] if whole else None), at

    def _set(self, line: int, type_: str, body: str) -> None:
        """``850=^[ST,M][BEG,M]{:200[N1][N2,,2]}``: loops in braces, ^ a new table."""
        top = Node(type_, True, 1, line, [])
        open_ = [top]
        at = 0
        while at < len(body):
            inside = open_[-1].nodes
            assert inside is not None
            if one := _STEP.match(body, at):
                pass
            elif one := _REFERENCE.match(body, at):
                self.marked += bool(one[1])
                inside.append(Node(one[2], one[4] == "M", _times(one[5]), line))
            elif (one := _LOOP.match(body, at)) and len(open_) <= _DEEPEST:
                open_.append(Node(one[1], False, _times(one[2]), line, []))
                inside.append(open_[-1])
            elif body[at] == "}" and len(open_) > 1:
                _close(open_.pop())
            else:
                break
            at = one.end() if one else at + 1
        if at < len(body) or len(open_) > 1:
            what = "segments stand in [ ], loops in { }"
            self.draft.wrong(line, what, f"{type_}: {body[at : at + 40]}")
            return
        title = self.titles["SETS"].get(type_, "")
        self.draft.set(line, type_, name=title, nodes=top.nodes or ())


def _close(loop: Node) -> None:
    """A loop is as mandatory as its first segment, and called after it."""
    first = loop.nodes[0] if loop.nodes else None
    if first is not None and first.nodes is None:
        loop.name = loop.name or first.name
        loop.mandatory = first.mandatory
        first.mandatory = True


def _times(text: str | None) -> int:
    """How often: once if not said, 0 for ``>1``, which has no limit."""
    if not text:
        return 1
    return 0 if text.startswith(">") else int(text)


def _range(first: str, last: str = "") -> set[str] | None:
    """The codes from ``A1`` to ``A9``: each character counts within its own kind."""
    if not last:
        return {first}
    if len(first) != len(last):
        return None
    codes, code = {first}, first
    while code != last:
        after = _next(code)
        if after is None or len(codes) > _MOST_CODES:
            return None
        code = after
        codes.add(code)
    return codes


def _next(code: str) -> str | None:
    """``A9`` after ``A8``, ``OA`` after ``NZ``; None after the last one."""
    turned = ""
    for i in range(len(code) - 1, -1, -1):
        char = code[i]
        if char in ("9", "Z"):
            turned = ("0" if char == "9" else "A") + turned
        elif char.isascii() and char.isalnum():
            return code[:i] + chr(ord(char) + 1) + turned
        else:
            return None
    return None
