"""An AS2 partner made of ``openssl`` and plain HTTP, with nothing of ours in it."""

from __future__ import annotations

import base64
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import new as digest_by
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

OURS, THEIRS = "SUPPLIER-AS2", "Brendan AS2; test!"
"""The AS2 names of both sides; one needs quotes."""
EDI = "Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n"
SIGNED_SYNC = (
    "signed-receipt-protocol=required, pkcs7-signature;"
    " signed-receipt-micalg=required, sha-256"
)
_numbers = count(1)


def openssl(*words: object, data: bytes = b"", okay: bool = True) -> bytes:
    """Run ``openssl``; gives what it wrote."""
    command = ["openssl", *map(str, words)]
    done = subprocess.run(
        command, input=data, capture_output=True, timeout=60, check=False
    )
    assert not okay or done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True)
class Party:
    """Somebody with an RSA key and a certificate of its own making."""

    folder: Path
    name: str

    @classmethod
    def make(cls, folder: Path, name: str, *more: str) -> Party:
        """A new key and certificate, good for a year."""
        one = cls(folder, name)
        openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 365),
            *("-subj", f"/CN={name}", "-keyout", one.key, "-out", one.certificate),
            *more,
        )
        return one

    @property
    def key(self) -> Path:
        return self.folder / f"{self.name}.key"

    @property
    def certificate(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def sign(self, entity: bytes, md: str = "sha256", *more: str) -> bytes:
        """A multipart/signed entity around this one: header and body."""
        made = openssl(
            *("cms", "-sign", "-binary", "-outform", "DER", "-md", md),
            *("-signer", self.certificate, "-inkey", self.key, *more),
            data=entity,
        )
        edge = f"=_edge_{next(_numbers):06d}_{'x' * 12}"
        micalg = md.replace("sha", "sha-") if md != "sha1" else md
        head = (
            'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
            f' micalg="{micalg}"; boundary="{edge}"\r\n\r\n'
        )
        signature = base64.encodebytes(made).replace(b"\n", b"\r\n")
        return b"".join(
            (
                head.encode(),
                b"--" + edge.encode() + b"\r\n" + entity + b"\r\n",
                b"--" + edge.encode() + b"\r\n",
                b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n',
                b"Content-Transfer-Encoding: base64\r\n\r\n" + signature,
                b"\r\n--" + edge.encode() + b"--\r\n",
            )
        )

    def encrypt(self, entity: bytes, cipher: str = "aes-256-cbc") -> bytes:
        """The entity so that only this party can read it."""
        made = openssl(
            *("cms", "-encrypt", "-binary", "-outform", "DER", f"-{cipher}"),
            self.certificate,
            data=entity,
        )
        head = (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data;"
            b' name="smime.p7m"\r\nContent-Transfer-Encoding: binary\r\n\r\n'
        )
        return head + made

    def verify(self, entity: bytes, folder: Path) -> bytes:
        """What this party signed, as ``openssl`` sees it; fails if it did not."""
        file = folder / f"verify-{next(_numbers)}.eml"
        file.write_bytes(entity)
        return openssl(
            *("cms", "-verify", "-in", file, "-noverify", "-nointern"),
            *("-certfile", self.certificate),
        )


def payload(data: bytes, head: str = EDI) -> bytes:
    """A document as a MIME entity."""
    return head.encode() + b"\r\n" + data


def split(entity: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the body of an entity."""
    head, _, body = entity.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n"))
    return {name: value for name, _, value in lines}, body


def headers(entity: bytes, **changes: str | None) -> dict[str, str]:
    """The headers of a message with this entity in it; none takes one away."""
    number = next(_numbers)
    found = {
        "AS2-Version": "1.2",
        "AS2-From": f'"{THEIRS}"',
        "AS2-To": OURS,
        "Message-ID": f"<{number}.{id(entity):x}@brendan.example>",
        "Subject": "Purchase order",
        "Date": formatdate(),
        "MIME-Version": "1.0",
        "Disposition-Notification-To": "edi@brendan.example",
        "Disposition-Notification-Options": SIGNED_SYNC,
        **split(entity)[0],
    }
    for name, value in changes.items():
        found[name.replace("_", "-")] = value or ""
        if value is None:
            del found[name.replace("_", "-")]
    return found


def mic(data: bytes, name: str = "sha256") -> str:
    """The MIC as an MDN has it."""
    micalg = name.replace("sha", "sha-") if name != "sha1" else name
    return f"{base64.b64encode(digest_by(name, data).digest()).decode()}, {micalg}"


@dataclass(frozen=True)
class Mdn:
    """An MDN as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def entity(self) -> bytes:
        """As ``openssl`` takes it."""
        kind = next(v for k, v in self.headers.items() if k.lower() == "content-type")
        return f"Content-Type: {kind}\r\n\r\n".encode() + self.body

    @property
    def is_signed(self) -> bool:
        return b"multipart/signed" in self.entity.partition(b"\r\n")[0]

    def field(self, name: str) -> str:
        """A field of the machine's part."""
        found = re.search(rb"(?im)^" + name.encode() + rb": *(.*?)\r$", self.body)
        return found[1].decode() if found else ""

    @property
    def disposition(self) -> str:
        mode, _, rest = self.field("Disposition").partition("; ")
        assert mode == "automatic-action/MDN-sent-automatically"
        return rest

    def signed_by(self, party: Party, folder: Path) -> bool:
        """Whether ``openssl`` finds this party's signature over the report."""
        report = party.verify(self.entity, folder)
        return b"disposition-notification" in report


@dataclass
class Inbox:
    """A plain HTTP server that keeps what is posted, and answers as it is told."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    got: list[Mdn] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mdn?for=us&{'long' * 40}"

    def wait(self, number: int, timeout_s: float = 20) -> Sequence[Mdn]:
        """What came, once it is that many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= number, timeout_s)
            return tuple(self.got)


@contextmanager
def inbox(*statuses: int) -> Iterator[Inbox]:
    """An inbox that first answers with these statuses, and with 200 from then on."""
    box = Inbox(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with box.arrived:
                status = box.statuses.pop(0) if box.statuses else 200
                box.got.append(Mdn(dict(self.headers.items()), body))
                box.arrived.notify_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
