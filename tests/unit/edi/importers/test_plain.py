"""The reader of our plain table, row by row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.importers import Standard, read_plain
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

NAME = "house.csv"


@pytest.fixture(scope="module")
def house() -> Standard:
    return good(read_plain(sample(NAME), NAME))


def changed(old: str, new: str) -> Standard | tuple[Finding, ...]:
    text = sample(NAME)
    assert old in text
    return read_plain(text.replace(old, new, 1), NAME)


def line_of(start: str) -> str:
    lines = sample(NAME).splitlines()
    return f"{NAME}:{next(i for i, x in enumerate(lines, 1) if x.startswith(start))}"


def test_a_set_has_its_segments_loops_requirements_and_maxima(house):
    answer = schema(house, "005010", "855")
    assert (answer.functional_id, answer.name) == ("PR", "Answer of the house")
    assert structure(answer.nodes) == [
        "ST! 1",
        "BAK! 1",
        "REF *",
        ("PO1 100000", ["PO1! 1", ("ACK 104", ["ACK! 1", "DTM 1"]), "MTX *"]),
        "SE! 1",
    ]


def test_a_segment_has_its_parts_and_conditions(house):
    answer = schema(house, "005010", "855")
    assert uses(answer, "ACK") == "668! 380 355 374 373*3"
    assert uses(answer, "MTX") == "1551*0"
    assert conditions(answer, "ACK") == ["P0203", "C0405"]
    assert answer.segments["ACK"].name == "Answer, line by line"


def test_a_composite_has_its_parts_and_conditions(house):
    found = schema(house, "005010", "855").segments["REF"].uses[3].element
    assert isinstance(found, Composite)
    assert [use.element.number for use in found.uses] == ["128", "127", "128", "127"]
    assert [str(condition) for condition in found.conditions] == ["P0304"]


def test_an_element_has_type_lengths_name_and_codes(house):
    kind = schema(house, "005010", "855").segments["REF"].uses[0].element
    assert kind == Element(
        number="128",
        name="Kind of reference",
        type="ID",
        min=2,
        max=3,
        codes=frozenset({"CO", "CT", "VN"}),
    )


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_divide_cells_as_well(house, mark):
    text = sample(NAME).replace('"Answer, line by line"', "Answer, line by line")
    head, _, rest = text.partition("\n")
    other = "\n".join(
        line.replace("Answer, line", "Answer@ line").replace(",", mark)
        for line in rest.split("\n")
    ).replace("@", ",")
    assert read_plain(other, NAME) == house
    assert head.startswith("#")


def test_columns_may_stand_in_any_order_and_unknown_ones_are_a_note():
    text = "remark,id,row,name\n,005010,version,\nx,850,set,A\n"
    found = read_plain(text, "a.csv")
    assert places(found) == ["a.csv:3"]


def test_an_unknown_column_is_a_note():
    lines = sample(NAME).splitlines()
    text = "\n".join([lines[0], lines[1] + ",page", *lines[2:]])
    assert noted(good(read_plain(text, NAME))) == {(f"{NAME}:2", "page")}


def test_a_named_version_and_group_stand_in_for_missing_ones():
    text = sample(NAME).replace("version,,005010,,,,,,,\n", "").replace(",855", ",999X")
    read = good(read_plain(text, NAME, version="004030", groups={"999X": "PR"}))
    assert read.tables.types("004030") == ("999X",)


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param("use,,REF,O,*", "us,,REF,O,*", "use,,REF", id="odd row"),
        pytest.param("use,,REF,O,*", "use,,REF,X,*", "use,,REF", id="odd need"),
        pytest.param("use,,REF,O,*", "use,,REF,O,0", "use,,REF", id="odd max"),
        pytest.param("use,,REF,O,*", "use,N1,REF,O,*", "use,,REF", id="no such loop"),
        pytest.param("use,,REF,O,*", "use,,RXX,O,*", "use,,REF", id="no such segment"),
        pytest.param("part,DTM,374", "part,DTN,374", "part,DTM,374", id="no segment"),
        pytest.param("part,DTM,374", "part,DTM,375", "part,DTM,374", id="no element"),
        pytest.param("segment,,DTM", "segment,,ACK", "segment,,DTM", id="twice"),
        pytest.param("R0203", "R0209", "segment,,REF", id="beyond the last"),
        pytest.param("N0,1,10", "N0,one,10", "element,,96", id="odd length"),
        pytest.param("set,,855,", "version,,004010,", "set,,855", id="two versions"),
        pytest.param("use,,SE,M,,,,,,", "use,,SE,M,,,,,,,,x", "use,,SE", id="cells"),
        pytest.param('"Answer, line by line"', '"Answer"x', "segment,,ACK", id="quote"),
    ],
)
def test_a_broken_row_is_found_at_its_line(old, new, at):
    assert line_of(at) in places(changed(old, new))


def test_a_segment_without_parts_is_found():
    parts = sample(NAME).replace("part,MTX,1551,O,*,,,,,\n", "")
    assert places(read_plain(parts, NAME)) == [line_of("segment,,MTX")]


def test_a_version_without_a_set_is_found():
    assert places(read_plain("row,id\nversion,005010\n", "a.csv")) == ["a.csv"]


def test_a_file_without_the_columns_is_a_finding():
    assert places(read_plain("a,b\n1,2\n", "a.csv"))[0] == "a.csv:1"


def test_a_file_over_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr("gateway.edi.importers.plain.LONGEST_CHARS", 10)
    assert places(read_plain("x" * 11, "a.csv")) == ["a.csv"]


def test_a_path_of_many_loops_is_a_finding():
    text = f"row,in,id\nset,,850\nuse,{'A/' * 5000}A,ST\n"
    assert "a.csv:3" in places(read_plain(text, "a.csv"))


def test_the_example_of_the_documentation_is_read():
    page = Path(__file__).parents[4] / "docs" / "standards.md"
    example = page.read_text(encoding="utf-8").split("```\n")[-2]
    read = good(read_plain(example, "a.csv"))
    assert structure(schema(read, "005010", "855").nodes) == [
        "ST! 1",
        ("PO1 100000", ["PO1! 1"]),
        "SE! 1",
    ]


CELL = st.sampled_from(["", "850", "ST", "M", "*", "1", "PO1", "C001", "AN", "P0102"])
KIND = st.sampled_from(
    ["version", "set", "loop", "use", "segment", "composite", "part", "element"]
)
ROW = st.tuples(KIND, *[CELL] * 9).map(",".join)


@given(st.text() | st.lists(ROW).map("\n".join))
def test_any_text_gives_a_standard_or_findings_and_never_raises(rows):
    for text in (rows, f"row,in,id,need,max,type,min,len,name,list\n{rows}"):
        assert isinstance(read_plain(text, "a.csv"), (Standard, tuple))
