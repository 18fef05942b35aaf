"""What punch-out carts promised: which of their lines an order's lines come from."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from gateway.order.model import Order, OrderLine
from gateway.order.money import Money
from gateway.order.party import Identifier, Reference
from gateway.partner.policy import PricePin

__all__ = [
    "OVER",
    "CartPin",
    "CartPlace",
    "Pin",
    "PinnedBy",
    "carts_named",
    "meant",
    "pins_of",
]

PinnedBy = Literal["mark", "quote", "item"]
"""What a line was known by: the cart's own id of it, a reference, its item."""

OVER = "its time is over"
"""Why a price does not hold after its days."""

_SESSION = re.compile(
    r"(?<![0-9A-Za-z])ses_(?P<id>[0-9A-Z]{26})(?:-(?P<line>[1-9][0-9]{0,4})(?![0-9]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CartPlace:
    """A line of a cart, and when the cart went back to the buyer."""

    session_id: str
    line: int
    returned_at: dt.datetime

    def __str__(self) -> str:
        """It in words."""
        return f"cart {self.session_id}, line {self.line}, returned {self.day}"

    @property
    def day(self) -> dt.date:
        """The day of the return, in UTC."""
        return self.returned_at.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartPin:
    """One line of a cart as it went back: what was promised, and how it was written.

    ``amount`` is per ``basis_qty`` of ``unit``, the catalog's. ``sku`` is ours, while
    ``uom``, ``description`` and ``aux_id`` are just as the buyer got them.
    ``cart_total`` is that of the whole cart, ``test`` that it was a test. The mark of a
    line stays the same when its cart is edited: ``session_id`` and ``line`` are the
    mark's, ``returned_in`` is the session that gave it back last.
    """

    session_id: str
    line: int
    returned_at: dt.datetime
    sku: str
    unit: str
    quantity: Decimal
    amount: Decimal
    currency: str
    basis_qty: Decimal = Decimal(1)
    uom: str = ""
    description: str = ""
    aux_id: str = ""
    returned_in: str = ""
    cart_total: Money | None = None
    test: bool = False

    @property
    def place(self) -> CartPlace:
        """Where it stands, and since when it is promised."""
        return CartPlace(self.session_id, self.line, self.returned_at)

    @property
    def cart(self) -> str:
        """The session whose cart had the line last."""
        return self.returned_in or self.session_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """An order's line and the line of a cart that it comes from.

    ``why_not`` says why the price does not hold; empty when it does. Without a line
    ``named`` is a cart that is not known, or has no such line.
    """

    by: PinnedBy
    line: CartPin | None = None
    named: str = ""
    why_not: str = ""

    @property
    def holds(self) -> bool:
        """Whether the price of the cart is the price of the line."""
        return self.line is not None and not self.why_not


class _Named(NamedTuple):
    """What a text names: a session, and a line of it (0: it does not say)."""

    session_id: str
    line: int


def carts_named(
    order: Order, lines: Iterable[OrderLine], pin: PricePin
) -> frozenset[str]:
    """The sessions whose carts an order names, anywhere that the profile looks at."""
    if not pin.days:
        return frozenset()
    named = {one.session_id for one in _of_order(order, pin)}
    for line in lines:
        named.update(one.session_id for _, one in _of_line(line, pin))
    return frozenset(named)


def _of_line(line: OrderLine, pin: PricePin) -> Iterator[tuple[PinnedBy, _Named]]:
    """What a line names of carts: by the cart's own mark first, then by references."""
    item = line.item
    for text in (item.supplier_aux_id, item.supplier_sku):  # some buyers swap them
        yield from (("mark", one) for one in _named(text))
    if not (line.quote_ref or line.references or line.item.ids):
        return
    texts = [line.quote_ref, *_chosen(line.references, pin), *_ids(line.item.ids, pin)]
    for text in texts:
        for one in _named(text):
            said = int(line.quote_line) if _is_line(line.quote_line) else 0
            yield ("quote", _Named(one.session_id, one.line or said))


def _of_order(order: Order, pin: PricePin) -> Iterator[_Named]:
    for text in (order.quote_ref, *_chosen(order.references, pin)):
        yield from _named(text)


def _named(text: str) -> Iterator[_Named]:
    if len(text) < _SHORTEST:
        return
    match = _SESSION.search(text)
    if match is not None:
        yield _Named(f"ses_{match['id'].upper()}", int(match["line"] or 0))


_SHORTEST = len("ses_") + 26


def _is_line(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 5


def _chosen(references: Iterable[Reference], pin: PricePin) -> Iterator[str]:
    wanted = pin.references
    return (one.value for one in references if not wanted or one.kind in wanted)


def _ids(ids: Iterable[Identifier], pin: PricePin) -> Iterator[str]:
    wanted = pin.references
    return (one.id for one in ids if not wanted or one.scheme in wanted)


@dataclass(slots=True)
class _Carts:
    """The lines of carts that were looked up, by what they are found by."""

    by_session: Mapping[str, Sequence[CartPin]]
    by_item: Mapping[tuple[str, str], Sequence[CartPin]]

    @classmethod
    def of(cls, lines: Iterable[CartPin], *, test: bool) -> _Carts:
        by_session: defaultdict[str, list[CartPin]] = defaultdict(list)
        by_item: defaultdict[tuple[str, str], list[CartPin]] = defaultdict(list)
        for one in sorted(lines, key=lambda one: one.returned_at, reverse=True):
            if one.test == test:
                for session_id in {one.session_id, one.cart}:
                    by_session[session_id].append(one)
                by_item[one.sku, one.unit].append(one)
        return cls(by_session, by_item)


def pins_of(
    order: Order,
    lines: Iterable[tuple[int, OrderLine, str, str]],
    carts: Iterable[CartPin],
    pin: PricePin,
    now: dt.datetime,
) -> Mapping[int, Pin]:
    """The pin of each line that comes from a cart, by the line's index.

    ``lines`` are index, line, our item and its unit, both empty where they are not
    known. A mark goes before a reference, that before the item alone.
    """
    known = _Carts.of(carts, test=order.test)
    head = tuple(_of_order(order, pin))
    found = {}
    for index, line, sku, unit in lines:
        told = tuple(_of_line(line, pin)) + tuple(("quote", one) for one in head)
        its = _pin(line, sku, unit, told, known, pin)
        if its is not None:
            found[index] = _timed(its, pin, now)
    return found


def meant(line: OrderLine, carts: Iterable[CartPin]) -> OrderLine:
    """The line with our number where the cart's id stands in its place."""
    named = next(_named(line.item.supplier_sku), None)
    if named is None:
        return line
    place = named.session_id, named.line
    its = next((one for one in carts if (one.session_id, one.line) == place), None)
    if its is None:
        return line
    return replace(line, item=replace(line.item, supplier_sku=its.sku))


def _pin(
    line: OrderLine,
    sku: str,
    unit: str,
    told: Sequence[tuple[PinnedBy, _Named]],
    known: _Carts,
    pin: PricePin,
) -> Pin | None:
    missing: Pin | None = None
    for by, named in told:
        if by not in pin.by:
            continue
        cart = known.by_session.get(named.session_id, ())
        its = _line_of(cart, named, line, sku, unit)
        if its is not None:
            sent = line.item.supplier_aux_id, line.item.supplier_sku
            exact = by == "mark" and its.aux_id in sent
            return _held(Pin(by="mark" if exact else "quote", line=its), sku)
        if named.line or not cart:
            missing = missing or Pin(by=by, named=_text(named), why_not="not known")
    if "item" in pin.by and sku:
        its = _nearest(known.by_item.get((sku, unit), ()), line)
        if its is not None:
            return Pin(by="item", line=its)
    return missing


def _text(named: _Named) -> str:
    return f"{named.session_id}-{named.line}" if named.line else named.session_id


def _line_of(
    cart: Sequence[CartPin], named: _Named, line: OrderLine, sku: str, unit: str
) -> CartPin | None:
    """The line that is named by its number, else the one with the item."""
    if named.line:
        return next((one for one in cart if one.line == named.line), None)
    sent = line.item.supplier_sku
    same = [one for one in cart if one.sku in (sku, sent)]
    return _nearest([one for one in same if one.unit == unit] or same, line)


def _nearest(cart: Sequence[CartPin], line: OrderLine) -> CartPin | None:
    """Of several promises the one at the price that was sent, else the newest."""
    price = line.price
    at_price = (
        one
        for one in cart
        if price.amount is not None
        and price.amount * one.basis_qty == one.amount * price.basis_qty
    )
    return next(at_price, cart[0] if cart else None)


def _held(its: Pin, sku: str) -> Pin:
    """A promise is about its item; one of an item that nobody knows says nothing."""
    line = its.line
    assert line is not None
    if sku and sku != line.sku:
        return Pin(by=its.by, line=line, why_not="another item")
    return its


def _timed(its: Pin, pin: PricePin, now: dt.datetime) -> Pin:
    line = its.line
    if line is None or its.why_not:
        return its
    if now - line.returned_at > dt.timedelta(days=pin.days):
        return Pin(by=its.by, line=line, why_not=OVER)
    return its
