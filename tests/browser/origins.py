"""Two sites on this machine, both over TLS: what is in front of us, and a buyer's.

The one is ``https://localhost``, the other ``https://127.0.0.1``: to a browser they are
strangers, and a frame of the one in a page of the other is cross-site.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page

from gateway.cxml_punchout.cart import Cart
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.forms import read_form
from gateway.findings import Finding, Findings
from tests.parties import party

_WE = party("localhost", "p256")
PAGE = """<!doctype html><html lang="en">
<head><title>{title}</title><link rel="icon" href="data:,"></head>
<body><main><h1>{title}</h1>{inside}</main></body></html>"""


def server_tls(folder: Path) -> ssl.SSLContext:
    """What both servers show; ``our_pin`` tells a browser to believe it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_WE.files(folder))
    return context


def our_pin() -> str:
    """The one public key that a browser shall believe though nobody vouches for it."""
    key = _WE.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


@contextmanager
def tls_front(port: int, tls: ssl.SSLContext, *, cookies: bool = True) -> Iterator[str]:
    """The address of a server that takes TLS off and passes all on to a port.

    Without ``cookies`` the browser is never asked to keep one, which to the gateway is
    the same as a browser that keeps none.
    """
    loop = asyncio.new_event_loop()
    lines = set[asyncio.Task[None]]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        hide = b"" if cookies else b"set-cookie:"
        for task in (_pass_on(reader, outer), _pass_on(inner, writer, hide)):
            made = asyncio.ensure_future(task)
            lines.add(made)
            made.add_done_callback(lines.discard)

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)

    async def end(server: asyncio.Server) -> None:
        server.close()
        for one in list(lines):
            one.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hide: bytes = b""
) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data.replace(hide, b"x-hidden:") if hide else data)
            await writer.drain()
    except OSError:
        pass  # whoever went away is told by the closed line
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class Returned:
    """One form that a browser brought back. ``status`` is that of the Message."""

    path: str
    fields: dict[str, str]
    xml: str
    document: Document | None
    cart: Cart | None

    @property
    def status(self) -> int:
        """The Message's Status; without one it means 200."""
        said = self.document.status if self.document else None
        return said.code if said else 200

    @property
    def items(self) -> dict[str, str]:
        """How much of what came back."""
        lines = self.cart.lines if self.cart else ()
        return {one.sku: str(one.quantity) for one in lines}


@dataclass
class Site:
    """The buyer's own pages: they open the shop and take carts."""

    address: str = ""
    returned: list[Returned] = field(default_factory=list)

    @property
    def return_url(self) -> str:
        """Where carts go."""
        return f"{self.address}/punchout/return?session=34&x=a%26b"

    def top(self, start: str) -> str:
        """A page with a link to the shop."""
        return f"{self.address}/top#{start}"

    def frame(self, start: str) -> str:
        """A page that holds the shop."""
        return f"{self.address}/frame#{start}"

    def cart(self, nth: int, page: Page, timeout_ms: float = 20_000) -> Returned:
        """The n-th form that came back, once it is there; the page lives meanwhile."""
        until = time.monotonic() + timeout_ms / 1000
        while len(self.returned) < nth:
            assert time.monotonic() < until, "no cart came back"
            page.wait_for_timeout(20)
        return self.returned[nth - 1]

    def take(self, path: str, body: bytes) -> None:
        """Keep what a browser brought."""
        self.returned.append(_returned(path, body))


def _returned(path: str, body: bytes) -> Returned:
    fields = {k: v[0] for k, v in parse_qs(body.decode(), True).items()}
    held = read_form(body)
    if isinstance(held, Finding):
        return Returned(path, fields, "", None, None)
    xml = held.encode() if isinstance(held, str) else held
    document = read_document(xml)
    assert isinstance(document, Document), document
    assert document.body is not None
    cart = read_cart(document.body, Findings())
    return Returned(path, fields, xml.decode(), document, cart)


_PAGES = {
    "/top": '<a id="go">Shop with the supplier</a>'
    "<script>go.href = location.hash.slice(1)</script>",
    "/frame": '<iframe id="go" title="The supplier" width="100%" height="700"></iframe>'
    "<script>go.src = location.hash.slice(1)</script>",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        inside = _PAGES.get(path)
        self._say(200 if inside else 404, "The buyer's system", inside or "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.site.take(self.path, body)
        self._say(200, "The cart has come", f"<p>{escape(self.path)}</p>")

    def _say(self, status: int, title: str, inside: str) -> None:
        page = PAGE.format(title=title, inside=inside).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def buyers_site(tls: ssl.SSLContext) -> Iterator[Site]:
    """The buyer's pages, until they are left."""
    site = Site()
    handler = type("ItsHandler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.socket = tls.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    site.address = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
