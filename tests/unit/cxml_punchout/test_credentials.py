"""Whether a sender is who it says: secrets in two slots, and MACs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.cxml_punchout.credentials import (
    Agreed,
    Credential,
    CredentialMac,
    Header,
    authenticate,
    mac_value,
    same_domain,
    secret_fits,
    without_test_suffix,
)

NOW = dt.datetime(2003, 1, 15, 17, tzinfo=dt.UTC)
HUB = Credential(domain="NetworkID", identity="AN9900000100")
MAC = CredentialMac(
    type="FromSenderCredentials",
    algorithm="HMAC-SHA1-96",
    created="2003-01-15T08:42:46-08:00",
    expires="2003-01-15T11:42:46-08:00",
    value="cR6Jpz58nriXERDN",
)
AGREED = Agreed(
    domain="networkid", identity="AN9900000100", secrets=("old", "abracadabra")
)


def refused(
    sender: Credential, agreed: Agreed = AGREED, now: dt.datetime = NOW
) -> str | None:
    header = Header(from_=(HUB,), to=(HUB,), sender=(sender,))
    found = authenticate(header, agreed, now)
    return found.code if found else None


@pytest.mark.parametrize("secret", ["old", "abracadabra"])
def test_a_secret_of_either_slot_opens(secret: str):
    assert refused(replace(HUB, shared_secret=secret)) is None


@pytest.mark.parametrize("secret", ["", "Abracadabra", "abracadabra ", "\ud800"])
def test_another_secret_does_not(secret: str):
    assert refused(replace(HUB, shared_secret=secret)) == "CXM-010"


def test_an_empty_slot_opens_to_nobody():
    assert not secret_fits("", ("", ""))
    empty = replace(AGREED, secrets=("",))
    assert refused(replace(HUB, shared_secret=""), empty) == "CXM-010"


def test_another_sender_with_the_right_secret_is_refused():
    other = replace(HUB, identity="AN01", shared_secret="abracadabra")  # noqa: S106  the guide's
    assert refused(other) == "CXM-010"


def test_any_credential_of_the_sender_may_be_the_one_agreed_on():
    proved = replace(HUB, shared_secret="old")  # noqa: S106  made up
    other = Credential(domain="DUNS", identity="1")
    header = Header(from_=(HUB,), to=(HUB,), sender=(other, proved))
    assert authenticate(header, AGREED, NOW) is None


def test_a_name_without_a_proof_is_refused():
    assert refused(HUB) == "CXM-013"
    assert refused(replace(HUB, signed=True)) == "CXM-013"


@pytest.mark.parametrize(
    ("secret", "value"),
    [("abracadabra", "cR6Jpz58nriXERDN"), ("password", "5KMM/p4KtK5oAf/B")],
)
def test_the_mac_of_the_guide_is_made(secret: str, value: str):
    assert mac_value(secret, HUB, HUB, MAC.created, MAC.expires) == value


def test_a_mac_opens_only_where_it_is_agreed_on():
    sender = replace(HUB, mac=MAC)
    assert refused(sender) == "CXM-013"
    assert refused(sender, replace(AGREED, mac=True)) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"value": "cR6Jpz58nriXERDM"}, "CXM-012"),
        ({"value": ""}, "CXM-012"),
        ({"expires": "2003-01-15T12:42:46-08:00"}, "CXM-012"),
        ({"created": "2003-01-15T09:42:46-08:00"}, "CXM-011"),
        ({"expires": "soon"}, "CXM-011"),
        ({"algorithm": "HMAC-MD5"}, "CXM-013"),
        ({"type": "SenderCredentials"}, "CXM-013"),
    ],
)
def test_a_forged_mac_is_refused(change: dict[str, str], code: str):
    sender = replace(HUB, mac=replace(MAC, **change))
    assert refused(sender, replace(AGREED, mac=True)) == code


def test_a_mac_is_refused_behind_its_end():
    sender, agreed = replace(HUB, mac=MAC), replace(AGREED, mac=True)
    later = NOW + dt.timedelta(hours=3)
    assert refused(sender, agreed, later) == "CXM-011"


def test_domains_are_the_same_in_any_case():
    assert same_domain(" NetworkId", "NETWORKID")
    assert not same_domain("DUNS", "NetworkID")
    assert HUB.names("NETWORKID", " AN9900000100 ")
    assert not HUB.names("NetworkID", "an9900000100")


@pytest.mark.parametrize("sent", ["AN01-T", "AN01-t"])
def test_the_mark_of_a_test_account_is_taken_off(sent: str):
    assert (without_test_suffix(sent), without_test_suffix("AN01")) == ("AN01", "AN01")


def test_secrets_show_in_no_representation():
    proved = replace(HUB, shared_secret="abracadabra", mac=MAC)  # noqa: S106  the guide's
    shown = repr((Header(sender=(proved,)), AGREED))
    assert "abracadabra" not in shown
    assert MAC.value not in shown


def test_a_bare_header_has_no_proof():
    proved = replace(HUB, shared_secret="old", mac=MAC, signed=True)  # noqa: S106  made up
    header = Header(from_=(proved,), to=(proved,), sender=(proved,), user_agent="x")
    assert header.bare() == Header(
        from_=(HUB,), to=(HUB,), sender=(HUB,), user_agent="x"
    )
