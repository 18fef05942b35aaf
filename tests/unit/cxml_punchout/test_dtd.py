"""Documents held against a DTD; libxml2 is the second opinion."""

from __future__ import annotations

import io

import pytest
from lxml import etree

from gateway.cxml_punchout.dtd import MOST_FINDINGS, Dtd, read_dtd
from gateway.findings import Finding
from gateway.safexml import Xml, read
from tests.unit.cxml_punchout.published import small

LINE = '<Line number="1">bolt</Line>'


def dtd() -> Dtd:
    found = read_dtd(small(), "1.2.050/cXML.dtd")
    assert isinstance(found, Dtd)
    return found


def order(inside: str = LINE, mode: str = "", more: str = "") -> str:
    inner = f"<Request {mode}><Order>{inside}</Order></Request>"
    return f'<cXML payloadID="1">{inner}{more}</cXML>'


def faults(text: str) -> list[tuple[str, str]]:
    xml = read(text)
    assert isinstance(xml, Xml)
    found = dtd().faults(xml.root)
    theirs = etree.DTD(io.BytesIO(small())).validate(xml.root)
    signed = "Signature" in text  # which libxml2 knows by its prefix only
    assert signed or theirs == (not found)
    assert {one.code for one in found} <= {"CXM-020"}
    return [(str(one.where), one.what) for one in found]


ROOT, REQUEST = "cXML (line 1)", "cXML/Request (line 1)"
AT_ORDER, AT_LINE = "cXML/Request/Order (line 1)", "cXML/Request/Order/Line (line 1)"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (order().replace(' payloadID="1"', ""), ROOT,
         "cXML lacks its attribute payloadID"),
        (order(mode='mode="live"'), REQUEST,
         "mode of Request is 'live', not one of production, test"),
        (order(mode='colour="red"'), REQUEST, "Request has no attribute colour"),
        (order(""), AT_ORDER, "Order ends where Line is expected"),
        (order('<Note xml:lang="en"/>' + LINE), AT_ORDER,
         "Order holds Note where Line is expected"),
        (order(LINE + '<Note xml:lang="en"/>' + LINE), AT_ORDER,
         "Order holds Line where nothing more is expected"),
        (order(LINE + "text"), AT_ORDER, "text stands in Order, which holds none"),
        (order("<Line number='1' kind='x'/>"), AT_LINE, "kind of Line is not 'item'"),
        (order("<Line number='a b'/>"), AT_LINE, "number of Line is no name"),
        (order("<Line number='1'><Note/></Line>"),
         "cXML/Request/Order/Line/Note (line 1)", "Note lacks its attribute xml:lang"),
        (order("<Line number='1'><Line number='2'/></Line>"), AT_LINE,
         "Line holds Line"),
        ('<cXML payloadID="1"><Header><Note xml:lang="en"/></Header><Message/></cXML>',
         "cXML/Header (line 1)", "Header holds Note, and is empty"),
        ('<cXML payloadID="1"><Header>x</Header><Message/></cXML>',
         "cXML/Header (line 1)", "text stands in Header, which holds none"),
        ('<cXML payloadID="1"><Response><Nothing/></Response></cXML>',
         "cXML/Response/Nothing (line 1)",
         "Nothing is no element of 1.2.050/cXML.dtd"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(text: str, where: str, what: str):
    assert faults(text) == [(where, what)]


@pytest.mark.parametrize(
    "text",
    [
        order(),
        order(LINE + LINE + '<Note xml:lang="en">x</Note>', 'mode="test" Id="a"'),
        order("<Line number='1' kind='item'>a<Note xml:lang='en'/>b</Line>"),
        '<cXML payloadID="1"><Response>any <Note xml:lang="x"/></Response></cXML>',
    ],
)
def test_a_document_that_follows_it_has_no_fault(text: str):
    assert faults(text) == []


def test_a_signature_counts_with_any_prefix_and_is_not_looked_into():
    signed = (
        '<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#">'
        "<d:Any><Line/></d:Any></d:Signature>"
    )
    assert faults(order(more=signed)) == []


def test_the_line_and_the_place_among_siblings_are_told():
    assert faults(order(f"\n{LINE}\n<Line/>"))[0][0] == (
        "cXML/Request/Order/Line[2] (line 3)"
    )


def test_a_hostile_document_is_left_after_some_faults():
    xml = read("<cXML payloadID='1'>" + "<Nothing/>" * 100_000 + "</cXML>")
    assert isinstance(xml, Xml)
    assert len(dtd().faults(xml.root)) == MOST_FINDINGS


def test_what_an_element_may_hold_can_be_asked():
    asked = (("Order", "Note"), ("Order", "Order"), ("Line", "@kind"), ("X", "Y"))
    assert [dtd().knows(*one) for one in asked] == [True, False, True, False]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!ELEMENT",
        b"<!ELEMENT Order ANY>",
        small() + b'<!ENTITY % more SYSTEM "http://127.0.0.1/x.dtd"> %more;',
        small() + b"<!ENTITY passwords PUBLIC 'x' 'file:///etc/passwd'>",
        b"<!ELEMENT cXML ANY>" + b" " * 4_000_000,
    ],
)
def test_what_is_no_dtd_or_takes_in_another_file_is_refused(data: bytes):
    found = read_dtd(data, "x.dtd")
    assert isinstance(found, Finding)
    assert (found.code, str(found.where)) == ("CXM-024", "x.dtd")
