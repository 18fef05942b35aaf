"""Signed orders through the door: believed, held, refused, repeated."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from gateway.engine.signed import Came, judged, take
from gateway.evidence.bundle import Evidence, hold
from gateway.pipeline.ports import Disbelieved, Inbound, InMemory
from gateway.store import keys, queries, revocations
from gateway.store.evidence import gather
from gateway.store.signed import SignedDocument, drop
from gateway.store.tables import signed_document
from gateway.transport.folder import PartnerFolders
from gateway.transport.pickup import Pickup
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from gateway.web.app import create_app
from tests import pki
from tests.pki import Holder, signature
from tests.starters import FOLDER
from tests.unit.engine.starter_house import Door, House
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root, signer

SAMPLE = (FOLDER / "acme/samples/good-small.edi").read_bytes()
LIMIT = {"amount": "5000", "currency": "USD"}


def trust(**more: Any) -> dict[str, Any]:
    me = {"edipi": "1234567890", "kinds": ["x12_850"], "limit": LIMIT}
    return {
        "anchors": [{"pem": root().pem}],
        "intermediates": [{"pem": authority().pem}],
        "signers": [me],
        **more,
    }


def came(here: House, data: bytes) -> Came:
    profile = here.gateway.engine.rules.directory.profiles["acme"]
    return Came(profile=profile, data=data, peer="192.0.2.7", received_at=NOW)


def posted(here: House, data: bytes) -> SignedDocument:
    kept = take(here.gateway.engine, came(here, data), NOW)
    here.work()
    return kept


def lists(here: House, *by: Holder) -> None:
    for one in by:
        data = pki.revocations(one, since=NOW - pki.DAY, until=NOW + pki.DAY)
        found = RevocationList.read(data)
        signer_ = key_sum(one.key.public_key())
        revocations.keep(here.gateway.db, found, signer_, "test", NOW)


@pytest.fixture
def acme(house: Door) -> House:
    here = house("acme", trust=trust())
    lists(here, root(), authority())
    return here


def test_a_believed_order_is_booked_once_however_often_it_comes(acme):
    data = signature(SAMPLE, signer())
    first, again = posted(acme, data), posted(acme, data)
    assert (first.verdict, again) == ("passed", first)
    assert acme.orders() == ["4500001201"]


def test_a_forged_order_is_refused_and_nothing_is_booked(acme):
    forged = signature(SAMPLE, signer()).replace(b"EA*84*", b"EA*48*")
    kept = posted(acme, forged)
    assert (kept.verdict, kept.report["code"]) == ("failed", "TRU-403")
    assert kept.receipt_id == ""
    assert acme.orders() == []


def test_attack_envelope_of_another_partner(acme):
    """Header spoofing: who signed for one partner may not send as another."""
    other = SAMPLE.replace(b"*ZZ*ACME           *", b"*ZZ*SOMEBODYELSE   *")
    kept = posted(acme, signature(other, signer()))
    assert kept.report["constraint"] == "authorisation.sender"
    assert acme.orders() == []


def test_attack_order_over_the_limit_of_its_signer(acme):
    dear = SAMPLE.replace(b"*12*EA*84*", b"*12*EA*840*")
    kept = posted(acme, signature(dear, signer()))
    assert kept.report["constraint"] == "authorisation.amount"


def test_attack_more_orders_than_are_held_against_the_signer(acme, monkeypatch):
    monkeypatch.setattr("gateway.engine.signed._MOST_ORDERS", 1)
    first, second = (SAMPLE[SAMPLE.index(b"ST*") : SAMPLE.index(b"GE*")] for _ in "12")
    second = second.replace(b"*0001", b"*0002").replace(b"4500001201", b"4500001202")
    many = SAMPLE.replace(first, first + second).replace(b"GE*1*", b"GE*2*")
    kept = posted(acme, signature(many, signer()))
    assert kept.report["constraint"] == "limits.orders"


def test_an_order_whose_signer_may_be_revoked_is_held(house):
    here = house("acme", trust=trust(revocation="hold"))
    kept = posted(here, signature(SAMPLE, signer()))
    assert (kept.verdict, kept.report["code"]) == ("indeterminate", "TRU-418")
    with here.gateway.db.read() as tx:
        (order,) = queries.orders(tx).items
    assert order.state == "held"
    assert "TRU-421" in here.codes(kept.receipt_id)


def test_what_was_known_then_says_so_later(acme):
    data = signature(SAMPLE, signer())
    later = NOW + 200 * pki.DAY
    found = judged(acme.gateway.engine, came(acme, data), later, NOW)
    assert found.report.is_passed
    today = judged(acme.gateway.engine, came(acme, data), later, later)
    assert not today.report.is_passed


def bundled(here: House, receipt_id: str) -> Evidence:
    engine = here.gateway.engine
    while engine.seal():
        pass
    keys = engine.anchor.public_keys()
    with here.gateway.db.read() as tx:
        found = gather(tx, here.gateway.db.payloads, receipt_id, keys)
    assert found is not None
    return found.evidence


def test_evidence_has_document_report_path_and_lists_and_is_whole(acme):
    kept = posted(acme, signature(SAMPLE, signer()))
    evidence = bundled(acme, kept.receipt_id)
    names = [m.name for m in evidence.members if m.name.startswith("signed/")]
    suffixes = sorted(name.rpartition(".")[2] for name in names)
    assert suffixes == ["crl", "crl", "json", "p7m", "pem"]
    assert not hold(evidence)


def test_a_report_that_was_tampered_with_is_found(acme):
    kept = posted(acme, signature(SAMPLE, signer()))
    report = json.dumps(kept.report | {"what": "another"})
    with acme.gateway.db.begin() as tx:
        tx.execute(signed_document.update().values(report=report))
    found = hold(bundled(acme, kept.receipt_id))
    assert [one.code for one in found] == ["EVD-007"]


def test_retention_forgets_what_was_refused_and_keeps_what_has_its_order(acme):
    posted(acme, SAMPLE)
    kept = posted(acme, signature(SAMPLE, signer()))
    with acme.gateway.db.begin() as tx:
        drop(tx, NOW + pki.DAY, None, 10)
        rows = tx.execute(sa.select(signed_document.c.id)).scalars().all()
    assert rows == [kept.id]


def post(
    app: FastAPI, path: str, content: bytes, headers: dict[str, str] | None = None
) -> httpx.Response:
    async def one() -> httpx.Response:
        way = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=way, base_url="http://t") as client:
            return await client.post(path, content=content, headers=headers)

    return asyncio.run(one())


def test_the_door_answers_with_report_and_receipt_or_with_the_reason(acme):
    app = create_app(
        acme.gateway.engine,
        check=acme.gateway.check,
        release=acme.gateway.release,
        clock=lambda: NOW,
    )
    good = post(app, "/signed/acme", signature(SAMPLE, signer()))
    file = (
        b"MIME-Version: 1.0\nContent-Type: application/pkcs7-mime;\n"
        b" smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(signature(SAMPLE, signer()))
    )
    whole = post(app, "/signed/acme", file, {"Content-Type": "application/pkcs7-mime"})
    assert (whole.status_code, whole.json()["verdict"]) == (202, "passed")
    bare = post(app, "/signed/acme", SAMPLE)
    nobody = post(app, "/signed/nobody", SAMPLE)
    packed = {"Content-Encoding": "gzip"}
    small = post(
        app, "/signed/acme", gzip.compress(signature(SAMPLE, signer())), packed
    )
    assert (small.status_code, small.json()["code"]) == (415, "API-019")
    assert (good.status_code, good.json()["verdict"]) == (202, "passed")
    assert good.headers["location"].endswith(good.json()["receipt"])
    assert (bare.status_code, bare.json()["code"]) == (403, "TRU-411")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "ENV-020")


def test_post_interchanges_takes_signed_documents_alone_of_a_partner_who_signs(house):
    here = house("acme", trust=trust(unsigned="refused"))
    lists(here, root(), authority())
    app = create_app(
        here.gateway.engine,
        check=here.gateway.check,
        release=here.gateway.release,
        clock=lambda: NOW,
    )
    with here.gateway.db.begin() as tx:
        key = keys.make(tx, "acme", "partner:acme", NOW)[1]
    bearer = {"Authorization": f"Bearer {key}"}
    bare = post(app, "/v1/interchanges", SAMPLE, bearer)
    good = post(app, "/v1/interchanges", signature(SAMPLE, signer()), bearer)
    here.work()
    assert (bare.status_code, bare.json()["code"]) == (403, "TRU-411")
    assert good.status_code == 202
    assert here.orders() == ["4500001201"]


def dropped(
    here: House, data: bytes, door: str = "folder", name: str = "in/order.p7m"
) -> Inbound:
    blob = InMemory.of(data)
    return Inbound(
        blob=blob,
        channel=door,
        peer=name,
        partner_id="acme",
        transport_id=blob.sha256,
        received_at=here.now,
    )


@pytest.mark.parametrize("door", ["folder", "sftp", "sftp_drop", "http"])
def test_where_all_must_be_signed_a_believed_one_is_booked(house, door):
    here = house("acme", trust=trust(unsigned="refused"))
    lists(here, root(), authority())
    accept, data = here.gateway.engine.accept_file, signature(SAMPLE, signer())
    first = accept(dropped(here, data, door))
    here.work(minutes=1)
    again = accept(dropped(here, data, door))
    assert (first.first_seen, again.first_seen) == (True, False)
    assert first.id == again.id
    assert here.orders() == ["4500001201"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SAMPLE, "TRU-411"),
        (signature(SAMPLE, signer()).replace(b"EA*84*", b"EA*48*"), "TRU-403"),
    ],
)
def test_attack_unsigned_or_forged_file_where_files_must_be_signed(house, data, code):
    here = house("acme", trust=trust(unsigned="refused"))
    lists(here, root(), authority())
    with pytest.raises(Disbelieved) as refused:
        here.gateway.engine.accept_file(dropped(here, data))
    assert refused.value.finding.code == code
    here.work()
    assert here.orders() == []
    with here.gateway.db.read() as tx:
        assert len(tx.execute(sa.select(signed_document)).all()) == 1


@pytest.mark.parametrize("door", ["as2", "soap", "folder", "http"])
def test_attack_unsigned_order_past_the_doors_of_a_partner_who_signs(house, door):
    """What no door has held against the signers is not booked, wherever it came in."""
    here = house("acme", trust=trust(unsigned="refused"))
    receipt = here.gateway.engine.accept(dropped(here, SAMPLE, door))
    here.work()
    assert here.orders() == []
    assert here.codes(receipt.id) == ["TRU-411"]
    assert here.sent() == []


def test_a_signed_file_that_is_too_long_is_refused_unread(house):
    here = house("acme", trust=trust(unsigned="refused"))
    most = here.gateway.engine.settings.max_message_bytes
    with pytest.raises(Disbelieved) as refused:
        here.gateway.engine.accept_file(dropped(here, b" " * (most + 1)))
    assert refused.value.finding.code == "TRN-003"


def test_files_are_taken_as_they_are_unless_the_profile_says_signed(acme):
    acme.gateway.engine.accept_file(dropped(acme, SAMPLE))
    acme.work()
    assert acme.orders() == ["4500001201"]


def test_a_folder_puts_a_forged_file_aside_with_the_reason(house):
    here = house("acme", trust=trust(unsigned="refused"))
    lists(here, root(), authority())
    home = here.gateway.settings.home / "partners" / "acme"
    (home / "in").mkdir(parents=True)
    forged = signature(SAMPLE, signer()).replace(b"EA*84*", b"EA*48*")
    (home / "in" / "order.p7m").write_bytes(forged)
    settings = here.gateway.settings.model_copy(update={"stable_for_s": 0})
    folders = PartnerFolders(partner_id="acme", root=home)
    Pickup(here.gateway.engine.accept_file, [folders], settings).poll()
    (why,) = (home / "refused").glob("*.txt")
    assert why.read_text().startswith("TRU-403 order.p7m: crypto.content")
    assert list((home / "in").iterdir()) == []
