"""Quantities as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.web.speech import speech_in
from gateway.web.storefront.asked import read_page, read_quantity, typed

EN, FR = speech_in("en"), speech_in("fr")


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("12", "12", "12"),
        (" 0.5 ", "0.5", "0.5"),
        ("1,5", "1.5", "1.5"),
        ("1,000", "1000", "1.000"),
        ("1 000,5", "1000.5", "1000.5"),
        ("1\u202f000", "1000", "1000"),
        ("0", "0", "0"),
        ("", None, None),
        ("-1", None, None),
        ("1e9", None, None),
        ("12 boxes", None, None),
        ("9999999999", None, None),
        ("٣", None, None),
        ("1.2.3", None, None),
    ],
)
def test_a_quantity_is_read_as_it_is_written_in_the_language(
    text: str, english: str | None, french: str | None
):
    expected = [None if v is None else Decimal(v) for v in (english, french)]
    assert [read_quantity(text, EN), read_quantity(text, FR)] == expected


@pytest.mark.parametrize("value", ["0", "1", "1234567", "0.5", "10", "1234.125"])
@pytest.mark.parametrize("speech", [EN, FR])
def test_what_stands_in_a_field_is_read_again(value: str, speech):
    assert read_quantity(typed(Decimal(value), speech), speech) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "page"), [("2", 2), ("0", 1), ("-1", 1), ("x", 1), ("9" * 9, 1)]
)
def test_a_page_that_is_no_number_is_the_first(text: str, page: int):
    assert read_page(text) == page
