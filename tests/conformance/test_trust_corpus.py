"""Certification paths and signatures of the public suites, through our own code."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

from gateway.pipeline.signed import open_signed
from gateway.trust.judging import Asked
from gateway.trust.pki.building import Paths
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.crl import RevocationList, UnreadableList
from gateway.trust.pki.demand import DIGESTS, Algorithms, Demand
from gateway.trust.pki.policies import Initial
from gateway.trust.pki.revocation import Facts
from gateway.trust.pki.signature import Signed, signed_by
from gateway.trust.policy import Rules
from gateway.trust.report import Fault, Sub
from gateway.trust.xmldsig.opened import OpenedXml
from gateway.trust.xmldsig.structure import children, decoded
from tests.conformance.corpus import SHARED

TRUST = SHARED / "corpus" / "trust"
PKITS = (
    TRUST / "MatthiasValvekens+pyHanko/pkgs/pyhanko-certvalidator/tests/fixtures"
) / "nist_pkits"
LIMBO = TRUST / "C2SP+x509-limbo/limbo.json"
WYCHEPROOF = TRUST / "C2SP+wycheproof/testvectors_v1"
RFC4134 = TRUST / "bcgit+bc-test-data/rfc4134"
pytestmark = [
    pytest.mark.skipif(not LIMBO.is_file(), reason="the corpus is not at hand"),
    # numbers below zero, which the suites have on purpose
    pytest.mark.filterwarnings("ignore:Parsed a serial number"),
]

AS_THEN = Algorithms(
    digests={**DIGESTS, "sha1": datetime(2030, 1, 1, tzinfo=UTC)}, rsa=1024, dsa=1024
)
"""PKITS has a DSA authority, limbo keys of 1024 bits: right for the arithmetic."""
Case = dict[str, Any]


def certificate(data: bytes) -> Certificate | None:
    try:
        if data.startswith(b"-----"):
            return Certificate.of(x509.load_pem_x509_certificate(data))
        return Certificate.of(x509.load_der_x509_certificate(data))
    except (Unreadable, ValueError):
        return None


def revocations(data: bytes) -> RevocationList | None:
    try:
        return RevocationList.read(data)
    except UnreadableList:
        return None


def proves(
    leaf: Certificate | None,
    anchors: list[Certificate | None],
    pool: list[Certificate | None],
    lists: list[RevocationList | None],
    demand: Demand,
) -> bool:
    known = Facts(tuple(one for one in lists if one))
    paths = Paths([one for one in anchors if one], [one for one in pool if one], known)
    try:
        if leaf is not None:
            paths.prove(leaf, demand)
    except Fault:
        return False
    return leaf is not None


# NIST PKITS.


@cache
def pkits() -> list[Case]:
    cases: list[Case] = json.loads((PKITS / "pkits.json").read_text("utf-8"))
    return cases


def pkits_proves(case: Case, *, strict: bool = False) -> bool:
    said = case.get("params") or {}
    demand = Demand(
        at=datetime(2022, 5, 1, tzinfo=UTC),
        initial=Initial(
            policies=frozenset(said.get("user_initial_policy_set", ())),
            explicit=said.get("initial_explicit_policy", False),
            inhibit_mapping=said.get("initial_policy_mapping_inhibit", False),
            inhibit_any=said.get("initial_any_policy_inhibit", False),
        ),
        usages=frozenset(),
        algorithms=AS_THEN,
        is_strict=strict,
    )
    names = ["TrustAnchorRootCRL.crl", *case.get("crls", ())]
    return proves(
        certificate((PKITS / "certs" / case["cert"]).read_bytes()),
        [certificate((PKITS / "certs/TrustAnchorRootCertificate.crt").read_bytes())],
        [
            certificate((PKITS / "certs" / name).read_bytes())
            for name in case.get("other_certs", ())
        ],
        [revocations((PKITS / "crls" / name).read_bytes()) for name in names],
        demand,
    )


def test_pkits_agrees_in_245_of_246_with_revocation_required():
    """The one that differs inherits DSA parameters, which no certificate may today."""
    missed = [c["name"] for c in pkits() if pkits_proves(c) is ("error" in c)]
    assert len(pkits()) == 246
    assert missed == ["valid_dsa_parameter_inheritance_test5"]


def test_pkits_has_no_path_that_only_the_strict_form_believes():
    refused = [c for c in pkits() if "error" in c]
    assert not [c["name"] for c in refused if pkits_proves(c, strict=True)]


# x509-limbo, without what is about browsers.

GROUPS = ("rfc5280", "crl", "pathlen", "pathological", "cve", "invalid")
PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2"}


@cache
def limbo() -> list[Case]:
    every = json.loads(LIMBO.read_text("utf-8"))["testcases"]
    return [c for c in every if c["id"].split("::")[0] in GROUPS]


def limbo_proves(case: Case) -> bool:
    at = datetime.fromisoformat(case["validation_time"] or "2026-11-01T00:00:00+00:00")
    purposes = [PURPOSES[name] for name in case["extended_key_usage"]]
    depth = case["max_chain_depth"]
    demand = Demand(
        at=at,
        usages=frozenset(),
        purposes=frozenset(purposes or (PURPOSES["serverAuth"],)),
        revocation="require" if case["crls"] else "none",
        depth=8 if depth is None else depth,
        algorithms=AS_THEN,
    )
    leaf = certificate(case["peer_certificate"].encode())
    return (
        proves(
            leaf,
            [certificate(one.encode()) for one in case["trusted_certs"]],
            [certificate(one.encode()) for one in case["untrusted_intermediates"]],
            [revocations(one.encode()) for one in case["crls"]],
            demand,
        )
        and leaf is not None
        and named(leaf, case["expected_peer_name"])
    )


def named(leaf: Certificate, wanted: dict[str, str] | None) -> bool:
    """Whether it has the name that a client would look for, which is not our affair."""
    if wanted is None:
        return True
    found = leaf.extension(x509.SubjectAlternativeName) or ()
    kind = x509.IPAddress if wanted["kind"] == "IP" else x509.DNSName
    values = [str(one.value).lower() for one in found if isinstance(one, kind)]
    domain = wanted["value"].lower().partition(".")[2]
    return wanted["value"].lower() in values or (
        "." in domain and f"*.{domain}" in values
    )


def test_limbo_has_no_false_accept_and_one_false_reject():
    """The one passes an authority that does not name its issuer's key."""
    cases = [(c["id"], c["expected_result"] == "SUCCESS") for c in limbo()]
    found = [limbo_proves(c) for c in limbo()]
    differ = [
        (name, got)
        for (name, wanted), got in zip(cases, found, strict=True)
        if got is not wanted
    ]
    assert len(cases) == 138
    assert differ == [("cve::cve-2024-0567", False)]


# Wycheproof.

DIGEST_OF = {"SHA-256": hashes.SHA256(), "SHA-384": hashes.SHA384()} | {
    "SHA-512": hashes.SHA512(),
    "SHA-1": hashes.SHA1(),  # noqa: S303  # a vector's
}


def scheme(group: Case) -> Any:
    if group["type"].startswith("RsassaPss"):
        mask = padding.MGF1(DIGEST_OF[group["mgfSha"]])
        return padding.PSS(mask, group["sLen"])
    if group["type"] == "RsassaPkcs1Verify":
        return padding.PKCS1v15()
    if group["type"] == "EcdsaVerify":
        return ec.ECDSA(DIGEST_OF[group["sha"]])
    return None


def mismatches(file: Path) -> list[tuple[int, str]]:
    found = []
    for group in json.loads(file.read_text("utf-8"))["testGroups"]:
        key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        hashed = DIGEST_OF.get(group.get("sha", ""))
        for one in group["tests"]:
            signed = Signed(
                bytes.fromhex(one["msg"]),
                bytes.fromhex(one["sig"]),
                hashed,
                scheme(group),
            )
            if one["result"] != "acceptable" and signed_by(signed, key) is not (
                one["result"] == "valid"
            ):
                found.append((one["tcId"], one["comment"]))
    return found


FILES = sorted(
    one for one in WYCHEPROOF.glob("*.json") if "p1363" not in one.name
)  # that form is of XML signatures


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_wycheproof_agrees(file):
    assert not mismatches(file)


# RFC 4134: DSA with SHA-1 throughout, so nothing of it may be believed today.


@pytest.mark.parametrize("file", sorted(RFC4134.glob("[3-7].*")), ids=lambda f: f.name)
def test_an_example_of_rfc_4134_is_judged_and_not_believed(file):
    at = datetime(2005, 1, 1, tzinfo=UTC)
    root = certificate((RFC4134 / "CarlDSSSelf.cer").read_bytes())
    rules = Rules(anchors=(root,) if root else ())
    asked = Asked(rules=rules, facts=Facts(), now=at, as_of=at)
    report = open_signed(asked, file.read_bytes()).report
    assert not report.is_passed
    assert report.sub in (
        Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        Sub.FORMAT_FAILURE,
        Sub.NO_SIGNING_CERTIFICATE_FOUND,
        Sub.SIG_CRYPTO_FAILURE,
        Sub.SIG_CONSTRAINTS_FAILURE,
    )


# XML-DSig and XAdES: every vector of the two suites and of the wrapping inputs.


def xml_key(root: Any) -> Any:
    """The key that stands in a signature, where no certificate does."""
    dsig = "{http://www.w3.org/2000/09/xmldsig#}"
    found = next(root.iter(f"{dsig}RSAKeyValue"), None)
    if found is None:
        return None
    modulus, exponent = (int.from_bytes(decoded(one)) for one in children(found))
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def xml_verdict(data: bytes) -> str:
    """Empty: its arithmetic holds; else the constraint that it broke."""
    try:
        opened = OpenedXml.read(data)
        if opened is None:
            return "structure.signature"
        for part in opened.parts():
            if part.certificates:
                part.verified(())
            elif not part.is_by(xml_key(etree.fromstring(data))):
                return "crypto.signature"
            else:
                part.check_digests()
    except Fault as fault:
        return fault.constraint
    return ""


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_no_broken_signature_in_xml_is_believed():
    """Most that are right use what is refused: shared keys, XPath, parts of a file."""
    rows = json.loads((TRUST / "MANIFEST.json").read_text("utf-8"))
    listed = rows if isinstance(rows, list) else rows["files"]
    seen = Counter[tuple[str, bool]]()
    for row in listed:
        if "XML-DSig" in row["kind"] and row["file"].endswith(".xml"):
            verdict = xml_verdict((TRUST / row["file"]).read_bytes())
            seen[row["verdict"], not verdict] += 1
    assert seen["broken", True] == 0
    assert seen["valid", True] == 37
