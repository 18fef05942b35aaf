"""What is remembered of ways through a message, and that it changes nothing."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.edi import ways
from gateway.edi.align import Step, align
from gateway.edi.walk import Walk
from gateway.edi.ways import Memory
from tests.unit.edi.parts import plan_850

PLAN = plan_850()
WARM = Walk(PLAN)
TAGS = ["ST", "BEG", "N1", "N3", "PO1", "PID", "SAC", "SDQ", "CTT", "SE", "QQQ", "yyy"]
LINES = [["PO1", "SAC", "PID", "QQQ"], ["PID", "PO1"], ["PO1", "PO1", "SDQ", "PID"]]


def told(steps: list[Step]) -> list[tuple[object, ...]]:
    return [
        (s.position, s.path, s.counts, s.over, s.covered, s.follows, s.move is None)
        for s in steps
    ]


@given(
    st.lists(st.sampled_from(TAGS), max_size=150)
    | st.lists(st.sampled_from(LINES), max_size=60).map(lambda ls: sum(ls, ["ST"]))
)
def test_what_is_remembered_changes_no_step(tags: list[str]):
    fresh = told(list(align(Walk(PLAN), tags)))

    assert told(list(align(WARM, tags))) == fresh
    assert told(list(align(WARM, tags))) == fresh


def test_faults_that_repeat_are_looked_up():
    walk, tags = Walk(PLAN), ["ST", "BEG", *["PO1", "SAC", "PID"] * 30, "SE"]
    list(align(walk, tags))
    list(align(walk, tags))
    memory = Memory.of(walk)
    size = memory._size
    list(align(walk, tags))

    assert memory is Memory.of(walk)
    assert memory._size == size > 0


def test_the_memory_is_bounded_for_ever_new_messages():
    chance = random.Random(1)  # noqa: S311  made-up messages, no secret
    walk = Walk(PLAN)
    messages = [[chance.choice(TAGS) for _ in range(200)] for _ in range(40)]
    for tags in messages * 2:
        list(align(walk, tags))
    memory = Memory.of(walk)

    assert memory._size <= ways._KEPT
    assert len(memory._seen) <= ways._SEEN
    assert len(memory._known) <= 2 * ways._KEPT


def test_unknown_tags_are_remembered_as_one():
    walk = Walk(PLAN)
    for number in range(300):
        list(align(walk, ["ST", f"X{number}", "BEG", "SE"]))

    assert Memory.of(walk)._size < 50
