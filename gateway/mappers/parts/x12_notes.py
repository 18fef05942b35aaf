"""Texts of an 855: N9 with MSG lines, or MTX from 005010 on."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, row

_MOST_LINES = 1000


def note_rows(fit: Fit, reason: str, text: str) -> Iterator[Row]:
    """N9 L1 with the finding's code, if there is one, and the text in lines behind it.

    Texts are cut at the longest line of the version, at a blank where there is one.
    """
    start, longest = fit.edition.text, fit.edition.longest_text
    place = f"{start[0]}-{len(start):02d}"
    parts = (fit.clean(part, place) for part in text.splitlines())
    lines = [line for part in parts for line in _lines(part, longest)]
    if not lines:
        return
    code = fit.reference(reason, "N9-02")
    yield row("N9", "L1", code, "" if code else "NOTE")
    if len(lines) > _MOST_LINES:
        fit.cut(f"cut to {_MOST_LINES} lines", text, place)
    yield from ((*start, line) for line in lines[:_MOST_LINES])


def _lines(rest: str, longest: int) -> Iterator[str]:
    while len(rest) > longest:
        cut = rest.rfind(" ", 1, longest + 1)
        cut = cut if cut > 0 else longest
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest
