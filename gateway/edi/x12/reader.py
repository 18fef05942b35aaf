"""Read X12 interchanges from bytes in any pieces: one event per message.

The reader finds the envelope segments with one regular expression and leaves the
inside of a message alone; its segments are split when they are asked for. It works
in bytes, never raises for any input and holds one message at most.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from gateway.edi.collected import Collected
from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.foreign import HEAD_BYTES, looks
from gateway.edi.limits import Limits
from gateway.edi.x12 import charset, envelope, isa
from gateway.edi.x12.layout import BLANK, Layout
from gateway.findings import Finding, Findings, Where

_END_MARKS = BLANK + b"\x1a"
_PIECE = 64 * 1024
"""Bytes looked at in one go, so that what is left over is not copied often."""
_MOST_FAULTS = 1000
"""Misplaced envelope segments told of one interchange; more say nothing new."""
_LONGEST_NUMBER = 9
_ISA_ELEMENTS = 16
_TAG_BYTES = 4
"""What tells an envelope segment: its tag and the element separator."""
_SERVICES = ("ISB", "ISE")
"""What may be asked of a network right behind ISA (X12.5); nothing to a receiver."""
_CONTEXT = 4
"""Bytes kept while an ISA is looked for: the one in front of the tag, and the tag.
The first of them, ``_behind`` the start, was looked at before."""


class _Collected(Collected):
    """A message from its ST on."""

    __slots__ = ("st",)

    def __init__(self, st: list[str], offset: int) -> None:
        super().__init__(offset)
        self.st = st


class X12Reader:
    """Bytes in, events out. How the bytes are cut never changes the events."""

    def __init__(
        self,
        limits: Limits | None = None,
        encoding: str | Callable[[InterchangeBegun], str] = "utf-8",
    ) -> None:
        """``encoding`` is tried for bytes that are not ASCII, then Latin-1.

        It may be asked for each interchange, since it is the sender's.
        """
        self._limits = limits or Limits()
        self._encoding = encoding
        self._ebcdic = False
        self._data = b""
        self._base = 0
        self._hashed = 0
        self._added = 0
        self._end = 0
        self._tail = b""
        self._read_any = False
        self._front = b""
        """The first bytes, as long as no ISA was found."""
        self._junk = -1
        self._junk_start = b""
        self._stray: re.Pattern[bytes] | None = None
        self._deaf = False
        """Nothing can be told apart until the next ISA: its finding was told."""
        self._events: list[Event] = []
        self._leave()

    def _leave(self) -> None:
        """Be between interchanges."""
        self._behind = 0
        self._isa: InterchangeBegun | None = None
        self._group: GroupBegun | None = None
        self._open: _Collected | None = None
        self._groups = 0
        self._misplaces = 0
        self._messages = 0
        self._numbers: set[str] = set()
        self._group_numbers: set[str] = set()

    def receive(self, data: bytes) -> list[Event]:
        """Take the next bytes; return what was completed by them."""
        if len(data) <= _PIECE:
            return self._receive(data)
        events: list[Event] = []
        for start in range(0, len(data), _PIECE):
            events += self._receive(data[start : start + _PIECE])
        return events

    def _receive(self, data: bytes) -> list[Event]:
        if self._ebcdic:
            data = charset.from_ebcdic(data)
        self._data = self._data + data if self._data else data
        if not self._base and not self._read_any and not self._ebcdic:
            head = self._data[:3]
            if head == charset.EBCDIC_MARK:
                self._ebcdic, self._encoding = True, "latin-1"
                self._data = charset.from_ebcdic(self._data)
            elif len(head) < 3:
                return []
        return self._run(final=False)

    def finish(self) -> list[Event]:
        """Say that no more bytes will come; return what is left."""
        events = self._run(final=True)
        if not self._read_any:
            where = Where(byte_offset=0)
            known = looks(self._front)
            what = known or "no ISA with its 16 elements was found"
            return [Fault(Finding.of("WIRE-001", what, where))]
        self._end_junk()
        events += self._events
        self._events = []
        return events

    def _run(self, *, final: bool) -> list[Event]:
        going = True
        while going:
            going = self._body(final) if self._isa else self._seek(final)
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

    def _fault(self, code: str, what: str, offset: int) -> None:
        where = Where(byte_offset=offset)
        self._events.append(Fault(Finding.of(code, what, where)))

    def _note_junk(self, piece: bytes, offset: int, blank: bytes) -> None:
        """Remember where data start that belong to nothing."""
        if self._junk >= 0:
            self._junk_start += piece[: _TAG_BYTES - len(self._junk_start)]
        if self._junk >= 0 or self._deaf:
            return
        rest = piece.lstrip(blank)
        if not offset and piece.startswith(charset.BYTE_ORDER_MARK):
            self._fault("WIRE-005", "a UTF-8 byte order mark comes first", 0)
            rest = piece[3:].lstrip(blank)
        if rest:
            self._junk = offset + len(piece) - len(rest)
            self._junk_start = rest[:_TAG_BYTES]

    def _end_junk(self) -> None:
        if self._junk >= 0:
            what = "these data belong to no message"
            if self._isa:
                self._misplaced(what, self._junk)
            elif self._stray and self._stray.match(self._junk_start):
                what = "segments of an envelope stand outside of any interchange"
                self._fault("ENV-007", what, self._junk)
            else:
                self._fault("WIRE-004", what, self._junk)
            self._junk = -1

    # Between interchanges.

    def _seek(self, final: bool) -> bool:
        """Look for an ISA; true when one was read and its body can follow."""
        data, start = self._data, self._behind
        while (start := isa.find(data, start)) >= 0:
            head = isa.read(data, start, final=final)
            if head is isa.Unread.MORE:
                break
            if isinstance(head, isa.IsaRead):
                self._begin(head)
                return True
            start += 3
        if start < 0:
            start = len(data) if final else max(len(data) - _CONTEXT, 0)
        else:
            start = max(start - 1, 0)
        if self._base or start > 2 or final:  # a byte order mark is seen whole
            self._note_junk(data[:start], self._base, _END_MARKS)
            if self._base < HEAD_BYTES and not self._read_any:
                self._front += data[: min(start, HEAD_BYTES - self._base)]
            self._advance(start)
            self._behind = 1 if start else self._behind
        return False

    def _begin(self, head: isa.IsaRead) -> None:
        self._note_junk(self._data[: head.start], self._base, _END_MARKS)
        self._end_junk()
        self._read_any = True
        offset = self._base + head.start
        self._isa = InterchangeBegun(head.elements, head.separators, offset)
        encoding = self._encoding
        name = encoding if isinstance(encoding, str) else encoding(self._isa)
        self._layout = Layout.of(head.separators, name)
        self._stray = self._layout.stray
        self._digest = hashlib.sha256(self._data[head.start : head.end])
        self._events.append(self._isa)
        self._deaf = head.wide is not None
        if head.wide is not None:
            self._events.append(Fault(envelope.wide_finding(head.wide, offset)))
            self._events.append(
                InterchangeEnded(None, offset, self._digest.hexdigest())
            )
            self._advance(head.end)
            self._leave()
            return
        if not head.again:
            self._judge(head, self._isa)
        self._advance(head.end)

    def _judge(self, head: isa.IsaRead, begun: InterchangeBegun) -> None:
        """What is wrong with an ISA; one with nothing wrong is remembered."""
        offset = begun.byte_offset
        faults = envelope.isa_findings(begun)
        self._events += map(Fault, faults)
        if not faults:
            isa.remember(self._data, head)
        if not head.padded:
            self._fault("WIRE-006", "ISA elements have not their lengths", offset)
        if head.wrapped:
            self._fault("WIRE-007", "a line break stands inside ISA", offset)

    # Inside an interchange. The data start with the terminator of what came before.

    def _body(self, final: bool) -> bool:
        """Read what the data hold; true when the interchange ended before them."""
        if final:
            self._terminate()
        data, base, taken = self._data, self._base, 0
        for match in self._layout.boundary.finditer(data):
            if match.end() - match.start() > self._limits.segment_bytes:
                continue
            row = self._layout.row(match[1])
            if row[0] == "ISA" and len(row) <= _ISA_ELEMENTS:
                continue  # the letters alone are no header
            if row[0] in _SERVICES and (self._open or self._groups):
                continue  # they stand in front of the first group only
            if row[0] == "SE" and self._open:
                self._take(data[taken : match.end()], base + taken)
                self._end_message(row, base + match.start(1))
                taken = match.end()
                continue
            self._take(data[taken : match.start()], base + taken)
            taken = match.start(1) if row[0] in ("ST", "ISA") else match.end()
            if row[0] in ("IEA", "ISA"):
                self._digest.update(data[self._hashed : taken])
            self._envelope_segment(row, base + match.start(1))
            if self._isa is None:
                self._advance(taken if row[0] == "ISA" else taken + 1)
                if self._added:  # the end of the data is no part of what follows
                    self._data, self._added = self._data[:-1], 0
                return bool(self._data)
        self._keep(taken, final)
        return False

    def _terminate(self) -> None:
        """End the last segment when the data do not."""
        self._end = self._base + len(self._data)
        data = self._data.rstrip(self._layout.end_marks)
        self._tail = self._data[max(len(data), self._hashed) :]
        if self._layout.last_end(data) != len(data) - 1 or not data:
            if not self._layout.lines:
                what = "the last segment has no terminator"
                self._fault("WIRE-009", what, self._end)
            data += self._layout.ends[:1]
            self._added = 1
        self._data = data

    def _keep(self, taken: int, final: bool) -> None:
        """Collect up to the last terminator and keep the segment behind it."""
        data = self._data
        cut = len(data) - self._added if final else self._layout.last_end(data)
        if cut > taken:
            self._take(data[taken:cut], self._base + taken)
            taken = cut
        self._digest.update(data[self._hashed : taken])
        if final:
            self._digest.update(self._tail)
            self._close(self._end)
            self._data = b""
            return
        self._advance(taken)
        extra = len(self._data) - 2
        if extra > self._limits.segment_bytes:
            self._drop(extra)

    def _drop(self, extra: int) -> None:
        """Forget a segment that is over its limit, but that it is one."""
        if self._open:
            self._open.skip(extra)
        else:
            self._note_junk(self._data, self._base, self._blank())
        self._digest.update(self._data[self._hashed :])
        self._data = self._data[:1] + b"?"
        self._base += extra
        self._hashed = 2

    def _blank(self) -> bytes:
        return self._layout.blank + self._layout.ends

    def _take(self, piece: bytes, offset: int) -> None:
        if self._open:
            self._open.add(piece, self._limits.message_bytes)
        elif piece:
            self._note_junk(piece, offset, self._blank())

    def _envelope_segment(self, row: list[str], offset: int) -> None:
        """Any envelope segment but an SE that ends a message."""
        tag, rest = row[0], tuple(row[1:])
        if self._open:
            self._end_message(None, offset)
        self._end_junk()
        if tag == "ST":
            self._begin_message(row, offset)
        elif tag == "GE":
            self._end_group(rest, offset)
        elif tag == "GS":
            self._begin_group(rest, offset)
        elif tag == "TA1":
            self._events.append(AcknowledgementRead(rest, offset))
        elif tag in ("IEA", "ISA"):
            self._end_interchange(rest if tag == "IEA" else None, offset)
        elif tag == "SE":
            self._misplaced("SE without ST", offset)

    def _begin_group(self, gs: tuple[str, ...], offset: int) -> None:
        if self._group:
            self._end_group(None, offset)
        self._groups += 1
        self._group = GroupBegun(gs, offset)
        self._events.append(self._group)
        faults = envelope.gs_findings(self._group, self._group_numbers)
        self._events += map(Fault, faults)
        if len(self._group.control_number) <= _LONGEST_NUMBER:
            self._group_numbers.add(self._group.control_number)

    def _end_group(self, ge: tuple[str, ...] | None, offset: int) -> None:
        if self._group is None:
            self._misplaced("GE without GS", offset)
            return
        if ge is None:
            where = Where(segment_tag="GE", byte_offset=offset)
            what = f"group {self._group.control_number} has no GE"
            faults: tuple[Finding, ...] = (Finding.of("ENV-062", what, where),)
        else:
            faults = envelope.ge_findings(self._group, ge, self._messages, offset)
        self._events.append(GroupEnded(ge, self._messages, faults))
        self._group = None
        self._messages = 0
        self._numbers = set()

    def _end_interchange(self, iea: tuple[str, ...] | None, offset: int) -> None:
        assert self._isa is not None
        if self._group:
            self._end_group(None, offset)
        if iea is None:
            where = Where(segment_tag="IEA", byte_offset=offset)
            what = f"interchange {self._isa.control_number} has no IEA"
            faults: tuple[Finding, ...] = (Finding.of("ENV-008", what, where),)
        else:
            faults = envelope.iea_findings(
                self._isa, iea, self._groups, offset, left_out=self._misplaces > 0
            )
        digest = self._digest.hexdigest()
        self._events.append(InterchangeEnded(iea, offset, digest, faults))
        self._leave()

    def _begin_message(self, st: list[str], offset: int) -> None:
        self._messages += 1
        if self._group is None:
            self._misplaced("ST without GS", offset)
        self._open = _Collected(st, offset)

    def _end_message(self, se: list[str] | None, offset: int) -> None:
        collected = self._open
        assert collected is not None
        self._open = None
        if self._group is None:
            return
        message = self._message(collected, se, offset)
        if len(message.control_number) <= _LONGEST_NUMBER:
            self._numbers.add(message.control_number)
        self._events.append(message)

    def _message(
        self, collected: _Collected, se: list[str] | None, offset: int
    ) -> MessageRead:
        found = Findings()
        st, start = collected.st, collected.offset
        raw = b"".join(collected.pieces)
        separators = self._layout.separators
        if over := self._over_limit(collected, raw):
            where = Where(segment_tag="ST", segment_position=1, byte_offset=start)
            found.add(over, f"message {' '.join(st[1:3])} is not read", where)
            stub = separators.element.join(st)
            return MessageRead(stub, separators, start, b"", found.done())
        text, count = self._layout.text(raw, start, found)
        if se is None:
            text = text.rstrip(separators.terminator[-1])
            where = Where(segment_tag="SE", byte_offset=offset)
            found.add("ENV-013", "the message ends without SE", where)
        if not envelope.is_plain(st, se, count, self._numbers):
            found.extend(envelope.st_findings(st[1:], self._numbers, start))
            if se:
                found.extend(envelope.se_findings(st[1:], se[1:], count, offset))
        return MessageRead(text, separators, start, raw, found.done())

    def _over_limit(self, collected: _Collected, raw: bytes) -> str:
        """The code of the limit that the message is over, or nothing."""
        if collected.size > self._limits.message_bytes:
            return "WIRE-002"
        limit = self._limits.segment_bytes
        if collected.long:
            return "WIRE-003"
        if len(raw) > limit:
            split = f"[{re.escape(self._layout.ends.decode('latin-1'))}]"
            pieces = re.split(split.encode("latin-1"), raw)
            if max(map(len, pieces)) > limit:
                return "WIRE-003"
        return ""

    def _close(self, offset: int) -> None:
        """The data are over inside an interchange."""
        if self._open:
            self._end_message(None, offset)
        self._end_junk()
        self._end_interchange(None, offset)
