"""The answer to one line as ConfirmationItem: parts that add up to what was ordered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.cxml_punchout.cart import CartLine, per_unit
from gateway.cxml_punchout.confirm import ConfirmedItem, ConfirmedPart, PartType
from gateway.cxml_punchout.envelope import SINCE
from gateway.mappers.parts.cxml_price import basis_of, told
from gateway.order.ack import REFUSED, LineAck, LineStatus, StatusKind
from gateway.order.item import Classification, Item, LineQuantity, Price
from gateway.order.model import OrderLine
from gateway.order.money import Money

__all__ = ["Pen"]

_BASIS_SINCE = SINCE["ItemDetail", "PriceBasisQuantity"]
_PENDING: frozenset[StatusKind] = frozenset({"hold", "date_pending", "price_pending"})
_OURS = "SupplierPartID"
"""The domain of a class of goods that we know nothing but our number of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comes:
    """What is said of a part that comes."""

    type: PartType
    unit_price: Money | None = None
    item: CartLine | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes answers of lines for a version; ``currency`` is that of the order."""

    version: str
    currency: str

    def waiting(self, line: OrderLine | LineAck) -> ConfirmedItem:
        """A line that is not decided."""
        return _whole(line.line_no, line.quantity, "unknown")

    def refused(self, line: OrderLine) -> ConfirmedItem:
        """A line of an order that is refused as a whole."""
        return _whole(line.line_no, line.quantity, "reject")

    def item(self, line: LineAck, sent: OrderLine | None) -> ConfirmedItem | None:
        """The answer to a line; none to one that the buyer took out of the order.

        Of a line that was to go and does not, it is told that it comes as before.
        """
        ordered = line.quantity
        kinds = {status.kind for status in line.statuses}
        if line.change == "delete" and kinds <= {"delete"}:
            return None
        if line.change == "delete" or not line.statuses or not ordered.value:
            return _whole(line.line_no, ordered, "accept", _notes(line))
        return ConfirmedItem(
            line_no=line.line_no,
            quantity=ordered.value,
            uom=ordered.uom_sent,
            parts=tuple(self._parts(line, sent.item if sent else line.item)),
        )

    def _parts(self, line: LineAck, item: Item) -> Iterator[ConfirmedPart]:
        """What becomes of how many; what nothing is said of does not come."""
        left = line.quantity.value
        for status in sorted(line.statuses, key=lambda one: _is_other_unit(line, one)):
            of_line = left
            if not _is_other_unit(line, status):
                of_line = min(left, status.quantity)
            if of_line > 0:
                left -= of_line
                yield self._part(line, item, status, of_line)
        if left:
            yield _part("reject", left, line.quantity.uom_sent)

    def _part(
        self, line: LineAck, item: Item, status: LineStatus, quantity: Decimal
    ) -> ConfirmedPart:
        if status.kind in REFUSED:
            comes = _Comes(type="reject")
        elif status.kind == "backorder" or _ships_later(status):
            comes = _Comes(type="backordered")
        elif status.kind in _PENDING:
            comes = _Comes(type="unknown")
        else:
            comes = self._comes(line, item, status, quantity)
        is_dated = comes.type not in ("reject", "unknown")
        by_ship = status.date_kind == "ship"
        arrives = not by_ship and comes.type != "accept"
        return ConfirmedPart(
            type=comes.type,
            quantity=quantity,
            uom=line.quantity.uom_sent,
            ship_date=status.date if is_dated and by_ship else None,
            delivery_date=status.date if is_dated and arrives else None,
            unit_price=comes.unit_price,
            item=comes.item,
            comments=_notes(line, status.note),
        )

    def _comes(
        self, line: LineAck, item: Item, status: LineStatus, quantity: Decimal
    ) -> _Comes:
        """As ordered, or what differs; another number, unit or item is an ItemIn.

        What differs and cannot be told in this version is ``unknown``.
        """
        price = _differing(status, line)
        unit = self._per_unit(price, line.quantity.uom_sent) if price else None
        is_other = status.quantity != quantity or _is_other_unit(line, status)
        if status.substitute is not None or is_other or (price and unit is None):
            instead = self._instead(line, item, status)
            return _Comes(type="detail" if instead else "unknown", item=instead)
        if unit or _is_moved(status):
            return _Comes(type="detail", unit_price=unit)
        return _Comes(type="unknown" if status.kind == "change_price" else "accept")

    def _per_unit(self, price: Price, uom: str) -> Money | None:
        """A price of one ordered unit; none where it is exact only for more."""
        of_one = told(price, uom, self.currency, with_basis=False)
        return of_one[0] if of_one else None

    def _instead(
        self, line: LineAck, item: Item, status: LineStatus
    ) -> CartLine | None:
        """What comes: how many, in which unit, at which price; none without a price."""
        price = _differing(status, line)
        if price is None:
            if _is_other_unit(line, status):
                return None
            price = line.price
        comes = status.substitute or item
        uom = status.uom or line.quantity.uom_sent
        classes = comes.classification or item.classification
        made = self._line(comes, status.quantity, uom, price, classes)
        if made is None or made.basis is None:
            return made
        return per_unit(made) or (made if self.version >= _BASIS_SINCE else None)

    def _line(
        self,
        item: Item,
        quantity: Decimal,
        uom: str,
        price: Price,
        classes: Iterable[Classification] = (),
    ) -> CartLine | None:
        """The item in an ItemIn; none where its price per unit is not known."""
        currency = price.currency or self.currency
        basis = basis_of(price, uom)
        if price.amount is None or not currency or basis is None:
            return None
        ours = Classification(code=item.supplier_sku, scheme=_OURS)
        return CartLine(
            quantity=quantity,
            sku=item.supplier_sku,
            aux_id=item.supplier_aux_id,
            unit_price=Money(price.amount, currency),
            uom=uom,
            description=item.description or item.supplier_sku,
            classification=tuple(map(_spelled, classes)) or (ours,),
            basis=None if basis.factor == 1 == basis.quantity else basis,
            mfr_part=item.mfr_part,
            mfr=item.mfr,
            buyer_part=item.buyer_part,
        )


def _differing(status: LineStatus, line: LineAck) -> Price | None:
    """Our price, where it is another than the order's."""
    ours = status.price
    if ours is None or ours.amount is None or ours == line.price:
        return None
    return ours


def _spelled(one: Classification) -> Classification:
    """UNSPSC in capital letters, as everyone writes it; others as they came."""
    return replace(one, scheme="UNSPSC") if one.scheme == "unspsc" else one


def _is_other_unit(line: LineAck, status: LineStatus) -> bool:
    return status.uom not in ("", line.quantity.uom_sent)


def _is_moved(status: LineStatus) -> bool:
    """Whether it comes on another day."""
    return status.kind == "reschedule" and status.date is not None


def _ships_later(status: LineStatus) -> bool:
    """Whether of another day only that of shipping is known: no delivery can be told.

    What differs beside the day has to be told as a detail.
    """
    plain = status.price is None and status.substitute is None
    return plain and _is_moved(status) and status.date_kind == "ship"


def _notes(line: LineAck, note: str = "") -> tuple[str, ...]:
    texts = (note, *(one.text for one in line.notes))
    return tuple(dict.fromkeys(text for text in texts if text))


def _part(
    kind: PartType, quantity: Decimal, uom: str, notes: tuple[str, ...] = ()
) -> ConfirmedPart:
    return ConfirmedPart(type=kind, quantity=quantity, uom=uom, comments=notes)


def _whole(
    line_no: str, ordered: LineQuantity, kind: PartType, notes: tuple[str, ...] = ()
) -> ConfirmedItem:
    """A line all of which is the same."""
    uom = ordered.uom_sent
    part = _part(kind, ordered.value, uom, notes)
    return ConfirmedItem(
        line_no=line_no, quantity=ordered.value, uom=uom, parts=(part,)
    )
