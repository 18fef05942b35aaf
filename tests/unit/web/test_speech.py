"""Languages of pages: which one is spoken, and how numbers and days are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from starlette.requests import Request

from gateway.order.money import Money
from gateway.web.speech import COOKIE, choice_header, speech_in, speech_of

EN, FR = speech_in("en"), speech_in("fr")
NARROW, NO_BREAK = "\u202f", "\u00a0"


def asking(accept: str = "", cookie: str = "") -> Request:
    headers = [(b"accept-language", accept.encode()), (b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "cookie", "name"),
    [
        ("", "", "en"),
        ("fr-CA", "", "fr"),
        ("de, fr;q=0.8, en;q=0.5", "", "fr"),
        ("en;q=0.4, fr;q=0.8", "", "fr"),
        ("en, fr", "", "en"),
        ("fr;q=much", "", "en"),
        ("fr;q=0", "", "en"),
        ("*", "", "en"),
        ("fr", f"{COOKIE}=en", "en"),
        ("fr", f"{COOKIE}=xx", "fr"),
    ],
)
def test_a_choice_goes_before_what_the_browser_asks_for(
    accept: str, cookie: str, name: str
):
    assert speech_of(asking(accept, cookie)).name == name


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        ("1234.50", "1,234.50", f"1{NARROW}234,50"),
        ("0.05", "0.05", "0,05"),
        ("1E+3", "1,000", f"1{NARROW}000"),
    ],
)
def test_numbers_are_written_as_in_the_country(value: str, english: str, french: str):
    assert EN.number(Decimal(value)) == english
    assert FR.number(Decimal(value)) == french


def test_a_quantity_has_no_zeros_at_its_end():
    assert [EN.quantity(Decimal(v)) for v in ("10.00", "2.50", "100")] == [
        "10",
        "2.5",
        "100",
    ]


def test_money_has_its_currency_behind():
    money = Money(Decimal("1234.5"), "EUR")
    assert FR.money(money) == f"1{NARROW}234,50{NO_BREAK}EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("12.3450", "EUR", "12.345"),
        ("12.5", "EUR", "12.50"),
        ("1E+3", "EUR", "1,000.00"),
        ("1200", "JPY", "1,200"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency_and_more_if_they_say_something(
    amount: str, currency: str, told: str
):
    assert EN.money(Money(Decimal(amount), currency)) == f"{told}{NO_BREAK}{currency}"


def test_a_day_has_the_name_of_its_month():
    day = date(2026, 2, 1)
    assert (EN.day(day), FR.day(day)) == ("1 February 2026", "1 février 2026")


def test_a_choice_comes_back_inside_of_a_frame():
    assert "SameSite=None; Secure; Partitioned" in choice_header("fr", secure=True)
    assert "Secure" not in choice_header("fr", secure=False)
