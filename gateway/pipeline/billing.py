"""What our ERP billed: checked, booked, and told to the buyer."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from gateway.erp.documents import Billed
from gateway.erp.sheet import Fault, fault
from gateway.mappers import CXML_INVOICES, EDIFACT_INVOICES, INVOICES, UBL_INVOICES
from gateway.order import to_json
from gateway.order.invoice import Invoice, InvoiceLine, charged
from gateway.order.item import Price
from gateway.order.life import Signal, State, step
from gateway.order.model import OrderLine
from gateway.order.money import Money, extend, minor_units, total
from gateway.order.terms import Instructions
from gateway.pipeline.effects import Effect
from gateway.pipeline.fulfilled import (
    Fulfilled,
    Progress,
    as_last_sent,
    each_order,
    item_of,
    known_before,
    more_than_promised,
    move,
    odd,
    ordered,
    rejects,
)
from gateway.pipeline.ids import derived
from gateway.pipeline.leaving import draft_of, queued, unfit
from gateway.pipeline.outbound import sent_kind
from gateway.pipeline.own_effects import Bill, Move
from gateway.pipeline.release import Kept
from gateway.pipeline.rules import Rules

KINDS = frozenset((*INVOICES, *EDIFACT_INVOICES, *CXML_INVOICES, *UBL_INVOICES))
"""The messages that tell an invoice."""


def billed(
    document: Billed,
    orders: Sequence[Progress],
    known: dict[tuple[str, str], str],
    now: datetime,
    rules: Rules | None = None,
) -> Fulfilled:
    """An invoice or credit note, and the message for a buyer who gets one.

    What the file leaves out is the order's: item, unit, currency, price basis. An
    order that is shipped and billed whole is invoiced. ``orders`` has one for each of
    the lines, and their progress is counted on. ``known`` are the digests of invoices
    by partner and number; this one's is put in.
    """
    profile = orders[0].kept.profile
    invoice = _filled(document.invoice, orders)
    digest = hashlib.sha256(to_json(invoice).encode()).hexdigest()
    number, row = invoice.number, document.rows[0]
    if known.get((profile.id, number)) == digest:
        again = known_before(row, "invoice", number, digest, known, orders)
        return Fulfilled(faults=tuple(again))
    faults = [
        *odd(document.rows, invoice.lines, orders),
        *_counts(document, orders),
        *known_before(row, "invoice", number, digest, known, orders),
    ]
    kind = sent_kind(profile, KINDS, orders[0].kept.order)
    if kind and all(_by_receipt(x, one) for x, one in _pairs(invoice, orders)):
        kind = ""
    if kind:
        faults += _unwanted(document.rows, invoice, orders)
        faults += _sums(document.rows, invoice)
        faults += _prices(document.rows, invoice, orders)
    if rejects(faults):
        return Fulfilled(faults=tuple(faults))
    invoice = replace(invoice, id=derived("inv", now, f"{profile.id}/{number}"))
    leaving: tuple[Effect, ...] = ()
    if kind:
        by_id = {one.kept.order.id: as_last_sent(one.kept) for one in orders}
        first = orders[0].kept.order
        draft = draft_of(
            kind,
            invoice,
            by_id,
            profile,
            x12=INVOICES,
            edifact=EDIFACT_INVOICES,
            cxml=CXML_INVOICES,
            ubl=UBL_INVOICES,
        )
        faults += unfit(draft, profile, rules, now, row=row, code="ERP-030")
        if rejects(faults):
            return Fulfilled(faults=tuple(faults))
        idem = f"810/{invoice.id}"
        leaving = tuple(queued(draft, profile, first, now, idem=idem))
    bill = Bill(partner_id=profile.id, invoice=invoice, digest=digest)
    known[profile.id, number] = digest
    moves = _booked(invoice, orders)
    return Fulfilled(effects=(bill, *moves, *leaving), faults=tuple(faults))


def _filled(invoice: Invoice, orders: Sequence[Progress]) -> Invoice:
    """The invoice with what its rows leave out, and the sum of its lines."""
    currency = invoice.currency or orders[0].kept.order.currency
    lines = [
        _priced(line, one.kept, sent, currency)
        for line, one, sent in ordered(invoice.lines, orders)
    ]
    return replace(
        invoice,
        id="",
        currency=currency,
        lines=tuple(lines),
        goods=total((each.amount for each in lines if each.amount), currency),
        tax_total=_in(invoice.tax_total, currency),
        total=_in(invoice.total, currency),
    )


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
    return replace(
        line,
        order_id=kept.order.id,
        po_number=kept.order.po_number,
        release_number=kept.order.release_number,
        item=item_of(line.item, sent),
        uom=line.uom or sent.quantity.uom_sent,
        price=price,
        amount=_in(line.amount, currency) or _whole(replace(line, price=price)),
    )


def _whole(line: InvoiceLine) -> Money | None:
    """Quantity times price, rounded as a line is, with its charges and allowances.

    None without a price.
    """
    price = line.price
    if price.amount is None:
        return None
    currency, basis = price.currency, price.basis_qty
    net = extend(price.amount, line.quantity, currency, basis_qty=basis)
    return Money(net + charged(line.allowances_charges), currency)


def _counts(document: Billed, orders: Sequence[Progress]) -> Iterator[Fault]:
    """Lines of which more would be billed than promised, or credited than billed."""
    lines, rows = document.invoice.lines, document.rows
    if document.invoice.kind == "invoice":
        yield from more_than_promised(rows, lines, orders, "billed")
        return
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row, line, one in zip(rows, lines, orders, strict=True):
        key = (id(one), line.line_no)
        sums[key] += line.quantity
        before = one.billed.get(line.line_no, Decimal(0))
        if sums[key] > before:
            what = f"{sums[key]:f} of line {line.line_no} credited, {before:f} billed"
            yield fault(row, "quantity", "ERP-032", what, f"{line.quantity:f}")


def _pairs(
    invoice: Invoice, orders: Sequence[Progress]
) -> Iterator[tuple[InvoiceLine, Progress]]:
    return zip(invoice.lines, orders, strict=True)


def _by_receipt(line: InvoiceLine, one: Progress) -> bool:
    """Whether the buyer pays by what arrived: we bill, and nothing is sent."""
    return one.kept.order.instructed(line.line_no).invoice == "by_receipt"


_UNWANTED = {
    "none": "the buyer wants no invoice of it",
    "not_yet": "its price is not final",
    "by_receipt": "the buyer pays it by what arrived, bill it apart",
}


def _unwanted(
    rows: Sequence[int], invoice: Invoice, orders: Sequence[Progress]
) -> Iterator[Fault]:
    """Lines that the order wants no invoice of, or none yet (cXML ControlKeys)."""
    for row, (line, one) in zip(rows, _pairs(invoice, orders), strict=True):
        why = _UNWANTED.get(one.kept.order.instructed(line.line_no).invoice)
        if why and invoice.kind == "invoice":
            what = f"line {line.line_no}: {why}"
            yield fault(row, "line_no", "ERP-037", what, line.line_no)


def _sums(rows: Sequence[int], invoice: Invoice) -> Iterator[Fault]:
    """Amounts that are not what their parts come to."""
    for row, line in zip(rows, invoice.lines, strict=True):
        whole = _whole(line)
        if whole and line.amount and whole.amount != line.amount.amount:
            what = f"line {line.line_no} comes to {whole.amount:f}"
            yield fault(row, "amount", "ERP-031", what, f"{line.amount.amount:f}")
    parts = replace(invoice, tax_total=None).tax_sum
    if parts and invoice.tax_total and parts.amount != invoice.tax_total.amount:
        what = f"the taxes come to {parts.amount:f}"
        given = f"{invoice.tax_total.amount:f}"
        yield fault(rows[0], "tax_total", "ERP-031", what, given)
    yield from _taxes(rows[0], invoice)
    made = invoice.computed
    if made and invoice.total and made.amount != invoice.total.amount:
        what = f"goods, taxes, charges and allowances come to {made.amount:f}"
        yield fault(rows[0], "total", "ERP-031", what, f"{invoice.total.amount:f}")


def _taxes(row: int, invoice: Invoice) -> Iterator[Fault]:
    """Taxes that are not their rate of what they are of, or of all that is billed.

    Each line may have been rounded on its own.
    """
    step = Decimal(1).scaleb(-minor_units(invoice.currency)) * len(invoice.lines)
    bases: defaultdict[str, list[Money | None]] = defaultdict(list)
    for tax in invoice.taxes:
        bases[tax.kind].append(tax.base_amount)
        if tax.base_amount and tax.amount and tax.percent is not None:
            due = tax.base_amount.amount * tax.percent / 100
            if abs(due - tax.amount.amount) > step:
                what = f"{tax.percent:f} % of {tax.base_amount.amount:f} is {due:f}"
                yield fault(row, "taxes", "ERP-031", what, f"{tax.amount.amount:f}")
    net = invoice.without_tax
    for kind, every in bases.items():
        known = [one.amount for one in every if one is not None]
        if net and len(known) == len(every) > 1 and sum(known) != net.amount:
            what = f"what {kind or 'tax'} is of comes to {net.amount:f}"
            yield fault(row, "taxes", "ERP-031", what, f"{sum(known):f}")


def _prices(
    rows: Sequence[int], invoice: Invoice, orders: Sequence[Progress]
) -> Iterator[Fault]:
    """Prices that are none of those confirmed; currencies that are not the order's."""
    for row, line, one in zip(rows, invoice.lines, orders, strict=True):
        if invoice.currency != one.kept.order.currency:
            what = f"the order is in {one.kept.order.currency or 'no currency'}"
            yield fault(row, "currency", "ERP-033", what, invoice.currency)
        confirmed = list(_confirmed(one, line.line_no))
        told = one.kept.order.instructed(line.line_no)
        if confirmed and not any(_fits(line.price, each, told) for each in confirmed):
            amounts = ", ".join(f"{each.amount:f}" for each in confirmed)
            what = f"line {line.line_no} is confirmed at {amounts}"
            yield fault(row, "price", "ERP-033", what, f"{line.price.amount}")


def _confirmed(one: Progress, line_no: str) -> Iterator[Price]:
    """The prices that the answer gives a line, else the one ordered."""
    for ack in one.kept.ack.lines:
        if ack.line_no == line_no:
            for status in ack.statuses:
                price = status.price or ack.price
                if price.amount is not None:
                    yield price


def _same(one: Price, other: Price) -> bool:
    """Whether both come to the same per unit; none of ours is not judged."""
    if one.amount is None or other.amount is None:
        return True
    return one.amount * other.basis_qty == other.amount * one.basis_qty


def _fits(one: Price, confirmed: Price, told: Instructions) -> bool:
    """Whether it is the price confirmed, or no more above it than the order allows."""
    if one.amount is None or confirmed.amount is None or _same(one, confirmed):
        return _same(one, confirmed)
    each, agreed = (price.amount / price.basis_qty for price in (one, confirmed))  # type: ignore[operator]  # both have one
    most = agreed * (told.price_over_pct or Decimal(0)) / 100
    if told.price_over is not None:
        most = told.price_over.amount
    return agreed <= each <= agreed + most


def _booked(invoice: Invoice, orders: Sequence[Progress]) -> tuple[Move, ...]:
    """Count what was billed on, or off; an order that is billed whole moves on."""
    sign = -1 if invoice.kind == "credit_note" else 1
    for line, one in zip(invoice.lines, orders, strict=True):
        before = one.billed.get(line.line_no, Decimal(0))
        one.billed[line.line_no] = before + sign * line.quantity
    moves: list[Move] = []
    for one in each_order(orders):
        if sign > 0 and one.kept.state is State.SHIPPED and one.is_all_billed:
            after = step(one.kept.state, Signal.INVOICE)
            assert isinstance(after, State)
            moves += move(one, after)
    return tuple(moves)
