"""The rules that a 997 follows, one test each, and that one cause is one finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.ack997 import GroupOutcome, SetOutcome, drafts, rows
from gateway.edi.x12.writer import Envelope, Row, answering
from gateway.findings import Finding, Severity, Where
from tests.unit.edi.parts import (
    BODY,
    GE,
    GS,
    IEA,
    ISA,
    NOW,
    NUMBERS,
    acknowledged,
    ak_lines,
    explained,
    guided,
    interchange,
    joined,
    message_lines,
    outcomes,
    put,
    read,
)

BEG, CUR, REF, DTM, TD5, N9, MSG, N1, N3, N4 = BODY[:10]
PO1, PID, PO4 = BODY[10:13]
CTT = BODY[-1]
TWENTY = [*BODY[:10], *[PO1, PID, PO4] * 20, "CTT*20"]
"""A good body with 20 lines; the first PO1 is 12, the tenth 39."""


def group(**changes: str) -> GroupBegun:
    gs = dict(enumerate(GS.split("*")[1:], 1))
    gs |= {int(name[2:]): value for name, value in changes.items()}
    return GroupBegun(tuple(gs[n] for n in sorted(gs)), 0)


def isa() -> InterchangeBegun:
    begun = read(joined([ISA, IEA]))[0]
    assert isinstance(begun, InterchangeBegun)
    return begun


def envelope() -> Envelope:
    return answering(isa(), group())


def one_set(*findings: Finding, version: str = "004010", **set_: str) -> list[Row]:
    outcome = SetOutcome(
        type=set_.get("type", "850"),
        control_number=set_.get("control_number", "0001"),
        findings=findings,
    )
    its = GroupOutcome(group=group(gs8=version), sets=(outcome,), stated="1")
    return list(rows(its, envelope()))


def finding(code: str, value: str = "", severity: Severity | None = None, **where):
    place = Where(segment_tag="REF", segment_position=4, **where)
    return Finding.of(code, "", place, value, severity=severity)


# The rules.


def test_business_findings_are_never_in_a_997():
    found = finding("CAT-301"), finding("MAP-006"), finding("DUP-102")
    assert one_set(*found)[2] == ("AK5", "E")


def test_warnings_and_notes_are_not_in_a_997():
    found = finding("SYN-220", element=3), finding("WIRE-008")
    assert one_set(*found)[2] == ("AK5", "A")


@pytest.mark.parametrize("severity", [Severity.REJECT, Severity.ERROR])
@pytest.mark.parametrize("code", ["WIRE-008", "WIRE-011", "SYN-220", "SYN-101"])
def test_a_set_that_is_not_accepted_always_says_why(code: str, severity: Severity):
    found = Finding.of(code, "", severity=severity)
    assert one_set(found)[2][2:] == ("5",)


def test_empty_elements_that_reject_are_told_at_their_place():
    judge = guided(severity=[{"code": "SYN-220", "severity": "reject"}])
    lines = ak_lines(
        acknowledged(interchange(put(BODY, 4, "REF*DP*038**", out=1)), judge)
    )
    assert lines[2:5] == ["AK3*REF*4**8", "AK4*4**3", "AK5*R*5"]


def test_a_wrapped_segment_that_rejects_is_told_at_its_element():
    raw = interchange(BODY).replace(b"MAIN STREET", b"MAIN \nSTREET")
    (fault,) = (f for e in read(raw) for f in getattr(e, "faults", ()))
    its = replace(fault, severity=Severity.REJECT)
    assert one_set(its)[2:5] == [
        ("AK3", "N3", "10", "", "8"),
        ("AK4", "1", "", "6", ""),
        ("AK5", "R", "5"),
    ]


def test_an_error_is_reported_and_accepted():
    found = finding("SYN-207", "XX", Severity.ERROR, element=1, data_element="128")
    assert one_set(found)[2:] == [
        ("AK3", "REF", "4", "", "8"),
        ("AK4", "1", "128", "7", "XX"),
        ("AK5", "E", "5"),
        ("AK9", "E", "1", "1", "1"),
    ]


def test_st02_is_echoed_as_received():
    assert one_set(control_number="00A-1")[1] == ("AK2", "850", "00A-1")


def test_ak404_has_no_separators_and_no_uncommon_characters():
    found = finding("SYN-207", "A*B>C~D\x07é^", element=1, data_element="128")
    assert one_set(found)[3][4] == "A B C D  ^"


def test_ak404_is_99_characters_long_at_most():
    found = finding("SYN-205", "x" * 300, element=2, data_element="127")
    assert one_set(found)[3][4] == "x" * 99


def test_ak404_is_left_out_when_nothing_was_sent():
    raw = interchange(put(BODY, 3, "CUR**USD", out=1))
    assert "AK4*1*98*1" in ak_lines(acknowledged(raw))


def test_ak4_stands_99_times_at_most():
    found = [finding("SYN-207", "X", element=n) for n in range(1, 151)]
    assert [row[0] for row in one_set(*found)].count("AK4") == 99


def test_codes_stand_five_times_at_most():
    codes = "ENV-010", "ENV-011", "ENV-013", "ENV-014", "ENV-015", "SYN-103", "ENV-018"
    row = one_set(*map(finding, codes))[-2]
    assert row == ("AK5", "R", "3", "4", "2", "6", "7")


@pytest.mark.parametrize(
    ("version", "component", "repetition"),
    [("004010", "3", "3"), ("004030", "13", "12"), ("005010", "13", "12")],
)
def test_ak403_12_and_13_exist_from_004030_on(version, component, repetition):
    found = (
        finding("SYN-212", element=1, data_element="128"),
        finding("SYN-213", element=2, component=3, data_element="C040"),
    )
    _, _, _, first, second, *_ = one_set(*found, version=version)
    assert (first[3], second[3]) == (repetition, component)
    assert second[1] == ("2", "3")


@pytest.mark.parametrize(
    ("version", "codes"), [("004010", ("1", "5")), ("004050", ("18", "19"))]
)
def test_ak502_18_and_19_exist_from_004050_on(version, codes):
    found = finding("ENV-016"), finding("ENV-017")
    assert one_set(*found, version=version)[-2] == ("AK5", "R", *codes)


def test_findings_of_a_segment_as_a_whole_come_before_those_of_its_elements():
    found = (
        finding("SYN-207", "XX", element=1, data_element="128"),
        finding("SYN-105"),
    )
    assert [row[-1] for row in one_set(*found)[2:4]] == ["5", "8"]


def test_gs08_of_the_answer_follows_the_group():
    raw = interchange(BODY, gs=GS + "VICS")
    assert b"GS*FA*SUPPLIER*ACME*20260116*0930*1*X*004010VICS~" in acknowledged(raw)


def test_gs08_that_is_no_version_is_answered_in_004010():
    raw = interchange(BODY, gs=GS.replace("004010", "V4"))
    assert b"*X*004010~" in acknowledged(raw)


@pytest.mark.parametrize("usage", ["T", "P", "I"])
def test_the_usage_letter_follows_the_inbound_one(usage):
    raw = interchange(BODY).replace(b"*P*>~", f"*{usage}*>~".encode())
    assert f"*{usage}*>~".encode() in acknowledged(raw)


def test_an_acknowledgement_is_never_asked_for():
    raw = interchange(BODY).replace(b"*0*P*", b"*1*P*")
    assert b"*000000001*0*P*" in acknowledged(raw)


def test_identities_are_swapped_as_received():
    answer = acknowledged(interchange(BODY))
    assert b"*01*SUPPLIER       *ZZ*ACME           *" in answer
    assert b"GS*FA*SUPPLIER*ACME*" in answer


def test_separators_follow_the_inbound_ones():
    raw = interchange(BODY, end="!\r\n").replace(b"*", b"|").replace(b">", b":")
    answer = acknowledged(raw)
    assert answer.startswith(b"ISA|00|")
    assert b"|P|:!\r\nGS|FA|" in answer


def test_an_fa_group_is_never_answered():
    raw = interchange(BODY, gs=GS.replace("*PO*", "*FA*"))
    assert acknowledged(raw) == b""


@pytest.mark.parametrize("number", ["", "X7", "1234567890"])
def test_a_group_without_a_number_is_not_answered(number):
    raw = interchange(BODY, gs=GS.replace("*7*", f"*{number}*"))
    assert acknowledged(raw) == b""


def test_a_set_without_a_number_is_not_answered():
    raw = joined([ISA, GS, "ST*850", *BODY, "SE*22*", GE, IEA])
    assert acknowledged(raw) == b""


def test_a_group_that_is_rejected_is_answered_without_its_sets():
    unsupported = Finding.of("ENV-061", "")
    outcome = outcomes(interchange(BODY))[1][0]
    its = GroupOutcome(
        group=outcome.group, sets=outcome.sets, stated="1", findings=(unsupported,)
    )
    assert rows(its, envelope()) == (
        ("AK1", "PO", "7"),
        ("AK9", "R", "1", "1", "0", "2"),
    )


def test_ak902_says_what_ge01_says():
    raw = interchange(BODY, BODY).replace(b"GE*2*", b"GE*0005*")
    assert ak_lines(acknowledged(raw))[-1] == "AK9*E*5*2*2*5"


def test_ak902_says_the_sets_received_where_ge01_is_no_number():
    raw = interchange(BODY, BODY).replace(b"GE*2*", b"GE*x*")
    assert ak_lines(acknowledged(raw))[-1] == "AK9*E*2*2*2*5"


def test_iea_faults_do_not_stop_the_997():
    raw = interchange(BODY).replace(b"IEA*1*000000101", b"IEA*9*000000999")
    assert ak_lines(acknowledged(raw))[-1] == "AK9*A*1*1*1"


def test_there_is_one_997_per_group_in_one_interchange():
    second = [GS.replace("*7*", "*8*"), *message_lines(BODY), "GE*1*8"]
    lines = [ISA, GS, *message_lines(BODY), GE, *second, "IEA*2*000000101"]
    answer = acknowledged(joined(lines))
    assert answer.count(b"ISA*") == answer.count(b"GS*FA*") == 1
    assert answer.count(b"ST*997*") == 2
    assert [line for line in ak_lines(answer) if "AK1" in line] == [
        "AK1*PO*7",
        "AK1*PO*8",
    ]


def test_ak2_stand_in_the_order_of_the_sets_received():
    raw = interchange(BODY, put(BODY, 2, out=1), BODY)
    raw = raw.replace(b"*0001~", b"*0900~").replace(b"*0003~", b"*0100~")
    lines = [line for line in ak_lines(acknowledged(raw)) if line[:3] in ("AK2", "AK5")]
    assert lines == [
        *("AK2*850*0900", "AK5*A"),
        *("AK2*850*0002", "AK5*R*5"),
        *("AK2*850*0100", "AK5*A"),
    ]


@pytest.mark.parametrize(
    ("bad", "ak9"),
    [
        ((), "AK9*A*3*3*3"),
        ((2,), "AK9*P*3*3*2"),
        ((1, 3), "AK9*P*3*3*1"),
        ((1, 2, 3), "AK9*R*3*3*0"),
    ],
)
def test_a_group_is_accepted_in_part_where_some_of_its_sets_are(bad, ak9):
    bodies = [put(BODY, 2, out=1) if n in bad else BODY for n in (1, 2, 3)]
    assert ak_lines(acknowledged(interchange(*bodies)))[-1] == ak9


def test_each_of_several_groups_is_judged_by_its_own_sets():
    broken = message_lines(put(BODY, 2, out=1))
    second = [GS.replace("*7*", "*8*"), *broken, "GE*1*8"]
    lines = [ISA, GS, *message_lines(BODY), GE, *second, "IEA*2*000000101"]
    told = ak_lines(acknowledged(joined(lines)))
    assert [line for line in told if line[:3] in ("AK1", "AK9")] == [
        *("AK1*PO*7", "AK9*A*1*1*1"),
        *("AK1*PO*8", "AK9*R*1*1*0"),
    ]


def test_groups_of_two_versions_are_answered_in_two_interchanges():
    second = [GS.replace("*7*", "*8*") + "VICS", *message_lines(BODY), "GE*1*8"]
    lines = [ISA, GS, *message_lines(BODY), GE, *second, "IEA*2*000000101"]
    made = drafts(*outcomes(joined(lines)))
    assert [draft.envelope.version for draft in made] == ["004010", "004010VICS"]


def test_same_numbers_and_time_give_the_same_bytes():
    (draft,) = drafts(*outcomes(interchange(BODY)))
    assert draft.finish(NUMBERS, NOW) == draft.finish(NUMBERS, NOW)


def test_a_message_over_the_size_limit_is_rejected_with_5():
    row = one_set(Finding.of("WIRE-002", ""))[-2]
    assert row == ("AK5", "R", "5")


# One cause, one finding.


def test_twenty_lines_are_good():
    assert explained(TWENTY) == []


@pytest.mark.parametrize("stray", ["QQQ*1", "BAK*00*AC*1*20260101", BEG, "FOB2*X"])
def test_a_wrong_segment_in_the_middle_of_twenty_lines(stray):
    assert [line.split()[1:] for line in explained(put(TWENTY, 40, stray))] == [
        [stray.split("*")[0], "40"]
    ]


def test_the_summary_in_the_middle_of_twenty_lines():
    assert explained(put(TWENTY, 39, "CTT*9")) == ["SYN-107 CTT 39"]


def test_the_summary_and_its_amount_in_the_middle_of_twenty_lines():
    assert explained(put(TWENTY, 39, "CTT*9", "AMT*TT*1")) == ["SYN-107 CTT 39"]


def test_the_summary_in_front_of_the_lines():
    body = put(put(BODY, 21, out=1), 12, CTT)
    assert explained(body) == ["SYN-107 CTT 12"]


def test_a_bad_code_that_begins_a_loop_keeps_the_loop():
    body = put(BODY, 9, "N1*??*PLANT 7*92*PL007", out=1)
    assert explained(body) == ["SYN-207 N1-01 9"]


def test_a_bad_code_in_beg_is_one_finding():
    assert explained(["BEG*XX*SA*1**20260115", *BODY[1:]]) == ["SYN-207 BEG-01 2"]


def test_a_missing_mandatory_segment_in_front_of_a_loop():
    body = [*BODY[:5], "AMT*TT*1", "FA1*DF", *BODY[5:]]
    assert explained(body) == ["SYN-103 FA2 9"]


def test_a_missing_trigger_of_a_loop_with_several_segments():
    assert explained(put(BODY, 9, out=1)) == ["SYN-103 N1 9"]


def test_a_missing_trigger_of_a_loop_with_one_segment():
    assert explained(put(BODY, 7, out=1)) == ["SYN-107 MSG 7"]


def test_a_missing_trigger_of_the_first_line():
    assert explained(put(BODY, 12, out=1)) == ["SYN-103 PO1 12"]


def test_a_missing_trigger_in_the_middle_of_twenty_lines():
    body = [*TWENTY[:37], "REF*LI*1", *TWENTY[38:]]
    assert len(explained(body)) == 1


def test_a_garbled_trigger_stands_for_the_missing_one():
    body = put(TWENTY, 39, "P01*10*10*EA", out=1)
    assert explained(body) == ["SYN-101 P01 39"]


def test_a_garbled_trigger_of_an_address_stands_for_the_missing_one():
    assert explained(put(BODY, 9, "NI*ST*X", out=1)) == ["SYN-101 NI 9"]


def test_a_garbled_mandatory_segment_stands_for_the_missing_one():
    assert explained(put(BODY, 2, "BGE*00", out=1)) == ["SYN-101 BGE 2"]


def test_a_segment_of_another_set_stands_for_the_missing_one():
    assert explained(put(BODY, 2, "BAK*00", out=1)) == ["SYN-106 BAK 2"]


def test_no_lines_at_all():
    assert explained([*BODY[:10], CTT]) == ["SYN-103 PO1 12"]


def test_lines_that_all_lost_their_trigger_after_the_first():
    body = [*BODY[:11], "REF*LI*1", "REF*LI*2", CTT]
    assert explained(body) == []


def test_an_address_behind_the_summary():
    assert explained([*BODY, N1, N3, N4]) == ["SYN-107 N1 22"]


def test_a_line_behind_the_summary():
    assert len(explained([*BODY, PO1, PID, PO4])) == 1


def test_the_elements_of_a_misplaced_segment_are_not_reported():
    body = put(BODY, 12, "CTT*x*y*z")
    assert explained(body) == ["SYN-107 CTT 12"]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (2, 3, "SYN-107 CUR 2"),
        (3, 4, "SYN-107 CUR 4"),
        (4, 5, "SYN-107 REF 5"),
        (5, 6, "SYN-107 DTM 6"),
        (7, 8, "SYN-107 MSG 7"),
        (9, 10, "SYN-107 N3 9"),
        (10, 11, "SYN-107 N3 11"),
        (12, 13, "SYN-107 PID 12"),
        (13, 14, "SYN-107 PID 14"),
        (20, 21, "SYN-107 PO4 21"),
    ],
)
def test_swapped_neighbours(first, second, found):
    body = put(BODY, first, BODY[second - 2], BODY[first - 2], out=2)
    assert explained(body) == [found]


@pytest.mark.parametrize(
    ("segment", "at", "found"),
    [
        ("REF*DP*1", 9, "SYN-107 REF 9"),
        ("REF*DP*1", 12, None),
        ("REF*LI*1", 15, None),
        ("REF*LI*1", 14, "SYN-107 PO4 15"),
        ("DTM*002*20260201", 12, "SYN-107 DTM 12"),
        ("DTM*002*20260201", 15, None),
        ("DTM*002*20260201", 22, "SYN-107 DTM 22"),
        ("PID*F****X", 9, "SYN-107 PID 9"),
        ("PID*F****X", 7, "SYN-107 PID 7"),
        ("PID*F****X", 15, "SYN-107 PID 15"),
        ("N1*ST*X", 12, None),
        ("N1*ST*X", 15, None),
        ("N1*ST*X", 14, "SYN-107 N1 14"),
        ("SAC*A*C310***1", 5, None),
        ("SAC*A*C310***1", 15, None),
        ("SAC*A*C310***1", 9, "SYN-107 SAC 9"),
        ("TD5**2*UPSN", 12, None),
        ("TD5**2*UPSN", 9, "SYN-107 TD5 9"),
        ("TD5**2*UPSN", 15, None),
        ("CUR*BY*USD", 5, "SYN-107 CUR 5"),
        ("CUR*BY*USD", 13, None),
        ("CUR*BY*USD", 15, "SYN-107 CUR 15"),
    ],
)
def test_equal_segments_inside_and_outside_of_loops(segment, at, found):
    result = explained(put(BODY, at, segment))
    assert [line.split()[0] for line in result] == (["SYN-107"] if found else [])


@pytest.mark.parametrize("most", [1, 2])
def test_a_loop_over_a_small_maximum(most):
    judge = guided(max_use=[{"at": "PO1", "max": most}])
    body = [*BODY[:10], *[PO1, PID, PO4] * (most + 1), "CTT*3"]
    assert explained(body, judge) == [f"IMP-104 PO1 {12 + 3 * most}"]


def test_a_segment_over_a_small_maximum():
    judge = guided(max_use=[{"at": "N1/N3", "max": 1}])
    assert explained(put(BODY, 10, N3), judge) == ["IMP-105 N3 11"]


def test_the_guide_wants_an_address_that_is_not_there():
    judge = guided(require=[{"at": "N1-01", "value": "BT"}])
    assert explained(BODY, judge) == ["IMP-117 N1 12"]


def test_the_guide_wants_a_reference_in_each_line():
    judge = guided(require=[{"at": "PO1/REF-01", "value": "LI"}])
    body = put(BODY, 15, "REF*LI*1")
    assert explained(body, judge) == ["IMP-103 REF 19", "IMP-103 REF 22"]


def test_what_the_guide_wants_is_out_of_sequence_and_not_missing_as_well():
    judge = guided(require=[{"at": "REF-01", "value": "IV"}])
    body = put(BODY, 6, "REF*IV*1")
    assert explained(body, judge) == ["SYN-107 REF 6"]


def test_a_stray_segment_with_another_value_does_not_count_for_the_guide():
    judge = guided(require=[{"at": "REF-01", "value": "IV"}])
    body = put(BODY, 6, "REF*CO*1")
    assert explained(body, judge) == ["IMP-103 REF 5", "SYN-107 REF 6"]


def test_two_conditions_that_miss_the_same_element_are_one_finding():
    body = put(BODY, 5, "SAC*A*C310***100****EA**5")
    assert explained(body) == ["SYN-202 SAC-10 5"]
