"""Signed documents are believed when all of it is right, and refused by name else.

The cases are named after the rows of the table of traps and attacks: each is one change
of a document that would be believed without it.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.partner.trust import Trust
from gateway.pipeline.signed import open_signed
from gateway.trust.cms import encrypt
from gateway.trust.judging import Asked, Judged
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.ocsp import OcspAnswer
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import Claim, Rules
from gateway.trust.report import Sub, Verdict
from tests import pki
from tests.pki import DAY, NOW, Holder, certificate, revocations, signature

BODY = b"ISA*00*          *00*          *ZZ*AGENCY         ~"
COUNTRY = x509.NameAttribute(NameOID.COUNTRY_NAME, "US")
STAMPS = [ExtendedKeyUsageOID.TIME_STAMPING]


@cache
def root() -> Holder:
    return certificate("Root", ca=True)


@cache
def authority() -> Holder:
    return certificate("Authority", root(), ca=True, path_length=0)


@cache
def signer() -> Holder:
    return certificate("DOE.JANE.Q.1234567890", authority())


@cache
def other() -> Holder:
    return certificate("Second", authority())


@cache
def stamper() -> Holder:
    return certificate("Stamps", root(), purposes=STAMPS)


def known(one: Holder) -> Certificate:
    return Certificate.of(one.certificate)


def rules(anchors: tuple[Holder, ...] | None = None, **trust: Any) -> Rules:
    return Rules(
        name="private",
        partner_id="agency",
        anchors=tuple(map(known, (root(),) if anchors is None else anchors)),
        pool=(known(authority()),),
        trust=Trust.model_validate(trust),
    )


def lists(*encoded: bytes) -> Facts:
    return Facts(tuple(map(RevocationList.read, encoded)))


def nothing_revoked() -> Facts:
    return lists(revocations(root()), revocations(authority()))


def judged(
    data: bytes,
    beside: bytes | None = None,
    *,
    by: Rules | None = None,
    facts: Facts | None = None,
    at: datetime = NOW,
) -> Judged:
    asked = Asked(
        rules=by or rules(), facts=facts or nothing_revoked(), now=at, as_of=at
    )
    return open_signed(asked, data, beside)


def why(found: Judged) -> tuple[Sub | None, str]:
    """What is said of it; nothing of its content is given then."""
    assert found.content is None or found.is_held
    return found.report.sub, found.report.constraint


# Forms that are read.


def mime(content: bytes, boundary: str = "b1") -> bytes:
    entity = b"Content-Type: application/EDI-X12\r\n\r\n" + content
    encoded = base64.encodebytes(signature(entity, signer(), detached=True))
    mark = f"--{boundary}".encode()
    return b"".join(
        (
            b"MIME-Version: 1.0\r\nContent-Type: multipart/signed; "
            b'protocol="application/pkcs7-signature"; micalg=sha-256; ',
            f'boundary="{boundary}"\r\n\r\n'.encode(),
            mark + b"\r\n" + entity + b"\r\n" + mark + b"\r\n",
            b"Content-Type: application/pkcs7-signature\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            encoded + b"\r\n" + mark + b"--\r\n",
        )
    )


def indefinite(der: bytes) -> bytes:
    """The same structure with its outer lengths left open, as BER allows."""
    head = 2 + (der[1] & 0x7F if der[1] > 0x7F else 0)
    return b"\x30\x80" + der[head:] + b"\0\0"


FORMS: dict[str, Callable[[], bytes]] = {
    "enveloping": lambda: signature(BODY, signer()),
    "BER with open lengths": lambda: indefinite(signature(BODY, signer())),
    "base64": lambda: base64.encodebytes(signature(BODY, signer())),
    "PEM": lambda: (
        b"-----BEGIN PKCS7-----\n"
        + base64.encodebytes(signature(BODY, signer()))
        + b"-----END PKCS7-----\n"
    ),
    "multipart S/MIME": lambda: mime(BODY),
    "application/pkcs7-mime": lambda: (
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(signature(BODY, signer()))
    ),
    "PEM as application/pkcs7-mime": lambda: (
        b"Content-Type: application/pkcs7-mime\r\n\r\n" + FORMS["PEM"]()
    ),
    "without signed attributes": lambda: signature(BODY, signer(), attributes=False),
    "naming its certificate": lambda: signature(BODY, signer(), names=signer()),
    "two signatures": lambda: signature(BODY, signer(), other()),
    "signed twice over": lambda: signature(signature(BODY, signer()), other()),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_and_only_what_was_signed_comes_out(form):
    found = judged(FORMS[form]())
    assert found.report.what == ""
    assert found.report.verdict is Verdict.PASSED
    assert found.content == BODY


def test_a_signature_beside_its_document_is_read():
    beside = signature(BODY, signer(), detached=True)
    assert judged(BODY, beside).content == BODY


def test_what_is_encrypted_to_us_is_opened_before_it_is_judged():
    us = certificate("Us", usages="encrypt", kind="rsa2048")
    sealed = encrypt(signature(BODY, signer()), [us.certificate], cipher="aes256-cbc")
    asked = Asked(rules=rules(), facts=nothing_revoked(), now=NOW, as_of=NOW)
    found = open_signed(asked, sealed, holders=[(us.certificate, us.key)])
    assert found.content == BODY


def test_the_report_has_both_clocks_and_the_path():
    told = judged(signature(BODY, signer())).report.as_json()
    (one,) = told["signers"]
    assert one["clocks"]["difference_s"] == 0
    assert [link["revocation"] for link in one["path"]] == ["not asked", "good", "good"]
    assert json.dumps(told)


# Attacks on the structure.


def test_attack_unsigned():
    assert why(judged(BODY)) == (Sub.FORMAT_FAILURE, "structure.signature")


def test_what_is_packed_is_told_as_what_it_looks_like():
    told = judged(gzip.compress(BODY)).report
    assert told.constraint == "structure.signature"
    assert "packed by gzip" in told.what


def test_attack_certificates_without_a_signature():
    whole = cms.ContentInfo.load(signature(BODY, signer()))
    whole["content"]["signer_infos"] = []
    bare = whole.dump(force=True)
    assert why(judged(bare))[0] is Sub.SIG_CRYPTO_FAILURE


def test_attack_changed_content():
    data = signature(BODY, signer()).replace(b"AGENCY", b"FORGER")
    assert why(judged(data)) == (Sub.HASH_FAILURE, "crypto.content")


def test_attack_changed_content_beside_its_signature():
    beside = signature(BODY, signer(), detached=True)
    assert why(judged(BODY + b" ", beside))[0] is Sub.HASH_FAILURE


def test_attack_two_contents():
    """One inside the signature and another beside it: nobody could say which."""
    assert why(judged(b"IEA*1~", signature(BODY, signer())))[0] is Sub.FORMAT_FAILURE


def test_attack_signed_attributes_as_content():
    """What another message's signer signed is a SET of attributes, and no order."""
    signed = cms.ContentInfo.load(signature(BODY, signer()))
    info = signed["content"]["signer_infos"][0]
    attributes = info["signed_attrs"].untag().dump()
    forged = cms.ContentInfo.load(signature(attributes, signer(), attributes=False))
    forged["content"]["signer_infos"][0]["signature"] = info["signature"].native
    found = why(judged(forged.dump(force=True)))
    assert found == (Sub.SIG_CONSTRAINTS_FAILURE, "structure.signed_attributes")


def test_attack_signature_of_another_document():
    beside = signature(b"another", signer(), detached=True)
    assert why(judged(BODY, beside))[0] is Sub.HASH_FAILURE


def test_attack_second_signature_that_is_wrong():
    """All signatures must hold unless the profile says that one is enough."""
    stranger = certificate("Stranger", certificate("Elsewhere", ca=True))
    data = signature(BODY, signer(), stranger)
    assert why(judged(data))[0] is Sub.NO_CERTIFICATE_CHAIN_FOUND
    assert judged(data, by=rules(signatures="one")).content == BODY


def test_attack_layer_upon_layer():
    data = BODY
    for _ in range(8):
        data = signature(data, signer())
    assert why(judged(data)) == (Sub.FORMAT_FAILURE, "limits.layers")


def test_attack_signed_part_followed_by_an_unsigned_one():
    forged = mime(BODY).replace(
        b"--b1--", b"--b1\r\nContent-Type: application/EDI-X12\r\n\r\nISA~\r\n--b1--"
    )
    assert why(judged(forged)) == (Sub.FORMAT_FAILURE, "structure.mime")


def test_attack_more_certificates_than_are_looked_at():
    many = [certificate(f"Filler {n}", authority()) for n in range(16)]
    whole = cms.ContentInfo.load(signature(BODY, *many[:1], chain=many[1:]))
    assert len(whole["content"]["certificates"]) == 16
    assert judged(whole.dump()).report.is_passed


def test_attack_authorities_that_all_issue_each_other():
    """Ways without end between them, none to an anchor: refused after so much work."""
    ring = [certificate(f"Ring {n}", ca=True) for n in range(9)]
    crossed = [
        certificate(above.certificate.subject, other_, ca=True)
        for above in ring
        for other_ in ring
        if above is not other_
    ]
    lost = certificate("Lost", ring[0])
    pool = tuple(map(known, crossed))
    begun = time.process_time()
    found = why(judged(signature(BODY, lost), by=replace(rules(), pool=pool)))
    assert found == (Sub.NO_CERTIFICATE_CHAIN_FOUND, "path.effort")
    assert time.process_time() - begun < 1


# Algorithms.


def test_attack_weak_digest():
    found = why(judged(signature(BODY, signer(), digest="sha1")))
    assert found == (Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "signature.algorithm")


def test_a_digest_is_believed_until_its_last_day():
    by = rules(algorithms={"digests": {"sha1": "2026-12-01"}})
    data = signature(BODY, signer(), digest="sha1")
    assert judged(data, by=by).report.is_passed
    facts = lists(
        *(revocations(one, until=NOW + 60 * DAY) for one in (root(), authority()))
    )
    late = judged(data, by=by, at=NOW + 40 * DAY, facts=facts)
    assert why(late)[0] is Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE


def test_attack_short_key():
    weak = certificate("Weak", authority(), kind="rsa1024")
    found = why(judged(signature(BODY, weak)))
    assert found == (Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "signature.algorithm")


# Who signed.


def test_trap_signing_certificate_of_another():
    found = why(judged(signature(BODY, signer(), names=authority())))
    assert found == (Sub.SIG_CONSTRAINTS_FAILURE, "signer.signing_certificate")


def test_trap_no_certificate_came_along():
    whole = cms.ContentInfo.load(signature(BODY, signer()))
    whole["content"]["certificates"] = []
    data = whole.dump(force=True)
    assert why(judged(data)) == (
        Sub.NO_SIGNING_CERTIFICATE_FOUND,
        "signer.certificate",
    )
    pool = (known(authority()), known(signer()))
    assert judged(data, by=replace(rules(), pool=pool)).report.is_passed


def test_trap_self_signed():
    found = why(judged(signature(BODY, certificate("DOE.JANE.Q.1234567890"))))
    assert found[0] is Sub.NO_CERTIFICATE_CHAIN_FOUND


def test_trap_other_anchor():
    found = why(judged(signature(BODY, signer()), by=rules(anchors=())))
    assert found == (Sub.NO_CERTIFICATE_CHAIN_FOUND, "path.anchor")


def test_trap_wrong_key_usage():
    sealer = certificate("Sealer", authority(), usages="encrypt")
    found = why(judged(signature(BODY, sealer)))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "signer.key_usage")


def test_trap_wrong_extended_key_usage():
    server = certificate(
        "Server", authority(), purposes=[ExtendedKeyUsageOID.SERVER_AUTH]
    )
    by = rules(purposes=["1.3.6.1.5.5.7.3.4"])
    found = why(judged(signature(BODY, server), by=by))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "signer.extended_key_usage")


def test_trap_signer_who_is_no_authority_issues_another():
    forged = certificate("Forged", signer())
    data = signature(BODY, forged, chain=[signer()])
    assert why(judged(data))[0] is Sub.NO_CERTIFICATE_CHAIN_FOUND


def test_trap_authority_below_one_that_may_have_none():
    below = certificate("Below", authority(), ca=True)
    data = signature(BODY, certificate("Deep", below), chain=[below])
    facts = lists(*map(revocations, (root(), authority(), below)))
    assert why(judged(data, facts=facts)) == (
        Sub.CHAIN_CONSTRAINTS_FAILURE,
        "path.length",
    )


def test_trap_name_outside_of_the_constraints():
    only = x509.NameConstraints(
        [
            x509.DirectoryName(
                x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "US")])
            )
        ],
        None,
    )
    narrow = certificate("Narrow", root(), ca=True, extensions=[(only, True)])
    data = signature(BODY, certificate("Outside", narrow), chain=[narrow])
    facts = lists(*map(revocations, (root(), narrow)))
    found = why(judged(data, facts=facts))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "path.name_constraints")


# Policies.


@cache
def hardware() -> tuple[Holder, Holder]:
    above = certificate("Policy CA", root(), ca=True, policies=[pki.MEDIUM])
    return certificate("Officer", above, policies=[pki.MEDIUM]), above


def with_policy(**trust: Any) -> Judged:
    officer, above = hardware()
    facts = lists(revocations(root()), revocations(above))
    data = signature(BODY, officer, chain=[above])
    return judged(data, by=rules(**trust), facts=facts)


def test_a_policy_that_is_demanded_and_held_is_told():
    found = with_policy(policies=[pki.MEDIUM])
    assert found.report.signers[0].policies == (pki.MEDIUM,)


def test_a_trust_profile_brings_its_policies():
    me = {"sha256": hardware()[0].sha256}
    assert with_policy(profile="dod", signers=[me]).report.is_passed
    found = why(with_policy(profile="eca", signers=[me]))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "path.policies")


def test_trap_wrong_policy():
    found = why(with_policy(policies=["2.16.840.1.101.3.2.1.12.2"]))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "path.policies")


def test_trap_no_policy_where_one_is_demanded():
    found = why(judged(signature(BODY, signer()), by=rules(policies=[pki.MEDIUM])))
    assert found == (Sub.CHAIN_CONSTRAINTS_FAILURE, "path.policies")


# Dates, revocation, time-stamps.


def test_trap_expired():
    old = certificate("Old", authority(), until=NOW - DAY)
    assert why(judged(signature(BODY, old))) == (
        Sub.OUT_OF_BOUNDS_NO_POE,
        "signer.validity",
    )


def test_trap_not_yet_valid():
    young = certificate("Young", authority(), since=NOW + DAY)
    assert why(judged(signature(BODY, young)))[0] is Sub.OUT_OF_BOUNDS_NO_POE


def test_trap_expired_before_its_time_stamp():
    old = certificate("Old", authority(), until=NOW - DAY)
    data = signature(BODY, old, stamp=stamper())
    assert why(judged(data)) == (Sub.EXPIRED, "signer.validity")
    assert judged(data).report.verdict is Verdict.FAILED


def test_a_time_stamp_keeps_a_signature_alive():
    old = certificate("Old", authority(), until=NOW - DAY)
    data = signature(BODY, old, stamp=stamper(), stamped_at=NOW - 2 * DAY)
    found = judged(data)
    assert found.report.is_passed
    assert found.report.signers[0].proven_at == NOW - 2 * DAY


@pytest.mark.parametrize(
    ("stamp", "constraint"),
    [
        (lambda: certificate("No stamps", root()), "timestamp.extended_key_usage"),
        (lambda: certificate("Far", None, purposes=STAMPS), "timestamp.path.anchor"),
    ],
)
def test_trap_time_stamp_of_nobody_who_may(stamp, constraint):
    found = why(judged(signature(BODY, signer(), stamp=stamp())))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, constraint)


def test_trap_time_stamp_of_the_future():
    data = signature(BODY, signer(), stamp=stamper(), stamped_at=NOW + DAY)
    found = why(judged(data))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.order")


def test_trap_time_stamp_of_another_signature():
    data = signature(BODY, signer(), stamp=stamper(), stamped=b"another")
    found = why(judged(data))
    assert found == (Sub.TIMESTAMP_ORDER_FAILURE, "timestamp.imprint")


def revoked(one: Holder, at: datetime = NOW - DAY) -> Facts:
    by = one.issuer or one
    others = [o for o in (root(), authority()) if o is not by]
    found = revocations(by, (one.certificate.serial_number, at))
    return lists(found, *map(revocations, others))


def test_trap_revoked():
    found = why(judged(signature(BODY, signer()), facts=revoked(signer())))
    assert found == (Sub.REVOKED_NO_POE, "signer.revocation")


def test_trap_revoked_authority():
    found = why(judged(signature(BODY, signer()), facts=revoked(authority())))
    assert found == (Sub.REVOKED_CA_NO_POE, "authority.revocation")


def test_revoked_after_a_time_stamp_it_still_holds_and_before_it_failed():
    data = signature(BODY, signer(), stamp=stamper(), stamped_at=NOW - 2 * DAY)
    assert judged(data, facts=revoked(signer())).report.is_passed
    found = judged(data, facts=revoked(signer(), NOW - 3 * DAY))
    assert why(found) == (Sub.REVOKED, "signer.revocation")


def test_trap_no_list():
    found = why(judged(signature(BODY, signer()), facts=Facts()))
    assert found == (Sub.TRY_LATER, "path.revocation")


def test_trap_stale_list():
    stale = revocations(authority(), until=NOW - DAY / 2, since=NOW - DAY)
    facts = lists(revocations(root()), stale)
    assert why(judged(signature(BODY, signer()), facts=facts))[0] is Sub.TRY_LATER


def test_a_list_may_be_too_old_for_the_profile_before_its_own_end():
    found = judged(signature(BODY, signer()), by=rules(fresh_h="12"))
    assert why(found) == (Sub.TRY_LATER, "path.revocation")


def test_trap_list_signed_by_another():
    forged = revocations(authority(), signed_by=signer())
    facts = lists(revocations(root()), forged)
    assert why(judged(signature(BODY, signer()), facts=facts))[0] is Sub.TRY_LATER


def test_what_changed_since_a_list_counts():
    serial = signer().certificate.serial_number
    delta = revocations(authority(), (serial, NOW - DAY), number=2, base=1)
    facts = lists(revocations(root()), revocations(authority()), delta)
    assert why(judged(signature(BODY, signer()), facts=facts))[0] is Sub.REVOKED_NO_POE


def test_unknown_revocation_is_held_never_silent_where_the_profile_says_so():
    found = judged(
        signature(BODY, signer()), by=rules(revocation="hold"), facts=Facts()
    )
    assert found.is_held
    assert why(found) == (Sub.TRY_LATER, "path.revocation.hold")
    assert found.content == BODY


def answers(*encoded: bytes) -> Facts:
    return Facts(
        (RevocationList.read(revocations(root())),),
        tuple(map(OcspAnswer.read, encoded)),
    )


@cache
def responder() -> Holder:
    return certificate(
        "Responder", authority(), purposes=[ExtendedKeyUsageOID.OCSP_SIGNING]
    )


def test_an_answer_of_a_delegated_responder_is_believed():
    good = pki.answer(signer(), authority(), responder=responder())
    assert judged(signature(BODY, signer()), facts=answers(good)).report.is_passed


def test_an_answer_that_says_revoked_is_believed():
    bad = pki.answer(signer(), authority(), revoked_at=NOW - DAY)
    found = judged(signature(BODY, signer()), facts=answers(bad))
    assert why(found)[0] is Sub.REVOKED_NO_POE


OCSP = {
    "another serial": lambda: pki.answer(other(), authority()),
    "too old": lambda: pki.answer(
        signer(), authority(), since=NOW - 9 * DAY, until=NOW - DAY
    ),
    "of the future": lambda: pki.answer(signer(), authority(), since=NOW + DAY),
    "without an end": lambda: pki.answer(signer(), authority(), until=None),
    "responder not meant for it": lambda: pki.answer(
        signer(), authority(), responder=other()
    ),
    "responder of another authority": lambda: pki.answer(
        signer(),
        authority(),
        responder=certificate(
            "Elsewhere", root(), purposes=[ExtendedKeyUsageOID.OCSP_SIGNING]
        ),
    ),
    "responder expired": lambda: pki.answer(
        signer(),
        authority(),
        responder=certificate(
            "Late",
            authority(),
            until=NOW - DAY,
            purposes=[ExtendedKeyUsageOID.OCSP_SIGNING],
        ),
    ),
}


@pytest.mark.parametrize("case", OCSP)
def test_trap_ocsp_answer_that_proves_nothing(case):
    found = judged(signature(BODY, signer()), facts=answers(OCSP[case]()))
    assert why(found) == (Sub.TRY_LATER, "path.revocation")


# Whose it is, and what it may.


def test_trap_certificate_of_another_partner():
    by = rules(signers=[{"edipi": "0987654321"}])
    found = why(judged(signature(BODY, signer()), by=by))
    assert found == (Sub.SIG_CONSTRAINTS_FAILURE, "signer.binding")


@pytest.mark.parametrize(
    "binding",
    [
        {"edipi": "1234567890"},
        {"subject": {"CN": "DOE.JANE.Q.1234567890", "O": "Test Agency"}},
    ],
    ids=["edipi", "subject"],
)
def test_a_signer_is_known_by_parts_of_the_name(binding):
    assert judged(signature(BODY, signer()), by=rules(signers=[binding])).content


def test_a_part_of_a_name_is_compared_whole():
    by = rules(signers=[{"subject": {"CN": "DOE.JANE"}}])
    assert why(judged(signature(BODY, signer()), by=by))[1] == "signer.binding"


def test_pinned_needs_no_path_and_two_may_overlap():
    new = certificate("Pinned two")
    old = certificate("Pinned one")
    by = rules(
        anchors=(),
        profile="pinned",
        signers=[
            {"sha256": old.sha256, "to": "2026-11-10"},
            {"key": known(new).spki, "from": "2026-11-01"},
        ],
    )
    assert judged(signature(BODY, old), by=by, facts=Facts()).report.is_passed
    assert judged(signature(BODY, new), by=by, facts=Facts()).report.is_passed
    late = judged(signature(BODY, old), by=by, facts=Facts(), at=NOW + 30 * DAY)
    assert why(late) == (Sub.SIG_CONSTRAINTS_FAILURE, "signer.dates")


CLAIM = Claim(
    kind="x12_850",
    buyers=frozenset(("N00104",)),
    contract="SPE4A1-26-D-0001",
    amount=Decimal(900),
    currency="USD",
)
MAY = {
    "edipi": "1234567890",
    "kinds": "x12_850",
    "buyers": "N00104",
    "contracts": "SPE4A1-26-D-0001",
    "limit": {"amount": "1000", "currency": "USD"},
}


def test_a_signer_who_may_send_it_is_believed():
    found = judged(signature(BODY, signer()), by=rules(signers=[MAY]))
    assert found.claims(CLAIM).content == BODY


@pytest.mark.parametrize(
    ("claim", "constraint"),
    [
        (replace(CLAIM, kind="x12_860"), "authorisation.kind"),
        (replace(CLAIM, buyers=frozenset(("N00105",))), "authorisation.buyer"),
        (replace(CLAIM, contract=""), "authorisation.contract"),
        (replace(CLAIM, amount=Decimal("1000.01")), "authorisation.amount"),
        (replace(CLAIM, amount=None), "authorisation.amount"),
        (replace(CLAIM, currency="EUR"), "authorisation.amount"),
    ],
    ids=["kind", "buyer", "contract", "amount", "no amount", "currency"],
)
def test_trap_signer_who_may_not_send_it(claim, constraint):
    found = judged(signature(BODY, signer()), by=rules(signers=[MAY])).claims(claim)
    assert why(found) == (Sub.SIG_CONSTRAINTS_FAILURE, constraint)
