"""Find an ISA in bytes and read the separators from it (X12.5 interchange header)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from gateway.edi.events import Separators
from gateway.values import swift

WIDTH = 106
"""Bytes of an ISA with its terminator when all elements are padded."""
WINDOW = 512
"""An ISA whose 16 separators need more bytes than this is none."""

_TAG = "ISA"
_SHORTEST = 16
"""Bytes that the 16 separators need at least."""
_START = re.compile(rb"(?<![A-Za-z0-9])ISA(?=[^A-Za-z0-9])")
_BLANKS = b"\r\n\t \x00"
_LINE_ENDS = b"\r\n"


class Unread(Enum):
    """Why there is no ISA here."""

    MORE = "more bytes are needed"
    NONE = "these bytes are no ISA"


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class IsaRead:
    """An ISA in the data: ``start`` of its tag, ``end`` of its last element.

    ``padded`` is false when the elements have not their fixed widths; ``wrapped``
    is true when line breaks stand inside. ``wide`` is set when a separator is a
    character of two bytes in UTF-8: nothing behind such an ISA can be read.
    ``again`` says that one like it was read before, without a fault.
    """

    elements: tuple[str, ...]
    separators: Separators
    start: int
    end: int
    padded: bool
    wrapped: bool
    wide: Wide | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Wide:
    """A separator of two bytes: the finding's code, the ISA element, the character.

    ``offset`` is that of its first byte from the start of ISA.
    """

    code: str
    element: int
    offset: int
    character: str


def find(data: bytes, start: int) -> int:
    """Where the next possible ISA starts, or -1."""
    match = _START.search(data, start)
    return match.start() if match else -1


def read(data: bytes, start: int, *, final: bool) -> IsaRead | Unread:
    """The ISA at ``start``, found by its 16 separators, not by its width.

    ``final`` says that no more bytes will come.
    """
    if again := _like_before(data, start):
        return again
    if _PAIR.match(data, start + 3):
        return _wide_elements(data, start, final=final)
    mark = data[start + 3 : start + 4] + b"ISA"
    if mark in data[start + 3 : start + 3 + _SHORTEST]:
        return Unread.NONE  # the header proper is still to come
    last = _sixteenth_separator(data, start)
    if last < 0:
        short = len(data) - start < WINDOW and not final
        return Unread.MORE if short else Unread.NONE
    # what is behind the window never matters
    size, last = last + 1 + WINDOW - start, last - start
    window = data[start : start + size]
    cursor = _skip(window, last + 1, _LINE_ENDS)
    body = _skip(window, min(cursor + 2, len(window)), _BLANKS)
    if body >= len(window) < size and not final:
        return Unread.MORE
    return _header(window, last, cursor, start) or Unread.NONE


# A sender's headers differ in ISA09, ISA10 and ISA13 alone. Of one with all its widths,
# in which nothing was wrong, the rest is remembered: it takes a tenth of the time then.
_CHANGING = re.compile(
    rb"(?s).{70}([0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
    rb".((?:[01][0-9]|2[0-3])[0-5][0-9]).{9}([0-9]{9})"
).match
_BEHIND = 4
"""Bytes behind the terminator that are remembered: line ends, and what follows them."""
_MOST_KNOWN = 1024
_known: dict[bytes, IsaRead] = {}


def remember(data: bytes, head: IsaRead) -> None:
    """Note a header in which nothing was wrong, for those that are like it."""
    start, last = head.start, head.start + WIDTH - 1
    behind = data[last + 1 : last + 1 + _BEHIND]
    settled = len(behind) == _BEHIND and behind.strip(_BLANKS)
    usual = head.padded and not head.wrapped and not head.wide and head.end == last
    if settled and usual and data[last] not in _BLANKS:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[_fixed(data, start)] = head


def _fixed(data: bytes, start: int) -> bytes:
    """What stays the same, with the bytes behind that tell where the header ends."""
    dated, numbered = data[start : start + 70], data[start + 81 : start + 90]
    return dated + numbered + data[start + 99 : start + WIDTH + _BEHIND]


def _like_before(data: bytes, start: int) -> IsaRead | None:
    """The ISA at ``start``, if one like it is remembered."""
    changing = _CHANGING(data, start)
    like = _known.get(_fixed(data, start)) if changing else None
    if changing is None or like is None:
        return None
    date, time, number = changing.groups()
    elements = like.elements
    moment = (date.decode(), time.decode(), *elements[10:12], number.decode())
    return IsaRead(
        elements=(*elements[:8], *moment, *elements[13:]),
        separators=like.separators,
        start=start,
        end=start + WIDTH - 1,
        padded=True,
        wrapped=False,
        again=True,
    )


_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]")
"""A character of two bytes in UTF-8."""
_STAND_INS = b"*|+"


def _wide_elements(data: bytes, start: int, *, final: bool) -> IsaRead | Unread:
    """An ISA whose element separator has two bytes, read as if it had one."""
    pair, window = data[start + 3 : start + 5], data[start : start + 2 * WINDOW]
    stand_in = next((bytes([c]) for c in _STAND_INS if c not in window), b"*")
    head = read(window.replace(pair, stand_in), 0, final=final)
    if not isinstance(head, IsaRead):
        return head
    wide = Wide("ENV-036", 1, 3, pair.decode("utf-8"))
    return replace(head, start=start, end=start + head.end + 16, wide=wide)


def _wide_mark(data: bytes, last: int, end: int) -> Wide | None:
    """Whether ISA16 or the terminator behind it has two bytes.

    ``end`` is where ISA16 ends as one byte. Two separators of one byte each may look
    the same: then a tag or a line follows them, and behind a character of two bytes
    the terminator.
    """
    component = _PAIR.match(data, last + 1)
    behind = data[last + 3 : last + 4]
    if component and behind and not behind.isalnum() and behind not in _BLANKS:
        return Wide("ENV-037", 16, last + 1, component[0].decode("utf-8"))
    if terminator := _PAIR.match(data, end):
        return Wide("ENV-005", 16, end, terminator[0].decode("utf-8"))
    return None


def _header(data: bytes, last: int, cursor: int, start: int) -> IsaRead | None:
    """The ISA at the start of ``data``, ``last`` the place of its 16th separator."""
    if cursor >= len(data):
        return None
    component, terminator, end = _last_two(data, last + 1, cursor)
    head = data[: last + 1]
    elements = head.translate(None, _LINE_ENDS).decode("latin-1").split(chr(data[last]))
    if not terminator or _TAG in elements[1:]:
        return None
    elements[-1] = component
    after = end + len(terminator)
    suffix_end = _skip(data, after, _LINE_ENDS)
    separators = Separators(
        element=chr(data[last]),
        component="" if component.isalnum() else component,
        repetition=_repetition(elements[11], elements[12]),
        terminator=terminator.decode("latin-1"),
        suffix=data[after:suffix_end].decode("latin-1"),
    )
    wide = None if separators.all.isascii() else _wide_mark(data, last, end)
    if wide:  # what an answer is written with, nothing is read by them
        separators = Separators(element=separators.element, suffix="\n")
    return IsaRead(
        elements=tuple(elements[1:]),
        separators=separators,
        start=start,
        end=start + end,
        padded=[*map(len, elements)] == _WIDTHS,
        wrapped=any(byte in _LINE_ENDS for byte in head),
        wide=wide,
    )


_WIDTHS = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]


def _sixteenth_separator(data: bytes, start: int) -> int:
    separator = data[start + 3 : start + 4]
    if separator in (b"\r", b"\n"):
        return -1
    position = start + 2
    for _ in range(16):
        position = data.find(separator, position + 1, start + WINDOW)
        if position < 0:
            return -1
    return position


def _skip(data: bytes, start: int, what: bytes) -> int:
    end = len(data)
    while start < end and data[start] in what:
        start += 1
    return start


def _last_two(data: bytes, first: int, cursor: int) -> tuple[str, bytes, int]:
    """ISA16, the terminator, and where ISA16 ends."""
    here, behind = data[cursor : cursor + 1], data[cursor + 1 : cursor + 2]
    if cursor > first and here.isalnum():  # ISA16 is empty and lines end segments
        return "", _line_end(data, first), first
    if behind.isalnum():  # ISA16 is empty: what stands there is the terminator
        return "", here, cursor
    component = here.decode("latin-1")
    if behind and behind in _LINE_ENDS:
        beyond = _skip(data, cursor + 1, _LINE_ENDS)
        other = data[beyond : beyond + 1]
        if other and not other.isalnum() and other not in _BLANKS:
            return component, other, beyond  # the line was wrapped right here
        return component, _line_end(data, cursor + 1), cursor + 1
    return component, behind, cursor + 1


def _line_end(data: bytes, at: int) -> bytes:
    return b"\r\n" if data[at : at + 2] == b"\r\n" else data[at : at + 1]


def _repetition(isa11: str, isa12: str) -> str:
    """ISA11 separates repetitions from version 00402 on, if it is a symbol."""
    fits = len(isa11) == 1 and not isa11.isalnum() and isa11 != " "
    return isa11 if fits and isa12 >= "00402" else ""
