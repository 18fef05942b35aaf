"""What a profile may say about AS2."""

from __future__ import annotations

import pytest

from gateway.bootstrap import unprotected
from gateway.partner import Directory, Profile, load
from gateway.partner.as2 import NO_SECURITY
from gateway.partner.profile import As2Channel
from tests.unit.partner.test_load import SMALL

START = (
    "{id: as2, kind: as2, url: 'https://acme.example/as2',"
    " names: {ours: US, theirs: ACME}"
)


def channel(more: str = "") -> As2Channel:
    loaded = load(SMALL + f"channels: [{START}{more}}}]\n", "acme/profile.yaml")
    assert isinstance(loaded, Profile)
    (found,) = loaded.channels
    assert isinstance(found, As2Channel)
    return found


def test_a_short_channel_signs_encrypts_and_requires_both() -> None:
    found = channel()
    assert (found.security.sign, found.security.encrypt) == ("sha-256", "aes256-cbc")
    assert found.security.require == ("signature", "encryption")
    assert (found.receipt.reply, found.receipt.signature) == ("sync", "required")
    assert (found.times.receipt_s, found.times.retry_h) == (60, 24)
    assert not found.security.is_none


def test_no_security_is_written_out() -> None:
    assert channel(", security: none").security is NO_SECURITY
    only = channel(", security: compressed").security
    assert (only.compress, only.is_none) == ("before", True)


def test_numbers_and_lists_are_read_from_text() -> None:
    found = channel(
        ", legacy: [sha1, 3des], times: {connect_s: 5, retry_h: 48},"
        " receipt: {reply: async, within_min: 30}, replies: {hosts: [MDN.acme.example]}"
    )
    assert found.legacy == ("sha1", "3des")
    assert (found.times.connect_s, found.times.retry_h) == (5, 48)
    assert found.receipt.within_min == 30
    assert found.replies.hosts == ("mdn.acme.example",)


@pytest.mark.parametrize(
    "more",
    [
        ", security: {sign: none, encrypt: none}",
        ", security: {require: []}",
        ", security: {sign: sha1}",
        ", security: {sign: md5}",
        ", security: {encrypt: 3des-cbc}",
        ", security: off",
        ", legacy: [rc2]",
        ", legacy: [sha1], version: '1.3'",
        ", version: '2.0'",
        ", times: {connect_s: 0}",
        ", times: {receipt_s: soon}",
        ", replies: {hosts: ['a b']}",
        ", receipt: {url: 'ftp://x.example'}",
    ],
)
def test_what_is_not_allowed_is_a_finding(more: str) -> None:
    found = load(SMALL + f"channels:\n- {START}{more}}}\n", "acme/profile.yaml")
    assert isinstance(found, tuple)
    assert {one.code for one in found} == {"CFG-003"}
    assert {one.where.path for one in found} <= {
        "acme/profile.yaml:7",
        "acme/profile.yaml:8",
    }


@pytest.mark.parametrize(
    "url",
    [
        "acme.example",
        "https://",
        "https://a:b@acme.example",
        "https://x/#y",
        "https:// x",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_a_finding(url: str) -> None:
    text = START.replace("https://acme.example/as2", url)
    found = load(SMALL + f"channels: [{text}}}]\n", "acme/profile.yaml")
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["CFG-003"]


@pytest.mark.parametrize("name", ["", "é", "x" * 129, " a", "US"])
def test_a_name_that_cannot_be_an_as2_name_is_a_finding(name: str) -> None:
    text = START.replace("theirs: ACME", f"theirs: '{name}'")
    found = load(SMALL + f"channels: [{text}}}]\n", "acme/profile.yaml")
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["CFG-003"]


@pytest.mark.parametrize("name", ["ACME;", "A [1]!", 'a"b\\c', "x" * 128])
def test_names_do_not_depend_on_particular_characters(name: str) -> None:
    text = START.replace("theirs: ACME", f"theirs: '{name}'")
    loaded = load(SMALL + f"channels: [{text}}}]\n", "acme/profile.yaml")
    assert isinstance(loaded, Profile)


@pytest.mark.parametrize("security", ["none", "compressed"])
def test_production_refuses_a_channel_without_security(security: str) -> None:
    bare = load(SMALL + f"channels: [{START}, security: {security}}}]\n", "p")
    safe = load(SMALL + f"channels: [{START}}}]\n", "p")
    assert isinstance(bare, Profile)
    assert isinstance(safe, Profile)
    assert [one.code for one in unprotected(bare, "p")] == ["TRU-410"]
    assert not list(unprotected(safe, "p"))


def test_two_profiles_cannot_have_one_pair_of_as2_names() -> None:
    one = load(SMALL + f"channels: [{START}}}]\n", "p")
    other = load(
        SMALL.replace("id: acme", "id: bolt").replace("id: ACME", "id: BOLT")
        + f"channels: [{START}}}]\n",
        "p",
    )
    assert isinstance(one, Profile)
    assert isinstance(other, Profile)
    assert [f.code for f in Directory.of([one, other]).findings] == ["CFG-006"]
