"""A document of cXML is one interchange with one message, whatever the bytes are."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.bootstrap import tables
from gateway.edi.limits import Limits
from gateway.partner import Directory, Profile, load
from gateway.pipeline.arrived import Read
from gateway.pipeline.arrived_cxml import kind_of
from gateway.pipeline.arrived_xml import key_of
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from tests.starters import ROOT, as_yaml, texts

ORDER = (ROOT / "samples" / "cxml" / "order.xml").read_bytes()
FACTS = ROOT / "tests" / "golden" / "cxml_order_request" / "northgate.yaml"
HUB = ("NetworkID", "AN01900000002")


def profile(**changes: Any) -> Profile:
    loaded = load(as_yaml(texts(FACTS) | changes), "northgate.yaml")
    assert isinstance(loaded, Profile), loaded
    return loaded


def by(*profiles: Profile, **more: Any) -> Rules:
    return Rules(tables(), Directory.of(profiles or [profile()]), **more)


def done(data: bytes, rules: Rules | None = None) -> Read:
    return read([data[:9], data[9:]], rules or by(), receipt_id="rcp_1")


def codes(told: Read) -> list[str]:
    return [one.code for one in told.faults]


def test_payloads_have_the_names_that_profiles_use():
    assert kind_of("OrderRequest") == "cxml_order_request"
    assert kind_of("PunchOutSetupRequest") == "cxml_punch_out_setup_request"


def test_a_very_long_payload_id_is_a_key_all_the_same():
    assert key_of("1@x") == "1@x"
    assert len(key_of("x" * 9_000)) == 71


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_an_encoding_other_than_declared_is_read(encoding: str):
    (one,) = done(ORDER.decode().encode(encoding)).interchanges
    assert one.profile is not None
    assert [m.kind for m in one.groups[0].messages] == ["cxml_order_request"]


def test_any_number_of_blank_lines_hides_no_order():
    (one,) = done(b"\r\n" * 20_000 + ORDER).interchanges
    assert [m.kind for m in one.groups[0].messages] == ["cxml_order_request"]


def test_a_document_over_the_limit_is_refused():
    told = done(ORDER, by(limits=Limits(message_bytes=1_000)))
    assert (codes(told), told.interchanges) == (["WIRE-032"], ())


def test_xml_of_another_kind_is_nobodys():
    told = done(b"<Order/>")
    assert (codes(told), told.interchanges) == (["CXM-001"], ())


def test_a_multipart_without_an_end_is_refused():
    assert codes(done(b"--x\r\nContent-Type: text/xml\r\n\r\n<cXML/>")) == ["CXM-030"]


def test_what_the_partner_does_not_send_is_not_mapped():
    (one,) = done(ORDER, by(profile(receives=[]))).interchanges
    (message,) = one.groups[0].messages
    assert [f.code for f in message.findings] == ["CXM-041"]
    assert message.mapped is None


def found(rules: Rules, *from_: tuple[str, str], to: tuple[str, str] = HUB) -> str:
    """The partner's id, or the code of the finding."""
    whose = rules.directory.find_cxml(from_, [to]).profile
    return whose.id if isinstance(whose, Profile) else whose.code


def test_domains_are_the_same_in_any_case():
    assert found(by(), ("networkid", " AN01900000001 ")) == "northgate"
    assert found(by(), ("NETWORKID", "an01900000001")) == "ENV-020"


def test_one_known_name_is_enough():
    assert found(by(), ("x", "y"), ("duns", "942888711")) == "northgate"


def test_names_of_two_partners_are_nobodys():
    other = profile(id="other", identities={"cxml": {"domain": "x", "id": "y"}})
    rules = by(profile(), other)
    assert found(rules, ("x", "y"), ("duns", "942888711")) == "ENV-020"


def test_a_name_that_two_claim_is_neithers():
    rules = by(profile(), profile(id="other"))
    assert {one.code for one in rules.directory.findings} == {"CFG-006"}
    assert found(rules, ("duns", "942888711")) == "ENV-020"


def test_a_document_for_others_is_told():
    assert found(by(), ("duns", "942888711"), to=("duns", "1")) == "ENV-024"


def test_without_to_it_is_for_us():
    whose = by().directory.find_cxml([("duns", "942888711")], [])
    assert isinstance(whose.profile, Profile)


def test_a_test_account_is_known_where_that_is_agreed_on():
    name = "NetworkID", "AN01900000001-t"
    agreed = by().directory.find_cxml([name], [("NetworkID", f"{HUB[1]}-T")])
    assert (isinstance(agreed.profile, Profile), agreed.by_test_account) == (True, True)
    assert found(by(profile(cxml={"test_suffix": "no"})), name) == "ENV-020"
