"""A page of headings, paragraphs, tables and samples, as Markdown or as plain HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

__all__ = [
    "Block",
    "Cell",
    "Coded",
    "Heading",
    "Listing",
    "Para",
    "Table",
    "as_html",
    "as_markdown",
    "codes",
    "fragment",
]


@dataclass(frozen=True, slots=True)
class Coded:
    """Text that is shown as it is typed: a place, a code, a value."""

    text: str


Span: TypeAlias = str | Coded
Cell: TypeAlias = "Span | tuple[Span, ...]"


def codes(values: Iterable[str]) -> tuple[Span, ...]:
    """Several codes in one cell, a blank between them."""
    out: list[Span] = []
    for value in values:
        out += [" ", Coded(value)] if out else [Coded(value)]
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` 1 is the page's title."""

    level: int
    text: Cell


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    text: Cell


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines as they go over the wire, with where they come from."""

    lines: tuple[str, ...]
    source: str = ""


Block: TypeAlias = Heading | Para | Table | Listing

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_FENCE = re.compile("`{3,}")


def as_markdown(blocks: Sequence[Block]) -> str:
    """The page as Markdown with tables (GitHub's form)."""
    return "\n\n".join(map(_markdown, blocks)) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_inline(text)}"
        case Para(text):
            return _inline(text)
        case Table(head, rows):
            lines = [head, ("---",) * len(head)]
            body = [tuple(map(_inline, row)) for row in rows]
            return "\n".join(f"| {' | '.join(line)} |" for line in (*lines, *body))
        case Listing(lines, source):
            text = "\n".join(lines)
            ticks = max((len(m[0]) for m in _FENCE.finditer(text)), default=2) + 1
            fence = "`" * max(ticks, 3)
            told = f"{_inline(source)}\n\n" if source else ""
            return f"{told}{fence}\n{text}\n{fence}"
        case _:
            assert_never(block)


def _inline(cell: Cell) -> str:
    spans = cell if isinstance(cell, tuple) else (cell,)
    return "".join(map(_span, spans)).replace("\n", " ")


def _span(span: Span) -> str:
    if isinstance(span, str):
        return _SPECIAL.sub(r"\\\1", span)
    text = span.text.replace("|", r"\|")
    if "`" in text:
        return f"`` {text} ``"
    return f"`{text}`" if text else ""


_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:60em;"
    "padding:0 1em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #bbb;padding:.25em .6em;text-align:left;"
    "vertical-align:top}th{background:#eee}code,pre{font-family:ui-monospace,"
    "monospace}pre{background:#f4f4f4;padding:.6em;overflow-x:auto}"
    "@media print{h2,h3{break-after:avoid}tr{break-inside:avoid}}"
)


def as_html(blocks: Sequence[Block], *, lang: str = "en") -> str:
    """The page as one HTML file without scripts; ``lang`` is its ISO 639-1 code."""
    titles = [b.text for b in blocks if isinstance(b, Heading) and b.level == 1]
    title = _plain(titles[0]) if titles else ""
    body = "\n".join(map(_html, blocks))
    return (
        f'<!doctype html>\n<html lang="{html.escape(lang)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def fragment(blocks: Sequence[Block]) -> str:
    """The page as HTML to stand in another page, which has the title."""
    shown = (b for b in blocks if not (isinstance(b, Heading) and b.level == 1))
    return "\n".join(map(_html, shown))


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_marked(text)}</h{level}>"
        case Para(text):
            return f"<p>{_marked(text)}</p>"
        case Table(head, rows):
            top = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
            body = "".join(
                f"<tr>{''.join(f'<td>{_marked(cell)}</td>' for cell in row)}</tr>\n"
                for row in rows
            )
            return f"<table>\n<tr>{top}</tr>\n{body}</table>"
        case Listing(lines, source):
            told = f"<p>{_marked(source)}</p>\n" if source else ""
            return f"{told}<pre>{html.escape(chr(10).join(lines))}</pre>"
        case _:
            assert_never(block)


def _marked(cell: Cell) -> str:
    spans = cell if isinstance(cell, tuple) else (cell,)
    return "".join(
        html.escape(span)
        if isinstance(span, str)
        else f"<code>{html.escape(span.text)}</code>"
        for span in spans
    )


def _plain(cell: Cell) -> str:
    spans = cell if isinstance(cell, tuple) else (cell,)
    return "".join(span if isinstance(span, str) else span.text for span in spans)
