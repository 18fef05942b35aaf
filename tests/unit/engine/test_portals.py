"""A partner's portal: orders are taken in and confirmed, our answers handed over.

Nothing is lost and nothing doubled, wherever a look is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.engine.portals import PortalLooks
from gateway.engine.steps import PORTAL_GET
from gateway.partner.profile import SoapPortalChannel
from gateway.store.polls import Look
from gateway.transport.soap import PortalFault
from tests.pki import certificate
from tests.portal import Stand, standing
from tests.starters import FOLDER, texts
from tests.unit.engine.starter_house import Door, House
from tests.unit.engine.test_signed import SAMPLE, lists, trust
from tests.unit.engine.test_soap import with_key
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root, signer

LOOK = Look(partner_id="acme", channel="portal", owner="me")
ID = "PO-4500001201"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def stand() -> Iterator[Stand]:
    with standing(Stand(by=signer(), now=lambda: NOW)) as one:
        one.waiting[ID] = SAMPLE
        yield one


@pytest.fixture
def acme(house: Door, stand: Stand) -> House:
    """Acme with a portal that signs as Jane Doe, and a key of ours."""
    channel = {"id": "portal", "kind": "soap_portal", "url": stand.url, "get": {}}
    here = house(
        "acme",
        stage="test",
        trust=trust(),
        channels=[channel],
        receives=[{"message": "x12_850", "version": "004010", "channel": "portal"}],
        sends=[{"message": "x12_855", "version": "004010", "channel": "portal"}],
    )
    lists(here, root(), authority())
    with_key(here)
    return here


def look(
    here: House,
    step: Callable[[str], None] = lambda name: None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> int:
    engine = here.gateway.engine
    (channel,) = engine.rules.directory.profiles["acme"].channels
    assert isinstance(channel, SoapPortalChannel)
    looks = PortalLooks(engine, clock=clock, step=step)
    return looks.look(LOOK, channel, lambda: True).taken


def test_an_office_has_its_orders_taken_confirmed_and_answered(house):
    office = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tern Sound Coast Office")
    name = x509.Name([office, x509.NameAttribute(NameOID.COMMON_NAME, "Order Portal")])
    by = certificate(name, root())
    facts = texts(FOLDER / "tern-sound" / "profile.yaml")
    with standing(Stand(by=by, now=lambda: NOW)) as stand:
        stand.waiting["TS-1"] = (
            FOLDER / "tern-sound/samples/good-small.edi"
        ).read_bytes()
        here = house(
            "tern-sound",
            stage="test",
            channels=[facts["channels"][0] | {"url": stand.url, "get": {}}],
            trust=facts["trust"] | {"anchors": [{"pem": root().pem}]},
        )
        lists(here, root())
        with_key(here)
        assert here.gateway.engine.fetching.one(lambda cron, zone, now: now) == 1
        here.work()
    assert here.orders() == ["TS26-0001"]
    assert [one for one, _ in stand.confirmed] == ["TS-1"]
    assert any(b"ST*855*" in one for one in stand.answers.values())


def test_nothing_waits_and_nothing_is_taken(acme, stand):
    stand.waiting.clear()
    assert look(acme) == 0
    assert stand.calls == ["listOrders"]


STEPS = [one for one in PORTAL_GET if one.startswith("portal.")]


@pytest.mark.parametrize("at", STEPS)
def test_a_look_that_is_killed_loses_and_doubles_nothing(acme, stand, at):
    def step(name: str) -> None:
        if name == at:
            raise Killed

    with pytest.raises(Killed):
        look(acme, step)
    look(acme)
    acme.work()
    assert acme.orders() == ["4500001201"]
    assert {one for one, _ in stand.confirmed} == {ID}


def test_a_confirmation_that_got_lost_is_repeated_with_the_same_receipt(acme, stand):
    look(acme)
    stand.waiting[ID] = SAMPLE
    look(acme)
    acme.work()
    assert len(set(stand.confirmed)) == 1
    assert acme.orders() == ["4500001201"]


def test_the_same_id_with_another_document_is_not_confirmed(acme, stand):
    look(acme)
    stand.waiting[ID] = SAMPLE.replace(b"4500001201", b"4500001299")
    with pytest.raises(PortalFault) as told:
        look(acme)
    assert told.value.finding.code == "TRU-433"
    assert len(stand.confirmed) == 1


SPOOFED = SAMPLE.replace(b"*ZZ*ACME           *", b"*ZZ*SOMEBODYELSE   *")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(SPOOFED, "TRU-414"), (b"", "SOAP-004")],
    ids=["spoofed", "empty"],
)
def test_an_order_that_is_not_believed_holds_up_no_other(acme, stand, wrong, code):
    stand.waiting = {"first": wrong, ID: SAMPLE}
    with pytest.raises(PortalFault) as told:
        look(acme)
    acme.work()
    assert told.value.finding.code == code
    assert [one for one, _ in stand.confirmed] == [ID]
    assert acme.orders() == ["4500001201"]
