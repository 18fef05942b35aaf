"""Texts of an 855: N9 with MSG lines."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.edi.x12.writer import Row
from gateway.mappers.x12_855.fit import Fit, row

_LINE = 264
_MOST_LINES = 1000


def note_rows(fit: Fit, reason: str, text: str) -> Iterator[Row]:
    """N9 L1 with the finding's code, if there is one, and the text in MSG lines.

    Texts are cut at 264 characters a line (DE 933), at a blank where there is one.
    """
    parts = (fit.clean(part, "MSG-01") for part in text.splitlines())
    lines = [line for part in parts for line in _lines(part)]
    if not lines:
        return
    code = fit.id(reason, 30, "N9-02")
    yield row("N9", "L1", code, "" if code else "NOTE")
    if len(lines) > _MOST_LINES:
        fit.cut(f"cut to {_MOST_LINES} lines", text, "MSG-01")
    yield from (("MSG", line) for line in lines[:_MOST_LINES])


def _lines(rest: str) -> Iterator[str]:
    while len(rest) > _LINE:
        cut = rest.rfind(" ", 1, _LINE + 1)
        cut = cut if cut > 0 else _LINE
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest
