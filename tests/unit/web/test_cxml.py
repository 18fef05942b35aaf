"""The cXML door: every answer is HTTP 200 with a Status that says what became of it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from gateway.bootstrap import tables
from gateway.config import Settings
from gateway.cxml_punchout.credentials import Credential, mac_value
from gateway.cxml_punchout.document import Document, read_document
from gateway.engine import Engine
from gateway.partner import Directory, Profile, load
from gateway.pipeline.rules import Rules
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.tables import orders, outbox, receipt
from gateway.web.app import create_app
from tests.parties import FROM
from tests.pki import DAY, Holder, certificate
from tests.starters import ROOT, as_yaml, texts
from tests.unit.web.conftest import never

SAMPLES = ROOT / "samples" / "cxml"
NORTHGATE = ROOT / "tests" / "golden" / "cxml_order_request" / "northgate.yaml"
ORDER = (SAMPLES / "order.xml").read_bytes()
SECRET = b"open sesame"


def northgate(**changes: Any) -> Profile:
    facts = texts(NORTHGATE)
    facts["cxml"]["secrets"] = ["env:OLD_SECRET", "env:NEW_SECRET"]
    facts["cxml"] |= changes.pop("cxml", {})
    loaded = load(as_yaml(facts | changes), "northgate.yaml")
    assert isinstance(loaded, Profile), loaded
    return loaded


@dataclass(frozen=True)
class House:
    """A gateway in this process."""

    engine: Engine
    app: FastAPI


@pytest.fixture
def door(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., House]]:
    """Makes a gateway that knows Northgate, with these keys of its profile changed."""
    monkeypatch.setenv("OLD_SECRET", SECRET.decode())
    monkeypatch.setenv("NEW_SECRET", "sesame, close")
    made: list[Engine] = []

    def make(settings: dict[str, Any] | None = None, **changes: Any) -> House:
        shutil.copy(empty_database, tmp_path)
        configured = Settings(home=tmp_path, **settings or {})
        rules = Rules(tables(), Directory.of([northgate(**changes)]))
        engine = Engine(Database.open(configured), rules, configured, {})
        made.append(engine)
        app = create_app(engine, check=never, release=never)
        return House(engine, app)

    yield make
    for engine in made:
        engine.close()
        engine.db.close()


def posted(house: House, body: bytes, content_type: str = "text/xml") -> httpx.Response:
    headers = {"Content-Type": content_type}
    answer = asyncio.run(_post(house, body, headers))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
    return answer


def by_proxy(house: House, shown: Holder) -> int:
    """The Status of an order without secret, as a proxy with a certificate sends it."""
    certificate = f":{base64.b64encode(shown.der).decode()}:"
    headers = {"Content-Type": "text/xml", "Client-Cert": certificate}
    bare = ORDER.replace(b"<SharedSecret>open sesame</SharedSecret>", b"")
    status = answered(asyncio.run(_post(house, bare, headers))).status
    assert status is not None
    return status.code


async def _post(house: House, body: bytes, headers: dict[str, str]) -> httpx.Response:
    way = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=way, base_url="http://edi.test") as client:
        return await client.post("/cxml", content=body, headers=headers)


def answered(answer: httpx.Response) -> Document:
    document = read_document(answer.content)
    assert isinstance(document, Document)
    assert document.kind == "response"
    return document


def code(house: House, body: bytes, content_type: str = "text/xml") -> int:
    status = answered(posted(house, body, content_type)).status
    assert status is not None
    return status.code


def kept(house: House) -> list[bytes]:
    """The bytes of every receipt."""
    with house.engine.db.read() as tx:
        sums = list(tx.execute(sa.select(receipt.c.sha256)).scalars())
        blobs = house.engine.db.payloads.load(tx, sums)
        return [b"".join(blobs[one].chunks()) for one in sums]


def booked(house: House) -> list[Any]:
    """Number, state and usage of every order, once all was processed."""
    while house.engine.process():
        pass
    with house.engine.db.read() as tx:
        columns = orders.c.po_number, orders.c.state, orders.c.test
        return [tuple(row) for row in tx.execute(sa.select(*columns))]


def test_an_order_is_kept_answered_and_booked(door: Callable[..., House]):
    house = door()

    document = answered(posted(house, ORDER))

    assert document.status is not None
    assert document.status.code == 200
    assert document.payload_id.startswith("rcp_")
    assert [(number, test) for number, _, test in booked(house)] == [("NG-1001", False)]


@pytest.mark.parametrize(
    "sent",
    [
        b"\xef\xbb\xbf" * 2 + ORDER,
        b"\xef\xbb\xbf\n\xef\xbb\xbf \r\n" + ORDER,
        ("\ufeff\ufeff\n" + ORDER.decode()).encode("utf-16-le"),
    ],
)
def test_an_order_behind_marks_and_blanks_is_booked(
    door: Callable[..., House], sent: bytes
):
    house = door()

    assert code(house, sent) == 200
    assert [number for number, _, _ in booked(house)] == ["NG-1001"]


def test_no_secret_is_kept(door: Callable[..., House], tmp_path: Path):
    house = door()
    posted(house, ORDER)

    assert [SECRET in data for data in kept(house)] == [False]
    assert b"<SharedSecret>***</SharedSecret>" in kept(house)[0]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file for file in files if SECRET in file.read_bytes()] == []


def test_the_second_live_secret_opens_too(door: Callable[..., House]):
    assert code(door(), ORDER.replace(SECRET, b"sesame, close")) == 200


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (SECRET, b"open barley", 401),
        (SECRET, b"", 401),
        (b"AN01900000099", b"AN01900000098", 401),
        (b"<Identity>AN01900000001", b"<Identity>AN09", 200),  # the DUNS is theirs
        (b"<Identity>AN01900000002", b"<Identity>AN09", 403),
        (b"</cXML>", b"", 406),
        (b"<cXML", b"<html", 406),
        (b'1.2.050/cXML.dtd"', b'1.2.050/cXML.dtd" [<!ENTITY x SYSTEM "/x">]', 406),
        (b"OrderRequest", b"CopyRequest", 450),
    ],
)
def test_a_changed_order_has_its_status(
    door: Callable[..., House], old: bytes, new: bytes, status: int
):
    assert code(door(), ORDER.replace(old, new)) == status


@pytest.mark.parametrize("without", [b"", b'orderID=""'])
def test_an_order_without_a_number_is_refused(
    door: Callable[..., House], without: bytes
):
    house = door()
    nameless = ORDER.replace(b'orderID="NG-1001"', without)
    assert (code(house, nameless), code(house, nameless)) == (406, 406)
    assert booked(house) == []


def test_an_order_without_a_number_is_refused_later_where_that_is_agreed(
    door: Callable[..., House],
):
    sends = [{"message": "cxml_status_update_request", "version": "1.2"}]
    house = door(sends=sends)
    assert code(house, ORDER.replace(b'orderID="NG-1001"', b"")) == 201


def test_nothing_of_a_stranger_is_kept(door: Callable[..., House]):
    house = door()
    names = ORDER.replace(b"AN01900000001", b"AN0").replace(b"942888711", b"1")

    assert code(house, names) == 401
    assert code(house, ORDER.replace(SECRET, b"x")) == 401
    assert kept(house) == []


def test_an_answer_does_not_repeat_the_secret(door: Callable[..., House]):
    answer = posted(door(), ORDER.replace(SECRET, b"tell me not"))
    assert b"tell me not" not in answer.content


def test_the_same_payload_id_has_the_same_answer(door: Callable[..., House]):
    house = door()
    first = posted(house, ORDER).content

    assert posted(house, ORDER).content == first
    assert len(booked(house)) == 1


def test_other_bytes_under_a_payload_id_conflict(door: Callable[..., House]):
    house = door()
    posted(house, ORDER)

    assert code(house, ORDER.replace(b"9.50", b"0.50")) == 409
    assert len(booked(house)) == 1


def test_a_refusal_by_the_guide_is_given_again(door: Callable[..., House]):
    rule = {
        "message": "cxml_order_request",
        "code": "CXM-022",
        "severity": "reject",
        "why": "a line has its price",
    }
    house = door(guide={"severity": [rule]})
    without = re.sub(rb"<UnitPrice>.*</UnitPrice>", b"", ORDER)

    first = posted(house, without)

    assert b'code="406"' in first.content
    assert posted(house, without).content == first.content
    assert booked(house) == []
    assert len(kept(house)) == 1


def test_a_test_is_never_booked_as_an_order(door: Callable[..., House]):
    house = door()
    body = ORDER.replace(b"<Request>", b'<Request deploymentMode="test">')

    assert code(house, body) == 200
    assert [test for _, _, test in booked(house)] == [True]


def test_a_test_account_makes_tests_alone(door: Callable[..., House]):
    house = door()
    body = ORDER.replace(b"AN01900000001<", b"AN01900000001-T<")

    assert code(house, body) == 200
    assert [test for _, _, test in booked(house)] == [True]


def test_what_is_taken_is_told(door: Callable[..., House]):
    house = door({"cxml_url": "https://edi.us.example/cxml"})
    document = answered(posted(house, (SAMPLES / "profile.xml").read_bytes()))

    assert document.body is not None
    told = document.body.findall("Transaction")
    names = [one.get("requestName") for one in told]
    assert names == ["ProfileRequest", "OrderRequest"]
    urls = {one.findtext("URL") for one in told}
    assert urls == {"https://edi.us.example/cxml"}


OTHERS = {
    "status-update.xml": "cxml_status_update_request",
    "order-status.xml": "cxml_order_status_request",
    "copy.xml": "cxml_copy_request",
}


def test_the_other_requests_are_told_and_taken(door: Callable[..., House]):
    receives = [{"message": one, "version": "1.2"} for one in OTHERS.values()]
    house = door(receives=receives)
    body = answered(posted(house, (SAMPLES / "profile.xml").read_bytes())).body
    assert body is not None
    names = [one.get("requestName") for one in body.findall("Transaction")]
    assert names[1:] == ["StatusUpdateRequest", "OrderStatusRequest", "CopyRequest"]
    assert [code(house, (SAMPLES / one).read_bytes()) for one in OTHERS] == [200] * 3
    assert booked(house) == []
    assert b"open sesame" not in b"".join(kept(house))


def test_a_change_older_than_one_that_was_answered_is_409(door: Callable[..., House]):
    house = door(sends=[{"message": "cxml_confirmation_request", "version": "1.2"}])
    update = (SAMPLES / "order-update.xml").read_bytes()
    assert [code(house, ORDER), code(house, update)] == [200, 200]
    booked(house)
    assert code(house, update.replace(b"order-2@", b"order-9@")) == 409
    assert code(house, update) == 200
    booked(house)
    with house.engine.db.read() as tx:  # a refusal would be the whole order's
        out = sa.select(sa.func.count()).select_from(outbox)
        assert tx.execute(out).scalar_one() == 2


def test_an_order_of_which_more_is_told_later_is_201(door: Callable[..., House]):
    house = door(sends=[{"message": "cxml_status_update_request", "version": "1.2"}])
    assert code(house, ORDER) == 201


@pytest.mark.parametrize("name", ["setup-create.xml", "setup-edit.xml"])
def test_what_is_not_taken_is_450(door: Callable[..., House], name: str):
    house = door()
    assert code(house, (SAMPLES / name).read_bytes()) == 450
    assert kept(house) == []


def test_an_attachment_is_kept_beside_its_order(door: Callable[..., House]):
    house = door()
    kind = 'multipart/related; boundary="=cxml"; start="<order@buyer.example>"'
    body = (SAMPLES / "order-attachment.mime").read_bytes()

    assert code(house, body, kind) == 200
    assert [number for number, _, _ in booked(house)] == ["NG-1003"]
    assert SECRET not in kept(house)[0]


def with_mac(created: str, expires: str) -> bytes:
    buyer = Credential(domain="NetworkID", identity="AN01900000001")
    hub = Credential(domain="NetworkID", identity="AN01900000099")
    value = mac_value(SECRET.decode(), buyer, hub, created, expires)
    mac = (
        '<CredentialMac type="FromSenderCredentials" algorithm="HMAC-SHA1-96" '
        f'creationDate="{created}" expirationDate="{expires}">{value}</CredentialMac>'
    )
    secret = b"<SharedSecret>" + SECRET + b"</SharedSecret>"
    return ORDER.replace(secret, mac.encode())


AGES = ("2020-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00")


def test_a_mac_is_taken_where_that_is_agreed_on(door: Callable[..., House]):
    assert code(door(cxml={"mac": "yes"}), with_mac(*AGES)) == 200


def test_a_mac_is_refused_where_it_is_not(door: Callable[..., House]):
    assert code(door(), with_mac(*AGES)) == 401


def test_a_forged_mac_is_refused(door: Callable[..., House]):
    forged = with_mac(*AGES).replace(b"2099", b"2098")
    assert code(door(cxml={"mac": "yes"}), forged) == 401


def test_a_body_over_the_limit_is_499(door: Callable[..., House]):
    house = door({"max_interchange_bytes": 1_000})
    assert code(house, ORDER) == 499


def test_a_compressed_body_is_406(door: Callable[..., House]):
    house = door()
    headers = {"Content-Type": "text/xml", "Content-Encoding": "gzip"}

    answer = asyncio.run(_post(house, gzip.compress(ORDER), headers))

    assert answer.status_code == 200
    assert b"API-019" in answer.content
    assert b'code="406"' in answer.content
    assert kept(house) == []


def test_a_word_for_the_letters_is_no_compression(door: Callable[..., House]):
    headers = {"Content-Type": "text/xml", "Content-Encoding": "UTF-8"}
    assert b'code="200"' in asyncio.run(_post(door(), ORDER, headers)).content


def test_no_body_is_406(door: Callable[..., House]):
    assert code(door(), b"") == 406


def test_a_lost_secret_is_trouble_of_ours(
    door: Callable[..., House], monkeypatch: pytest.MonkeyPatch
):
    house = door()
    monkeypatch.delenv("OLD_SECRET")
    monkeypatch.delenv("NEW_SECRET")
    assert code(house, ORDER) == 560


def test_a_bug_of_ours_is_500(
    door: Callable[..., House], monkeypatch: pytest.MonkeyPatch
):
    house = door()
    monkeypatch.setattr(house.engine, "secrets", None)
    assert code(house, ORDER) == 500


def test_a_thousand_lines_are_answered_within_two_seconds(door: Callable[..., House]):
    house = door()
    line = re.search(rb"<ItemOut.*?</ItemOut>", ORDER, re.DOTALL)
    assert line is not None
    body = ORDER.replace(line[0], line[0] * 1_000)

    begun = time.process_time()

    assert code(house, body) == 200
    assert time.process_time() - begun < 2


def test_a_host_that_is_none_is_no_fault(door: Callable[..., House]):
    house = door()
    headers = {"Content-Type": "text/xml", "Host": "["}
    assert asyncio.run(_post(house, ORDER, headers)).status_code == 200


def test_too_much_at_once_may_pass(door: Callable[..., House]):
    house = door({"accept_backlog": 1})
    with house.engine.admit():
        assert code(house, ORDER) == 560


def test_whoever_guesses_is_not_looked_at_any_more(door: Callable[..., House]):
    house = door({"refusals_per_minute": 2})
    guess = ORDER.replace(SECRET, b"open barley")

    assert [code(house, guess) for _ in range(3)] == [401, 401, 560]
    assert code(house, ORDER) == 560


def test_whoever_guesses_names_does_not_stop_a_partner(door: Callable[..., House]):
    house = door({"refusals_per_minute": 2})
    stranger = ORDER.replace(b"AN01900000001", b"AN0").replace(b"942888711", b"1")

    assert [code(house, stranger) for _ in range(3)] == [401, 401, 560]
    assert code(house, ORDER) == 200


def test_a_partner_who_comes_too_often_comes_again(door: Callable[..., House]):
    house = door({"requests_per_minute": 1})
    answer = (posted(house, ORDER), posted(house, ORDER))[1]

    assert b'code="560"' in answer.content
    assert b"API-018" in answer.content
    assert len(kept(house)) == 1


def test_what_is_refused_is_counted(door: Callable[..., House]):
    house = door()
    code(house, ORDER.replace(SECRET, b"x"))
    counted = house.engine.counts.take()
    assert counted["gateway_cxml_refused_total", 'code="CXM-010"'] == 1


BY_PROXY = {"trusted_proxies": "127.0.0.1", "client_certificate_header": "client-cert"}
THEIRS = certificate("northgate", since=FROM, until=FROM + 9000 * DAY)


def test_a_client_certificate_stands_for_the_secret(door: Callable[..., House]):
    shown = [{"pem": THEIRS.pem, "uses": "tls_client"}]
    house = door(BY_PROXY, certificates=shown, cxml={"secrets": []})
    assert by_proxy(house, THEIRS) == 200


def test_where_a_secret_is_agreed_on_a_client_certificate_is_not_enough(
    door: Callable[..., House],
):
    shown = [{"pem": THEIRS.pem, "uses": "tls_client"}]
    assert by_proxy(door(BY_PROXY, certificates=shown), THEIRS) == 401


def test_attack_client_certificate_of_nobody(door: Callable[..., House]):
    assert by_proxy(door(BY_PROXY, cxml={"secrets": []}), THEIRS) == 401


def test_attack_header_spoofing_of_a_client_certificate(door: Callable[..., House]):
    shown = [{"pem": THEIRS.pem, "uses": "tls_client"}]
    stranger = BY_PROXY | {"trusted_proxies": "192.0.2.1"}
    house = door(stranger, certificates=shown, cxml={"secrets": []})
    assert by_proxy(house, THEIRS) == 401


def test_a_partner_who_signs_orders_nothing_here(door: Callable[..., House]):
    house = door(trust={"anchors": [], "unsigned": "refused"})
    assert code(house, ORDER) == 476
    assert kept(house) == []


SIGNED = ORDER.replace(
    b"</cXML>",
    b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    b"</cXML>",
)


def test_a_signed_order_is_taken_by_its_secret_and_says_so(door: Callable[..., House]):
    house = door()
    assert code(house, SIGNED) == 200
    assert [number for number, _, _ in booked(house)] == ["NG-1001"]
    with house.engine.db.read() as tx:
        (row,) = queries.interchanges(tx).items
        found = queries.interchange(tx, row.id)
    assert found is not None
    assert "CXM-055" in {one.finding.code for one in found.findings}


def test_a_signed_order_is_sent_to_the_door_that_judges_it(door: Callable[..., House]):
    house = door(trust={"anchors": [], "unsigned": "refused"})
    answer = posted(house, SIGNED)
    assert b'code="476"' in answer.content
    assert b"TRU-423" in answer.content
    assert kept(house) == []
