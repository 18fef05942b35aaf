"""Our ERP's word about one line: what it leaves open is as our answer has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.erp.documents import Said
from gateway.erp.sheet import Fault, fault
from gateway.order.ack import (
    REFUSED,
    WAITING,
    LineAck,
    LineStatus,
    StatusKind,
    quantities_agree,
)
from gateway.order.item import Item, Price
from gateway.order.model import OrderLine

__all__ = ["line_answer"]


def line_answer(
    line: OrderLine, ack: LineAck, said: Sequence[Said], currency: str
) -> LineAck | Fault:
    """The line's new answer by the rows about it, of which there is one at least.

    ``ack`` is the answer as it stands, ``currency`` the order's.
    """
    offer = _Offer.of(ack)
    if (wrong := _unclear(line, said, offer)) is not None:
        return wrong
    if len(said) == 1 and _agrees(said[0], offer):
        return _dated(ack, said[0])
    parts = tuple(_status(line, one, said, offer, currency) for one in said)
    new = replace(ack, statuses=parts)
    if quantities_agree(new) and not _too_much(line, said, parts):
        return new
    told = sum((status.quantity for status in parts), Decimal(0))
    what = f"line {line.line_no} has {line.quantity.value:f}, the rows say {told:f}"
    return fault(said[0].row, "quantity", "ERP-006", what, f"{told:f}")


@dataclass(frozen=True, slots=True)
class _Offer:
    """What our answer promises of a line, part by part; nothing while it waits."""

    parts: tuple[LineStatus, ...] = ()
    is_split: bool = False
    is_partly_refused: bool = False

    @classmethod
    def of(cls, ack: LineAck) -> _Offer:
        """What the ERP can agree to."""
        if any(status.kind in WAITING for status in ack.statuses):
            return cls()
        parts = tuple(each for each in ack.statuses if each.kind not in REFUSED)
        return cls(
            parts,
            is_split=bool(parts) and len(ack.statuses) > 1,
            is_partly_refused=len(parts) < len(ack.statuses),
        )

    @property
    def only(self) -> LineStatus | None:
        """The answer, where it is in one part."""
        return self.parts[0] if self.parts and not self.is_split else None

    @property
    def price(self) -> Price | None:
        """Ours, where it is not the one ordered."""
        return self.parts[0].price if self.parts else None

    @property
    def substitute(self) -> Item | None:
        """The item that comes instead."""
        return self.parts[0].substitute if self.parts else None

    @property
    def skus(self) -> set[str]:
        """Items that come instead, in any part."""
        return {each.substitute.supplier_sku for each in self.parts if each.substitute}


def _unclear(line: OrderLine, said: Sequence[Said], offer: _Offer) -> Fault | None:
    """What a row says and nobody could do, or leaves open and nobody could know."""
    for each in said:
        if each.decision == "reject":
            continue
        sku, number = each.substitute_sku, line.line_no
        if sku and each.decision != "change" and sku not in offer.skus:
            what = f"another item is a change of line {number}; write decision change"
            return fault(each.row, "substitute_sku", "ERP-002", what, sku)
        if not offer.is_split or (len(said) == 1 and _is_mere_yes(each)):
            continue
        prices = [part.price for part in offer.parts]
        if each.price is None and any(one != prices[0] for one in prices):
            what = f"line {number} has several prices in our answer; name one"
            return fault(each.row, "price", "ERP-002", what)
        promised = sum((part.quantity for part in offer.parts), Decimal(0))
        wants_all = each.quantity is None and each.decision != "backorder"
        if wants_all and promised != line.quantity.value:
            what = f"{promised:f} of line {number} are promised in parts; name yours"
            return fault(each.row, "quantity", "ERP-002", what)
    yes = said[0]
    if offer.is_split and len(said) == 1 and _is_mere_yes(yes) and yes.date is not None:
        what = f"our answer has line {line.line_no} in parts; give each a row"
        return fault(yes.row, "date", "ERP-002", what, yes.date.isoformat())
    return None


def _is_mere_yes(said: Said) -> bool:
    return said.decision == "accept" and said.quantity is None and said.price is None


def _agrees(said: Said, offer: _Offer) -> bool:
    """Whether a row takes our answer as it stands, be it by repeating it."""
    if _is_mere_yes(said):
        return bool(offer.parts) and not offer.is_partly_refused
    ours = offer.only
    if ours is None or said.decision != "accept" or ours.kind == "backorder":
        return False
    same_price = said.price is None or (
        ours.price is not None and said.price == ours.price.amount
    )
    return same_price and said.quantity in (None, ours.quantity)


def _dated(ack: LineAck, said: Said) -> LineAck:
    """Our answer, on the ERP's day and with its words if it has any."""
    first = ack.statuses[0]
    if said.date is not None:
        first = replace(first, date=said.date, date_kind=said.date_kind)
    if said.reason not in ("", *first.note.split("\n")):
        note = f"{first.note}\n{said.reason}" if first.note else said.reason
        first = replace(first, note=note)
    return replace(ack, statuses=(first, *ack.statuses[1:]))


def _too_much(
    line: OrderLine, said: Sequence[Said], parts: Sequence[LineStatus]
) -> bool:
    """Whether more is accepted than was ordered, without calling it a change."""
    if any(each.decision == "change" for each in said):
        return False
    named = (
        part.quantity
        for each, part in zip(said, parts, strict=True)
        if each.quantity is not None
    )
    return sum(named, Decimal(0)) > line.quantity.value


def _status(
    line: OrderLine, each: Said, said: Sequence[Said], offer: _Offer, currency: str
) -> LineStatus:
    """What one row says of a part of the line."""
    quantity = _quantity(line, each, offer)
    status = LineStatus(
        kind="reject",
        quantity=quantity,
        uom=line.quantity.uom_sent,
        note=each.reason,
    )
    if each.decision == "reject":
        return status
    price = _price(line, each, offer, currency)
    instead = offer.substitute
    if each.substitute_sku and each.decision == "change":
        instead = Item(supplier_sku=each.substitute_sku)
    is_other = len(said) == 1 and quantity != line.quantity.value
    if len(said) > 1 and each.decision == "change" and price is None:
        is_other = True
    kind = _kind(each, price, instead, is_other=is_other)
    status = replace(status, kind=kind, price=price, substitute=instead)
    if each.date is not None:
        status = replace(status, date=each.date, date_kind=each.date_kind)
    return status


def _quantity(line: OrderLine, each: Said, offer: _Offer) -> Decimal:
    """What the row names; without a word as we promised it, or all of the line."""
    if each.quantity is not None:
        return each.quantity
    ours = offer.only if each.decision in ("accept", "change") else None
    return line.quantity.value if ours is None else ours.quantity


def _price(line: OrderLine, each: Said, offer: _Offer, currency: str) -> Price | None:
    """The price that is not the one ordered: the row's, or without a word ours."""
    if each.price is None:
        return offer.price
    if each.price == line.price.amount:
        return None
    currency = line.price.currency or currency
    return replace(line.price, amount=each.price, currency=currency)


def _kind(
    each: Said, price: Price | None, instead: Item | None, *, is_other: bool
) -> StatusKind:
    """What the part is called; ``is_other``: its quantity is not the line's."""
    if each.decision == "backorder":
        return "backorder"
    if instead is not None:
        return "substitute"
    if price is not None:
        return "change_terms" if is_other else "change_price"
    if is_other:
        return "change_quantity"
    return "reschedule" if each.decision == "change" and each.date else "accept"
