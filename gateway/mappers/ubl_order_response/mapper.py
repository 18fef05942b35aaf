"""UBL OrderResponse (Peppol T76, T116): what becomes of an order or of its change."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.mappers.parts.answered import lines_told, stated_type
from gateway.mappers.parts.ubl_written import item, party
from gateway.mappers.ubl_draft import Envelope, UblDraft, peppol
from gateway.order.ack import (
    ACCEPTED,
    REFUSED,
    AckType,
    LineAck,
    LineStatus,
    OrderAck,
)
from gateway.order.item import Item, Price
from gateway.order.model import Order
from gateway.order.money import Money
from gateway.partner.profile import Profile
from gateway.safexml.markup import Content, Node
from gateway.ubl.writing import cac, cbc, day, figure, measure

__all__ = ["KIND", "from_ack"]

KIND = "ubl_order_response"
_ADVANCED = "advanced_ordering"
_CODES: Mapping[AckType, str] = {
    "received": "AB",
    "held": "AB",
    "accepted": "AP",
    "accepted_with_changes": "CA",
    "rejected": "RE",
}
_CHANGED, _AGREED, _REFUSED = "3", "5", "7"
"""LineStatusCode (UNCL 1229)."""
_ZERO = Decimal(0)


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> UblDraft:
    """The answer without its day.

    Code and lines agree whatever the answer says: only CA has lines, and then all of
    them, the unchanged ones as accepted.
    """
    return UblDraft(
        kind=KIND, envelope=envelope, payload=_Response(ack, order, envelope)
    )


@dataclass(frozen=True, slots=True)
class _Response:
    """The answer, which is dated when it leaves."""

    ack: OrderAck
    order: Order
    envelope: Envelope

    @property
    def name(self) -> str:
        """The name of the root."""
        return "OrderResponse"

    def content(self, now: datetime) -> Content:
        """What stands in the root."""
        ack, order = self.ack, self.order
        kind = stated_type(ack)
        code = _CODES[kind]
        lines = tuple(self._lines(kind)) if code == "CA" else ()
        currency = ack.currency or order.currency
        return (
            *self._rules(),
            cbc("ID", _number(ack, order)),
            cbc("SalesOrderID", ack.sales_order_number or order.sales_order_number)
            if code != "RE"
            else None,
            day("IssueDate", now.date()),
            cbc("IssueTime", f"{now:%H:%M:%S}"),
            cbc("OrderResponseCode", code),
            cbc("Note", " ".join(_texts(ack, code))),
            cbc("DocumentCurrencyCode", currency),
            cbc("CustomerReference", order.customer_reference),
            cac("OrderReference", cbc("ID", ack.po_number)),
            self._changed(),
            party("SellerSupplierParty", order.party("seller"), self.envelope.sender),
            party("BuyerCustomerParty", order.party("buyer"), self.envelope.receiver),
            _promised(_days(ack)) if code == "AP" else None,
            *lines,
        )

    def _rules(self) -> tuple[Node | None, ...]:
        if not self.envelope.is_peppol:
            return (cbc("UBLVersionID", "2.1"),)
        if self.envelope.process == _ADVANCED:
            customization, process = peppol("order_response_advanced", _ADVANCED)
        else:
            customization, process = peppol("order_response", "ordering")
        return cbc("CustomizationID", customization), cbc("ProfileID", process)

    def _changed(self) -> Node | None:
        """The change that is answered, by its own number."""
        if self.ack.answers != "change":
            return None
        number = self.ack.order_source.message_control
        return cac("OrderChangeDocumentReference", cbc("ID", number))

    def _lines(self, kind: AckType) -> Iterator[Node | None]:
        """Each line, in as many parts as come at different times or prices."""
        count = 0
        for line, sent in lines_told(self.ack, self.order, kind):
            for part in self._parts(line, sent.item if sent else line.item):
                count += 1
                yield part.written(str(count), line)

    def _parts(self, line: LineAck, its: Item) -> Iterator[_Part]:
        unit = line.quantity.uom_rec20 or line.quantity.uom_sent
        unit = line.quantity.uom_sent if self.order.source.standard == "ubl" else unit
        comes = [one for one in line.statuses if one.kind not in REFUSED]
        if not line.statuses or _is_plain(line):
            yield _Part(item=its, status=_AGREED, notes=_notes(line))
            return
        if not comes:
            yield _Part(item=its, status=_REFUSED, notes=_notes(line, line.statuses))
            return
        refused = line.quantity.value - sum((one.quantity for one in comes), _ZERO)
        for n, one in enumerate(comes):
            waits = one.kind == "backorder" and one.date is None
            yield _Part(
                item=its,
                status=_CHANGED,
                notes=_notes(line, (one,)),
                quantity=_ZERO if waits else one.quantity,
                unit=one.uom or unit,
                later=one.quantity
                if waits
                else (_ZERO if refused > 0 and not n else None),
                day=one.date if one.date_kind == "delivery" else None,
                price=_priced(one.price or line.price, self.order.currency),
                instead=one.substitute,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What becomes of a line, or of a part of it.

    ``later`` is MaximumBackorderQuantity: how many come on a day that is not known; 0
    says that what lacks does not come.
    """

    item: Item
    status: str
    notes: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit: str = ""
    later: Decimal | None = None
    day: dt.date | None = None
    price: Node | None = None
    instead: Item | None = None

    def written(self, number: str, line: LineAck) -> Node | None:
        """OrderLine, which names the line that it answers."""
        return cac(
            "OrderLine",
            cac(
                "LineItem",
                cbc("ID", number),
                cbc("Note", " ".join(self.notes)),
                cbc("LineStatusCode", self.status),
                measure("Quantity", self.quantity, self.unit),
                measure("MaximumBackorderQuantity", self.later, self.unit),
                _promised([self.day] if self.day else []),
                self.price,
                item(self.item),
            ),
            cac("SellerSubstitutedLineItem", cbc("ID", number), item(self.instead))
            if self.instead is not None
            else None,
            cac("OrderLineReference", cbc("LineID", line.line_no)),
        )


def _is_plain(line: LineAck) -> bool:
    """Whether all of it comes as it was ordered, and no day is told."""
    return all(
        one.kind in ACCEPTED
        and (one.date is None or one.date_kind != "delivery")
        and one.substitute is None
        for one in line.statuses
    )


def _priced(price: Price, currency: str) -> Node | None:
    if price.amount is None:
        return None
    amount = Money(price.amount, price.currency or currency)
    basis = price.basis_qty if price.basis_qty != 1 or price.basis_uom else None
    return cac(
        "Price",
        figure("PriceAmount", amount),
        measure("BaseQuantity", basis, price.basis_uom),
    )


def _promised(days: Iterable[dt.date]) -> Node | None:
    """The span of days in which the goods arrive."""
    told = sorted(days)
    if not told:
        return None
    period = cac(
        "PromisedDeliveryPeriod", day("StartDate", told[0]), day("EndDate", told[-1])
    )
    return cac("Delivery", period)


def _days(ack: OrderAck) -> list[dt.date]:
    return [
        one.date
        for line in ack.lines
        for one in line.statuses
        if one.date is not None and one.date_kind == "delivery"
    ]


def _notes(line: LineAck, parts: Iterable[LineStatus] = ()) -> tuple[str, ...]:
    """What is said of a line; a day of shipping has no other place in UBL."""
    texts = [one.text for one in line.notes]
    for one in parts:
        if one.date is not None and one.date_kind == "ship":
            texts.append(f"Ship date {one.date.isoformat()}.")
        texts.append(one.note)
    return tuple(dict.fromkeys(text for text in texts if text))


def _texts(ack: OrderAck, code: str) -> tuple[str, ...]:
    """Reasons and notes; of what has no lines, those of the lines too."""
    texts = [*(reason.text for reason in ack.reasons), *(n.text for n in ack.notes)]
    if code == "RE":
        texts += [s.note for line in ack.lines for s in line.statuses]
    return tuple(dict.fromkeys(text for text in texts if text))


def _number(ack: OrderAck, order: Order) -> str:
    """Our number of the answer; a later one of the same order has another."""
    number = ack.id or ack.sales_order_number or order.sales_order_number
    number = number or ack.po_number
    if ack.answers == "order" and not ack.purpose and not ack.order_version:
        return number
    told = f"{ack.order_source.message_control} {ack.purpose} {ack.order_version}"
    told += f" {ack.type}"
    return f"{number}-{hashlib.sha256(told.encode()).hexdigest()[:4].upper()}"
