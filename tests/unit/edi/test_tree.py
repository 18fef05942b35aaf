"""A message as loops, for the mappers."""

from __future__ import annotations

from gateway.edi.tree import LoopRead
from tests.unit.edi.parts import BODY, message, put, validator


def tree(body=BODY) -> LoopRead:
    return validator().tree(message(body))


def test_the_heading_is_the_root():
    root = tree()
    assert (root.name, root.path) == ("850", "")
    assert [s.tag for s in root.segments] == [
        "ST",
        "BEG",
        "CUR",
        "REF",
        "DTM",
        "TD5",
        "SE",
    ]


def test_loops_stand_in_order_with_their_paths():
    lines = list(tree().inner("PO1"))
    assert [line.path for line in lines] == ["PO1[1]", "PO1[2]", "PO1[3]"]
    assert lines[1].loops[0].path == "PO1[2]/PID[1]"


def test_a_segment_knows_its_place_and_values():
    line = next(tree().inner("PO1"))
    po1 = line.first("PO1")
    assert po1 is not None
    assert (po1[2], po1[99], len(po1), po1.position) == ("10", "", 7, 12)
    assert po1.path(2) == "PO1[1]/PO1-02"
    assert str(po1.at(2)) == "PO1-02 (segment 12)"
    assert po1.at().loop == "PO1[1]"


def test_a_segment_of_the_heading_has_no_loop_in_its_path():
    beg = tree().first("BEG")
    assert beg is not None
    assert beg.path(3) == "BEG-03"


def test_what_is_not_there_is_none():
    assert tree().first("PER") is None
    assert list(tree().all("PER")) == []


def test_a_composite_comes_in_components():
    line = next(tree(put(BODY, 13, "MEA***1*EA>2")).inner("PO1"))
    (measure,) = line.all("MEA")
    assert measure.components(4) == ["EA", "2"]
    assert measure.components(1) == []


def test_a_stray_segment_stays_in_the_loop_before_it():
    line = next(tree(put(BODY, 14, "QQQ*1")).inner("PO1"))
    assert [s.tag for s in line.loops[0].segments] == ["PID", "QQQ"]


def test_a_loop_without_its_first_segment_is_a_loop():
    (address,) = tree(put(BODY, 9, out=1)).inner("N1")
    assert [s.tag for s in address.segments] == ["N3", "N4"]


def test_an_inner_loop_of_a_loop_without_its_first_segment_is_inside_it():
    body = put(BODY, 12, out=1)
    first, *_ = tree(body).inner("PO1")
    assert [inner.name for inner in first.loops] == ["PID"]


def test_messages_of_the_same_tags_have_trees_of_their_own():
    ours = validator()
    one, other = (
        ours.tree(message(BODY)),
        ours.tree(message(put(BODY, 2, "BEG*05", out=1))),
    )
    assert [inner.path for inner in one.loops] == [inner.path for inner in other.loops]
    assert one.first("BEG") != other.first("BEG")
    assert all(a is not b for a, b in zip(one.loops, other.loops, strict=True))
