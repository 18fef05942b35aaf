"""An order's line beside the cart's line it comes from: what changed on the way.

All of it is notes: buyers may change an order, and systems do. The price of the cart is
the contract's price as long as it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.catalog.model import Contract, Item, PriceBreak
from gateway.catalog.pin import OVER, CartPin, Pin
from gateway.catalog.place import at_line, at_order
from gateway.catalog.price import Ask, Priced, unit_of
from gateway.catalog.units import meaning
from gateway.findings import Finding
from gateway.order.differ import Difference
from gateway.order.model import Order, OrderLine

__all__ = [
    "at_cart_price",
    "beside",
    "changed_on_the_way",
    "counts_instead",
    "other_total",
]

_HOLDS = "the price of the cart holds"


def at_cart_price(
    pin: Pin, item: Item, contract: Contract, ask: Ask, listed: Priced | Finding
) -> Priced | Finding:
    """The price that the cart promised in the place of the one in force.

    Another currency or a unit that the item does not have any more cannot hold.
    """
    line = pin.line
    if line is None or not pin.holds or line.currency != contract.currency:
        return listed
    unit = unit_of(item, line.unit)
    if unit is None:
        return listed
    promised = PriceBreak(
        from_qty=line.quantity,
        amount=line.amount,
        unit=line.unit,
        basis_qty=line.basis_qty,
    )
    its = Priced(
        contract=contract,
        item=item,
        ask=ask,
        chosen=promised,
        list_unit=unit,
        rejected=(),
        cart=line.place,
    )
    if isinstance(listed, Finding) or listed.per_base_unit() == its.per_base_unit():
        return its
    return replace(its, rejected=(*listed.rejected, (listed.chosen, _HOLDS)))


def counts_instead(priced: Priced, listed: Priced | Finding) -> str:
    """Why it is told that the cart's price counts; empty where both are the same."""
    if priced.cart is None:
        return ""
    ours = f"{priced.chosen.amount:f} {priced.contract.currency}"
    if isinstance(listed, Finding):
        return f"{priced.cart} has {ours}; {listed.what}"
    if listed.per_base_unit() == priced.per_base_unit():
        return ""
    now = f"{listed.chosen.amount:f} per {listed.chosen.basis_qty:f}"
    return f"{priced.cart} has {ours}, the contract now {now} {listed.chosen.unit}"


def changed_on_the_way(
    line: OrderLine, index: int, pin: Pin, standard: str
) -> tuple[Finding, ...]:
    """Why the price does not hold, and what the order says otherwise than the cart."""
    cart = pin.line
    if cart is None:
        what = f"{pin.named} is no cart of this partner that went back"
        where = at_line(line, index, "/item/supplier_aux_id", "item.supplier_aux_id")
        return (Finding.of("CAT-363", what, where, pin.named),)
    told = [_told(line, index, one) for one in beside(line, cart, standard)]
    if pin.why_not:
        told.insert(0, _not_held(line, index, pin.why_not, cart))
    return tuple(told)


def _not_held(line: OrderLine, index: int, why_not: str, cart: CartPin) -> Finding:
    where = at_line(line, index, "/price", "price.amount", "price")
    if why_not == OVER:
        return Finding.of("CAT-362", str(cart.place), where, cart.session_id)
    what = f"{cart.place} is item {cart.sku}"
    return Finding.of("CAT-364", what, where, cart.session_id)


_DIFFERENCES: Mapping[str, tuple[str, str]] = {
    "item": ("CAT-371", "item.supplier_sku"),
    "unit": ("CAT-372", "quantity.uom_sent"),
    "quantity": ("CAT-373", "quantity.value"),
    "price": ("CAT-374", "price.amount"),
    "description": ("CAT-375", "item.description"),
}
"""The finding of each difference, and the field of the line that it is in."""


def _told(line: OrderLine, index: int, one: Difference) -> Finding:
    code, field = _DIFFERENCES[one.name]
    what = f"{one.name} {one.after!r} was ordered, the cart has {one.before!r}"
    if one.name == "item" and _lost_zeros(one.after, one.before):
        what += "; zeros in front are gone"
    if one.name == "description" and one.before.startswith(one.after):
        what = f"the description was cut after {len(one.after)} characters"
    where = at_line(line, index, f"/{field.replace('.', '/')}", field)
    return Finding.of(code, what, where, one.after[-40:])


def _lost_zeros(sent: str, ours: str) -> bool:
    return ours.startswith("0") and sent.lstrip("0") == ours.lstrip("0")


def beside(
    line: OrderLine, cart: CartPin, standard: str = ""
) -> tuple[Difference, ...]:
    """What differs between the cart's line (before) and the order's (after).

    ``standard`` is that of the order's units. What an order does not say is the same.
    """
    price, quantity = line.price, line.quantity
    same_unit = _is_unit(quantity.uom_sent, cart, standard)
    found = [
        Difference("item", cart.sku, line.item.supplier_sku or cart.sku),
        Difference("unit", cart.uom or cart.unit, quantity.uom_sent)
        if not same_unit
        else _SAME,
        _SAME
        if quantity.value == cart.quantity
        else Difference("quantity", f"{cart.quantity:f}", f"{quantity.value:f}"),
    ]
    per = price.basis_uom or quantity.uom_sent
    if (
        price.amount is not None
        and _is_unit(per, cart, standard)
        and price.amount * cart.basis_qty != cart.amount * price.basis_qty
    ):
        ours = f"{cart.amount:f} per {cart.basis_qty:f}"
        sent = f"{price.amount:f} per {price.basis_qty:f}"
        found.append(Difference("price", ours, sent))
    text = _words(line.item.description)
    if text and cart.description:
        found.append(Difference("description", _words(cart.description), text))
    return tuple(one for one in found if one.before != one.after)


_SAME = Difference("", "", "")


def _is_unit(sent: str, cart: CartPin, standard: str) -> bool:
    """Whether a unit is the cart's, as it was written or as the catalog has it."""
    if not sent or sent in (cart.uom, cart.unit):
        return True
    meant = meaning(sent, standard)
    return bool(meant) and meant == meaning(cart.unit)


def _words(text: str) -> str:
    return " ".join(text.split())


def other_total(
    order: Order, pins: Mapping[int, Pin], carts: Sequence[CartPin]
) -> tuple[Finding, ...]:
    """CAT-376 where an order of one whole cart, unchanged, has another total."""
    total = order.totals.amount if order.totals else None
    lines = [pins[n].line for n in range(len(order.lines)) if n in pins]
    named = [one for one in lines if one is not None]
    sessions = {one.cart for one in named}
    if total is None or len(sessions) != 1 or len(named) != len(order.lines):
        return ()
    whole = {one.place for one in carts if one.cart in sessions}
    quantities = zip(named, order.lines, strict=True)
    if whole != {one.place for one in named} or any(
        cart.quantity != line.quantity.value for cart, line in quantities
    ):
        return ()
    ours = named[0].cart_total
    if ours is None or (ours.amount, ours.currency) == (total.amount, total.currency):
        return ()
    where = at_order(order, "/totals/amount", "totals.amount")
    what = f"{total} was ordered, cart {named[0].cart} has {ours}"
    return (Finding.of("CAT-376", what, where, f"{total.amount:f}"),)
