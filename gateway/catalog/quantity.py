"""May this quantity be ordered: above zero, minimum, increment, maximum."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gateway.catalog.model import Item, UnitFactor
from gateway.catalog.price import plain
from gateway.findings import Finding


def is_usable(number: Decimal) -> bool:
    """Whether exact arithmetic with a sent number stays small: 18 digits each side."""
    if not number.is_finite():
        return False
    text = str(number)
    if len(text) <= 18 and "E" not in text:
        return True
    exponent = number.as_tuple().exponent
    return number.adjusted() < 18 and isinstance(exponent, int) and exponent >= -18


def positive(value: Decimal) -> Finding | None:
    """CAT-330 for a quantity that is not above zero, CAT-333 for an absurd one."""
    if value.is_finite() and value > 0:
        if is_usable(value):
            return None
        what = f"quantity {value} has more than 18 digits before or behind the point"
        return Finding.of("CAT-333", what, value=str(value))
    return Finding.of("CAT-330", f"quantity {value} ordered", value=str(value))


def within_limits(
    value: Decimal, unit: UnitFactor, item: Item, quantity: Fraction
) -> tuple[Finding | None, Decimal | None]:
    """The first limit of the item that a quantity breaks, and the nearest allowed one.

    The limits count in the item's base unit, as ``quantity`` does. The allowed quantity
    is in the unit sent, the next one above or the maximum below; none where no decimal
    states it.
    """
    code, limit = broken_limit(quantity, item)
    if not code:
        return None, None
    limit_told = f"{limit:f} {item.base_unit}"
    sent = f"{value:f} {unit.unit}"
    if unit.unit != unit.base:
        sent += f" ({plain(quantity)} {item.base_unit})"
    told = {"CAT-331": "the minimum is", "CAT-332": "it is sold in multiples of"}
    limit_is = told.get(code, "the maximum is")
    what = f"{sent} of item {item.sku} ordered, {limit_is} {limit_told}"
    allowed = _nearest(quantity, unit, item)
    if allowed is not None:
        what += f"; {allowed:f} {unit.unit} would do"
    return Finding.of(code, what, value=str(value)), allowed


def broken_limit(quantity: Fraction, item: Item) -> tuple[str, Decimal]:
    """The code and the limit that a quantity of base units breaks; none: empty."""
    low, step, high = item.min_qty, item.increment, item.max_qty
    count: int | Fraction = quantity
    if quantity.denominator == 1:
        count = quantity.numerator
    if low is not None and low > count:
        return "CAT-331", low
    if step and not _is_multiple(quantity, step):
        return "CAT-332", step
    if high is not None and high < count:
        return "CAT-333", high
    return "", Decimal(0)


def _is_multiple(quantity: Fraction, step: Decimal) -> bool:
    top, bottom = step.as_integer_ratio()
    return quantity.numerator * bottom % (quantity.denominator * top) == 0


def _nearest(quantity: Fraction, unit: UnitFactor, item: Item) -> Decimal | None:
    """The smallest allowed quantity from the sent one up, else the largest below."""
    step = Fraction(item.increment or 0)
    if unit.factor.denominator == 1 and step.denominator == 1:
        step = Fraction(_common_multiple(int(step), int(unit.factor)))
    wanted = max(quantity, Fraction(item.min_qty or 0))
    if step:
        wanted = -(-wanted // step) * step
    if item.max_qty is not None and wanted > item.max_qty:
        wanted = Fraction(item.max_qty)
        if step:
            wanted = wanted // step * step
        if wanted <= 0 or wanted < (item.min_qty or 0):
            return None
    told = plain(wanted / unit.factor)
    return None if "/" in told else Decimal(told)


def _common_multiple(a: int, b: int) -> int:
    """A whole number of both; where the item has no step, whole units as sent."""
    big, small = abs(a), abs(b)
    while small:
        big, small = small, big % small
    return abs(a * b) // big if a and b else abs(a or b)
