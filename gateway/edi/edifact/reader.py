"""Read EDIFACT interchanges from bytes in any pieces: one event per message.

The reader finds the service segments with one regular expression and leaves the inside
of a message alone. It works in bytes, never raises for any input and holds one message
at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from gateway.edi.collected import Collected
from gateway.edi.edifact import charset, envelope, una
from gateway.edi.edifact.envelope import Header
from gateway.edi.edifact.events import (
    EdifactEvent,
    EdifactMessage,
    Row,
    UnbRead,
    UngRead,
)
from gateway.edi.edifact.layout import BLANK, Layout
from gateway.edi.events import Fault, GroupEnded, InterchangeEnded
from gateway.edi.limits import Limits
from gateway.findings import Finding, Findings, Where

__all__ = ["EdifactReader"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PIECE = 64 * 1024
"""Bytes looked at in one go, so that what is left over is not copied often."""
_MOST_FAULTS = 1000
"""Misplaced service segments told of one interchange; more say nothing new."""
_LONGEST_NUMBER = 35
"""Control numbers up to this length are remembered; longer ones are at fault anyway."""
_NO_UNB: Row = (("UNB",),)


class _Collected(Collected):
    """A message from its UNH on."""

    __slots__ = ("unh",)

    def __init__(self, unh: bytes, offset: int) -> None:
        super().__init__(offset)
        self.unh = unh


class EdifactReader:
    """Bytes in, events out. How the bytes are cut never changes the events."""

    def __init__(
        self,
        limits: Limits | None = None,
        encoding: Callable[[UnbRead], str] | None = None,
        header: Header = envelope.LAX,
    ) -> None:
        """``encoding`` may name a sender's codec in place of the declared one.

        It is asked for each interchange; the empty text means none. ``header`` checks
        the elements of service segments (``Directories.header``).
        """
        self._limits = limits or Limits()
        self._encoding = encoding
        self._header = header
        self._data = b""
        self._base = 0
        self._hashed = 0
        self._added = 0
        self._end = 0
        self._read_any = False
        self._junk = -1
        self._events: list[EdifactEvent] = []
        self._leave()

    def _leave(self) -> None:
        """Be between interchanges."""
        self._behind = 0
        self._unb: UnbRead | None = None
        self._group: UngRead | None = None
        self._group_type = ""
        self._open: _Collected | None = None
        self._groups = 0
        self._misplaces = 0
        self._messages = 0
        self._ungrouped = 0
        self._numbers: set[str] = set()
        self._group_numbers: set[str] = set()

    def receive(self, data: bytes) -> list[EdifactEvent]:
        """Take the next bytes; return what was completed by them."""
        if len(data) <= _PIECE:
            return self._receive(data)
        events: list[EdifactEvent] = []
        for start in range(0, len(data), _PIECE):
            events += self._receive(data[start : start + _PIECE])
        return events

    def _receive(self, data: bytes) -> list[EdifactEvent]:
        self._data = self._data + data if self._data else data
        return self._run(final=False)

    def finish(self) -> list[EdifactEvent]:
        """Say that no more bytes will come; return what is left."""
        events = self._run(final=True)
        if not self._read_any:
            what = "no UNB, UNG or UNH was found"
            return [Fault(Finding.of("WIRE-001", what, Where(byte_offset=0)))]
        self._end_junk()
        events += self._events
        self._events = []
        return events

    def _run(self, *, final: bool) -> list[EdifactEvent]:
        going = True
        while going:
            going = self._body(final) if self._unb else self._seek(final)
        events, self._events = self._events, []
        return events

    def _advance(self, count: int) -> None:
        self._data = self._data[count:]
        self._base += count
        self._hashed = max(self._hashed - count, 0)

    def _misplaced(self, what: str, offset: int) -> None:
        self._misplaces += 1
        if self._misplaces <= _MOST_FAULTS:
            self._fault("ENV-007", what, offset)

    def _fault(self, code: str, what: str, offset: int, tag: str = "") -> None:
        where = Where(segment_tag=tag, byte_offset=offset)
        self._events.append(Fault(Finding.of(code, what, where)))

    def _note_junk(self, piece: bytes, offset: int, blank: bytes) -> None:
        """Remember where data start that belong to nothing."""
        if self._junk >= 0:
            return
        rest = piece.lstrip(blank)
        if not offset and piece.startswith(_BYTE_ORDER_MARK):
            self._fault("WIRE-005", "a UTF-8 byte order mark comes first", 0)
            rest = piece[3:].lstrip(blank)
        if rest:
            self._junk = offset + len(piece) - len(rest)

    def _end_junk(self) -> None:
        if self._junk >= 0:
            what = "these data belong to no message"
            if self._unb:
                self._misplaced(what, self._junk)
            else:
                self._fault("WIRE-004", what, self._junk)
            self._junk = -1

    # Between interchanges.

    def _seek(self, final: bool) -> bool:
        """Look for an interchange; true when its first segment was read."""
        head = una.find(self._data, self._behind, final=final)
        if isinstance(head, una.Head):
            return self._begin(head, final)
        start = min(head, len(self._data))
        if self._base or start > 2 or final:  # a byte order mark is seen whole
            self._note_junk(self._data[:start], self._base, BLANK + b"\x1a")
            self._advance(start)
            self._behind = 0
        return False

    def _begin(self, head: una.Head, final: bool) -> bool:
        """Read the first segment; false where it is not there as a whole."""
        layout = Layout.of(head.separators, head.end, "latin-1", "")
        stop = self._first_end(head, layout)
        if stop < 0 and len(self._data) >= head.body + self._most:
            self._behind = head.start + len(b"UNB")  # no header is this long
            return True
        if stop < 0 and not final:
            return False
        self._note_junk(self._data[: head.start], self._base, BLANK + b"\x1a")
        self._end_junk()
        self._read_any = True
        size = len(self._data) if stop < 0 else stop
        first = self._data[head.body : size]
        offset = self._base + head.start
        self._digest = hashlib.sha256(self._data[head.start : head.body])
        if first.startswith(b"UNB"):
            self._begin_with(layout.row(first), head, offset)
            self._digest.update(self._data[head.body : size])
            self._advance(size)
            if stop < 0:
                self._fault("WIRE-009", "UNB has no terminator", self._base, "UNB")
                self._data = head.end + self._data
                self._base -= len(head.end)
        else:
            self._begin_with(_NO_UNB, head, offset)
            what = "messages stand here without UNB in front of them"
            self._fault("ENV-310", what, offset, "UNB")
            self._advance(head.body)
            self._data = head.end + self._data
            self._base -= len(head.end)
            self._hashed = len(head.end)
        return True

    def _first_end(self, head: una.Head, layout: Layout) -> int:
        """Where the first segment ends; -1 if its terminator is not in reach."""
        most = head.body + self._most
        at = self._data.find(head.end, head.body, most)
        while at >= 0 and not layout.is_end(self._data, at):
            at = self._data.find(head.end, at + 1, most)
        return at

    @property
    def _most(self) -> int:
        return self._limits.segment_bytes

    def _begin_with(self, unb: Row, head: una.Head, offset: int) -> None:
        found = Findings()
        begun = UnbRead(
            unb=unb,
            separators=head.separators,
            byte_offset=offset,
            encoding="",
            has_una=bool(head.una),
        )
        separators = una.separators_of(head, begun.syntax, found, offset)
        declared = charset.codec_of(begun.syntax_identifier, begun.part(1, 4))
        agreed = self._encoding(begun) if self._encoding else ""
        codec = agreed or declared
        self._layout = Layout.of(
            separators, head.end, codec, "" if agreed else begun.syntax_identifier
        )
        self._unb = UnbRead(
            unb=unb,
            separators=separators,
            byte_offset=offset,
            encoding=codec,
            has_una=bool(head.una),
        )
        self._events.append(self._unb)
        if len(unb) > 1:
            place = self._base + head.body
            found.extend(envelope.unb_findings(self._unb, codec, self._header, place))
        self._events += map(Fault, found)

    # Inside an interchange. The data start with the terminator of what came before.

    def _body(self, final: bool) -> bool:
        """Read what the data hold; true when the interchange ended before them."""
        layout = self._layout
        if final:
            self._terminate()
        data, base, taken = self._data, self._base, 0
        width = len(layout.end)
        for match in layout.boundary.finditer(data):
            if not layout.is_end(data, match.start()):
                continue
            if match.end() - match.start() > self._most:
                continue
            raw = match[1]
            tag = raw.translate(None, b"\r\n")[:3] if raw else b"UNA"
            if tag == b"UNT" and self._open:
                self._take(data[taken : match.end()], base + taken)
                self._end_message(layout.row(raw), base + match.start(1))
                taken = match.end()
                continue
            self._take(data[taken : match.start()], base + taken)
            begins = tag in (b"UNA", b"UNB")
            start = match.end() - 3 if tag == b"UNA" else match.start(1)
            taken = start if begins or tag == b"UNH" else match.end()
            if begins or tag == b"UNZ":
                self._digest.update(data[self._hashed : taken])
            self._service_segment(tag.decode("ascii"), raw or b"UNA", base + start)
            if self._unb is None:
                self._advance(taken if begins else taken + width)
                if self._added:  # the end of the data is no part of what follows
                    self._data, self._added = self._data[:-width], 0
                return bool(self._data)
        self._keep(taken, final)
        return False

    def _terminate(self) -> None:
        """End the last segment when the data do not."""
        layout = self._layout
        self._end = self._base + len(self._data)
        data = self._data.rstrip(layout.blank + b"\x1a")
        self._tail = self._data[max(len(data), self._hashed) :]
        if layout.last_end(data) != len(data) - len(layout.end) or not data:
            self._fault("WIRE-009", "the last segment has no terminator", self._end)
            if not layout.is_end(data, len(data)):
                data += layout.release  # a release character alone releases nothing
            data += layout.end
            self._added = len(layout.end)
        self._data = data

    def _keep(self, taken: int, final: bool) -> None:
        """Collect up to the last terminator and keep the segment behind it."""
        data = self._data
        if final:
            cut = len(data) - self._added
        else:
            cut = self._layout.last_end(data)
            unfinished = self._layout.unfinished.search(data, max(cut - 80, taken))
            if unfinished and self._layout.is_end(data, unfinished.start()):
                cut = unfinished.start()
        if cut > taken:
            self._take(data[taken:cut], self._base + taken)
            taken = cut
        self._digest.update(data[self._hashed : taken])
        if final:
            self._digest.update(self._tail)
            self._close(self._end)
            self._data = b""
            return
        self._hashed = max(self._hashed, taken)
        self._advance(taken)
        extra = len(self._data) - 2 * len(self._layout.end)
        if extra > self._most:
            self._drop()

    def _drop(self) -> None:
        """Forget a segment that is over its limit, but that it is one."""
        end = self._layout.end
        # a terminator at the end of what is forgotten may be released
        odd = not self._layout.is_end(self._data, len(self._data))
        kept = end + b"#" + (self._layout.release if odd else b"")
        extra = len(self._data) - len(kept)
        if self._open:
            self._open.skip(extra)
        else:
            self._note_junk(self._data, self._base, self._blank())
        self._digest.update(self._data[self._hashed :])
        self._data = kept
        self._base += extra
        self._hashed = len(kept)

    def _blank(self) -> bytes:
        return self._layout.blank + self._layout.end

    def _take(self, piece: bytes, offset: int) -> None:
        if self._open:
            self._open.add(piece, self._limits.message_bytes)
        elif piece:
            self._note_junk(piece, offset, self._blank())

    def _service_segment(self, tag: str, raw: bytes, offset: int) -> None:
        """Any service segment but a UNT that ends a message."""
        if self._open:
            self._end_message(None, offset)
        self._end_junk()
        match tag:
            case "UNH":
                self._begin_message(raw, offset)
            case "UNG":
                self._begin_group(self._layout.row(raw), offset)
            case "UNE":
                self._end_group(self._layout.row(raw), offset)
            case "UNZ":
                self._end_interchange(self._layout.row(raw), offset)
            case "UNA" | "UNB":
                self._end_interchange(None, offset)
            case "UNO":
                self._messages += 1
                self._ungrouped += not self._group
                self._fault("ENV-312", "UNO: a package is not read", offset, "UNO")
            case "UNT":
                self._misplaced("UNT without UNH", offset)
            case _:  # UNP ends a package
                pass

    def _begin_group(self, ung: Row, offset: int) -> None:
        if self._group:
            self._end_group(None, offset)
        if self._ungrouped:
            what = "UNG stands behind messages that are in no group"
            self._fault("ENV-303", what, offset, "UNG")
        self._groups += 1
        self._group = UngRead(ung=ung, byte_offset=offset)
        self._group_type = ""
        self._messages = 0
        self._numbers = set()
        self._events.append(self._group)
        assert self._unb is not None
        faults = envelope.ung_findings(
            self._group, self._unb, self._group_numbers, self._header
        )
        self._events += map(Fault, faults)
        if len(self._group.control_number) <= _LONGEST_NUMBER:
            self._group_numbers.add(self._group.control_number)

    def _end_group(self, une: Row | None, offset: int) -> None:
        assert self._unb is not None
        if self._group is None:
            self._misplaced("UNE without UNG", offset)
            return
        if une is None:
            where = Where(segment_tag="UNE", byte_offset=offset)
            what = f"group {self._group.control_number} has no UNE"
            faults: tuple[Finding, ...] = (Finding.of("ENV-062", what, where),)
        else:
            faults = envelope.une_findings(
                self._group, une, self._messages, self._unb, self._header, offset
            )
        trailer = None if une is None else tuple(part[0] for part in une[1:])
        self._events.append(GroupEnded(trailer, self._messages, faults))
        self._group = None
        self._messages = 0

    def _end_interchange(self, unz: Row | None, offset: int) -> None:
        unb = self._unb
        assert unb is not None
        if self._group:
            self._end_group(None, offset)
        faults: tuple[Finding, ...] = ()
        if unz is None:
            if len(unb.unb) > 1:
                where = Where(segment_tag="UNZ", byte_offset=offset)
                what = f"interchange {unb.control_number} has no UNZ"
                faults = (Finding.of("ENV-008", what, where),)
        else:
            parts = self._groups or self._ungrouped
            faults = envelope.unz_findings(unb, unz, parts, self._header, offset)
        trailer = None if unz is None else tuple(part[0] for part in unz[1:])
        digest = self._digest.hexdigest()
        self._events.append(InterchangeEnded(trailer, offset, digest, faults))
        self._leave()

    def _begin_message(self, raw: bytes, offset: int) -> None:
        self._messages += 1
        if self._group is None:
            self._ungrouped += 1
            if self._groups:
                what = "UNH stands behind groups, and in none"
                self._fault("ENV-303", what, offset, "UNH")
        self._open = _Collected(raw, offset)

    def _end_message(self, unt: Row | None, offset: int) -> None:
        collected = self._open
        assert collected is not None
        self._open = None
        message = self._message(collected, unt, offset)
        self._events.append(message)
        if self._group and message.type != (self._group_type or message.type):
            what = f"{message.type} in a group that began with {self._group_type}"
            self._fault("ENV-304", what, message.byte_offset, "UNH")
        self._group_type = self._group_type or message.type
        if len(message.control_number) <= _LONGEST_NUMBER:
            self._numbers.add(message.control_number)

    def _message(
        self, collected: _Collected, unt: Row | None, offset: int
    ) -> EdifactMessage:
        found = Findings()
        start = collected.offset
        raw = b"".join(collected.pieces)
        layout = self._layout
        assert self._unb is not None
        syntax = self._unb.syntax
        if over := self._over_limit(collected, raw):
            where = Where(segment_tag="UNH", segment_position=1, byte_offset=start)
            stub = layout.body(collected.unh, start, Findings())
            found.add(over, "the message is not read", where)
            return EdifactMessage(
                stub.text, layout.separators, start, b"", found.done(),
                marks=stub.marks, syntax=syntax, end=layout.end,
            )  # fmt: skip
        body = layout.body(raw, start, found)
        text, count = body.text, body.count
        if unt is None:
            text = text.rstrip(layout.separators.terminator)
            where = Where(segment_tag="UNT", byte_offset=offset)
            found.add("ENV-013", "the message ends without UNT", where)
        message = EdifactMessage(
            text, layout.separators, start, raw,
            marks=body.marks, syntax=syntax, end=layout.end,
        )  # fmt: skip
        found.extend(envelope.unh_findings(message.unh, self._numbers, start))
        if unt is not None:
            found.extend(envelope.unt_findings(message.unh, unt, count, offset))
        message.faults = found.done()
        return message

    def _over_limit(self, collected: _Collected, raw: bytes) -> str:
        """The code of the limit that the message is over, or nothing."""
        if collected.size > self._limits.message_bytes:
            return "WIRE-002"
        if collected.long:
            return "WIRE-003"
        most = self._most
        if len(raw) > most and max(map(len, raw.split(self._layout.end))) > most:
            return "WIRE-003"
        return ""

    def _close(self, offset: int) -> None:
        """The data are over inside an interchange."""
        if self._open:
            self._end_message(None, offset)
        self._end_junk()
        self._end_interchange(None, offset)
