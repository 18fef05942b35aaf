"""Each sample is read without a finding and says what its row says."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from gateway.cxml_punchout.attached import Parts, attachment_findings, read_parts
from gateway.cxml_punchout.credentials import Agreed, authenticate
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import NO_DTDS
from gateway.cxml_punchout.judge import judged
from gateway.cxml_punchout.setup import read_setup
from gateway.findings import Findings

SAMPLES = Path(__file__).parents[3] / "samples" / "cxml"
FILES = sorted(one.name for one in SAMPLES.glob("*.*") if one.suffix != ".md")
RELATED = 'multipart/related; boundary="=cxml"; start="<order@buyer.example>"'
HUB = Agreed(
    domain="NetworkID", identity="AN01900000099", secrets=("open sesame",), mac=True
)


def parts(name: str) -> Parts:
    media = RELATED if name.endswith(".mime") else "text/xml"
    found = read_parts((SAMPLES / name).read_bytes(), media)
    assert isinstance(found, Parts)
    return found


def document(name: str) -> Document:
    found = read_document(parts(name).document)
    assert isinstance(found, Document)
    return found


def test_the_page_lists_every_sample():
    page = (SAMPLES / "README.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| (\S+\.\w+) \|", page, re.MULTILINE)) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_sample_has_no_fault(name: str):
    read = document(name)
    told = judged(read.root, read.name, NO_DTDS)
    assert [one.code for one in told] == ["CXM-021"]
    assert read.findings == attachment_findings(read.root, parts(name)) == ()


@pytest.mark.parametrize("name", FILES)
def test_the_hub_proves_itself_in_each(name: str):
    noon = dt.datetime(2026, 11, 20, 11, tzinfo=dt.UTC)
    assert authenticate(document(name).header, HUB, noon) is None


def test_the_mac_ends_and_the_others_do_not():
    later = dt.datetime(2026, 11, 20, 12, 0, 1, tzinfo=dt.UTC)
    refused = authenticate(document("mac.xml").header, HUB, later)
    assert refused is not None
    assert refused.code == "CXM-011"
    assert authenticate(document("order.xml").header, HUB, later) is None


@pytest.mark.parametrize("operation", ["create", "edit", "inspect", "source"])
def test_a_setup_is_read_as_what_it_is(operation: str):
    body = document(f"setup-{operation}.xml").body
    assert body is not None
    wish = read_setup(body, Findings())
    assert wish.operation == operation
    assert wish.emails == ("ann.lee@buyer.example",)
    assert len(wish.items) == (operation in ("edit", "inspect"))


def test_no_two_samples_have_one_payload_id():
    ids = [document(name).payload_id for name in FILES]
    assert len(set(ids)) == len(ids)
