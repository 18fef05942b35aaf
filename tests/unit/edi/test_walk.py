"""The places of a message as an automaton."""

from __future__ import annotations

from gateway.edi.walk import Walk
from tests.unit.edi.parts import plan_850

WALK = Walk(plan_850())


def after(*tags: str):
    state = WALK.start
    for tag in tags:
        state = WALK.moves(state, tag)[0].target
    return state


def frames(state):
    return [level.nodes[index].tag for level, index in state.frames]


def test_a_segment_goes_to_the_innermost_loop_that_takes_it():
    assert frames(after("ST", "BEG", "PO1", "N1", "N3")) == ["PO1", "N1", "N3"]


def test_a_segment_that_the_inner_loop_has_not_goes_outwards():
    assert frames(after("ST", "BEG", "N1", "N4", "PO1", "PO1")) == ["PO1", "PO1"]


def test_a_tag_without_a_place_has_no_move():
    assert WALK.moves(WALK.start, "QQQ") == ()
    assert WALK.moves(after("ST", "BEG", "REF"), "CUR")[0].entered is not None


def test_mandatory_segments_passed_over_are_missing():
    (move, *_) = WALK.moves(after("ST"), "CUR")
    assert [node.tag for _, node in move.missing] == ["BEG"]


def test_what_is_mandatory_and_still_to_come_is_the_rest():
    assert [node.tag for _, node in WALK.start.rest] == ["ST", "BEG", "PO1", "SE"]
    assert [node.tag for _, node in after("ST", "BEG", "AMT", "FA1").rest] == [
        "FA2",
        "PO1",
        "SE",
    ]


def test_counts_tell_when_a_segment_stands_too_often():
    state = after("ST", "BEG", "CUR")
    (move, *_) = WALK.moves(state, "CUR")
    assert move.again
    assert move.over((1,))
    assert move.counts((1,)) == (2,)


def test_states_and_moves_are_kept():
    assert after("ST", "BEG") is after("ST", "BEG")
    assert WALK.moves(WALK.start, "ST") is WALK.moves(WALK.start, "ST")


def rest(*tags: str) -> bool:
    """Whether segments may stand in the loop that the first of them starts."""
    left = WALK.loops[tags[0]]
    for tag in tags[1:]:
        left = WALK.rest(left, tag)
    return bool(left)


def test_the_rest_of_a_loop_is_known_by_its_first_segment():
    assert rest("N1", "N3", "N3", "N4")
    assert rest("PO1", "N1", "N4", "SLN", "N1", "N3")
    assert not rest("PO1", "CTT")


def test_the_rest_of_a_loop_has_an_order():
    assert not rest("N1", "N4", "N2")
    assert not rest("PO1", "N1", "PID")
