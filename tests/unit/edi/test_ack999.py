"""The 999: codes of guides, contexts, references, and what it shares with the 997."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest

from gateway.edi.events import (
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    MessageRead,
)
from gateway.edi.plan import plan
from gateway.edi.relations import Relations
from gateway.edi.validate import Validator
from gateway.edi.x12 import ack997, ack999
from gateway.edi.x12.ack999 import SetOutcome, contexts, drafts
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict
from gateway.partner.guide import Guide
from tests.unit.edi.parts import (
    BODY,
    GS,
    NOW,
    NUMBERS,
    interchange,
    put,
    read,
    schema,
)

BODY_5010 = tuple(s.replace("MSG*", "MTX**") for s in BODY)
"""A good 850 of 005010 between ST and SE; the places are those of ``BODY``."""
GS_5010 = GS.replace("004010", "005010")
LINE = "PO1*1*10*EA*12.5*PE*VP*W-1"


def interchange_5010(*bodies: Iterable[str], gs: str = GS_5010) -> bytes:
    raw = interchange(*bodies, gs=gs)
    return raw.replace(b"*U*00401*", b"*^*00501*")


@cache
def standard() -> Validator:
    return Validator(plan(schema("850", "005010"), None, message="x12_850"))


def guided_5010(**rules: object) -> Validator:
    guide = Guide.model_validate(rules)
    return Validator(plan(schema("850", "005010"), guide, message="x12_850"))


def outcomes(
    raw: bytes, judge: Validator | None = None
) -> tuple[InterchangeBegun, list[ack997.GroupOutcome]]:
    """The first interchange and what became of its groups, contexts included."""
    judge = judge or standard()
    isa: InterchangeBegun | None = None
    group: GroupBegun | None = None
    sets: list[SetOutcome] = []
    noted: list[Finding] = []
    found: list[ack997.GroupOutcome] = []
    for event in read(raw):
        if isinstance(event, InterchangeBegun):
            isa = isa or event
        elif isinstance(event, GroupBegun):
            group, sets, noted = event, [], []
        elif isinstance(event, Fault):
            noted.append(event.finding)
        elif isinstance(event, MessageRead):
            sets.append(outcome_of(event, judge))
        elif isinstance(event, GroupEnded) and group is not None:
            found.append(
                ack997.GroupOutcome(
                    group=group,
                    sets=tuple(sets),
                    stated=event.trailer[0] if event.trailer else "",
                    findings=(*noted, *event.faults),
                )
            )
    assert isa is not None
    return isa, found


def outcome_of(message: MessageRead, judge: Validator) -> SetOutcome:
    findings = judge.validate(message)
    st = message.elements(1)
    return SetOutcome(
        type=message.type,
        control_number=message.control_number,
        findings=findings,
        reference=st[3] if len(st) > 3 else "",
        contexts=contexts(message, judge.plan.schema, findings),
    )


def acknowledged_999(
    raw: bytes,
    judge: Validator | None = None,
    *,
    missing_at_last: bool = False,
    reference: str = "",
) -> bytes:
    """The bytes of the 999 that answers the first interchange."""
    isa, groups = outcomes(raw, judge)
    made = drafts(isa, groups, missing_at_last=missing_at_last, reference=reference)
    return b"".join(draft.finish(NUMBERS, NOW) for draft in made)


def lines_of(answer: bytes) -> list[str]:
    """The segments of a 999 between ST and SE."""
    lines = answer.decode("latin-1").split("~\n")
    return [line for line in lines if line[:2] in ("AK", "IK", "CT")]


def answer(body: Iterable[str], judge: Validator | None = None) -> list[str]:
    return lines_of(acknowledged_999(interchange_5010(body), judge))


def rejected(*lines: str, code: str = "5") -> list[str]:
    head = ["AK1*PO*7*005010", "AK2*850*0001"]
    return [*head, *lines, f"IK5*R*{code}", "AK9*R*1*1*0"]


def test_a_good_850_is_accepted_in_these_bytes():
    assert acknowledged_999(interchange_5010(BODY_5010)) == (
        b"ISA*00*          *00*          *01*SUPPLIER       *ZZ*ACME           "
        b"*260116*0930*^*00501*000000001*0*P*>~\n"
        b"GS*FA*SUPPLIER*ACME*20260116*0930*1*X*005010~\n"
        b"ST*999*0001~\nAK1*PO*7*005010~\nAK2*850*0001~\nIK5*A~\nAK9*A*1*1*1~\n"
        b"SE*6*0001~\nGE*1*1~\nIEA*1*000000001~\n"
    )


# What the guide asks: DE 620 and 621.

REQUIRED = guided_5010(require=[{"at": "PER"}])
VALUED = guided_5010(require=[{"at": "REF-01", "value": "IV"}])
UNUSED = guided_5010(forbid=[{"at": "CUR"}])
FEWER = guided_5010(max_use=[{"at": "PO1", "max": 2}])
ELEMENT = guided_5010(require=[{"at": "PO1/PID-08"}])
UNUSED_ELEMENT = guided_5010(forbid=[{"at": "PO1-05"}])
LOOP = guided_5010(require=[{"at": "SAC"}])
NARROW = guided_5010(narrow=[{"at": "BEG-02", "values": ["NE"]}])
SHORT = guided_5010(widen=[{"at": "BEG-03", "max": "3"}])
LONG = guided_5010(widen=[{"at": "BEG-03", "min": "12"}])
ORDER = "CTX*BEG03>4500001"

GUIDED = [
    pytest.param(REQUIRED, ["IK3*PER*5**I8", ORDER], id="ik304_I8_required"),
    pytest.param(VALUED, ["IK3*REF*5**I8", ORDER], id="ik304_I8_with_value"),
    pytest.param(LOOP, ["IK3*SAC*5**I7", ORDER], id="ik304_I7_loop_required"),
    pytest.param(UNUSED, ["IK3*CUR*3**I4", ORDER], id="ik304_I4_not_used"),
    pytest.param(FEWER, ["IK3*PO1*18**4", "CTX*PO101>3"], id="ik304_4_loop_max"),
    pytest.param(NARROW, ["IK3*BEG*2**8", ORDER, "IK4*2*92*I6*SA"], id="ik403_I6_code"),
    pytest.param(
        SHORT, ["IK3*BEG*2**8", ORDER, "IK4*3*324*5*4500001"], id="ik403_5_guide"
    ),
    pytest.param(
        LONG, ["IK3*BEG*2**8", ORDER, "IK4*3*324*4*4500001"], id="ik403_4_guide"
    ),
]


@pytest.mark.parametrize(("judge", "lines"), GUIDED)
def test_what_a_guide_asks_is_told_in_its_own_codes(judge: Validator, lines: list[str]):
    assert answer(BODY_5010, judge) == rejected(*lines)


def test_ik403_i10_element_that_the_guide_does_not_use():
    lines = answer(BODY_5010, UNUSED_ELEMENT)
    assert lines[2:5] == ["IK3*PO1*12**8", "CTX*PO101>1", "IK4*5*639*I10*PE"]


def test_ik403_i9_element_that_the_guide_requires():
    lines = answer(BODY_5010, ELEMENT)
    assert lines[2:5] == ["IK3*PID*13**8", "CTX*PO101>1", "IK4*8*1073*I9"]


# What the standard asks: as in the 997.

STANDARD = [
    pytest.param(put(BODY_5010, 5, "QQQ*1"), [], id="ik304_1_no_ik3"),
    pytest.param(
        put(BODY_5010, 2, out=1), ["IK3*BEG*2**3"], id="ik304_3_missing_segment"
    ),
    pytest.param(
        put(BODY_5010, 5, *["SAC*A*C310***100"] * 26),
        ["IK3*SAC*30**4", ORDER],
        id="ik304_4_loop_over_max",
    ),
    pytest.param(
        put(BODY_5010, 4, "CUR*SE*USD"),
        ["IK3*CUR*4**5", ORDER],
        id="ik304_5_segment_over_max",
    ),
    pytest.param(
        put(BODY_5010, 5, "BAK*00*AC*1*20260115"),
        ["IK3*BAK*5**6", ORDER],
        id="ik304_6_not_in_set",
    ),
    pytest.param(
        put(BODY_5010, 2, BODY_5010[1], BODY_5010[0], out=2),
        ["IK3*CUR*2**7", ORDER],
        id="ik304_7_out_of_sequence",
    ),
    pytest.param(
        put(BODY_5010, 2, "BEG*00*SA***20260115", out=1),
        ["IK3*BEG*2**8", "IK4*3*324*1"],
        id="ik403_1_missing",
    ),
    pytest.param(
        put(BODY_5010, 12, "PO1*1*1,5*EA*12.5*PE*VP*W-1", out=1),
        ["IK3*PO1*12**8", "CTX*PO101>1", "IK4*2*380*6*1,5"],
        id="ik403_6_character",
    ),
    pytest.param(
        put(BODY_5010, 2, "BEG*00*SA*4500001**20261315", out=1),
        ["IK3*BEG*2**8", ORDER, "IK4*5*373*8*20261315"],
        id="ik403_8_date",
    ),
]


@pytest.mark.parametrize(("body", "lines"), STANDARD)
def test_what_the_standard_asks_is_told_as_in_the_997(
    body: list[str], lines: list[str]
):
    assert answer(body) == rejected(*lines)


# Contexts.


def test_a_broken_pair_names_the_element_that_called_for_the_other():
    body = put(BODY_5010, 12, "PO1*1*10*EA*12.5*PE*VP", out=1)
    assert answer(body) == rejected(
        "IK3*PO1*12**8",
        "CTX*PO101>1",
        "IK4*7*234*2",
        "CTX*SITUATIONAL TRIGGER*PO1*12**6*235",
    )


def test_of_elements_that_exclude_each_other_the_first_is_named():
    body = put(BODY_5010, 11, "N4*SPRINGFIELD*IL*62701*US***IL", out=1)
    assert answer(body) == rejected(
        "IK3*N4*11**8",
        ORDER,
        "IK4*7*1715*10*IL",
        "CTX*SITUATIONAL TRIGGER*N4*11**2*156",
    )


def test_where_one_of_several_would_do_nothing_called_for_it():
    body = put(BODY_5010, 5, "DTM*002", out=1)
    assert answer(body) == rejected("IK3*DTM*5**8", ORDER, "IK4*2*373*2")


def test_a_component_names_the_component_that_called_for_it():
    body = put(BODY_5010, 4, "REF*DP*038**PO>1>DP", out=1)
    assert answer(body) == rejected(
        "IK3*REF*4**8",
        ORDER,
        "IK4*4>4*127*2",
        "CTX*SITUATIONAL TRIGGER*REF*4**4>3*128",
    )


WHERE_AGREED = {"when": {"at": "PO1-04"}, "why": "prices of a contract"}


def related(**rule: object) -> Validator:
    """A judge with one rule of the guide that joins places."""
    guide = Guide.model_validate({"relate": [WHERE_AGREED | rule]})
    laid = plan(schema("850", "005010"), guide, message="x12_850")
    return Validator(laid, Relations(guide.relate, (), laid))


ONE_LINE = (*BODY_5010[:13], "CTT*1")
PRICED = "CTX*SITUATIONAL TRIGGER*PO1*12**4*212"


def test_ik304_i6_segment_missing_that_the_guide_wants_in_this_case():
    assert answer(ONE_LINE, related(require="PO1/DTM")) == rejected(
        "IK3*DTM*15**I6", PRICED, "CTX*PO101>1"
    )


def test_ik304_i9_segment_that_the_guide_does_not_use_in_this_case():
    assert answer(ONE_LINE, related(forbid="PO1/PO4")) == rejected(
        "IK3*PO4*14**I9", PRICED, "CTX*PO101>1"
    )


def test_ik403_i9_element_missing_that_the_guide_wants_in_this_case():
    assert answer(ONE_LINE, related(require="PO1-08")) == rejected(
        "IK3*PO1*12**8", "CTX*PO101>1", "IK4*8*235*I9", PRICED
    )


def test_ik403_i13_element_that_the_guide_does_not_use_in_this_case():
    assert answer(ONE_LINE, related(forbid="PO1-05")) == rejected(
        "IK3*PO1*12**8", "CTX*PO101>1", "IK4*5*639*I13*PE", PRICED
    )


def test_ik403_i6_code_that_the_guide_does_not_list_in_this_case():
    value = {"at": "PO1-05", "value": "TE"}
    assert answer(ONE_LINE, related(require=value)) == rejected(
        "IK3*PO1*12**8", "CTX*PO101>1", "IK4*5*639*I6*PE", PRICED
    )


def test_a_segment_of_a_line_names_the_line_and_one_of_the_heading_the_order():
    body = put(BODY_5010, 16, "PID*Q", out=1)
    body = put(body, 5, "DTM*002*20260230", out=1)
    lines = [line for line in answer(body) if line.startswith("CTX")]
    assert lines == [ORDER, "CTX*PO101>2"]


def test_a_segment_missing_in_the_heading_does_not_take_the_line_at_its_place():
    judge = guided_5010(
        require=[{"at": "N1-01", "value": "BT"}],
        narrow=[{"at": "PO1-03", "values": ["CA"]}],
    )
    lines = answer(BODY_5010, judge)
    first = lines.index("IK3*N1*12**I7")
    assert lines[first + 1 : first + 4] == [ORDER, "IK3*PO1*12**8", "CTX*PO101>1"]


def test_a_line_without_a_number_has_no_context():
    body = put(BODY_5010, 12, "PO1**x*EA*12.5*PE*VP*W-1", out=1)
    assert answer(body) == rejected("IK3*PO1*12**8", "IK4*2*380*6*x")


def test_separators_and_length_of_a_context_are_those_of_the_standard():
    body = put(BODY_5010, 12, f"PO1*{'A|B' * 6}*x*EA*12.5*PE*VP*W-1", out=1)
    raw = interchange_5010(body).replace(b"~\n", b"|\n").replace(b"A|B", b"A<B")
    assert b"CTX*PO101>A<BA<BA<BA<BA<BA<B|" in acknowledged_999(raw)


def test_a_set_that_has_no_business_unit_has_triggers_only():
    (message,) = (
        e for e in read(interchange_5010(BODY_5010)) if isinstance(e, MessageRead)
    )
    other = replace(schema("850", "005010"), type="990")
    found = [Finding.of("SYN-207", "", Where(segment_tag="BEG", segment_position=2))]
    assert contexts(message, other, found) == ()


def test_places_outside_of_the_message_have_no_context():
    (message,) = (
        e for e in read(interchange_5010(BODY_5010)) if isinstance(e, MessageRead)
    )
    its = schema("850", "005010")
    places = (
        Where(segment_tag="ZZZ", segment_position=2, element=1),
        Where(segment_tag="PO1", segment_position=99, element=1, loop="PO1[77]"),
        Where(segment_tag="REF", segment_position=4, element=9, component=3),
    )
    found = [Finding.of("SYN-202", "", where) for where in places]
    assert {c.name for c in contexts(message, its, found)} == {"BEG03"}


# References and versions.


def test_st03_is_echoed_in_ak203():
    raw = interchange_5010(BODY_5010).replace(b"ST*850*0001~", b"ST*850*0001*GUIDE1~")
    assert lines_of(acknowledged_999(raw))[1] == "AK2*850*0001*GUIDE1"


def test_st03_of_the_999_is_written_only_when_it_is_told():
    raw = interchange_5010(BODY_5010)
    assert b"\nST*999*0001~" in acknowledged_999(raw)
    told = acknowledged_999(raw, reference="005010X231A1")
    assert b"\nST*999*0001*005010X231A1~" in told


def test_a_reference_that_is_not_supported_is_i6():
    raw = interchange_5010(BODY_5010)
    isa, (group,) = outcomes(raw)
    refused = replace(group.sets[0], findings=(Finding.of("ENV-017", ""),))
    (draft,) = drafts(isa, [replace(group, sets=(refused,))])
    assert lines_of(draft.finish(NUMBERS, NOW))[2:] == ["IK5*R*I6", "AK9*R*1*1*0"]


@pytest.mark.parametrize(
    ("version", "code"),
    [("005010", "5"), ("005010X231A1", "I5"), ("005030", "I5"), ("006020", "I5")],
)
def test_a_guide_that_is_not_kept_is_i5_where_the_version_has_it(version, code):
    raw = interchange_5010(BODY_5010, gs=GS.replace("004010", version))
    lines = lines_of(acknowledged_999(raw, NARROW))
    assert lines[-2] == f"IK5*R*{code}"


def test_a_fault_of_the_standard_and_one_of_the_guide_are_both_told():
    raw = interchange_5010(
        put(BODY_5010, 4, "CUR*SE*USD"), gs=GS.replace("004010", "005030")
    )
    assert lines_of(acknowledged_999(raw, NARROW))[-2] == "IK5*R*I5*5"


@pytest.mark.parametrize("version", ["004010", "004060", "00501", "X"])
def test_groups_before_005010_get_no_999(version: str):
    raw = interchange(BODY, gs=GS.replace("004010", version))
    assert acknowledged_999(raw) == b""


def test_a_group_is_answered_by_exactly_one_of_997_and_999():
    old, new = interchange(BODY), interchange_5010(BODY_5010)
    kinds = [
        ack999.is_for(group.group) for raw in (old, new) for group in outcomes(raw)[1]
    ]
    assert kinds == [False, True]


def test_an_acknowledgement_is_never_answered():
    raw = interchange_5010(BODY_5010, gs=GS_5010.replace("GS*PO", "GS*FA"))
    assert acknowledged_999(raw) == b""


# The group.


def test_a_group_with_one_bad_set_is_partly_accepted():
    raw = interchange_5010(BODY_5010, put(BODY_5010, 4, "CUR*SE*USD"))
    lines = lines_of(acknowledged_999(raw))
    assert lines == [
        "AK1*PO*7*005010",
        "AK2*850*0001",
        "IK5*A",
        "AK2*850*0002",
        "IK3*CUR*4**5",
        ORDER,
        "IK5*R*5",
        "AK9*P*2*2*1",
    ]


def test_a_group_that_is_refused_has_no_ak2():
    isa, (group,) = outcomes(interchange_5010(BODY_5010))
    refused = replace(group, findings=(Finding.of("ENV-061", ""),))
    (draft,) = drafts(isa, [refused])
    assert lines_of(draft.finish(NUMBERS, NOW)) == ["AK1*PO*7*005010", "AK9*R*1*1*0*2"]


def test_a_missing_segment_can_stand_at_the_last_one_read():
    raw = interchange_5010(put(BODY_5010, 2, out=1))
    lines = lines_of(acknowledged_999(raw, missing_at_last=True))
    assert lines[2] == "IK3*BEG*1**3"


def test_a_place_has_its_repetition():
    where = Where(
        segment_tag="BEG",
        segment_position=2,
        element=3,
        repetition=2,
        data_element="324",
    )
    isa, (group,) = outcomes(interchange_5010(BODY_5010))
    found = (Finding.of("SYN-205", "", where, "x" * 120),)
    (draft,) = drafts(
        isa, [replace(group, sets=(replace(group.sets[0], findings=found),))]
    )
    assert lines_of(draft.finish(NUMBERS, NOW))[3] == f"IK4*3>>2*324*5*{'x' * 99}"


def test_outcomes_without_contexts_can_be_answered_too():
    isa, (group,) = outcomes(interchange_5010(put(BODY_5010, 4, "CUR*SE*USD")))
    (old,) = group.sets
    plain = ack997.SetOutcome(
        type=old.type, control_number=old.control_number, findings=old.findings
    )
    (draft,) = drafts(isa, [replace(group, sets=(plain,))])
    assert lines_of(draft.finish(NUMBERS, NOW)) == rejected("IK3*CUR*4**5")
    assert plain.verdict is Verdict.REJECTED
