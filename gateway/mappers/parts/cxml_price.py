"""A price of ours as cXML tells it: of one unit, or with what it is for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gateway.cxml_punchout.cart import PriceBasis, one_unit
from gateway.order.item import Price
from gateway.order.money import Money

__all__ = ["basis_of", "told"]


def basis_of(price: Price, uom: str) -> PriceBasis | None:
    """What the price is for; none where basis units per unit are not known exactly."""
    factor = _factor(price, uom)
    if factor is None:
        return None
    unit = price.basis_uom or uom
    return PriceBasis(quantity=price.basis_qty, uom=unit, factor=factor)


def told(
    price: Price, uom: str, currency: str, *, with_basis: bool
) -> tuple[Money, PriceBasis | None] | None:
    """The price of one unit, else ``with_basis`` as it is; none if neither tells it."""
    currency = price.currency or currency
    basis = basis_of(price, uom)
    if price.amount is None or not currency or basis is None:
        return None
    money = Money(price.amount, currency)
    if basis.factor == 1 == basis.quantity:
        return money, None
    each = one_unit(money, basis)
    if each is not None:
        return each, None
    return (money, basis) if with_basis else None


def _factor(price: Price, uom: str) -> Decimal | None:
    """Basis units in one ordered unit; none where that is not known exactly."""
    if price.basis_factor is None:
        return Decimal(1) if price.basis_uom in ("", uom) else None
    factor = price.basis_factor
    exact = Decimal(factor.numerator) / Decimal(factor.denominator)
    return exact if factor > 0 and Fraction(exact) == factor else None
