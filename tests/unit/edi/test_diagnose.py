"""Acknowledgements held against what was sent."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.edi.annotate import annotate
from gateway.edi.diagnosed import (
    UNKNOWN,
    Diagnosed,
    Diagnosis,
    Meaning,
    OriginalMessage,
)
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.x12 import meanings
from gateway.edi.x12.acks import Ack, read_acks
from gateway.edi.x12.diagnose import (
    OriginalGroup,
    OriginalInterchange,
    diagnose,
)
from gateway.edi.x12.meanings import meaning
from gateway.findings import CODES
from tests.unit.edi.parts import (
    BODY,
    acknowledged,
    interchange,
    joined,
    plan_850,
    put,
    read,
    validator,
)
from tests.unit.edi.test_acks import ISA_4010, wrapped

BAD = put(BODY, 12, "PO1*1*12,5*EA*12.5*PE*VP*W-1", out=1)


def original(raw: bytes) -> OriginalInterchange:
    """What was sent, annotated."""
    begun: InterchangeBegun | None = None
    group: GroupBegun | None = None
    sent = []
    for event in read(raw):
        if isinstance(event, InterchangeBegun):
            begun = event
        elif isinstance(event, GroupBegun):
            group = event
        elif isinstance(event, MessageRead):
            found = validator().validate(event)
            segments = annotate(event, plan_850(), found)
            sent.append(
                OriginalMessage(
                    type=event.type,
                    control_number=event.control_number,
                    segments=segments,
                )
            )
    assert begun is not None
    assert group is not None
    groups = (OriginalGroup(group=group, messages=tuple(sent)),)
    return OriginalInterchange(begun=begun, groups=groups)


def diagnosed(answer: bytes, raw: bytes | None = None) -> Diagnosed[Ack]:
    originals = [original(raw)] if raw else []
    (only,) = diagnose(read_acks(read(answer)), originals)
    return only


def of_entries(
    entries: Sequence[str],
    body: Sequence[str] = BODY,
    *,
    set_: str = "AK2*850*0001",
    ak1: str = "AK1*PO*7",
    ak9: str = "AK9*R*1*1*0",
) -> Diagnosed[Ack]:
    """A 997 with these entries of one set, against one 850."""
    lines = [ak1, set_, *entries, "AK5*R*5", ak9]
    return diagnosed(wrapped(lines), interchange(body))


def at(told: Diagnosed[Ack], level: str) -> Diagnosis:
    """The first diagnosis of a level."""
    return next(d for d in told.diagnoses if d.level == level)


def brief(told: Diagnosed[Ack]) -> list[str]:
    return [f"{d.level} {d.at} {d.code}" for d in told.diagnoses]


def noted(told: Diagnosed[Ack]) -> list[tuple[str, str, int]]:
    return [
        (f.code, f.where.segment_tag, f.where.segment_position) for f in told.findings
    ]


def test_our_own_997_is_explained_entry_by_entry():
    raw = interchange(BAD)
    told = diagnosed(acknowledged(raw), raw)

    assert (told.matched, told.findings) == (True, ())
    assert brief(told) == [
        "group AK901 R",
        "message AK501 R",
        "message AK502 5",
        "element AK403 6",
    ]


def test_an_element_is_shown_with_what_was_sent_and_our_finding():
    raw = interchange(BAD)
    spot = at(diagnosed(acknowledged(raw), raw), "element").spot

    assert spot.name == "PO1-02 (segment 12)"
    assert spot.segment is not None
    assert raw[spot.segment.byte_offset :].startswith(b"PO1*1*12,5")
    assert spot.element is not None
    assert (spot.element.name, spot.element.value) == ("Quantity ordered", "12,5")
    assert (spot.copy, [f.code for f in spot.ours]) == ("12,5", ["SYN-206"])


def test_a_fault_that_we_do_not_see_has_no_finding_of_ours():
    told = of_entries(["AK3*PO1*12**8", "AK4*2*330*6*10"])
    spot = at(told, "element").spot

    assert (spot.ours, told.findings) == ((), ())
    assert spot.element is not None
    assert spot.element.value == "10"


def test_a_missing_segment_has_its_neighbours():
    told = of_entries(["AK3*BEG*2**3"], BODY[1:])
    spot = at(told, "segment").spot

    assert spot.before is not None
    assert spot.segment is not None
    assert (spot.before.tag, spot.segment.tag) == ("ST", "CUR")
    assert ([f.code for f in spot.ours], told.findings) == (["SYN-103"], ())


def test_a_segment_missing_at_the_end_has_the_last_one_in_front():
    told = of_entries(["AK3*CTT*23**3"])
    spot = at(told, "segment").spot

    assert spot.before is not None
    assert (spot.before.tag, spot.segment, told.findings) == ("SE", None, ())


def test_a_component_is_found_in_its_element():
    body = put(BODY, 13, "SLN*1**I*4*EA>x")
    told = of_entries(["AK3*SLN*13**8", "AK4*5>2*1018*6*x"], body)
    spot = at(told, "element").spot

    assert spot.name == "SLN-05-02 (segment 13)"
    assert spot.element is not None
    assert (spot.element.number, spot.element.value) == (2, "x")
    assert told.findings == ()


def test_an_ak3_8_is_told_by_its_elements_only():
    told = of_entries(["AK3*PO1*12**8", "AK4*2*330*6*10"])

    assert "segment AK304 8" not in brief(told)


def test_an_ak3_8_without_elements_is_told_itself():
    assert "segment AK304 8" in brief(of_entries(["AK3*PO1*12**8"]))


def test_without_the_original_the_meaning_is_left():
    told = diagnosed(acknowledged(interchange(BAD)))
    element = at(told, "element")

    assert (told.matched, told.findings) == (False, ())
    assert (element.spot.segment, element.spot.copy) == (None, "12,5")
    assert element.meaning.title == CODES["SYN-206"].title


def test_a_group_that_was_not_given_is_a_finding():
    told = of_entries(["AK3*PO1*12**8"], ak1="AK1*PO*8")

    assert (told.matched, noted(told)) == (False, [("ENV-112", "AK1", 0)])


def test_a_group_number_is_compared_as_a_number():
    assert of_entries([], ak1="AK1*PO*007").matched


def test_a_message_that_was_not_sent_is_a_finding():
    told = of_entries(["AK3*PO1*12**8"], set_="AK2*850*0009")

    assert (told.matched, noted(told)) == (True, [("ENV-113", "AK2", 3)])
    assert at(told, "segment").spot.segment is None


def test_a_message_number_without_its_zeros_is_a_warning_and_still_found():
    told = of_entries(["AK3*PO1*12**8"], set_="AK2*850*1")

    assert noted(told) == [("ENV-113", "AK2", 3)]
    assert at(told, "segment").spot.segment is not None


def test_a_position_behind_the_message_is_a_finding():
    told = of_entries(["AK3*PO1*99**8"])

    assert noted(told) == [("ENV-114", "AK3", 4)]
    assert at(told, "segment").spot.segment is None


def test_another_segment_at_the_position_is_a_finding():
    told = of_entries(["AK3*PO1*13**8", "AK4*2*330*6"])

    assert noted(told) == [("ENV-114", "AK3", 4)]
    assert at(told, "element").spot.element is None


def test_a_copy_that_differs_is_a_finding():
    told = of_entries(["AK3*PO1*12**8", "AK4*2*330*6*77"])

    assert noted(told) == [("ENV-115", "AK4", 5)]


def test_a_copy_without_the_characters_that_cannot_be_sent_is_the_same():
    body = put(BODY, 9, "N1*ST*PLANT#7/É*92*PL007", out=1)
    told = of_entries(["AK3*N1*9**8", "AK4*2*93*6*PLANT 7"], body)

    assert told.findings == ()


def test_a_code_that_the_standard_lacks_is_a_finding():
    told = of_entries(["AK3*PO1*12**8", "AK4*2*330*77"])

    assert [f.code for f in told.findings] == ["ENV-116"]
    assert at(told, "element").meaning is UNKNOWN


def test_a_verdict_that_the_standard_lacks_is_found_once():
    told = of_entries([], ak9="AK9*Q*1*1*0")

    assert [f.code for f in told.findings] == ["ENV-101"]


def test_a_count_that_differs_is_a_finding():
    told = of_entries(["AK3*PO1*12**8"], ak9="AK9*R*2*2*0")

    assert noted(told) == [("ENV-117", "AK9", 6)]


def ta1(*elements: str) -> bytes:
    return joined([ISA_4010, "*".join(("TA1", *elements)), "IEA*0*000000555"])


def test_a_ta1_is_explained():
    told = diagnosed(ta1("000000101", "260115", "0900", "R", "025"), interchange(BODY))

    assert (told.matched, told.findings) == (True, ())
    assert brief(told) == ["interchange TA104 R", "interchange TA105 025"]
    assert told.diagnoses[1].meaning.title == CODES["ENV-001"].title


def test_a_ta1_without_an_error_has_no_cause():
    told = diagnosed(ta1("000000101", "260115", "0900", "A", "000"))

    assert brief(told) == ["interchange TA104 A"]


def test_a_ta1_of_another_interchange_is_a_finding():
    told = diagnosed(ta1("000000102", "260115", "0900", "A", "000"), interchange(BODY))

    assert (told.matched, noted(told)) == (False, [("ENV-111", "TA1", 0)])


def test_a_ta1_with_another_date_is_a_finding():
    told = diagnosed(ta1("000000101", "260116", "0900", "A", "000"), interchange(BODY))

    assert (told.matched, noted(told)) == (True, [("ENV-117", "TA1", 0)])


def test_a_999_names_its_own_elements():
    lines = [
        "AK1*PO*7*005010",
        "AK2*850*0001",
        "IK3*PO1*12**8",
        "CTX*SITUATIONAL TRIGGER*BEG*2**2",
        "IK4*2*330*I12*10",
        "IK5*R*I5",
        "AK9*R*1*1*0",
    ]
    answer = wrapped(lines, kind="999", version="005010")
    told = diagnosed(answer, interchange(BODY))

    assert brief(told)[1:] == [
        "message IK501 R",
        "message IK502 I5",
        "element IK403 I12",
    ]
    assert [c.name for c in at(told, "element").spot.contexts] == [
        "SITUATIONAL TRIGGER"
    ]


LISTS = {
    meanings.ANSWER: "A E P R M W X",
    meanings.SEGMENT: "1 2 3 4 5 6 7 8 I4 I6 I7 I8 I9",
    meanings.ELEMENT: "1 2 3 4 5 6 7 8 9 10 12 13 I6 I9 I10 I11 I12 I13",
    meanings.SET: "1 2 3 4 5 6 7 8 9 10 11 12 13 15 16 17 18 19 23 24 25 26 27 I5 I6",
    meanings.GROUP: "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 23 24 25 26 30 31",
    meanings.INTERCHANGE: " ".join(f"{n:03d}" for n in range(39)),
}


@pytest.mark.parametrize(
    ("column", "code"),
    [(column, code) for column, codes in LISTS.items() for code in codes.split()],
)
def test_every_code_of_the_standard_has_a_meaning_and_a_fix(column: str, code: str):
    means = meaning(column, code, "005010")

    assert means is not UNKNOWN
    assert means.title
    assert means.fix


@pytest.mark.parametrize("column", [meanings.SET, meanings.GROUP])
@pytest.mark.parametrize("code", ["19", "20", "21", "22"])
def test_before_004050_these_codes_are_security_pairs(column: str, code: str):
    old, new = meaning(column, code, "004010"), meaning(column, code, "005010")

    assert isinstance(old, Meaning)
    assert old.title == "security pair is not complete"
    assert new != old


def test_a_code_in_its_own_words_is_no_finding_of_the_guide():
    """AK403 7 is SYN-207 read backwards, not IMP-207."""
    assert meaning(meanings.ELEMENT, "7").title == CODES["SYN-207"].title
