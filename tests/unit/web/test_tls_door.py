"""TLS of our own: who shows a partner's certificate needs no key."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from fastapi import FastAPI

from gateway.bootstrap import Gateway
from gateway.cli.work import app_of
from gateway.config import Settings
from gateway.store import keys, profiles
from gateway.store.shared_time import utc_now
from gateway.trust.keyring import Certified, OwnKey, Use
from gateway.web.listening import Beside, TlsDoor
from gateway.web.serve import serve
from tests.pki import Holder, certificate
from tests.starters import FOLDER, as_yaml, texts

SAMPLE = (FOLDER / "acme/samples/good-small.edi").read_bytes()
SINCE, UNTIL = utc_now() - timedelta(days=9), datetime(2046, 1, 1, tzinfo=UTC)
HOST = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])


def one(name: str, issuer: Holder | None = None, *, ca: bool = False) -> Holder:
    return certificate(
        name, issuer, ca=ca, since=SINCE, until=UNTIL, extensions=[(HOST, False)]
    )


ROOT = one("Callers", ca=True)
ACME, CALLER, OURS, STRANGER = (
    one("acme"),
    one("edi.acme.example", ROOT),
    one("ours"),
    one("stranger"),
)


@dataclass(frozen=True)
class Doors:
    """Where a gateway listens, and how to come in."""

    gateway: Gateway
    plain: str
    secured: str
    socket: Path
    folder: Path

    def client(self, shown: Holder | None = None) -> httpx.Client:
        """A client over TLS that knows us, and shows this."""
        context = ssl.create_default_context(cadata=OURS.pem)
        if shown is not None:
            file = self.folder / f"{shown.sha256[:8]}.pem"
            key = shown.key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            file.write_bytes(shown.pem.encode() + key)
            context.load_cert_chain(file)
        return httpx.Client(base_url=self.secured, verify=context, timeout=10)

    def key(self, partner: str) -> dict[str, str]:
        with self.gateway.db.begin() as tx:
            secret = keys.make(tx, "test", f"partner:{partner}", utc_now())[1]
        return {"Authorization": f"Bearer {secret}"}


def own_key(holder: Holder) -> OwnKey:
    uses = frozenset({Use.TLS_SERVER})
    certified = Certified(certificate=holder.certificate, uses=uses)
    return OwnKey(certified=certified, private_key=holder.key, id="crt_1")


def wait_for(met: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not met():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def running(make: Callable[[], Any], beside: Beside, port: int) -> Iterator[None]:
    stop, up = threading.Event(), threading.Event()
    how = {"port": port, "beside": beside, "started": lambda address: up.set()}
    thread = threading.Thread(target=serve, args=(make, stop), kwargs=how)
    thread.start()
    assert up.wait(10)
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def doors(tmp_path: Path, free_port: int) -> Iterator[Doors]:
    settings = Settings(home=tmp_path, client_certificate_header="client-cert")
    facts = texts(FOLDER / "acme/profile.yaml") | {
        "certificates": [{"pem": ACME.pem, "uses": "tls_client"}],
        "trust": {
            "anchors": [{"pem": ROOT.pem}],
            "revocation": "none",
            "callers": [{"subject": {"CN": "edi.acme.example"}}],
        },
    }
    first = Gateway(settings)
    with first.db.begin() as tx:
        profiles.apply(tx, "acme", as_yaml(facts), utc_now())
    first.close()
    gateway = Gateway(settings)
    ours = own_key(OURS)
    accepted: Callable[[datetime], frozenset[bytes]] = gateway.engine.calling.accepted
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    way = tmp_path / "proxy.sock"
    door = TlsDoor(key=lambda now: ours, accepted=accepted, clock=gateway.clock)
    beside = Beside(port=port, tls=door, proxy_socket=way)
    with running(lambda: app_of(gateway), beside, free_port):
        yield Doors(
            gateway,
            f"http://127.0.0.1:{free_port}",
            f"https://127.0.0.1:{port}",
            way,
            tmp_path,
        )
    gateway.close()


@pytest.mark.parametrize("shown", [ACME, CALLER], ids=["pinned", "issued"])
def test_who_shows_a_partners_certificate_needs_no_key(doors, shown):
    with doors.client(shown) as client:
        told = client.post("/v1/interchanges", content=SAMPLE)
        assert told.status_code == 202
        listed = client.get("/v1/interchanges").json()["items"]
    assert [row["partner_id"] for row in listed] == ["acme"]


def test_who_shows_a_partners_certificate_may_what_partners_may(doors):
    with doors.client(ACME) as client:
        told = client.get("/v1/keys")
    assert told.status_code == 403


def test_without_a_certificate_a_key_is_asked_for(doors):
    with doors.client() as client:
        assert client.post("/v1/interchanges", content=SAMPLE).status_code == 401
        told = client.get("/v1/interchanges", headers=doors.key("acme"))
        assert told.status_code == 200


def test_a_stranger_does_not_get_through_the_handshake(doors):
    with doors.client(STRANGER) as client, pytest.raises(httpx.TransportError):
        client.get("/v1/interchanges")


def test_a_certificate_below_the_same_anchor_is_not_enough(doors):
    with doors.client(one("edi.other.example", ROOT)) as client:
        told = client.get("/v1/interchanges")
    assert (told.status_code, told.json()["code"]) == (403, "TRU-422")


def test_key_and_certificate_of_two_partners_open_nothing(doors):
    with doors.client(ACME) as client:
        told = client.get("/v1/interchanges", headers=doors.key("other"))
        posted = [
            client.post("/v1/interchanges", content=b"x", headers=doors.key("other"))
            for _ in "12"
        ]
    assert (told.status_code, told.json()["code"]) == (403, "API-014")
    assert {one.status_code for one in posted} == {403}


def octets(one: Holder) -> dict[str, str]:
    return {"Client-Cert": f":{base64.b64encode(one.der).decode()}:"}


def test_the_proxys_socket_speaks_for_its_clients(doors):
    line = httpx.HTTPTransport(uds=str(doors.socket))
    with httpx.Client(transport=line, base_url="http://gateway") as client:
        told = client.post("/v1/interchanges", content=SAMPLE, headers=octets(ACME))
        assert told.status_code == 202
        assert client.get("/v1/interchanges").status_code == 401


def test_attack_header_spoofing_at_the_plain_door_and_over_tls(doors):
    for address in (doors.plain, doors.secured):
        with doors.client() as client:
            told = client.get(f"{address}/v1/interchanges", headers=octets(ACME))
        assert told.status_code == 401


def test_only_our_group_may_use_the_socket(doors):
    assert doors.socket.stat().st_mode & 0o777 == 0o660


def test_another_key_of_ours_is_shown_without_a_restart(free_port, monkeypatch):
    monkeypatch.setattr("gateway.web.lines.LOOK_S", 0.05)
    shown = [own_key(OURS)]
    door = TlsDoor(
        key=lambda now: shown[-1], accepted=lambda now: frozenset(), clock=utc_now
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(FastAPI, Beside(port=port, tls=door), free_port):
        before = ssl.get_server_certificate(("127.0.0.1", port))
        shown.append(own_key(one("ours, the next")))
        wait_for(lambda: ssl.get_server_certificate(("127.0.0.1", port)) != before)
