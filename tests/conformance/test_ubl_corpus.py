"""Public UBL documents: each is read, and our own rules agree with published ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lxml import etree

from gateway.findings import Finding
from gateway.mappers import UBL_READERS
from gateway.pipeline.arrived_ubl import kind_of
from gateway.ubl.document import Document, read_document
from gateway.ubl.rules import faults
from tests.conformance.corpus import AT_HAND, SHARED

UBL = SHARED / "corpus" / "ubl"
OUR_RULES = frozenset(
    f"R{n:03}"
    for n in (
        1,
        2,
        3,
        4,
        5,
        7,
        8,
        9,
        10,
        11,
        16,
        17,
        19,
        22,
        23,
        24,
        25,
        28,
        29,
        30,
        31,
        32,
    )
)
"""Rules of Peppol's T01 that ours say too."""
_UNIT = "{http://difi.no/xsd/vefa/validator/1.0}"


@cache
def manifest() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((UBL / "MANIFEST.json").read_text("utf-8"))
    return rows


def documents() -> list[dict[str, Any]]:
    """The rows of documents that stand alone, of kinds that are known here."""
    kinds = re.compile(r"Order|Invoice$|DespatchAdvice")
    return [
        row
        for row in manifest()
        if kinds.search(row["kind"]) and row["verdict"] in ("valid", "broken")
    ]


def told(document: Document) -> set[str]:
    """The numbers of the rules that findings name, and their codes."""
    found = list(faults(document))
    rules = {one.what.partition(":")[0] for one in found}
    return {one for one in rules if re.fullmatch("R[0-9]{3}", one)} | {
        one.code for one in found if one.severity in ("error", "reject")
    }


@AT_HAND
def test_a_valid_document_has_no_fault_by_our_rules_and_is_mapped():
    unlike = {}
    for row in documents():
        read = read_document((UBL / row["file"]).read_bytes())
        if isinstance(read, Document) and row["verdict"] == "valid":
            reader = UBL_READERS.get(kind_of(read.name))
            mapped = reader(read) if reader else None
            errors = told(read) - {"R002"}
            if read.transaction and errors:
                unlike[row["file"]] = errors
            if mapped is not None:
                assert mapped.order or mapped.change, row["file"]
    assert unlike == {}


@AT_HAND
def test_every_document_is_read_or_refused_with_a_reason():
    for row in manifest():
        if not row["file"].endswith(".xml"):
            continue
        read = read_document((UBL / row["file"]).read_bytes())
        assert isinstance(read, Document) or any(isinstance(f, Finding) for f in read)


def units(transaction: str) -> Iterator[tuple[str, str, bytes]]:
    """Rule units: the rule, what it must give, and the document."""
    folder = UBL / "OpenPEPPOL+poacc-upgrade-3" / "rules" / "unit-order"
    for path in sorted(folder.glob("*.xml")):
        root = etree.parse(path).getroot()
        for test in root.iter(f"{_UNIT}test"):
            assertion = test.find(f"{_UNIT}assert")
            payload = next(
                (one for one in test if "specification:ubl" in str(one.tag)), None
            )
            if assertion is None or payload is None:
                continue
            for verdict in assertion:
                name = str(verdict.tag).rpartition("}")[2]
                rule = (verdict.text or "").strip()
                if rule.startswith(f"PEPPOL-{transaction}-R"):
                    yield rule[-4:], name, etree.tostring(payload)


@AT_HAND
def test_our_rules_agree_with_the_published_units_of_orders():
    unlike, seen = [], 0
    for rule, verdict, data in units("T01"):
        read = read_document(_whole(data))
        if rule not in OUR_RULES or not isinstance(read, Document):
            continue
        seen += 1
        if (rule in told(read)) != (verdict in ("error", "warning")):
            unlike.append((rule, verdict))
    assert seen > 20, seen
    assert unlike == []


def _whole(data: bytes) -> bytes:
    """The fragment as a document that names itself and its sender."""
    root = etree.fromstring(data)
    cbc = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
    cac = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
    if root.find(f"{cbc}ID") is None:
        etree.SubElement(root, f"{cbc}ID").text = "1"
    if root.find(f"{cac}BuyerCustomerParty") is None:
        buyer = etree.SubElement(root, f"{cac}BuyerCustomerParty")
        party = etree.SubElement(buyer, f"{cac}Party")
        etree.SubElement(party, f"{cbc}EndpointID", schemeID="0088").text = "1"
    if root.find(f"{cbc}CustomizationID") is None:
        its = etree.Element(f"{cbc}CustomizationID")
        its.text = "urn:fdc:peppol.eu:poacc:trns:order:3"
        root.insert(0, its)
    return etree.tostring(root)
