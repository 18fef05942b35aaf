"""How one interchange is laid out in bytes: separators, line breaks, encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.edi import events
from gateway.edi.events import Separators
from gateway.edi.x12 import charset
from gateway.findings import Findings, Where

BLANK = events.BLANK.encode("ascii")
_LINE_ENDS = b"\r\n"
_TAGS = (b"S T", b"S E", b"G S", b"G E", b"I S [ABE]", b"I E A", b"T A 1")
"""The tags of the envelope, letter by letter: ISB and ISE are those of services."""


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
    stray: re.Pattern[bytes]
    """Matches the beginning of a segment of the envelope, but for ISA."""

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
            + b"|".join(wrap.join(tag.split()) for tag in _TAGS)
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
        stray = re.compile(b"(?:G[SE]|S[TE]|IEA|TA1)" + re.escape(element))
        return cls(separators, encoding, boundary, ends, blank, oddity, stray)

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
            at = charset.first_other(raw, self.encoding)
            found.add("WIRE-010", what, self._where(raw, at, offset))
        end = self.separators.terminator[-1]
        count = text.count(end) + 1
        if not self.lines and raw.count(b"\n") != count - 1:
            self._find_wrapped(raw, offset, found)
        if self.oddity.search(text):
            text = self._tidy(text, raw, offset, found)
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
            where = self._where(raw, wrapped.start() + 1, offset)
            found.add("WIRE-007", "a segment is broken into lines", where)

    def _pieces(self, raw: bytes) -> Iterator[tuple[int, bytes]]:
        """What stands between terminators, with its start."""
        end = re.escape(self.ends)
        each = re.finditer(b"([^" + end + b"]*+)(?:[" + end + rb"]|\Z)", raw)
        return ((match.start(), match[1]) for match in each)

    def _where(self, raw: bytes, at: int, offset: int) -> Where:
        """The segment and element of a message that the byte ``at`` stands in."""
        position, start, whole = 0, 0, b""
        for begin, piece in self._pieces(raw):
            if begin > at:
                break
            start, whole = begin, piece
            position += bool(piece.strip(self.blank))
        return Where(
            segment_tag=self.row(whole)[0],
            segment_position=position,
            element=len(self.row(raw[start:at])) - 1,
            byte_offset=offset + at,
        )

    def _blank_at(self, raw: bytes) -> int:
        """Where the first blank beside a terminator stands; 0 if nowhere."""
        for start, piece in self._pieces(raw):
            bare = piece.strip(self.blank)
            first = piece.find(bare)
            sides = (
                (0, piece[:first]),
                (first + len(bare), piece[first + len(bare) :]),
            )
            for at, side in sides if bare else ():
                if blank := side.lstrip(_LINE_ENDS):
                    return start + at + len(side) - len(blank)
        return 0

    def _empty_at(self, raw: bytes) -> int:
        """Where a terminator stands right behind another one; 0 if nowhere."""
        blanks = ((s, p) for s, p in self._pieces(raw) if s and not p.strip(self.blank))
        return next((start + len(piece) for start, piece in blanks), 0)

    def _tidy(self, text: str, raw: bytes, offset: int, found: Findings) -> str:
        """Take blanks around segments and empty segments out."""
        end = self.separators.terminator[-1]
        blank = self.blank.decode("latin-1").replace(end, "")
        pieces = text.split(end)
        stripped = [piece.strip(blank) for piece in pieces] if blank else pieces
        if stripped != pieces:
            what = "blanks stand before a tag or a terminator"
            where = Where(byte_offset=offset + self._blank_at(raw))
            found.add("WIRE-008", what, where)
        segments = [piece for piece in stripped if piece]
        if len(segments) != len(stripped) and not self.lines:
            where = Where(byte_offset=offset + self._empty_at(raw))
            found.add("WIRE-011", "two terminators stand side by side", where)
        return end.join(segments)
