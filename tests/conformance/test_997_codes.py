"""One case for each row of the code tables that a 4010 997 can carry (X12 DE 720,
723, 717, 718, 715, 716): one thing done to a good 850, one finding, one answer.
"""

from __future__ import annotations

import pytest

from gateway.findings import CODES
from tests.unit.edi.parts import (
    BODY,
    GE,
    GS,
    IEA,
    ISA,
    acknowledged,
    ak_lines,
    explained,
    guided,
    interchange,
    joined,
    message_lines,
    put,
)

BEG = BODY[0]
SAC = "SAC*A*C310***100"
ACCEPTED = ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]


def rejected(*lines: str) -> list[str]:
    """The 997 of the one set, rejected for errors in its segments."""
    return ["AK1*PO*7", "AK2*850*0001", *lines, "AK5*R*5", "AK9*R*1*1*0"]


def answer(body, judge=None) -> list[str]:
    return ak_lines(acknowledged(interchange(body), judge))


def swapped(at: int) -> list[str]:
    """The good body with the segments at two positions swapped."""
    return put(BODY, at, BODY[at - 1], BODY[at - 2], out=2)


def test_a_good_850_is_accepted_in_these_bytes():
    assert acknowledged(interchange(BODY)) == (
        b"ISA*00*          *00*          *01*SUPPLIER       *ZZ*ACME           "
        b"*260116*0930*U*00401*000000001*0*P*>~\n"
        b"GS*FA*SUPPLIER*ACME*20260116*0930*1*X*004010~\n"
        b"ST*997*0001~\nAK1*PO*7~\nAK2*850*0001~\nAK5*A~\nAK9*A*1*1*1~\nSE*6*0001~\n"
        b"GE*1*1~\nIEA*1*000000001~\n"
    )


# AK304.


def test_ak304_1_unrecognised_segment_id_gives_no_ak3():
    body = put(BODY, 5, "QQQ*1")
    assert explained(body) == ["SYN-101 QQQ 5"]
    assert answer(body) == rejected()


@pytest.mark.parametrize("tag", ["P@1", "TOOLONG", "po1", "1AB", "X"])
def test_ak304_1_a_garbled_tag_gives_no_ak3(tag):
    body = put(BODY, 16, f"{tag}*1")
    assert explained(body) == [f"SYN-101 {tag} 16"]
    assert answer(body) == rejected()


def test_ak304_2_unexpected_segment_is_one_the_guide_does_not_use():
    judge = guided(forbid=[{"at": "REF"}])
    assert explained(BODY, judge) == ["IMP-106 REF 4"]
    assert answer(BODY, judge) == rejected("AK3*REF*4**2")


def test_ak304_3_mandatory_segment_missing():
    body = put(BODY, 2, out=1)
    assert explained(body) == ["SYN-103 BEG 2"]
    assert answer(body) == rejected("AK3*BEG*2**3")


def test_ak304_3_can_stand_at_the_last_segment_read():
    raw = interchange(put(BODY, 2, out=1))
    lines = ak_lines(acknowledged(raw, missing_at_last=True))
    assert lines == rejected("AK3*BEG*1**3")


def test_ak304_4_loop_over_its_maximum():
    body = put(BODY, 5, *[SAC] * 26)
    assert explained(body) == ["SYN-104 SAC 30"]
    assert answer(body) == rejected("AK3*SAC*30**4")


def test_ak304_4_a_guide_may_set_another_maximum():
    judge = guided(max_use=[{"at": "PO1", "max": 2}])
    assert explained(BODY, judge) == ["IMP-104 PO1 18"]
    assert answer(BODY, judge) == rejected("AK3*PO1*18**4")


def test_ak304_5_segment_over_its_maximum_use():
    body = put(BODY, 4, "CUR*SE*USD")
    assert explained(body) == ["SYN-105 CUR 4"]
    assert answer(body) == rejected("AK3*CUR*4**5")


def test_ak304_6_segment_not_in_this_set():
    body = put(BODY, 5, "BAK*00*AC*1*20260115")
    assert explained(body) == ["SYN-106 BAK 5"]
    assert answer(body) == rejected("AK3*BAK*5**6")


def test_ak304_7_segment_out_of_sequence():
    body = swapped(2)
    assert explained(body) == ["SYN-107 CUR 2"]
    assert answer(body) == rejected("AK3*CUR*2**7")


def test_ak304_8_segment_has_element_errors():
    body = put(BODY, 2, "BEG*00*SA***20260115", out=1)
    assert explained(body) == ["SYN-201 BEG-03 2"]
    assert answer(body) == rejected("AK3*BEG*2**8", "AK4*3*324*1")


def test_ak304_8_several_elements_of_a_segment_share_one_ak3():
    body = put(BODY, 2, "BEG*00*XX***20261315", out=1)
    assert answer(body) == rejected(
        "AK3*BEG*2**8", "AK4*2*92*7*XX", "AK4*3*324*1", "AK4*5*373*8*20261315"
    )


# AK403: an element in, the finding and the AK4 out.


@pytest.mark.parametrize(
    ("at", "segment", "found", "ak3", "ak4"),
    [
        pytest.param(*case, id=f"ak403_{name}")
        for name, *case in (
            (
                "1_mandatory_element_missing",
                3,
                "CUR**USD",
                "SYN-201 CUR-01 3",
                "AK3*CUR*3**8",
                "AK4*1*98*1",
            ),
            (
                "2_conditional_element_missing",
                12,
                "PO1*1**EA*12.5*PE*VP*W-1",
                "SYN-202 PO1-02 12",
                "AK3*PO1*12**8",
                "AK4*2*330*2",
            ),
            (
                "2_pair_incomplete",
                12,
                "PO1*1*10*EA*12.5*PE*VP",
                "SYN-202 PO1-07 12",
                "AK3*PO1*12**8",
                "AK4*7*234*2",
            ),
            (
                "3_too_many_elements",
                3,
                "CUR*BY*USD" + "*" * 20 + "X",
                "SYN-203 CUR-22 3",
                "AK3*CUR*3**8",
                "AK4*22**3*X",
            ),
            (
                "4_element_too_short",
                9,
                "N1*ST*PLANT 7*92*X",
                "SYN-204 N1-04 9",
                "AK3*N1*9**8",
                "AK4*4*67*4*X",
            ),
            (
                "5_element_too_long",
                4,
                "REF*DP*" + "1" * 31,
                "SYN-205 REF-02 4",
                "AK3*REF*4**8",
                "AK4*2*127*5*" + "1" * 31,
            ),
            (
                "6_invalid_character_in_a_number",
                12,
                "PO1*1*12,5*EA*12.5*PE*VP*W-1",
                "SYN-206 PO1-02 12",
                "AK3*PO1*12**8",
                "AK4*2*330*6*12,5",
            ),
            (
                "6_invalid_character_in_a_text",
                8,
                "MSG*DO\x07CK",
                "SYN-206 MSG-01 8",
                "AK3*MSG*8**8",
                "AK4*1*933*6*DO CK",
            ),
            (
                "6_digits_of_another_script",
                12,
                "PO1*1*\u0661\u0660*EA*12.5*PE*VP*W-1",
                "SYN-206 PO1-02 12",
                "AK3*PO1*12**8",
                "AK4*2*330*6",
            ),
            (
                "7_invalid_code",
                2,
                "BEG*00*XX*4500001**20260115",
                "SYN-207 BEG-02 2",
                "AK3*BEG*2**8",
                "AK4*2*92*7*XX",
            ),
            (
                "8_invalid_date",
                2,
                "BEG*00*SA*4500001**20260229",
                "SYN-208 BEG-05 2",
                "AK3*BEG*2**8",
                "AK4*5*373*8*20260229",
            ),
            (
                "9_invalid_time",
                5,
                "DTM*002*20260201*2460",
                "SYN-209 DTM-03 5",
                "AK3*DTM*5**8",
                "AK4*3*337*9*2460",
            ),
        )
    ],
)
def test_each_ak403_code_has_its_case(at, segment, found, ak3, ak4):
    body = put(BODY, at, segment, out=1)
    assert explained(body) == [found]
    assert answer(body) == rejected(ak3, ak4)


def test_ak403_10_exclusion_violated():
    judge = guided(forbid=[{"at": "REF-03"}])
    body = put(BODY, 4, "REF*DP*038*TEXT", out=1)
    assert explained(body, judge) == ["IMP-210 REF-03 4"]
    assert answer(body, judge) == rejected("AK3*REF*4**8", "AK4*3*352*10*TEXT")


def test_ak403_a_component_has_its_number():
    body = put(BODY, 13, "MEA***1*XX")
    assert explained(body) == ["SYN-207 MEA-04-01 13"]
    assert answer(body) == rejected("AK3*MEA*13**8", "AK4*4>1*355*7*XX")


def test_ak403_13_too_many_components_is_3_before_004030():
    body = put(BODY, 13, "MEA***1*" + "EA" + ">" * 15 + "EA")
    assert explained(body) == ["SYN-213 MEA-04-16 13"]
    assert answer(body)[3] == "AK4*4>16**3*EA" + " " * 15 + "EA"


# AK502.


def test_ak502_1_set_not_supported_is_for_a_set_without_table():
    assert CODES["ENV-012"].ak502 == "1"


def test_ak502_2_trailer_missing():
    raw = joined([ISA, GS, *message_lines(BODY)[:-1], GE, IEA])
    lines = ak_lines(acknowledged(raw))
    assert lines == ["AK1*PO*7", "AK2*850*0001", "AK5*R*2", "AK9*R*1*1*0"]


def test_ak502_3_st02_and_se02_differ():
    raw = interchange(BODY).replace(b"SE*22*0001", b"SE*22*0002")
    lines = ak_lines(acknowledged(raw))
    assert lines == ["AK1*PO*7", "AK2*850*0001", "AK5*R*3", "AK9*R*1*1*0"]


def test_ak502_4_segment_count_wrong():
    raw = interchange(BODY).replace(b"SE*22*", b"SE*21*")
    lines = ak_lines(acknowledged(raw))
    assert lines == ["AK1*PO*7", "AK2*850*0001", "AK5*R*4", "AK9*R*1*1*0"]


def test_ak502_5_segments_in_error_stands_once_for_many():
    body = put(put(BODY, 2, out=1), 12, "PO1*1*x*EA", out=1)
    assert answer(body)[-2] == "AK5*R*5"


def test_ak502_several_codes_stand_side_by_side():
    raw = interchange(put(BODY, 5, "QQQ*1")).replace(b"SE*23*0001", b"SE*21*0002")
    assert ak_lines(acknowledged(raw))[-2] == "AK5*R*4*3*5"


def test_ak502_6_set_identifier_malformed():
    raw = interchange(BODY).replace(b"ST*850*", b"ST*85*")
    assert ak_lines(acknowledged(raw))[1:3] == ["AK2*85*0001", "AK5*R*6"]


def test_ak502_7_control_number_malformed_is_echoed():
    raw = interchange(BODY).replace(b"*0001~", b"*1~")
    lines = ak_lines(acknowledged(raw))
    assert lines[1:3] == ["AK2*850*1", "AK5*R*7"]


def test_ak502_23_control_number_not_unique_in_the_group():
    raw = interchange(BODY, BODY).replace(b"*0002~", b"*0001~")
    lines = ak_lines(acknowledged(raw))
    assert lines[1:] == [
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0001",
        "AK5*R*23",
        "AK9*P*2*2*1",
    ]


@pytest.mark.parametrize(
    ("code", "ak502"),
    [
        ("ENV-016", "18"),
        ("ENV-017", "19"),
        ("ENV-050", "8"),
        ("ENV-051", "9"),
        ("ENV-052", "10"),
        ("ENV-053", "11"),
        ("ENV-054", "12"),
        ("ENV-055", "13"),
        ("ENV-056", "15"),
        ("ENV-057", "16"),
        ("ENV-058", "17"),
        ("ENV-067", "24"),
        ("ENV-068", "25"),
        ("ENV-069", "26"),
        ("ENV-070", "27"),
    ],
)
def test_ak502_codes_of_other_versions_and_security_stand_in_the_table(code, ak502):
    assert CODES[code].ak502 == ak502


# AK901 and AK905.

BAD = put(BODY, 5, "QQQ*1")
UNREAD = put(BODY, 11, "N4*SPRINGFIELD*IL*62701*US*ZZZZ*X", out=1)


def last(raw: bytes, judge=None) -> str:
    return ak_lines(acknowledged(raw, judge))[-1]


def test_ak901_a_all_sets_accepted():
    assert last(interchange(BODY, BODY)) == "AK9*A*2*2*2"


def test_ak901_e_a_set_accepted_with_errors():
    judge = guided(tolerate=[{"code": "SYN-205", "at": "REF-02", "severity": "error"}])
    body = put(BODY, 4, "REF*DP*" + "1" * 31, out=1)
    lines = ak_lines(acknowledged(interchange(BODY, body), judge))
    assert lines[-2:] == ["AK5*E*5", "AK9*E*2*2*2"]


def test_ak901_p_some_sets_rejected():
    assert last(interchange(BODY, BAD, BODY)) == "AK9*P*3*3*2"


def test_ak901_r_all_sets_rejected():
    assert last(interchange(BAD, BAD)) == "AK9*R*2*2*0"


def test_ak905_3_group_trailer_missing_gives_the_sets_received():
    raw = interchange(BODY, BODY).replace(b"GE*2*7~\n", b"")
    assert last(raw) == "AK9*E*2*2*2*3"


def test_ak905_4_gs06_and_ge02_differ():
    raw = interchange(BODY).replace(b"GE*1*7", b"GE*1*8")
    assert last(raw) == "AK9*E*1*1*1*4"


def test_ak905_5_count_of_sets_wrong_and_echoed():
    raw = interchange(BODY).replace(b"GE*1*7", b"GE*3*7")
    assert last(raw) == "AK9*E*3*1*1*5"


def test_ak905_6_group_number_used_twice_before_004050():
    group = [GS, *message_lines(BODY), GE]
    raw = joined([ISA, *group, *group, "IEA*2*000000101"])
    assert last(raw) == "AK9*E*1*1*1*6"


def test_ak905_19_group_number_used_twice_from_004050():
    group = [GS.replace("004010", "004060"), *message_lines(BODY), GE]
    raw = joined([ISA, *group, *group, "IEA*2*000000101"])
    assert last(raw) == "AK9*E*1*1*1*19"


@pytest.mark.parametrize(
    ("code", "ak905"),
    [
        ("ENV-060", "1"),
        ("ENV-061", "2"),
        ("ENV-065", "6"),
        ("ENV-050", "10"),
        ("ENV-051", "11"),
        ("ENV-052", "12"),
        ("ENV-053", "13"),
        ("ENV-056", "14"),
        ("ENV-055", "15"),
        ("ENV-057", "16"),
        ("ENV-058", "17"),
        ("ENV-071", "18"),
        ("ENV-067", "23"),
        ("ENV-068", "24"),
        ("ENV-069", "25"),
        ("ENV-070", "26"),
    ],
)
def test_ak905_codes_that_others_find_stand_in_the_table(code, ak905):
    assert CODES[code].ak905 == ak905
