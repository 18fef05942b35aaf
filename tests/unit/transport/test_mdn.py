from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.transport.addresses import networks
from gateway.transport.mdn import KIND, LateMdns
from tests.starters import starter_profile

MDN = (
    b"AS2-From: US\r\nAS2-To: THEM\r\nMessage-ID: <1@us>\r\nContent-Length: 9\r\n"
    b"Content-Type: multipart/report\r\n\r\nthe body"
)
CHANNEL = {
    "id": "as2",
    "kind": "as2",
    "url": "https://as2.acme.example/as2",
    "names": {"ours": "US", "theirs": "THEM"},
    "replies": {"hosts": ["mdn.acme.example"]},
}
DROP = {"id": "drop", "kind": "folder"}
ACME = starter_profile("acme", channels=[DROP, CHANNEL])


def outbound(address: str, partner_id: str = "acme") -> Outbound:
    return Outbound(
        id="msg_1",
        partner_id=partner_id,
        channel=KIND,
        kind=KIND,
        file_name="as2_mdn_1.eml",
        blob=InMemory.of(MDN),
        attempt=1,
        address=address,
    )


class Peer:
    """A server that answers once with a status, and notes what came."""

    def __init__(self, status: int) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                peer.headers = dict(self.headers.items())
                peer.body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.handle_request)

    def answer(self, host: str = "mdn.acme.example") -> Sent | Failed:
        """Send an MDN there by a name that leads here."""
        self._thread.start()
        mdns = LateMdns(
            [ACME], networks("127.0.0.0/8"), resolve=lambda *_: ["127.0.0.1"]
        )
        outcome = mdns.send(outbound(f"http://{host}:{self.port}/mdn?a=1"))
        self._thread.join(10)
        self._server.server_close()
        return outcome


def test_an_mdn_is_posted_with_its_own_headers():
    peer = Peer(200)

    outcome = peer.answer()

    assert outcome == Sent("HTTP 200")
    assert peer.body == b"the body"
    assert peer.headers["Message-ID"] == "<1@us>"
    assert peer.headers["Host"] == f"mdn.acme.example:{peer.port}"
    assert peer.headers["Content-Length"] == "8"


def test_the_host_of_the_channel_itself_is_named_too():
    assert Peer(202).answer("as2.acme.example") == Sent("HTTP 202")


@pytest.mark.parametrize("status", [301, 400, 403, 404, 410])
def test_what_will_never_do_is_not_tried_again(status):
    outcome = Peer(status).answer()

    assert outcome == Failed(f"MDN: HTTP {status}", trouble=Trouble.REFUSED)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_may_pass_is_tried_again(status):
    outcome = Peer(status).answer()

    assert outcome == Failed(f"MDN: HTTP {status}", trouble=Trouble.CONNECTION)


def test_nobody_there_is_tried_again():
    mdns = LateMdns([ACME], networks("127.0.0.0/8"), resolve=lambda *_: ["127.0.0.1"])

    outcome = mdns.send(outbound("http://mdn.acme.example:1/"))

    assert isinstance(outcome, Failed)
    assert outcome.trouble is Trouble.CONNECTION


def test_a_name_that_cannot_be_looked_up_now_is_tried_again():
    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror

    outcome = LateMdns([ACME], resolve=fails).send(outbound("http://mdn.acme.example/"))

    assert outcome == Failed("MDN: the host's name is not known now")


@pytest.mark.parametrize("partner_id", ["acme", "other"])
def test_another_host_is_refused(partner_id):
    mdns = LateMdns([ACME], resolve=lambda *_: ["93.184.216.34"])

    outcome = mdns.send(outbound("http://evil.example/", partner_id))

    assert outcome == Failed(
        "MDN: the profile does not name the host evil.example",
        trouble=Trouble.REFUSED,
    )
