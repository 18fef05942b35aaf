"""One DTD: read from its published file, and documents held against it.

libxml2 reads the file. It does not judge documents: it takes time by the square of the
number of faults (ADR 19), stops nowhere, and does not say what it expected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any, Literal

from lxml import etree

from gateway.cxml_punchout.content import (
    Content,
    Particle,
    choice,
    named,
    repeated,
    sequence,
)
from gateway.findings import Finding, Where
from gateway.safexml import Element, line_of, path_of

__all__ = ["Attribute", "Declared", "Dtd", "read_dtd"]

MOST_FINDINGS = 50
"""Faults of one document that are told; more of them say nothing new."""
_LONGEST_BYTES = 4_000_000
_OUTSIDE = re.compile(rb"<!(?:ENTITY|DOCTYPE|NOTATION)\b[^>]*?\b(?:SYSTEM|PUBLIC)\s")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NMTOKEN = re.compile(r"[\w.:·-]+")
_EXPECTED = 8

Kind = Literal["empty", "any", "mixed", "element"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of an element: whether it must be there, and what it may be.

    ``values`` is empty where any will do; ``fixed`` is the only one allowed.
    """

    name: str
    required: bool
    values: tuple[str, ...] = ()
    fixed: str = ""
    token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An element: what it holds, and its attributes by name."""

    kind: Kind
    content: Content | None
    holds: frozenset[str]
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtd:
    """The elements that a DTD declares. Judges any number of documents at a time."""

    name: str
    elements: Mapping[str, Declared]

    def faults(self, root: Element, most: int = MOST_FINDINGS) -> tuple[Finding, ...]:
        """Where the document differs from the DTD, up to so many places (CXM-020).

        Signatures are left out of it: they have a form of their own.
        """
        return tuple(islice(self._faults(root), most))

    def knows(self, element: str, child: str) -> bool:
        """Whether an element may hold that child, or has that attribute (``@name``)."""
        declared = self.elements.get(element)
        if declared is None:
            return False
        if child.startswith("@"):
            return child[1:] in declared.attributes
        return child in declared.holds

    def _faults(self, root: Element) -> Iterator[Finding]:
        signed: set[Element] = set()
        for element in root.iter():
            tag = str(element.tag)
            above = element.getparent()
            if tag.startswith(_SIGNATURE) or (above is not None and above in signed):
                signed.add(element)
                continue
            declared = self.elements.get(tag)
            if declared is None:
                what = f"{tag[:80]} is no element of {self.name}"
                yield _fault(element, what, tag[:80])
                continue
            yield from _attribute_faults(element, tag, declared)
            yield from _content_faults(element, tag, declared)


def _attribute_faults(
    element: Element, tag: str, declared: Declared
) -> Iterator[Finding]:
    for key, value in element.items():
        name = str(key).replace(_XML, "xml:")
        known = declared.attributes.get(name)
        if known is None:
            yield _fault(element, f"{tag} has no attribute {name[:80]}", name[:80])
        elif known.values and value not in known.values:
            allowed = ", ".join(known.values)
            what = f"{name} of {tag} is {str(value)[:80]!r}, not one of {allowed}"
            yield _fault(element, what, str(value)[:80])
        elif known.fixed and value != known.fixed:
            yield _fault(element, f"{name} of {tag} is not {known.fixed!r}", name)
        elif known.token and not _NMTOKEN.fullmatch(str(value).strip()):
            yield _fault(element, f"{name} of {tag} is no name", str(value)[:80])
    for known in declared.attributes.values():
        if known.required and known.name not in element.attrib:
            qualified = known.name.replace("xml:", _XML)
            if qualified not in element.attrib:
                what = f"{tag} lacks its attribute {known.name}"
                yield _fault(element, what, known.name)


def _content_faults(
    element: Element, tag: str, declared: Declared
) -> Iterator[Finding]:
    children = [
        name for one in element if not (name := str(one.tag)).startswith(_SIGNATURE)
    ]
    if declared.kind in ("empty", "element") and _has_text(element):
        yield _fault(element, f"text stands in {tag}, which holds none", tag)
    if declared.kind == "empty" and children:
        yield _fault(element, f"{tag} holds {children[0][:80]}, and is empty", tag)
    elif declared.kind == "mixed":
        for one in dict.fromkeys(children):
            if one not in declared.holds:
                yield _fault(element, f"{tag} holds {one[:80]}", one[:80])
    elif declared.content is not None:
        misfit = declared.content.misfit(children)
        if misfit is not None:
            yield _misfit(element, tag, children, misfit)


def _misfit(
    element: Element, tag: str, children: list[str], misfit: tuple[int, tuple[str, ...]]
) -> Finding:
    at, expected = misfit
    could = " or ".join(expected[:_EXPECTED]) or "nothing more"
    could += " or others" if len(expected) > _EXPECTED else ""
    if at == len(children):
        return _fault(element, f"{tag} ends where {could} is expected", tag)
    found = children[at][:80]
    return _fault(element, f"{tag} holds {found} where {could} is expected", found)


def _has_text(element: Element) -> bool:
    if element.text and element.text.strip():
        return True
    return any(one.tail and one.tail.strip() for one in element)


def _fault(element: Element, what: str, value: str) -> Finding:
    where = Where(path=f"{path_of(element)} (line {line_of(element)})")
    return Finding.of("CXM-020", what, where, value)


def read_dtd(data: bytes, name: str) -> Dtd | Finding:
    """A DTD from its file; one that names further files is refused (CXM-024)."""
    where = Where(path=name)
    if len(data) > _LONGEST_BYTES:
        return Finding.of("CXM-024", "the file is too long", where)
    if _OUTSIDE.search(_COMMENT.sub(b"", data)):
        return Finding.of("CXM-024", "the file takes in another one", where)
    try:
        read: Any = etree.DTD(io.BytesIO(data))
    except etree.DTDParseError as problem:
        said = str(problem).partition("\n")[0]
        return Finding.of("CXM-024", f"it cannot be read: {said}", where)
    elements = {_qualified(one): _declared(one) for one in read.iterelements()}
    if "cXML" not in elements:
        return Finding.of("CXM-024", "it declares no element cXML", where)
    return Dtd(name=name, elements=MappingProxyType(elements))


def _qualified(one: Any) -> str:
    return f"{one.prefix}:{one.name}" if one.prefix else str(one.name)


_KINDS: Mapping[str, Kind] = MappingProxyType(
    {"empty": "empty", "any": "any", "mixed": "mixed"}
)


def _declared(one: Any) -> Declared:
    kind = _KINDS.get(one.type, "element")
    model = _particle(one.content) if kind == "element" else None
    attributes = {_qualified(each): _attribute(each) for each in one.iterattributes()}
    return Declared(
        kind=kind,
        content=None if model is None else Content(model),
        holds=frozenset(_names(one.content)),
        attributes=MappingProxyType(attributes),
    )


def _attribute(one: Any) -> Attribute:
    return Attribute(
        name=_qualified(one),
        required=one.default == "required",
        values=tuple(one.values()) if one.type == "enumeration" else (),
        fixed=str(one.default_value or "") if one.default == "fixed" else "",
        token=one.type in ("nmtoken", "id", "idref"),
    )


def _names(content: Any) -> Iterator[str]:
    """The names in a content model; libxml2 keeps it as a tree of pairs."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        if one.type == "element":
            yield str(one.name)
        waiting += (one.left, one.right)


_OFTEN = {"once": (False, False), "opt": (True, False), "plus": (False, True)}


def _particle(content: Any) -> Particle:
    if content.type == "element":
        made = named(str(content.name))
    else:
        join = sequence if content.type == "seq" else choice
        made = join(_particle(content.left), _particle(content.right))
    empty, often = _OFTEN.get(content.occur, (True, True))
    return repeated(made, empty=empty, often=often) if empty or often else made
