"""The accept path: shapes of segments, and the order of a message."""

from __future__ import annotations

import pytest

from gateway.edi.checks import presence_of
from gateway.edi.compile import SHAPES_PER_TAG, Accept
from gateway.edi.validate import scan
from tests.unit.edi.parts import BODY, guided, message, plan_850, put


def accept(**rules: object) -> Accept:
    plan = guided(**rules).plan if rules else plan_850()
    return Accept(plan, "*", ">")


def test_a_shape_is_compiled_on_second_sight():
    path = accept()
    presence = presence_of(["REF", "DP", "1"])
    assert path.look("REF", presence) is None
    shape = path.look("REF", presence)
    assert shape is not None
    assert shape.match("REF*DP*1")
    assert not shape.match("REF*DP*" + "1" * 31)


def test_a_shape_that_is_not_allowed_is_never_compiled():
    path = accept()
    presence = presence_of(["REF", "DP"])
    assert [path.look("REF", presence) for _ in range(3)] == [None, None, None]
    assert path.shapes["REF"] == {}


def test_an_unknown_tag_has_no_shape_and_is_not_good():
    path = accept()
    assert path.look("QQQ", b"\x01") is None
    assert not path.good(["QQQ"], b"\x01")
    assert path.symbol(["QQQ"]) == "?"


def test_there_is_an_end_to_the_shapes_of_a_tag():
    path = accept()
    for number in range(1, 200):
        flags = [number >> bit & 1 for bit in range(number.bit_length())]
        presence = bytes((1, *[1] * 8, *flags))
        path.look("SDQ", presence)
        path.look("SDQ", presence)
    assert len(path.shapes["SDQ"]) <= SHAPES_PER_TAG


def test_a_good_message_has_no_suspects():
    path = accept()
    assert scan(message(BODY), path) == ([], True)
    assert scan(message(BODY), path) == ([], True)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_bad_segment_is_a_suspect_before_and_after_its_shape_is_known(times):
    path = accept()
    bad = message(put(BODY, 12, "PO1*1*x*EA*12.5*PE*VP*W-1", out=1))
    assert [scan(bad, path) for _ in range(times)] == [([12], True)] * times


def test_an_order_that_is_not_accepted():
    assert scan(message(put(BODY, 2, BODY[1], BODY[0], out=2)), accept()) == ([], False)


def test_control_characters_make_suspects():
    body = put(BODY, 8, "MSG*A\x07B", out=1)
    assert scan(message(body), accept()) == ([8], True)


def test_what_the_guide_does_not_use_is_not_in_order():
    assert scan(message(BODY), accept(forbid=[{"at": "REF"}])) == ([], False)


@pytest.mark.parametrize(("value", "in_order"), [("ST", True), ("BT", False)])
def test_what_the_guide_wants_is_a_matter_of_order(value, in_order):
    path = accept(require=[{"at": "N1-01", "value": value}])
    assert scan(message(BODY), path) == ([], in_order)


def test_more_wants_than_characters_are_left_to_the_slow_path():
    codes = ("BT", "SO", "SE", "SF", "BY", "PR", "RI", "SN")
    wants = [{"at": "N1-01", "value": code} for code in codes]
    assert scan(message(BODY), accept(require=wants))[1] is False


def test_places_that_the_guide_tells_apart_have_to_agree():
    rule = {"at": "PO1/REF-01", "values": ["LI"]}
    path = accept(narrow=[rule])
    for _ in range(3):
        suspects, _ = scan(message(put(BODY, 15, "REF*LI*1")), path)
        assert suspects == [4]  # the slow path knows which place it is
    assert guided(narrow=[rule]).validate(message(BODY)) == ()


def test_odd_separators_are_no_control_characters_in_data():
    path = Accept(plan_850(), "\x1d", "\x1f")
    assert path.printable("A\x1dB\x1fC\x1c", "\x1c")
    assert not path.printable("A\x07", "\x1c")
