"""Portals in SOAP: only what they signed is read; unsigned words decide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.partner.profile import SoapPortalChannel
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.pipeline.soap import judge_message
from gateway.transport.https import Lines
from gateway.transport.posting import Posting
from gateway.transport.soap import (
    Portal,
    PortalFault,
    PortalLost,
    Portals,
    SoapPosts,
)
from gateway.trust.judging import Asked, Judged
from gateway.trust.keyring import Certified, Keyring, OwnKey, OwnKeys, Use
from tests.pki import NOW, certificate
from tests.portal import Stand, fault, forged, standing
from tests.starters import starter_profile
from tests.unit.pipeline.test_signed import (
    authority,
    judged,
    nothing_revoked,
    other,
    rules,
    signer,
)

DOCUMENT = b"ISA*00*          *00*          *ZZ*AGENCY         ~"


@pytest.fixture
def stand() -> Iterator[Stand]:
    with standing(Stand(by=signer(), now=lambda: NOW)) as one:
        one.waiting["1"] = DOCUMENT
        yield one


def believed(_partner: str, raw: bytes, question: str) -> Judged:
    jane = [{"edipi": "1234567890"}]
    asked = Asked(
        rules=rules(signers=jane),
        facts=nothing_revoked(),
        now=NOW,
        as_of=NOW,
        question=question,
    )
    return judge_message(asked, raw)


def keyring(_partner: str = "") -> Keyring:
    mine = certificate("Supplier", authority())
    uses = frozenset((Use.AS2_SIGN,))
    certified = Certified(certificate=mine.certificate, uses=uses)
    return Keyring(
        ours=OwnKeys((OwnKey(certified=certified, private_key=mine.key, id="k"),))
    )


def portals(home: Path) -> Portals:
    return Portals(home, keyring, Posting(Lines(), lambda: NOW), believed)


def channel(stand: Stand, **more: Any) -> SoapPortalChannel:
    facts = {"id": "portal", "kind": "soap_portal", "url": stand.url, **more}
    return SoapPortalChannel.model_validate(facts)


@pytest.fixture
def portal(stand: Stand, tmp_path: Path) -> Portal:
    return portals(tmp_path).open("agency", channel(stand))


def test_what_waits_is_listed_fetched_and_confirmed(portal, stand):
    assert portal.waiting() == ["1"]
    assert portal.fetch("1") == DOCUMENT
    portal.confirm("1", "rcp_1")
    assert portal.waiting() == []
    assert stand.confirmed == [("1", "rcp_1")]


def test_every_call_is_signed_for_the_portal_alone(portal, stand):
    portal.waiting()
    found = judged(stand.requests[0])
    assert found.report.constraint == "message.operation"  # the signature is good
    assert found.report.signers[0].subject == "CN=Supplier,O=Test Agency"


def refused(portal: Portal) -> str:
    with pytest.raises(PortalFault) as told:
        portal.fetch("1")
    return f"{told.value.finding.code} {told.value.finding.what}"


def test_attack_forged_answer(portal, stand):
    stand.changed = forged
    assert refused(portal).startswith("SOAP-012 crypto.content")


def test_attack_answer_that_nobody_signed(portal, stand):
    stand.signs = False
    assert refused(portal).startswith("SOAP-012 structure.signature")


def test_attack_answer_signed_by_somebody_else(portal, stand):
    stand.by = other()
    assert refused(portal).startswith("SOAP-012 signer.binding")


def test_attack_answer_to_another_question(portal, stand):
    """An old answer, which the portal did give once, played back."""
    kept: list[bytes] = []

    def played(data: bytes) -> bytes:
        kept.append(data)
        return kept[0]

    stand.changed = played
    portal.fetch("1")
    assert refused(portal).startswith("SOAP-012 message.to")


def test_attack_fault_that_nobody_signed(stand, tmp_path):
    """Anybody on the way may say no: our answer is not given up for it."""
    stand.signs, stand.submitted = False, fault("go away")
    found = sent(stand, tmp_path)
    assert isinstance(found, Failed)
    assert (found.code, found.trouble) == ("SOAP-011", Trouble.CONNECTION)
    assert found.what == "it said, unsigned: s:Client go away"


def test_a_signed_fault_that_blames_our_answer_is_final(stand, tmp_path):
    stand.submitted = fault("no such order")
    found = sent(stand, tmp_path)
    assert isinstance(found, Failed)
    assert (found.code, found.trouble) == ("SOAP-011", Trouble.REFUSED)


def test_a_portal_that_does_not_answer_in_soap_is_lost(portal, stand):
    stand.changed = lambda data: b"<html>down for maintenance</html>"
    with pytest.raises(PortalLost):
        portal.waiting()


def sent(stand: Stand, home: Path) -> Sent | Failed:
    ours = {"channels": (channel(stand),)}
    profile = starter_profile("acme").model_copy(update=ours)
    answer = Outbound(
        id="msg_1",
        partner_id="acme",
        channel="portal",
        kind="x12_855",
        file_name="x",
        blob=InMemory.of(b"ISA*855~"),
        attempt=1,
    )
    return SoapPosts([profile], portals(home)).send(answer)


def test_an_answer_of_ours_is_handed_over(stand, tmp_path):
    assert isinstance(sent(stand, tmp_path), Sent)
    assert stand.answers == {"msg_1": b"ISA*855~"}


def test_attack_wsdl_that_wants_to_fetch(stand, tmp_path):
    (tmp_path / "wsdl").mkdir()
    (tmp_path / "wsdl/theirs.wsdl").write_text(
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">'
        '<import namespace="urn:x" location="../secret.wsdl"/></definitions>'
    )
    with pytest.raises(PortalFault) as told:
        portals(tmp_path).open("agency", channel(stand, wsdl="theirs.wsdl"))
    assert told.value.finding.code == "SOAP-013"
    assert stand.calls == []


def test_a_wsdl_with_other_names_is_called_by_them(stand, tmp_path):
    (tmp_path / "wsdl").mkdir()
    ours = Path("gateway/transport/wsdl/portal.wsdl").read_text("utf-8")
    theirs = ours.replace("confirmOrder", "markAsRead").replace("getOrder", "download")
    (tmp_path / "wsdl/theirs.wsdl").write_text(theirs)
    names = {"get": "download", "confirm": "markAsRead"}
    there = channel(stand, wsdl="theirs.wsdl", operations=names)
    portal = portals(tmp_path).open("agency", there)
    assert portal.fetch("1") == DOCUMENT
    portal.confirm("1", "rcp_1")
    assert stand.calls == ["download", "markAsRead"]


def test_a_wsdl_without_our_operations_is_told(stand, tmp_path):
    names = {"get": "somethingElse"}
    with pytest.raises(PortalFault) as told:
        portals(tmp_path).open("agency", channel(stand, operations=names))
    assert told.value.finding.code == "SOAP-013"
