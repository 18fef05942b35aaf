"""What stands in an element, and where it stands."""

from __future__ import annotations

from gateway.safexml.reader import Element

__all__ = ["attribute", "line_of", "local_name", "path_of", "text_of"]

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


def line_of(element: Element) -> int:
    """The line that the element starts in, from 1; 0 when it is not known."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def path_of(element: Element) -> str:
    """Where the element stands: ``cXML/Request[1]/OrderRequest``, counted from 1.

    A number is given where siblings have the same name.
    """
    steps = list[str]()
    one: Element | None = element
    while one is not None:
        above = one.getparent()
        step = local_name(one)
        if above is not None:
            before = sum(1 for _ in one.itersiblings(one.tag, preceding=True))
            if before or next(one.itersiblings(one.tag), None) is not None:
                step += f"[{before + 1}]"
        steps.append(step)
        one = above
    return "/".join(reversed(steps))
