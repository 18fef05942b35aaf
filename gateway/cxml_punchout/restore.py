"""An earlier cart opened again: the lines that the buyer holds now, as our basket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from gateway.catalog.keys import Prices
from gateway.catalog.model import Item
from gateway.catalog.pin import CartPin
from gateway.catalog.price import unit_of
from gateway.cxml_punchout.basket import MOST_LINES, BasketLine, ShopLine, Wish
from gateway.cxml_punchout.cart import CartLine, exact_price
from gateway.cxml_punchout.keyed import read_mark
from gateway.cxml_punchout.setup import SetupItem
from gateway.cxml_punchout.shop import known_item
from gateway.cxml_punchout.wish import operation_fault
from gateway.findings import Finding, Where

__all__ = [
    "EarlierCart",
    "named_carts",
    "restored",
    "setup_basket",
    "with_price_notices",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCart:
    """A cart of this partner that went back: whose it was, and what lay in it."""

    session_id: str
    user: str
    allowed: str
    lines: tuple[BasketLine, ...]


def named_carts(items: Iterable[SetupItem], key: bytes) -> frozenset[str]:
    """The sessions whose carts the lines come from, by our marks alone."""
    marks = (read_mark(key, item.aux_id) for item in items)
    return frozenset(one.session_id for one in marks if one is not None)


def setup_basket(items: Iterable[SetupItem]) -> tuple[BasketLine, ...]:
    """The lines as they are asked for in the catalog, before anything is known."""
    return tuple(
        BasketLine(n=at, sku=item.sku, quantity=Decimal(1))
        for at, item in enumerate(items, 1)
        if item.sku
    )


def restored(
    wish: Wish, key: bytes, carts: Mapping[str, EarlierCart], prices: Prices
) -> tuple[BasketLine, ...] | Finding:
    """The basket that a session begins with, quantities as the buyer has them.

    A line with a mark of this user's cart keeps it. Any other is opened by its item
    number, with a notice (CXM-211), and so is what the buyer copied from elsewhere; one
    without a number that we know is told (CXM-212). An operation that the cart does not
    allow is CXM-205; more lines than a basket has are CXM-207, for those that were
    left out would be deleted.
    """
    if len(wish.items) > MOST_LINES:
        where = Where(path="cXML/Request/PunchOutSetupRequest/ItemOut")
        what = f"{len(wish.items)} lines, a basket has at most {MOST_LINES}"
        return Finding.of("CXM-207", what, where)
    for cart in carts.values():
        fault = operation_fault(wish.operation, cart.allowed)
        if fault is not None:
            return fault
    lines = []
    for at, item in enumerate(wish.items, 1):
        ours = _ours(item, key, carts, wish.user)
        if ours is not None and item.sku in ("", ours.sku):
            quantity = item.quantity or ours.quantity
            lines.append(replace(ours, n=at, quantity=quantity, mark=_mark(item)))
        else:
            lines.append(_foreign(item, at, known_item(prices, item.sku)))
    return tuple(lines)


def with_price_notices(
    lines: Iterable[ShopLine], before: Iterable[CartPin]
) -> tuple[BasketLine, ...]:
    """The lines; those whose price is another than in their cart before say so."""
    was = {pin.aux_id: pin for pin in before}
    return tuple(_with_notice(line, was.get(line.line.mark)) for line in lines)


def _with_notice(line: ShopLine, was: CartPin | None) -> BasketLine:
    cart = line.cart
    if was is None or not isinstance(cart, CartLine) or was.unit != line.unit:
        return line.line
    price = cart.unit_price
    same = exact_price(cart) * Fraction(was.basis_qty) == Fraction(was.amount)
    if same and price.currency == was.currency:
        return line.line
    told = f"{was.amount:f} {was.currency} per {was.basis_qty:f}"
    ours = f"{price} per {line.basis_qty:f}"
    notice = Finding.of(
        "CXM-213", f"the price was {told}, and is {ours} now", value=told
    )
    return replace(line.line, notices=(*line.line.notices, notice))


def _ours(
    item: SetupItem, key: bytes, carts: Mapping[str, EarlierCart], user: str
) -> BasketLine | None:
    """The line of an earlier cart of the same user; another user's is nobody's."""
    its = read_mark(key, item.aux_id)
    cart = carts.get(its.session_id) if its else None
    if its is None or cart is None or cart.user != user:
        return None
    made_there = (line for line in cart.lines if not line.mark)
    return next((line for line in made_there if line.n == its.line), None)


def _mark(item: SetupItem) -> str:
    return item.aux_id.strip()


def _foreign(item: SetupItem, at: int, known: Item | None) -> BasketLine:
    """A line that no cart of this user has, by what the buyer says of it."""
    where = Where(path=f"cXML/Request/PunchOutSetupRequest/ItemOut[{at}]")
    told = f"line {item.line_no or at}"
    notice: Finding | None = None
    if not item.sku:
        notice = Finding.of("CXM-212", f"{told} names no item of ours", where)
    elif item.aux_id:
        what = f"{told} is not from a cart of this user"
        notice = Finding.of("CXM-211", what, where, item.sku)
    return BasketLine(
        n=at,
        sku=item.sku,
        quantity=item.quantity or Decimal(1),
        unit=_unit(item, known),
        notices=(notice,) if notice else (),
    )


def _unit(item: SetupItem, known: Item | None) -> str:
    """The catalog's unit that the buyer means; empty: the item's own."""
    if known is None or not item.uom:
        return ""
    unit = unit_of(known, item.uom, "cxml")
    return unit.unit if unit else item.uom
