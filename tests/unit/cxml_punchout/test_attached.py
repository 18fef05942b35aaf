"""Documents with attachments."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.attached import (
    MAX_PARTS,
    Attached,
    Parts,
    attachment_findings,
    framed,
    framed_parts,
    read_parts,
)
from gateway.findings import Finding
from gateway.safexml import Xml, read

RELATED = 'multipart/related; boundary="=b"; type="text/xml"; start="<m@x>"'
DOCUMENT = b'<?xml version="1.0"?>\r\n<cXML>\r\n</cXML>'
BODY = (
    b"preamble\r\n--=b\r\nContent-Type: image/png\r\nContent-ID: <p@x>\r\n"
    b"Content-Disposition: attachment; filename=plan.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
    b"--=b  \r\nContent-Type: text/xml\r\nContent-ID: <m@x>\r\n\r\n"
    + DOCUMENT
    + b"\r\n--=b--\r\nepilogue"
)


def parts(body: bytes, content_type: str = RELATED) -> Parts:
    found = read_parts(body, content_type)
    assert isinstance(found, Parts)
    return found


def test_the_part_that_start_names_is_the_document():
    read_ = parts(BODY)
    picture = Attached(
        content_id="p@x", media_type="image/png", name="plan.png", data=b"\0\1\2"
    )
    assert read_ == Parts(document=DOCUMENT, attached=(picture,))


def test_without_start_it_is_the_first():
    read_ = parts(BODY, "multipart/related; boundary==b")
    assert read_.document == b"\0\1\2"


def test_lines_may_end_with_a_line_feed_alone():
    assert parts(BODY.replace(b"\r\n", b"\n")).document == DOCUMENT.replace(
        b"\r\n", b"\n"
    )


@pytest.mark.parametrize("content_type", ["", "text/xml", "application/xml; x", "x"])
def test_what_is_no_multipart_is_the_document(content_type: str):
    assert parts(DOCUMENT, content_type) == Parts(document=DOCUMENT)


FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def test_of_a_form_the_document_is_its_field():
    assert parts(b"cXML-base64=PGEvPg", FORM) == Parts(document=b"<a/>")
    text = urlencode({"cXML-urlencoded": '<?xml encoding="utf-16"?><a>é</a>'}).encode()
    assert parts(text, FORM) == Parts(document="<a>é</a>".encode())
    refused = read_parts(b"a=b", FORM)
    assert isinstance(refused, Finding)
    assert refused.code == "CXM-033"


def test_xml_that_calls_itself_a_form_is_the_document():
    assert parts(DOCUMENT, FORM) == Parts(document=DOCUMENT)


def test_a_part_may_have_no_head():
    assert parts(b"--=b\r\n\r\nx\r\n--=b--").document == b"x"


def test_quoted_printable_is_undone():
    head = b"Content-Transfer-Encoding: Quoted-Printable"
    assert parts(b"--=b\r\n" + head + b"\r\n\r\n=3C\r\n--=b--").document == b"<"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (BODY, "multipart/related"),
        (BODY, "multipart/related; boundary=" + "b" * 71),
        (BODY, "multipart/related; boundary=other"),
        (BODY.replace(b"--=b--", b""), RELATED),
        (b"--=b--", RELATED),
        (b"--=b\r\nContent-ID: <m@x>\r\n--=b--", RELATED),
        (BODY.replace(b"AAEC", b"A!EC"), RELATED),
        (BODY.replace(b"AAEC", b"AAECA"), RELATED),
        (BODY.replace(b"base64", b"x-uue"), RELATED),
        (b"--=b\r\n\r\nx\r\n" * (MAX_PARTS + 2) + b"--=b--", RELATED),
    ],
)
def test_what_cannot_be_told_apart_is_refused(body: bytes, content_type: str):
    found = read_parts(body, content_type)
    assert isinstance(found, Finding)
    assert found.code == "CXM-030"


def told(document: str) -> list[tuple[str, str]]:
    xml = read(document)
    assert isinstance(xml, Xml)
    return [(o.code, o.value) for o in attachment_findings(xml.root, parts(BODY))]


def test_attachments_and_their_names_are_compared():
    named = "<a><Attachment><URL>CID:%s</URL></Attachment></a>"
    assert told(named % "p%40x") == []
    assert told(named % "q@x") == [("CXM-031", "q@x"), ("CXM-032", "p@x")]
    assert told("<a><Attachment><URL>http://x/</URL></Attachment></a>") == [
        ("CXM-032", "p@x")
    ]


@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_bytes_are_parts_or_a_finding(data: bytes, content_type: str):
    assert isinstance(read_parts(data, content_type), Parts | Finding)
    assert isinstance(read_parts(b"--=b\r\n" + data, RELATED), Parts | Finding)


def test_what_is_framed_needs_no_header_to_be_read():
    whole = parts(BODY)
    assert framed_parts(framed(whole)) == whole
    assert framed_parts(BODY) != whole  # without its header the first part counts


def test_a_document_alone_stays_as_it_is():
    alone = Parts(document=DOCUMENT)
    assert framed(alone) == DOCUMENT
    assert framed_parts(DOCUMENT) == alone


def test_names_of_files_break_no_frame():
    odd = Attached(
        content_id="p@x", media_type="a/b", name='x"\r\ny: \\é', data=b"--\r\n"
    )
    read_ = framed_parts(framed(Parts(document=DOCUMENT, attached=(odd,))))
    assert isinstance(read_, Parts)
    assert [one.data for one in read_.attached] == [b"--\r\n"]
