"""What is read at a glance is read as the server's parser reads it, or not at all."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.web.whole import MOST_BYTES, Whole, begun, read

HEAD = b"POST /v1/interchanges HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
GOOD = HEAD + b"\r\nISA"


def by_the_server(data: bytes) -> Whole | None:
    """The one request that h11 finds; none: it is none, or there is more."""
    line = h11.Connection(h11.SERVER)
    line.receive_data(data)
    body = b""
    try:
        asked = line.next_event()
        while isinstance(event := line.next_event(), h11.Data):
            body += event.data
    except h11.RemoteProtocolError:
        return None
    ended = isinstance(event, h11.EndOfMessage) and not line.trailing_data[0]
    if not isinstance(asked, h11.Request) or not ended or asked.method != b"POST":
        return None
    return Whole(asked.target, list(asked.headers), body)


def test_a_plain_request_is_read():
    fields = [(b"host", b"a"), (b"content-length", b"3")]

    assert read(GOOD) == Whole(b"/v1/interchanges", fields, b"ISA")
    assert read(GOOD) == by_the_server(GOOD)


@pytest.mark.parametrize(
    "odd",
    [
        b"Content-Length: 3\r\n",
        b"Content-Length: 4\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"transfer-encoding: identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding\t: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
        b"Connection: Upgrade, HTTP2-Settings\r\n",
        b"Connection: keep-alive, te\r\n",
        b"Upgrade: h2c\r\n",
        b"HTTP2-Settings: AAMAAABk\r\n",
        b"TE: trailers\r\n",
        b"Trailer: X\r\n",
        b"Host: b\r\n",
        b" folded: a\r\n",
        b"X: a\r\n\tb\r\n",
        b"X:a\r\n",
        b"X: a \r\n",
        b"X:  a\r\n",
        b"X: \r\n",
        b"X: a\nY: b\r\n",
        b"X: a\rb\r\n",
        b"X: a\0\r\n",
        b"X: \xe9\r\n",
        b": a\r\n",
        b"X\r\n",
        b"X: " + b"a" * 9_000 + b"\r\n",
    ],
)
def test_what_is_odd_is_left_to_the_server(odd: bytes):
    assert read(HEAD + odd + b"\r\nISA") is None
    assert begun(HEAD + odd + b"\r\nIS") is None


@pytest.mark.parametrize(
    "data",
    [
        GOOD + b"P",
        GOOD + GOOD,
        GOOD[:-1],
        GOOD.replace(b"\r\n", b"\n"),
        b"\r\n" + GOOD,
        GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
        GOOD.replace(b"POST", b"PUT"),
        GOOD.replace(b"POST /", b"POST http://a/"),
        GOOD.replace(b"interchanges", b"interchanges?partner=b"),
        GOOD.replace(b"interchanges", b"inter%63hanges"),
        GOOD.replace(b"Host: a\r\n", b""),
        *(GOOD.replace(b": 3", number) for number in (b": +3", b": 03", b": 3,3")),
        *(GOOD.replace(b": 3", number) for number in (b": 0x3", b": -3", b": 0")),
    ],
)
def test_only_one_request_from_first_to_last_byte_is_read(data: bytes):
    assert read(data) is None


def test_a_connection_that_is_kept_is_nothing_odd():
    found = read(HEAD + b"Connection: Keep-Alive\r\n\r\nISA")

    assert found is not None
    assert found.body == b"ISA"


def test_what_is_missing_of_a_body_is_known():
    assert begun(GOOD[:-2]) == (b"/v1/interchanges", 2)
    assert begun(GOOD) is None
    assert begun(GOOD[:40]) is None
    assert begun(GOOD.replace(b": 3", b": %d" % MOST_BYTES)) is None


PIECES = (
    b"POST /as2 HTTP/1.1\r\n",
    b"Host: a\r\n",
    b"Content-Length: 5\r\n",
    b"content-length: 5\r\n",
    b"Content-Length: 2\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"X-Y: a: b\r\n",
    b"\r\n",
    b"\n",
    b"\t",
    b" ",
    b"0\r\n\r\n",
    b"hello",
    b"\0",
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=10).map(b"".join)
    | st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=4)).map(
        lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] :]
    )
    | st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=4)).map(
        lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + len(cut[1]) :]
    )
)
@example(GOOD)
def test_whatever_is_read_the_server_reads_alike(data: bytes):
    assert read(data) in (None, by_the_server(data))
