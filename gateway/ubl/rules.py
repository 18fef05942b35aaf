"""Our own rules for UBL: what holds without any schema or rule pack at hand.

Those of Peppol's orders and changes have the number of the rule that says the same,
``R003`` for instance; a rule pack of the operator's (gateway.verify) tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice

from gateway.findings import Finding, Where
from gateway.safexml import Element, attribute, path_of, text_of
from gateway.ubl.document import Document
from gateway.ubl.names import BILLING, CBC, PEPPOL_BIS, every, inner

__all__ = ["faults"]

_NEEDED = {
    "Order": ("cbc:IssueDate", "cac:SellerSupplierParty", "cac:OrderLine"),
    "OrderChange": (
        "cbc:IssueDate",
        "cac:OrderReference/cbc:ID",
        "cac:SellerSupplierParty",
        "cac:OrderLine",
    ),
    "OrderResponse": (
        "cbc:IssueDate",
        "cbc:OrderResponseCode",
        "cbc:DocumentCurrencyCode",
        "cac:OrderReference/cbc:ID",
        "cac:BuyerCustomerParty",
    ),
    "DespatchAdvice": (
        "cbc:IssueDate",
        "cac:DeliveryCustomerParty",
        "cac:DespatchLine/cbc:DeliveredQuantity",
        "cac:DespatchLine/cac:OrderLineReference/cbc:LineID",
        "cac:DespatchLine/cac:Item/cbc:Name",
    ),
    "Invoice": (
        "cbc:IssueDate",
        "cbc:InvoiceTypeCode",
        "cbc:DocumentCurrencyCode",
        "cac:AccountingCustomerParty",
        "cac:TaxTotal/cbc:TaxAmount",
        "cac:LegalMonetaryTotal/cbc:PayableAmount",
        "cac:InvoiceLine/cac:Item/cbc:Name",
    ),
    "CreditNote": (
        "cbc:IssueDate",
        "cbc:CreditNoteTypeCode",
        "cbc:DocumentCurrencyCode",
        "cac:AccountingCustomerParty",
        "cac:TaxTotal/cbc:TaxAmount",
        "cac:LegalMonetaryTotal/cbc:PayableAmount",
        "cac:CreditNoteLine/cac:Item/cbc:Name",
    ),
    "OrderCancellation": (
        "cbc:IssueDate",
        "cbc:CancellationNote",
        "cac:OrderReference/cbc:ID",
        "cac:SellerSupplierParty",
    ),
}
_LINE_NEEDS = ("cbc:ID", "cac:Item", "cac:Item/cbc:Name")
_PROFILES = {
    "T01": ("order_only", "ordering", "advanced_ordering"),
    "T114": ("advanced_ordering",),
    "T115": ("advanced_ordering",),
}
"""The processes that a transaction belongs to (R031)."""
_ROUNDING = Decimal("0.02")
"""By how much a product may differ from its factors, rounded."""
"""The rules of European invoices, to which Peppol's are an extension."""
_RESPONSES = ("T76", "T116")
"""Answers with a code; an order agreement has none, and plain UBL need not."""
_MOST = 200
"""Findings told of one document."""
_ZERO = Decimal(0)


def faults(document: Document) -> Iterator[Finding]:
    """What our own rules say against a document, the first 200 of it."""
    return islice(_faults(document), _MOST)


def _faults(document: Document) -> Iterator[Finding]:
    root, transaction = document.root, document.transaction
    known = transaction or document.customization.startswith(BILLING)
    if document.customization and not known:
        what = f"{document.customization[:120]} is not known"
        yield _told("UBL-004", what, f"{document.name}/cbc:CustomizationID")
    if document.name != "OrderResponse" or transaction in _RESPONSES:
        yield from _lacking(root, document.name, _NEEDED.get(document.name, ()))
    for line in every(root, "cac:OrderLine"):
        its = inner(line, "cac:LineItem")
        if its is None:
            yield _at(line, "UBL-010", "OrderLine has no LineItem")
        else:
            yield from _lacking(its, "", _LINE_NEEDS)
    if transaction in _RESPONSES:
        yield from _response(root)
    elif transaction in _PROFILES:
        yield from _peppol(document)


def _response(root: Element) -> Iterator[Finding]:
    """R007 to R010: only what is accepted with changes has lines, and it has some."""
    code = text_of(inner(root, "cbc:OrderResponseCode"))
    lines = every(root, "cac:OrderLine")
    if code == "CA" and not lines:
        yield _at(root, "UBL-011", "R007: no line is told of", code)
    if code in ("AB", "AP", "RE") and lines:
        yield _at(root, "UBL-011", f"R008: {code} with lines", code)
    seen = set[str]()
    for line in lines:
        number = text_of(inner(line, "cac:LineItem/cbc:ID"))
        if number in seen:
            yield _at(line, "UBL-011", f"R003: line {number} occurs twice", number)
        seen.add(number)
        if inner(line, "cac:OrderLineReference/cbc:LineID") is None:
            what = "there is no cac:OrderLineReference/cbc:LineID"
            yield _at(line, "UBL-010", what)


def _peppol(document: Document) -> Iterator[Finding]:
    """Rules of Peppol's T01, T114 and T115."""
    root = document.root
    known = [f"{PEPPOL_BIS}{one}:3" for one in _PROFILES[document.transaction]]
    if document.profile not in known:
        what = f"R031: {document.profile[:120] or 'no profile'} is none of this kind"
        yield _told("UBL-011", what, f"{document.name}/cbc:ProfileID")
    if document.transaction == "T115":
        return
    yield from _amounts(root)
    if document.transaction == "T01":
        validity = inner(root, "cac:ValidityPeriod/cbc:EndDate")
        if validity is None:
            what = "R002: the end of validity is not stated"
            yield Finding.of("UBL-004", what, Where(path="Order/cac:ValidityPeriod"))
    yield from _lines(root)
    yield from _totals(root)
    charges = root.iter("{*}AllowanceCharge")
    for one in charges:
        yield from _allowance(one)


def _lacking(place: Element, name: str, needed: Iterable[str]) -> Iterator[Finding]:
    for path in needed:
        if inner(place, path) is None:
            where = f"{name or path_of(place)}/{path}"
            yield _told("UBL-010", f"there is no {path}", where)


def _amounts(root: Element) -> Iterator[Finding]:
    """One currency (R003), and two decimals where no price is (R028)."""
    currency = text_of(inner(root, "cbc:DocumentCurrencyCode"))
    if not currency:
        what = "there is no cbc:DocumentCurrencyCode"
        yield _told("UBL-010", what, f"{path_of(root)}/cbc:DocumentCurrencyCode")
    for one in root.iter(f"{{{CBC}}}*"):
        if not str(one.tag).endswith("Amount"):
            continue
        its = attribute(one, "currencyID")
        if its and currency and its != currency:
            what = f"R003: {its} in a document in {currency}"
            yield _at(one, "UBL-011", what, its)
        text = text_of(one)
        _, point, decimals = text.partition(".")
        if point and len(decimals) > 2 and not _of_price(one):
            yield _at(one, "UBL-011", f"R028: {text} has over two decimals", text)


def _of_price(one: Element) -> bool:
    above = one.getparent()
    while above is not None:
        if str(above.tag).endswith("}Price"):
            return True
        above = above.getparent()
    return False


def _lines(root: Element) -> Iterator[Finding]:
    seen = set[str]()
    for its in every(root, "cac:OrderLine/cac:LineItem"):
        number = text_of(inner(its, "cbc:ID"))
        if number in seen:
            yield _at(its, "UBL-011", f"R001: line {number} occurs twice", number)
        seen.add(number)
        quantity, price = _value(its, "cbc:Quantity"), inner(its, "cac:Price")
        base = _value(price, "cbc:BaseQuantity")
        amount = _value(price, "cbc:PriceAmount")
        if quantity is not None and quantity < 0:
            yield _at(its, "UBL-011", f"R004: quantity {quantity} is below zero")
        if amount is not None and amount < 0:
            yield _at(its, "UBL-011", f"R005: price {amount} is below zero")
        if base is not None and base <= 0:
            yield _at(its, "UBL-011", f"R025: base quantity {base} is not above zero")
            continue
        yield from _line_sum(its, quantity, amount, base or Decimal(1))
        yield from _tax(its)
        yield from _gross(price, amount)


def _line_sum(
    its: Element, quantity: Decimal | None, amount: Decimal | None, base: Decimal
) -> Iterator[Finding]:
    """R024: quantity x price / base, with charges and without allowances."""
    stated = _value(its, "cbc:LineExtensionAmount")
    if None in (stated, quantity, amount):
        return
    assert stated is not None
    assert quantity is not None
    assert amount is not None
    off, on = _allowed(its)
    expected = quantity * amount / base + on - off
    if abs(stated - expected) > _ROUNDING:
        what = f"R024: line amount {stated}, and {expected:.4f} by price and quantity"
        yield _at(its, "UBL-012", what, str(stated))


def _tax(its: Element) -> Iterator[Finding]:
    """R029, R030: a standard rate has a percentage above zero."""
    for one in every(its, "cac:Item/cac:ClassifiedTaxCategory"):
        kind, percent = text_of(inner(one, "cbc:ID")), _value(one, "cbc:Percent")
        if percent is None and kind != "O":
            yield _at(one, "UBL-011", f"R029: no percentage of tax category {kind}")
        elif kind == "S" and percent is not None and percent <= 0:
            yield _at(one, "UBL-011", "R030: the standard rate is not above zero")


def _gross(price: Element | None, net: Decimal | None) -> Iterator[Finding]:
    """R019: net = gross - allowance."""
    one = inner(price, "cac:AllowanceCharge")
    gross, off = _value(one, "cbc:BaseAmount"), _value(one, "cbc:Amount")
    if one is None or gross is None or off is None or net is None:
        return
    if net != gross - off:
        what = f"R019: net price {net}, and {gross - off} by gross price and allowance"
        yield _at(one, "UBL-012", what, str(net))


def _totals(root: Element) -> Iterator[Finding]:
    """R008 to R011, R016, R017: the sums of the document."""
    its = inner(root, "cac:AnticipatedMonetaryTotal")
    if its is None:
        return

    def of(name: str) -> Decimal | None:
        return _value(its, f"cbc:{name}")

    lines = [
        _value(one, "cbc:LineExtensionAmount") or _ZERO
        for one in every(root, "cac:OrderLine/cac:LineItem")
        if text_of(inner(one, "cbc:LineStatusCode")) != "2"
    ]
    off, on = _allowed(root)
    net, before = of("LineExtensionAmount"), of("TaxExclusiveAmount")
    after, pay = of("TaxInclusiveAmount"), of("PayableAmount")
    tax = _value(root, "cac:TaxTotal/cbc:TaxAmount")
    is_whole = str(root.tag).endswith("}Order")
    told_off, told_on = of("AllowanceTotalAmount"), of("ChargeTotalAmount")
    made = _sum(net, -(told_off or off), told_on or on)
    rounded, prepaid = of("PayableRoundingAmount"), of("PrepaidAmount")
    rows = (
        ("R008", net if is_whole else None, sum(lines, _ZERO)),
        ("R009", told_off, off),
        ("R010", told_on, on),
        ("R011", before, made),
        (
            "R017",
            after if tax is not None else None,
            _sum(made if before is None else before, tax),
        ),
        (
            "R016",
            pay if after is not None else None,
            _sum(after, rounded or _ZERO, -(prepaid or _ZERO)),
        ),
    )
    for rule, stated, expected in rows:
        if stated is not None and expected is not None and stated != expected:
            what = f"{rule}: {stated} is stated, the sum is {expected}"
            yield _at(its, "UBL-012", what, str(stated))
    for rule, stated in (
        ("R007: LineExtensionAmount", net),
        ("R006: PayableAmount", pay),
    ):
        if stated is not None and stated < 0:
            yield _at(its, "UBL-011", f"{rule} {stated} is below zero")


def _sum(*values: Decimal | None) -> Decimal | None:
    known = [one for one in values if one is not None]
    return sum(known, _ZERO) if len(known) == len(values) else None


def _allowance(one: Element) -> Iterator[Finding]:
    """R022, R023, R032: a reason, an amount not below zero, and its factors."""
    above = one.getparent()
    if above is not None and str(above.tag).endswith("}Price"):
        return
    amount, base = _value(one, "cbc:Amount"), _value(one, "cbc:BaseAmount")
    factor = _value(one, "cbc:MultiplierFactorNumeric")
    reasons = ("cbc:AllowanceChargeReason", "cbc:AllowanceChargeReasonCode")
    if all(inner(one, path) is None for path in reasons):
        yield _at(one, "UBL-011", "R023: an allowance or charge has no reason")
    if amount is not None and amount < 0:
        yield _at(one, "UBL-011", f"R032: amount {amount} is below zero")
    if (factor is None) != (base is None):
        what = "R020: a percentage and what it is of go together"
        yield _at(one, "UBL-011", what)
    elif factor is not None and base is not None:
        expected = base * factor / 100
        if abs((amount or _ZERO) - expected) > _ROUNDING:
            what = f"R022: amount {amount}, and {expected} by its factors"
            yield _at(one, "UBL-012", what, str(amount))


def _allowed(place: Element) -> tuple[Decimal, Decimal]:
    """What is taken off and put on at a place, added up."""
    off, on = _ZERO, _ZERO
    for one in every(place, "cac:AllowanceCharge"):
        amount = _value(one, "cbc:Amount") or _ZERO
        if text_of(inner(one, "cbc:ChargeIndicator")) in ("true", "1"):
            on += amount
        else:
            off += amount
    return off, on


def _value(place: Element | None, path: str) -> Decimal | None:
    """A number, or none where there is none; that it is none the mapper tells."""
    text = text_of(inner(place, path))
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**30 else None


def _at(place: Element, code: str, what: str, value: str = "") -> Finding:
    return _told(code, what, path_of(place), value)


def _told(code: str, what: str, path: str, value: str = "") -> Finding:
    return Finding.of(code, what, Where(path=path), value)
