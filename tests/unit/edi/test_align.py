"""Segments on their places with the fewest findings."""

from __future__ import annotations

from gateway.edi.align import align, straight
from gateway.edi.walk import Walk
from tests.unit.edi.parts import plan_850

WALK = Walk(plan_850())
GOOD = ["ST", "BEG", "REF", "N1", "N3", "PO1", "PID", "PO1", "PID", "CTT", "SE"]


def steps(text: str, *, ended: bool = True):
    return list(align(WALK, text.split(), ended=ended))


def test_a_message_in_order_is_walked_straight_through():
    walked = [step for step in straight(WALK, GOOD) if step]
    assert [step.path for step in walked[3:9]] == [
        "N1[1]",
        "N1[1]",
        "PO1[1]",
        "PO1[1]/PID[1]",
        "PO1[2]",
        "PO1[2]/PID[1]",
    ]


def test_a_message_out_of_order_is_not():
    assert list(straight(WALK, ["BEG"])) == [None]


def test_a_stray_segment_has_no_move_and_changes_nothing():
    found = steps("ST BEG PO1 CTT PO1 CTT SE")
    assert [step.move is None for step in found] == [0, 0, 0, 1, 0, 0, 0]
    assert found[3].after is found[3].before


def test_a_loop_without_its_first_segment_is_entered():
    found = steps("ST BEG N3 N4 PO1 SE")
    entered = found[2].move.entered
    assert entered is not None
    assert (entered.tag, found[2].path, found[3].path) == ("N1", "N1[1]", "N1[1]")


def test_the_rest_of_a_stray_loop_follows_it():
    found = steps("ST BEG PO1 CTT N1 N3 N4 SE")
    assert [step.follows for step in found] == [0, 0, 0, 0, 0, 1, 1, 0]


def test_an_unknown_segment_covers_what_is_missing_behind_it():
    found = steps("ST QQQ PO1 SE")
    assert found[2].covered


def test_a_message_that_breaks_off_has_nothing_missing_at_its_end():
    found = steps("ST BEG N1", ended=False)
    assert all(step.move and not step.move.missing for step in found)


def test_a_long_message_is_settled_on_the_way():
    found = steps("ST BEG " + "PO1 PID QQQ " * 500 + "CTT SE")
    assert [step.position for step in found] == list(range(1, 1505))
    assert sum(step.move is None for step in found) == 500
