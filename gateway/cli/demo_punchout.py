"""The demo's last part: a cart is fetched from our shop, ordered and confirmed."""

from __future__ import annotations

import queue
import secrets
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.bootstrap import Gateway
from gateway.cli import say
from gateway.cli.buyer import Buyer
from gateway.cli.demo_life import until
from gateway.cli.look import tell_order, text_of
from gateway.cli.simulate import tell_taken
from gateway.cxml_punchout.envelope import MEDIA_TYPE, Stamped, response
from gateway.cxml_punchout.status import OK
from gateway.store import order_page, queries
from gateway.store.key_making import Kind, certificate, private_key
from gateway.trust.files import key_pem, pem
from gateway.trust.keyring import Use

_PATIENCE_S = 60.0
_WANTED = (("SH-100", "60"), ("CT-510", "200"))
_ORDER = "AP-104711"


class CxmlBuyer:
    """A buyer on a platform: it takes documents of ours over HTTPS."""

    partner = "aldersey-power"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.secret = secrets.token_urlsafe(16)
        self.taken: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        """Documents of ours, as they came."""
        begins = min(clock(), datetime.now(UTC))
        days = (max(clock(), datetime.now(UTC)) - begins).days + 2
        key = private_key(Kind.P256)
        own = certificate(key, "127.0.0.1", {Use.TLS_SERVER}, begins, days)
        self._certificate = pem([own])
        buyer = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Take a document of ours and answer that it is taken."""
                buyer.taken.put(self.rfile.read(int(self.headers["Content-Length"])))
                name = f"{secrets.token_hex(8)}@hub.example"
                answer = response(OK, Stamped(payload_id=name, at=clock()))
                self.send_response(200)
                self.send_header("Content-Type", MEDIA_TYPE)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.socket = _tls(self._certificate, key_pem(key)).wrap_socket(
            self._server.socket, server_side=True
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take nothing more."""
        self._server.shutdown()
        self._server.server_close()

    def agreed(self, home: Path) -> dict[str, Any]:
        """What the profile says of this buyer, whose secret lies in the home folder."""
        place = home / "aldersey.secret"
        place.touch(0o600)
        place.write_text(self.secret)
        url = f"https://127.0.0.1:{self._server.server_port}/in"
        secret = f"file:{place}"
        asked = ("cxml_punch_out_setup_request", "cxml_order_request")
        told = {"message": "cxml_confirmation_request", "version": "1.2.050"}
        hub = {"id": "hub", "kind": "cxml", "url": url, "secret": secret}
        return {
            "channels": [hub],
            "receives": [{"message": one, "version": "1.2"} for one in asked],
            "sends": [told | {"channel": "hub"}],
            "cxml": {"secrets": secret},
            "certificates": [{"pem": self._certificate, "uses": [str(Use.TLS_SERVER)]}],
        }


def _tls(chain: str, key: str) -> ssl.SSLContext:
    """TLS with a certificate and its key, which OpenSSL reads from files alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        held = Path(folder) / "tls.pem"
        held.touch(0o600)
        held.write_text(chain + key)
        context.load_cert_chain(held)
    return context


class PunchedOut:
    """A cart from the start page to the confirmation of its order."""

    def __init__(self, gateway: Gateway, address: str) -> None:
        self._gateway, self._address = gateway, address

    def play(self, buyer: CxmlBuyer) -> None:
        """Shop, return the cart, order it; print what the buyer gets."""
        profiles = self._gateway.profiles
        profile = next(one for one in profiles if one.id == CxmlBuyer.partner)
        now = self._gateway.clock()
        box = Buyer(profile, buyer.secret, self._address, now=now, test=False)
        page = box.start("create")
        say.line("PunchOutSetupRequest: 200, and the start page opened the shop")
        for sku, quantity in _WANTED:
            page = box.put(page, sku, quantity)
        taken = box.taken(box.go_back(page))
        tell_taken(taken)
        assert taken.cart is not None
        status = box.order(taken.cart, _ORDER).status
        say.line(f"OrderRequest {_ORDER}: {status.code if status else 'no Status'}")
        confirmation = buyer.taken.get(timeout=_PATIENCE_S)
        self._tell()
        say.line("--- ConfirmationRequest, posted to the buyer")
        say.line(text_of(_without_secret(confirmation, buyer.secret)))

    def _tell(self) -> None:
        """Where the order stands, and how each price came about."""
        db = self._gateway.db

        def found() -> list[Any]:
            with db.read() as tx:
                mine = queries.orders(tx, partner=CxmlBuyer.partner, po=_ORDER).items
                return [order_page.order(tx, row.id) for row in mine]

        until(lambda: bool(found()))
        for detail in found():
            tell_order(detail)


def _without_secret(document: bytes, secret: str) -> bytes:
    return document.replace(secret.encode(), b"***")
