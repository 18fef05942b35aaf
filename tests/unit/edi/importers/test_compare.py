"""What differs between two sets is said place by place."""

from gateway.edi.importers import Difference, differences, read_sef
from gateway.edi.schema import MessageSchema
from tests.unit.edi.importers.shapes import good, sample, schema

SEF = sample("house.sef")


def order(*changes: tuple[str, str]) -> MessageSchema:
    text = SEF
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return schema(good(read_sef(text, "house.sef")), "004010", "850")


def against(*changes: tuple[str, str]) -> tuple[Difference, ...]:
    return differences(order(), order(*changes))


def test_a_set_does_not_differ_from_itself():
    assert against() == ()


def test_names_are_not_compared():
    assert against(("353,0,Purpose", "353,0,Why it is sent")) == ()


def test_other_limits_are_said_at_their_place():
    assert against(("[N2,,2]", "[N2,M,3]")) == (
        Difference("N1/N2", "use", "optional, 2", "mandatory, 3"),
    )


def test_a_segment_that_only_one_has_is_said_with_one_side_empty():
    assert against(("[N2,,2]", "")) == (Difference("N1/N2", "use", "optional, 2", ""),)
    assert against(("[N2,,2]", "[N2,,2][PID]")) == (
        Difference("N1/PID", "use", "", "optional, 1"),
    )


def test_a_loop_that_only_one_has_is_said_with_all_it_holds():
    assert [one.where for one in against(("{[CTT][AMT]}", ""))] == [
        "CTT/",
        "CTT/CTT",
        "CTT/AMT",
    ]


def test_other_elements_of_a_segment_are_said_at_their_position():
    found = against(("[127,,>1][352]", "[127,M,2][352][234]"))
    assert found[:2] == (
        Difference("REF-02", "element", "127, *", "127, mandatory, 2"),
        Difference("REF-04", "element", "", "234"),
    )


def test_other_conditions_are_said_for_the_segment():
    assert against(("+R0203P0304", "+R0203E0304")) == (
        Difference("N1", "conditions", "P0304", "E0304"),
    )


def test_other_forms_and_codes_of_an_element_are_said():
    assert against(("92=ID,2,2", "92=ID,2,3"), ("DS,NE,SA", "DS,NE,SAX")) == (
        Difference("92", "form", "ID 2/2", "ID 2/3"),
        Difference("92", "codes", "SA", "SAX"),
    )


def test_codes_against_none_are_said_by_their_number():
    assert against(("92=DS,NE,SA\n", "")) == (Difference("92", "codes", "3", "any"),)
