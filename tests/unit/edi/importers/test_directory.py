"""UN/EDIFACT directories in the layouts of D.96A and D.01B, read as our tables.

The samples have the layout of the published files and none of their text.
"""

from __future__ import annotations

from importlib.resources import files

import pytest

from gateway.edi.edifact.directories import Directories
from gateway.edi.importers import Standard, read_directory, write_tables
from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    SegmentUse,
)
from gateway.findings import Finding
from tests.unit.cli.test_standard import SAMPLES
from tests.unit.edi.edifact_parts import directories
from tests.unit.edi.importers.published import NEW, OLD, Layout, published

_RULED = "-" * 70


def texts(name: str) -> dict[str, str]:
    folder = SAMPLES / name
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def read(given: dict[str, str], *, version: str = "") -> Standard:
    found = read_directory(given, "a directory", version=version)
    assert isinstance(found, Standard)
    return found


def refused(given: dict[str, str], *messages: str) -> list[tuple[str, str, str]]:
    found = read_directory(given, "a directory", messages=messages)
    assert not isinstance(found, Standard)
    return [(one.code, str(one.where), one.value) for one in found]


def schema(name: str, version: str, type_: str) -> MessageSchema:
    found = read(texts(name)).tables.schema(version, type_)
    assert found is not None
    return found


def outline(nodes: tuple[SegmentUse | Loop, ...]) -> str:
    """The tree on one line: ``BGM!1 (RFF 10 RFF!1 DTM 5)``."""
    parts = []
    for node in nodes:
        bang = "!" if node.mandatory else " "
        if isinstance(node, Loop):
            parts.append(f"({node.name}{bang}{node.max} {outline(node.nodes)})")
        else:
            parts.append(f"{node.segment.tag}{bang}{node.max}")
    return " ".join(parts)


def elements(one: MessageSchema, tag: str) -> list[tuple[str, bool, int]]:
    uses = one.segments[tag].uses
    return [(use.element.number, use.mandatory, use.repeat) for use in uses]


def composite(one: MessageSchema, tag: str, position: int) -> Composite:
    found = one.segments[tag].uses[position - 1].element
    assert isinstance(found, Composite)
    return found


def element(uses: tuple[ElementUse, ...], position: int) -> Element:
    found = uses[position - 1].element
    assert isinstance(found, Element)
    return found


def test_lines_at_the_right_end_nest_the_groups_in_both_layouts():
    old = schema("directory_96a", "D96A", "ORDERS")
    assert (old.name, old.standard, old.functional_id) == ("House order", "EDIFACT", "")
    assert outline(old.nodes) == (
        "UNH!1 BGM!1 DTM!35 (RFF 10 RFF!1 DTM 5)"
        " (NAD 99 NAD!1 (RFF 10 RFF!1 DTM 5) (CTA 5 CTA!1))"
        " UNS!1 (RFF2 10 RFF!1) UNT!1"
    )
    new = schema("directory_01b", "D01B", "HOUSES")
    assert outline(new.nodes) == "UNH!1 CNT!2 (LIN 9999 LIN!1 (GIN 9 GIN!1)) UNT!1"


def test_segments_have_their_elements_whatever_their_names_look_like():
    old = schema("directory_96a", "D96A", "ORDERS")
    assert elements(old, "NAD") == [
        ("3035", True, 1),
        ("C082", False, 1),
        ("3124", False, 1),  # its name goes over two lines
    ]
    new = schema("directory_01b", "D01B", "HOUSES")
    assert elements(new, "LIN") == [
        ("1082", False, 1),
        ("4053", False, 1),
        ("C076", False, 3),
    ]
    assert elements(new, "GIN") == [
        ("7405", True, 1),
        ("C208", True, 1),
        ("C208", False, 1),
    ]


def test_composites_come_from_their_own_file_or_from_the_segment_that_has_them():
    one = schema("directory_96a", "D96A", "ORDERS")
    kind, identity = composite(one, "BGM", 1), composite(one, "NAD", 2)
    assert [use.element.number for use in kind.uses] == ["1001", "1131", "1000"]
    # EDCD does not have this one
    assert [(u.element.number, u.mandatory) for u in identity.uses] == [("3039", True)]


def test_elements_have_their_form_and_the_codes_of_their_list():
    one = schema("directory_96a", "D96A", "ORDERS")
    kind = element(composite(one, "BGM", 1).uses, 1)
    assert (kind.type, kind.min, kind.max) == ("an", 1, 3)
    assert kind.codes == {"220", "9", "35E"}  # marked ones too, and no text
    assert element(one.segments["NAD"].uses, 1).codes == {"BY"}
    other = schema("directory_01b", "D01B", "HOUSES")
    numbers = element(other.segments["GIN"].uses, 1)
    assert (numbers.type, numbers.min, numbers.max) == ("an", 3, 3)
    total = composite(other, "CNT", 1).uses
    assert [(element(total, n).type, element(total, n).max) for n in (1, 2)] == [
        ("an", 3),
        ("n", 18),
    ]


def test_ruled_lines_of_old_code_pages_are_ruled_lines():
    given = texts("directory_96a")
    given["UNCL.96A"] = given["UNCL.96A"].replace(_RULED, "\xc4" * 70)
    given["EDSD.96A"] = given["EDSD.96A"].replace(_RULED, "\u2500" * 70)
    assert read(given).tables == read(texts("directory_96a")).tables


def whole(made: Standard) -> Directories:
    """What was imported, with the package's service segments."""
    packed = files("gateway") / "edi" / "edifact" / "tables"
    service = {
        f"{folder}/{name}.txt": (packed / folder / f"{name}.txt").read_text("utf-8")
        for folder in ("S3", "S4")
        for name in ("elements", "segments", "defined", "CONTRL")
    }
    return Directories({**service, **write_tables(made.tables)})


def test_what_is_written_is_read_as_a_directory_with_the_service_segments():
    found = whole(read(texts("directory_96a"))).schema("D96A", "ORDERS", 3)
    assert found is not None
    assert [use.element.number for use in found.segments["UNH"].uses][:2] == [
        "0062",
        "S009",
    ]
    assert outline(found.nodes) == outline(
        schema("directory_96a", "D96A", "ORDERS").nodes
    )


@pytest.mark.parametrize(
    ("directory", "layout", "syntax"), [("D96A", OLD, 3), ("D01B", NEW, 4)]
)
def test_a_whole_directory_as_published_gives_our_tables(
    directory: str, layout: Layout, syntax: int
):
    held = {
        type_: found
        for type_ in directories().types(directory)
        if (found := directories().schema(directory, type_, syntax))
    }
    made = read(dict(published(list(held.values()), layout)))
    again = whole(made)
    assert made.notes == ()
    assert again.types(directory) == directories().types(directory)
    for type_, ours in held.items():
        theirs = again.schema(directory, type_, syntax)
        assert theirs is not None
        assert theirs.nodes == ours.nodes, type_
        assert (theirs.name, theirs.segments) == (ours.name, ours.segments)


def test_a_version_that_is_named_goes_before_that_of_the_files():
    assert read(texts("directory_96a"), version="D97A").tables.versions == ("D97A",)
    assert refused({**texts("directory_96a"), "x": ""}, "INVOIC") == [
        ("CFG-010", "a directory", "INVOIC")
    ]


def test_what_is_not_understood_is_told_with_its_place():
    given = texts("directory_96a")
    given["ORDERS_D.96A"] = given["ORDERS_D.96A"].replace("1----------++", "1 ")
    given["EDSD.96A"] = given["EDSD.96A"].replace(
        "020   1004  NUMBER OF THE DOCUMENT                         C  an..35",
        "020   1004  NUMBER OF THE DOCUMENT",
    )
    assert ("CFG-010", "EDSD.96A:14", "NUMBER OF THE DOCUMENT") in refused(given)
    assert "ORDERS_D.96A" in " ".join(where for _, where, _ in refused(given))


@pytest.mark.parametrize(
    "given", [{}, {"a": "nothing of the kind"}, {"b": "\0\x1f" * 99}]
)
def test_files_of_another_kind_are_no_directory(given):
    assert refused(given)[0][0] == "CFG-010"


def test_a_file_of_another_kind_beside_them_is_left_out_and_said():
    made = read({**texts("directory_96a"), "READ.ME": "hello\nthere"})
    told: tuple[Finding, ...] = made.notes
    assert [(one.code, str(one.where)) for one in told] == [("CFG-011", "READ.ME")]
