"""How one interchange is laid out in bytes: separators, line breaks, encoding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.edi import events
from gateway.edi.events import Separators
from gateway.edi.x12 import charset
from gateway.findings import Findings, Where

BLANK = events.BLANK.encode("ascii")
_LINE_ENDS = b"\r\n"
_TAGS = (b"ST", b"SE", b"GS", b"GE", b"ISA", b"IEA", b"TA1")


def _letters(tag: bytes) -> list[bytes]:
    return [tag[i : i + 1] for i in range(len(tag))]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is needed to cut an interchange into segments.

    ``boundary`` matches an envelope segment from the terminator in front of it to
    the one behind it, which is left out; its first group starts at the tag.
    """

    separators: Separators
    encoding: str
    boundary: re.Pattern[bytes]
    ends: bytes
    """The bytes that end a segment: one, or CR and LF."""
    blank: bytes
    """Bytes that may stand between segments and carry no data."""
    oddity: re.Pattern[str]
    """Finds a blank beside a terminator, or a second terminator."""

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, separators: Separators, encoding: str) -> Layout:
        """The layout of an interchange with these separators."""
        ends = separators.terminator.encode("latin-1")
        if ends in (b"\n", b"\r", b"\r\n"):
            ends = _LINE_ENDS
        element = separators.element.encode("latin-1")
        data = (separators.element + separators.component).encode("latin-1")
        blank = bytes(byte for byte in BLANK if byte not in data)
        end = b"[" + re.escape(ends) + b"]"
        # a terminator right before the blanks will do: no run is looked at twice
        between = bytes(byte for byte in blank if byte not in ends)
        inside = b"[^" + re.escape(ends) + b"]*+"
        # a line end inside a tag is a wrapped line, unless it is the terminator
        wrap = b"" if ends == _LINE_ENDS else rb"[\r\n]*+"
        boundary = re.compile(
            end
            + (b"[" + re.escape(between) + b"]*+" if between else b"")
            + b"((?:"
            + b"|".join(wrap.join(_letters(tag)) for tag in _TAGS)
            + b")"
            + wrap
            + b"(?:"
            + re.escape(element)
            + inside
            + b")?+)(?="
            + end
            + b")"
        )
        if element in ends:  # nothing can be told apart
            boundary = re.compile(rb"(?!)()")
        if not separators.all.isascii():
            encoding = "latin-1"
        mark = re.escape(separators.terminator[-1])
        beside = re.escape(blank.decode("latin-1")) + mark
        oddity = re.compile(f"{mark}(?:(?<=[{beside}]{mark})|(?=[{beside}]))")
        return cls(separators, encoding, boundary, ends, blank, oddity)

    @property
    def lines(self) -> bool:
        """Whether line ends terminate segments."""
        return self.ends == _LINE_ENDS

    @property
    def end_marks(self) -> bytes:
        """Bytes that may follow the last terminator and mean nothing."""
        separators = self.separators.element + self.separators.component
        no_marks = self.ends if not self.lines else b""
        no_marks += separators.encode("latin-1")
        return bytes(byte for byte in BLANK + b"\x1a" if byte not in no_marks)

    def last_end(self, data: bytes) -> int:
        """Where the last terminator stands in ``data``, or -1."""
        return max(data.rfind(self.ends[i : i + 1]) for i in range(len(self.ends)))

    def row(self, raw: bytes) -> list[str]:
        """The elements of one segment, tag first."""
        text = raw.translate(None, _LINE_ENDS).strip(self.blank).decode("latin-1")
        return text.split(self.separators.element)

    def text(self, raw: bytes, offset: int, found: Findings) -> tuple[str, int]:
        """A message's text without what is no data, and its number of segments.

        What is taken out is found, never silently: wrapped lines, blanks around
        segments, empty segments, characters of another encoding.
        """
        text, guessed = charset.decode(self._one_line(raw), self.encoding)
        if guessed:
            what = f"not all bytes are {self.encoding}; they were read as Latin-1"
            found.add("WIRE-010", what, Where(byte_offset=offset))
        end = self.separators.terminator[-1]
        count = text.count(end) + 1
        if not self.lines and raw.count(b"\n") != count - 1:
            self._find_wrapped(raw, offset, found)
        if self.oddity.search(text):
            text = self._tidy(text, offset, found)
            count = text.count(end) + 1
        return text, count

    def _one_line(self, raw: bytes) -> bytes:
        if not self.lines:
            return raw.replace(b"\n", b"").replace(b"\r", b"")
        if b"\r" in raw and self.separators.terminator != "\r":
            return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" in raw and self.separators.terminator == "\r":
            return raw.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        return raw

    def _find_wrapped(self, raw: bytes, offset: int, found: Findings) -> None:
        outside = b"[^" + re.escape(self.ends) + rb"\s][ ]*+[\r\n]"
        if wrapped := re.search(outside, raw):
            where = Where(byte_offset=offset + wrapped.start() + 1)
            found.add("WIRE-007", "a segment is broken into lines", where)

    def _tidy(self, text: str, offset: int, found: Findings) -> str:
        """Take blanks around segments and empty segments out."""
        end, where = self.separators.terminator[-1], Where(byte_offset=offset)
        blank = self.blank.decode("latin-1").replace(end, "")
        pieces = text.split(end)
        stripped = [piece.strip(blank) for piece in pieces] if blank else pieces
        if stripped != pieces:
            what = "blanks stand before a tag or a terminator"
            found.add("WIRE-008", what, where)
        segments = [piece for piece in stripped if piece]
        if len(segments) != len(stripped) and not self.lines:
            found.add("WIRE-011", "two terminators stand side by side", where)
        return end.join(segments)
