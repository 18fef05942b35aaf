"""What our ERP says: confirmations, shipments, invoices and counts, from rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from gateway.catalog.imported import Fields
from gateway.erp.sheet import Fault, Row, fault, faults_of
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.item import Item, Price
from gateway.order.money import Money, Quantity
from gateway.order.party import Reference
from gateway.order.ship import Package, ShipNotice, ShippedLine
from gateway.order.stock import StockExpected, StockLevel, StockReport

__all__ = [
    "Billed",
    "Confirmation",
    "Counted",
    "Decision",
    "OrderRef",
    "Said",
    "Shipped",
    "of_rows",
]

Decision = Literal["accept", "change", "reject", "backorder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """How a row names an order: by our id, or by the buyer's number."""

    order_id: str = ""
    partner_id: str = ""
    po_number: str = ""
    release_number: str = ""

    def __str__(self) -> str:
        """For people."""
        release = f"/{self.release_number}" * bool(self.release_number)
        return self.order_id or f"{self.po_number}{release}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one row says of a line, or of all others where ``line_no`` is empty."""

    row: int
    line_no: str
    decision: Decision
    quantity: Decimal | None = None
    price: Decimal | None = None
    date: dt.date | None = None
    date_kind: Literal["ship", "delivery"] = "ship"
    substitute_sku: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """All that a file says of one order."""

    order: OrderRef
    said: tuple[Said, ...]
    version: int = 0
    """The version of the order that it answers; 0: it does not say."""
    as_of: dt.datetime | None = None
    """When it was decided; none: when the file came."""

    @property
    def rows(self) -> tuple[int, ...]:
        """Where it stands in the file."""
        return tuple(each.row for each in self.said)

    @property
    def orders(self) -> tuple[OrderRef, ...]:
        """The orders it is about."""
        return (self.order,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A shipment, and for each of its lines the row and the order as it was named."""

    notice: ShipNotice
    rows: tuple[int, ...]
    orders: tuple[OrderRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """An invoice, and for each of its lines the row and the order as it was named."""

    invoice: Invoice
    rows: tuple[int, ...]
    orders: tuple[OrderRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One count of stock, and its row."""

    level: StockLevel
    rows: tuple[int, ...]
    orders: tuple[OrderRef, ...] = ()


Document = Confirmation | Shipped | Billed | Counted


def of_rows(
    kind: str, rows: Sequence[Row], spoiled: frozenset[int]
) -> tuple[list[Document], list[Fault]]:
    """The documents of a kind without a bad row, and what is wrong with the others.

    One bad row spoils its whole document: half a confirmation would say something
    else than the whole.
    """
    if kind == "stock":
        return _counts(rows, spoiled)
    documents: list[Document] = []
    faults: list[Fault] = []
    key = {"shipments": _shipment_key, "invoices": _invoice_key}.get(kind, _order_key)
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row.fields), []).append(row)
    for its in groups.values():
        made: Document
        if kind == "shipments":
            made, wrong = _shipment(its)
        elif kind == "invoices":
            made, wrong = _invoice(its)
        else:
            made, wrong = _confirmation(its)
        faults += wrong
        if any(each.finding.severity == "reject" for each in wrong):
            continue
        if not any(row.number in spoiled for row in its):
            documents.append(made)
    return documents, faults


def _order_key(fields: Fields) -> tuple[str, ...]:
    named = ("order_id", "partner", "po_number", "release_number")
    return tuple(fields.text(name) for name in named)


def _shipment_key(fields: Fields) -> tuple[str, ...]:
    return (fields.text("partner"), fields.text("shipment"))


def _invoice_key(fields: Fields) -> tuple[str, ...]:
    return (fields.text("partner"), fields.text("invoice"))


def _ref(fields: Fields) -> OrderRef:
    ref = OrderRef(
        order_id=fields.text("order_id"),
        partner_id=fields.text("partner"),
        po_number=fields.text("po_number"),
        release_number=fields.text("release_number"),
    )
    if not ref.order_id and not ref.po_number:
        fields.note("order_id", "", "and po_number are empty; fill in one of them")
    return ref


# Confirmations.


def _confirmation(rows: Sequence[Row]) -> tuple[Confirmation, list[Fault]]:
    said = tuple(_said(row) for row in rows)
    ref = _ref(rows[0].fields)
    head = rows[0].fields
    version, as_of = head.whole("version", 999_999_999), _instant(head, "as_of")
    faults = _agreeing(rows, ("version", "as_of"))
    faults += (each for row in rows for each in faults_of(row))
    times = Counter(each.line_no for each in said)
    short = {each.line_no for each in said if each.quantity is None}
    for each in said:
        several = times[each.line_no] > 1
        if several and each.line_no in short:
            what = "of several rows for a line each needs its quantity"
            faults.append(fault(each.row, "quantity", "ERP-011", what))
        elif several and not each.line_no:
            what = "several rows speak for all other lines; keep one of them"
            faults.append(fault(each.row, "line_no", "ERP-011", what))
    return (
        Confirmation(order=ref, said=said, version=version or 0, as_of=as_of),
        faults,
    )


def _said(row: Row) -> Said:
    fields = row.fields
    decision = _choice(fields, "decision", ("accept", "change", "reject", "backorder"))
    said = Said(
        row=row.number,
        line_no=fields.text("line_no"),
        decision=decision,  # type: ignore[arg-type]  # one of the four
        quantity=fields.decimal("quantity"),
        price=fields.decimal("price"),
        date=fields.day("date"),
        date_kind=fields.choice("date_kind", ("ship", "delivery"), "ship"),  # type: ignore[arg-type]  # one of the two
        substitute_sku=fields.text("substitute_sku"),
        reason=fields.text("reason")[:500],
    )
    values = (said.quantity, said.price, said.date, said.substitute_sku or None)
    if decision == "change" and not any(v is not None for v in values):
        fields.note("decision", decision, "changes nothing; name what is changed")
    if said.quantity == 0 and decision != "reject":
        fields.note("quantity", "0", "is not above zero; reject the line instead")
    if not said.line_no and (said.quantity is not None or said.price is not None):
        fields.note("line_no", "", "is empty, but a quantity or price is of one line")
    return said


def _choice(fields: Fields, name: str, known: Sequence[str]) -> str:
    """One of the words; an empty cell is none of them."""
    if not fields.needed(name):
        return known[0]
    return fields.choice(name, known, known[0])


# Shipments.


def _shipment(rows: Sequence[Row]) -> tuple[Shipped, list[Fault]]:
    head, faults = rows[0].fields, _agreeing(rows, _SHIPMENT_HEAD)
    packages = _Packages()
    lines, refs = [], []
    for row in rows:
        ref = _ref(row.fields)
        refs.append(ref)
        lines.append(_shipped_line(row.fields, ref, packages.of(row)))
    weight = head.above_zero("weight")
    ship_date = head.day("ship_date")
    if not head.text("ship_date"):
        head.needed("ship_date")
    notice = ShipNotice(
        number=head.needed("shipment"),
        purpose=head.choice("purpose", ("original", "replace", "cancel"), "original"),  # type: ignore[arg-type]  # one of the three
        ship_date=ship_date,
        expected_date=head.day("expected_date"),
        carrier=head.text("carrier"),
        carrier_name=head.text("carrier_name"),
        tracking=head.text("tracking"),
        bill_of_lading=head.text("bill_of_lading"),
        pro_number=head.text("pro_number"),
        trailer=head.text("trailer"),
        seal=head.text("seal"),
        gross_weight=Quantity(weight, head.text("weight_unit")) if weight else None,
        complete=head.choice("complete", ("yes", "no"), "no") == "yes",
        packages=packages.done(),
        lines=tuple(lines),
    )
    faults += packages.faults
    faults += (each for row in rows for each in faults_of(row))
    numbers = tuple(row.number for row in rows)
    return Shipped(notice=notice, rows=numbers, orders=tuple(refs)), faults


_SHIPMENT_HEAD = (
    "purpose",
    "ship_date",
    "expected_date",
    "carrier",
    "carrier_name",
    "tracking",
    "bill_of_lading",
    "pro_number",
    "trailer",
    "seal",
    "weight",
    "weight_unit",
    "complete",
)
_INVOICE_HEAD = (
    "kind",
    "of_invoice",
    "invoice_date",
    "due_date",
    "currency",
    "tax_total",
    "total",
)


def _agreeing(rows: Sequence[Row], columns: Iterable[str]) -> list[Fault]:
    """A field of the head may be left out in later rows, not changed."""
    first = rows[0].fields
    return [
        fault(
            row.number,
            name,
            "ERP-011",
            f"{name} {row.fields.text(name)!r} is {first.text(name)!r} in row "
            f"{rows[0].number} of the same document",
            row.fields.text(name),
        )
        for row in rows[1:]
        for name in columns
        if row.fields.text(name) not in ("", first.text(name))
    ]


def _shipped_line(fields: Fields, ref: OrderRef, package: str) -> ShippedLine:
    return ShippedLine(
        order_id=ref.order_id,
        po_number=ref.po_number,
        release_number=ref.release_number,
        line_no=fields.needed("line_no"),
        quantity=_count(fields),
        uom=fields.text("unit"),
        item=Item(supplier_sku=fields.text("sku")),
        package=package,
        lot=fields.text("lot"),
        serials=fields.list("serial"),
        expires=fields.day("expires"),
    )


def _count(fields: Fields) -> Decimal:
    """A quantity above zero, which must be there."""
    fields.needed("quantity")
    value = fields.decimal("quantity")
    if value == 0:
        fields.note("quantity", "0", "is not above zero")
    return value or Decimal(0)


class _Packages:
    """Pallets and cartons in the order they are named, each once.

    A package goes by its own name, such as 1 or 2, or by its SSCC; where a row has
    both, either names it in the others.
    """

    def __init__(self) -> None:
        self._made: list[Package] = []
        self._known: dict[tuple[str, str], int] = {}
        self.faults: list[Fault] = []

    def of(self, row: Row) -> str:
        """The number of the row's innermost package; empty without one."""
        pallet = self._named(row, "pallet", "")
        return self._named(row, "carton", pallet) or pallet

    def _named(self, row: Row, level: Literal["pallet", "carton"], inside: str) -> str:
        fields = row.fields
        name, sscc = fields.text(level), _plain_sscc(fields.text(f"{level}_sscc"))
        if not name and not sscc:
            return ""
        tracking = fields.text("carton_tracking") if level == "carton" else ""
        keys = [(level, name)] * bool(name) + [("sscc", sscc)] * bool(sscc)
        at = next((self._known[key] for key in keys if key in self._known), None)
        if at is None:
            at = len(self._made)
            self._made.append(Package(number=str(at + 1), level=level, inside=inside))
        package = self._made[at]
        told = {"sscc": sscc, "inside": inside, "tracking": tracking}
        for what, value in told.items():
            before = getattr(package, what)
            if value and before and value != before:
                said = f"{level} {name or sscc} has two values of {what}"
                wrong = fault(row.number, f"{level}", "ERP-011", said, value)
                self.faults.append(wrong)
        self._made[at] = replace(
            package,
            sscc=package.sscc or sscc,
            inside=package.inside or inside,
            tracking=package.tracking or tracking,
        )
        self._known |= dict.fromkeys(keys, at)
        return package.number

    def done(self) -> tuple[Package, ...]:
        """All of them."""
        return tuple(self._made)


def _plain_sscc(text: str) -> str:
    """The digits without the application identifier 00 in front of them."""
    text = text.removeprefix("(00)")
    return text[2:] if len(text) == 20 and text.startswith("00") else text


# Invoices.


def _invoice(rows: Sequence[Row]) -> tuple[Billed, list[Fault]]:
    head, faults = rows[0].fields, _agreeing(rows, _INVOICE_HEAD)
    currency = head.text("currency").upper()
    lines, refs = [], []
    for row in rows:
        ref = _ref(row.fields)
        refs.append(ref)
        lines.append(_invoice_line(row.fields, ref, currency))
    head.needed("invoice_date")
    credited = head.text("of_invoice")
    invoice = Invoice(
        number=head.needed("invoice"),
        kind=head.choice("kind", ("invoice", "credit_note"), "invoice"),  # type: ignore[arg-type]  # one of the two
        invoice_date=head.day("invoice_date"),
        due_date=head.day("due_date"),
        currency=currency,
        tax_total=_money(head, "tax_total", currency),
        total=_money(head, "total", currency),
        references=(Reference(kind="invoice", value=credited),) if credited else (),
        lines=tuple(lines),
    )
    faults += (each for row in rows for each in faults_of(row))
    numbers = tuple(row.number for row in rows)
    return Billed(invoice=invoice, rows=numbers, orders=tuple(refs)), faults


def _money(fields: Fields, name: str, currency: str) -> Money | None:
    amount = fields.decimal(name)
    return None if amount is None else Money(amount, currency)


def _invoice_line(fields: Fields, ref: OrderRef, currency: str) -> InvoiceLine:
    fields.needed("price")
    price = fields.decimal("price")
    basis = fields.above_zero("price_basis") or Decimal(0)
    return InvoiceLine(
        order_id=ref.order_id,
        po_number=ref.po_number,
        release_number=ref.release_number,
        line_no=fields.needed("line_no"),
        quantity=_count(fields),
        uom=fields.text("unit"),
        price=Price(amount=price, currency=currency, basis_qty=basis),
        amount=_money(fields, "amount", currency),
        shipment=fields.text("of_shipment"),
    )


# Stock.


def _counts(
    rows: Sequence[Row], spoiled: frozenset[int]
) -> tuple[list[Document], list[Fault]]:
    documents: list[Document] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        level = _level(row.fields)
        wrong = faults_of(row)
        before = seen.setdefault((level.sku, level.place), row.number)
        if before != row.number and not wrong:
            what = f"{level.sku} at {level.place or 'no place'} stands in row {before}"
            wrong.append(fault(row.number, "sku", "ERP-011", what, level.sku))
        faults += wrong
        if not wrong and row.number not in spoiled:
            documents.append(Counted(level=level, rows=(row.number,)))
    return documents, faults


def _level(fields: Fields) -> StockLevel:
    fields.needed("available")
    day, count = fields.day("next_date"), fields.decimal("next_quantity")
    if (day is None) != (count is None) and not fields.wrong:
        fields.note("next_quantity", "", "and next_date belong together")
    expected = (StockExpected(date=day, quantity=count),) if day and count else ()
    return StockLevel(
        sku=fields.needed("sku"),
        place=fields.text("place"),
        available=fields.decimal("available") or Decimal(0),
        uom=fields.text("unit"),
        as_of=_instant(fields, "as_of"),
        expected=expected,
    )


def _instant(fields: Fields, name: str) -> dt.datetime | None:
    """A day, or an instant with its zone."""
    text = fields.text(name)
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        if len(text) == 10:
            return moment.replace(tzinfo=dt.UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):  # 9999-12-31 somewhere is no day of UTC's
        pass
    fields.note(name, text, "is no moment; write 2026-01-31T08:00:00Z")
    return None


# Canonical documents, one a file.


def of_notice(notice: ShipNotice) -> Iterator[Shipped]:
    """A shipment in canonical form; its lines count as rows from 1."""
    yield Shipped(
        notice=notice,
        rows=tuple(range(1, len(notice.lines) + 1)),
        orders=tuple(map(_ref_of, notice.lines)),
    )


def of_invoice(invoice: Invoice) -> Iterator[Billed]:
    """An invoice in canonical form; its lines count as rows from 1."""
    yield Billed(
        invoice=invoice,
        rows=tuple(range(1, len(invoice.lines) + 1)),
        orders=tuple(map(_ref_of, invoice.lines)),
    )


def of_stock(report: StockReport) -> Iterator[Counted]:
    """The counts of a stock report."""
    for number, level in enumerate(report.levels, 1):
        yield Counted(level=level, rows=(number,))


def _ref_of(line: ShippedLine | InvoiceLine) -> OrderRef:
    return OrderRef(
        order_id=line.order_id,
        po_number=line.po_number,
        release_number=line.release_number,
    )
