"""A small XML tree with line numbers and no text, for schema files only.

There is no document type, no entity and no network: a ``<!DOCTYPE`` ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

__all__ = ["NotRead", "Tree", "read_xml"]

_DEEPEST = 100
_MOST = 2_000_000


@dataclass(slots=True)
class Tree:
    """An element: local name, attributes by local name, children, line."""

    name: str
    attributes: Mapping[str, str]
    line: int
    children: list[Tree] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute, empty when it is not there."""
        return self.attributes.get(name, "")

    def each(self, *names: str) -> Iterator[Tree]:
        """The children of these names."""
        return (child for child in self.children if child.name in names)

    def below(self, *path: str) -> Tree | None:
        """The first descendant along these names."""
        found: Tree | None = self
        for name in path:
            if found is None:
                return None
            found = next(found.each(name), None)
        return found


@dataclass(slots=True)
class NotRead(Exception):
    """Why a text is not read as XML, and at which line."""

    line: int
    what: str


def read_xml(text: str) -> Tree:
    """The root of a document; raises ``NotRead`` for all that is no plain XML."""
    reader = _Reader()
    # the declared encoding is that of the bytes; here are characters
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    reader.parser = parser
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as problem:
        what = f"this is not XML: {expat.ErrorString(problem.code)}"
        raise NotRead(problem.lineno, what) from None
    return reader.root.children[0]


class _Reader:
    """Builds the tree while the parser goes through the text."""

    parser: expat.XMLParserType

    def __init__(self) -> None:
        self.root = Tree("", {}, 0)
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > _DEEPEST or self._count > _MOST:
            raise NotRead(self._line, "the file is nested too deep or too long")
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        child = Tree(name.rpartition(" ")[2], local, self._line)
        self._open[-1].children.append(child)
        self._open.append(child)

    def end(self, _name: str) -> None:
        self._open.pop()

    def refuse(self, *_declared: object) -> NoReturn:
        raise NotRead(self._line, "a file with <!DOCTYPE or <!ENTITY is not read")

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber
