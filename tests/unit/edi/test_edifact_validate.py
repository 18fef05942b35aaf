"""EDIFACT messages: where each segment stands, and what is wrong with which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.schema import Loop, SegmentUse
from gateway.edi.tree import LoopRead
from gateway.edi.walk import Walk
from gateway.findings import CODES, Severity
from gateway.partner.guide import Guide
from tests.unit.edi.edifact_parts import (
    BODY,
    directories,
    findings,
    interchange,
    message_lines,
    messages,
    order,
    read,
    told,
    validate,
    validator,
)

HEAD = ("BGM+220+1+9", "DTM+137:20260115:102")
LINE = ("LIN+1++4000862141404:EN", "QTY+21:1")
INVOIC = "INVOIC:D:96A:UN"
DESADV = "DESADV:D:96A:UN"
D01B = "ORDERS:D:01B:UN"


def tree(body: Sequence[str], identifier: str = "ORDERS:D:96A:UN") -> LoopRead:
    data = interchange(message_lines(body, identifier=identifier))
    (message,) = messages(read(data))
    assert [f for f in validate(message) if f.severity is Severity.REJECT] == []
    return validator(*key_of(message)).tree(message)


def placed(loop: LoopRead) -> Iterator[tuple[int, str]]:
    for segment in loop.segments:
        yield segment.position, f"{loop.path}/{segment.tag}".lstrip("/")
    for inner in loop.loops:
        yield from placed(inner)


def places(body: Sequence[str], identifier: str = "ORDERS:D:96A:UN") -> list[str]:
    """Where each segment of the body stands."""
    found = dict(placed(tree(body, identifier)))
    return [found[position] for position in sorted(found)][1:-1]


# fmt: off
AMBIGUOUS = {
    "DTM after RFF": ((*HEAD, "RFF+CT:1", "DTM+171:1:102", *LINE, "UNS+S"),
                      3, "RFF[1]/DTM"),
    "RFF after NAD": ((*HEAD, "RFF+CT:1", "NAD+BY+1", "RFF+VA:1", *LINE, "UNS+S"),
                      4, "NAD[1]/RFF[1]/RFF"),
    "LOC after NAD": ((*HEAD, "NAD+BY+1", "LOC+7", *LINE, "UNS+S"), 3, "NAD[1]/LOC"),
    "LOC after TAX": ((*HEAD, "TAX+7+VAT", "LOC+7", *LINE, "UNS+S"), 3, "TAX[1]/LOC"),
    "LOC after TDT": ((*HEAD, "TDT+20", "LOC+7", *LINE, "UNS+S"),
                      3, "TDT[1]/LOC[1]/LOC"),
    "LOC after TOD": ((*HEAD, "TOD+3", "LOC+7", *LINE, "UNS+S"), 3, "TOD[1]/LOC"),
    "TAX after ALC": ((*HEAD, "ALC+A", "TAX+7+VAT", *LINE, "UNS+S"),
                      3, "ALC[1]/TAX[1]/TAX"),
    "ALC in a line": ((*HEAD, *LINE, "ALC+A", "UNS+S"), 4, "LIN[1]/ALC[1]/ALC"),
    "ALC after UNS": ((*HEAD, *LINE, "UNS+S", "ALC+A", "MOA+8:1"), 5, "ALC2[1]/ALC"),
    "MOA before PRI": ((*HEAD, *LINE, "MOA+203:1", "PRI+AAA:1", "UNS+S"),
                       4, "LIN[1]/MOA"),
    "MOA after ALC": ((*HEAD, *LINE, "ALC+A", "MOA+8:1", "UNS+S"),
                      5, "LIN[1]/ALC[1]/MOA[1]/MOA"),
    "MOA after PAT": ((*HEAD, "PAT+1", "MOA+9:1", *LINE, "UNS+S"), 3, "PAT[1]/MOA"),
    "MOA after UNS": ((*HEAD, *LINE, "UNS+S", "MOA+86:1"), 5, "MOA"),
    "QTY after LOC": ((*HEAD, *LINE, "LOC+7", "QTY+11:1", "UNS+S"),
                      5, "LIN[1]/LOC[1]/QTY"),
    "QTY after SCC": ((*HEAD, *LINE, "SCC+1", "QTY+11:1", "UNS+S"),
                      5, "LIN[1]/SCC[1]/QTY[1]/QTY"),
    "PCD after PAT": ((*HEAD, "PAT+1", "PCD+12:1", *LINE, "UNS+S"), 3, "PAT[1]/PCD"),
    "PCD after ALC": ((*HEAD, "ALC+A", "PCD+1:1", *LINE, "UNS+S"),
                      3, "ALC[1]/PCD[1]/PCD"),
    "PCD after CUX": ((*HEAD, "CUX+2:EUR:9", "PCD+7:1", *LINE, "UNS+S"),
                      3, "CUX[1]/PCD"),
    "PCD in a line": ((*HEAD, *LINE, "PCD+7:1", "UNS+S"), 4, "LIN[1]/PCD"),
    "NAD in a line": ((*HEAD, "NAD+BY+1", *LINE, "NAD+DP+2", "UNS+S"),
                      5, "LIN[1]/NAD[1]/NAD"),
    "the same twice": ((*HEAD, *LINE, "UNS+S", "ALC+A", "MOA+8:1", "MOA+25:1"),
                       7, "ALC2[1]/MOA"),
}
# fmt: on


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_position_alone_tells_where_a_segment_stands(name: str):
    body, index, place = AMBIGUOUS[name]
    assert places(body)[index] == place


def test_counts_stand_before_the_amounts_in_an_invoice_only():
    body = (*HEAD, "LIN+1", "QTY+47:1", "UNS+S", "CNT+2:1", "MOA+77:1")
    assert places(body, INVOIC)[-2:] == ["CNT", "MOA[1]/MOA"]
    assert places((*HEAD, *LINE, "UNS+S", "MOA+86:1", "CNT+2:1"))[-2:] == ["MOA", "CNT"]


def test_marks_of_a_package_stand_with_it_and_those_of_a_line_with_the_line():
    body = ("BGM+351+1+9", "CPS+1", "PAC+1", "PCI+24", "LIN+1", "PCI+24")
    found = places(body, DESADV)
    assert found[3] == "CPS[1]/PAC[1]/PCI[1]/PCI"
    assert found[5] == "CPS[1]/LIN[1]/PCI[1]/PCI"


def test_a_package_behind_a_line_wants_a_new_cps():
    body = ("BGM+351+1+9", "CPS+1", "LIN+1", "PAC+1")
    data = interchange(message_lines(body, identifier=DESADV))
    assert told(data) == [("SYN-107", "PAC (segment 5)")]


def test_a_mandatory_segment_of_a_group_that_is_not_there_is_not_missing():
    body = (*HEAD, *LINE, "UNS+S", "ALC+A")
    data = interchange(message_lines(body))
    assert told(data) == [("SYN-103", "MOA (segment 8)")]
    assert told(order()) == []


# fmt: off
FAULTS = {
    "unknown tag": (order(("RFF+CT:K7", "QQQ+1")), "SYN-101", 4, 0, 0, "15"),
    "out of place": (order(("UNS+S", "PRI+AAA:1'BGM+220'UNS+S")),
                     "SYN-107", 14, 0, 0, "15"),
    "not in the message": (order(("RFF+CT:K7", "CPS+1")), "SYN-106", 4, 0, 0, "15"),
    "segment missing": (order(("DTM+137:20260115:102", "")), "SYN-103", 3, 0, 0, "13"),
    "too many segments": (order(("LIN+2++4000862141411:EN", "PRI+AAA:1'" * 25
                                 + "LIN+2++4000862141411:EN")),
                          "SYN-104", 35, 0, 0, "36"),
    "too often": (order(("RFF+CT:K7", "RFF+CT:K7'" + "DTM+2:1:102'" * 6)),
                  "SYN-105", 10, 0, 0, "35"),
    "element missing": (order(("NAD+BY+5412345000013::9", "NAD++1")),
                        "SYN-201", 5, 1, 0, "13"),
    "composite missing": (order(("PIA+1+ART-7:SA", "PIA+1++ART-7:SA")),
                          "SYN-201", 8, 2, 0, "13"),
    "component missing": (order(("QTY+21:12:PCE", "QTY+:12:PCE")),
                          "SYN-201", 9, 1, 1, "13"),
    "too long": (order(("RFF+CT:K7", "RFF+CT:" + "K" * 36)), "SYN-205", 4, 1, 2, "39"),
    "letters in a number": (order(("QTY+21:12:PCE", "QTY+21:1x:PCE")),
                            "SYN-206", 9, 1, 2, "37"),
    "no digit": (order(("QTY+21:12:PCE", "QTY+21:12.:PCE")), "SYN-222", 9, 1, 2, "38"),
    "other mark": (order(("QTY+21:12:PCE", "QTY+21:1,5:PCE"), una="UNA:+.? '"),
                   "SYN-221", 9, 1, 2, "19"),
    "unlisted code": (order(("QTY+21:12:PCE", "QTY+XX:12:PCE")),
                      "SYN-207", 9, 1, 1, "12"),
    "too many elements": (order(("UNS+S", "UNS+S+1")), "SYN-203", 13, 2, 0, "16"),
    "too many components": (order(("QTY+21:12:PCE", "QTY+21:12:PCE:1")),
                            "SYN-213", 9, 1, 4, "16"),
    "components of none": (order(("BGM+220+PO-1001+9", "BGM+220+PO:1+9")),
                           "SYN-213", 2, 2, 0, "16"),
    "trailing element": (order(("UNS+S", "UNS+S+")), "SYN-220", 13, 2, 0, "45"),
    "trailing component": (order(("QTY+21:12:PCE", "QTY+21:12:")),
                           "SYN-220", 9, 1, 0, "45"),
    "only separators": (order(("BGM+220+PO-1001+9", "BGM+:::+PO-1001")),
                        "SYN-220", 2, 1, 0, "45"),
    "no text": (order(("RFF+CT:K7", "RFF+CT:K\t7")), "SYN-223", 4, 1, 2, "21"),
}
# fmt: on


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_finding_with_its_code_and_place(name: str):
    data, code, position, element, component, code_0085 = FAULTS[name]
    (finding,) = findings(data)
    where = finding.where
    assert (finding.code, CODES[finding.code].e0085) == (code, code_0085)
    assert where.segment_position == position
    assert (where.element, where.component) == (element, component)
    assert data[where.byte_offset :].startswith(where.segment_tag.encode()) or position


def test_a_text_of_fixed_length_may_be_too_short():
    data = order(unb="UNB+UNO:3+1:14+2:14+260115:0900+77")
    assert told(data) == [("SYN-204", "UNB-01-01")]


def test_a_missing_uns_is_a_warning_but_not_in_an_invoice():
    (finding,) = findings(order(("UNS+S", "")))
    assert (finding.code, finding.severity) == ("SYN-103", Severity.WARNING)
    body = (*HEAD, "LIN+1", "QTY+47:1", "MOA+203:1", "CNT+2:1", "MOA+77:1")
    told_ = findings(interchange(message_lines(body, identifier=INVOIC)))
    assert Severity.REJECT in [f.severity for f in told_]


def test_an_unlisted_code_is_a_warning_and_a_guide_may_make_more_of_it():
    data = order(("QTY+21:12:PCE", "QTY+XX:12:PCE"))
    (finding,) = findings(data)
    assert finding.severity is Severity.WARNING
    rule = {"code": "SYN-207", "severity": "reject", "message": "edifact_orders"}
    guide = Guide.model_validate({"severity": [rule]})
    schema = directories().schema("D96A", "ORDERS", 3)
    assert schema is not None
    strict = EdifactValidator(edifact_plan(schema, guide, message="edifact_orders"))
    (message,) = messages(read(data))
    assert [f.severity for f in strict.validate(message)] == [Severity.REJECT]


def test_a_guide_forbids_and_requires_segments_by_their_place():
    rules = {
        "forbid": [{"at": "RFF", "message": "edifact_orders"}],
        "require": [{"at": "LIN/PRI", "message": "edifact_orders"}],
    }
    schema = directories().schema("D96A", "ORDERS", 3)
    assert schema is not None
    guide = Guide.model_validate(rules)
    guided = EdifactValidator(edifact_plan(schema, guide, message="edifact_orders"))
    (message,) = messages(read(order()))
    found = [(f.code, str(f.where)) for f in guided.validate(message)]
    assert found == [("IMP-106", "RFF (segment 4)"), ("IMP-117", "PRI (segment 13)")]


@pytest.mark.parametrize("number", ["1", "-1", "0.5", "0,5", "-12.50", "9" * 15])
def test_numbers_have_one_mark_and_a_minus_that_do_not_count(number: str):
    assert told(order(("QTY+21:12:PCE", f"QTY+21:{number}:PCE"))) == []


NO_NUMBER = {"SYN-206", "SYN-203", "SYN-201"}
"""A plus sign ends the element: what stands behind it is one too many."""


@pytest.mark.parametrize("number", ["+1", "1.2.3", "1,2.3", "1 0", "--1", "1e3", "٣"])
def test_what_is_no_number_is_told(number: str):
    data = order(("QTY+21:12:PCE", f"QTY+21:{number}:PCE"), codec="utf-8")
    assert {f.code for f in findings(data)} - {"WIRE-010"} <= NO_NUMBER
    assert told(data)


def test_repetitions_are_elements_up_to_syntax_3_and_separated_in_4():
    body = [*BODY[:4], "CTA+OC+:Anna", "COM+1:TE+2:FX+3:EM", *BODY[4:]]
    assert told(interchange(message_lines(body, identifier=D01B))) == []
    unb = "UNB+UNOC:4+1:14+2:14+20260115:0900+77"
    starred = [line.replace("+2:FX+3", "*2:FX*3") for line in body]
    data = interchange(message_lines(starred, identifier=D01B), unb=unb)
    assert told(data) == []
    (message,) = messages(read(data))
    root = validator(*key_of(message)).tree(message)
    (com,) = next(next(root.inner("NAD")).inner("CTA")).all("COM")
    assert isinstance(com, EdifactSegment)
    assert com.repetitions(1) == [["1", "TE"], ["2", "FX"], ["3", "EM"]]
    four = [line.replace("*3:EM", "*3:EM*4:EM") for line in starred]
    data = interchange(message_lines(four, identifier=D01B), unb=unb)
    assert told(data) == [("SYN-212", "COM-01 (segment 7)")]


def test_a_mapper_reads_parts_numbers_and_released_characters():
    root = tree((*HEAD, "FTX+AAI+++a?+b:c??", "LIN+1", "QTY+21:1,5:PCE", "UNS+S"))
    ftx = root.first("FTX")
    assert isinstance(ftx, EdifactSegment)
    assert (ftx.part(4), ftx.part(4, 2), ftx.part(9)) == ("a+b", "c?", "")
    assert ftx.components(4) == ["a+b", "c?"]
    qty = next(root.inner("LIN")).first("QTY")
    assert isinstance(qty, EdifactSegment)
    assert str(qty.number(1, 2)) == "1.5"
    assert qty.number(1, 3) is None
    assert str(qty.at(1, 2)) == "QTY-01-02 (segment 6)"


@pytest.mark.parametrize("syntax", [1, 2, 3, 4])
def test_contrl_belongs_to_the_syntax_whatever_directory_it_names(syntax: int):
    date = "20260115" if syntax == 4 else "260115"
    unb = f"UNB+UNOC:{syntax}+1:14+2:14+{date}:0900+77"
    body = ("UCI+9+2:14+1:14+7", "UCM+1+ORDERS:D:96A:UN+4", "UCS+3", "UCD+12+2:1")
    for identifier in ("CONTRL:D:3:UN", "CONTRL:4:1:UN", "CONTRL:2:2:UN:EAN002"):
        data = interchange(message_lines(body, identifier=identifier), unb=unb)
        assert told(data) == []


@pytest.mark.parametrize("directory", ["D93A", "D96A", "D97A", "D01B", "D04A", "D10A"])
def test_every_message_of_a_directory_is_read_when_it_is_asked_for(directory: str):
    assert directory in directories().names
    for type_ in directories().types(directory):
        schema = directories().schema(directory, type_, 3)
        assert schema is not None
        assert (schema.standard, schema.version) == ("EDIFACT", directory)
        assert edifact_plan(schema).findings == ()


SUBSETS = [
    (directory, type_)
    for directory in ("D93A", "D96A", "D01B")
    for type_ in ("ORDERS", "ORDCHG", "ORDRSP", "DESADV", "INVOIC", "PRICAT", "INVRPT")
]


@pytest.mark.parametrize(("directory", "type_"), SUBSETS)
def test_every_message_of_eancom_is_a_part_of_its_directory(directory: str, type_: str):
    whole = directories().schema(directory, type_)
    part = directories().schema(directory, type_, subset="EAN008", strict=True)
    assert whole is not None
    assert part is not None
    assert whole != part
    mine, its = (Walk(edifact_plan(schema)) for schema in (part, whole))
    assert mine.tags <= its.tags
    assert loops(part.nodes) <= loops(whole.nodes)


def loops(nodes: Sequence[SegmentUse | Loop], path: str = "") -> set[str]:
    """The paths of all loops."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Loop):
            own = f"{path}/{node.name}"
            found |= {own} | loops(node.nodes, own)
    return found


def test_codes_of_eancom_count_in_its_messages_only():
    body = ["BGM+50E+PO-1001+9", *BODY[1:]]
    plain = interchange(message_lines(body))
    subset = interchange(message_lines(body, identifier="ORDERS:D:96A:UN:EAN008"))
    assert told(plain) == [("SYN-207", "BGM-01-01 (segment 2)")]
    assert told(subset) == []


def test_what_is_written_for_eancom_can_be_held_against_it_alone():
    schema = directories().schema("D96A", "ORDERS", subset="EAN008", strict=True)
    assert schema is not None
    strict = EdifactValidator(edifact_plan(schema))
    body = ["BGM+999+PO-1001+9", *BODY[1:-1], "CNT+2:2", "ALC+A", "MOA+8:1"]
    (message,) = messages(read(interchange(message_lines(body))))
    found = [(f.code, str(f.where)) for f in strict.validate(message)]
    assert found[0] == ("SYN-207", "BGM-01-01 (segment 2)")
    assert ("SYN-107", "ALC (segment 15)") in found


def test_there_is_no_schema_of_what_has_no_table():
    assert directories().schema("D96A", "IFTMIN", 3) is None
    assert directories().schema("D88Z", "ORDERS", 3) is None
