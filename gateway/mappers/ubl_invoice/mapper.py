"""UBL Invoice and CreditNote (EN 16931, Peppol BIS Billing 3): what is billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from gateway.findings import Finding, Where
from gateway.mappers.parts.ubl_written import Ordered, address
from gateway.mappers.ubl_draft import Envelope, UblDraft
from gateway.mappers.ubl_invoice.taxes import Rate, Taxed, Taxes
from gateway.order.invoice import Invoice, InvoiceLine
from gateway.order.model import Order
from gateway.order.money import Money
from gateway.order.party import Address, Party, PartyRole
from gateway.order.terms import AllowanceCharge
from gateway.partner.profile import Profile
from gateway.safexml.markup import Content, Node
from gateway.ubl.document import PartyName
from gateway.ubl.writing import cac, cbc, day, figure, measure, number

__all__ = ["KIND", "from_invoice"]

KIND = "ubl_invoice"
_CUSTOMIZATION = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
)
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_CREDITED = "invoice"
"""The kind of the reference that names the invoice which is credited."""
_OTHER = {"allowance": "95", "charge": "ZZZ"}
"""Reason codes of what has none of its own: discount (UNCL 5189), agreed (7161)."""


def from_invoice(
    invoice: Invoice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> UblDraft:
    """The invoice; ``orders`` are those of its lines by their ids.

    Sums are those of the parts; where the amount to be paid is stated another way by up
    to one unit of the currency, the rest is rounding, and more is MAP-014.
    """
    ordered = Ordered(orders)
    taxes = Taxes.of(invoice, ordered)
    said = _Told(invoice, orders, envelope, profile, ordered, taxes)
    found = tuple(said.findings())
    return UblDraft(kind=KIND, envelope=envelope, payload=said, findings=found)


@dataclass(frozen=True, slots=True)
class _Told:
    """The invoice or the credit note."""

    invoice: Invoice
    orders: Mapping[str, Order]
    envelope: Envelope
    profile: Profile | None
    ordered: Ordered
    taxes: Taxes

    @property
    def name(self) -> str:
        """The name of the root."""
        return "CreditNote" if self._is_credit else "Invoice"

    @property
    def _is_credit(self) -> bool:
        return self.invoice.kind == "credit_note"

    def findings(self) -> Iterator[Finding]:
        """What is stated and cannot be told."""
        due, sums = self.invoice.due, self.taxes.with_tax
        if due is not None and abs(due.amount - sums) > 1:
            what = f"{due} is to be paid, and {sums} is what the parts make"
            where = Where(path=f"{self.name}/cac:LegalMonetaryTotal")
            yield Finding.of("MAP-014", what, where, str(due.amount))

    def content(self, now: datetime) -> Content:
        """What stands in the root."""
        invoice = self.invoice
        first = next(iter(self.orders.values()))
        credited = [r for r in invoice.references if r.kind == _CREDITED]
        code = (
            cbc("CreditNoteTypeCode", "381")
            if self._is_credit
            else cbc("InvoiceTypeCode", "380")
        )
        return (
            *self._rules(),
            cbc("ID", invoice.number),
            day("IssueDate", invoice.invoice_date or now.date()),
            None if self._is_credit else day("DueDate", invoice.due_date),
            code,
            cbc("Note", " ".join(note.text for note in invoice.notes)),
            cbc("DocumentCurrencyCode", invoice.currency),
            cbc("AccountingCost", first.accounting_cost),
            cbc("BuyerReference", first.customer_reference),
            cac(
                "OrderReference",
                cbc("ID", first.po_number),
                cbc("SalesOrderID", first.sales_order_number),
            ),
            *(
                cac(
                    "BillingReference",
                    cac("InvoiceDocumentReference", cbc("ID", one.value)),
                )
                for one in credited
            ),
            *(
                cac("DespatchDocumentReference", cbc("ID", one))
                for one in sorted({line.shipment for line in invoice.lines} - {""})[:1]
            ),
            cac("ContractDocumentReference", cbc("ID", first.contract_ref)),
            self._party("AccountingSupplierParty", "seller", self.envelope.sender),
            self._party("AccountingCustomerParty", "buyer", self.envelope.receiver),
            self._terms(),
            *(self._allowance(one) for one in invoice.allowances_charges),
            self._tax_total(),
            self._totals(),
            *(
                self._line(n, line, taxed)
                for n, (line, taxed) in enumerate(
                    zip(invoice.lines, self.taxes.taxed, strict=True), 1
                )
            ),
        )

    def _rules(self) -> tuple[Node | None, ...]:
        if not self.envelope.is_peppol:
            return (cbc("UBLVersionID", "2.1"),)
        return cbc("CustomizationID", _CUSTOMIZATION), cbc("ProfileID", _PROCESS)

    def _party(self, role: str, of: PartyRole, endpoint: PartyName) -> Node | None:
        """A party with its address and VAT number; the country at least by that."""
        own = (one for one in self.invoice.parties if one.role == of)
        its = (one for o in self.orders.values() if (one := o.party(of)))
        party = next(own, None) or next(its, None) or Party(role=of)
        names = None
        if self.profile is not None:
            names = self.profile.us if of == "seller" else self.profile.identities
        vat = next((t.id for t in party.tax_ids if t.scheme in ("vat", "va")), "")
        vat = (names.vat or "" if names else "") or vat
        at = party.address or Address()
        if not at.country and vat[:2].isalpha():
            at = replace(at, country=vat[:2].upper())
        name = party.name or (
            self.profile.name if self.profile and of == "buyer" else ""
        )
        return cac(
            role,
            cac(
                "Party",
                cbc("EndpointID", endpoint.id, schemeID=endpoint.scheme or None),
                address("PostalAddress", at),
                cac(
                    "PartyTaxScheme",
                    cbc("CompanyID", vat),
                    cac("TaxScheme", cbc("ID", "VAT")),
                )
                if vat
                else None,
                cac(
                    "PartyLegalEntity",
                    cbc("RegistrationName", name or party.id or endpoint.id),
                ),
            ),
        )

    def _terms(self) -> Node | None:
        payment = self.invoice.payment
        texts = [one.text for one in payment.terms] if payment else []
        return cac("PaymentTerms", cbc("Note", " ".join(filter(None, texts))))

    def _allowance(self, one: AllowanceCharge) -> Node | None:
        """Of the whole invoice; it is taxed like the first line."""
        return _allowed(one, self.taxes.of_document)

    def _tax_total(self) -> Node | None:
        currency, taxes = self.invoice.currency, self.taxes
        return cac(
            "TaxTotal",
            figure("TaxAmount", Money(taxes.tax, currency)),
            (
                cac(
                    "TaxSubtotal",
                    figure("TaxableAmount", Money(base, currency)),
                    figure("TaxAmount", Money(rate.of(base), currency)),
                    _category("TaxCategory", rate, reasoned=True),
                )
                for rate, base in taxes.bases.items()
            ),
        )

    def _totals(self) -> Node | None:
        invoice, taxes = self.invoice, self.taxes

        def told(name: str, value: Decimal, *, always: bool = True) -> Node | None:
            if not value and not always:
                return None
            return figure(name, Money(value, invoice.currency))

        due = invoice.due.amount if invoice.due else taxes.with_tax
        rest = due - taxes.with_tax
        due, rest = (due, rest) if abs(rest) <= 1 else (taxes.with_tax, Decimal(0))
        return cac(
            "LegalMonetaryTotal",
            told("LineExtensionAmount", taxes.lines),
            told("TaxExclusiveAmount", taxes.without_tax),
            told("TaxInclusiveAmount", taxes.with_tax),
            told("AllowanceTotalAmount", taxes.allowances, always=False),
            told("ChargeTotalAmount", taxes.charges, always=False),
            told("PayableRoundingAmount", rest, always=False),
            told("PayableAmount", due),
        )

    def _line(self, n: int, line: InvoiceLine, taxed: Taxed) -> Node | None:
        unit = self.ordered.unit(line.order_id, line.line_no, line.uom)
        quantity = "CreditedQuantity" if self._is_credit else "InvoicedQuantity"
        price = line.price
        basis = price.basis_qty if price.basis_qty != 1 or price.basis_uom else None
        currency = self.invoice.currency
        return cac(
            "CreditNoteLine" if self._is_credit else "InvoiceLine",
            cbc("ID", str(n)),
            measure(quantity, line.quantity, unit),
            figure("LineExtensionAmount", Money(taxed.net, currency)),
            cac(
                "OrderLineReference",
                cbc("LineID", line.line_no),
            ),
            (_allowed(one) for one in line.allowances_charges),
            self.ordered.item(
                line.order_id,
                line.line_no,
                line.item,
                _category("ClassifiedTaxCategory", taxed.rate),
            ),
            cac(
                "Price",
                figure("PriceAmount", Money(price.amount or Decimal(0), currency)),
                measure("BaseQuantity", basis, price.basis_uom or unit),
            ),
        )


def _allowed(one: AllowanceCharge, rate: Rate | None = None) -> Node | None:
    if one.amount is None:
        return None
    return cac(
        "AllowanceCharge",
        cbc("ChargeIndicator", "true" if one.kind == "charge" else "false"),
        cbc("AllowanceChargeReasonCode", None if one.text else _OTHER[one.kind]),
        cbc("AllowanceChargeReason", one.text),
        figure("Amount", one.amount),
        _category("TaxCategory", rate) if rate else None,
    )


def _category(name: str, rate: Rate, *, reasoned: bool = False) -> Node | None:
    outside = rate.category == "O"
    return cac(
        name,
        cbc("ID", rate.category),
        None if outside else cbc("Percent", number(rate.percent)),
        cbc("TaxExemptionReasonCode", "VATEX-EU-O") if outside and reasoned else None,
        cac("TaxScheme", cbc("ID", "VAT")),
    )
