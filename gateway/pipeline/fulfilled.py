"""What our ERP shipped and billed, held against the orders it names."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from gateway.erp.documents import Billed, Shipped
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding
from gateway.order import to_json
from gateway.order.ack import REFUSED, WAITING, LineAck
from gateway.order.invoice import InvoiceLine
from gateway.order.item import Item
from gateway.order.life import Signal, State, step
from gateway.order.model import OrderLine
from gateway.order.money import Money, extend, total
from gateway.order.ship import ShippedLine
from gateway.pipeline.effects import Effect
from gateway.pipeline.ids import derived
from gateway.pipeline.own_effects import Bill, Move, Ship
from gateway.pipeline.release import Kept

_Line = TypeVar("_Line", ShippedLine, InvoiceLine)


@dataclass(slots=True)
class Progress:
    """An order, and how much of each line was shipped and billed, by line number."""

    kept: Kept
    shipped: dict[str, Decimal] = field(default_factory=dict)
    billed: dict[str, Decimal] = field(default_factory=dict)

    def promised(self, line_no: str) -> Decimal | None:
        """How many the buyer was promised; none where units were changed."""
        found = Decimal(0)
        for ack in self.kept.ack.lines:
            if ack.line_no != line_no:
                continue
            kinds = {status.kind for status in ack.statuses}
            if "change_unit" in kinds:
                return None
            found += _promised(ack)
        return found

    @property
    def is_all_shipped(self) -> bool:
        """Whether nothing that was promised is still to come."""
        return all(
            self.shipped.get(line.line_no, Decimal(0)) >= _promised(line)
            for line in self.kept.ack.lines
            if not line.parent_line
        )

    @property
    def is_all_billed(self) -> bool:
        """Whether everything that was shipped is billed."""
        return all(
            self.billed.get(line_no, Decimal(0)) >= quantity
            for line_no, quantity in self.shipped.items()
        )


def _promised(ack: LineAck) -> Decimal:
    return sum(
        (s.quantity for s in ack.statuses if s.kind not in REFUSED | WAITING),
        Decimal(0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """What a shipment or an invoice leads to; with a fault that rejects to nothing."""

    effects: tuple[Effect, ...] = ()
    faults: tuple[Fault, ...] = ()


def shipped(
    document: Shipped,
    orders: Sequence[Progress],
    known: Mapping[tuple[str, str], str],
    now: datetime,
) -> Fulfilled:
    """A shipment, its orders moved on. ``orders`` has one for each of its lines.

    What is not shipped as confirmed is refused: the buyer would not find it. The
    progress of the orders is counted on.
    """
    partner_id = orders[0].kept.profile.id
    notice = document.notice
    lines = [
        replace(
            line,
            order_id=one.kept.order.id,
            po_number=one.kept.order.po_number,
            release_number=one.kept.order.release_number,
            item=_item(line.item, sent),
            uom=line.uom or sent.quantity.uom_sent,
        )
        for line, one, sent in _ordered(notice.lines, orders)
    ]
    notice = replace(notice, lines=tuple(lines), id="", issued_at=None)
    digest = hashlib.sha256(to_json(notice).encode()).hexdigest()
    faults = [*_ships(document, orders), *_odd(document.rows, notice.lines, orders)]
    faults += _known(document.rows[0], "shipment", notice.number, digest, known, orders)
    if _rejects(faults) or (partner_id, notice.number) in known:
        return Fulfilled(faults=tuple(faults))
    for line, one in zip(notice.lines, orders, strict=True):
        before = one.shipped.get(line.line_no, Decimal(0))
        one.shipped[line.line_no] = before + line.quantity
    moves: list[Move] = []
    for one in _each(orders):
        whole = notice.complete or one.is_all_shipped
        after = step(one.kept.state, Signal.SHIP_ALL if whole else Signal.SHIP_PART)
        assert isinstance(after, State)  # _ships has asked
        moves += _move(one, after)
    id_ = derived("shp", now, f"{partner_id}/{notice.number}")
    kept = replace(notice, id=id_, issued_at=now)
    ship = Ship(partner_id=partner_id, notice=kept, digest=digest)
    return Fulfilled(effects=(ship, *moves), faults=tuple(faults))


def billed(
    document: Billed,
    orders: Sequence[Progress],
    known: Mapping[tuple[str, str], str],
    now: datetime,
) -> Fulfilled:
    """An invoice or credit note. An order that is shipped and billed whole is invoiced.

    What the file leaves out is the order's: item, unit, currency, price basis.
    """
    partner_id = orders[0].kept.profile.id
    invoice = document.invoice
    currency = invoice.currency or orders[0].kept.order.currency
    lines = [
        _priced(line, one.kept, sent, currency)
        for line, one, sent in _ordered(invoice.lines, orders)
    ]
    goods = total((each.amount for each in lines if each.amount), currency)
    invoice = replace(
        invoice,
        id="",
        currency=currency,
        lines=tuple(lines),
        goods=goods,
        tax_total=_in(invoice.tax_total, currency),
        total=_in(invoice.total, currency),
    )
    digest = hashlib.sha256(to_json(invoice).encode()).hexdigest()
    credit = invoice.kind == "credit_note"
    faults = list(_odd(document.rows, invoice.lines, orders))
    faults += [] if credit else _bills(document, orders)
    number = invoice.number
    faults += _known(document.rows[0], "invoice", number, digest, known, orders)
    if _rejects(faults) or (partner_id, number) in known:
        return Fulfilled(faults=tuple(faults))
    moves: list[Move] = []
    if not credit:
        for line, one in zip(invoice.lines, orders, strict=True):
            before = one.billed.get(line.line_no, Decimal(0))
            one.billed[line.line_no] = before + line.quantity
        for one in _each(orders):
            if one.kept.state is State.SHIPPED and one.is_all_billed:
                moves += _move(one, State.INVOICED)
    kept = replace(invoice, id=derived("inv", now, f"{partner_id}/{number}"))
    bill = Bill(partner_id=partner_id, invoice=kept, digest=digest)
    return Fulfilled(effects=(bill, *moves), faults=tuple(faults))


def _in(money: Money | None, currency: str) -> Money | None:
    return None if money is None else replace(money, currency=currency)


def _priced(
    line: InvoiceLine, kept: Kept, sent: OrderLine, currency: str
) -> InvoiceLine:
    price = replace(
        line.price,
        currency=currency,
        basis_qty=line.price.basis_qty or sent.price.basis_qty or Decimal(1),
    )
    amount = _in(line.amount, currency)
    if amount is None and price.amount is not None:
        basis = price.basis_qty
        whole = extend(price.amount, line.quantity, currency, basis_qty=basis)
        amount = Money(whole, currency)
    return replace(
        line,
        order_id=kept.order.id,
        po_number=kept.order.po_number,
        release_number=kept.order.release_number,
        item=_item(line.item, sent),
        uom=line.uom or sent.quantity.uom_sent,
        price=price,
        amount=amount,
    )


def _item(named: Item, sent: OrderLine) -> Item:
    """The item ordered, under the number of ours that the file names."""
    if not named.supplier_sku:
        return sent.item
    if named.supplier_sku == sent.item.supplier_sku:
        return sent.item
    return named


def _ordered(
    lines: Sequence[_Line], orders: Sequence[Progress]
) -> Iterator[tuple[_Line, Progress, OrderLine]]:
    """Each line with its order and the line that was ordered."""
    for line, one in zip(lines, orders, strict=True):
        sent = one.kept.order.line(line.line_no)
        assert sent is not None  # the caller has asked
        yield line, one, sent


def _each(orders: Sequence[Progress]) -> Iterator[Progress]:
    """Every order once."""
    return iter({id(one): one for one in orders}.values())


def _move(one: Progress, after: State) -> Iterator[Move]:
    kept = one.kept
    if after is not kept.state:
        yield Move(
            partner_id=kept.profile.id,
            order_id=kept.order.id,
            was=kept.state,
            state=after,
            by="erp",
        )
        one.kept = replace(kept, state=after)


def _rejects(faults: Sequence[Fault]) -> bool:
    return any(each.finding.severity == "reject" for each in faults)


def _ships(document: Shipped, orders: Sequence[Progress]) -> Iterator[Fault]:
    """Orders that cannot ship now, and lines that ship more than was promised."""
    told: set[int] = set()
    for row, one in zip(document.rows, orders, strict=True):
        after = step(one.kept.state, Signal.SHIP_PART)
        if isinstance(after, Finding) and id(one) not in told:
            told.add(id(one))
            what = f"{one.kept.order.id}: {after.what}"
            yield fault(row, "", "ERP-016", what)
    lines = document.notice.lines
    yield from _more(document.rows, lines, orders, "shipped")


def _bills(document: Billed, orders: Sequence[Progress]) -> Iterator[Fault]:
    yield from _more(document.rows, document.invoice.lines, orders, "billed")


def _more(
    rows: Sequence[int],
    lines: Sequence[ShippedLine | InvoiceLine],
    orders: Sequence[Progress],
    done: str,
) -> Iterator[Fault]:
    """Lines of which more would be shipped, or billed, than was promised."""
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row, line, one in zip(rows, lines, orders, strict=True):
        key = (id(one), line.line_no)
        sums[key] += line.quantity
        before = (one.shipped if done == "shipped" else one.billed).get(line.line_no)
        after = (before or Decimal(0)) + sums[key]
        promised = one.promised(line.line_no)
        if promised is not None and after > promised:
            what = (
                f"{after:f} of line {line.line_no} would be {done}, "
                f"{promised:f} are confirmed"
            )
            yield fault(row, "quantity", "ERP-009", what, f"{line.quantity:f}")


def _odd(
    rows: Sequence[int],
    lines: Sequence[ShippedLine | InvoiceLine],
    orders: Sequence[Progress],
) -> Iterator[Fault]:
    """Units and items that are not the ones ordered, or confirmed instead."""
    for row, line, one in zip(rows, lines, orders, strict=True):
        sent = one.kept.order.line(line.line_no)
        if sent is None:
            continue
        if line.uom != sent.quantity.uom_sent:
            what = f"the unit is {line.uom}, ordered was {sent.quantity.uom_sent}"
            yield fault(row, "unit", "ERP-015", what, line.uom)
        sku, ordered = line.item.supplier_sku, sent.item.supplier_sku
        if (
            sku
            and ordered
            and sku != ordered
            and sku not in _instead(one, line.line_no)
        ):
            what = f"the item is {sku}, ordered was {ordered}"
            yield fault(row, "sku", "ERP-015", what, sku)


def _instead(one: Progress, line_no: str) -> frozenset[str]:
    return frozenset(
        status.substitute.supplier_sku
        for line in one.kept.ack.lines
        if line.line_no == line_no
        for status in line.statuses
        if status.substitute is not None
    )


def _known(
    row: int,
    kind: str,
    number: str,
    digest: str,
    known: Mapping[tuple[str, str], str],
    orders: Sequence[Progress],
) -> Iterator[Fault]:
    """A number that is used already: for the same, or for something else."""
    partner_id = orders[0].kept.profile.id
    before = known.get((partner_id, number))
    if before == digest:
        what = f"{kind} {number} is known with the same content"
        yield fault(row, kind, "ERP-008", what, number)
    elif before is not None:
        what = f"{kind} {number} is known with other content"
        yield fault(row, kind, "ERP-007", what, number)
    if any(one.kept.profile.id != partner_id for one in orders):
        what = f"{kind} {number} names orders of several partners"
        yield fault(row, kind, "ERP-011", what, number)
