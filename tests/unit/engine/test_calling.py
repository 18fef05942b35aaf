"""Whose client certificate it is: found by its sum, or by a path and its name."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.findings import Finding
from tests import pki
from tests.pki import DAY, Holder, certificate
from tests.unit.engine.starter_house import Door, House
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root


def machine(name: str = "edi.acme.example", **more: Any) -> Holder:
    return certificate(name, authority(), **more)


def trust(**more: Any) -> dict[str, Any]:
    return {
        "anchors": [{"pem": root().pem}],
        "intermediates": [{"pem": authority().pem}],
        "revocation": "none",
        "callers": [{"subject": {"CN": "edi.acme.example"}}],
        **more,
    }


def called(here: House, *shown: Holder) -> str:
    """The partner, or the code of why it is nobody."""
    found = here.gateway.engine.calling.of([one.der for one in shown], here.now)
    return found.code if isinstance(found, Finding) else found


@pytest.fixture
def acme(house: Door) -> House:
    return house("acme", trust=trust())


def pinned(house: Door, one: Holder, **more: Any) -> House:
    return house("acme", certificates=[{"pem": one.pem, "uses": "tls_client", **more}])


def test_a_certificate_that_the_profile_has_is_the_partners(house):
    alone = certificate("alone", since=NOW - DAY, until=NOW + DAY)
    assert called(pinned(house, alone), alone) == "acme"


def test_one_that_was_replaced_opens_nothing_after_its_last_day(house):
    alone = certificate("alone", since=NOW - DAY, until=NOW + 9 * DAY)
    here = pinned(house, alone, to=(NOW + DAY).isoformat())
    assert called(here, alone) == "acme"
    here.now += 2 * DAY
    assert called(here, alone) == "TRU-422"


def test_one_for_as2_alone_opens_nothing(house):
    alone = certificate("alone", since=NOW - DAY, until=NOW + DAY)
    here = house("acme", certificates=[{"pem": alone.pem, "uses": "as2_sign"}])
    assert called(here, alone) == "TRU-422"


def test_one_below_the_anchors_is_the_partners_by_its_name(acme):
    assert called(acme, machine()) == "acme"


def test_issuers_may_come_along(house):
    here = house("acme", trust=trust(intermediates=[]))
    assert called(here, machine(), authority()) == "acme"
    assert called(here, machine()) == "TRU-417"


def test_attack_another_name_below_the_same_anchor(acme):
    assert called(acme, machine("edi.other.example")) == "TRU-422"


def test_attack_the_right_name_below_another_anchor(acme):
    forger = certificate("Forger", ca=True)
    forged = certificate("edi.acme.example", forger)
    assert called(acme, forged, forger) == "TRU-417"


def test_attack_a_certificate_of_a_server(acme):
    server = machine(purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    assert called(acme, server) == "TRU-415"


def test_attack_expired_client_certificate(acme):
    assert called(acme, machine(until=NOW - DAY)) == "TRU-413"


def test_a_caller_at_other_times_is_nobody(house):
    entry = {"subject": {"CN": "edi.acme.example"}, "from": "2030-01-01"}
    assert called(house("acme", trust=trust(callers=[entry])), machine()) == "TRU-414"


def test_a_caller_of_whom_revocation_is_not_known_is_not_let_in(house):
    here = house("acme", trust=trust(revocation="hold"))
    assert called(here, machine()) == "TRU-418"


def test_a_certificate_of_two_partners_is_nobodys(house):
    alone = certificate("alone", since=NOW - DAY, until=NOW + DAY)
    here = pinned(house, alone)
    profiles = here.gateway.engine.rules.directory.profiles
    twin = profiles["acme"].model_copy(update={"id": "twin"})
    here.gateway.engine.rules.directory.profiles["twin"] = twin  # type: ignore[index]
    here.gateway.engine.keyrings.use(profiles)
    assert called(here, alone) == "TRU-422"


def test_what_is_no_certificate_is_nobodys(acme):
    found = acme.gateway.engine.calling.of([b"\x30\x00"], NOW)
    assert isinstance(found, Finding)
    assert found.code == "TRU-422"


def test_what_was_found_out_is_known_for_a_moment(acme):
    calling, shown = acme.gateway.engine.calling, [machine().der]
    assert calling.known(shown) is None
    calling.of(shown, NOW)
    assert calling.known(shown) == "acme"


def test_tls_accepts_what_may_lead_to_a_caller(acme):
    accepted = acme.gateway.engine.calling.accepted(NOW)
    assert {root().der, authority().der} <= accepted
    assert pki.certificate("stranger").der not in accepted
