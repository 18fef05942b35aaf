"""CONTRL from findings: every row of ISO 9735-4's table of answers, code and place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.edi.edifact.contrl import (
    Codes,
    ContrlRow,
    Form,
    GroupSaid,
    InterchangeSaid,
    MessageSaid,
    rows,
)
from gateway.edi.edifact.events import Row, UnbRead, UngRead, segment_of
from gateway.edi.events import Separators
from gateway.findings import Finding, Severity, Where

MARKS = Separators(
    element="+", component=":", repetition="", terminator="'", release="?"
)
UNB = "UNB+UNOC:3+5412345678908:14+8798765432106:14+261122:0800+IR77++ORDERS++1"
UNH = "UNH+M1+ORDERS:D:96A:UN:EAN008"


def row(text: str) -> Row:
    return segment_of(text, MARKS)


def said(*messages: MessageSaid, findings: tuple[Finding, ...] = ()) -> InterchangeSaid:
    return InterchangeSaid(unb=unb(), messages=messages, findings=findings)


def unb(text: str = UNB) -> UnbRead:
    return UnbRead(unb=row(text), separators=MARKS, byte_offset=0, encoding="latin-1")


def at(
    code: str,
    tag: str = "",
    position: int = 0,
    element: int = 0,
    component: int = 0,
    *,
    severity: Severity | None = None,
) -> Finding:
    where = Where(
        segment_tag=tag,
        segment_position=position,
        element=element,
        component=component,
    )
    return Finding.of(code, "something", where, severity=severity)


def message(*findings: Finding, unh: str = UNH) -> MessageSaid:
    return MessageSaid(unh=row(unh), findings=findings)


def text(made: tuple[ContrlRow, ...]) -> list[str]:
    return [
        "+".join(v if isinstance(v, str) else ":".join(v) for v in one) for one in made
    ]


def below(finding: Finding, codes: Codes = "v3.1") -> list[str]:
    """The rows under UCI for one message with this finding."""
    return text(rows(said(message(finding)), Form(codes=codes)))[1:]


UCI = "UCI+IR77+5412345678908:14+8798765432106:14"
UCM = "UCM+M1+ORDERS:D:96A:UN:EAN008"


def test_a_good_interchange_is_one_uci_that_repeats_both_parties_as_received():
    assert text(rows(said(message()), Form())) == [f"{UCI}+7"]


def test_good_messages_are_named_where_the_partner_wants_each():
    made = rows(said(message(), message()), Form(every=True))
    assert text(made) == [f"{UCI}+7", f"{UCM}+7", f"{UCM}+7"]


def test_before_content_is_looked_at_only_the_receipt_is_said():
    bad = said(message(at("SYN-107", "BGM", 2)))
    assert text(rows(bad, Form(received=True))) == [f"{UCI}+8"]


def test_one_bad_message_is_rejected_and_the_good_ones_are_not_named():
    made = rows(said(message(), message(at("SYN-107", "DTM", 4))), Form())
    assert text(made) == [f"{UCI}+7", f"{UCM}+4", "UCS+4+15"]


@pytest.mark.parametrize(
    ("finding", "answer"),
    [
        (at("SYN-101", "XYZ", 5), ["UCS+5+15"]),
        (at("SYN-107", "BGM", 7), ["UCS+7+15"]),
        (at("SYN-103", "DTM", 3), ["UCS+2+13"]),  # of the last one before the gap
        (at("SYN-201", "BGM", 2, 2), ["UCS+2", "UCD+13+3"]),
        (at("SYN-201", "DTM", 3, 1, 2), ["UCS+3", "UCD+13+2:2"]),
        (at("SYN-205", "BGM", 2, 2), ["UCS+2", "UCD+39+3"]),
        (at("SYN-204", "DTM", 3, 1, 2), ["UCS+3", "UCD+40+2:2"]),
        (at("SYN-206", "LIN", 9, 1), ["UCS+9", "UCD+37+2"]),
        (at("SYN-207", "BGM", 2, 1, 1), ["UCS+2", "UCD+12+2:1"]),
        (at("SYN-203", "BGM", 2), ["UCS+2+16"]),
        (at("SYN-213", "BGM", 2, 1), ["UCS+2", "UCD+16+2"]),
    ],
)
def test_what_is_found_in_a_message_is_told_where_it_is(finding, answer):
    assert below(finding) == [f"{UCM}+4", *answer]


@pytest.mark.parametrize(
    ("finding", "answer"),
    [
        (at("ENV-011", "UNT", 20, 1), "29+UNT+2"),
        (at("ENV-010", "UNT", 20, 2), "28+UNT+3"),
        (at("ENV-012", "UNH", 1, 2), "17+UNH+3"),
        (at("ENV-018", "UNH", 1, 1), "26+UNH+2"),
        (at("ENV-013", "UNT", 0), "13+UNT"),
    ],
)
def test_what_is_wrong_with_the_message_as_a_whole_is_told_in_ucm(finding, answer):
    assert below(finding) == [f"{UCM}+4+{answer}"]


@pytest.mark.parametrize(
    ("finding", "answer"),
    [
        (at("ENV-008", "UNZ"), "13+UNZ"),
        (at("ENV-006", "UNZ", 0, 1, severity=Severity.REJECT), "29+UNZ+2"),
        (at("ENV-002", "UNZ", 0, 2, severity=Severity.REJECT), "28+UNZ+3"),
        (at("ENV-001", "UNB", 0, 5), "26+UNB+6"),
        (at("ENV-301", "UNB", 0, 1, 2), "2+UNB+2:2"),
        (at("ENV-303", "UNG", 0, severity=Severity.REJECT), "30+UNG"),
    ],
)
def test_a_fault_of_the_interchange_stops_everything_below(finding, answer):
    bad = said(message(at("SYN-107", "BGM", 2)), findings=(finding,))
    assert text(rows(bad, Form())) == [f"{UCI}+4+{answer}"]


def test_a_segments_own_fault_and_those_of_its_elements_get_a_ucs_each():
    bad = message(
        at("SYN-205", "BGM", 2, 2),
        at("SYN-107", "BGM", 2),
        at("SYN-201", "BGM", 2, 1, 1),
        at("SYN-206", "LIN", 9, 1),
    )
    assert text(rows(said(bad), Form()))[1:] == [
        f"{UCM}+4",
        "UCS+2+15",
        "UCS+2",
        "UCD+39+3",
        "UCD+13+2:1",
        "UCS+9",
        "UCD+37+2",
    ]


def test_warnings_and_business_findings_are_never_told():
    noted = message(
        at("SYN-103", "UNS", 9, severity=Severity.WARNING),
        at("SYN-107", "BGM", 2),
        at("CAT-101", "LIN", 5),
    )
    assert text(rows(said(noted), Form()))[1:] == [f"{UCM}+4", "UCS+2+15"]


def test_a_rejected_message_always_says_why():
    assert below(at("SYN-107", severity=Severity.REJECT)) == [f"{UCM}+4+15"]
    assert below(at("IMP-117", "LIN", 4))[1:] != []


@pytest.mark.parametrize(
    ("finding", "codes", "answer"),
    [
        (at("SYN-222", "QTY", 5, 1, 2), "v4", "UCD+37+2:2"),
        (at("SYN-105", "DTM", 5), "v3.1", "UCS+5+35"),
        (at("SYN-105", "DTM", 5), "v4", "UCS+5+35"),
        (at("SYN-104", "LIN", 5), "v3.1", "UCS+5+36"),
        (at("SYN-202", "PRI", 5), "v3.1", "UCS+5+18"),
        (at("SYN-202", "PRI", 5), "v4", "UCS+5+48"),
    ],
)
def test_a_code_that_a_list_or_segment_lacks_is_said_otherwise(finding, codes, answer):
    assert below(finding, codes)[-1] == answer


def test_no_form_ever_says_a_code_that_its_segment_may_not_carry():
    lists: tuple[Codes, ...] = ("v3", "v3.1", "v4", "eancom97", "eancom2002")
    for codes in lists:
        form = Form(codes=codes)
        for carrier in ("UCI", "UCF", "UCM", "UCS", "UCD"):
            assert "18" in form.may(carrier)
        assert not {"45", "46", "47", "48"} & set(form.may("UCD")) or codes == "v4"
    assert "3" in Form(codes="eancom2002").may("UCM")
    assert "3" not in Form(codes="eancom97").may("UCM")
    assert "39" not in Form(codes="v3.1").may("UCS")


def test_repetitions_are_told_in_version_4_alone():
    finding = at("SYN-205", "PIA", 6, 2, 1)
    finding = replace(finding, where=replace(finding.where, repetition=3))
    assert below(finding, "v4")[-1] == "UCD+39+3:1:3"
    assert below(finding, "v3.1")[-1] == "UCD+39+3:1"


GROUP = "UNG+ORDERS+5412345678908:14+8798765432106:14+261122:0800+G5+UN+D:96A"


def grouped(*messages: MessageSaid, findings: tuple[Finding, ...] = ()) -> GroupSaid:
    ung = UngRead(ung=row(GROUP), byte_offset=60)
    return GroupSaid(ung=ung, messages=messages, findings=findings)


def test_messages_in_groups_are_told_below_ucf_and_good_groups_are_not_named():
    bad = grouped(message(at("SYN-107", "BGM", 2)))
    both = InterchangeSaid(unb=unb(), groups=(grouped(message()), bad))
    ucf = "UCF+G5+5412345678908:14+8798765432106:14"
    assert text(rows(both, Form())) == [
        f"{UCI}+7",
        f"{ucf}+7",
        f"{UCM}+4",
        "UCS+2+15",
    ]
    refused = grouped(
        message(), findings=(at("ENV-066", "UNG", 0, 5, severity=Severity.REJECT),)
    )
    one = InterchangeSaid(unb=unb(), groups=(refused,))
    assert text(rows(one, Form()))[1] == f"{ucf}+4+26+UNG+6"


def test_acknowledgements_are_not_answered_unless_it_was_agreed_on():
    contrl = message(unh="UNH+1+CONTRL:D:3:UN")
    aperak = message(unh="UNH+2+APERAK:D:96A:UN")
    assert not said(contrl, aperak).answerable()
    assert said(contrl, aperak).answerable(aperak=True)
    assert not said(contrl).answerable(aperak=True)
    assert said(contrl, message()).answerable()
    assert said().answerable()
    nameless = InterchangeSaid(unb=unb("UNB+UNOC:3"))
    assert not nameless.answerable()


def test_the_form_follows_the_syntax_version_where_nothing_is_agreed():
    assert Form.of_syntax(3).identifier == ("CONTRL", "D", "3", "UN")
    assert Form.of_syntax(2).codes == "v3.1"
    assert Form.of_syntax(4).identifier == ("CONTRL", "4", "1", "UN")
    assert Form.of_syntax(4).codes == "v4"


def test_rows_below_a_level_are_as_many_as_the_standard_has_room_for():
    many = [at("SYN-107", "DTM", n) for n in range(2, 1200)]
    assert len(rows(said(message(*many)), Form())) == 2 + 999
    wide = [at("SYN-205", "DTM", 3, n) for n in range(1, 150)]
    assert len(rows(said(message(*wide)), Form())) == 3 + 99
