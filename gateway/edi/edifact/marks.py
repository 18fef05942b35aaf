"""Released characters as marks: text that can be split without a thought of them.

Behind a release character every character is data. ``hidden`` puts one strange
character in the place of each such pair, so that a text is split, counted and matched
as if nothing was released; ``table`` leads back to what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from gateway.edi.events import Separators

__all__ = ["hidden", "table"]

_STRANGE = range(0xA840, 0xD7A4)
"""Letters and syllables of scripts that seldom meet in one text, all printable."""


def hidden(text: str, separators: Separators) -> tuple[str, str]:
    """The text with marks for what is released, and the marks.

    They stand in the order of ``Separators.all``; there are none where nothing is
    released. A release character in front of another character is taken out.
    """
    release = separators.release
    if not release or release not in text:
        return text, ""
    marks = _unused(text, len(separators.all))
    of = dict(zip(separators.all, marks, strict=True))
    pieces = iter(text.split(release))
    out = [next(pieces)]
    for piece in pieces:
        if piece:
            mark = of.get(piece[0])
            out.append(piece if mark is None else mark + piece[1:])
        else:  # a release character that is released, or the last of the text
            out += [marks[-1] + after for after in islice(pieces, 1)]
    return "".join(out), marks


def _unused(text: str, count: int) -> str:
    marks = ""
    for mark in map(chr, _STRANGE):
        if mark not in text:
            marks += mark
            if len(marks) == count:
                break
    return marks.ljust(count, "\ufffd")  # a text of every script there is


def table(marks: str, separators: Separators) -> Mapping[int, str]:
    """What ``str.translate`` takes to put the characters back."""
    return {ord(m): c for m, c in zip(marks, separators.all, strict=False)}
