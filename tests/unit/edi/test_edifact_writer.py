"""EDIFACT interchanges as they leave: envelope, service characters, letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.edi.edifact.events import UnbRead
from gateway.edi.edifact.writer import (
    COMMON,
    Draft,
    Envelope,
    Identifier,
    Pen,
    Repeated,
    Row,
    agreed,
    answering,
)
from gateway.edi.events import Separators
from gateway.edi.numbers import Numbers
from gateway.partner import Profile
from tests.unit.edi.edifact_parts import UNB, interchange, read

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
NUMBERS = Numbers(interchange=7, group=3, message=1)
OURS, THEIRS = ("4012345500004", "14"), ("5412345000013", "14")
PLAIN = Envelope(sender=OURS, receiver=THEIRS, una=False)


def pen(**changes: object) -> Pen:
    return Pen(replace(PLAIN, **changes))  # type: ignore[arg-type]  # of Envelope


def draft(envelope: Envelope = PLAIN, *rows: Row) -> Draft:
    identifier = Identifier.of("ORDRSP", "D96A", "EAN005")
    body = rows or (("BGM", "231", "R1", "29"),)
    return Draft(
        kind="edifact_ordrsp", envelope=envelope, messages=((identifier, body),)
    )


def written(envelope: Envelope = PLAIN, *rows: Row) -> list[str]:
    return draft(envelope, *rows).finish(NUMBERS, NOW).decode("latin-1").split("\n")


def test_an_interchange_has_its_envelope_and_counts():
    assert written() == [
        "UNB+UNOC:3+4012345500004:14+5412345000013:14+260115:0900+7'",
        "UNH+1+ORDRSP:D:96A:UN:EAN005'",
        "BGM+231+R1+29'",
        "UNT+3+1'",
        "UNZ+1+7'",
        "",
    ]


def test_what_unb_may_say_stands_in_its_place():
    envelope = replace(
        PLAIN,
        receiver=(*THEIRS, "DEPT"),
        application="ORDRSP",
        ack_request="1",
        agreement="A",
        test="1",
    )
    assert written(envelope)[0] == (
        "UNB+UNOC:3+4012345500004:14+5412345000013:14:DEPT+260115:0900+7++ORDRSP"
        "++1+A+1'"
    )
    assert envelope.series == "14:4012345500004>14:5412345000013#1"


def test_syntax_4_has_eight_digits_and_repetitions():
    lines = written(replace(PLAIN, syntax=4), ("COM", Repeated((("1", "TE"), "2"))))
    assert lines[0].startswith("UNB+UNOC:4+")
    assert "+20260115:0900+" in lines[0]
    assert lines[2] == "COM+1:TE*2'"
    assert pen().segment(("COM", Repeated((("1", "TE"), "2")))) == "COM+1:TE+2'\n"


def test_a_group_stands_around_its_messages():
    lines = written(replace(PLAIN, grouped=True))
    assert lines[1] == (
        "UNG+ORDRSP+4012345500004:14+5412345000013:14+260115:0900+3+UN+D:96A:EAN005'"
    )
    assert lines[-3:] == ["UNE+1+3'", "UNZ+1+7'", ""]


def test_una_is_written_where_it_is_wanted_or_needed():
    marks = replace(COMMON, decimal=",")
    assert pen().una == ""
    assert pen(una=True).una == "UNA:+.? '\n"
    assert pen(separators=marks).una == "UNA:+,? '\n"
    assert pen(separators=marks, syntax=4).una == "UNA:+,?*'\n"
    assert pen(separators=replace(COMMON, release="", suffix="")).una == "UNA:+.  '"


@pytest.mark.parametrize(
    ("row", "segment"),
    [
        (("RFF", ("ON", "A+B:C'D?")), "RFF+ON:A?+B?:C?'D??'\n"),
        (("RFF", ("ON", "A:", "")), "RFF+ON:A?:'\n"),
        (("BGM", "220", "", ""), "BGM+220'\n"),
        (("BGM", ("", "", "9"), "", "x"), "BGM+::9++x'\n"),
        (("BGM", ("", ""), "x"), "BGM++x'\n"),
        (("QTY", ("21", Decimal("1.50"))), "QTY+21:1.50'\n"),
        (("QTY", ("21", Decimal("1E+3"))), "QTY+21:1000'\n"),
        (("QTY", ("21", Decimal("-0.5"))), "QTY+21:-0.5'\n"),
        (("FTX", "a\nb\x07"), "FTX+a b '\n"),
    ],
)
def test_a_segment_is_released_and_as_short_as_it_can_be(row: Row, segment: str):
    assert pen().segment(row) == segment


def test_numbers_have_the_decimal_mark_that_una_names():
    by_comma = pen(separators=replace(COMMON, decimal=","))
    row = ("QTY", ("21", Decimal("1.5")))
    assert by_comma.segment(row) == "QTY+21:1,5'\n"


def test_what_is_no_text_is_written_as_a_blank():
    assert pen().segment(("FTX", "a\tb\x85c\xa0d\xade")) == "FTX+a b c d e'\n"


def test_without_a_release_character_a_service_character_is_a_blank():
    bare = pen(separators=replace(COMMON, release=""))
    assert bare.segment(("FTX", "a+b:c'd?e")) == "FTX+a b c d?e'\n"


@pytest.mark.parametrize(
    ("charset", "text", "expected"),
    [
        ("UNOA", "Käse & Co", "KASE & CO"),
        ("UNOB", "Käse #1", "Kase .1"),
        ("UNOC", "Käse Łódź €", "Käse Lódz EUR"),
        ("UNOC", "日", "."),
        ("UNOW", "Łódź 日", "Łódź 日"),
    ],
)
def test_what_the_character_set_lacks_is_written_in_other_letters(
    charset: str, text: str, expected: str
):
    assert pen(charset=charset).segment(("FTX", text)) == f"FTX+{expected}'\n"


def test_an_answer_swaps_the_parties_and_keeps_the_rest():
    una = "UNA:+,? '"
    unb = UNB.replace("UNOC:3", "UNOB:2") + "++1++1"
    (begun, *_) = read(interchange(unb=unb, una=una))
    assert isinstance(begun, UnbRead)
    envelope = answering(begun)
    assert (envelope.sender[:2], envelope.receiver[:2]) == (OURS, THEIRS)
    assert (envelope.syntax, envelope.charset, envelope.test) == (2, "UNOB", "1")
    assert envelope.separators.decimal == ","
    assert envelope.ack_request == ""
    assert envelope.una


def test_service_characters_that_cannot_be_used_are_not_repeated():
    (begun, *_) = read(interchange(una="UNA::.? '"))
    assert isinstance(begun, UnbRead)
    assert answering(begun).separators == COMMON


@pytest.mark.parametrize("role", ["element", "terminator", "release", "decimal"])
def test_service_characters_that_no_common_set_has_are_not_repeated(role: str):
    (begun, *_) = read(interchange(unb=UNB.replace("UNOC:3", "UNOA:3")))
    assert isinstance(begun, UnbRead)
    odd = replace(begun, separators=replace(begun.separators, **{role: "\x96"}))
    assert answering(odd).separators == COMMON


def test_the_profile_says_how_we_write_on_our_own():
    profile = Profile.model_validate(
        {
            "schema": "1",
            "id": "grocer",
            "name": "Grocer",
            "stage": "live",
            "identities": {"edifact": {"qualifier": "14", "id": THEIRS[0]}},
            "us": {"edifact": [{"qualifier": "14", "id": OURS[0], "internal": "X"}]},
            "edifact": {"syntax": "4", "charset": "UNOB", "decimal": ",",
                        "repetition_separator": "%", "una": "needed"},
        }
    )  # fmt: skip
    envelope = agreed(profile, test=True)
    assert envelope.sender == (*OURS, "X")
    assert envelope.receiver == (*THEIRS, "")
    assert (envelope.syntax, envelope.charset, envelope.test) == (4, "UNOB", "1")
    assert Pen(envelope).una == "UNA:+,?%'\n"


def test_the_usual_separators_are_those_of_the_standard():
    assert (
        Separators(
            element="+",
            component=":",
            terminator="'",
            release="?",
            decimal=".",
            suffix="\n",
        )
        == COMMON
    )
