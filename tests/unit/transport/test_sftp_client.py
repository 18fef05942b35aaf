"""A session with a server that says anything, in any order."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transport.sftp_client import PIECE_BYTES, Changed, Lost, Refusal, Session
from gateway.transport.sftp_packets import Code, Kind, packet, text

VERSION = packet(Kind.VERSION, struct.pack(">I", 3))
Answer = Callable[[int, int, bytes], list[bytes]]


class Scripted:
    """A server that answers each request as a function says."""

    def __init__(self, answer: Answer, cut: int = 1 << 20) -> None:
        self._answer = answer
        self._cut = cut
        self._out = bytearray()
        self.kinds: list[int] = []

    def send(self, data: bytes) -> None:
        if data[4] == Kind.INIT:
            self._out += VERSION
            return
        kind, number = data[4], int.from_bytes(data[5:9], "big")
        self.kinds.append(kind)
        for one in self._answer(kind, number, data[9:]):
            self._out += one

    def receive(self, most: int) -> bytes:
        count = min(most, self._cut)
        taken = bytes(self._out[:count])
        del self._out[:count]
        return taken

    def close(self) -> None:
        self._out.clear()


def reply(kind: Kind, number: int, body: bytes) -> bytes:
    return packet(kind, struct.pack(">I", number) + body)


def status(number: int, code: int, words: bytes = b"said") -> bytes:
    return reply(Kind.STATUS, number, struct.pack(">I", code) + text(words) + text(b""))


def attrs(number: int, size: int) -> bytes:
    return reply(Kind.ATTRS, number, struct.pack(">IQ", 1, size))


def serving(content: bytes, *, short: int = PIECE_BYTES, backwards: int = 1) -> Answer:
    """A server with one file; ``backwards`` answers at a time, the last first."""
    held: list[bytes] = []

    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        match kind:
            case Kind.OPEN:
                return [reply(Kind.HANDLE, number, text(b"h"))]
            case Kind.FSTAT:
                return [attrs(number, len(content))]
            case Kind.CLOSE:
                return [*_emptied(held), status(number, Code.OK)]
        offset, length = struct.unpack(">QI", body[5:17])
        data = content[offset : offset + min(length, short)]
        held.append(reply(Kind.DATA, number, text(data)))
        is_last = offset + length >= len(content)
        return _emptied(held) if len(held) >= backwards or is_last else []

    return answer


def _emptied(held: list[bytes]) -> list[bytes]:
    every = held[::-1]
    held.clear()
    return every


@pytest.mark.parametrize("cut", [1, 7, 1 << 20])
@pytest.mark.parametrize("short", [PIECE_BYTES, 10_000])
@pytest.mark.parametrize("backwards", [1, 5])
def test_pieces_come_in_order_however_they_are_sent(
    cut: int, short: int, backwards: int
):
    content = bytes(range(256)) * 800
    backwards = 1 if short < PIECE_BYTES else backwards
    answer = serving(content, short=short, backwards=backwards)
    session = Session(Scripted(answer, cut))
    assert b"".join(session.read(b"f", 100, len(content))) == content[100:]


def test_a_reader_who_stops_leaves_a_session_that_can_be_used():
    content = bytes(200_000)
    wire = Scripted(serving(content))
    session = Session(wire)
    reading = session.read(b"f", 0, len(content))
    next(reading)
    reading.close()  # type: ignore[attr-defined]  # it is a generator
    assert b"".join(session.read(b"f", 0, len(content))) == content
    assert wire.kinds.count(Kind.CLOSE) == 2


def test_a_file_that_has_another_size_is_not_read():
    session = Session(Scripted(serving(b"12345")))
    with pytest.raises(Changed):
        list(session.read(b"f", 0, 6))


def test_a_server_that_sends_more_than_was_asked_for_is_hung_up_on():
    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        if kind == Kind.READ:
            return [reply(Kind.DATA, number, text(b"too many"))]
        return serving(b"1234")(kind, number, body)

    with pytest.raises(Lost):
        list(Session(Scripted(answer)).read(b"f", 0, 4))


def test_a_refusal_in_the_middle_of_a_write_leaves_a_session_that_can_be_used():
    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        if kind == Kind.OPEN:
            return [reply(Kind.HANDLE, number, text(b"h"))]
        return [status(number, Code.FAILURE if kind == Kind.WRITE else Code.OK)]

    session = Session(Scripted(answer))
    with pytest.raises(Refusal) as refused:
        session.write(b"f", 0, [bytes(70 * PIECE_BYTES)])
    session.remove(b"f")
    assert refused.value.what == "said"


def test_a_folder_without_an_end_is_left():
    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        if kind == Kind.OPENDIR:
            return [reply(Kind.HANDLE, number, text(b"h"))]
        entry = text(b"a") + text(b"") + struct.pack(">I", 0)
        names = struct.pack(">I", 2000) + entry * 2000
        return [reply(Kind.NAME, number, names)]

    with pytest.raises(Lost):
        list(Session(Scripted(answer)).entries(b"."))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        packet(Kind.STATUS, b""),
        packet(Kind.STATUS, b"\0\0\0\7\0\0\0\0"),
        packet(Kind.VERSION, struct.pack(">I", 2)),
        packet(Kind.VERSION, struct.pack(">I", 3) + b"\0\0\0\xff"),
        b"SSH-2.0-what\r\n" * 9,
    ],
)
def test_a_server_that_does_not_speak_sftp_is_hung_up_on(said: bytes):
    class Saying:
        left = said

        def send(self, data: bytes) -> None:
            pass

        def receive(self, most: int) -> bytes:
            taken, self.left = self.left, b""
            return taken

        def close(self) -> None:
            pass

    with pytest.raises(Lost):
        Session(Saying())


def test_what_a_server_says_is_made_fit_to_be_shown():
    refusal = Refusal(Code.FAILURE, b"no\x1b[31m\n\xff" + b"x" * 900)
    assert refusal.what.isprintable()
    assert len(refusal.what) <= 200


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_whatever_a_server_says_there_is_an_answer_or_an_end(said: list[bytes]):
    left = iter(said)

    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        junk = next(left, b"")
        return [packet(Kind.STATUS, struct.pack(">I", number) + junk), junk]

    session = Session(Scripted(answer))
    for act in (
        lambda: list(session.entries(b".")),
        lambda: session.status(b"f"),
        lambda: list(session.read(b"f", 0, 10)),
        lambda: session.write(b"f", 0, [b"x"]),
        lambda: session.rename(b"a", b"b"),
    ):
        with suppress(Lost, Refusal, Changed):
            act()
