"""The reader of BizTalk schemas: a set, its variants, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.importers import Standard, read_biztalk_xsd
from gateway.edi.schema import Composite, Element
from gateway.findings import Finding
from tests.unit.edi.importers.shapes import (
    conditions,
    good,
    noted,
    places,
    sample,
    schema,
    structure,
    uses,
)

NAME = "house.xsd"


@pytest.fixture(scope="module")
def house() -> Standard:
    return good(read_biztalk_xsd(sample(NAME), NAME))


def elements(read: Standard, tag: str) -> list[Element]:
    segment = read.tables.segment("004010", tag)
    assert segment is not None
    return [use.element for use in segment.uses if isinstance(use.element, Element)]


def changed(old: str, new: str) -> Standard | tuple[Finding, ...]:
    text = sample(NAME)
    assert old in text
    return read_biztalk_xsd(text.replace(old, new, 1), NAME)


def line_of(part: str) -> str:
    lines = sample(NAME).splitlines()
    return f"{NAME}:{next(i for i, x in enumerate(lines, 1) if part in x)}"


def test_the_version_and_the_set_are_those_of_the_file(house):
    assert house.tables.versions == ("004010",)
    order = schema(house, "004010", "850")
    assert (order.functional_id, order.name) == ("PO", "Order of the house")


def test_a_set_has_its_segments_loops_requirements_and_maxima(house):
    assert structure(schema(house, "004010", "850").nodes) == [
        "ST! 1",
        "BEG! 1",
        "REF *",
        ("N1 200", ["N1! 1", "REF 12"]),
        ("PO1! 100000", ["PO1! 1", ("N1 200", ["N1! 1"])]),
        "SE! 1",
    ]


def test_the_first_and_last_segment_are_those_of_the_standard(house):
    order = schema(house, "004010", "850")
    assert (uses(order, "ST"), uses(order, "SE")) == ("143! 329!", "96! 329!")
    assert [(e.type, e.max) for e in elements(house, "SE")] == [("N0", 10), ("AN", 9)]


def test_the_first_segment_names_its_guide_from_004020_on():
    read = good(read_biztalk_xsd(sample(NAME), NAME, version="005010"))
    assert uses(schema(read, "005010", "850"), "ST") == "143! 329! 1705"


def test_a_field_gives_number_name_type_lengths_and_codes(house):
    assert elements(house, "BEG")[0] == Element(
        number="353",
        name="Purpose",
        type="ID",
        min=2,
        max=2,
        codes=frozenset({"00", "01", "05"}),
    )
    assert [(e.number, e.type, e.min, e.max) for e in elements(house, "BEG")[1:]] == [
        ("324", "AN", 1, 22),
        ("610", "N2", 1, 15),
        ("373", "DT", 8, 8),
        ("347", "N0", 1, 6),
    ]


def test_rules_are_conditions(house):
    order = schema(house, "004010", "850")
    assert conditions(order, "N1") == ["R0203", "P0304"]
    assert conditions(order, "PO1") == ["C0302", "E0405", "L010203"]


def test_a_composite_has_its_components_and_conditions(house):
    found = schema(house, "004010", "850").segments["REF"].uses[3].element
    assert isinstance(found, Composite)
    assert found.number == "C040"
    assert [use.mandatory for use in found.uses] == [True, True, False, False]
    assert [str(condition) for condition in found.conditions] == ["P0304"]


def test_descriptions_of_one_segment_that_differ_give_what_any_of_them_allows(house):
    order = schema(house, "004010", "850")
    assert uses(order, "REF") == "128! 127 352*5 C040"
    assert elements(house, "REF")[1].max == 50
    assert elements(house, "N1")[0].codes == {"BY", "ST", "UC"}
    assert noted(house) == {(NAME, "127 98 REF")}


def test_a_description_with_fewer_elements_makes_the_rest_optional():
    text = sample(NAME)
    start = text.index('<xs:element name="REF_2">')
    cut = text.index('        <xs:element minOccurs="0" ref="C040"', start)
    end = text.index("      </xs:sequence>", cut)
    read = good(read_biztalk_xsd(text[:cut] + text[end:], NAME))
    assert uses(schema(read, "004010", "850"), "REF") == "128! 127 352*5 C040"


def test_a_place_that_stands_zero_times_is_left_out():
    old = '<xs:element minOccurs="0" maxOccurs="200" ref="N1Loop1">'
    read = good(changed(old, old.replace('"200"', '"0"')))
    nodes = structure(schema(read, "004010", "850").nodes)
    assert nodes[:3] == ["ST! 1", "BEG! 1", "REF *"]
    assert (line_of('ref="N1Loop1"'), "") in noted(read)


def test_a_rule_of_another_kind_is_left_out():
    read = good(changed("X12ConditionDesignatorX_Exclusion", "House_Moon"))
    assert conditions(schema(read, "004010", "850"), "PO1") == ["C0302", "L010203"]


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param("</xs:schema>", "</xs:a>", "</xs:schema>", id="not closed"),
        pytest.param('document_type="850"', "", "<xs:schema", id="no type"),
        pytest.param('_reference="X12', '_reference="Y', "document_type", id="root"),
        pytest.param('version="00401"', 'version="4"', "document_type", id="version"),
        pytest.param('ref="BEG"', 'ref="BEX"', 'ref="BEG"', id="unknown reference"),
        pytest.param('maxOccurs="12"', 'maxOccurs="many"', '"12"', id="odd maximum"),
        pytest.param('"Amount_610"', '"Amount"', "BEG03", id="no number"),
        pytest.param('name="C040"', 'name="D"', 'ref="C040"', id="no composite"),
        pytest.param(
            'type="X12_ID_355"',
            'type="X12_ID"',
            'minOccurs="0" name="PO103"',
            id="no lengths",
        ),
        pytest.param(
            'maxOccurs="100000" ref="PO1Loop1"',
            'maxOccurs="100000" ref="X12_00401_850"',
            'name="ST"',
            id="a loop inside itself",
        ),
    ],
)
def test_a_broken_place_is_found_at_its_line(old, new, at):
    assert line_of(at) in places(changed(old, new))


def test_two_descriptions_with_other_elements_in_a_place_contradict_each_other():
    found = changed("Text_352", "Text_353")
    assert isinstance(found, tuple)
    assert [(f.code, f.value) for f in found] == [("CFG-010", "REF03")]


def test_a_choice_is_not_read():
    start = sample(NAME).index('<xs:element name="PO1Loop1">')
    head, rest = sample(NAME)[:start], sample(NAME)[start:]
    rest = rest.replace("xs:sequence>", "xs:choice>", 2)
    found = read_biztalk_xsd(head + rest, NAME)
    assert isinstance(found, tuple)
    assert ("CFG-010", "choice") in [(f.code, f.value) for f in found]


def test_a_field_that_is_no_element_is_not_read():
    old = '<xs:element minOccurs="0" name="PO101">'
    assert line_of(old) in places(changed(old, f"<xs:any />{old}"))


def test_a_composite_is_called_by_a_letter_and_three_digits():
    text = sample(NAME).replace('"C040"', '"Further"')
    found = read_biztalk_xsd(text, NAME)
    assert isinstance(found, tuple)
    assert {finding.value for finding in found} == {"Further"}


def test_a_composite_holds_fields_only():
    old = 'name="C04001"'
    found = changed(old, 'ref="C040"')
    assert isinstance(found, tuple)
    assert ("CFG-010", "C040") in [(f.code, f.value) for f in found]


def test_a_loop_without_content_is_found():
    text = sample(NAME)
    end = text.index("</xs:schema>")
    more = '<xs:element name="N9Loop1" />'
    text = text[:end] + more + text[end:]
    found = read_biztalk_xsd(text.replace('ref="N1Loop1"', 'ref="N9Loop1"'), NAME)
    assert line_of('ref="N1Loop1"') in places(found)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('<!DOCTYPE a SYSTEM "http://a/b"><a/>', id="external"),
        pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="entity"),
        pytest.param("<a>&b;</a>", id="entity without a declaration"),
        pytest.param("<a><b></a>", id="not nested"),
        pytest.param("", id="empty"),
        pytest.param("<a>" * 5000 + "</a>" * 5000, id="deep"),
        pytest.param("<a/>", id="no schema"),
    ],
)
def test_what_is_no_plain_schema_is_refused_at_its_line(text):
    assert places(read_biztalk_xsd(text, "a.xsd")) == ["a.xsd:1"]


def test_a_file_over_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr("gateway.edi.importers.biztalk.LONGEST_CHARS", 10)
    assert places(read_biztalk_xsd("<" * 11, "a.xsd")) == ["a.xsd"]


@given(st.data())
def test_a_schema_with_lines_missing_never_raises(data):
    lines = sample(NAME).splitlines()
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=3))
    text = "\n".join(line for i, line in enumerate(lines) if i not in gone)
    assert isinstance(read_biztalk_xsd(text, NAME), (Standard, tuple))
