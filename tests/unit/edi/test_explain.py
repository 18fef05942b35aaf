"""Why a message was not accepted: places, paths and limits."""

from __future__ import annotations

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
    found = validator().validate(message([*BODY[:2], *["XXX*1"] * 3000]))
    assert len(found) == MOST_FINDINGS


def test_wishes_of_the_guide_are_told_where_they_were_passed():
    judge = guided(require=[{"at": "REF-01", "value": "IV"}])
    (found,) = judge.validate(message(BODY))
    assert (found.where.segment_tag, found.where.segment_position) == ("REF", 5)
    assert "IV" in found.what


def test_wishes_for_a_loop_that_lost_its_first_segment_are_told():
    judge = guided(require=[{"at": "N1-01", "value": "ST"}])
    assert explained(put(BODY, 9, out=1), judge) == ["SYN-103 N1 9", "IMP-103 N1 11"]


def test_wishes_hold_in_every_loop_pass():
    judge = guided(require=[{"at": "PO1-06", "values": ["VP", "BP"]}])
    assert explained(BODY, judge) == []


def test_findings_of_unread_elements_do_not_reject():
    plan = plan_850(all_read=False)
    one = message(put(BODY, 12, "PO1*1*10*EA*12.5*PE*VP*W-1", "LIN*1*??*X", out=1))
    found = Explainer(plan).explain(one, None)
    assert {f.code for f in found} == {"SYN-207"}
