"""Requests to servers made of plain sockets, which say and do what a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.transport.https import (
    MOST_ANSWERED,
    Endpoint,
    Lines,
    NoAnswer,
    Response,
    asked_pause,
)
from gateway.transport.tls import Protection
from gateway.trust.keyring import Certified, OwnKey, Use
from tests.parties import FROM, Party, party

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Server:
    """Answers each request on each connection by the next of its words."""

    def __init__(self, *words: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.words = list(words)
        self.requests: list[bytes] = []
        self.connections = 0
        self.shown: list[bytes | None] = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/as2?id=7"

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        try:
            if self._tls is not None:
                safe = self._tls.wrap_socket(line, server_side=True)
                self.shown.append(safe.getpeercert(True))
                line = safe
            self.connections += 1
            while request := read_request(line):
                self.requests.append(request)
                word = self.words.pop(0) if self.words else OK
                line.sendall(word)
                if not word or b"Connection: close" in word:
                    break
        except OSError:
            pass
        finally:
            line.close()


def read_request(line: socket.socket) -> bytes:
    """Head and body, by its length or its chunks."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    if head.startswith(b"GET "):
        return data
    wanted = [v for k, _, v in lines_of(head) if k == b"content-length"]
    while (len(body) < int(wanted[0])) if wanted else not body.endswith(b"0\r\n\r\n"):
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def lines_of(head: bytes) -> list[tuple[bytes, bytes, bytes]]:
    parts = [one.partition(b":") for one in head.split(b"\r\n")[1:]]
    return [(k.lower(), c, v.strip()) for k, c, v in parts]


@contextmanager
def serving(*words: bytes, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(*words, tls=tls)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    yield made
    made.close()


def post(
    lines: Lines, server: Server, body: bytes = b"abc", **more: object
) -> Response:
    to = Endpoint(url=server.url, **more)  # type: ignore[arg-type]
    return lines.post(to, [("AS2-To", "X")], [body], len(body))


def test_the_request_has_head_and_body_as_they_were_given(lines):
    with serving() as server:
        answer = post(lines, server)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /as2?id=7 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"AS2-To: X\r\nContent-Length: 3" in head
    assert (body, answer.status, answer.body) == (b"abc", 200, b"hi")


def test_a_connection_is_used_again(lines):
    with serving() as server:
        assert [post(lines, server).status for _ in range(3)] == [200] * 3
    assert server.connections == 1


def test_a_kept_connection_that_was_closed_is_replaced(lines):
    close = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")
    with serving(OK, b"", close, OK) as server:
        for _ in range(3):
            assert post(lines, server).status == 200
    assert server.connections == 3


def test_without_a_size_the_body_goes_in_chunks(lines):
    with serving() as server:
        to = Endpoint(url=server.url)
        lines.post(to, [], [b"ab", b"", b"c" * 20], None)
    assert server.requests[0].endswith(
        b"\r\n\r\n2\r\nab\r\n14\r\n" + b"c" * 20 + b"\r\n0\r\n\r\n"
    )


def test_interim_answers_are_passed_over(lines):
    with serving(b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + OK) as server:
        assert post(lines, server).body == b"hi"


def test_chunked_answers_and_folded_headers_are_read(lines):
    said = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        b'Content-Type: multipart/report;\r\n boundary="b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n'
    )
    with serving(said) as server:
        answer = post(lines, server)
    assert answer.body == b"hi"
    assert 'boundary="b"' in answer.header("content-type")


def test_redirects_are_not_followed(lines):
    moved = (
        b"HTTP/1.1 307 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    )
    with serving(moved) as server:
        assert post(lines, server).status == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "word",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhi",
        b"no HTTP at all\r\n\r\n" + b"Connection: close",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (MOST_ANSWERED + 1),
    ],
    ids=["closed", "cut off", "nonsense", "endless"],
)
def test_what_is_no_whole_answer_is_none(lines, word: bytes):
    with serving(word) as server, pytest.raises(NoAnswer):
        post(lines, server)


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(lines):
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi") as server:
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match="in time"):
            post(lines, server, answer_s=0.2)
        assert time.monotonic() - begun < 2


def test_one_that_drips_is_cut_off_at_the_end_of_the_attempt(lines):
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi") as server:
        begun = time.monotonic()
        with pytest.raises(NoAnswer):
            post(lines, server, answer_s=30, whole_s=0.3)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "word",
    [
        b"HTTP/1.1 202 OK\r\nContent-Length: 5\r\n\r\nhi",
        b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n?",
        b"HTTP/1.1 202 OK\r\nConnection: close\r\n\r\n" + b"x" * (MOST_ANSWERED + 1),
    ],
    ids=["drips", "nonsense", "endless"],
)
def test_where_the_status_counts_the_rest_need_not_be_whole(lines, word: bytes):
    with serving(word, word) as server:
        for _ in range(2):
            begun = time.monotonic()
            answer = post(lines, server, answer_s=0.2, whole_s=5, status_only=True)
            assert (answer.status, answer.body) == (202, b"")
            assert time.monotonic() - begun < 3


def test_nobody_at_the_address_is_no_answer(lines):
    with serving() as server:
        pass
    with pytest.raises(NoAnswer, match="refused"):
        post(lines, server, connect_s=2)


def test_a_server_that_refuses_before_the_end_is_heard(lines):
    class Early(Server):
        def _talk(self, line: socket.socket) -> None:
            line.recv(1000)
            line.sendall(b"HTTP/1.1 413 No\r\nConnection: close\r\n\r\n")
            line.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            line.close()

    server = Early()
    try:
        pieces = [b"x" * 100_000] * 50
        to = Endpoint(url=server.url)
        assert lines.post(to, [], pieces, 5_000_000).status == 413
    finally:
        server.close()


# TLS.


def for_server(one: Party, folder: Path, client: Party | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*map(str, one.files(folder)))
    if client is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        made.load_verify_locations(str(client.files(folder)[0]))
    return made


def protection(*servers: Party, client: Party | None = None) -> Protection:
    own = None
    if client is not None:
        certified = Certified(
            certificate=client.certificate, uses=frozenset((Use.TLS_CLIENT,))
        )
        own = OwnKey(certified=certified, private_key=client.key, id="key_1")
    return Protection.of(tuple(one.certificate for one in servers), own)


def test_a_server_with_the_agreed_certificate_is_the_right_one(lines, tmp_path):
    context = for_server(party("server"), tmp_path)
    with serving(tls=context) as server:
        answer = post(lines, server, protection=protection(party("server")))
    assert answer.tls.startswith("TLSv1.3 ")


@pytest.mark.parametrize(
    ("known", "said"),
    [(protection(party("other")), "another certificate"), (Protection(), "self")],
    ids=["another one is agreed", "none is agreed"],
)
def test_another_server_gets_nothing(lines, tmp_path, known: Protection, said: str):
    context = for_server(party("server"), tmp_path)
    with serving(tls=context) as server, pytest.raises(NoAnswer, match=said):
        post(lines, server, protection=known)
    assert server.requests == []


def test_both_sides_of_a_roll_over_are_believed(lines, tmp_path):
    known = protection(party("old"), party("server"))
    with serving(tls=for_server(party("server"), tmp_path)) as server:
        assert post(lines, server, protection=known).status == 200


def issued(issuer: Party, host: str) -> Party:
    """A certificate that another one vouches for."""
    own = party(f"issued {host}")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    named: x509.GeneralName = x509.DNSName(host)
    if host[0].isdigit():
        named = x509.IPAddress(ip_address(host))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject)
        .public_key(own.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(FROM + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([named]), critical=False)
    )
    return Party(made.sign(issuer.key, hashes.SHA256()), own.key)


def issuing(name: str) -> Party:
    own = party(name)
    subject = own.certificate.subject
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(own.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(FROM + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )
    return Party(made.sign(own.key, hashes.SHA256()), own.key)


def test_a_certificate_of_the_agreed_issuer_counts_for_its_own_host(lines, tmp_path):
    root = issuing("root")
    with serving(tls=for_server(issued(root, "127.0.0.1"), tmp_path)) as server:
        assert post(lines, server, protection=protection(root)).status == 200
    with serving(tls=for_server(issued(root, "elsewhere.test"), tmp_path)) as server:
        with pytest.raises(NoAnswer):
            post(lines, server, protection=protection(root))
        assert server.requests == []


def test_we_show_our_certificate(lines, tmp_path):
    ours = party("ours")
    context = for_server(party("server"), tmp_path, client=ours)
    with serving(tls=context) as server:
        known = protection(party("server"), client=ours)
        assert post(lines, server, protection=known).status == 200
        with pytest.raises(NoAnswer):
            post(lines, server, protection=protection(party("server")))
    assert server.shown[0] == ours.certificate.public_bytes(Encoding.DER)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_before_1_2_is_not_spoken(lines, tmp_path):
    context = for_server(party("server"), tmp_path)
    context.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
    context.set_ciphers("ALL:@SECLEVEL=0")
    with serving(tls=context) as server, pytest.raises(NoAnswer, match="TLS"):
        post(lines, server, protection=protection(party("server")))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 12:05:00 GMT", NOW + timedelta(minutes=5)),
        ("999999999", NOW + timedelta(hours=24)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_pause_that_is_asked_for_is_kept_up_to_a_day(said: str, wanted):
    assert asked_pause(said, NOW) == wanted
