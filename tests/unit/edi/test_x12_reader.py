"""Each tolerance of the X12 reader: read on, and say what and where."""

from __future__ import annotations

import hashlib

import pytest

from gateway.edi.events import (
    AcknowledgementRead,
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.limits import Limits
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Severity
from tests.unit.edi.parts import (
    BODY,
    GE,
    GS,
    IEA,
    ISA,
    faults,
    interchange,
    joined,
    message_lines,
    places,
    read,
    seen,
    validator,
)

MESSAGE = message_lines(BODY)
LINES = [ISA, GS, *MESSAGE, GE, IEA]
TIGHT = [ISA, GS, "ST*850*0001", "BEG*00", "SE*3*0001", GE, IEA]
START_ST = len(ISA) + 2 + len(GS) + 2
"""Where ST stands when segments end with two bytes."""
TA1 = "TA1*000000009*260114*1200*A*000"


def only_message(events) -> MessageRead:
    (found,) = (event for event in events if isinstance(event, MessageRead))
    return found


def texts(events) -> list[list[str]]:
    return [event.segments for event in events if isinstance(event, MessageRead)]


def kinds(events) -> list[str]:
    return [type(event).__name__ for event in events]


# What is right.


def test_a_good_interchange_has_no_findings():
    events = read(joined(LINES))
    assert kinds(events) == [
        "InterchangeBegun",
        "GroupBegun",
        "MessageRead",
        "GroupEnded",
        "InterchangeEnded",
    ]
    assert faults(events) == []
    assert texts(events) == [MESSAGE]


def test_the_headers_are_given_as_sent():
    isa, group, one, *_ = read(joined(LINES))
    assert isinstance(isa, InterchangeBegun)
    assert isinstance(group, GroupBegun)
    assert isinstance(one, MessageRead)
    assert isa.isa[5] == "ACME           "
    assert (isa[6], isa.control_number) == ("ACME", "000000101")
    assert (group.functional_id, group.control_number) == ("PO", "7")
    assert (group.version, group[9]) == ("004010", "")
    assert (one.type, one.control_number) == ("850", "0001")


def test_segments_know_their_bytes():
    raw = joined(LINES)
    one = only_message(read(raw))
    assert one.byte_offset == START_ST
    starts = [
        raw[at : at + len(s)] for at, s in zip(one.offsets, one.segments, strict=True)
    ]
    assert starts == [segment.encode() for segment in one.segments]


def test_the_hash_is_of_the_bytes_from_isa_to_iea():
    raw = joined(LINES)
    ended = read(b"\xef\xbb\xbf" + raw + b"\n")[-1]
    assert isinstance(ended, InterchangeEnded)
    assert ended.sha256 == hashlib.sha256(raw.rstrip(b"~\n")).hexdigest()


def test_several_sets_in_a_group_are_normal():
    events = read(interchange(BODY, BODY, BODY))
    assert (len(texts(events)), faults(events)) == (3, [])


def test_several_groups_in_an_interchange_are_normal():
    group = [GS, *MESSAGE, GE]
    second = [GS.replace("*7*", "*8*"), *MESSAGE, "GE*1*8"]
    events = read(joined([ISA, *group, *second, "IEA*2*000000101"]))
    assert kinds(events).count("GroupBegun") == 2
    assert faults(events) == []


def test_several_interchanges_are_normal_and_may_differ_in_separators():
    other = joined(LINES, "'\r\n").replace(b"*", b"|").replace(b">", b":")
    events = read(joined(LINES) + other)
    first, second = (e for e in events if isinstance(e, InterchangeBegun))
    assert (first.separators.element, second.separators.element) == ("*", "|")
    assert second.separators.terminator == "'"
    assert second.byte_offset == len(joined(LINES))
    assert (len(texts(events)), faults(events)) == (2, [])


def test_ta1_in_front_of_a_group_is_normal():
    events = read(joined([ISA, TA1, *LINES[1:]]))
    assert events[1] == AcknowledgementRead(tuple(TA1.split("*")[1:]), len(ISA) + 2)
    assert faults(events) == []


def test_ta1_alone_makes_an_interchange_without_groups():
    events = read(joined([ISA, TA1, "IEA*0*000000101"]))
    assert faults(events) == []


def test_a_zero_padded_count_is_right():
    lines = [*LINES[:-3], "SE*000022*0001", "GE*01*7", "IEA*001*000000101"]
    assert faults(read(joined(lines))) == []


# Around the interchange.


def test_a_byte_order_mark_is_a_note():
    events = read(b"\xef\xbb\xbf" + joined(LINES))
    assert places(events) == [("WIRE-005", 0)]
    assert texts(events) == [MESSAGE]
    assert events[1].byte_offset == 3


def test_blanks_in_front_of_isa_are_nothing():
    assert places(read(b" \r\n\t" + joined(LINES))) == []


def test_text_in_front_of_isa_is_found():
    assert places(read(b"\r\nHELLO\n" + joined(LINES))) == [("WIRE-004", 2)]


def test_text_after_iea_is_found():
    raw = joined(LINES)
    assert places(read(raw + b"\nbye")) == [("WIRE-004", len(raw) + 1)]


@pytest.mark.parametrize(
    "stray", [b"IEA*1*000000101~", b"GS*PO*A*B~ST*850*0001~", b"GE*1*7~", b"TA1*1~"]
)
@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_envelope_segments_after_iea_are_an_error(stray, cut):
    raw = joined(LINES)
    events = read(raw + stray, cuts=[len(raw) + cut] if cut else ())
    assert places(events) == [("ENV-007", len(raw))]


def test_an_interchange_that_lost_its_isa_is_an_error():
    raw = joined(LINES)
    events = read(raw + joined(LINES[1:]) + raw)
    assert places(events) == [("ENV-007", len(raw))]
    assert len(texts(events)) == 2


def test_words_that_begin_like_a_tag_are_text():
    raw = joined(LINES)
    assert places(read(raw + b"GSX*1~")) == [("WIRE-004", len(raw))]


def test_services_asked_of_a_network_are_no_fault_in_front_of_the_groups():
    services = ["ISB*1", "ISE*260116*0930*04"]
    events = read(joined([ISA, *services, *LINES[1:]]))
    assert places(events) == []
    assert texts(events) == texts(read(joined(LINES)))


def test_services_behind_a_group_are_misplaced():
    raw = joined([*LINES[:-1], "ISB*1", IEA])
    at = len(joined(LINES[:-1]))
    assert places(read(raw)) == [("ENV-007", at)]


def test_a_segment_in_a_message_that_is_called_like_a_service_stays_in_it():
    raw = joined([ISA, GS, *MESSAGE[:2], "ISB*1", *MESSAGE[2:], GE, IEA])
    (segments,) = texts(read(raw))
    assert segments[2] == "ISB*1"


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\x1a", b"\r\n\x1a", b"\x00\x00"])
def test_blanks_and_control_z_after_iea_are_nothing(tail):
    assert places(read(joined(LINES) + tail)) == []


def test_text_between_interchanges_is_found_and_the_next_is_read():
    raw = joined(LINES)
    events = read(raw + b"-- next --\n" + raw)
    assert places(events) == [("WIRE-004", len(raw))]
    assert len(texts(events)) == 2


def test_the_letters_isa_in_a_text_start_nothing():
    body = ["BEG*00*SA*ISA GS", "MSG*ISA*GS", "N1*ST*ISA*92*IEA"]
    events = read(interchange(body))
    assert (len(texts(events)), faults(events)) == (1, [])


def test_the_letters_isa_in_front_of_an_interchange_start_nothing():
    events = read(b"VISA*CARD ISA*\n" + joined(LINES))
    assert places(events) == [("WIRE-004", 0)]
    assert texts(events) == [MESSAGE]


def test_a_segment_that_begins_with_isa_is_no_header_without_its_elements():
    events = read(interchange(["BEG*00", "ISA*X"]))
    assert texts(events)[0][2] == "ISA*X"


@pytest.mark.parametrize(
    "raw", [b"", b"I", b"ISA", b"ISA*00*", b"hello", b"\x00" * 9, b"ISA" + b"\n" * 40]
)
def test_data_without_an_interchange_are_one_finding(raw):
    assert places(read(raw)) == [("WIRE-001", 0)]


# The separators.


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "~\r", "~\n\n"])
def test_line_ends_behind_the_terminator_are_a_suffix(end):
    events = read(joined(LINES, end))
    assert events[0].separators.suffix == end[1:]
    assert (texts(events), faults(events)) == ([MESSAGE], [])


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends_can_be_the_terminator(end):
    events = read(joined(LINES, end))
    assert events[0].separators.terminator == end
    assert (texts(events), faults(events)) == ([MESSAGE], [])


def test_tildes_are_data_where_lines_are_segments():
    body = [*BODY[:6], "MSG*A~B", *BODY[7:]]
    assert only_message(read(interchange(body, end="\n"))).segments[7] == "MSG*A~B"


@pytest.mark.parametrize("end", ["\x15", "\x1c", "!", "\\", "}", "^", "'", "\x00"])
def test_odd_terminators_are_read(end):
    events = read(joined(LINES, end))
    assert (texts(events), faults(events)) == ([MESSAGE], [])


def test_the_next_line_character_is_a_terminator():
    raw = joined(LINES, "\x85").replace(b"\xc2\x85", b"\x85")
    events = read(raw)
    assert (texts(events), faults(events)) == ([MESSAGE], [])


def test_a_blank_is_a_terminator():
    lines = [line for line in LINES if " " not in line or line is ISA]
    lines[-3] = f"SE*{len(lines) - 4}*0001"
    events = read(joined(lines, " "))
    assert (texts(events), faults(events)) == ([lines[2:-2]], [])


@pytest.mark.parametrize("mark", ["|", "\t", "\x1d", "+", ","])
def test_odd_element_separators_are_read(mark):
    events = read(joined(LINES).replace(b"*", mark.encode()))
    assert events[0].separators.element == mark
    assert texts(events) == [[s.replace("*", mark) for s in MESSAGE]]
    assert faults(events) == []


@pytest.mark.parametrize("mark", ["@", "`", "<", ":", "\x1f", "\\"])
def test_odd_component_separators_are_read(mark):
    events = read(joined([ISA[:-1] + mark, *LINES[1:]]))
    assert (events[0].separators.component, faults(events)) == (mark, [])


@pytest.mark.parametrize(
    ("isa11", "isa12", "separator"),
    [
        ("^", "00501", "^"),
        ("U", "00501", ""),
        ("U", "00401", ""),
        (" ", "00501", ""),
        ("^", "00402", "^"),
        ("0", "00501", ""),
    ],
)
def test_isa11_separates_repetitions_only_from_00402_on_and_as_a_symbol(
    isa11, isa12, separator
):
    header = ISA.replace("*U*00401*", f"*{isa11}*{isa12}*")
    events = read(joined([header, *LINES[1:]]))
    assert events[0].separators.repetition == separator
    assert faults(events) == []


def test_a_symbol_in_isa11_of_00401_separates_nothing_and_is_found():
    events = read(joined([ISA.replace("*U*", "*^*"), *LINES[1:]]))
    assert events[0].separators.repetition == ""
    assert places(events) == [("ENV-031", 0)]


def test_isa11_u_with_00501_cuts_no_product_id():
    header = ISA.replace("00401", "00501")
    body = ["BEG*00*SA*1", "PO1*1*1*EA*1*PE*VP*BULB-U-1"]
    lines = [header, GS, *message_lines(body), GE, IEA]
    assert texts(read(joined(lines)))[0][2] == body[1]


# Separators of two bytes in UTF-8.


@pytest.mark.parametrize(
    ("mark", "code", "at"),
    [("*", "ENV-036", 3), (">", "ENV-037", 104), ("~", "ENV-005", 105)],
)
def test_a_separator_of_two_bytes_is_one_fault_at_its_first_byte(mark, code, at):
    raw = joined(LINES).decode().replace(mark, "§").encode()
    begun, *_ = events = read(raw + joined(LINES))
    assert places(events) == [(code, at)]
    assert begun[6] == "ACME"
    assert begun[13] == "000000101"
    assert texts(events) == [MESSAGE]
    (fault,) = faults(events)
    assert (fault.severity, fault.value) == (Severity.REJECT, "§")


@pytest.mark.parametrize("mark", ["*", ">", "~"])
def test_a_separator_of_two_bytes_may_be_cut_anywhere(mark):
    raw = joined(LINES).decode().replace(mark, "§").encode()
    every = range(1, len(raw))
    assert [*map(seen, read(raw, cuts=every))] == [*map(seen, read(raw))]


def test_a_repetition_separator_of_two_bytes_is_none_and_found():
    raw = joined(LINES).replace(b"*U*00401*", "*§*00501*".encode())
    events = read(raw)
    assert [code for code, _ in places(events)] == ["ENV-042", "WIRE-006"]
    assert events[0].separators.repetition == ""


def test_two_separators_of_one_byte_each_are_no_character_of_two():
    raw = joined(LINES, "\x85").replace(b"\xc2\x85", b"\x85").replace(b">", b"\xc2")
    events = read(raw)
    assert events[0].separators.terminator == "\x85"
    assert texts(events) == [MESSAGE]


# Inside the interchange.


@pytest.mark.parametrize("width", [80, 64, 100])
def test_lines_wrapped_at_a_column_are_mended(width):
    flat = joined(LINES, "~")
    raw = b"\n".join(flat[i : i + width] for i in range(0, len(flat), width))
    events = read(raw)
    assert texts(events) == [MESSAGE]
    assert {code for code, _ in places(events)} == {"WIRE-007"}
    assert places(events)[0] == ("WIRE-007", 0)


def test_a_line_break_inside_isa_is_found_and_mended():
    raw = joined(LINES)
    events = read(raw[:50] + b"\r\n" + raw[50:])
    assert places(events) == [("WIRE-007", 0)]
    assert events[0].isa == tuple(ISA.split("*")[1:])
    assert events[-1].trailer == ("1", "000000101")


def test_a_line_break_inside_a_tag_is_mended():
    raw = joined(LINES).replace(b"~\nST*", b"~\nS\nT*").replace(b"BEG", b"BE\nG")
    events = read(raw)
    assert texts(events) == [MESSAGE]
    assert places(events) == [("WIRE-007", START_ST + 1)]


def test_a_line_break_inside_an_envelope_tag_is_mended():
    events = read(joined(LINES).replace(b"~\nGE*", b"~\nG\r\nE*"))
    assert isinstance(events[-2], GroupEnded)
    assert events[-2].trailer == ("1", "7")


def test_a_line_break_before_the_component_separator_is_mended():
    raw = joined(LINES)
    events = read(raw[:104] + b"\n" + raw[104:])
    assert events[0].separators.component == ">"
    assert texts(events) == [MESSAGE]


def test_a_line_break_before_the_terminator_of_isa_is_mended():
    raw = joined(LINES, "~")
    events = read(raw[:105] + b"\n" + raw[105:])
    assert events[0].separators.terminator == "~"
    assert texts(events) == [MESSAGE]


def test_indented_segments_are_stripped_and_found():
    raw = joined(LINES, "~\n   ")
    events = read(raw)
    assert texts(events) == [MESSAGE]
    assert places(events) == [("WIRE-008", raw.index(b"   BEG"))]


def test_a_blank_before_the_terminator_is_no_data():
    raw = joined(LINES).replace(b"20260115~\nCUR", b"20260115 ~\nCUR")
    events = read(raw)
    assert texts(events) == [MESSAGE]
    assert places(events) == [("WIRE-008", raw.index(b" ~\nCUR"))]


def test_blanks_inside_elements_stay():
    body = ["BEG*00*SA* 1  2*X"]
    assert texts(read(interchange(body)))[0][1] == body[0]


def test_empty_segments_are_found_and_left_out():
    raw = joined(LINES).replace(b"~\nCUR", b"~\n~\n~\nCUR")
    events = read(raw)
    assert texts(events) == [MESSAGE]
    assert places(events) == [("WIRE-011", raw.index(b"~\n~\nCUR"))]


def test_offsets_hold_behind_what_was_taken_out():
    raw = joined(LINES).replace(b"~\nCUR", b"~\n~\n  CU\nR")
    one = only_message(read(raw))
    assert raw[one.offsets[2] :].startswith(b"CU\nR*BY")
    assert len(one.offsets) == len(one.segments)


def test_the_end_of_the_data_ends_the_last_segment():
    raw = joined(LINES).rstrip(b"~\n")
    events = read(raw)
    assert places(events) == [("WIRE-009", len(raw))]
    assert events[-1].trailer == ("1", "000000101")


def test_a_last_line_without_its_end_is_nothing():
    assert places(read(joined(LINES, "\n").rstrip())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("ACME           ", "ACME"), ("ACME           ", "ACME" + " " * 30)],
)
def test_an_isa_of_another_width_is_found_by_its_separators(old, new):
    events = read(joined([ISA.replace(old, new), *LINES[1:]]))
    assert places(events) == [("WIRE-006", 0)]
    assert (events[0][6], texts(events)) == ("ACME", [MESSAGE])


def test_an_isa_without_component_separator_is_read():
    events = read(joined([ISA[:-1], *LINES[1:]], "~"))
    assert places(events) == [("ENV-037", 0), ("WIRE-006", 0)]
    assert texts(events) == [MESSAGE]


def test_ebcdic_is_read_and_offsets_hold():
    raw = joined(LINES, "~").decode().encode("cp037")
    events = read(raw)
    assert (texts(events), faults(events)) == ([MESSAGE], [])
    assert events[1].byte_offset == len(ISA) + 1


def test_ebcdic_text_that_is_not_ascii_is_read():
    body = ["BEG*00*SA*1", "N1*ST*CAFÉ"]
    raw = interchange(body, end="~").decode().encode("cp037")
    events = read(raw)
    assert (texts(events)[0][2], faults(events)) == ("N1*ST*CAFÉ", [])


def test_utf_8_is_read():
    events = read(interchange(["BEG*00*SA*1", "N1*ST*Café"]))
    assert (texts(events)[0][2], faults(events)) == ("N1*ST*Café", [])


def test_latin_1_is_read_and_found():
    raw = interchange(["N1*ST*Café"]).replace(b"\xc3\xa9", b"\xe9")
    events = read(raw)
    assert texts(events)[0][1] == "N1*ST*Café"
    assert places(events) == [("WIRE-010", raw.index(b"\xe9"))]
    (where,) = (found.where for found in faults(events))
    assert str(where) == "N1-02 (segment 2)"


def test_a_wrapped_segment_is_told_at_its_element():
    raw = joined(LINES).replace(b"CUR*BY*", b"CUR*B\nY*")
    (found,) = faults(read(raw))
    assert (found.code, str(found.where)) == ("WIRE-007", "CUR-01 (segment 3)")
    assert raw[found.where.byte_offset :].startswith(b"\nY*")


def test_the_agreed_encoding_is_tried_first():
    reader = X12Reader(encoding="cp1252")
    raw = interchange(["N1*ST*5€"]).replace("€".encode(), b"\x80")
    events = reader.receive(raw) + reader.finish()
    assert (texts(events)[0][1], faults(events)) == ("N1*ST*5€", [])


# What is missing or in the wrong place.


def test_a_missing_se_ends_with_the_next_envelope_segment():
    lines = [*LINES[:-3], *LINES[-2:]]
    raw = joined(lines)
    events = read(raw)
    assert places(events) == [("ENV-013", raw.index(b"GE*1"))]
    assert texts(events) == [MESSAGE[:-1]]


def test_a_missing_se_in_front_of_another_st_costs_one_message_only():
    raw = joined([ISA, GS, *MESSAGE[:-1], *message_lines(BODY, "0002"), "GE*2*7", IEA])
    events = read(raw)
    assert places(events) == [("ENV-013", raw.index(b"ST*850*0002"))]
    assert len(texts(events)) == 2


def test_a_missing_ge_ends_with_iea():
    raw = joined([*LINES[:-2], IEA])
    events = read(raw)
    assert places(events) == [("ENV-062", raw.index(b"IEA"))]
    assert events[-2] == GroupEnded(None, 1, events[-2].faults)


def test_a_missing_ge_ends_with_the_next_gs():
    lines = [*LINES[:-2], GS.replace("*7*", "*8*"), *MESSAGE, "GE*1*8"]
    raw = joined([*lines, "IEA*2*000000101"])
    assert places(read(raw)) == [("ENV-062", raw.index(b"GS*PO*ACME", 120))]


def test_a_missing_iea_ends_with_the_data():
    raw = joined(LINES[:-1])
    assert places(read(raw)) == [("ENV-008", len(raw))]


def test_a_missing_iea_ends_with_the_next_isa():
    raw = joined(LINES[:-1])
    events = read(raw + joined(LINES))
    assert places(events) == [("ENV-008", len(raw))]
    assert len(texts(events)) == 2


@pytest.mark.parametrize("at", range(107, joined(TIGHT).index(b"IEA"), 9))
def test_data_cut_anywhere_are_told_as_cut(at):
    assert ("ENV-008", "IEA") in [
        (found.code, found.where.segment_tag)
        for found in faults(read(joined(TIGHT)[:at]))
    ]


def test_a_cut_message_is_kept_as_far_as_it_goes():
    raw = joined(LINES)
    events = read(raw[: raw.index(b"PO1*2")])
    codes = [code for code, _ in places(events)]
    assert codes == ["ENV-013", "ENV-062", "ENV-008"]
    assert texts(events)[0][-1] == "PO4*10*5*EA"


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        ([ISA, GS, "REF*DP*1", *LINES[2:]], 2),
        ([ISA, "REF*DP*1", *LINES[1:]], 1),
        ([*LINES[:-2], "REF*DP*1", *LINES[-2:]], len(LINES) - 2),
        ([*LINES[:-1], "REF*DP*1", IEA], len(LINES) - 1),
    ],
)
def test_segments_outside_a_message_are_found(lines, at):
    events = read(joined(lines))
    assert places(events) == [("ENV-007", len(joined(lines[:at])))]
    assert texts(events) == [MESSAGE]


def test_se_without_st_is_found():
    lines = [ISA, GS, "SE*2*0001", *LINES[2:]]
    assert places(read(joined(lines))) == [("ENV-007", START_ST)]


def test_ge_without_gs_is_found():
    raw = joined([ISA, GE, *LINES[1:]])
    assert places(read(raw)) == [("ENV-007", len(ISA) + 2)]


def test_st_without_gs_is_found_and_its_message_left_out():
    raw = joined([ISA, *MESSAGE, "IEA*0*000000101"])
    events = read(raw)
    assert places(events) == [("ENV-007", len(ISA) + 2)]
    assert texts(events) == []


# Limits.


def test_a_message_over_the_limit_is_told_and_not_kept():
    limits = Limits(message_bytes=200)
    events = read(joined(LINES), limits)
    one = only_message(events)
    assert places(events) == [("WIRE-002", START_ST)]
    assert (one.segments, one.raw, one.type) == (["ST*850*0001"], b"", "850")
    assert events[-1].trailer == ("1", "000000101")


def test_a_segment_over_the_limit_is_told_and_not_kept():
    limits = Limits(segment_bytes=150)
    body = ["BEG*00", "MSG*" + "x" * 150]
    events = read(interchange(body, BODY), limits)
    assert places(events) == [("WIRE-003", START_ST)]
    assert texts(events) == [["ST*850*0001"], message_lines(BODY, "0002")]


def test_a_segment_at_the_limit_is_read():
    limits = Limits(segment_bytes=150)
    body = ["MSG*" + "x" * 146]
    assert faults(read(interchange(body, end="~"), limits)) == []


def test_a_segment_without_end_costs_no_memory():
    reader = X12Reader(Limits(segment_bytes=1000))
    reader.receive(joined([ISA, GS, "ST*850*0001"]))
    for _ in range(100):
        reader.receive(b"x" * 1000)
    assert len(reader._data) < 3000


def test_blanks_without_end_in_front_of_a_body_cost_no_memory():
    reader = X12Reader()
    reader.receive((ISA + "~").encode())
    for _ in range(100):
        reader.receive(b"\n" * 10_000)
    assert len(reader._data) < 100_000


def test_garbage_costs_no_memory():
    reader = X12Reader()
    for _ in range(100):
        reader.receive(b"ISA*" * 10 + b"garbage" * 100)
    assert len(reader._data) < 1000
    assert [type(event) for event in reader.finish()] == [Fault]


# Envelope rows that the reader gives: every one is provoked.


def changed(segment: str, element: int, value: str) -> bytes:
    """The good interchange with one element changed."""
    lines = list(LINES)
    index = next(i for i, line in enumerate(lines) if line.startswith(segment + "*"))
    elements = lines[index].split("*")
    elements[element] = value
    lines[index] = "*".join(elements)
    return joined(lines)


@pytest.mark.parametrize(
    ("element", "value", "code"),
    [
        (1, "99", "ENV-025"),
        (3, "99", "ENV-027"),
        (5, "QQ", "ENV-021"),
        (7, "QQ", "ENV-022"),
        (9, "261315", "ENV-029"),
        (10, "2560", "ENV-030"),
        (11, "X", "ENV-031"),
        (12, "4010A", "ENV-032"),
        (13, "00000010X", "ENV-033"),
        (14, "7", "ENV-034"),
        (15, "X", "ENV-035"),
        (16, "*", "ENV-037"),
    ],
)
def test_a_bad_element_of_isa_is_one_finding(element, value, code):
    events = read(changed("ISA", element, value))
    first = faults(events)[0]
    assert (first.code, first.where.element) == (code, element)
    assert first.where.byte_offset == 0


@pytest.mark.parametrize("number", ["", "12", "00000010X", "\u0661" * 9])
def test_a_malformed_isa13_is_env_033(number):
    codes = [code for code, _ in places(read(changed("ISA", 13, number)))]
    assert "ENV-033" in codes


def test_a_letter_as_element_separator_is_env_036():
    raw = b"\xff" + joined(LINES).replace(b"*", b"\xe9")
    codes = [code for code, _ in places(read(raw))]
    assert "ENV-036" in codes


def test_a_terminator_used_twice_is_env_005():
    raw = joined(LINES, "*")
    assert ("ENV-005", 0) in places(read(raw))


def test_a_repetition_separator_used_twice_is_env_042():
    header = ISA.replace("*U*00401*", "*>*00501*")
    assert places(read(joined([header, *LINES[1:]]))) == [("ENV-042", 0)]


@pytest.mark.parametrize(
    ("segment", "element", "value", "code"),
    [
        ("IEA", 1, "2", "ENV-006"),
        ("IEA", 1, "", "ENV-006"),
        ("IEA", 2, "000000102", "ENV-002"),
        ("GE", 1, "2", "ENV-064"),
        ("GE", 1, "x", "ENV-064"),
        ("GE", 2, "8", "ENV-063"),
        ("SE", 1, "23", "ENV-011"),
        ("SE", 2, "0002", "ENV-010"),
        ("ST", 1, "85", "ENV-014"),
    ],
)
def test_a_bad_element_of_the_envelope_is_one_finding(segment, element, value, code):
    raw = changed(segment, element, value)
    at = raw.index(f"~\n{segment}*".encode()) + 2
    (found,) = faults(read(raw))
    assert (found.code, found.where.byte_offset) == (code, at)
    assert (found.where.segment_tag, found.where.element) == (segment, element)


# What is left out is not accepted: nothing came of what is counted.
NOTHING_CAME = {
    "no ST": ([ISA, GS, *MESSAGE[1:], GE, IEA], "ENV-064"),
    "an empty group": ([ISA, GS, GE, IEA], "ENV-064"),
    "neither GS nor GE": ([ISA, *MESSAGE, IEA], "ENV-006"),
    "no GS": ([ISA, *MESSAGE, GE, IEA], "ENV-006"),
}


@pytest.mark.parametrize("name", NOTHING_CAME)
def test_where_nothing_came_of_what_is_counted_the_count_rejects(name):
    lines, code = NOTHING_CAME[name]
    (found,) = (f for f in faults(read(joined(lines))) if f.code == code)
    assert found.severity is Severity.REJECT


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([ISA, TA1, IEA], id="IEA01 counts a TA1"),
        pytest.param([ISA, GS, *MESSAGE, "GE*2*7", IEA], id="one of two sets came"),
        pytest.param([ISA, GS, "GE*x*7", *MESSAGE, IEA], id="no number"),
        pytest.param([ISA, GS, *MESSAGE, GE, "IEA*2*000000101"], id="one of two"),
    ],
)
def test_any_other_wrong_count_is_an_error(lines):
    found = [f for f in faults(read(joined(lines))) if f.code in ("ENV-006", "ENV-064")]
    assert [one.severity for one in found] == [Severity.ERROR]


def test_a_malformed_st02_that_se02_repeats_is_one_finding():
    raw = joined(LINES).replace(b"*0001~", b"*1~")
    assert places(read(raw)) == [("ENV-015", START_ST)]


@pytest.mark.parametrize("element", range(1, 9))
def test_a_gs_element_that_is_missing_is_env_009(element):
    raw = changed("GS", element, "")
    found = faults(read(raw))[0]
    assert (found.code, found.where.element) == ("ENV-009", element)


@pytest.mark.parametrize("number", ["A1", "1234567890", "-1"])
def test_a_malformed_gs06_is_env_065(number):
    found = faults(read(changed("GS", 6, number)))[0]
    assert (found.code, found.where.byte_offset) == ("ENV-065", len(ISA) + 2)


def test_a_repeated_gs06_is_env_066():
    group = [GS, *MESSAGE, GE]
    raw = joined([ISA, *group, *group, "IEA*2*000000101"])
    assert places(read(raw)) == [("ENV-066", raw.index(b"GS*PO", 130))]


def test_a_repeated_st02_is_env_018():
    raw = joined([ISA, GS, *MESSAGE, *MESSAGE, "GE*2*7", IEA])
    assert places(read(raw)) == [("ENV-018", raw.rindex(b"ST*850"))]


def test_the_same_st02_in_another_group_is_right():
    other = [GS.replace("*7*", "*8*"), *MESSAGE, "GE*1*8"]
    raw = joined([ISA, *LINES[1:-1], *other, "IEA*2*000000101"])
    assert faults(read(raw)) == []


def test_a_wrong_count_loses_no_data():
    raw = joined(LINES).replace(b"SE*22", b"SE*9").replace(b"GE*1*", b"GE*5*")
    events = read(raw)
    assert texts(events)[0][1:-1] == MESSAGE[1:-1]
    assert [found.code for found in faults(events)] == ["ENV-011", "ENV-064"]


@pytest.mark.parametrize("element", ["10", "\u0661", "1" * 30, "-22", "22.0"])
def test_a_count_is_digits_and_nothing_else(element):
    codes = [found.code for found in faults(read(changed("SE", 1, element)))]
    assert codes[0] == "ENV-011"


def test_trailing_empty_elements_of_the_trailers_do_no_harm():
    raw = joined(LINES).replace(b"SE*22*0001", b"SE*22*0001*")
    found = [*faults(read(raw)), *validator().validate(only_message(read(raw)))]
    assert {f.code for f in found} == {"SYN-220"}


def test_faults_that_repeat_without_end_are_told_a_thousand_times():
    events = read(joined([ISA]) + b"SE~" * 5000)
    assert [code for code, _ in places(events)].count("ENV-007") == 1000


def test_what_ends_the_data_is_no_part_of_the_next_header():
    raw = joined(LINES[:-1]) + ISA.encode()
    events = read(raw)
    assert all(found.where.byte_offset <= len(raw) for found in faults(events))
