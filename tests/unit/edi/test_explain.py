"""Why a message was not accepted: places, paths and limits."""

from __future__ import annotations

import pytest

from gateway.edi.explain import MOST_FINDINGS, Explainer
from tests.unit.edi.parts import (
    BODY,
    brief,
    explained,
    guided,
    interchange,
    message,
    messages,
    plan_850,
    put,
    validator,
)


def test_a_good_message_has_nothing_to_explain():
    assert Explainer(plan_850()).explain(message(BODY), None) == ()


def test_only_the_elements_of_suspects_are_looked_at():
    one = message(put(BODY, 12, "PO1*1*x*EA*12.5*PE*VP*W-1", out=1))
    explainer = Explainer(plan_850())
    assert explainer.explain(one, [2]) == ()
    assert brief(explainer.explain(one, [12])) == ["SYN-206 PO1-02 12"]


def test_findings_stand_in_the_loop_they_speak_of():
    body = put(BODY, 15, "N1*ST*X", "N3*A", "N3*B", "N3*C")
    assert explained(body, path=True) == ["SYN-105 N3 18 PO1[1]/N1[1]"]


def test_what_is_missing_at_the_end_stands_behind_the_end():
    raw = interchange(BODY[:10]).replace(b"SE*12*0001~\n", b"")
    (one,) = messages(raw)
    assert [f.code for f in validator().validate(one)] == ["ENV-013"]


def test_there_is_an_end_to_the_findings_of_a_message():
    found = validator().validate(message([*BODY[:2], *["QQQ*1"] * 3000]))
    assert len(found) == MOST_FINDINGS


def test_wishes_of_the_guide_are_told_where_they_were_passed():
    judge = guided(require=[{"at": "REF-01", "value": "IV"}])
    (found,) = judge.validate(message(BODY))
    assert (found.where.segment_tag, found.where.segment_position) == ("REF", 5)
    assert "IV" in found.what


def test_a_loop_that_lost_its_first_segment_is_not_wished_for_as_well():
    judge = guided(require=[{"at": "N1-01", "value": "ST"}])
    assert explained(put(BODY, 9, out=1), judge) == ["SYN-103 N1 9"]


WISH = {"require": [{"at": "REF-01", "value": "IV"}]}


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        ("RFE*IV*1", "SYN-101 RFE 4"),
        ("BAK*IV*1", "SYN-106 BAK 4"),
        ("REF*I?*1", "SYN-207 REF-01 4"),
        ("REF**1", "SYN-201 REF-01 4"),
    ],
)
def test_what_may_be_the_wish_is_not_missing_as_well(segment: str, found: str):
    assert explained(put(BODY, 4, segment, out=1), guided(**WISH)) == [found]


def test_an_unknown_segment_in_another_place_is_no_wish():
    body = put(BODY, 13, "QQQ*1")
    assert explained(body, guided(**WISH)) == ["IMP-103 REF 5", "SYN-101 QQQ 13"]


@pytest.mark.parametrize(
    ("segment", "tolerated", "found"),
    [
        ("RFE*IV*1", "SYN-101", ["SYN-101 RFE 4", "IMP-103 REF 5"]),
        ("REF*I?*1", "SYN-207", ["SYN-207 REF-01 4", "IMP-103 REF 5"]),
    ],
)
def test_what_does_not_reject_hides_no_wish(
    segment: str, tolerated: str, found: list[str]
):
    judge = guided(**WISH, severity=[{"code": tolerated, "severity": "warning"}])
    assert explained(put(BODY, 4, segment, out=1), judge) == found


def test_an_unknown_segment_that_does_not_reject_stands_for_no_missing_one():
    judge = guided(severity=[{"code": "SYN-101", "severity": "warning"}])
    body = put(BODY, 2, "BGE*00", out=1)
    assert explained(body, judge) == ["SYN-101 BGE 2", "SYN-103 BEG 3"]


def test_a_required_segment_out_of_sequence_is_not_missing_as_well():
    judge = guided(require=[{"at": "CUR"}])
    assert explained(put(BODY, 2, BODY[1], BODY[0], out=2), judge) == ["SYN-107 CUR 2"]


def test_a_required_segment_out_of_sequence_that_does_not_reject_is_missing():
    judge = guided(
        require=[{"at": "CUR"}], severity=[{"code": "SYN-107", "severity": "warning"}]
    )
    body = put(BODY, 2, BODY[1], BODY[0], out=2)
    assert explained(body, judge) == ["SYN-107 CUR 2", "IMP-103 CUR 4"]


def test_one_segment_out_of_sequence_stands_for_one_missing_one():
    lines = ["AMT*TT*1", "FA1*DF", "AMT*TT*2", "FA1*DF", "FA2*18*1", "FA2*18*2"]
    body = [*BODY[:5], *lines[:4], lines[5], *BODY[5:8], lines[4], *BODY[8:]]
    assert "SYN-103 FA2 9" in explained(body)


def test_changed_places_inside_a_loop_are_one_finding():
    body = [*BODY[:5], "AMT*TT*1", "FA2*18*1", "FA1*DF", *BODY[5:]]
    assert explained(body) == ["SYN-107 FA2 8"]


def test_a_loop_whose_start_changed_places_is_one_finding():
    body = [*BODY[:5], "FA1*DF", "AMT*TT*1", "FA2*18*1", *BODY[5:]]
    assert explained(body) == ["SYN-107 FA1 7"]


def test_wishes_hold_in_every_loop_pass():
    judge = guided(require=[{"at": "PO1-06", "values": ["VP", "BP"]}])
    assert explained(BODY, judge) == []


def test_findings_of_unread_elements_do_not_reject():
    plan = plan_850(all_read=False)
    one = message(put(BODY, 12, "PO1*1*10*EA*12.5*PE*VP*W-1", "LIN*1*??*X", out=1))
    found = Explainer(plan).explain(one, None)
    assert {f.code for f in found} == {"SYN-207"}
