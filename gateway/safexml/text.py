"""What stands in an element, and where it stands."""

from __future__ import annotations

from itertools import islice

from lxml import etree

from gateway.safexml.reader import Element

__all__ = ["as_bytes", "attribute", "line_of", "local_name", "path_of", "text_of"]

_MOST_SIBLINGS = 1_000
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """All text of the element and of what is in it, without blanks around it."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def attribute(element: Element | None, name: str) -> str:
    """An attribute, without blanks around it; empty where there is none."""
    if element is None:
        return ""
    return str(element.get(_LANGUAGE if name == "xml:lang" else name, "")).strip()


def as_bytes(element: Element) -> bytes:
    """The element and what is in it, UTF-8, with the names and namespaces it had."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return text.encode("utf-8")


def line_of(element: Element) -> int:
    """The line that the element starts in, from 1; 0 when it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def path_of(element: Element) -> str:
    """Where the element stands: ``cXML/Request/OrderRequest/ItemOut[2]``.

    A number is given where siblings have the same name. Among a thousand siblings or
    more it is the line instead, so that no document makes places costly.
    """
    steps = list[str]()
    one: Element | None = element
    while one is not None:
        steps.append(local_name(one) + _among_siblings(one))
        one = one.getparent()
    return "/".join(reversed(steps))


def _among_siblings(element: Element) -> str:
    before = list(islice(element.itersiblings(preceding=True), _MOST_SIBLINGS))
    behind = list(islice(element.itersiblings(), _MOST_SIBLINGS))
    if len(before) + len(behind) >= _MOST_SIBLINGS:
        return f"[line {line_of(element)}]"
    number = 1 + sum(1 for one in before if one.tag == element.tag)
    alone = number == 1 and not any(one.tag == element.tag for one in behind)
    return "" if alone else f"[{number}]"
