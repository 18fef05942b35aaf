"""The evidence of an AS2 message, held against by ``openssl`` alone."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.config import Settings
from tests.interop.as2_house import furnish
from tests.interop.as2_peer import Party, inbox, openssl, payload
from tests.interop.test_as2_server import posted, received, sent
from tests.interop.test_http_door import Served, serving


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> tuple[Party, Party]:
    folder = tmp_path_factory.mktemp("parties")
    return Party.make(folder, "us"), Party.make(folder, "them")


@pytest.fixture
def home(tmp_path: Path, parties, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    furnish(Settings(home=home), *parties)
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    return home


def unpacked(id_: str, folder: Path) -> Path:
    """The bundle of an id, as whoever gets it unpacks it."""
    runner = CliRunner()
    bundle = folder / "bundle.zip"
    done = runner.invoke(app, ["evidence", "export", id_, str(bundle)])
    assert done.exit_code == 0, done.output
    told = runner.invoke(app, ["evidence", "verify", str(bundle)])
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(bundle) as file:
        file.extractall(folder / "bundle")
    return folder / "bundle"


def wait_until_noted(served: Served) -> None:
    """Return when the MDN is known to be delivered."""
    until = time.monotonic() + 20
    with served.client() as web:
        while not any(
            one["type"] == "as2_mdn" and one["delivery"] == "delivered"
            for one in web.get("/v1/messages").json()["items"]
        ):
            assert time.monotonic() < until
            time.sleep(0.05)


def verified(file: Path, certificate: Path) -> bytes:
    """What ``openssl`` finds signed in a file, by this certificate and no other."""
    return openssl(
        *("cms", "-verify", "-in", file, "-noverify", "-nointern"),
        *("-certfile", certificate),
    )


def signed(request: Path, certificate: Path) -> bytes:
    """The same where the signature lies beside the bytes."""
    return openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-noverify", "-nointern"),
        *("-in", request / "signature.p7s", "-content", request / "signed.mime"),
        *("-certfile", certificate),
    )


def test_openssl_finds_the_order_and_the_mdn_in_the_bundle(
    home, parties, order, tmp_path
):
    us, them = parties
    with serving(home) as served:
        sent(served, us.encrypt(them.sign(payload(order.encode()))))
        (found,) = received(served)
    bundle = unpacked(found["id"], tmp_path)
    (request,) = bundle.glob("as2/as2_*")
    (theirs,) = bundle.glob("as2/certificates/theirs-*.pem")
    (ours,) = bundle.glob("as2/certificates/ours-*.pem")
    decision = json.loads((request / "decision.json").read_text())

    assert signed(request, theirs) == payload(order.encode())
    assert b"; processed" in verified(request / "reply.eml", ours)
    assert theirs.read_bytes() == them.certificate.read_bytes()
    assert decision["disposition"] == "processed"
    assert decision["facts"]["layers"][0]["kind"] == "encrypted"
    assert (request / "request.eml").read_bytes().count(b"disposition-notification")


def test_what_was_signed_only_proves_itself_as_it_came(home, parties, order, tmp_path):
    document = payload(order.encode())
    with serving(home) as served:
        sent(served, parties[1].sign(document))
        (found,) = received(served)
    bundle = unpacked(found["id"], tmp_path)
    (request,) = bundle.glob("as2/as2_*")

    assert signed(request, parties[1].certificate) == document
    assert document in (request / "request.eml").read_bytes()


def test_what_failed_is_kept_and_proven_too(home, parties, order, tmp_path):
    us = parties[0]
    entity = us.sign(payload(order.encode()))
    with serving(home) as served:
        sent(served, entity)
        with served.gateway.db.read() as tx:
            row = tx.exec_driver_sql("SELECT id FROM as2_message").one()
    bundle = unpacked(row[0], tmp_path)
    reply = bundle / "as2" / row[0] / "reply.eml"

    assert b"authentication-failed" in verified(reply, us.certificate)
    assert (bundle / "as2" / row[0] / "request.eml").read_bytes().endswith(b"--\r\n")


def test_an_mdn_that_was_posted_later_is_in_the_bundle_with_its_events(
    home, parties, order, tmp_path
):
    us, them = parties
    entity = them.sign(payload(order.encode()))
    with serving(home, as2_mdn_networks="127.0.0.0/8") as served, inbox() as box:
        posted(served, entity, Receipt_Delivery_Option=box.url)
        box.wait(1)
        (found,) = received(served)
        wait_until_noted(served)
    bundle = unpacked(found["id"], tmp_path)
    (mdn,) = bundle.glob("sent/*.eml")

    assert b"; processed" in verified(mdn, us.certificate)
    assert b"message.delivered" in (bundle / "events.jsonl").read_bytes()


def test_a_repeat_is_in_the_bundle_with_the_first_one(home, parties, order, tmp_path):
    entity = parties[1].sign(payload(order.encode()))
    with serving(home) as served:
        for _ in range(2):
            sent(served, entity, Message_ID="<again@x.example>")
        (found,) = received(served)
    bundle = unpacked(found["id"], tmp_path)
    replies = {file.read_bytes() for file in bundle.glob("as2/as2_*/reply.eml")}

    assert len(list(bundle.glob("as2/as2_*/request.eml"))) == 2
    assert len(replies) == 1
