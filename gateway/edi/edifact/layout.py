"""How one interchange is laid out in bytes: service segments, line breaks, letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.edi import events
from gateway.edi.edifact import charset
from gateway.edi.edifact.events import Row, segment_of
from gateway.edi.edifact.marks import hidden
from gateway.edi.events import Separators
from gateway.findings import Findings, Where

__all__ = ["BLANK", "Body", "Layout"]

BLANK = events.BLANK.encode("ascii")
_LINE_ENDS = b"\r\n"
_TAGS = rb"U{0}N{0}[BEGHOPTZ]{0}"


@dataclass(frozen=True, slots=True)
class Body:
    """A message's text, its marks for released characters, its number of segments."""

    text: str
    marks: str
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What is needed to cut an interchange into messages.

    ``boundary`` matches a service segment from the terminator in front of it to the
    one behind it, which is left out; its first group is the segment. UNA, which has
    no terminator of its own, is matched by its letters.
    """

    separators: Separators
    codec: str
    identifier: str
    end: bytes
    release: bytes
    blank: bytes
    """Bytes that may stand between segments and carry no data."""
    boundary: re.Pattern[bytes]
    unfinished: re.Pattern[bytes]
    """Finds a UNA, at the end of the data, that more bytes may complete."""
    nested: re.Pattern[str]
    """Finds a tag with explicit nesting behind it."""

    @classmethod
    @lru_cache(maxsize=256)
    def of(
        cls, separators: Separators, end: bytes, codec: str, identifier: str
    ) -> Layout:
        """The layout of an interchange with these separators.

        ``codec`` is what it declares, empty if that is unknown; ``identifier`` is UNB
        0001. ``end`` are the bytes of the terminator.
        """
        release = separators.release.encode("latin-1")
        used = end + separators.all.encode("latin-1")
        blank = bytes(byte for byte in BLANK if byte not in used)
        stop = re.escape(end)
        between = b"[" + re.escape(blank) + b"]*+" if blank else b""
        inside = b"[^" + stop + re.escape(release) + b"]"
        if len(end) > 1:
            inside = b"(?:(?!" + stop + b")[^" + re.escape(release) + b"])"
        pair = re.escape(release) + b"." if release else b"(?!)"
        data = inside + b"*+(?:" + pair + inside + b"*+)*+"
        wrap = b"" if end in _LINE_ENDS else rb"[\r\n]*+"
        marks = (separators.element + separators.component).encode("latin-1")
        behind = b"(?=[" + re.escape(marks) + b"]|" + stop + b")"
        una = rb"UNA(?=[^0-9A-Za-z]{2}.{2}.[^0-9A-Za-z]" + between + b"UNB)"
        boundary = (
            (stop + between + b"(?:(" + _TAGS.replace(b"{0}", wrap) + behind + data)
            + (b")(?=" + stop + b")|" + una + b")")
        )  # fmt: skip
        tag = f"{re.escape(separators.terminator)}[A-Z][A-Z0-9]{{2}}"
        return cls(
            separators,
            codec,
            identifier,
            end,
            release,
            blank,
            re.compile(boundary, re.DOTALL),
            re.compile(
                stop + between + rb"U(?:N(?:A.{0,6}" + between + rb"(?:UN?)?)?)?\Z",
                re.DOTALL,
            ),
            re.compile(tag + re.escape(separators.component)),
        )

    def is_end(self, data: bytes, at: int) -> bool:
        """Whether the terminator at a place in the data is one: it is not released."""
        release = self.release
        if not release:
            return True
        start = at
        while start and data[start - 1 : start] == release:
            start -= 1
        return not (at - start) % 2

    def last_end(self, data: bytes) -> int:
        """Where the last terminator stands in ``data``, or -1."""
        at = data.rfind(self.end)
        while at >= 0 and not self.is_end(data, at):
            at = data.rfind(self.end, 0, at)
        return at

    def row(self, raw: bytes) -> Row:
        """A service segment taken apart, tag first."""
        if b"\n" in raw or b"\r" in raw:
            raw = raw.translate(None, _LINE_ENDS)
        text = charset.decode(raw, self.codec).text
        return segment_of(*self._hidden(text))

    def _hidden(self, text: str) -> tuple[str, Separators, str]:
        text, marks = hidden(text, self.separators)
        return text, self.separators, marks

    def body(self, raw: bytes, offset: int, found: Findings) -> Body:
        """A message's text without what is no data.

        What is taken out is found, never silently: wrapped lines, blanks in front of
        segments, empty segments, bytes and characters of another set.
        """
        data = self._one_line(raw, offset, found)
        decoded = charset.decode(self._plain_ends(data), self.codec)
        if decoded.guessed:
            at = next((n for n, byte in enumerate(raw) if byte > 127), 0)
            declared = self.identifier or "no set"
            what = f"not all bytes are {declared}; they were read as {decoded.codec}"
            found.add("WIRE-010", what, Where(byte_offset=offset + at))
        marks = self.separators.all.encode("latin-1", "replace")
        foreign = charset.outside(raw, self.identifier, marks + self.end)
        if foreign >= 0:
            what = f"{self.identifier} does not have {chr(raw[foreign])!r}"
            found.add("WIRE-014", what, Where(byte_offset=offset + foreign))
        text, marks_ = hidden(decoded.text, self.separators)
        text = self._tidy(text, raw, offset, found)
        return Body(text, marks_, text.count(self.separators.terminator) + 1)

    def _plain_ends(self, data: bytes) -> bytes:
        """The bytes with a plain apostrophe where a typographic one ends a segment."""
        end = self.separators.terminator.encode("latin-1")
        if self.end == end:
            return data
        # a plain one is data there
        released = self.release + end
        data = data.replace(released, end).replace(end, released)
        return data.replace(self.end, end)

    # Line breaks.

    def _one_line(self, raw: bytes, offset: int, found: Findings) -> bytes:
        """The bytes without line breaks that are no data."""
        if self.end in _LINE_ENDS:
            other = b"\r" if self.end == b"\n" else b"\n"
            return raw.replace(other, b"")
        if b"\r" not in raw and b"\n" not in raw:
            return raw
        data = raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw
        if not (self.release and self.release + self.end + b"\n" in data):
            data = data.replace(self.end + b"\n", self.end)
        if b"\n" not in data and b"\r" not in data:
            return data
        at = self._wrapped_at(raw)
        if at < 0 or not _one_width(raw):  # breaks that are left are told as characters
            return self._without_breaks(raw)
        what = "line breaks stand inside of segments"
        found.add("WIRE-007", what, Where(byte_offset=offset + at))
        return raw.translate(None, _LINE_ENDS)

    def _pieces(self, raw: bytes) -> Iterator[tuple[int, bytes]]:
        """Each segment in the bytes with all that stands around it, and its start."""
        start = 0
        at = raw.find(self.end)
        while at >= 0:
            if self.is_end(raw, at):
                yield start, raw[start:at]
                start = at + len(self.end)
            at = raw.find(self.end, at + len(self.end))
        yield start, raw[start:]

    def _wrapped_at(self, raw: bytes) -> int:
        """Where a line break stands inside of a segment; -1 if nowhere."""
        for start, piece in self._pieces(raw):
            bare = piece.lstrip(_LINE_ENDS)
            breaks = [at for at in map(bare.find, (b"\r", b"\n")) if at >= 0]
            if breaks:
                return start + len(piece) - len(bare) + min(breaks)
        return -1

    def _without_breaks(self, raw: bytes) -> bytes:
        pieces = (piece.lstrip(_LINE_ENDS) for _, piece in self._pieces(raw))
        return self.end.join(pieces)

    # What is no data.

    def _tidy(self, text: str, raw: bytes, offset: int, found: Findings) -> str:
        """Take out blanks in front of segments, empty segments, explicit nesting."""
        end = self.separators.terminator
        blank = self.blank.decode("latin-1")
        # most blanks are nowhere in a text: they are looked for alone, which is quicker
        if end + end in text or any([b in text and end + b in text for b in blank]):
            pieces = text.split(end)
            bare = [piece.lstrip(blank) for piece in pieces]
            if bare != pieces and any(
                b and b != p for b, p in zip(bare, pieces, strict=True)
            ):
                where = Where(byte_offset=offset + self._blank_at(raw))
                found.add("WIRE-008", "blanks stand in front of a segment", where)
            segments = [piece for piece in bare if piece]
            if len(segments) != len(bare):
                where = Where(byte_offset=offset + self._empty_at(raw))
                found.add("WIRE-011", "two terminators stand side by side", where)
            text = end.join(segments)
        if nested := self.nested.search(text):
            text = self._flat(text, nested.start(), raw, offset, found)
        return text

    def _blank_at(self, raw: bytes) -> int:
        for start, piece in self._pieces(raw):
            bare = piece.lstrip(self.blank)
            front = piece[: len(piece) - len(bare)].lstrip(_LINE_ENDS)
            if bare and front:
                return start + len(piece) - len(bare) - len(front)
        return 0

    def _empty_at(self, raw: bytes) -> int:
        pieces = self._pieces(raw)
        return next((s + len(p) for s, p in pieces if not p.strip(self.blank)), 0)

    def _flat(
        self, text: str, at: int, raw: bytes, offset: int, found: Findings
    ) -> str:
        """The text with the bare tags; ISO 9735 up to version 3 let them be nested."""
        its = self.separators
        segments = text.split(its.terminator)
        number = text.count(its.terminator, 0, at)
        starts = [
            start + len(piece) - len(bare)
            for start, piece in self._pieces(raw)
            if (bare := piece.lstrip(self.blank))
        ]
        start = starts[min(number + 1, len(starts) - 1)]
        where = Where(
            segment_tag=segments[number + 1][:3],
            segment_position=number + 2,
            byte_offset=offset + start,
        )
        found.add("ENV-309", "the tag has indices of nesting behind it", where)
        return its.terminator.join(map(self._bare, segments))

    def _bare(self, segment: str) -> str:
        tag, mark, rest = segment.partition(self.separators.element)
        return tag.partition(self.separators.component)[0] + mark + rest


def _one_width(raw: bytes) -> bool:
    """Whether all whole lines have one length, which the first and last keep below.

    The first may begin within a line of the transmission.
    """
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    first, *whole, last = map(len, lines)
    return len(set(whole)) == 1 and max(first, last) <= whole[0]
