"""What buying platforms do to a cart: cut, drop, refuse. Their limits, not cXML's."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from gateway.catalog.units import is_rec20
from gateway.cxml_punchout.cart import Cart, CartLine, line_amount
from gateway.findings import Finding, Where
from gateway.order.money import total

__all__ = ["PLATFORMS", "Platform", "cart_faults"]

_DECIMALS = 4
_CUT, _REFUSED = "CXM-053", "CXM-054"
_UNSPSC = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How long values may be, in bytes of UTF-8, and what else is known of it.

    ``signs`` may not stand in a SupplierPartAuxiliaryID; ``keeps_mark`` says that an
    order brings it back. ``unknown_unit`` and ``zero_price`` are what comes of a unit
    that is not of Rec 20, and of a price of nothing.
    """

    name: str
    sku: int = 100
    aux_id: int = 100
    description: int = 255
    short_name: int = 50
    mfr: int = 100
    signs: str = ""
    keeps_mark: bool = True
    recomputes: bool = False
    unknown_unit: str = ""
    zero_price: str = ""


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "ariba": Platform(name="SAP Ariba", sku=128, signs="?{}"),
        "coupa": Platform(name="Coupa", unknown_unit="fails the whole cart"),
        "jaggaer": Platform(
            name="JAGGAER",
            description=256,
            recomputes=True,
            unknown_unit="becomes EA without a word",
        ),
        "oracle": Platform(
            name="Oracle",
            unknown_unit="fails the requisition where it is not mapped",
            zero_price="is refused",
        ),
        "dynamics": Platform(
            name="Dynamics 365",
            keeps_mark=False,
            unknown_unit="has to exist there",
        ),
    }
)
"""The platforms whose habits are known, by a short name."""


def cart_faults(
    cart: Cart, platforms: Iterable[Platform], units: Container[str] = ()
) -> Iterator[Finding]:
    """What each platform would cut (CXM-053) or refuse (CXM-054) of a cart.

    ``units`` are those that were agreed on with the buyer beside Rec 20.
    """
    for platform in platforms:
        for at, line in enumerate(cart.lines, 1):
            where = Where(path=f"ItemIn[{at}]")
            yield from _lengths(line, platform, where)
            yield from _meanings(line, platform, where, units)
        yield from _sum(cart, platform)


def _lengths(line: CartLine, of: Platform, where: Where) -> Iterator[Finding]:
    told = (
        ("SupplierPartID", line.sku, of.sku, _REFUSED),
        ("SupplierPartAuxiliaryID", line.aux_id, of.aux_id, _REFUSED),
        ("Description", line.description, of.description, _CUT),
        ("ShortName", line.short_name, of.short_name, _CUT),
        ("ManufacturerPartID", line.mfr_part, of.mfr, _CUT),
        ("ManufacturerName", line.mfr, of.mfr, _CUT),
    )
    for name, value, most, code in told:
        size = len(value.encode("utf-8", "replace"))
        if size > most:
            what = f"{of.name}: {name} has {size} bytes of {most}"
            yield Finding.of(code, what, where, value)
    if not line.sku:
        what = f"{of.name}: SupplierPartID is empty"
        yield Finding.of(_REFUSED, what, where)
    if bad := sorted(set(line.aux_id) & set(of.signs)):
        what = f"{of.name}: SupplierPartAuxiliaryID holds {bad[0]!r}"
        yield Finding.of(_REFUSED, what, where, line.aux_id)


def _meanings(
    line: CartLine, of: Platform, where: Where, units: Container[str]
) -> Iterator[Finding]:
    price = line.unit_price.amount
    if price.as_tuple().exponent < -_DECIMALS:  # type: ignore[operator]  # finite
        what = f"{of.name}: price {price} has over {_DECIMALS} decimals"
        yield Finding.of(_CUT, what, where, str(price))
    if of.zero_price and price == Decimal(0):
        what = f"{of.name}: a price of nothing {of.zero_price}"
        yield Finding.of(_REFUSED, what, where, str(price))
    if of.unknown_unit and line.uom not in units and not is_rec20(line.uom):
        what = f"{of.name}: unit {line.uom!r}, none of Rec 20, {of.unknown_unit}"
        yield Finding.of(_REFUSED, what, where, line.uom)
    if not of.keeps_mark and line.aux_id:
        what = f"{of.name}: SupplierPartAuxiliaryID does not come back in the order"
        yield Finding.of(_CUT, what, where, line.aux_id)
    for one in line.classification:
        if one.scheme.upper() == "UNSPSC" and not _is_unspsc(one.code):
            what = f"{of.name}: UNSPSC {one.code!r} has not {_UNSPSC} digits"
            yield Finding.of(_REFUSED, what, where, one.code)
    if not line.classification:
        yield Finding.of(_REFUSED, f"{of.name}: Classification is missing", where)


def _is_unspsc(code: str) -> bool:
    return len(code) == _UNSPSC and code.isascii() and code.isdigit()


def _sum(cart: Cart, of: Platform) -> Iterator[Finding]:
    """A Total that is not the sum of the lines, where the platform adds up itself."""
    if not of.recomputes or cart.total is None or not cart.lines:
        return
    own = total(map(line_amount, cart.lines), cart.currency)
    if own != cart.total:
        what = f"{of.name}: Total {cart.total} becomes {own}, the sum of the lines"
        yield Finding.of(_CUT, what, Where(path="Total"), str(cart.total))
