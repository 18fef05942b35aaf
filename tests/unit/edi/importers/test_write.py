"""What is written is read again as it was."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway.edi.x12
from gateway.edi.importers import (
    Standard,
    read_biztalk_xsd,
    read_plain,
    read_sef,
    write_tables,
)
from gateway.edi.tables import Tables, read_tables
from tests.unit.edi.importers.shapes import good, sample

PACKAGE = {
    f"{file.parent.name}/{file.name}": file.read_text(encoding="utf-8")
    for file in (Path(gateway.edi.x12.__file__).parent / "tables").glob("*/*.txt")
}


def test_the_tables_of_the_package_are_read_again_as_they_were():
    tables = read_tables(PACKAGE)
    assert isinstance(tables, Tables)
    assert read_tables(write_tables(tables)) == tables


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("house.sef", read_sef),
        ("house.xsd", read_biztalk_xsd),
        ("house.csv", read_plain),
    ],
)
def test_what_is_imported_is_read_again_as_it_was(name, reader):
    tables = good(reader(sample(name), name)).tables
    assert read_tables(write_tables(tables)) == tables


def test_the_files_are_those_that_the_table_reader_knows():
    tables = good(read_sef(sample("house.sef"), "house.sef")).tables
    assert list(write_tables(tables)) == [
        f"004010/{name}.txt"
        for name in ("elements", "segments", "defined", "850", "997")
    ]


def test_no_line_is_longer_than_88_characters():
    tables = read_tables(PACKAGE)
    assert isinstance(tables, Tables)
    lines = "\n".join(write_tables(tables).values()).split("\n")
    assert max(map(len, lines)) <= 88


NAMES = st.text(max_size=80)
CODES = st.lists(st.text("ABC019|# !*-", min_size=1, max_size=4), max_size=8)


@given(NAMES, NAMES, NAMES, CODES, st.integers(0, 5), st.integers(0, 5))
def test_any_names_codes_and_limits_are_read_again(first, second, third, codes, a, b):
    quoted = [name.replace('"', '""') for name in (first, second, third)]
    rows = [
        "row,in,id,need,max,type,min,len,name,list",
        "version,,004010",
        f'set,,850,,,,,,"{quoted[0]}"',
        "use,,ST,M,1",
        f"loop,,L,O,{a or '*'}",
        f"use,L,{'ST'},M,1",
        f'segment,,ST,,,,,,"{quoted[1]}"',
        f"part,ST,1,M,{b or '*'}",
        f'element,,1,,,ID,1,4,"{quoted[2]}","{" ".join(codes)}"',
    ]
    read = read_plain("\n".join(rows), "a.csv")
    assert isinstance(read, Standard)
    assert read_tables(write_tables(read.tables)) == read.tables
