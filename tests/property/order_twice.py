"""One order, written as 850, ORDERS, OrderRequest and UBL of the same buyer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.envelope import Stamped, request
from gateway.safexml.markup import Node, element
from gateway.ubl.writing import cac, cbc, document

SENDER, RECEIVER = "330214557", "081466849"
UNITS = {"EA": "PCE", "BX": "BX", "KG": "KGM", "MP": "TNE", "FT": "FOT"}
"""DE 355 and 6411 of the same unit."""
BASES = {1: "PE", 10: "PN", 100: "HP", 1000: "TP"}
"""DE 639 of a price for so many."""
PURPOSES = {"00": "9", "06": "6", "07": "7", "22": "31"}
"""DE 353 and 1225."""
DAYS = {"002": "2", "064": "64", "063": "63", "037": "37", "038": "38", "001": "61"}
"""DE 374 and 2005."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """So many of a line on one day."""

    quantity: str
    day: dt.date


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line; what is empty is not written."""

    number: str = ""
    quantity: str = ""
    unit: str = "EA"
    price: str = ""
    basis: int = 1
    sku: str = ""
    buyer_part: str = ""
    gtin: str = ""
    condition: str = ""
    contract: str = ""
    days: tuple[tuple[str, dt.date], ...] = ()
    ship_to: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The order; codes are those of X12. Without ``count`` no sums are written."""

    purpose: str = "00"
    currency: str = "EUR"
    contract: str = ""
    days: tuple[tuple[str, dt.date], ...] = ()
    ship_to: str = "W1"
    condition: str = ""
    lines: tuple[Line, ...] = ()
    count: str = ""
    hash_total: str = ""
    amount: str = ""
    test: bool = False


def x12(order: Wanted) -> bytes:
    """The order as an 850 of 004010."""
    body = ["ST*850*0001", *_x12(order)]
    body.append(f"SE*{len(body) + 1}*0001")
    usage = "T" if order.test else "P"
    rows = [
        f"ISA*00*          *00*          *01*{SENDER:15}*01*{RECEIVER:15}*261120*0912"
        f"*U*00401*000000001*0*{usage}*>",
        f"GS*PO*{SENDER}*{RECEIVER}*20261120*0912*1*X*004010",
        *body,
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "".join(f"{row}~" for row in rows).encode()


def _x12(order: Wanted) -> Iterator[str]:
    yield _joined(
        "*", "BEG", order.purpose, "SA", "4711", "", "20261120", order.contract
    )
    if order.currency:
        yield f"CUR*BY*{order.currency}"
    if order.condition:
        yield f"CSH*{order.condition}"
    yield from (f"DTM*{code}*{day:%Y%m%d}" for code, day in order.days)
    yield "N1*BY**1*330214557"
    if order.ship_to:
        yield f"N1*ST**92*{order.ship_to}"
    for line in order.lines:
        yield from _x12_line(line)
    if order.count:
        yield _joined("*", "CTT", order.count, order.hash_total)
        if order.amount:
            yield f"AMT*TT*{order.amount}"


def _x12_line(line: Line) -> Iterator[str]:
    pairs = []
    for code, number in (("IN", line.buyer_part), ("VN", line.sku), ("UK", line.gtin)):
        pairs += [code, number] if number else []
    basis = BASES[line.basis] if line.price else ""
    unit = line.unit if line.quantity else ""
    yield _joined(
        "*", "PO1", line.number, line.quantity, unit, line.price, basis, *pairs
    )
    if line.contract:
        yield f"REF*CT*{line.contract}"
    if line.condition:
        yield f"CSH*{line.condition}"
    yield from (f"DTM*{code}*{day:%Y%m%d}" for code, day in line.days)
    for part in line.parts:
        yield f"SCH*{part.quantity}*{line.unit}***002*{part.day:%Y%m%d}"
    if line.ship_to:
        yield f"N1*ST**92*{line.ship_to}"


def edifact(order: Wanted) -> bytes:
    """The order as an ORDERS of D.96A."""
    body = ["UNH+1+ORDERS:D:96A:UN", *_edifact(order)]
    body.append(f"UNT+{len(body) + 1}+1")
    test = "++++++1" if order.test else ""
    rows = [
        f"UNB+UNOC:3+{SENDER}:1+{RECEIVER}:1+261120:0912+1{test}",
        *body,
        "UNZ+1+1",
    ]
    return "".join(f"{row}'" for row in rows).encode()


def _edifact(order: Wanted) -> Iterator[str]:
    yield f"BGM+220+4711+{PURPOSES[order.purpose]}"
    yield "DTM+137:20261120:102"
    yield from _days(order.days)
    if order.contract:
        yield f"RFF+CT:{order.contract}"
    yield "NAD+BY+330214557::16"
    if order.ship_to:
        yield f"NAD+DP+{order.ship_to}::92"
    if order.currency:
        yield f"CUX+2:{order.currency}:9"
    if order.condition:
        yield f"SCC+1+{order.condition}"
    for line in order.lines:
        yield from _edifact_line(line)
    yield "UNS+S"
    if order.count and order.amount:
        yield f"MOA+86:{order.amount}"
    if order.count:
        yield f"CNT+2:{order.count}"
    if order.count and order.hash_total:
        yield f"CNT+1:{order.hash_total}"


def _edifact_line(line: Line) -> Iterator[str]:
    numbers = [
        f"{number}:{code}"
        for code, number in (
            ("EN", line.gtin),
            ("IN", line.buyer_part),
            ("SA", line.sku),
        )
        if number
    ]
    yield _joined("+", "LIN", line.number, "", *numbers[:1])
    if numbers[1:]:
        yield _joined("+", "PIA", "1", *numbers[1:])
    unit = UNITS[line.unit]
    if line.quantity:
        yield f"QTY+21:{line.quantity}:{unit}"
    yield from _days(line.days)
    if line.price:
        basis = f":::{line.basis}:{unit}" if line.basis > 1 else ""
        yield f"PRI+AAA:{line.price}{basis}"
    if line.contract:
        yield f"RFF+CT:{line.contract}"
    if line.ship_to:
        yield f"NAD+DP+{line.ship_to}::92"
    if line.condition:
        yield f"SCC+1+{line.condition}"
    for part in line.parts:
        yield "SCC+1"
        yield f"QTY+21:{part.quantity}:{unit}"
        yield f"DTM+2:{part.day:%Y%m%d}:102"


def cxml(order: Wanted) -> bytes:
    """The order as an OrderRequest, as far as cXML can tell what is in it."""
    day = dict(order.days).get("002")
    header = element(
        "OrderRequestHeader",
        element("Total", element("Money", currency=order.currency)),
        _address(order.ship_to),
        orderID="4711",
        orderDate="2026-11-20T09:12:00+00:00",
        requestedDeliveryDate=f"{day}" if day else None,
        agreementID=order.contract,
    )
    lines = (_cxml_line(line, order.currency) for line in order.lines)
    names = (Credential(domain="DUNS", identity=one) for one in (SENDER, RECEIVER))
    theirs, ours = names
    at = dt.datetime(2026, 11, 20, 9, 12, tzinfo=dt.UTC)
    return request(
        element("OrderRequest", header, lines),
        Header(from_=(theirs,), to=(ours,), sender=(theirs,)),
        Stamped(payload_id="1@buyer", at=at),
        test=order.test,
    )


def _cxml_line(line: Line, currency: str) -> Node:
    unit = UNITS[line.unit]
    basis = element(
        "PriceBasisQuantity",
        element("UnitOfMeasure", unit),
        quantity=str(line.basis),
        conversionFactor="1",
    )
    price = element("UnitPrice", _money(line.price, currency)) if line.price else None
    detail = element(
        "ItemDetail",
        price,
        element("UnitOfMeasure", unit) if line.quantity else None,
        basis if line.basis > 1 and line.price else None,
    )
    contract = element("MasterAgreementIDInfo", agreementID=line.contract)
    day = dict(line.days).get("002")
    return element(
        "ItemOut",
        element(
            "ItemID",
            element("SupplierPartID", line.sku) if line.sku else None,
            element("BuyerPartID", line.buyer_part) if line.buyer_part else None,
            element("IdReference", identifier=line.gtin, domain="EANID")
            if line.gtin
            else None,
        ),
        detail,
        _address(line.ship_to),
        (
            element(
                "ScheduleLine",
                element("UnitOfMeasure", unit),
                quantity=part.quantity,
                requestedDeliveryDate=f"{part.day}",
            )
            for part in line.parts
        ),
        contract if line.contract else None,
        quantity=line.quantity,
        lineNumber=line.number,
        requestedDeliveryDate=f"{day}" if day else None,
    )


def ubl(order: Wanted) -> bytes:
    """The order as one of Peppol's, as far as UBL can tell what is in it."""
    day = dict(order.days).get("002")
    return document(
        "Order",
        cbc("ID", "4711"),
        cbc("IssueDate", "2026-11-20"),
        cbc("DocumentCurrencyCode", order.currency),
        cac("Contract", cbc("ID", order.contract)),
        _ubl_party("BuyerCustomerParty", SENDER),
        _ubl_party("SellerSupplierParty", RECEIVER),
        _ubl_delivery(order.ship_to, day),
        cac(
            "AnticipatedMonetaryTotal",
            cbc("PayableAmount", order.amount, currencyID=order.currency),
        )
        if order.count
        else None,
        *(_ubl_line(line, order.currency) for line in order.lines),
    )


def _ubl_party(role: str, number: str) -> Node | None:
    return cac(role, cac("Party", cbc("EndpointID", number, schemeID="0060")))


def _ubl_delivery(
    place: str, day: dt.date | None, count: Node | None = None
) -> Node | None:
    return cac(
        "Delivery",
        count,
        cac("DeliveryLocation", cbc("ID", place, schemeID="92")),
        cac("RequestedDeliveryPeriod", cbc("StartDate", f"{day}" if day else "")),
    )


def _ubl_line(line: Line, currency: str) -> Node | None:
    unit = UNITS[line.unit]
    days = [
        _ubl_delivery("", part.day, cbc("Quantity", part.quantity, unitCode=unit))
        for part in line.parts
    ]
    usual = _ubl_delivery(line.ship_to, dict(line.days).get("002"))
    return cac(
        "OrderLine",
        cac(
            "LineItem",
            cbc("ID", line.number),
            cbc("Quantity", line.quantity, unitCode=unit),
            *(days or [usual]),
            cac(
                "Price",
                cbc("PriceAmount", line.price, currencyID=currency),
                cbc("BaseQuantity", str(line.basis), unitCode=unit)
                if line.basis > 1 and line.price
                else None,
            ),
            cac(
                "Item",
                cac("BuyersItemIdentification", cbc("ID", line.buyer_part)),
                cac("SellersItemIdentification", cbc("ID", line.sku)),
                cac(
                    "StandardItemIdentification",
                    cbc("ID", line.gtin, schemeID="0160"),
                ),
            ),
        ),
    )


def _money(amount: str, currency: str) -> Node:
    return element("Money", amount, currency=currency)


def _address(number: str) -> Node | None:
    name = element("Name", lang="en")
    return (
        element("ShipTo", element("Address", name, addressID=number))
        if number
        else None
    )


def _days(days: Sequence[tuple[str, dt.date]]) -> Iterator[str]:
    return (f"DTM+{DAYS[code]}:{day:%Y%m%d}:102" for code, day in days)


def _joined(mark: str, *parts: str) -> str:
    return mark.join(parts).rstrip(mark)
