"""Tables as text: the inverse of ``read_tables``, in the form of docs/tables.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from gateway.edi.tables import Tables, Version

__all__ = ["write_tables"]

_WIDTH = 88


def write_tables(tables: Tables) -> Mapping[str, str]:
    """Each file's text by its path, ``005010/850.txt``; reading them gives the tables.

    Two elements of one number in a version, or two composites, must be equal.
    """
    return {
        f"{version}/{name}": text
        for version, held in sorted(tables.by_version.items())
        for name, text in _files(version, held)
    }


def _files(version: str, held: Version) -> Iterator[tuple[str, str]]:
    elements: dict[str, Element] = {}
    composites: dict[str, Composite] = {}
    for segment in held.segments.values():
        _gather(segment.uses, elements, composites)
    standards = {schema.standard for schema in held.schemas.values()}
    called = f"{min(standards, default='X12')} {version}"
    tags = sorted({t for s in held.schemas.values() for t in s.defined_tags})
    yield (
        "elements.txt",
        _head(called, "data elements")
        + "".join(_element(one) for one in sorted(elements.values(), key=_order)),
    )
    yield (
        "segments.txt",
        _head(called, "composites and segments")
        + "".join(_piece(one.number, one) for _, one in sorted(composites.items()))
        + "".join(_piece(tag, one) for tag, one in sorted(held.segments.items())),
    )
    yield (
        "defined.txt",
        _head(called, "tags of segments that are known to be defined")
        + textwrap.fill(" ".join(tags), _WIDTH)
        + "\n",
    )
    for type_, schema in sorted(held.schemas.items()):
        yield f"{type_}.txt", _head(called, f"set {type_}") + _set(schema)


def _head(version: str, what: str) -> str:
    return f"# {version}: {what}\n# Imported; docs/tables.md describes the form.\n\n"


def _gather(
    uses: Iterable[ElementUse],
    elements: dict[str, Element],
    composites: dict[str, Composite],
) -> None:
    for use in uses:
        if isinstance(use.element, Composite):
            composites[use.element.number] = use.element
            _gather(use.element.uses, elements, composites)
        else:
            elements[use.element.number] = use.element


def _order(element: Element) -> tuple[bool, int, str]:
    """Numbers by value, those with a letter after them."""
    number = element.number
    return not number.isdigit(), int(number) if number.isdigit() else 0, number


def _entry(words: Iterable[str]) -> str:
    """An entry whose further lines are indented."""
    return (
        textwrap.fill(
            " ".join(words),
            _WIDTH,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _element(one: Element) -> str:
    words = [one.number, one.type, str(one.min), str(one.max), one.name]
    if one.codes:
        words += ["|", *sorted(one.codes)]
    return _entry(words)


def _piece(tag: str, one: Segment | Composite) -> str:
    words = [tag, one.name, "|", *map(_use, one.uses)]
    if one.conditions:
        words += ["|", *map(str, one.conditions)]
    return _entry(words)


def _use(use: ElementUse) -> str:
    repeat = "" if use.repeat == 1 else f"*{_limit(use.repeat)}"
    return f"{use.element.number}{'!' if use.mandatory else ''}{repeat}"


def _limit(times: int) -> str:
    return str(times) if times else "*"


def _set(schema: MessageSchema) -> str:
    first = f"set {schema.type} {schema.functional_id or '-'} {schema.name}\n"
    return first + "".join(f"{line}\n" for line in _nodes(schema.nodes, ""))


def _nodes(nodes: Iterable[SegmentUse | Loop], indent: str) -> Iterator[str]:
    for node in nodes:
        bang = "!" if node.mandatory else ""
        if isinstance(node, Loop):
            yield f"{indent}loop {node.name}{bang} {_limit(node.max)}"
            yield from _nodes(node.nodes, indent + "  ")
        else:
            yield f"{indent}{node.segment.tag}{bang} {_limit(node.max)}"
