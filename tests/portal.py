"""A portal of a buyer on a loopback port: orders wait in it, answers come to it.

It signs by the rules that it is told, and verifies nothing: that is for the tests.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

from lxml import etree

from gateway.trust.wssecurity.signing import signed_message
from tests.listening import listening
from tests.pki import Holder

SPACE = "urn:procurement-gateway:portal:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"


@dataclass
class Stand:
    """What waits, and what came. ``changed`` is what is done to an answer at last."""

    by: Holder
    now: Callable[[], datetime]
    waiting: dict[str, bytes] = field(default_factory=dict)
    confirmed: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    changed: Callable[[bytes], bytes] = bytes
    signs: bool = True
    submitted: str = ""
    """What is answered to an answer of ours."""
    url: str = ""

    def answer(self, data: bytes) -> tuple[int, bytes]:
        """The answer to one call, and its status."""
        self.requests.append(data)
        root = etree.fromstring(data)
        body = root.find(f"{{{SOAP}}}Body")
        assert body is not None
        call = body[0]
        name = etree.QName(call).localname
        self.calls.append(name)
        given = [one.text or "" for one in call]
        inside = getattr(self, f"_{name}")(*given)
        status = 500 if inside.startswith("<s:Fault") else 200
        if status == 200:
            inside = f'<{name}Response xmlns="{SPACE}">{inside}</{name}Response>'
        bare = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'
        asked = root.findtext(f".//{{{WSA}}}MessageID")
        return status, self.changed(self._signed(bare.encode(), str(asked)))

    def _signed(self, bare: bytes, asked: str) -> bytes:
        if not self.signs:
            return bare
        by, related = self.by, {"RelatesTo": asked}
        return signed_message(bare, by.key, by.certificate, self.now(), related)

    def _listOrders(self) -> str:
        return "".join(f"<id>{one}</id>" for one in self.waiting)

    def _getOrder(self, id_: str) -> str:
        if id_ not in self.waiting:
            return fault(f"no order {id_}")
        document = base64.b64encode(self.waiting[id_]).decode()
        return f"<document>{document}</document>"

    def _confirmOrder(self, id_: str, receipt: str) -> str:
        self.confirmed.append((id_, receipt))
        self.waiting.pop(id_, None)
        return ""

    def _submitResponse(self, id_: str, document: str) -> str:
        self.answers[id_] = base64.b64decode(document)
        return self.submitted

    _download, _markAsRead = _getOrder, _confirmOrder


def fault(words: str, code: str = "s:Client") -> str:
    """A Fault of SOAP 1.1."""
    return (
        f"<s:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring>"
        "</s:Fault>"
    )


class _Handler(BaseHTTPRequestHandler):
    stand: ClassVar[Stand]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        status, body = self.stand.answer(self.rfile.read(size))
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def standing(stand: Stand) -> Iterator[Stand]:
    """The portal while it listens."""
    handler = type("Handler", (_Handler,), {"stand": stand})
    with listening(handler) as address:
        stand.url = f"{address}/orders"
        yield stand


def forged(data: bytes) -> bytes:
    """The document of an answer, changed on its way."""
    return re.sub(b"(<document>.)(.)", b"\\1A", data)
