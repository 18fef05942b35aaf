"""The demo's partners who are not content with folders: one by AS2, one by SFTP."""

from __future__ import annotations

import http.client
import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from gateway.as2 import (
    Agreement,
    Headers,
    Ids,
    MdnState,
    Opening,
    Payload,
    Sent,
    build,
    compose_mdn,
    read_mdn,
    read_request,
    settle,
)
from gateway.config import Settings
from gateway.findings import Finding
from gateway.partner.profile import SftpChannel
from gateway.pipeline.ports import Secret
from gateway.store.key_making import Kind, certificate, private_key
from gateway.trust.files import pem
from gateway.trust.keyring import (
    Certificates,
    Certified,
    Keyring,
    OwnKey,
    OwnKeys,
    PrivateKey,
    Use,
)

BOTH_USES = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT))
OURS, THEIRS = "BOLTBEAM-AS2", "LANTERN-BAY"
_PATIENCE_S = 60.0
_DAYS = 365
Clock = Callable[[], datetime]


def key_pair(name: str, now: datetime) -> tuple[PrivateKey, x509.Certificate]:
    """A new key for AS2 with a certificate of its own."""
    key = private_key(Kind.RSA2048)
    return key, certificate(key, name, BOTH_USES, now, _DAYS)


class As2Buyer:
    """A buyer who sends orders by AS2 and takes our answers the same way.

    Messages are signed and encrypted both ways, receipts (MDNs) are signed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        key, self._certificate = key_pair(THEIRS, clock())
        self._keys = OwnKeys(
            (
                OwnKey(
                    certified=_certified(self._certificate), private_key=key, id="own"
                ),
            )
        )
        self._agreement = self._agreed(Certificates(), "")
        self.taken: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What became of each message of ours, and its file name."""
        buyer = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Take a message of ours and answer with its MDN."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers, answer = buyer.take(list(self.headers.items()), body)
                self.send_response(200)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take nothing more."""
        self._server.shutdown()
        self._server.server_close()

    def channel(self) -> dict[str, Any]:
        """The channel to this buyer, as a profile has it."""
        url = f"http://127.0.0.1:{self._server.server_port}/as2"
        names = {"ours": OURS, "theirs": THEIRS}
        return {"id": "as2", "kind": "as2", "url": url, "names": names}

    def certificates(self) -> list[dict[str, Any]]:
        """The buyer's certificates, as a profile has them."""
        return [
            {
                "pem": pem([self._certificate]),
                "uses": [str(one) for one in sorted(BOTH_USES)],
            }
        ]

    def trust(self, ours: x509.Certificate, address: str) -> None:
        """Know our certificate and where we answer."""
        known = Certificates((_certified(ours),))
        self._agreement = self._agreed(known, f"{address}/as2")

    def send(self, name: str, content: bytes) -> str:
        """Send a document and verify the receipt; what came of it, for people."""
        agreed = self._agreement
        payload = Payload.of("application/edi-x12", name, content)
        built = build([payload], agreed, self._clock(), _ids())
        place = urlsplit(agreed.url)
        line = http.client.HTTPConnection(place.netloc, timeout=_PATIENCE_S)
        try:
            body = b"".join(built.chunks)
            line.request("POST", place.path, body, dict(built.headers))
            response = line.getresponse()
            answer, headers = response.read(), response.getheaders()
        finally:
            line.close()
        read = read_mdn(Headers.of(headers), answer, agreed, self._clock())
        sent = Sent(
            message_id=built.message_id,
            mics=built.mics,
            asked_digest=built.asked_digest,
            receipt_signed=agreed.receipt_signed,
        )
        settled = settle(read, sent)
        if settled.state is not MdnState.ACCEPTED:
            return "; ".join([settled.state, *(one.what for one in settled.findings)])
        return (
            f"HTTP {response.status}, MDN: {read.disposition}; its signature and its "
            f"MIC ({read.mic_algorithm}) are good"
        )

    def take(
        self, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[tuple[tuple[str, str], ...], bytes]:
        """Open a message of ours; its MDN as headers and body."""
        now, agreed = self._clock(), self._agreement
        request = read_request(Headers.of(headers))
        opening = Opening(request, agreed, now)
        opening.feed(body)
        _, opened = opening.finish()
        mdn = compose_mdn(request, opened.disposition, opened.mic, agreed, now, _ids())
        layers = " and ".join(layer.kind for layer in opened.layers)
        names = ", ".join(part.name for part in opened.parts)
        self.taken.put(f"{names}, {layers}: {opened.disposition}")
        return mdn.headers, mdn.body

    def _agreed(self, theirs: Certificates, url: str) -> Agreement:
        """What was agreed, seen from the buyer's side."""
        return Agreement(
            partner_id="supplier",
            channel_id="as2",
            ours=THEIRS,
            theirs=OURS,
            url=url,
            keyring=Keyring(theirs=theirs, ours=self._keys),
        )


def _certified(one: x509.Certificate) -> Certified:
    return Certified(certificate=one, uses=BOTH_USES)


def _ids() -> Ids:
    word = secrets.token_hex(16)
    return Ids(message_id=f"<{word}@lantern-bay.example>", boundary=word)


class SftpBuyer:
    """A buyer who lays messages into our SFTP door and fetches ours there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.password = secrets.token_urlsafe(16)

    def get(self, reference: str) -> Secret | Finding:
        """The buyer's password, whatever it is asked for by."""
        return Secret(self.password.encode())

    @contextmanager
    def connected(self, at: Settings) -> Iterator[SftpVisit]:
        """Log in at our door, and out again."""
        from gateway.transport import (  # noqa: PLC0415  takes a third of a second
            sftp_keys,
            ssh,
        )

        channel = SftpChannel.model_validate(
            {
                "id": "sftp",
                "kind": "sftp",
                "host": at.sftp_host,
                "port": str(at.sftp_port),
                "user": self.name,
                "password": "env:DEMO",
                "host_keys": [" ".join(one) for one in sftp_keys.fingerprints(at)],
            }
        )
        session = ssh.connect(channel, self)
        try:
            yield SftpVisit(session)
        finally:
            session.close()


class SftpVisit:
    """The buyer, logged in at our SFTP door."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def put(self, name: str, content: bytes) -> None:
        """Upload a file under a name that is not taken up, then rename it."""
        self._session.write(f"in/{name}.part".encode(), 0, [content])
        self._session.rename(f"in/{name}.part".encode(), f"in/{name}".encode())

    def fetch(self, kinds: Sequence[str]) -> list[tuple[str, bytes]]:
        """Wait for a message of each kind; read and delete them, in this order."""
        until, waiting = time.monotonic() + _PATIENCE_S, list[Any]()
        while Counter(map(_kind, waiting)) != Counter(kinds):
            if time.monotonic() > until:
                names = [one.name.decode() for one in waiting]
                raise TimeoutError(f"{names} in out, {list(kinds)} are to come")
            time.sleep(0.02)
            waiting = [e for e in self._session.entries(b"out") if e.is_file]
        waiting.sort(key=lambda e: (kinds.index(_kind(e)), e.name))
        return [self._taken(entry) for entry in waiting]

    def _taken(self, entry: Any) -> tuple[str, bytes]:
        path = b"out/" + entry.name
        content = b"".join(self._session.read(path, 0, entry.attrs.size or 0))
        self._session.remove(path)
        return entry.name.decode(), content


def _kind(entry: Any) -> str:
    """The kind of a message of ours, as its file name has it: ``x12_855_msg_...``."""
    return str(entry.name.decode()).rpartition("_msg_")[0]
