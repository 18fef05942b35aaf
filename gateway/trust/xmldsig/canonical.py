"""Canonical XML: 1.0, 1.1 and exclusive, of an element and all that is in it.

An element below the root takes over what its ancestors say: namespaces, and for the
inclusive forms their attributes of xml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias
from urllib.parse import urljoin

from lxml import etree

from gateway.safexml import Element

__all__ = ["METHODS", "Method", "canonical", "start_tag"]

_XML = "http://www.w3.org/XML/1998/namespace"
_BASE, _ID = f"{{{_XML}}}base", f"{{{_XML}}}id"
_EVENTS = ("start", "end", "start-ns", "comment", "pi")
_Spaces: TypeAlias = dict[str, str]
"""Namespaces by their prefix; the default one has the empty prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to write canonical XML. ``is_later`` is version 1.1."""

    is_exclusive: bool = False
    is_later: bool = False
    has_comments: bool = False


_FIRST = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_LATER = "http://www.w3.org/2006/12/xml-c14n11"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
METHODS = {
    _FIRST: Method(),
    f"{_FIRST}#WithComments": Method(has_comments=True),
    _LATER: Method(is_later=True),
    f"{_LATER}#WithComments": Method(is_later=True, has_comments=True),
    _EXCLUSIVE: Method(is_exclusive=True),
    f"{_EXCLUSIVE}WithComments": Method(is_exclusive=True, has_comments=True),
}
"""By the name in a signature."""


def canonical(
    apex: Element,
    method: Method,
    *,
    without: Element | None = None,
    prefixes: frozenset[str] = frozenset(),
    is_document: bool = False,
) -> bytes:
    """The element's octets; ``without`` and what is in it is left out.

    ``prefixes`` are those that the exclusive form treats as the inclusive one does
    (the empty one is the default namespace). ``is_document`` writes the instructions
    and comments beside the root too.
    """
    writer = _Writer(apex, method, prefixes)
    if not is_document:
        return "".join(writer.pieces(without)).encode()
    before = [f"{one}\n" for one in _beside(apex, method, is_before=True)]
    after = [f"\n{one}" for one in _beside(apex, method, is_before=False)]
    return "".join((*before, *writer.pieces(without), *after)).encode()


def start_tag(element: Element) -> bytes:
    """The element's start tag, with its own attributes alone."""
    writer = _Writer(element, METHODS[_EXCLUSIVE], frozenset())
    return next(writer.pieces(None)).encode()


def _beside(root: Element, method: Method, *, is_before: bool) -> Iterator[str]:
    found = list(root.itersiblings(preceding=is_before))
    for one in reversed(found) if is_before else found:
        if method.has_comments or isinstance(one, etree._ProcessingInstruction):
            yield _markup(one)


def _markup(one: Any) -> str:
    """A comment or an instruction."""
    text = (one.text or "").replace("\r", "&#xD;")
    if one.tag is etree.Comment:
        return f"<!--{text}-->"
    return f"<?{one.target} {text}?>" if text else f"<?{one.target}?>"


def _text(text: str | None) -> str:
    if not text:
        return ""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("\r", "&#xD;")


def _value(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return plain.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


class _Writer:
    """Writes one subtree; each level knows what is declared and what was written."""

    def __init__(self, apex: Element, method: Method, prefixes: frozenset[str]) -> None:
        self._apex, self._method, self._prefixes = apex, method, prefixes
        above = apex.getparent()
        inherited = {} if above is None else above.nsmap
        self._known: _Spaces = {k or "": v for k, v in inherited.items()}
        self._written: _Spaces = {}

    def pieces(self, without: Element | None) -> Iterator[str]:
        """The text, piece by piece."""
        levels: list[tuple[_Spaces, _Spaces]] = []
        declared: _Spaces = {}
        walk: Any = etree.iterwalk(self._apex, events=_EVENTS)
        for event, one in walk:
            if event == "start-ns":
                if one[0] != "xml":
                    declared[one[0]] = one[1]
                continue
            if event == "start":
                levels.append((self._known, self._written))
                if one is without:
                    walk.skip_subtree()
                else:
                    yield self._started(one, declared)
                    yield _text(one.text)
                declared = {}
                continue
            if event == "end":
                self._known, self._written = levels.pop()
                if one is not without:
                    yield f"</{_name(one)}>"
            elif event == "pi" or self._method.has_comments:
                yield _markup(one)
            if one is not self._apex:
                yield _text(one.tail)

    def _started(self, one: Element, declared: _Spaces) -> str:
        if declared:
            self._known = {**self._known, **declared}
        attributes = self._attributes(one)
        spaces = self._spaces(one, declared, attributes)
        if spaces:
            self._written = {**self._written, **spaces}
        told = [_space(prefix, spaces[prefix]) for prefix in sorted(spaces)]
        told += (f' {name}="{_value(value)}"' for _, name, value in attributes)
        return f"<{_name(one)}{''.join(told)}>"

    def _spaces(
        self, one: Element, declared: _Spaces, attributes: list[_Attribute]
    ) -> _Spaces:
        """What is declared here: in use or new, and not written above."""
        known = self._known if one is self._apex else declared
        if self._method.is_exclusive:
            wanted = {prefix for prefix in known if prefix in self._prefixes}
            wanted.add(one.prefix or "")
            names = (name.partition(":") for _, name, _ in attributes)
            wanted |= {prefix for prefix, colon, _ in names if colon}
        else:
            wanted = set(known)
        wanted.discard("xml")
        spaces = ((prefix, self._known.get(prefix, "")) for prefix in wanted)
        written = self._written
        return {prefix: uri for prefix, uri in spaces if written.get(prefix, "") != uri}

    def _attributes(self, one: Element) -> list[_Attribute]:
        """The attributes in their order: by namespace, then by name."""
        own = {str(name): str(value) for name, value in one.items()}
        inherited: dict[str, str] = {}
        if one is self._apex and not self._method.is_exclusive:
            inherited = self._inherited(one, own)
        if not own and not inherited:
            return []
        found: list[_Attribute] = []
        for at, (name, value) in enumerate(own.items(), 1):
            space, _, local = name.rpartition("}")
            prefix = f"{self._prefix(one, space[1:], at)}:" if space else ""
            told = inherited.pop(name, value)
            found.append(((space[1:], local), f"{prefix}{local}", told))
        for name, value in inherited.items():
            local = name.rpartition("}")[2]
            found.append(((_XML, local), f"xml:{local}", value))
        found.sort()
        return found

    def _prefix(self, one: Element, space: str, at: int) -> str:
        """The prefix of the attribute at a place; the tree only knows its namespace."""
        if space == _XML:
            return "xml"
        fitting = [p for p, uri in self._known.items() if p and uri == space]
        if len(fitting) == 1:
            return fitting[0]
        return str(one.xpath(f"name(@*[{at}])")).partition(":")[0]

    def _inherited(self, apex: Element, own: dict[str, str]) -> dict[str, str]:
        """The attributes of xml that ancestors hand down to the apex."""
        found: dict[str, str] = {}
        bases: list[str] = []
        for above in apex.iterancestors():
            for key, value in above.items():
                name = str(key)
                if not name.startswith(f"{{{_XML}}}"):
                    continue
                if self._method.is_later and name == _BASE:
                    bases.insert(0, str(value))
                elif name not in own and not (self._method.is_later and name == _ID):
                    found.setdefault(name, str(value))
        if bases:
            found[_BASE] = reduce(_joined, [*bases, own.get(_BASE, "")])
        return found


_Attribute: TypeAlias = tuple[tuple[str, str], str, str]


def _joined(base: str, further: str) -> str:
    try:
        return urljoin(base, further)
    except ValueError:  # no address: whoever signed it joined it in some other way
        return further


def _name(one: Element) -> str:
    local = str(one.tag).rpartition("}")[2]
    return f"{one.prefix}:{local}" if one.prefix else local


def _space(prefix: str, uri: str) -> str:
    return f' xmlns:{prefix}="{_value(uri)}"' if prefix else f' xmlns="{_value(uri)}"'
