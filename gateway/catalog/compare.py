"""Is a price that was sent ours: equal, within tolerance, or beyond it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gateway.catalog.price import Expected
from gateway.partner.policy import Tolerance


class Match(StrEnum):
    """How a sent amount stands to ours."""

    EQUAL = "equal"
    WITHIN = "within"
    BEYOND = "beyond"


def compare(
    sent: Decimal, expected: Expected, times: Fraction, tolerance: Tolerance
) -> Match:
    """How a sent unit price stands to ours, both per the same basis and unit.

    ``times`` is how often the line orders that basis. What our decimals cannot show is
    equal: less than half a unit of the last one, or our exact price rounded to it.
    Percentages are of our exact price; an amount bounds the unit price and the line.
    """
    if sent == expected.amount:
        return Match.EQUAL
    difference = Fraction(sent) - expected.exact
    if abs(difference) * 2 * 10**expected.decimals < 1:
        return Match.EQUAL
    stake = difference * max(times, Fraction(1))
    return _judge(difference, stake, expected.exact, tolerance)


def compare_amounts(
    sent: Decimal, ours: Decimal, tolerance: Tolerance, *, noise: Decimal
) -> Match:
    """How a sent sum stands to ours; up to ``noise`` it is the roundings' doing."""
    if sent == ours:
        return Match.EQUAL
    difference = Fraction(sent) - Fraction(ours)
    if abs(difference) <= noise:
        return Match.EQUAL
    return _judge(difference, difference, Fraction(ours), tolerance)


def _judge(
    difference: Fraction, stake: Fraction, ours: Fraction, tolerance: Tolerance
) -> Match:
    """Every limit of the direction must hold; without one nothing is allowed."""
    percent, amount = (
        (tolerance.up_pct, tolerance.up_abs)
        if difference > 0
        else (tolerance.down_pct, tolerance.down_abs)
    )
    if percent is None and amount is None:
        return Match.BEYOND
    size = abs(difference) * 100
    if percent is not None and size > Fraction(percent) * abs(ours):
        return Match.BEYOND
    if amount is not None and abs(stake) > amount:
        return Match.BEYOND
    return Match.WITHIN
