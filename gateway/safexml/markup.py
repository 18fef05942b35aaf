"""Elements as values, and their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gateway.safexml.reader import Element
from gateway.safexml.text import local_name

__all__ = ["Content", "Node", "copied", "element", "escaped", "markup"]

_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no character for."""
_XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class Node:
    """An element: name, attributes in the order of writing, text and elements in it."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    content: tuple[Node | str, ...] = ()

    def child(self, name: str) -> Node | None:
        """The first element of that name in it."""
        found = (one for one in self.content if isinstance(one, Node))
        return next((one for one in found if one.name == name), None)


Content: TypeAlias = "Node | str | Iterable[Node | None] | None"
"""What may stand in an element; ``None`` and the empty text are left out."""


def element(name: str, /, *content: Content, **attributes: str | None) -> Node:
    """An element; attributes that are ``None`` or empty are left out.

    ``lang`` writes xml:lang.
    """
    written = tuple(
        ("xml:lang" if key == "lang" else key, value)
        for key, value in attributes.items()
        if value
    )
    return Node(name, written, tuple(_flat(content)))


def _flat(content: Iterable[Content]) -> Iterator[Node | str]:
    for one in content:
        if isinstance(one, Node):
            yield one
        elif isinstance(one, str):
            if one:
                yield one
        elif one is not None:
            yield from (node for node in one if node is not None)


def copied(one: Element) -> Node:
    """An element that was read, with all that is in it, to be written as it came."""
    content: list[Node | str] = [one.text] if one.text else []
    for child in one:
        content.append(copied(child))
        if child.tail:
            content.append(child.tail)
    attributes = tuple(
        (str(key).replace(_XML, "xml:"), str(value)) for key, value in one.items()
    )
    return Node(local_name(one), attributes, tuple(content))


def markup(node: Node, *, ascii_only: bool = False) -> str:
    """The element's text; ``ascii_only`` writes all else as numeric references."""
    out = list[str]()
    _write(node, out)
    text = "".join(out)
    if ascii_only:
        return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return text


def _write(node: Node, out: list[str]) -> None:
    out.append(f"<{node.name}")
    out += (f' {name}="{_quoted(value)}"' for name, value in node.attributes)
    if not node.content:
        out.append("/>")
        return
    out.append(">")
    for one in node.content:
        if isinstance(one, Node):
            _write(one, out)
        else:
            out.append(escaped(one))
    out.append(f"</{node.name}>")


def escaped(text: str) -> str:
    """A text as it stands in an element; what XML has no character for is left out."""
    clean = _REFUSED.sub("", text)
    clean = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return clean.replace("\r", "&#13;")


def _quoted(text: str) -> str:
    clean = escaped(text).replace('"', "&quot;")
    return clean.replace("\n", "&#10;").replace("\t", "&#9;")
