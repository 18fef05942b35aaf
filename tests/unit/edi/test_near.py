"""Which codes could have been meant."""

from __future__ import annotations

import pytest

from gateway.edi.near import listed, meant
from tests.unit.edi.parts import BODY, guided, message, put, validator

MANY = frozenset(f"{n:02d}" for n in range(40)) | {"EA", "AE", "TE", "EACH"}


def test_a_short_list_is_told_whole():
    assert listed({"SA", "NE"}) == "NE, SA"
    assert meant("XX", frozenset({"SA", "NE"})) == ": NE, SA"


def test_a_long_list_is_cut():
    told = listed(MANY)
    assert told.count(",") == 11
    assert told.endswith(" and 32 more")


@pytest.mark.parametrize(
    ("value", "near"),
    [("ea", "EA"), ("7", "07"), ("007", "07"), ("O5", "05"), ("EAH", "EA")],
)
def test_of_a_long_list_what_is_near_is_told(value: str, near: str):
    assert meant(value, MANY).startswith(f"; near it: {near}")


@pytest.mark.parametrize("value", ["QQQQ", "x" * 10_000, ""])
def test_where_nothing_is_near_nothing_is_told(value: str):
    assert meant(value, MANY) == ""


def test_a_guide_s_list_is_told_with_the_finding():
    judge = guided(narrow=[{"at": "BEG-02", "values": ["NE", "RL"]}])
    (found,) = judge.validate(message(BODY))
    assert found.code == "IMP-207"
    assert found.what.endswith("'SA' is not in the list: NE, RL")


def test_a_standard_s_code_is_told_with_the_finding():
    body = put(BODY, 2, "BEG*00*sa*4500001**20260115", out=1)
    (found,) = validator().validate(message(body))
    assert found.code == "SYN-207"
    assert "'sa' is not in the list; near it: SA" in found.what
