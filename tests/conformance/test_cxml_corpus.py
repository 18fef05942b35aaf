"""Public cXML documents: read without a crash, answered, judged as libxml2 judges them.

``GATEWAY_CORPUS`` names their folder, relative to the repository's root.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.bootstrap import tables
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtd import Dtd, read_dtd
from gateway.cxml_punchout.dtds import MODULES, Dtds, module_of
from gateway.cxml_punchout.envelope import SINCE
from gateway.cxml_punchout.judge import judged, judged_ours
from gateway.cxml_punchout.status import status_of
from gateway.edi.numbers import Numbers
from gateway.findings import Severity
from gateway.mappers import CXML_INVOICES, CXML_NOTICES
from gateway.mappers.cxml_draft import Envelope
from gateway.order import Order, OrderAck
from gateway.order.invoice import Invoice
from gateway.order.ship import ShipNotice
from gateway.partner import Directory
from gateway.pipeline.answer import answer as answer_transmission
from gateway.pipeline.inbound import read as read_transmission
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from gateway.safexml import Xml, read
from gateway.safexml.redact import redacted
from tests.conformance.corpus import ROOT, SHARED
from tests.property.test_written import CXML, answered, billed, confirmed, shipped
from tests.unit.cxml_punchout.examples import documents as documents_of_ours
from tests.unit.cxml_punchout.test_samples import FILES as SAMPLE_FILES
from tests.unit.cxml_punchout.test_samples import parts as sample_parts

CORPUS = SHARED / "corpus" / "cxml"
PUBLISHED = SHARED / "reference" / "cxml"
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
WRITTEN = sorted((ROOT / "tests" / "golden").glob("*/*/cxml_*.xml"))
VERSIONS = ("1.2.014", "1.2.036", "1.2.050", "1.2.071")

pytestmark = pytest.mark.skipif(  # only the corpus tests may be left out
    not CORPUS.is_dir() or not PUBLISHED.is_dir(), reason="the corpus is not at hand"
)


@cache
def files() -> dict[str, bytes]:
    return {
        f"{version}/{module}.dtd": file.read_bytes()
        for version in VERSIONS
        for module in MODULES
        if (file := PUBLISHED / version / f"{module}.dtd").is_file()
    }


@cache
def dtds() -> Dtds:
    return Dtds.of(files())


@cache
def dtd(path: str) -> Dtd:
    found = read_dtd(files()[path], path)
    assert isinstance(found, Dtd)
    return found


@cache
def rows() -> tuple[dict[str, Any], ...]:
    listed = json.loads((CORPUS / "MANIFEST.json").read_text("utf-8"))
    return tuple(row for row in listed if row["kind"].startswith("cXML"))


def data(row: dict[str, Any]) -> bytes:
    return (CORPUS / str(row["file"])).read_bytes()


@cache
def documents() -> tuple[tuple[str, Xml], ...]:
    read_ = ((row["file"], read(data(row))) for row in rows())
    return tuple((name, one) for name, one in read_ if isinstance(one, Xml))


def answer(row: dict[str, Any]) -> tuple[int, str]:
    """The Status code, and the code of the first finding that made it."""
    one = read_document(data(row))
    findings = one.findings if isinstance(one, Document) else one
    rejecting = [f.code for f in findings if f.severity is Severity.REJECT]
    return status_of(findings, "rcp_1").code, (rejecting or [""])[0]


def test_every_document_is_answered_by_a_status():
    answers = Counter(answer(row) for row in rows())
    assert answers == {
        (200, ""): 121,
        (406, "WIRE-030"): 6,  # not well-formed
        (406, "WIRE-031"): 1,  # it declares an entity
        (406, "CXM-001"): 2,  # Index: a catalog file, no document
        (406, "CXM-002"): 2,  # a Response without a Status
        (406, "CXM-006"): 32,  # no From or no Sender: nobody to answer to
    }


def test_what_is_valid_by_its_dtd_is_taken():
    """But a catalog file, which is no document, and what declares an entity."""
    valid = (row for row in rows() if row["verdict"] == "valid")
    refused = Counter(answer(row)[1] for row in valid)
    assert refused == {"": 81, "CXM-001": 2, "WIRE-031": 1}


def test_all_are_held_against_the_newest_dtd_of_their_payload():
    told = {
        row["file"]
        for row in rows()
        if isinstance(one := read_document(data(row)), Document)
        and row["verdict"] != "not judged"
        and bool(judged(one.root, one.name, dtds())) != (row["verdict"] == "broken")
    }
    assert told == set()


def test_secrets_are_in_none_of_them_behind_redaction():
    secrets = re.compile(rb"<SharedSecret[^>/]*>(?!\*\*\*)[^<]")
    assert [row["file"] for row in rows() if secrets.search(redacted(data(row)))] == []


@pytest.mark.parametrize("path", sorted(files()) if PUBLISHED.is_dir() else ())
def test_the_verdict_is_that_of_libxml2(path: str):
    theirs = etree.DTD(io.BytesIO(files()[path]))
    ours = dtd(path)
    differing = [
        name
        for name, xml in documents()
        if theirs.validate(xml.root) != (not ours.faults(xml.root, most=1))
    ]
    assert differing == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(documents_of_ours("1.2.071")))
def test_what_we_write_is_valid_for_the_version_agreed_on(name: str, version: str):
    payload, written = documents_of_ours(version)[name]
    assert judged_ours(written, payload, version, dtds()) == ()


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.parent.name)
def test_what_the_golden_cases_send_is_valid_for_the_version_agreed_on(file: Path):
    _, *sent = re.split(rb"(?=<\?xml )", file.read_bytes())
    for data in sent:
        document = read_document(data)
        assert isinstance(document, Document)
        assert judged_ours(data, document.name, document.version, dtds()) == ()


@settings(max_examples=25)
@given(answered(), st.sampled_from(["except", "detail"]))
def test_every_confirmation_is_valid_for_the_version_agreed_on(
    made: tuple[OrderAck, Order], changes: str
):
    numbers = Numbers(interchange=7, group=1, message=1)
    data = confirmed(*made, changes).finish(numbers, NOW)
    assert judged_ours(data, "ConfirmationRequest", "1.2.050", dtds()) == ()


@settings(max_examples=25, deadline=None)
@given(shipped(), st.sampled_from(["1.2.014", "1.2.071"]))
def test_every_ship_notice_is_valid(
    made: tuple[ShipNotice, dict[str, Order]], version: str
):
    draft = CXML_NOTICES["cxml_ship_notice_request"](*made, of(version), None)
    data = draft.finish(Numbers(interchange=7, group=1, message=1), NOW)
    assert judged_ours(data, "ShipNoticeRequest", version, dtds()) == ()


@settings(max_examples=25, deadline=None)
@given(billed(), st.sampled_from(["1.2.020", "1.2.071"]))
def test_every_invoice_is_valid(made: tuple[Invoice, dict[str, Order]], version: str):
    """All of it but prices and amounts, which a partner's invoice may lack."""
    invoice = replace(made[0], currency="USD")
    write = CXML_INVOICES["cxml_invoice_detail_request"]
    draft = write(invoice, made[1], of(version), None)
    data = draft.finish(Numbers(interchange=7, group=1, message=1), NOW)
    told = judged_ours(data, "InvoiceDetailRequest", version, dtds())
    lacks = re.compile("UnitPrice|SubtotalAmount|NetAmount|InvoiceDetail(Item|Summary)")
    assert [one.what for one in told if not lacks.search(one.what)] == []


def of(version: str) -> Envelope:
    """Between the two of the property tests, in a version."""
    return replace(CXML, version=version)


@pytest.mark.parametrize(("parent", "child"), SINCE)
def test_what_old_versions_lack_came_between_014_and_036(parent: str, child: str):
    """Of ship notices and invoices no file before 1.2.050 is at hand."""
    old, new = dtd("1.2.014/cXML.dtd"), dtd("1.2.036/cXML.dtd")
    if parent.startswith(("ShipNotice", "Confirmation")):
        new = dtd("1.2.050/Fulfill.dtd")
    elif parent.startswith("InvoiceDetail"):
        new = dtd("1.2.071/InvoiceDetail.dtd")
    assert (old.knows(parent, child), new.knows(parent, child)) == (False, True)


@pytest.mark.parametrize("name", SAMPLE_FILES)
@pytest.mark.parametrize("version", ["1.2.050", "1.2.071"])
def test_our_samples_are_valid(name: str, version: str):
    xml = read(sample_parts(name).document)
    assert isinstance(xml, Xml)
    read_ = read_document(sample_parts(name).document)
    assert isinstance(read_, Document)
    assert dtd(f"{version}/{module_of(read_.name)}.dtd").faults(xml.root) == ()


def test_every_document_goes_through_the_pipeline():
    """Each order is mapped, or told why not; whatever else comes is not taken."""
    rules = Rules(tables(), Directory.of([]), dtds=dtds())
    came = Counter[str]()
    for row in rows():
        done = read_transmission([data(row)], rules, receipt_id="rcp_1")
        answer_transmission(done, World(now=NOW))
        for interchange in done.interchanges:
            (message,) = interchange.groups[0].messages
            mapped = message.mapped
            what = mapped and (mapped.order or mapped.change or mapped.findings)
            came[f"{message.type} {type(what).__name__}"] += 1
    assert "MAP-001" not in str(came)
    assert came["OrderRequest NoneType"] == 0
    assert came["OrderRequest tuple"] == 0
