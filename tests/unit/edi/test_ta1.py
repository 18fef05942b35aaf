"""The TA1: one code, the first cause; when it is sent; its exact bytes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.edi.events import (
    AcknowledgementRead,
    Fault,
    InterchangeBegun,
    InterchangeEnded,
    Separators,
)
from gateway.edi.numbers import Numbers
from gateway.edi.x12 import ta1
from gateway.findings import CODES, Finding, Severity, Where
from tests.unit.edi.parts import BODY, interchange, read

NOW = dt.datetime(2026, 11, 21, 9, 5, tzinfo=dt.UTC)
NUMBERS = Numbers(interchange=42, group=7, message=3)
GOOD = interchange(BODY)


def found_in(raw: bytes) -> tuple[InterchangeBegun, tuple[Finding, ...]]:
    """The first ISA and the findings of its interchange that are of no group."""
    isa: InterchangeBegun | None = None
    found: list[Finding] = []
    for event in read(raw):
        if isinstance(event, InterchangeBegun):
            isa = event
        elif isinstance(event, Fault):
            found.append(event.finding)
        elif isinstance(event, InterchangeEnded):
            found += event.faults
            break
    assert isa is not None
    return isa, tuple(found)


def said(raw: bytes) -> str:
    """TA104 and TA105."""
    answer = ta1.answer(*found_in(raw))
    return f"{answer.letter} {answer.code}"


def put(element: int, value: str, raw: bytes = GOOD) -> bytes:
    """The good interchange with another ISA element."""
    head, body = raw[:105].decode().split("*"), raw[105:]
    head[element] = value
    return "*".join(head).encode() + body


def test_a_good_interchange_is_accepted_without_error():
    assert said(GOOD) == "A 000"


@pytest.mark.parametrize(
    ("element", "value", "answer"),
    [
        (1, "99", "E 010"),
        (3, "99", "E 012"),
        (5, "XX", "E 005"),
        (7, "XX", "E 007"),
        (9, "261301", "E 014"),
        (10, "2561", "E 015"),
        (11, "X", "E 016"),
        (12, "0040X", "E 017"),
        (13, "00000010X", "R 018"),
        (14, "7", "E 019"),
        (15, "Q", "R 020"),
        (16, "*", "E 027"),
        (16, "A", "E 027"),
    ],
)
def test_each_element_of_isa_has_its_code(element: int, value: str, answer: str):
    assert said(put(element, value)) == answer


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        (b"IEA*1*000000101", b"IEA*1*000000102", "E 001"),
        (b"IEA*1*000000101", b"IEA*2*000000101", "E 021"),
        (b"IEA*1*000000101~\n", b"", "R 023"),
        (b"GE*1*7~\n", b"GE*1*7~\nGE*1*7~\n", "E 022"),
        (b"GS*PO*ACME*SUPPLIER*", b"GS*PO*ACME**", "R 024"),
    ],
)
def test_the_trailer_and_the_nesting_have_theirs(old: bytes, new: bytes, answer: str):
    assert said(GOOD.replace(old, new)) == answer


def test_a_terminator_that_is_the_component_separator_too_is_004():
    assert said(GOOD.replace(b"~\n", b">\n")) == "E 004"


def test_a_bad_repetition_separator_is_022_and_from_005042_on_032():
    assert said(put(12, "00501", put(11, ">"))) == "E 022"
    assert said(put(12, "00403", put(11, ">"))) == "E 022"
    assert said(put(12, "00504", put(11, ">"))) == "E 032"
    assert said(put(12, "00602", put(11, ">"))) == "E 032"


def test_every_code_told_to_00401_and_00501_is_in_their_list():
    isa, _ = found_in(GOOD)
    for version in ("00401", "00501"):
        its = replace(isa, isa=(*isa.isa[:11], version, *isa.isa[12:]))
        rejecting = [Finding.of(code, "", severity=Severity.REJECT) for code in CODES]
        told = {ta1.answer(its, [finding]).code for finding in rejecting}
        assert told <= {f"{n:03d}" for n in range(32)}


def test_the_first_cause_in_the_order_of_the_interchange_is_named():
    both = put(14, "7", put(9, "261301"))
    assert said(both) == "E 014"
    assert ta1.answer(found_in(both)[0], found_in(both)[1][::-1]).code == "014"


def test_a_cause_of_the_rejection_goes_before_an_earlier_error():
    assert said(put(15, "Q", put(9, "261301"))) == "R 020"


def test_of_findings_without_a_place_the_ones_with_a_place_go_first():
    isa, _ = found_in(GOOD)
    nowhere = Finding.of("ENV-002", "")
    placed = Finding.of("ENV-006", "", Where(byte_offset=900))
    assert ta1.answer(isa, [nowhere, placed]).code == "021"


def test_warnings_and_notes_are_not_told():
    isa, _ = found_in(GOOD)
    found = [Finding.of(code, "") for code in ("WIRE-006", "ENV-080", "ENV-081")]
    assert ta1.answer(isa, found).code == "000"


def test_a_rejection_without_a_code_of_its_own_is_told_as_content():
    isa, _ = found_in(GOOD)
    answer = ta1.answer(isa, [Finding.of("WIRE-013", "")])
    assert (answer.letter, answer.code) == ("R", "024")


def test_the_number_of_a_duplicate_is_told_as_025():
    isa, _ = found_in(GOOD)
    assert ta1.answer(isa, [Finding.of("ENV-001", "")]).code == "025"


DUE = {
    # ISA14: accepted, with errors, rejected
    "0": (False, False, False),
    "1": (True, True, True),
    "2": (False, False, True),
    "3": (False, True, True),
    "9": (False, False, False),
}
FOUND = ((), (Finding.of("ENV-002", ""),), (Finding.of("ENV-008", ""),))


@pytest.mark.parametrize("requested", sorted(DUE))
def test_isa14_says_when_it_is_sent(requested: str):
    isa, _ = found_in(put(14, requested))
    assert tuple(ta1.is_due(isa, found) for found in FOUND) == DUE[requested]


def test_the_partner_setting_sends_it_for_every_rejection():
    isa, _ = found_in(GOOD)
    due = [ta1.is_due(isa, found, when_rejecting=True) for found in FOUND]
    assert due == [False, False, True]


def test_a_ta1_is_never_answered():
    isa, _ = found_in(put(14, "1"))
    assert not ta1.is_due(isa, FOUND[2], only_ta1=True, when_rejecting=True)


def test_an_interchange_without_a_number_cannot_be_answered():
    isa, found = found_in(put(14, "1", put(13, " " * 9)))
    assert not ta1.is_due(isa, found, when_rejecting=True)


def test_only_a_rejected_interchange_gets_no_997():
    isa, _ = found_in(GOOD)
    assert [ta1.stops_997(isa, found) for found in FOUND] == [False, False, True]


def written(raw: bytes) -> bytes:
    isa, found = found_in(raw)
    draft = ta1.draft(isa, found, ta1.envelope(isa))
    return draft.finish(NUMBERS, NOW)


def test_the_answer_is_an_interchange_of_one_ta1_and_no_group():
    bad = put(14, "1", GOOD.replace(b"IEA*1*000000101", b"IEA*1*000000102"))
    assert written(bad) == (
        b"ISA*00*          *00*          *01*SUPPLIER       *ZZ*ACME           "
        b"*261121*0905*U*00401*000000042*0*P*>~\n"
        b"TA1*000000101*260115*0900*E*001~\n"
        b"IEA*0*000000042~\n"
    )


def test_our_own_reader_finds_nothing_wrong_with_it():
    events = read(written(GOOD))
    (answer,) = (e for e in events if isinstance(e, AcknowledgementRead))
    assert answer.ta1 == ("000000101", "260115", "0900", "A", "000")
    assert found_in(written(GOOD))[1] == ()


def test_it_takes_no_group_and_no_message_number():
    isa, _ = found_in(GOOD)
    draft = ta1.draft(isa, (), ta1.envelope(isa))
    assert (draft.kind, draft.message_count) == ("x12_ta1", 0)


def test_usage_version_and_separators_follow_the_interchange():
    raw = put(15, "T", put(12, "00501", put(11, "^"))).replace(b"*", b"|")
    answer = written(raw)
    assert answer[81:106] == b"|^|00501|000000042|0|T|>~"
    assert b"TA1|000000101|260115|0900|A|000~" in answer


def test_a_number_that_was_not_padded_gets_its_nine_digits():
    assert b"\nTA1*000000101*" in written(put(13, "101      "))


def test_a_malformed_number_is_repeated_as_it_came():
    assert b"\nTA1*00000010X*260115*0900*R*018~" in written(put(13, "00000010X"))


def test_what_cannot_be_repeated_is_put_right():
    isa, _ = found_in(put(15, "Q", put(12, "0040X")))
    its = ta1.envelope(isa)
    assert (its.interchange_version, its.usage) == ("00401", "P")


@pytest.mark.parametrize(
    ("separators", "mended"),
    [
        (Separators(component="*"), Separators()),
        (Separators(component=""), Separators()),
        (Separators(terminator="Z"), Separators(suffix="\n")),
        (Separators(repetition="~"), Separators(repetition="^")),
        (
            Separators(element=">", component=">", terminator="~", suffix="\r\n"),
            Separators(element=">", component="|", terminator="~", suffix="\r\n"),
        ),
    ],
)
def test_separators_that_clash_are_not_used_in_the_answer(
    separators: Separators, mended: Separators
):
    isa, _ = found_in(GOOD)
    its = ta1.envelope(replace(isa, separators=separators))
    assert its.separators == mended


def test_a_pair_of_line_ends_is_a_good_terminator():
    isa, _ = found_in(GOOD)
    pair = Separators(terminator="\r\n")
    assert ta1.envelope(replace(isa, separators=pair)).separators == pair
