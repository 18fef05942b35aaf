"""Money, quantities and the named ways of rounding them."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import MappingProxyType

from gateway.values import swift

__all__ = [
    "MINOR_UNITS",
    "MixedCurrencies",
    "Money",
    "Quantity",
    "extend",
    "major",
    "minor",
    "minor_units",
    "round_line",
    "round_price",
    "total",
]

# Two factors of 64 digits multiply without loss; nothing is rounded by accident.
_EXACT = decimal.Context(prec=200)

_HALF_UP = decimal.Context(prec=200, rounding=ROUND_HALF_UP)

_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD "
    "BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP "
    "ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR "
    "RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNITS: Mapping[str, int] = MappingProxyType(
    {code: digits for digits, codes in _DIGITS.items() for code in codes.split()}
)
"""Decimals of each currency in use (ISO 4217 list one); metals and tests left out."""


class MixedCurrencies(ValueError):
    """Two currencies met in one sum. A bug of ours: convert or refuse before."""


@swift
@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency (ISO 4217 alphabetic code). Never a float.

    Arithmetic is exact and refuses to mix currencies; rounding is a named function.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, times: Decimal | int) -> Money:
        return Money(_EXACT.multiply(self.amount, Decimal(times)), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __abs__(self) -> Money:
        return Money(self.amount.copy_abs(), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        """``12.50 USD``."""
        return f"{self.amount:f} {self.currency}"

    def rounded(self) -> Money:
        """The same money after ``round_line``."""
        return Money(round_line(self.amount, self.currency), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} met {other.currency}")
        return other.amount


@swift
@dataclass(frozen=True, slots=True)
class Quantity:
    """How many or how much. ``unit`` is the code that the sender used."""

    value: Decimal
    unit: str = ""


def minor_units(currency: str) -> int:
    """The decimals of a currency; 2 for a code that ISO 4217 does not list."""
    return MINOR_UNITS.get(currency, 2)


_MOST_MINOR = 2**63 - 1


def minor(money: Money) -> int:
    """Money in whole minor units, rounded half up; at most what 64 bits hold."""
    exact = money.amount.scaleb(minor_units(money.currency), _EXACT)
    whole = int(exact.to_integral_value(ROUND_HALF_UP))
    return max(min(whole, _MOST_MINOR), -_MOST_MINOR)


def major(units: int, currency: str) -> Money:
    """Money out of whole minor units."""
    return Money(Decimal(units).scaleb(-minor_units(currency), _EXACT), currency)


def round_line(amount: Decimal, currency: str) -> Decimal:
    """Half up, away from zero, to the currency's minor unit: 0.125 USD is 0.13."""
    return round_price(amount, minor_units(currency))


def round_price(amount: Decimal, decimals: int) -> Decimal:
    """Half up, away from zero, to the number of decimals that the price list keeps."""
    step = _STEPS.get(decimals) or Decimal(1).scaleb(-decimals)
    if amount.same_quantum(step):  # most are: nothing to round
        return amount
    return _HALF_UP.quantize(amount, step)


_STEPS = {decimals: Decimal(1).scaleb(-decimals) for decimals in range(7)}


def extend(
    price: Decimal, quantity: Decimal, currency: str, *, basis_qty: Decimal = Decimal(1)
) -> Decimal:
    """A line's amount: price times quantity per basis quantity, then ``round_line``.

    The division is exact, so 10 at 1.00 per 3 is 3.33 and never 3.3333 rounded twice.
    ``basis_qty`` is above zero (EDIFACT 5284, UBL BaseQuantity).
    """
    places = 10 ** minor_units(currency)
    exact = Fraction(price) * Fraction(quantity) / Fraction(basis_qty) * places
    whole = (2 * abs(exact).numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal(-whole if exact < 0 else whole).scaleb(
        -minor_units(currency), context=_EXACT
    )


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts that are all in ``currency``; zero when there are none."""
    result = Money(Decimal(0), currency)
    for amount in amounts:
        result = result + amount
    return result
