"""The door for signed orders in SOAP: a signed receipt, or a Fault with its reason."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from lxml import etree

from gateway.pipeline.soap import ORDERS, judge_message
from gateway.store import own_keys
from gateway.store.own_keys import KeptKey, NewKey
from gateway.trust.files import key_pem
from gateway.trust.judging import Asked
from gateway.trust.keyring import Certified, Use
from gateway.trust.wssecurity.names import SOAP_12, WSSE
from gateway.web.app import create_app
from tests import pki
from tests.unit.engine.starter_house import Door, House
from tests.unit.engine.test_signed import SAMPLE, lists, trust
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, nothing_revoked, root, rules
from tests.unit.pipeline.test_soap import message, plain, swapped

DOOR = "/soap/tender/acme"
TO = {"To": f"https://supplier.example{DOOR}", "MessageID": "urn:uuid:1"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(house: Door) -> House:
    here = house("acme", trust=trust())
    lists(here, root(), authority())
    return here


def with_key(here: House) -> None:
    """Give the gateway a key to sign with, below the root that the tests believe."""
    mine = pki.certificate("Supplier", authority())
    uses = frozenset((Use.AS2_SIGN,))
    db = here.gateway.db
    place = here.gateway.engine.settings.home / "ours.key"
    place.touch(0o600)
    place.write_text(key_pem(mine.key))
    new = NewKey(
        certified=Certified(certificate=mine.certificate, uses=uses, name="ours"),
        private_key=mine.key,
        reference=f"file:{place}",
    )
    with db.begin() as tx:
        assert isinstance(own_keys.add(tx, db.payloads.keys, new, "made", NOW), KeptKey)
    here.gateway.engine.keyrings.refresh()


def call(
    here: House,
    content: str | bytes,
    *,
    at: datetime = NOW,
    door: str = DOOR,
    kind: str = "text/xml; charset=utf-8",
) -> httpx.Response:
    app = create_app(
        here.gateway.engine,
        check=here.gateway.check,
        release=here.gateway.release,
        clock=lambda: at,
    )
    found = asyncio.run(_posted(app, door, content, kind))
    here.work()
    return found


async def _posted(
    app: FastAPI, door: str, content: str | bytes, kind: str
) -> httpx.Response:
    way = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=way, base_url="http://t") as client:
        headers = {"Content-Type": kind}
        return await client.post(door, content=content, headers=headers)


def texts(answer: httpx.Response, name: str) -> list[str]:
    found = etree.fromstring(answer.content).iter(f"{{{ORDERS}}}{name}")
    return [one.text or "" for one in found]


def order(**how: object) -> str:
    return message(plain(SAMPLE), at=NOW, **how)  # type: ignore[arg-type]


def test_an_order_is_booked_and_its_receipt_is_signed(acme):
    with_key(acme)
    answer = call(acme, order(to=TO))
    assert answer.status_code == 200
    assert texts(answer, "verdict") == ["passed"]
    assert acme.orders() == ["4500001201"]
    by = rules(revocation="none")
    asked = Asked(rules=by, facts=nothing_revoked(), now=NOW, as_of=NOW)
    told = judge_message(asked, answer.content)
    assert told.report.is_passed, told.report
    assert b"urn:uuid:1" in answer.content


def test_a_gateway_without_a_key_answers_a_receipt_that_is_not_signed(acme):
    answer = call(acme, order())
    assert answer.status_code == 200
    assert WSSE.encode() not in answer.content
    assert acme.orders() == ["4500001201"]


def test_a_message_in_soap_1_2_is_answered_in_it(acme):
    data = message(plain(SAMPLE, SOAP_12), at=NOW)
    answer = call(acme, data)
    assert answer.headers["content-type"] == SOAP_12.media_type
    refused = call(acme, plain(SAMPLE, SOAP_12))
    assert refused.status_code == 400
    assert texts(refused, "code") == ["TRU-411"]


def test_a_message_that_nobody_signed_is_refused_with_a_fault(acme):
    answer = call(acme, plain(SAMPLE))
    assert (answer.status_code, texts(answer, "code")) == (500, ["TRU-411"])
    assert b"<faultcode>wsse:InvalidSecurity</faultcode>" in answer.content
    assert acme.orders() == []


def test_in_soap_1_2_the_fault_of_ws_security_stands_below_the_senders(acme):
    late = message(plain(SAMPLE, SOAP_12), at=NOW - 60 * MINUTE)
    answer = call(acme, late)
    assert b"<s:Value>s:Sender</s:Value>" in answer.content
    assert b"<s:Value>wsu:MessageExpired</s:Value>" in answer.content


def test_a_message_with_attachments_is_refused(acme):
    answer = call(acme, b"--x", kind='multipart/related; boundary="x"')
    assert texts(answer, "code") == ["SOAP-001"]


def test_attack_huge_body(acme):
    most = acme.gateway.engine.settings.max_message_bytes
    answer = call(acme, b"<" * (most + 1))
    assert texts(answer, "code") == ["API-012"]


def test_the_same_message_again_has_the_first_receipt(acme):
    data = order(to=TO)
    first, again = call(acme, data), call(acme, data, at=NOW + 60 * MINUTE)
    assert texts(first, "receipt") == texts(again, "receipt")
    assert acme.orders() == ["4500001201"]


def test_attack_replayed_message_with_something_unsigned_changed(acme):
    """Only what is signed tells one message from another."""
    data = order()
    first = call(acme, data)
    again = call(acme, swapped(data, "<s:Header>", '<s:Header><x xmlns="urn:x"/>'))
    assert texts(first, "receipt") == texts(again, "receipt")
    assert acme.orders() == ["4500001201"]


def test_attack_replayed_message_after_its_time(acme):
    data = order()
    call(acme, data)
    late = swapped(data, "<s:Header>", '<s:Header><x xmlns="urn:x"/>')
    again = call(acme, late, at=NOW + 60 * MINUTE)
    assert texts(again, "code") == ["TRU-431"]


def test_a_message_id_with_another_document_is_refused(acme):
    call(acme, order(to=TO))
    other = SAMPLE.replace(b"4500001201", b"4500001202")
    answer = call(acme, message(plain(other), at=NOW, to=TO))
    assert texts(answer, "code") == ["TRU-433"]
    assert acme.orders() == ["4500001201"]


def test_attack_spoofed_sender(acme):
    """Who signed for one partner may not send as another."""
    theirs = SAMPLE.replace(b"*ZZ*ACME           *", b"*ZZ*SOMEBODYELSE   *")
    answer = call(acme, message(plain(theirs), at=NOW))
    assert texts(answer, "constraint") == ["authorisation.sender"]


def test_attack_door_of_another_partner(acme):
    answer = call(acme, order(to=TO), door="/soap/tender/nobody")
    assert texts(answer, "code") == ["ENV-020"]


def test_what_is_no_message_is_refused_with_a_fault(acme):
    answer = call(acme, b"no xml at all")
    assert (answer.status_code, texts(answer, "code")) == (500, ["SOAP-001"])


def test_an_order_whose_signer_may_be_revoked_is_held(house):
    here = house("acme", trust=trust(revocation="hold"))
    answer = call(here, order())
    assert texts(answer, "verdict") == ["indeterminate"]
    assert here.orders() == ["4500001201"]


def test_the_wsdl_names_the_door(acme):
    app = create_app(
        acme.gateway.engine, check=acme.gateway.check, release=acme.gateway.release
    )

    async def got() -> httpx.Response:
        way = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=way, base_url="http://t") as client:
            return await client.get(f"{DOOR}?wsdl")

    text = asyncio.run(got()).text
    assert re.findall('location="(.*?)"', text) == [f"http://t{DOOR}"] * 2
