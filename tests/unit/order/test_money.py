"""Money adds up exactly and is rounded by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.order.money import (
    MINOR_UNITS,
    MixedCurrencies,
    Money,
    extend,
    minor_units,
    round_line,
    round_price,
    total,
)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("KWD", 3),
     ("BHD", 3), ("CLF", 4), ("MGA", 2), ("???", 2)],
)  # fmt: skip
def test_a_currency_has_its_minor_unit(currency: str, digits: int):
    assert minor_units(currency) == digits


def test_every_currency_code_is_three_capital_letters():
    assert {code for code in MINOR_UNITS if len(code) != 3 or not code.isupper()} == (
        set()
    )


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("0.125", "USD", "0.13"), ("-0.125", "USD", "-0.13"), ("0.1249", "USD", "0.12"),
     ("0.5", "JPY", "1"), ("1.4", "JPY", "1"), ("1.0005", "KWD", "1.001"),
     ("7", "USD", "7.00")],
)  # fmt: skip
def test_a_line_is_rounded_half_up_to_the_minor_unit(amount, currency, rounded):
    assert str(round_line(Decimal(amount), currency)) == rounded


def test_a_price_keeps_the_decimals_of_its_list():
    assert str(round_price(Decimal("0.00495"), 4)) == "0.0050"


def test_a_number_of_sixty_digits_is_rounded_without_loss():
    assert str(round_line(Decimal("9" * 58 + ".995"), "USD")) == f"1{'0' * 58}.00"


@pytest.mark.parametrize(
    ("price", "quantity", "basis", "currency", "amount"),
    [("12.50", "100", "1", "USD", "1250.00"), ("1.00", "10", "3", "USD", "3.33"),
     ("12.50", "3", "100", "USD", "0.38"), ("0.005", "1", "1", "USD", "0.01"),
     ("-0.005", "1", "1", "USD", "-0.01"), ("99.5", "1", "1", "JPY", "100"),
     ("1", "0", "1", "USD", "0.00")],
)  # fmt: skip
def test_a_line_is_price_by_quantity_per_basis(
    price, quantity, basis, currency, amount
):
    extended = extend(
        Decimal(price), Decimal(quantity), currency, basis_qty=Decimal(basis)
    )
    assert str(extended) == amount


def test_money_adds_subtracts_and_multiplies_exactly():
    assert usd("0.10") + usd("0.20") == usd("0.30")
    assert usd("0.10") - usd("0.20") == usd("-0.10")
    assert 3 * usd("0.10") == usd("0.10") * Decimal(3) == usd("0.30")
    assert abs(-usd("1")) == usd("1")


def test_money_of_one_currency_has_an_order():
    assert usd("1") < usd("2") <= usd("2.0")
    assert usd("3") > usd("2") >= usd("2.0")


def test_money_says_its_amount_and_currency():
    assert str(usd("12.50")) == "12.50 USD"


def test_money_rounds_as_a_line_does():
    assert usd("1.005").rounded() == usd("1.01")


def test_a_total_starts_at_zero_of_its_currency():
    assert total([], "JPY") == Money(Decimal(0), "JPY")
    assert total([usd("1.10"), usd("2.20")], "USD") == usd("3.30")


@pytest.mark.parametrize(
    "operation",
    [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__, Money.__gt__,
     Money.__ge__],
)  # fmt: skip
def test_two_currencies_never_meet(operation):
    with pytest.raises(MixedCurrencies):
        operation(usd("1"), Money(Decimal(1), "EUR"))
