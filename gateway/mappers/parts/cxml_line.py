"""An ItemOut as an order line: the item, how many, at which price, where and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from gateway.mappers.parts import cxml_terms
from gateway.mappers.parts.cxml_control import instructions
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.mappers.parts.cxml_party import contact_parties, party
from gateway.mappers.parts.xml_once import CXML, told_once
from gateway.order.item import (
    UNPRICED,
    Attribute,
    Classification,
    Item,
    LineQuantity,
    Price,
    Schedule,
)
from gateway.order.model import Accounting, LineFlags, OrderLine
from gateway.order.party import Identifier, Party
from gateway.order.terms import NO_DELIVERY, Delivery
from gateway.safexml import Element, attribute, text_of

__all__ = ["Context", "order_line"]

_ZERO = Decimal(0)
_GTINS = frozenset(("ean", "eanid", "gtin", "upc", "upcid"))
"""Domains of IdReference that name a GTIN."""
_PARTS: Mapping[str, str] = {"nsn": "nsn", "nationalstocknumber": "nsn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line takes from its order: currency and conditions."""

    currency: str
    flags: LineFlags


def order_line(
    book: CxmlLedger, place: Element, ordinal: int, context: Context
) -> OrderLine:
    """The line of an ItemOut. What is wrong with it is a finding; the line goes on."""
    ledger = book.below(place, f"ItemOut[{ordinal}]")
    detail = place.find("ItemDetail")
    if detail is None:
        detail = place.find("BlanketItemDetail")
    quantity = _quantity(ledger, place, detail)
    schedules = _schedules(ledger, place, quantity)
    price = _price(ledger, detail, quantity, context.currency)
    if attribute(place, "isReturn").lower() == "yes":
        what = "the line is to come back, not to be delivered"
        ledger.found.add("MAP-002", what, ledger.at(place, "isReturn"), "yes")
    _no_forecast(ledger, place)
    told_once(ledger, place, CXML)
    unit_price = None if detail is None else detail.find("UnitPrice")
    return OrderLine(
        line_no=_line_no(ledger, place, ordinal),
        parent_line=ledger.attribute(place, "parentLineNumber", "parent_line"),
        item=_item(ledger, place, detail),
        quantity=quantity,
        price=price,
        amount=None
        if detail is None
        else cxml_terms.money(ledger, detail.find("MaxAmount"), "amount"),
        allowances_charges=(
            *cxml_terms.modifications(ledger, unit_price),
            *cxml_terms.freight(ledger, place.find("Shipping"), "shipping"),
        ),
        tax=cxml_terms.taxes(ledger, place.find("Tax"), "tax"),
        delivery=_delivery(ledger, place),
        parties=tuple(_parties(ledger, place)),
        schedules=schedules,
        flags=context.flags,
        instructions=instructions(ledger, place),
        accounting=tuple(_accounting(ledger, place)),
        contract_ref=_contract(ledger, place),
        contract_line=ledger.attribute(place, "agreementItemNumber", "contract_line"),
        notes=cxml_terms.notes(ledger, place.iterfind("Comments"), "line"),
        attachments=cxml_terms.attachments(ledger, place.iterfind("Comments")),
        extensions=ledger.left_over(),
        provenance=ledger.provenance,
    )


def _line_no(ledger: CxmlLedger, place: Element, ordinal: int) -> str:
    """``lineNumber``; without one the line's ordinal, noted (MAP-004)."""
    number = ledger.attribute(place, "lineNumber", "line_no")
    if not number:
        what = f"the line has no number, {ordinal} was assumed"
        ledger.found.add("MAP-004", what, ledger.at(place, "lineNumber"))
    return number or str(ordinal)


def _contract(ledger: CxmlLedger, place: Element) -> str:
    """The agreement of the line: named by a reference to its document, or alone."""
    info = place.find("MasterAgreementReference")
    if info is None:
        info = place.find("MasterAgreementIDInfo")
    return ledger.attribute(info, "agreementID", "contract_ref")


def _no_forecast(ledger: CxmlLedger, place: Element) -> None:
    """What is only expected, and what is bought up to a limit, is no order (MAP-002).

    Of a scheduling agreement's release only what is firm is to be delivered.
    """
    releases = place.findall("ReleaseInfo")
    parts = place.findall("ScheduleLine/ScheduleLineReleaseInfo")
    firm = [(one, "releaseType", "jit") for one in releases]
    firm += [(one, "commitmentCode", "firm") for one in parts]
    for one, name, is_firm in firm:
        said = attribute(one, name)
        if said not in ("", is_firm):
            what = f"{name} is {said[:40]!r}: nothing that is ordered yet"
            ledger.found.add("MAP-002", what, ledger.at(one, name), said)
    limit = place.find("ItemDetail/OverallLimit")
    if limit is not None or attribute(place, "itemCategory") == "limit":
        what = "the line is a limit, and no number of goods"
        where = ledger.at(place if limit is None else limit)
        ledger.found.add("MAP-002", what, where)


# How many.


def _quantity(
    ledger: CxmlLedger, place: Element, detail: Element | None
) -> LineQuantity:
    """``quantity`` in the unit of the detail; a missing one is 0 (MAP-006).

    Of a blanket order's line MaxQuantity is the most that may be released.
    """
    most = None if detail is None else detail.find("MaxQuantity")
    value = ledger.amount(most, "quantity.value")
    if value is None:
        value = ledger.amount(place, "quantity.value", "quantity")
    unit = None if detail is None else detail.find("UnitOfMeasure")
    sent = ledger.text(unit, "quantity.uom_sent")
    if value is None or not sent:
        lacking = "quantity" if value is None else "unit"
        where = ledger.at(place, "quantity" if value is None else "")
        ledger.found.add("MAP-006", f"the line has no {lacking}", where)
    return LineQuantity(value=_ZERO if value is None else value, uom_sent=sent)


def _schedules(
    ledger: CxmlLedger, place: Element, quantity: LineQuantity
) -> tuple[Schedule, ...]:
    """ScheduleLine by ScheduleLine; they add up to the line's quantity (MAP-008)."""
    made = tuple(
        _schedule(ledger, one, f"schedules[{index}]", quantity.uom_sent)
        for index, one in enumerate(place.findall("ScheduleLine"))
    )
    added = sum((one.qty for one in made), _ZERO)
    units = sorted({one.uom for one in made} - {""})
    if units:
        what = f"the schedule lines are in {units[0]}, the line in {quantity.uom_sent}"
        ledger.found.add("MAP-018", what, ledger.at(place, "quantity"), units[0])
    elif made and added != quantity.value:
        what = f"the schedule lines make {added:f}, the line {quantity.value:f}"
        ledger.found.add("MAP-008", what, ledger.at(place, "quantity"))
    return made


def _schedule(ledger: CxmlLedger, one: Element, field: str, uom: str) -> Schedule:
    unit = one.find("UnitOfMeasure")
    sent = text_of(unit)
    if unit is not None and sent == uom:
        ledger.passed(unit)
    ship_to = one.find("ShipTo")
    qty = ledger.amount(one, f"{field}.qty", "quantity")
    wanted = ledger.day(one, "requestedDeliveryDate", f"{field}.date")
    return Schedule(
        qty=_ZERO if qty is None else qty,
        uom="" if sent == uom else ledger.text(unit, f"{field}.uom"),
        date=wanted or ledger.day(one, "requestedShipmentDate", f"{field}.date"),
        date_kind="delivery"
        if wanted or not attribute(one, "requestedShipmentDate")
        else "ship",
        ship_to=party(ledger, "ship_to", ship_to, f"{field}.ship_to")
        if ship_to is not None
        else None,
    )


# Which item.


def _item(ledger: CxmlLedger, place: Element, detail: Element | None) -> Item:
    its = place.find("ItemID")
    if its is None:
        what = "the line has no ItemID"
        ledger.found.add("MAP-007", what, ledger.at(place))
        return Item()
    sku = its.find("SupplierPartID")
    item = Item(
        supplier_sku=ledger.text(sku, "item.supplier_sku"),
        revision=ledger.attribute(sku, "revisionID", "item.revision"),
        supplier_aux_id=_any(ledger, its.find("SupplierPartAuxiliaryID")),
        buyer_part=ledger.text(its.find("BuyerPartID"), "item.buyer_part"),
    )
    item = _numbered(ledger, item, its)
    if detail is not None:
        item = _described(ledger, item, detail)
    if not any((item.supplier_sku, item.buyer_part, item.gtin, item.mfr_part)):
        what = "the line has no number of an item"
        ledger.found.add("MAP-007", what, ledger.at(its))
    return item


def _any(ledger: CxmlLedger, place: Element | None) -> str:
    """SupplierPartAuxiliaryID may hold anything; its text is what we wrote."""
    if place is None:
        return ""
    text = text_of(place)
    if text and not len(place):
        ledger.took("item.supplier_aux_id", place)
    elif text:
        ledger.noted("item.supplier_aux_id", place)
    return text


def _numbered(ledger: CxmlLedger, item: Item, its: Element) -> Item:
    """IdReference: a GTIN, a stock number, or one more number of the item."""
    others = list[Identifier]()
    for one in its.findall("IdReference"):
        domain = attribute(one, "domain")
        kind = domain.lower().replace(" ", "")
        if kind in _GTINS and not item.gtin:
            item = replace(item, gtin=ledger.attribute(one, "identifier", "item.gtin"))
        elif kind in _PARTS and not item.nsn:
            item = replace(item, nsn=ledger.attribute(one, "identifier", "item.nsn"))
        else:
            field = f"item.ids[{len(others)}]"
            number = ledger.attribute(one, "identifier", field)
            if number:
                others.append(Identifier(id=number, scheme=domain))
        ledger.passed(one, "domain")
    return replace(item, ids=tuple(others))


def _described(ledger: CxmlLedger, item: Item, detail: Element) -> Item:
    retail = detail.find("ItemDetailIndustry/ItemDetailRetail")
    ean = None if retail is None else retail.find("EANID")
    properties = () if retail is None else tuple(retail.findall("Characteristic"))
    gtin = item.gtin or ledger.text(ean, "item.gtin")
    return replace(
        item,
        gtin=gtin,
        mfr_part=ledger.text(detail.find("ManufacturerPartID"), "item.mfr_part"),
        mfr=ledger.text(detail.find("ManufacturerName"), "item.mfr"),
        classification=tuple(_classes(ledger, detail)),
        description=_description(ledger, detail),
        attributes=tuple(
            _property(ledger, one, f"item.attributes[{index}]")
            for index, one in enumerate(properties)
        ),
    )


def _property(ledger: CxmlLedger, one: Element, field: str) -> Attribute:
    return Attribute(
        name=ledger.attribute(one, "domain", f"{field}.name"),
        value=ledger.attribute(one, "value", f"{field}.value"),
    )


def _classes(ledger: CxmlLedger, detail: Element) -> Iterator[Classification]:
    """Classification: the code is its text, or an attribute with a name beside it."""
    for index, one in enumerate(detail.findall("Classification")):
        field = f"item.classification[{index}]"
        text = ledger.text(one, field)
        code = ledger.attribute(one, "code", field)
        if text or code:
            ledger.passed(one, "domain")
            yield Classification(
                code=code or text,
                scheme=attribute(one, "domain").lower(),
                name=text if code else "",
            )


def _description(ledger: CxmlLedger, detail: Element) -> str:
    """The first Description, or its ShortName; other languages are left over."""
    its = detail.find("Description")
    if its is None:
        return ""
    ledger.passed(its, "xml:lang")
    text = ledger.text(its, "item.description")
    return text or ledger.text(its.find("ShortName"), "item.description")


# At which price.


def _price(
    ledger: CxmlLedger, detail: Element | None, quantity: LineQuantity, currency: str
) -> Price:
    """UnitPrice per PriceBasisQuantity, whose factor is basis units per unit ordered.

    An order without a price says nothing of it; zero is a price.
    """
    if detail is None:
        return UNPRICED
    its = detail.find("UnitPrice/Money")
    amount = ledger.amount(its, "price.amount")
    if its is None or amount is None:
        return UNPRICED
    own = attribute(its, "currency")
    if own and own != currency:
        ledger.took("price.currency", its, "currency")
    else:
        ledger.passed(its, "currency")
    basis = detail.find("PriceBasisQuantity")
    unit = None if basis is None else basis.find("UnitOfMeasure")
    sent = ledger.text(unit, "price.basis_uom")
    count = ledger.amount(basis, "price.basis_qty", "quantity")
    factor = ledger.amount(basis, "price.basis_factor", "conversionFactor")
    is_one, is_same = factor in (None, 1), sent in ("", quantity.uom_sent)
    if count == 0 or (is_same and not is_one):
        what = (
            "the price is for none" if count == 0 else f"one {sent} is {factor} {sent}"
        )
        ledger.found.add("MAP-009", what, ledger.at(detail))
    same = is_same and is_one
    return Price(
        amount=amount,
        currency=own or currency,
        basis_qty=count or Decimal(1),
        basis_uom="" if same else sent,
        basis_factor=None if same or not factor else Fraction(factor),
    )


# Where, when, for whom.


def _delivery(ledger: CxmlLedger, place: Element) -> Delivery | None:
    day = ledger.day(place, "requestedDeliveryDate", "delivery.requested")
    field = "delivery.ship_no_later"
    shipped = ledger.day(place, "requestedShipmentDate", field)
    ship_to = place.find("ShipTo")
    made = Delivery(
        requested=day,
        ship_no_later=shipped,
        carrier=cxml_terms.carrier(ledger, ship_to, "delivery.carrier"),
    )
    made = cxml_terms.terms(ledger, made, place, "delivery")
    return None if made == NO_DELIVERY else made


def _parties(ledger: CxmlLedger, place: Element) -> Iterator[Party]:
    ship_to = place.find("ShipTo")
    if ship_to is not None:
        yield party(ledger, "ship_to", ship_to, "parties[0]")
    start = 0 if ship_to is None else 1
    yield from contact_parties(ledger, place.findall("Contact"), start)


def _accounting(ledger: CxmlLedger, place: Element) -> Iterator[Accounting]:
    """Distribution: an account of segments, and how much of the line it bears."""
    for index, one in enumerate(place.findall("Distribution")):
        field = f"accounting[{index}]"
        its = one.find("Accounting")
        if its is None:
            continue
        yield Accounting(
            name=ledger.attribute(its, "name", f"{field}.name"),
            segments=tuple(_segments(ledger, its, field)),
            amount=cxml_terms.money(ledger, one.find("Charge"), f"{field}.amount"),
        )


def _segments(ledger: CxmlLedger, its: Element, field: str) -> Iterator[Identifier]:
    """Segment in old documents, AccountingSegment with a Name in new ones."""
    found = [one for one in its if one.tag in ("Segment", "AccountingSegment")]
    for n, one in enumerate(found):
        at = f"{field}.segments[{n}]"
        number = ledger.attribute(one, "id", at)
        name = one.find("Name")
        ledger.passed(name, "xml:lang")
        kind = ledger.text(name, at) or ledger.attribute(one, "type", at)
        yield Identifier(id=number, scheme=kind)
