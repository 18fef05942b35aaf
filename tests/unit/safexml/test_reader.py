"""XML from outside: what is read, what is put up with, what is refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.findings import Finding
from gateway.safexml import (
    Doctype,
    Xml,
    XmlLimits,
    attribute,
    line_of,
    path_of,
    read,
    text_of,
)

FETCHED = "file:///etc/passwd"


def good(data: bytes | str) -> Xml:
    found = read(data)
    assert isinstance(found, Xml)
    return found


def refused(data: bytes | str, limits: XmlLimits | None = None) -> tuple[str, str]:
    found = read(data, limits or XmlLimits())
    assert isinstance(found, Finding)
    return found.code, found.where.path


def codes(data: bytes) -> list[str]:
    return [one.code for one in good(data).findings]


def test_text_goes_on_behind_a_comment_and_an_instruction():
    root = good(b"<a>AN<!-- x -->01<?y z?><![CDATA[<2>]]></a>").root
    assert text_of(root) == "AN01<2>"


def test_a_doctype_is_recorded_and_not_followed():
    found = good(f'<!DOCTYPE a PUBLIC "p" "{FETCHED}">\n<a/>'.encode())
    assert found.doctype == Doctype(name="a", public="p", system=FETCHED)
    assert etree.tostring(found.root.getroottree()) == b"<a/>"
    assert line_of(found.root) == 2


def test_a_system_identifier_may_hold_an_end_of_tag():
    found = good(b"<!-- c --><!DOCTYPE a SYSTEM 'x>[y'><a/>")
    assert found.doctype == Doctype(name="a", system="x>[y")


@pytest.mark.parametrize(
    "subset",
    [
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{FETCHED}">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x "y">]><a/>',
        '<?xml version="1.0"?><!-- [ --><!DOCTYPE a SYSTEM "b" [ ]><a/>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]><a/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_an_internal_subset_is_refused(subset: str, encoding: str):
    text = subset
    if encoding == "utf-16-le" and not text.startswith("<?"):
        text = '<?xml version="1.0" encoding="utf-16"?>' + text
    assert refused(text.encode(encoding))[0] == "WIRE-031"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "line 1"),
        (b"<a>\n<b></a>", "line 2"),
        (b"<a>&nbsp;</a>", "line 1"),
        (b"<!DOCTYPE a><!-- --><!DOCTYPE b SYSTEM 'c'><a/>", ""),
        (b"\n<!DOCTYPE a SYSTEM ><a/>", "line 2"),
        (b"<a/>trailing", "line 1"),
        (b"<a>\0</a>", "line 1"),
        ("<a>\ud800</a>", "line 1"),
        (b"<!-- no end", "line 1"),
        (b"<!DOCTYPE a SYSTEM 'b'", "line 1"),
        (b"{}", "line 1"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_line(
    data: bytes | str, where: str
):
    assert refused(data) == ("WIRE-030", where)


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (b"<a>12345</a>", XmlLimits(size_bytes=11)),
        (b"<a><b/></a>", XmlLimits(markups=2)),
        (b"<a><b><c/></b></a>", XmlLimits(depth=2)),
        (b"<a>" * 400 + b"</a>" * 400, XmlLimits()),
        (b"<a><b x='1' y='2' z='3'/></a>", XmlLimits(attributes=2)),
    ],
)
def test_what_is_over_a_limit_is_refused(data: bytes, limits: XmlLimits):
    assert refused(data, limits)[0] == "WIRE-032"


def test_just_at_the_limits_it_is_read():
    limits = XmlLimits(size_bytes=30, markups=5, depth=3, attributes=1)
    assert isinstance(read(b"<a><b><c x='1'/></b></a>", limits), Xml)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (codecs.BOM_UTF8 + b"<a>\xc3\xa9</a>", []),
        (codecs.BOM_UTF8 * 2 + b"<a>\xc3\xa9</a>", ["WIRE-034"]),
        (b"\n <?xml version='1.0'?><a>\xc3\xa9</a>", ["WIRE-034"]),
        (b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>", []),
        ("<?xml version='1.0' encoding='UTF-16'?><a>é</a>".encode("utf-16"), []),
        ("<?xml version='1.0'?><a>é</a>".encode("utf-16-be"), []),
        (b"<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa9</a>", ["WIRE-035"]),
        (codecs.BOM_UTF8 + b"<?xml version='1.0' encoding='latin-1'?><a>\xc3\xa9</a>",
         ["WIRE-035"]),
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>", ["WIRE-010"]),
    ],
)  # fmt: skip
def test_encodings_are_read_and_told_where_they_are_odd(data: bytes, found: list[str]):
    assert text_of(good(data).root) == "é"
    assert codes(data) == found


@pytest.mark.parametrize("name", ["utf-7", "utf-32", "idna", "zlib", "nonsense"])
def test_an_encoding_that_hides_markup_is_refused(name: str):
    data = f"<?xml version='1.0' encoding='{name}'?><a/>".encode()
    assert refused(data)[0] == "WIRE-033"


def test_half_a_character_of_two_bytes_is_refused():
    assert refused("<a/>".encode("utf-16") + b"<")[0] == "WIRE-033"


def test_of_a_text_the_declared_encoding_is_ignored():
    assert text_of(good('<?xml version="1.0" encoding="x"?><a>é</a>').root) == "é"


def test_a_place_is_named_by_its_path():
    root = good(b"<a xml:lang=' en '><b/><c/><b><d/></b></a>").root
    assert path_of(root[2][0]) == "a/b[2]/d"
    assert (attribute(root, "xml:lang"), attribute(root, "x")) == ("en", "")
    assert (attribute(None, "x"), text_of(None)) == ("", "")


def test_among_very_many_siblings_a_place_is_named_by_its_line():
    root = good(b"<a>" + b"\n<b/>" * 1000 + b"</a>").root
    assert path_of(root[998]) == "a/b[999]"
    root = good(b"<a>" + b"\n<b/>" * 1001 + b"</a>").root
    assert path_of(root[998]) == "a/b[line 1000]"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_data_is_a_document_or_a_finding(data: bytes | str):
    assert isinstance(read(data), Xml | Finding)


@given(st.text("<>!DOCTYPEENTITY[]\"'?- ax&;\n", max_size=80))
def test_a_document_that_is_read_has_no_type_and_no_entity(text: str):
    found = read(f"<!DOCTYPE a {text}<a/>")
    if isinstance(found, Xml):
        assert b"<!" not in etree.tostring(found.root.getroottree())
