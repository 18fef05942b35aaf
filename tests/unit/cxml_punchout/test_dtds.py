"""Which DTD a document is held against."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from gateway.cxml_punchout.dtd import Dtd
from gateway.cxml_punchout.dtds import NO_DTDS, Dtds, module_of, place_of
from gateway.cxml_punchout.judge import judged, judged_ours
from gateway.findings import Finding
from gateway.safexml import Xml, read
from tests.unit.cxml_punchout.published import small

HELD = Dtds.of(
    {
        "1.2.071/cXML.dtd": small("1.2.071"),
        "1.2.014/cXML.dtd": small("1.2.014"),
        "1.2.050/cXML.dtd": small(),
        "1.2.050/Fulfill.dtd": small(),
        "1.2.060/Quote.dtd": b"no DTD",
        "1.2.050/Private.dtd": small().replace(b"(Order |", b"(Order | Secret |")
        + b"<!ELEMENT Secret EMPTY>",
    }
)

WITH_CARTS = Dtds.of(
    {
        "1.2.071/cXML.dtd": small("1.2.071")
        .replace(b"payloadID CDATA", b"timestamp CDATA #REQUIRED payloadID CDATA")
        .replace(b"Message (#PCDATA)", b"Message (BuyerCookie)")
        + b"<!ELEMENT BuyerCookie ANY>",
    }
)


def name(found: Dtd | Finding | None) -> str:
    return found.name if isinstance(found, Dtd) else ""


def names(pin: str, payload: str = "Order") -> list[str]:
    return [name(one) for one in HELD.pinned(payload, pin)]


def test_what_comes_in_is_held_against_the_newest():
    assert name(HELD.newest("Order")) == "1.2.071/cXML.dtd"
    assert name(HELD.newest("ShipNoticeRequest")) == "1.2.050/Fulfill.dtd"


def test_a_payload_of_an_unusual_file_is_found_there():
    assert name(HELD.newest("Secret")) == "1.2.050/Private.dtd"
    assert name(HELD.newest("Nobody")) == "1.2.071/cXML.dtd"


@pytest.mark.parametrize(
    ("pin", "versions"),
    [
        ("1.2.050", ["1.2.050", "1.2.071"]),
        ("1.2.036", ["1.2.014", "1.2.071"]),
        ("1.1.010", ["1.2.014", "1.2.071"]),
        ("1.2.099", ["1.2.071"]),
    ],
)
def test_ours_is_held_against_the_nearest_before_the_pin_and_the_newest(pin, versions):
    assert names(pin) == [f"{one}/cXML.dtd" for one in versions]


def test_of_one_held_version_it_is_that():
    assert names("1.2.014", "ShipNoticeRequest") == ["1.2.050/Fulfill.dtd"]
    assert NO_DTDS.pinned("Order", "1.2.014") == ()


@pytest.mark.parametrize(
    ("payload", "module"),
    [
        ("OrderRequest", "cXML"),
        ("ConfirmationRequest", "Fulfill"),
        ("InvoiceDetailRequest", "InvoiceDetail"),
        ("QuoteMessage", "Quote"),
        ("Index", "cXML"),
    ],
)
def test_the_file_is_told_by_the_payload(payload: str, module: str):
    assert module_of(payload) == module


@pytest.mark.parametrize(
    ("file", "data", "place"),
    [
        ("x/cXML.dtd", small(), "1.2.050/cXML.dtd"),
        ("x/fulfill.DTD", small("1.2.014"), "1.2.014/Fulfill.dtd"),
        ("1.2.063/Quote.dtd", small("unknown"), "1.2.063/Quote.dtd"),
    ],
)
def test_a_published_file_has_its_place(file: str, data: bytes, place: str):
    assert place_of(PurePath(file), data) == place


@pytest.mark.parametrize(
    ("file", "data"),
    [("1.2.050/Custom.dtd", small()), ("x/cXML.dtd", small("no")), ("x/cXML.dtd", b"")],
)
def test_another_file_has_none(file: str, data: bytes):
    found = place_of(PurePath(file), data)
    assert isinstance(found, Finding)
    assert found.code == "CXM-024"


GOOD = b'<cXML payloadID="1"><Request><ShipNoticeRequest/></Request></cXML>'


def codes(data: bytes, dtds: Dtds, payload: str = "ShipNoticeRequest") -> list[str]:
    xml = read(data)
    assert isinstance(xml, Xml)
    return [one.code for one in judged(xml.root, payload, dtds)]


def test_a_document_is_judged_by_the_dtd_at_hand():
    assert codes(GOOD, HELD) == []
    assert codes(GOOD.replace(b"payloadID", b"id"), HELD) == ["CXM-020", "CXM-020"]


def test_without_one_it_is_judged_by_our_own_rules():
    found = codes(GOOD, NO_DTDS)
    assert found == ["CXM-021", "CXM-022", "CXM-022"]  # timestamp, ShipNoticeHeader


def test_a_dtd_that_cannot_be_read_is_told():
    assert codes(GOOD, HELD, "QuoteMessage")[0] == "CXM-024"


def ours(data: bytes, dtds: Dtds, payload: str = "ShipNoticeRequest") -> set[str]:
    return {one.code for one in judged_ours(data, payload, "1.2.014", dtds)}


def test_a_fault_in_ours_is_ours():
    assert ours(GOOD, HELD) == set()
    assert ours(GOOD.replace(b"payloadID", b"id"), HELD) == {"CXM-023"}
    assert ours(GOOD, NO_DTDS) == {"CXM-023"}
    assert ours(GOOD, HELD, "QuoteMessage") == {"CXM-023"}
    assert ours(b"<", HELD) == {"WIRE-030"}


@pytest.mark.parametrize("dtds", [WITH_CARTS, NO_DTDS])
def test_what_the_buyers_cookie_holds_is_not_ours(dtds: Dtds):
    head = b'<cXML payloadID="1" timestamp="2026-11-20T10:00:00+01:00">'
    told = head + b"<Message>%b</Message></cXML>"
    theirs = b"<BuyerCookie>a<basket id='7'><Money>1</Money></basket>b</BuyerCookie>"
    other = theirs.replace(b"BuyerCookie", b"Other")

    assert ours(told % theirs, dtds, "PunchOutOrderMessage") == set()
    assert ours(told % other, dtds, "PunchOutOrderMessage") == {"CXM-023"}
