"""Where an interchange begins and by which service characters it is cut.

UNA names them; without it the usual ones hold, but for what UNB itself shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.edi.events import BLANK, Separators
from gateway.findings import Findings, Where

__all__ = ["DEFAULT", "Head", "find", "separators_of"]

DEFAULT = Separators(element="+", component=":", terminator="'", release="?")
"""The service characters where there is no UNA."""
REPETITION = "*"
"""The usual repetition separator of syntax 4."""
_UNA_BYTES = 9
_QUOTES = ("\u2019".encode(), "\u2019".encode("cp1252"))
"""A typographic apostrophe, as an editor makes it of the plain one."""
_QUOTED = re.compile(rb"(" + b"|".join(_QUOTES) + rb")[\r\n ]*+UN[GH]")
_LOOK_AHEAD = 1024
"""Bytes of an interchange without UNA in which its first terminator is looked for."""
_BLANK = BLANK.encode("ascii")
_BEGIN = re.compile(
    rb"UNA(?=[^0-9A-Za-z]{2}.{2}.[^0-9A-Za-z])|UN[BGH](?=[^0-9A-Za-z ])", re.DOTALL
)
_UNB = re.compile(rb"UNB(.)[A-Z]{3}[A-Z0-9]([^0-9A-Za-z])[0-9]", re.DOTALL)
_HEADS = (b"UNB", b"UNG", b"UNH")
_IS_CHARACTERS = Separators(element="\x1d", component="\x1f", terminator="\x1c")
"""What syntax versions 1 to 3 foresee for UNOB; nothing is released in it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of an interchange.

    ``una`` has the six characters behind the letters UNA, if they were sent. ``start``
    is where UNA or the first segment starts, ``body`` where the segments start.
    ``end`` are the bytes that end a segment: a typographic apostrophe has three.
    """

    start: int
    body: int
    una: str
    separators: Separators
    end: bytes


def find(data: bytes, start: int, *, final: bool) -> Head | int:
    """The next interchange in ``data``, or up to where there is none.

    All that stands in front of the number may be forgotten: what follows it can still
    become one.
    """
    while True:
        match = _BEGIN.search(data, start)
        if match is None:
            # the letters, UNA's characters, blanks: nothing shorter can be told
            return len(data) if final else max(start, len(data) - _UNA_BYTES)
        at = match.start()
        if match[0] != b"UNA":
            head = data[at : at + _LOOK_AHEAD]
            if len(head) < _LOOK_AHEAD and b"'" not in head[10:] and not final:
                return at
            its = _without_una(head)
            return Head(at, at, "", its, _end_without_una(head, its))
        body, end = _behind_una(data, at)
        if len(data) - body < 3 and not final:
            return at
        if data[body : body + 3] in _HEADS:
            una = data[at + 3 : at + _UNA_BYTES].decode("latin-1")
            if end in _QUOTES:
                una = f"{una[:5]}'"
            return Head(at, body, una, _of_una(una), end)
        start = at + 3


def _behind_una(data: bytes, at: int) -> tuple[int, bytes]:
    """Where the segments start behind UNA, and the bytes of its terminator."""
    end = data[at + _UNA_BYTES - 1 : at + _UNA_BYTES]
    if data.startswith(_QUOTES[0], at + _UNA_BYTES - 1):
        end = _QUOTES[0]
    body = at + _UNA_BYTES - 1 + len(end)
    while data[body : body + 1] and data[body : body + 1] in _BLANK:
        body += 1
    return body, end


def _of_una(una: str) -> Separators:
    component, element, decimal, release, _, terminator = (*una,)
    return Separators(
        element=element,
        component=component,
        terminator=terminator,
        release=release.strip(" "),
        decimal=decimal if decimal in ",." else "",
    )


def _without_una(head: bytes) -> Separators:
    """The usual characters, but for those that the first segment shows."""
    element = head[3:4].decode("latin-1")
    if element == _IS_CHARACTERS.element:
        return _IS_CHARACTERS
    shown = _UNB.match(head)
    component = shown[2].decode("latin-1") if shown else DEFAULT.component
    return Separators(element=element, component=component, terminator="'", release="?")


def _end_without_una(head: bytes, its: Separators) -> bytes:
    quoted = _QUOTED.search(head)
    if quoted and b"'" not in head[: quoted.start()]:
        return quoted[1]
    return its.terminator.encode("latin-1")


def separators_of(head: Head, syntax: int, found: Findings, offset: int) -> Separators:
    """The service characters under a syntax version; what is wrong with them is found.

    ``offset`` is that of UNA, or of the first segment, in the transmission.
    """
    its = head.separators
    repetition = ""
    if syntax >= 4:
        named = head.una[4:5] or REPETITION
        repetition = named.strip(" ")
    its = Separators(
        element=its.element,
        component=its.component,
        repetition=repetition,
        terminator=its.terminator,
        release=its.release,
        decimal=its.decimal if syntax < 4 else "",
    )
    where = Where(segment_tag="UNA" if head.una else "UNB", byte_offset=offset)
    seen = ""
    for character in its.all:
        if character.isalnum() or character in seen:
            what = f"{character!r} is a letter or digit, or has two meanings"
            found.add("ENV-302", what, where, character)
        seen += character
    if not head.una and its.element not in (DEFAULT.element, _IS_CHARACTERS.element):
        what = f"{its.element!r} separates elements, and no UNA says so"
        found.add("ENV-302", what, where, its.element)
    if head.end in _QUOTES:
        found.add("WIRE-016", "segments end with a typographic apostrophe", where)
    return its
