"""Start tokens and cart marks are ours alone, and whatever else comes is no fault."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.keyed import (
    CartMark,
    is_start_token,
    mark,
    read_mark,
    start_token,
)

KEY, OTHER = b"k" * 32, b"o" * 32
SESSION = "ses_01KAVQ0000000000000000000A"


def test_a_start_token_opens_its_own_session_only():
    token = start_token(KEY, SESSION)
    assert re.fullmatch(r"[0-9A-Za-z_-]{32}", token)
    assert is_start_token(KEY, SESSION, token)
    assert not is_start_token(KEY, SESSION[:-1] + "B", token)
    assert not is_start_token(OTHER, SESSION, token)
    assert not is_start_token(KEY, SESSION, token[:-1])


def test_a_mark_is_read_back_with_blanks_around_it():
    its = CartMark(SESSION, 12)
    assert read_mark(KEY, f" {mark(KEY, its)}\n") == its


def test_a_mark_is_short_and_has_no_sign_that_a_hub_refuses():
    made = mark(KEY, CartMark("ses_" + "Z" * 40, 99_999))
    assert len(made) <= 100
    assert not set("?{}&<>\"'") & set(made)


@pytest.mark.parametrize("foreign", ["", "CART-7", "{'id': 7}", "ses_1-0-" + "A" * 16])
def test_what_is_not_ours_names_nothing(foreign: str):
    assert read_mark(KEY, foreign) is None


def test_an_altered_mark_names_nothing():
    made = mark(KEY, CartMark(SESSION, 1))
    assert read_mark(KEY, made.replace("-1-", "-2-")) is None
    assert read_mark(OTHER, made) is None


@given(text=st.text())
def test_any_text_is_read(text: str):
    assert read_mark(KEY, text) is None
    assert not is_start_token(KEY, SESSION, text)
