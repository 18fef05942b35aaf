"""The SEF reader: sections, loops, ranges, and each kind of line it does not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.importers import Standard, read_sef
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

NAME = "house.sef"


@pytest.fixture(scope="module")
def house() -> Standard:
    return good(read_sef(sample(NAME), NAME))


def element(read: Standard, tag: str, position: int) -> Element:
    segment = read.tables.segment("004010", tag)
    assert segment is not None
    found = segment.uses[position - 1].element
    assert isinstance(found, Element)
    return found


def changed(old: str, new: str) -> Standard | tuple[Finding, ...]:
    text = sample(NAME)
    assert old in text
    return read_sef(text.replace(old, new, 1), NAME)


def line_of(start: str) -> str:
    """``house.sef:20`` for the first line that starts so."""
    lines = sample(NAME).splitlines()
    return f"{NAME}:{next(i for i, x in enumerate(lines, 1) if x.startswith(start))}"


def test_the_version_and_the_sets_are_those_of_the_file(house):
    assert house.tables.versions == ("004010",)
    assert house.tables.types("004010") == ("850", "997")


def test_a_set_has_its_segments_loops_requirements_and_maxima(house):
    assert structure(schema(house, "004010", "850").nodes) == [
        "ST! 1",
        "BEG! 1",
        "CUR 1",
        "REF *",
        ("N1 200", ["N1! 1", "N2 2", "N4 *"]),
        ("PO1! 100000", ["PO1! 1", "PID 1000", ("CTPS *", ["CTP! 1", "CUR 1"])]),
        ("CTT 1", ["CTT! 1", "AMT 1"]),
        "SE! 1",
    ]


def test_a_set_has_the_functional_group_that_is_known_for_it(house):
    assert schema(house, "004010", "850").functional_id == "PO"
    assert schema(house, "004010", "997").functional_id == "FA"


def test_a_segment_has_its_elements_with_requirement_and_repeats(house):
    order = schema(house, "004010", "850")
    assert uses(order, "BEG") == "353! 92! 324! 328 373!"
    assert uses(order, "REF") == "128! 127*0 352"
    assert uses(order, "CTP") == "687 236 212 380 C001*3 648 649"


def test_a_group_of_elements_is_written_out(house):
    order = schema(house, "004010", "850")
    assert uses(order, "PO1") == "350 330 355 212 639 235 234 235 234 235 234"


def test_a_segment_has_its_conditions(house):
    order = schema(house, "004010", "850")
    assert conditions(order, "PO1") == ["C0302", "C0504", "P0607", "P0809", "P1011"]
    assert conditions(order, "CTT") == []


def test_a_composite_has_its_components(house):
    place = schema(house, "004010", "997").segments["AK4"].uses[0].element
    assert isinstance(place, Composite)
    assert [use.element.number for use in place.uses] == ["722", "1528"]


def test_an_element_has_type_lengths_codes_and_title(house):
    assert element(house, "BEG", 1) == Element(
        number="353",
        name="Purpose",
        type="ID",
        min=2,
        max=2,
        codes=frozenset(["00", "01", "02", "03", "04", "05", "06", "07", "22"]),
    )


def test_a_range_of_codes_counts_each_character_within_its_kind(house):
    assert element(house, "N1", 1).codes == {"BY", "NY", "NZ", "OA", "OB", "ST"}
    assert element(house, "PO1", 6).codes == {"B9", "C0", "C1", "UP", "VP"}


def test_codes_that_are_put_together_of_parts_leave_the_element_open(house):
    assert element(house, "PO1", 5).codes == frozenset()


def test_a_numeric_type_without_a_digit_has_no_decimals(house):
    assert element(house, "CTT", 1).type == "N0"


def test_what_has_no_title_is_called_as_the_caller_says_or_by_its_number(house):
    assert element(house, "CTT", 2).name == "Element 347"
    named = good(
        read_sef(sample(NAME), NAME, names={"347": "Hash total", "CTT": "Sum"})
    )
    assert element(named, "CTT", 2).name == "Hash total"
    assert schema(named, "004010", "850").segments["CTT"].name == "Sum"


def test_a_title_is_the_first_short_text_without_our_separator(house):
    assert schema(house, "004010", "850").name == "Order of the house"
    assert schema(house, "004010", "850").segments["BEG"].name == "Head of / the order"


def test_all_tags_of_the_file_count_as_defined(house):
    assert "XYZ" in schema(house, "004010", "850").defined_tags
    assert "C001" not in schema(house, "004010", "850").defined_tags


def test_what_a_table_cannot_hold_is_a_note_at_its_line(house):
    assert noted(house) == {
        (line_of(".SEMREFS"), ""),
        (line_of(".VALLISTS"), ""),
        (line_of("HOUSE850"), "HOUSE"),
        (line_of("639=PE"), "639"),
        (line_of("98=ID"), "X"),
        (NAME, ""),
    }


def test_a_named_version_goes_before_the_one_of_the_file():
    read = good(read_sef(sample(NAME), NAME, version="004030"))
    assert read.tables.versions == ("004030",)


def test_line_ends_and_a_byte_order_mark_change_nothing(house):
    crlf = "\ufeff" + sample(NAME).replace("\n", "\r\n")
    assert read_sef(crlf, NAME) == house


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param(",X,X12", ",UN,D96A", "HOUSE850", id="not X12"),
        pytest.param("004 010 HOUSE", "4010", "HOUSE850", id="odd version"),
        pytest.param("850=^", "850^", "850=^", id="set without ="),
        pytest.param("[SE,M]\n997", "[SE,M\n997", "850=^", id="open bracket"),
        pytest.param("[CTT][AMT]}", "[CTT][AMT]", "850=^", id="open loop"),
        pytest.param("[SE,M]\n997", "[SE,M]}\n997", "850=^", id="loop closed twice"),
        pytest.param("[SE,M]\n997", "[SEE,M]\n997", "850=^", id="unknown segment"),
        pytest.param("{[CTT][AMT]}", "{}", "850=^", id="loop without a segment"),
        pytest.param("{[CTT][AMT]}", "{[CTT,,2]}", "850=^", id="start stands twice"),
        pytest.param("997=[ST", "99=[ST", "997=", id="odd type"),
        pytest.param("997=[ST", "111=[ST", "997=", id="no group known"),
        pytest.param("997=[ST", "850=[ST", "997=", id="set twice"),
        pytest.param("[347]", "[348]", "CTT=", id="unknown element"),
        pytest.param("[C001,O,3]", "[C002,O,3]", "CTP=", id="unknown composite"),
        pytest.param("CTT=[354,M]", "CTT=354,M", "CTT=", id="no brackets"),
        pytest.param("CTT=[354,M]", "CTT={9[354]", "CTT=", id="open group"),
        pytest.param("CTT=[354,M]", "CTT={99{99[354]}}", "CTT=", id="too many"),
        pytest.param("+C0605", "+C0607", "N4=", id="beyond the last"),
        pytest.param("+C0605", "+Q0605", "N4=", id="odd condition"),
        pytest.param("N4=[19]", "AMT=[19]", "N4=", id="segment twice"),
        pytest.param("347=R,1,10", "347=R,1", "347=R", id="one length"),
        pytest.param("347=R,1,10", "347=R,10,1", "347=R", id="lengths turned"),
        pytest.param("347=R,1,10", "347=Q,1,10", "347=R", id="odd type of element"),
        pytest.param("347=R,1,10", "350=R,1,10", "350=AN", id="element twice"),
        pytest.param("1018=R", "C118=R", "1018=R", id="element called a composite"),
        pytest.param("B9:C1", "C1:B9", "235=B9", id="range turned"),
        pytest.param("B9:C1", "B9:C1:D1", "235=B9", id="range of three"),
        pytest.param("B9:C1", "B9:CC", "235=B9", id="kinds mixed"),
        pytest.param("B9:C1", "B9:C10", "235=B9", id="range of two lengths"),
        pytest.param("B9:C1", "a-:a1", "235=B9", id="range of other characters"),
        pytest.param(".VER 1.6", "VER 1.6", ".VER", id="no section first"),
    ],
)
def test_a_broken_line_is_found_at_its_line(old, new, at):
    assert line_of(at) in places(changed(old, new))


def test_a_file_without_its_head_is_a_finding_at_the_file():
    assert places(read_sef("", "a.sef")) == ["a.sef", "a.sef"]


def test_a_file_over_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr("gateway.edi.importers.sef.LONGEST_CHARS", 10)
    assert places(read_sef("." * 11, "a.sef")) == ["a.sef"]


def test_findings_stop_at_two_hundred_and_say_how_many_more():
    text = ".INI\nA,,004 010,X\n.ELMS\n" + "".join(f"{n}=Q\n" for n in range(300))
    found = read_sef(text, "a.sef")
    assert len(places(found)) == 201


def test_deep_loops_end_in_a_finding():
    deep = "850=" + "{" * 5000 + "[ST]" + "}" * 5000
    text = f".INI\nA,,004 010,X\n.SETS\n{deep}\n"
    assert "a.sef:4" in places(read_sef(text, "a.sef"))


BITS = st.sampled_from(
    [".INI\n", "A,,004 010,X\n", ".SETS\n", "850=", "[ST,M]", "{:9", "}", "^", "+1",
     ".SEGS\n", "ST=", "[1]", "{2", "+R0102", ",..", ".ELMS\n", "1=AN,1,3", "\n",
     ".COMS\n", "C001=", "[C001]", ".CODES\n", "A:C", "|", "%", ">1", ".TEXT,SETS\n"]
)  # fmt: skip


@given(st.text() | st.lists(BITS, max_size=60).map("".join))
def test_any_text_gives_a_standard_or_findings_and_never_raises(text):
    read = read_sef(text, "a.sef")
    assert isinstance(read, (Standard, tuple))
