"""Bytes to an element tree, or why not: nothing is fetched, expanded or put in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from gateway.findings import Finding, Findings, Where
from gateway.safexml.charset import BOM, decoded
from gateway.safexml.limits import XmlLimits

__all__ = ["Doctype", "Element", "Xml", "read"]

Element: TypeAlias = etree._Element
"""An element of a document that was read here."""

_USUAL = XmlLimits()
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_MISC = re.compile(r"(?:[ \t\r\n]++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_LITERAL = r"""("[^"]*+"|'[^']*+')"""
_DOCTYPE = re.compile(
    rf"<!DOCTYPE\s++([^\s>\[]++)\s*+(?:SYSTEM\s*+{_LITERAL}\s*+|"
    rf"PUBLIC\s*+{_LITERAL}\s*+{_LITERAL}?\s*+)?([>\[])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctype:
    """The document type that was declared; nothing of it was looked up."""

    name: str
    public: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Xml:
    """A document that was read: its root, and what was put up with.

    Comments and processing instructions are gone, unless they were asked for, and so
    is the document type.
    """

    root: Element
    doctype: Doctype | None = None
    findings: tuple[Finding, ...] = ()


def read(
    data: bytes | str, limits: XmlLimits = _USUAL, *, is_whole: bool = False
) -> Xml | Finding:
    """The document in the data, or the one finding that refuses it; never an error.

    Of a ``str``, the field of a form for instance, the declared encoding is ignored.
    ``is_whole`` keeps comments and processing instructions, for signatures over them.
    """
    if len(data) > limits.size_bytes:
        return _too_much(f"longer than {limits.size_bytes} bytes")
    found = Findings()
    text = decoded(data, found) if isinstance(data, bytes) else data
    if isinstance(text, Finding):
        return text
    if text.count("<") > limits.markups:
        return _too_much(f"more than {limits.markups} tags")
    prolog = _prolog(text, found)
    if isinstance(prolog, Finding):
        return prolog
    text, doctype = prolog
    root = _parsed(text, limits, is_whole=is_whole)
    if isinstance(root, Finding):
        return root
    return Xml(root=root, doctype=doctype, findings=found.done())


def _prolog(text: str, found: Findings) -> tuple[str, Doctype | None] | Finding:
    """The text without what the parser must not see, its lines where they were."""
    bare = text.lstrip(f"{BOM} \t\r\n")
    front = text[: len(text) - len(bare)]
    if front.count(BOM) > 1 or (front.strip(BOM) and bare.startswith("<?xml")):
        found.add("WIRE-034", "blanks or marks stand in front of the document")
    text = front.replace(BOM, "") + bare
    start = len(text) - len(bare)
    declaration = _DECLARATION.match(text, start)
    if declaration is not None:
        text = _without(text, declaration)
    misc = _MISC.match(text)
    at = misc.end() if misc else 0
    if not text.startswith("<!DOCTYPE", at):
        return text, None
    type_ = _DOCTYPE.match(text, at)
    if type_ is None:
        where = Where(path=f"line {text.count(chr(10), 0, at) + 1}")
        return Finding.of("WIRE-030", "the document type is not well-formed", where)
    name, system, public, second, end = type_.groups()
    behind = _MISC.match(text, type_.end())
    if behind is not None and text.startswith("<!DOCTYPE", behind.end()):
        return Finding.of("WIRE-030", "a second document type is declared")
    if end == "[":
        where = Where(path=f"line {text.count(chr(10), 0, type_.end()) + 1}")
        return Finding.of("WIRE-031", "the document declares things of its own", where)
    stated = [one[1:-1] if one else "" for one in (public, system or second)]
    return _without(text, type_), Doctype(name=name, public=stated[0], system=stated[1])


def _without(text: str, match: re.Match[str]) -> str:
    """The text with blanks in the place of the match, as many lines as before."""
    lines = "\n" * match[0].count("\n")
    return text[: match.start()] + lines + text[match.end() :]


def _parsed(text: str, limits: XmlLimits, *, is_whole: bool) -> Element | Finding:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not is_whole,
        remove_pis=not is_whole,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as problem:
        line, column = problem.position
        where = Where(path=f"line {line}")
        if "depth" in str(problem):
            return _too_much(f"elements deeper than {limits.depth}", where)
        said = str(problem.msg).partition(", line ")[0]
        return Finding.of("WIRE-030", f"{said} (column {column})", where)
    if root.xpath(f"boolean({'/*' * (limits.depth + 1)})"):
        return _too_much(f"elements deeper than {limits.depth}")
    if root.xpath(f"boolean(//*[@*[{limits.attributes + 1}]])"):
        return _too_much(f"an element of more than {limits.attributes} attributes")
    return root


def _too_much(what: str, where: Where | None = None) -> Finding:
    return Finding.of("WIRE-032", what, where or Where())
