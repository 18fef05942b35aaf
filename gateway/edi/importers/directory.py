"""The reader of UN/EDIFACT directories: the text files that the UN publishes.

Known by what they hold, not by their names: message specifications (EDMD), segments
(EDSD), composites (EDCD), data elements (EDED) and code lists (UNCL), as published
since D.93A. Marks of change (``*``, ``+``, ``#``, ``|``, ``X``) mean nothing here;
functions, descriptions and notes are passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.edi.importers.draft import Draft, Node, Use
from gateway.edi.importers.standard import LONGEST_CHARS, NO_NAMES, Standard
from gateway.findings import Finding

__all__ = ["read_directory"]

_RULE = re.compile(r"\s*[-_=\u2500\xc4\xcd]{20,}\s*")
_MARKS = "*+#|X"
_MARKED = re.compile(rf"(\s*(?:[0-9]{{3,5}})?\s*)([{re.escape(_MARKS)}]{{1,2}})(\s)")
_LABEL = re.compile(r"\s*(Function|Desc|Repr)\s*:")
_HEAD = re.compile(r"([A-Z]{3}|[CSE][0-9]{3}|[0-9]{4})\s+(\S.*?)\s*(?:\[[BIC]\])?")
_ROW = re.compile(r"(?:([0-9]{3})\s+)?([0-9]{4}|[CSE][0-9]{3})\s+(\S.*)")
_STATUS = re.compile(
    r"\s([MC])(?:\s+([1-9][0-9]{0,4}))?(?:\s+((?:an?|n)\s?(?:\.\.)?\s?[0-9]+))?$"
)
_FORM = re.compile(r"(an?|n)\s?(\.\.)?\s?([0-9]{1,6})")
_NODE = re.compile(
    r"[0-9]{4,5}\s+([A-Z]{3})\s+\S.*?\s([MC])\s+([0-9]+)\s*-*([+|\u2510\u2518\xbf\xd9]*)"
)
_GROUP = re.compile(
    r"[0-9]{4,5}\s+[-\u2500\xc4]+\s*Segment\s+group\s+([0-9]+)\s*[-\u2500\xc4]*"
    r"\s*([MC])\s+([0-9]+).*",
    re.IGNORECASE,
)
_ENDS = "+\u2518\xd9"
_FACT = re.compile(
    r"\s*(Message Type|Version|Release)\s*:\s*([A-Z0-9]+)\s*", re.IGNORECASE
)
_TITLE = re.compile(r"\s*(\S.*?)\s+message\s*", re.IGNORECASE)
_RELEASE = re.compile(r"(D)[._:]?([0-9]{2}[A-Z])", re.IGNORECASE)
_DEEPEST = 12

_Lines = Sequence[tuple[int, str]]


def read_directory(
    texts: Mapping[str, str],
    name: str,
    *,
    version: str = "",
    messages: Collection[str] = (),
    names: Mapping[str, str] = NO_NAMES,
) -> Standard | tuple[Finding, ...]:
    """The messages of a directory, or every line that is not understood (CFG-010).

    ``texts`` are the files by name. ``version``, ``D96A``, goes before what the files
    say; ``messages`` are those to take over, none for all.
    """
    draft = Draft(name, {}, names, standard="EDIFACT")
    reader = _Reader(draft, frozenset(messages))
    for file, text in sorted(texts.items()):
        draft.path = file
        if len(text) > LONGEST_CHARS:
            draft.wrong(0, f"the file is longer than {LONGEST_CHARS} characters")
        else:
            reader.file(text)
    draft.path = name
    return reader.done(version)


@dataclass(slots=True)
class _Entry:
    """An element while its files are read; codes may stand in another file."""

    line: int
    name: str
    form: tuple[str, int, int] | None = None
    codes: set[str] = field(default_factory=set)


class _Reader:
    """Gathers what the files say, in whatever order they come."""

    def __init__(self, draft: Draft, wanted: frozenset[str]) -> None:
        self._draft = draft
        self._wanted = wanted
        self._met: set[str] = set()
        self._elements: dict[str, _Entry] = {}
        self._inside: dict[str, tuple[int, tuple[Use, ...]]] = {}
        self._pieces: set[str] = set()
        self._versions: Counter[str] = Counter()

    def file(self, text: str) -> None:
        """One file, by what stands in it."""
        lines = list(enumerate(map(str.rstrip, text.splitlines()), 1))
        nodes = [(number, _unmarked(body)) for number, body in lines]
        if any(_NODE.fullmatch(body.strip()) for _, body in nodes):
            self._message(lines, nodes)
            return
        if not any([self._block(block) for block in _blocks(lines)]):
            what = "neither a message nor segments, composites, elements or codes"
            self._draft.left_out(0, what)

    def done(self, version: str) -> Standard | tuple[Finding, ...]:
        """What all files say together."""
        for number, (line, uses) in sorted(self._inside.items()):
            if number not in self._pieces:
                self._draft.piece(line, number, uses=uses)
        for number, one in sorted(self._elements.items()):
            if one.form is None:
                what = "the element has codes and no format"
                self._draft.left_out(one.line, what, number)
                continue
            self._draft.element(
                one.line, number, form=one.form, name=one.name, codes=one.codes
            )
        for type_ in sorted(self._wanted - self._met):
            self._draft.wrong(0, "the directory has no such message", type_)
        told = [one for one, _ in self._versions.most_common(1)]
        return self._draft.done(version or "".join(told))

    def _message(self, lines: _Lines, nodes: _Lines) -> None:
        """A message specification: its head, and the segment table of its end."""
        facts = {
            parts[1].lower(): parts[2].upper()
            for _, body in lines
            if (parts := _FACT.fullmatch(body))
        }
        file = self._draft.path.rpartition("/")[2]
        type_ = facts.get("message type") or file[:6].upper()
        release = facts.get("version", "D") + facts.get("release", "")
        told = _RELEASE.fullmatch(release) or _RELEASE.search(file)
        if told:
            self._versions[f"{told[1]}{told[2]}".upper()] += 1
        if self._wanted and type_ not in self._wanted:
            return
        self._met.add(type_)
        title = next((p[1] for _, body in lines if (p := _TITLE.fullmatch(body))), "")
        tree = _Tree(self._draft)
        for number, body in nodes:
            tree.line(number, body.strip())
        self._draft.set(1, type_, name=title, nodes=_named(tree.done()))

    def _block(self, block: _Lines) -> bool:
        """One segment, composite or element between ruled lines; whether it is one."""
        (line, first), *rest = block
        parts = _HEAD.fullmatch(first.strip())
        labels = {body.strip().partition(":")[0] for _, body in rest if ":" in body}
        if parts is None or not {"Function", "Desc", "Repr"} & labels:
            return False
        read = self._element if parts[1].isdigit() else self._piece
        read(line, parts[1], parts[2], rest)
        return True

    def _element(self, line: int, number: str, name: str, rest: _Lines) -> None:
        one = self._elements.setdefault(number, _Entry(line, name))
        after = iter(rest)
        for _, body in after:
            if body.strip().startswith("Repr:"):
                one.form = one.form or _form(body.partition(":")[2].strip())
                break
        one.codes.update(_codes(list(after)))

    def _piece(self, line: int, tag: str, name: str, rest: _Lines) -> None:
        uses: list[Use] = []
        inside: list[Use] = []
        for number, position, what, told in _rows(rest):
            status = _STATUS.search(told)
            if status is None:
                self._draft.wrong(number, "a row has no status M or C", told.strip())
                continue
            use = Use(
                number=what,
                mandatory=status[1] == "M",
                repeat=int(status[2] or 1),
                line=number,
            )
            form = _form(status[3] or "")
            if form and what not in self._elements:
                self._elements[what] = _Entry(number, told[: status.start()].strip())
            if form and self._elements[what].form is None:
                self._elements[what].form = form
            if not position and uses:  # a component, as a help to the reader
                inside.append(use)
                continue
            self._close(uses, inside)
            uses.append(use)
        self._close(uses, inside)
        if uses:
            self._pieces.add(tag)
            self._draft.piece(line, tag, name=name, uses=uses)

    def _close(self, uses: list[Use], inside: list[Use]) -> None:
        """Keep the components of the last composite, where nothing else tells them."""
        if inside:
            last = uses[-1]
            self._inside.setdefault(last.number, (last.line, tuple(inside)))
            inside.clear()


class _Tree:
    """The segment table: lines at the right end nest the groups."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._open: list[list[Node]] = [[]]

    def line(self, number: int, body: str) -> None:
        """One line, if it is of the table."""
        if group := _GROUP.fullmatch(body):
            nodes: list[Node] = []
            self._add(group[1], group[2], group[3], number, nodes)
            self._open.append(nodes)
            if len(self._open) > _DEEPEST:
                self._draft.wrong(number, "the groups nest too deep", group[1])
                self._open.pop()
        elif node := _NODE.fullmatch(body):
            self._add(node[1], node[2], node[3], number, None)
            for _ in range(sum(map(node[4].count, _ENDS))):
                if len(self._open) == 1:
                    what = "more groups end here than were begun"
                    self._draft.wrong(number, what, node[1])
                    break
                self._open.pop()

    def done(self) -> list[Node]:
        """The whole tree."""
        if len(self._open) > 1:
            self._draft.wrong(self._open[-2][-1].line, "the group does not end")
        return self._open[0]

    def _add(
        self, name: str, status: str, most: str, line: int, nodes: list[Node] | None
    ) -> None:
        self._open[-1].append(Node(name, status == "M", int(most), line, nodes))


def _named(nodes: Iterable[Node]) -> list[Node]:
    """The tree with its groups called by the segments that start them.

    The second group of the same segment in one place has a 2 after it, and so on.
    """
    seen: Counter[str] = Counter()
    made: list[Node] = []
    for node in nodes:
        if node.nodes is None:
            made.append(node)
            continue
        tag = node.nodes[0].name if node.nodes else f"SG{node.name}"
        seen[tag] += 1
        name = f"{tag}{seen[tag]}" if seen[tag] > 1 else tag
        made.append(replace(node, name=name, nodes=_named(node.nodes)))
    return made


def _unmarked(body: str) -> str:
    """A line without the marks of change in front of what it says."""
    for _ in range(2):
        parts = _MARKED.match(body)
        if parts is None:
            break
        body = f"{parts[1]}{' ' * len(parts[2])}{body[parts.start(3) :]}"
    return body


def _blocks(lines: _Lines) -> Iterator[_Lines]:
    """The lines between ruled ones, each from its first that is not blank on.

    Marks stand left of where the block's label does: a code ``X`` under it is a code.
    """
    block: list[tuple[int, str]] = []
    edge = -1
    for number, body in [*lines, (0, "-" * 70)]:
        if _RULE.fullmatch(body):
            if block:
                yield block
            block, edge = [], -1
        elif block or body.strip():
            if edge < 0 and (label := _LABEL.match(body)):
                edge = label.start(1)
            within = 0 <= edge <= _indent(body)
            block.append((number, body if within else _unmarked(body)))


def _indent(body: str) -> int:
    return len(body) - len(body.lstrip())


def _rows(lines: _Lines) -> Iterator[tuple[int, str, str, str]]:
    """Line, position, number and what follows, with lines that go on joined.

    The status may stand at the end of the row's first line or of a later one.
    """
    row: tuple[int, str, str] | None = None
    told = ""
    for number, body in [*lines, (0, "")]:
        parts = _ROW.fullmatch(body.strip())
        if parts and (parts[1] or _STATUS.search(body) or row):
            if row:
                yield (*row, told)
            row, told = (number, parts[1] or "", parts[2]), f" {parts[3]}"
        elif row and body.strip() and not _STATUS.search(told):
            told = f"{told} {body.strip()}"
        elif row and not body.strip():
            yield (*row, told)
            row, told = None, ""


def _codes(lines: _Lines) -> Iterator[str]:
    """The codes of a list: what stands at its left edge, names and texts indented."""
    edge = -1
    for _, body in lines:
        if not body.strip():
            continue
        indent = _indent(body)
        if edge < 0:
            edge = indent
        if indent <= edge + 1:
            code, _, name = body.strip().partition(" ")
            if name.strip() and not code.endswith(":"):
                yield code


def _form(text: str) -> tuple[str, int, int] | None:
    """``an..35`` as type, shortest and longest."""
    parts = _FORM.fullmatch(text)
    if parts is None:
        return None
    longest = int(parts[3])
    return parts[1], 1 if parts[2] else longest, longest
