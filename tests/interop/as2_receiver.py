"""An AS2 partner who shares no code with us: the openssl command and a plain server.

It opens what it gets with ``openssl cms``, and makes its receipts by hand and signs
them with it. Its ``moods`` say what it does next, one for each request.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.parties import Party

GOOD = "processed"


def openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    """What the command gives; it has to succeed."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True, slots=True)
class Got:
    """A request with what was in it; ``mic`` is over the part that was signed."""

    headers: Message
    body: bytes
    payload: bytes
    mic: str

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(self.headers["Message-ID"])


@dataclass
class Peer:
    """The partner ``them``, who knows us by our certificate."""

    folder: Path
    us: Party
    them: Party
    other: Party
    """Someone who has no business here."""
    moods: list[str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    receipts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Asynchronous ones that are to be posted."""
    authorized: list[str] = field(default_factory=list)
    url: str = ""
    tls: ssl.SSLContext | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def take(self, door: Door, headers: Message, body: bytes) -> None:
        """One request: open it, and do what the mood wants."""
        mood = self.moods.pop(0) if self.moods else GOOD
        self.authorized.append(str(headers["Authorization"]))
        got = self._opened(headers, body)
        self.got.append(got)
        if mood.isdecimal():
            door.say(int(mood), {"Content-Type": "text/plain"}, b"not now")
        elif mood == "hang":
            self.stopped.wait(20)
        elif mood == "cut":
            door.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nAS2")
            door.close_connection = True
        elif mood == "drop":
            door.connection.shutdown(socket.SHUT_RDWR)
            door.close_connection = True
        elif mood == "empty":
            door.say(200, {}, b"")
        elif headers["Receipt-Delivery-Option"]:
            self.receipts.append(self.receipt(got, mood))
            door.say(200, {}, b"")
        elif headers["Disposition-Notification-To"] is None:
            door.say(200, {}, b"")
        else:
            door.say(200, *self.receipt(got, mood))

    def _opened(self, headers: Message, body: bytes) -> Got:
        certificate, key = self.them.files(self.folder)
        kind, entity = headers["Content-Type"], body
        if "pkcs7-mime" in kind:
            entity = self._run("-decrypt", body, "-recip", certificate, "-inkey", key)
            head, _, inner = entity.partition(b"\r\n\r\n")
            kind = header(head, b"content-type").decode()
        else:
            inner = body
        if "multipart/signed" not in kind:
            covered = entity if "pkcs7-mime" in headers["Content-Type"] else inner
            return Got(headers, body, inner, mic(covered))
        first, second = parts_of(inner, kind)
        signature = self.folder / f"{secrets.token_hex(4)}.p7s"
        signature.write_bytes(base64.b64decode(second.partition(b"\r\n\r\n")[2]))
        content = signature.with_suffix(".part")
        content.write_bytes(first)
        ours, _ = self.us.files(self.folder)
        told = ("-content", content, "-certfile", ours, "-nointern", "-noverify")
        assert openssl(
            "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, *told
        ) == first  # fmt: skip
        return Got(headers, body, first.partition(b"\r\n\r\n")[2], mic(first))

    def _run(self, what: str, data: bytes, *more: str | Path) -> bytes:
        file = self.folder / f"{secrets.token_hex(4)}.in"
        file.write_bytes(data)
        way = ("-binary", "-inform", "DER", "-in", file)
        return openssl("cms", what, *way, *more)

    def receipt(self, got: Got, mood: str = GOOD) -> tuple[dict[str, str], bytes]:
        """A receipt (MDN) for what was got, as good or bad as the mood wants it."""
        said, digest = mood, got.mic
        if mood in ("unsigned", "other signer", "certificates only", "changed"):
            said = GOOD
        if mood == "wrong mic":
            said, digest = GOOD, mic(b"something else")
        if mood == "no mic":
            said, digest = GOOD, ""
        head, body = self._report(got, said, digest)
        headers = {
            "AS2-Version": "1.2",
            "AS2-From": got.headers["AS2-To"],
            "AS2-To": got.headers["AS2-From"],
            "Message-ID": f"<{secrets.token_hex(8)}@peer.test>",
            "Date": formatdate(),
            "MIME-Version": "1.0",
        }
        if mood == "unsigned":
            return headers | {"Content-Type": head}, body
        entity = b"Content-Type: %b\r\n\r\n%b" % (head.encode(), body)
        kind, signed = self._signed(entity, mood)
        return headers | {"Content-Type": kind}, signed

    def _report(self, got: Got, said: str, digest: str) -> tuple[str, bytes]:
        fields = [
            "Reporting-UA: a plain peer",
            f"Original-Recipient: rfc822; {got.headers['AS2-To']}",
            f"Final-Recipient: rfc822; {got.headers['AS2-To']}",
            f"Original-Message-ID: {got.message_id}",
            f"Disposition: automatic-action/MDN-sent-automatically; {said}",
        ]
        if digest:
            fields.append(f"Received-Content-MIC: {digest}")
        told = "\r\n".join(fields)
        body = (
            "--inner\r\nContent-Type: text/plain\r\n\r\nThank you.\r\n"
            "\r\n--inner\r\nContent-Type: message/disposition-notification\r\n\r\n"
            f"{told}\r\n\r\n--inner--\r\n"
        )
        head = "multipart/report; report-type=disposition-notification; boundary=inner"
        return head, body.encode()

    def _signed(self, entity: bytes, mood: str) -> tuple[str, bytes]:
        signer = self.other if mood == "other signer" else self.them
        certificate, key = signer.files(self.folder)
        if mood == "certificates only":
            made = ("-nocrl", "-certfile", certificate, "-outform", "DER")
            signature = openssl("crl2pkcs7", *made)
        else:
            file = self.folder / f"{secrets.token_hex(4)}.mdn"
            file.write_bytes(entity)
            way = ("-binary", "-outform", "DER", "-md", "sha256", "-in", file)
            signature = openssl(
                "cms", "-sign", *way, "-signer", certificate, "-inkey", key
            )
        if mood == "changed":
            entity = entity.replace(b"Thank", b"Think")
        packed = base64.encodebytes(signature).replace(b"\n", b"\r\n")
        body = (
            b"--outer\r\n%b\r\n--outer\r\n"
            b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n%b\r\n--outer--\r\n"
        )
        kind = (
            'multipart/signed; protocol="application/pkcs7-signature";'
            ' micalg="sha-256"; boundary="outer"'
        )
        return kind, body % (entity, packed)


class Door(BaseHTTPRequestHandler):
    """One connection of somebody who posts."""

    protocol_version = "HTTP/1.1"
    peer: Peer

    def do_POST(self) -> None:
        """Take a request whole."""
        length = self.headers["Content-Length"]
        if length is not None:
            body = self.rfile.read(int(length))
        else:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        self.peer.take(self, self.headers, body)

    def say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(peer: Peer) -> Iterator[Peer]:
    """The partner's server, until it is left."""
    door = type("ItsDoor", (Door,), {"peer": peer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    server.daemon_threads = True
    scheme = "http"
    if peer.tls is not None:
        scheme = "https"
        server.socket = peer.tls.wrap_socket(server.socket, server_side=True)
    peer.url = f"{scheme}://127.0.0.1:{server.server_port}/as2"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.stopped.set()
        server.shutdown()
        server.server_close()


def mic(data: bytes) -> str:
    """A MIC as the receipt has it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode() + ", sha-256"


def header(head: bytes, name: bytes) -> bytes:
    """One header of a MIME head, unfolded."""
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    for line in unfolded.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def parts_of(body: bytes, kind: str) -> list[bytes]:
    """The parts of a multipart, byte for byte."""
    found = re.search(r'boundary="?([^";]+)', kind)
    assert found is not None
    mark = b"\r\n--" + found[1].encode()
    pieces = (b"\r\n" + body).split(mark)[1:-1]
    return [piece.removeprefix(b"\r\n") for piece in pieces]
