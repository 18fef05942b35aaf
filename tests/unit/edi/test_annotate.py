"""Messages with names, places and findings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from gateway.edi.annotate import (
    AnnotatedSegment,
    annotate,
    annotate_segment,
    as_json,
    as_lines,
    printable,
)
from gateway.edi.events import Separators
from gateway.findings import Finding, Where
from gateway.findings.language import ENGLISH, Language
from tests.unit.edi.parts import (
    BODY,
    interchange,
    message,
    plan_850,
    put,
    tables,
    validator,
)


def annotated(body: Sequence[str]) -> tuple[AnnotatedSegment, ...]:
    its = message(body)
    return annotate(its, plan_850(), validator().validate(its))


def test_every_segment_has_position_name_loop_and_offset():
    segments = annotated(BODY)

    assert [s.position for s in segments] == list(range(1, len(BODY) + 3))
    beg, po1 = segments[1], segments[14]
    assert (beg.tag, beg.name, beg.loop) == ("BEG", "Start of the order", "")
    assert (po1.tag, po1.name, po1.loop) == ("PO1", "Order line", "PO1[2]")
    assert interchange(BODY)[po1.byte_offset :].startswith(b"PO1*2*10")
    assert not any(s.all_findings for s in segments)


def test_elements_have_number_name_and_value_and_say_if_they_are_codes():
    beg = annotated(BODY)[1]
    purpose, number = beg.element(1), beg.element(3)

    assert purpose is not None
    assert number is not None
    assert (purpose.value, purpose.data_element) == ("00", "353")
    assert (purpose.name, purpose.is_code) == ("Purpose of the message", True)
    assert (number.value, number.data_element, number.is_code) == (
        "4500001",
        "324",
        False,
    )


def test_elements_that_were_not_sent_are_left_out():
    assert [e.number for e in annotated(BODY)[1].elements] == [1, 2, 3, 5]


def test_a_finding_stands_at_its_element():
    segments = annotated(put(BODY, 2, "BEG*99*SA*4500001**20260115", out=1))
    purpose = segments[1].element(1)

    assert purpose is not None
    assert [f.code for f in purpose.findings] == ["SYN-207"]
    assert segments[1].findings == ()


def test_a_missing_element_is_shown_for_its_finding():
    segments = annotated(put(BODY, 2, "BEG*00*SA*4500001", out=1))
    date = segments[1].element(5)

    assert date is not None
    assert (date.value, date.name) == ("", "Date")
    assert [f.code for f in date.findings] == ["SYN-201"]


def test_a_missing_segment_stands_where_it_was_to_be():
    segments = annotated(BODY[1:])
    missing = segments[1]

    assert (missing.tag, missing.position, missing.present) == ("BEG", 2, False)
    assert [f.code for f in missing.findings] == ["SYN-103"]
    assert (segments[2].tag, segments[2].position) == ("CUR", 2)


def test_a_segment_out_of_sequence_has_no_loop_but_its_name():
    segments = annotated(put(BODY, 22, "CUR*BY*USD"))
    stray = segments[21]

    assert (stray.tag, stray.name, stray.loop) == ("CUR", "Currency", "")
    assert [f.code for f in stray.findings] == ["SYN-107"]


def test_findings_without_a_segment_stand_at_st():
    found = Finding.of("MAP-001", "the mapper broke")
    segments = annotate(message(BODY), plan_850(), [found])

    assert segments[0].findings == (found,)


def test_a_missing_se_stands_at_the_end():
    found = Finding.of("ENV-013", "no SE", Where(segment_tag="SE"))
    last = annotate(message(BODY), plan_850(), [found])[-1]

    assert (last.tag, last.present, last.findings) == ("SE", False, (found,))


def test_without_a_table_tags_and_numbers_are_told():
    segments = annotate(message(BODY), None)

    assert [s.tag for s in segments[:3]] == ["ST", "BEG", "CUR"]
    assert {s.name for s in segments} == {""}
    assert [e.number for e in segments[1].elements] == [1, 2, 3, 5]


def test_a_composite_has_its_components():
    segment = tables().segment("004010", "SLN")
    text = "SLN*1**I*4*EA>3>KG"
    unit = annotate_segment(text, Separators(), segment).element(5)

    assert unit is not None
    assert [(p.number, p.data_element, p.value) for p in unit.parts] == [
        (1, "355", "EA"),
        (2, "1018", "3"),
        (3, "649", "KG"),
    ]


def test_a_repeated_element_has_its_repetitions():
    segment = tables().segment("005010", "CTX")
    separators = Separators(repetition="^")
    text = "CTX*TRIGGER>1^PO1-01>17"
    context = annotate_segment(text, separators, segment).element(1)

    assert context is not None
    assert [part.value for part in context.parts] == ["TRIGGER>1", "PO1-01>17"]
    assert [part.value for part in context.parts[1].parts] == ["PO1-01", "17"]


def test_the_separators_in_isa_are_plain_values():
    segment = tables().segment("005010", "ISA")
    separators = Separators(repetition="^")
    text = "ISA*" + "*".join(["x"] * 10) + "^*00501*1*0*P*>"
    isa = annotate_segment(text.replace("x^", "x*^"), separators, segment)

    assert [(e.value, e.parts) for e in isa.elements if e.parts] == []


def test_json_has_what_is_known_and_can_be_dumped():
    body = as_json(
        annotated(put(BODY, 2, "BEG*99*SA*4500001**20260115", out=1)), ENGLISH
    )

    assert json.dumps(body)
    assert body[1]["position"] == 2
    assert body[1]["elements"][0]["findings"][0]["code"] == "SYN-207"
    assert body[1]["elements"][0]["is_code"] is True
    assert "loop" not in body[1]


def test_json_tells_a_missing_segment():
    body = as_json(annotated(BODY[1:]), ENGLISH)

    assert body[1]["missing"] is True
    assert "elements" not in body[1]


def test_text_has_a_line_a_segment_and_a_line_an_element():
    lines = list(as_lines(annotated(BODY)[1:2], ENGLISH))

    assert lines[0].split("  |  ")[0].split() == [
        "2",
        "BEG",
        "Start",
        "of",
        "the",
        "order",
    ]
    assert [line.split()[0] for line in lines[1:]] == [
        "BEG-01",
        "BEG-02",
        "BEG-03",
        "BEG-05",
    ]


def test_text_is_in_the_readers_language():
    french = Language("fr", {"missing here": "manque ici", "reject": "rejet"})
    lines = list(as_lines(annotated(BODY[1:])[1:2], french))

    assert "manque ici" in lines[0]
    assert lines[1].split()[1] == "rejet"


def test_names_are_in_the_readers_language_and_those_unknown_to_it_stay():
    french = Language("fr", {"Start of the order": "En-tête", "Date": "Jour"})
    beg = annotated(BODY)[1:2]
    lines, (body,) = list(as_lines(beg, french)), as_json(beg, french)

    assert "BEG  En-tête  |" in lines[0]
    assert lines[1].split("BEG-01")[1].startswith("    Purpose of the message")
    assert lines[-1].split() == ["BEG-05", "Jour", "20260115"]
    assert body["name"] == "En-tête"
    names = [element["name"] for element in body["elements"]]
    assert (names[0], names[-1]) == ("Purpose of the message", "Jour")


def test_components_are_told_under_their_element():
    segment = tables().segment("004010", "SLN")
    its = annotate_segment("SLN*1**I*4*EA>3", Separators(), segment)
    places = [line.split()[0] for line in as_lines([its], ENGLISH)]

    assert places[-2:] == ["SLN-05-01", "SLN-05-02"]


@pytest.mark.parametrize("bad", ["\x1b[2J", "a\rb", "\x07", "\u2028"])
def test_partner_data_cannot_steer_the_terminal(bad: str):
    assert printable(bad).isprintable()
