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

from gateway.partner.trust import SignatureAlgorithms, Trust
from gateway.pipeline.signed import open_signed
from gateway.trust.algorithms import DIGESTS as DIGESTS_IN_XML
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
from gateway.trust.xmldsig.algorithms import is_signed_by
from gateway.trust.xmldsig.opened import OpenedXml
from gateway.trust.xmldsig.structure import children, decoded
from tests.conformance.corpus import SHARED

ROOT = Path(__file__).parents[2]
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
        return Certificate.read(data)
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
        every_mark=strict,
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


def test_pkits_agrees_in_246_of_246_with_revocation_required():
    missed = [c["name"] for c in pkits() if pkits_proves(c) is ("error" in c)]
    assert (len(pkits()), missed) == (246, [])


def test_pkits_differs_from_the_strict_form_in_marks_alone():
    """RFC 5280 tells authorities to mark two extensions that PKITS has unmarked."""
    differ = [c for c in pkits() if pkits_proves(c, strict=True) is ("error" in c)]
    assert not [c["name"] for c in differ if "error" in c]
    assert len(differ) == 28


# x509-limbo, without what is about browsers.

GROUPS = ("rfc5280", "crl", "pathlen", "pathological", "cve", "invalid")
PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2"}


@cache
def limbo() -> list[Case]:
    every = json.loads(LIMBO.read_text("utf-8"))["testcases"]
    return [c for c in every if c["id"].split("::")[0] in GROUPS]


def limbo_proves(case: Case, *, every_mark: bool = True) -> bool:
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
        every_mark=every_mark,
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


def limbo_differs(*, every_mark: bool) -> dict[str, bool]:
    """Cases that are judged otherwise, and how."""
    found = {c["id"]: limbo_proves(c, every_mark=every_mark) for c in limbo()}
    wanted = {c["id"]: c["expected_result"] == "SUCCESS" for c in limbo()}
    return {name: got for name, got in found.items() if got is not wanted[name]}


def test_limbo_has_no_false_accept_and_one_false_reject():
    """The one passes an authority that does not name its issuer's key."""
    assert len(limbo()) == 138
    assert limbo_differs(every_mark=True) == {"cve::cve-2024-0567": False}


def test_limbo_and_pkits_contradict_each_other_in_one_mark():
    """What the usual form takes and limbo does not is what PKITS has as valid."""
    assert limbo_differs(every_mark=False) == {
        "cve::cve-2024-0567": False,
        "rfc5280::pc::ica-noncritical-pc": True,
    }


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
            on, value = bytes.fromhex(one["msg"]), bytes.fromhex(one["sig"])
            if group["type"] == "EcdsaP1363Verify":  # the form of signatures in XML
                digest = DIGESTS_IN_XML[group["sha"].replace("-", "").lower()]
                got = is_signed_by(key, "ecdsa", digest, value, on)
            else:
                got = signed_by(Signed(on, value, hashed, scheme(group)), key)
            if one["result"] != "acceptable" and got is not (one["result"] == "valid"):
                found.append((one["tcId"], one["comment"]))
    return found


FILES = sorted(WYCHEPROOF.glob("*.json"))


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
    dsig, later = (
        "{http://www.w3.org/2000/09/xmldsig#}",
        "{http://www.w3.org/2009/xmldsig11#}",
    )
    for one in root.iter(f"{dsig}RSAKeyValue"):
        modulus, exponent = (int.from_bytes(decoded(part)) for part in children(one))
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    for one in root.iter(f"{later}DEREncodedKeyValue"):
        return load_der_public_key(decoded(one))
    for one in root.iter(f"{later}ECKeyValue"):
        named, point = children(one)
        curve = CURVES[named.get("URI", "")]
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, decoded(point))
    for one in root.iter("{http://www.w3.org/2001/04/xmldsig-more#}ECDSAKeyValue"):
        named, point = children(one)
        curve = CURVES[children(named)[0].get("URN", "")]
        x, y = (int(part.get("Value", "")) for part in children(point))
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    return None


CURVES = {
    f"urn:oid:{dotted}": curve
    for dotted, curve in (
        ("1.2.840.10045.3.1.7", ec.SECP256R1()),
        ("1.3.132.0.34", ec.SECP384R1()),
        ("1.3.132.0.35", ec.SECP521R1()),
    )
}


def xml_fault(data: bytes) -> tuple[str, str]:
    """Empty: its arithmetic holds; else the constraint that it broke, and how."""
    try:
        opened = OpenedXml.read(data)
        if opened is None:
            return "structure.signature", "no signature"
        for part in opened.parts():
            if part.certificates:
                part.verified(())
                continue
            part.check_digests()
            key = xml_key(etree.fromstring(data))
            if not part.is_by(key):
                what = "no key came along" if key is None else "not by the key"
                return "crypto.signature", what
    except Fault as fault:
        return fault.constraint, fault.what
    return "", ""


CLASSES = (  # of what is right and not believed: constraint, a word of why, the class
    ("crypto.algorithm", "hmac", "a shared key (HMAC)"),
    ("crypto.algorithm", "dsig#dsa", "DSA"),
    ("crypto.algorithm", "dsig11#dsa", "DSA"),
    ("crypto.algorithm", "xmlsec/2025", "post-quantum drafts (ML-DSA, SLH-DSA)"),
    ("crypto.algorithm", "eddsa", "EdDSA"),
    ("crypto.algorithm", "sha3", "SHA-3"),
    ("crypto.algorithm", "", "MD5, RIPEMD-160, GOST"),
    ("structure.transform", "", "XPath, XSLT, base64 and other transforms"),
    ("structure.coverage", "", "over a part of the document, or a manifest"),
    ("structure.reference", "", "over another file or address"),
    ("structure.xml", "", "a document type with content"),
    ("structure.ids", "", "an id that two elements have"),
    ("crypto.signature", "no key", "no certificate and no key came along"),
    ("crypto.signature", "", "ECDSA values not as RFC 9231 has them"),
    ("", "", "believed"),
)


def class_of(constraint: str, what: str) -> str:
    """Why a vector is not believed, as the table in the documentation has it."""
    return next(told for at, word, told in CLASSES if constraint == at and word in what)


@cache
def xml_rows() -> list[tuple[str, str, bytes]]:
    """The verdict of each vector's own suite, its file, and its octets."""
    rows = json.loads((TRUST / "MANIFEST.json").read_text("utf-8"))
    listed = rows if isinstance(rows, list) else rows["files"]
    return [
        (row["verdict"], row["file"], (TRUST / row["file"]).read_bytes())
        for row in listed
        if "XML-DSig" in row["kind"] and row["file"].endswith(".xml")
    ]


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_figures_of_signatures_in_xml(record_property):
    """Those that are right and not believed, by class: the documentation's table."""
    seen = Counter(
        class_of(*xml_fault(data)) for said, _, data in xml_rows() if said == "valid"
    )
    table = "\n".join(f"| {name} | {count} |" for name, count in seen.most_common())
    record_property("ledger", table)
    documented = (ROOT / "docs/conformance.md").read_text("utf-8")
    assert table in documented


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_no_broken_signature_in_xml_is_believed():
    """One is right but for its certificate, which has ended: its path is not."""
    holding = {
        file.rpartition("/")[2]: data
        for said, file, data in xml_rows()
        if said == "broken" and xml_fault(data) == ("", "")
    }
    assert list(holding) == ["enveloping-expired-cert.xml"]
    (data,) = holding.values()
    opened = OpenedXml.read(data)
    assert opened is not None
    at = datetime(2026, 11, 2, tzinfo=UTC)
    trust = Trust(revocation="none", algorithms=SignatureAlgorithms(rsa=1024))
    rules = Rules(anchors=opened.certificates, trust=trust)
    asked = Asked(rules=rules, facts=Facts(), now=at, as_of=at)
    report = open_signed(asked, data).report
    assert not report.is_passed
