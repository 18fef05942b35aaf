from __future__ import annotations

import pytest

from gateway.bootstrap import rules
from gateway.config import Settings
from gateway.findings import Finding, Where
from gateway.pipeline.apart import PART, Whence, framed, taken_apart, unplaced
from gateway.pipeline.rules import Rules

ISA = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             "
    b"*261120*0912*U*00401*000000001*0*P*>~"
)
ST = b"ST*850*0001~BEG*00*SA*4711**20261120~PO1*1*2*EA*9.5~SE*4*0001~"
UNB = b"UNB+UNOC:3+1:14+2:14+261120:0912+77'"
UNH = b"UNH+1+ORDERS:D:96A:UN'BGM+220+4711+9'UNT+3+1'"
XML = b"<a><b n='1'>text</b><b><c/></b></a>"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return rules([], Settings(home=tmp_path_factory.mktemp("home")))


def x12(head: bytes = ISA) -> Whence:
    return Whence(type="x12_850", partner_id="", version="004010", head=head)


def test_a_message_that_stood_in_a_transmission_has_its_names(known: Rules):
    apart = taken_apart(ST, x12(), known)

    assert [one.tag for one in apart.segments] == ["ST", "BEG", "PO1", "SE"]
    assert apart.segments[2].elements[3].value == "9.5"
    assert apart.segments[2].elements[3].name
    assert (apart.total, apart.shown) == (4, 4)


def test_other_separators_are_those_of_its_interchange(known: Rules):
    head, text = (one.replace(b"*", b"|").replace(b"~", b"!") for one in (ISA, ST))

    assert [s.tag for s in taken_apart(text, x12(head), known).segments][1] == "BEG"


def test_a_finding_stands_at_its_element_or_apart(known: Rules):
    here = Where(segment_tag="PO1", segment_position=3, element=4)
    placed = Finding.of("CAT-301", "too dear", here)
    other = Finding.of("CAT-301", "too dear", Where(path="elsewhere"))

    apart = taken_apart(ST, x12(), known, [placed])

    assert apart.segments[2].elements[3].findings == (placed,)
    assert unplaced([placed, other], apart) == (other,)


def test_a_message_of_edifact_is_read_behind_its_unb(known: Rules):
    whence = Whence(type="edifact_orders", partner_id="", head=UNB + UNH)

    apart = taken_apart(UNH, whence, known)

    assert [one.tag for one in apart.segments] == ["UNH", "BGM", "UNT"]
    assert apart.segments[1].name


def test_a_long_message_comes_in_parts_that_follow_each_other(known: Rules):
    lines = b"".join(b"PO1*%d*2*EA*9.5~" % n for n in range(200))
    text = b"ST*850*0001~" + lines + b"SE*202*0001~"
    seen: list[int] = []
    first, total = 0, 1
    while first < total:
        apart = taken_apart(text, x12(), known, (), first)
        assert 0 < apart.shown <= PART
        seen += [one.position for one in apart.segments]
        first, total = first + apart.shown, apart.total

    assert seen == list(range(1, 203))


def test_a_part_is_short_however_long_its_elements_are(known: Rules):
    lines = b"".join(b"MSG*%s~" % (b"x" * 5000) for _ in range(50))

    apart = taken_apart(b"ST*850*0001~" + lines + b"SE*52*0001~", x12(), known)

    assert sum(len(e.value) for s in apart.segments for e in s.elements) < 30_000


def test_xml_is_a_line_for_each_element(known: Rules):
    wrong = Finding.of("WIRE-030", "no", Where(path="a/b[2]/c"))
    whence = Whence(type="cxml_order_request", partner_id="")

    apart = taken_apart(XML, whence, known, [wrong])

    shown = [(one.depth, one.name, one.attributes, one.text) for one in apart.lines]
    assert shown[:2] == [(0, "a", (), ""), (1, "b", (("n", "1"),), "text")]
    assert apart.lines[3].findings == (wrong,)


@pytest.mark.parametrize("data", [b"", b"\0\1", b"<a", b"ISA", b"UNB", b"x" * 9999])
def test_what_is_no_message_is_nothing(known: Rules, data: bytes):
    apart = taken_apart(data, Whence(type="x12_850", partner_id=""), known)

    assert (apart.segments, apart.lines, apart.total) == ((), (), 0)


def test_a_whole_interchange_needs_nothing_around_it():
    assert framed(ISA, Whence(type="x12_997", partner_id="")) == ISA
