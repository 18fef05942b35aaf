"""A connection answers whole requests itself, and leaves the rest to the server."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.http.h11_impl import H11Protocol

TEXT = b"ISA*00*...~IEA*0*000000001~"
STATUS = re.compile(rb"HTTP/1\.1 (\d+) ")


@dataclass
class Line:
    """A connection, and the key that is sent."""

    socket: socket.socket
    secret: str

    def asking(self, body: bytes = TEXT, *more: str, path: str = "interchanges"):
        """A request as its bytes."""
        head = [
            f"POST /v1/{path} HTTP/1.1",
            "Host: gateway",
            f"Authorization: Bearer {self.secret}",
            f"Content-Length: {len(body)}",
            *more,
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def answers(self, *sent: bytes, count: int, pause_s: float = 0.0) -> list[int]:
        """Send pieces one after the other; the statuses of so many answers."""
        for piece in sent:
            self.socket.sendall(piece)
            time.sleep(pause_s)
        return self.statuses(count)

    def statuses(self, count: int) -> list[int]:
        """The statuses of the answers up to so many, or to the end."""
        said = b""
        while len(found := STATUS.findall(said)) < count or not complete(said):
            if not (more := self.socket.recv(65536)):
                break
            said += more
        self.said = said
        return [int(one) for one in found]


def complete(said: bytes) -> bool:
    """Whether the last answer has its whole body."""
    head, ended, body = said[said.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(ended) and len(body) >= (int(length[1]) if length else 0)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was left to the server's own parser, in the order it came."""
    seen: list[bytes] = []
    before = H11Protocol.data_received

    def noted(self: H11Protocol, data: bytes) -> None:
        seen.append(data)
        before(self, data)

    monkeypatch.setattr(H11Protocol, "data_received", noted)
    return seen


@pytest.fixture
def line(house, handed: list[bytes]) -> Iterator[Line]:
    """A connection whose key was good a moment ago."""
    with opened(house.address, house.key("partner:globex")) as one:
        assert one.answers(one.asking(), count=1) == [202]
        handed.clear()
        yield one


@contextmanager
def opened(address: str, secret: str) -> Iterator[Line]:
    port = int(address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
        yield Line(plug, secret)


def kept(house) -> Sequence[object]:
    with house.client() as web:
        return list(web.get("/v1/interchanges").json()["items"])


def test_a_whole_request_is_answered_without_the_server(line: Line, handed):
    assert line.answers(line.asking(b"one"), count=1) == [202]
    assert line.answers(line.asking(b"two"), count=1) == [202]

    assert handed == []
    assert b"\r\nx-content-type-options: nosniff\r\n" in line.said
    assert b"\r\ncache-control: no-store\r\n" in line.said
    assert b"\r\ndate: " in line.said


def test_its_answer_has_the_headers_of_the_servers(line: Line):
    def names(said: bytes) -> list[bytes]:
        head = said.partition(b"\r\n\r\n")[0]
        return sorted(one.partition(b":")[0] for one in head.split(b"\r\n")[1:])

    line.answers(line.asking(b"one"), count=1)
    quickly = names(line.said)
    line.answers(line.asking(b"two", path="interchanges?file_name="), count=1)

    assert quickly == names(line.said)


def test_a_body_may_come_in_pieces(line: Line, handed):
    asked = line.asking(b"0123456789")
    pieces = asked[:-10], asked[-10:-4], asked[-4:]

    assert line.answers(*pieces, count=1, pause_s=0.02) == [202]
    assert handed == []


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/interchanges/",
        b"http://gateway:8080/v1/interchanges",
        b"HTTPS://[::1]/v1/interchanges/",
    ],
)
def test_another_word_for_an_address_is_answered_alike(line: Line, handed, target):
    asked = line.asking(b"hello").replace(b"/v1/interchanges", target)

    assert line.answers(asked, count=1) == [202]
    assert handed == [asked]


def test_a_slow_body_and_a_head_in_pieces_are_the_servers(line: Line, house, handed):
    slow, cut = line.asking(b"0123456789"), line.asking(b"again")

    assert line.answers(slow[:-4], slow[-4:], count=1, pause_s=0.5) == [202]
    assert line.answers(cut[:40], cut[40:], count=1, pause_s=0.05) == [202]
    assert b"".join(handed) == slow + cut
    assert len(kept(house)) == 3


def test_requests_that_come_together_are_answered_in_their_order(line: Line, house):
    bodies = [b"%d" % number for number in range(5)]
    asked = b"".join(map(line.asking, bodies))
    more = [line.asking(b"later %d" % number) for number in range(5)]

    assert line.answers(asked, *more, count=10) == [202] * 10
    ids = re.findall(rb'"size":(\d+)', line.said)
    assert ids == [b"1"] * 5 + [b"7"] * 5
    assert len(kept(house)) == 11


def test_what_comes_while_a_request_is_answered_waits_for_its_turn(line: Line, house):
    first = line.asking(b"one")
    second = line.asking(b"two", path="check?partner=globex")

    with house.engine.db.begin():  # the first one cannot be kept yet
        line.socket.sendall(first)
        time.sleep(0.05)
        line.socket.sendall(second[:30])
        time.sleep(0.05)
        line.socket.sendall(second[30:])

    assert line.statuses(2)[0] == 202
    assert len(STATUS.findall(line.said)) == 2


def test_what_can_be_read_in_two_ways_is_the_servers(line: Line, handed):
    inner = line.asking(b"inner")
    both = line.asking(b"0\r\n\r\n" + inner, "Transfer-Encoding: chunked")

    line.answers(both, count=2)
    assert b"".join(handed) == both


def test_who_waits_for_100_is_told_so_by_the_server(line: Line):
    asked = line.asking(b"hello", "Expect: 100-continue")

    assert line.answers(asked[:-5], count=1) == [100]
    assert line.answers(asked[-5:], count=1) == [202]


def test_an_offer_of_http_2_keeps_its_body(line: Line):
    offer = "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: A"

    assert line.answers(line.asking(b"hello", *offer), count=1) == [202]
    assert b'"size":5' in line.said


def test_a_connection_that_is_to_end_ends(line: Line):
    assert line.answers(line.asking(b"one", "Connection: close"), count=1) == [202]
    assert line.socket.recv(1) == b""


def test_a_door_that_does_not_answer_leaves_the_request_to_the_app(house):
    with opened(house.address, "gw_unknown") as line:
        assert line.answers(line.asking(), count=1) == [401]
        assert line.answers(line.asking(path="nowhere"), count=1) == [404]


def test_a_problem_leaves_the_connection_as_it_is(line: Line, house, handed):
    key = "Idempotency-Key: same"
    assert line.answers(line.asking(b"one", key), count=1) == [202]
    assert line.answers(line.asking(b"two", key), count=1) == [409]
    assert line.answers(line.asking(b"three"), count=1) == [202]
    assert handed == []


def test_what_is_too_much_at_once_is_refused_here_too(make_house, handed):
    house = make_house(accept_backlog=1)
    with opened(house.address, house.key("partner:globex")) as line:
        line.answers(line.asking(), count=1)
        handed.clear()
        with house.engine.admit():
            assert line.answers(line.asking(b"one"), count=1) == [503]
        assert line.answers(line.asking(b"one"), count=1) == [202]

    assert handed == []


def test_a_bug_is_a_bare_500(line: Line, monkeypatch: pytest.MonkeyPatch):
    def broken(*asked: object) -> bool:
        raise ValueError("4711")

    monkeypatch.setattr("gateway.web.beneath.is_certified", broken)
    with capture_logs() as logs:
        assert line.answers(line.asking(), count=1) == [500]
        until = time.monotonic() + 10
        while len(told := [one for one in logs if one.get("status") != 202]) < 2:
            assert time.monotonic() < until
            time.sleep(0.01)  # the server tells it once the answer has left

    assert b"4711" not in line.said
    assert [one["event"] for one in told] == ["http.bug", "http.answered"]


def test_a_stop_lets_a_request_be_answered_and_ends_the_connection(make_house):
    house = make_house()
    with opened(house.address, house.key("partner:globex")) as line:
        line.answers(line.asking(), count=1)
        with house.engine.db.begin():
            line.socket.sendall(line.asking(b"last"))
            time.sleep(0.05)
            house.stop.set()
            time.sleep(0.3)

        assert line.statuses(1) == [202]
        assert b"connection: close" in line.said
        assert line.socket.recv(1) == b""
