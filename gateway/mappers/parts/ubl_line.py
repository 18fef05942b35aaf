"""An OrderLine of UBL: the item, how many, at which price, where and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from gateway.mappers.parts import ubl_terms
from gateway.mappers.parts.ubl_ledger import UblLedger
from gateway.mappers.parts.ubl_party import party, scheme_of, taker
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
from gateway.order.party import Identifier, Party, Reference
from gateway.order.terms import NO_DELIVERY
from gateway.safexml import Element, attribute
from gateway.ubl.names import every, inner

__all__ = ["Context", "order_line"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line takes from its order: the currency, whose rules it keeps to."""

    currency: str
    peppol: bool


def order_line(
    book: UblLedger, place: Element, ordinal: int, context: Context
) -> OrderLine:
    """The line of an OrderLine. What is wrong with it is a finding; it goes on."""
    ledger = book.below(place, f"cac:OrderLine[{ordinal}]")
    its = inner(place, "cac:LineItem")
    quantity = _quantity(ledger, place, its)
    schedules = tuple(_schedules(ledger, its, quantity))
    wanted = None if schedules else inner(its, "cac:Delivery")
    delivery = ubl_terms.delivery(ledger, wanted, "delivery")
    partial = ledger.whether(its, "cbc:PartialDeliveryIndicator", "flags.partial")
    later = ledger.whether(
        its, "cbc:BackOrderAllowedIndicator", "flags.backorder_allowed"
    )
    for one in every(its, "cac:SubLineItem")[:1]:
        what = "SubLineItems are not read; order their items as lines"
        ledger.found.add("MAP-002", what, ledger.at(one))
    costs = ledger.words(its, "cbc:AccountingCost", "accounting[0].code")
    sales_order = ledger.words(its, "cbc:SalesOrderID", "references[0]")
    return OrderLine(
        line_no=_line_no(ledger, place, its, ordinal),
        item=_item(ledger, place, inner(its, "cac:Item")),
        quantity=quantity,
        price=_price(ledger, inner(its, "cac:Price"), quantity, context.currency),
        amount=ledger.figure(its, "cbc:LineExtensionAmount", "amount"),
        allowances_charges=tuple(
            ubl_terms.allowances(ledger, its, peppol=context.peppol)
        ),
        tax=tuple(
            ubl_terms.taxed(ledger, its, "cac:Item/cac:ClassifiedTaxCategory", "tax")
        ),
        delivery=None if delivery == NO_DELIVERY else delivery,
        parties=tuple(_parties(ledger, its)),
        schedules=schedules,
        flags=LineFlags(partial=partial, backorder_allowed=later),
        accounting=(Accounting(code=costs),) if costs else (),
        quote_ref=ledger.words(
            place,
            "cac:QuotationLineReference/cac:DocumentReference/cbc:ID",
            "quote_ref",
        ),
        quote_line=ledger.words(
            place, "cac:QuotationLineReference/cbc:LineID", "quote_line"
        ),
        references=(Reference(kind="sales_order", value=sales_order),)
        if sales_order
        else (),
        notes=ubl_terms.notes(
            ledger, (*every(place, "cbc:Note"), *every(its, "cbc:Note")), "line"
        ),
        extensions=ledger.left_over(),
        provenance=ledger.provenance,
    )


def _line_no(
    ledger: UblLedger, place: Element, its: Element | None, ordinal: int
) -> str:
    """The ID of LineItem; without one the line's ordinal, noted (MAP-004)."""
    number = ledger.words(its, "cbc:ID", "line_no")
    if not number:
        what = f"the line has no number, {ordinal} was assumed"
        ledger.found.add("MAP-004", what, ledger.at(place))
    return number or str(ordinal)


# How many.


def _quantity(ledger: UblLedger, place: Element, its: Element | None) -> LineQuantity:
    """Quantity in its unitCode; a missing one is 0 (MAP-006)."""
    one = inner(its, "cbc:Quantity")
    value = ledger.amount(one, "quantity.value")
    sent = attribute(one, "unitCode")
    if one is not None and sent:
        ledger.took("quantity.uom_sent", one, "unitCode")
    if value is None or not sent:
        lacking = "quantity" if value is None else "unit"
        where = ledger.at(place if one is None else one)
        ledger.found.add("MAP-006", f"the line has no {lacking}", where)
    return LineQuantity(value=_ZERO if value is None else value, uom_sent=sent)


def _schedules(
    ledger: UblLedger, its: Element | None, quantity: LineQuantity
) -> Iterator[Schedule]:
    """Delivery by Delivery where they have quantities; they add up (MAP-008)."""
    every_one = every(its, "cac:Delivery")
    found = [
        (one, count)
        for one in every_one
        if (count := inner(one, "cbc:Quantity")) is not None
    ]
    if len(every_one) > max(1, len(found)):
        what = "of several deliveries not all say how many"
        ledger.found.add("MAP-018", what, ledger.at(every_one[1]))
    added = _ZERO
    for n, (one, count) in enumerate(found):
        field = f"schedules[{n}]"
        value = ledger.amount(count, f"{field}.qty") or _ZERO
        added += value
        unit = attribute(count, "unitCode")
        when = ubl_terms.delivery(ledger, one, field)
        yield Schedule(
            qty=value,
            uom="" if unit == quantity.uom_sent else unit,
            date=when.requested,
            earliest=when.earliest,
            latest=when.latest,
            ship_to=taker(ledger, one, f"{field}.ship_to"),
        )
    units = {attribute(count, "unitCode") for _, count in found}
    others = units - {"", quantity.uom_sent}
    if others:
        what = f"deliveries are in {min(others)}, the line in {quantity.uom_sent}"
        ledger.found.add("MAP-018", what, ledger.at(found[0][0]))
    elif found and added != quantity.value:
        what = f"the deliveries make {added:f}, the line {quantity.value:f}"
        ledger.found.add("MAP-008", what, ledger.at(found[0][0]))


# Which item.


def _item(ledger: UblLedger, place: Element, its: Element | None) -> Item:
    text = ledger.words(its, "cbc:Name", "item.description")
    standard = inner(its, "cac:StandardItemIdentification/cbc:ID")
    is_gtin = scheme_of(standard) in ("gtin", "")
    number = ledger.text(standard, "item.gtin" if is_gtin else "item.ids[0]")
    other = Identifier(id=number, scheme=scheme_of(standard))
    item = Item(
        supplier_sku=ledger.words(
            its, "cac:SellersItemIdentification/cbc:ID", "item.supplier_sku"
        ),
        buyer_part=ledger.words(
            its, "cac:BuyersItemIdentification/cbc:ID", "item.buyer_part"
        ),
        mfr_part=ledger.words(
            its, "cac:ManufacturersItemIdentification/cbc:ID", "item.mfr_part"
        ),
        mfr=ledger.words(
            its, "cac:ManufacturerParty/cac:PartyName/cbc:Name", "item.mfr"
        ),
        gtin=number if is_gtin else "",
        ids=() if is_gtin or not number else (other,),
        classification=tuple(_classes(ledger, its)),
        description=text or ledger.words(its, "cbc:Description", "item.description"),
        attributes=tuple(_properties(ledger, its)),
        serials=tuple(
            ledger.text(one, "item.serials")
            for one in every(its, "cac:ItemInstance/cbc:SerialID")
        ),
        lot=ledger.words(
            its, "cac:ItemInstance/cac:LotIdentification/cbc:LotNumberID", "item.lot"
        ),
    )
    if not any((item.supplier_sku, item.buyer_part, number, item.mfr_part)):
        where = ledger.at(place if its is None else its)
        ledger.found.add("MAP-007", "the line has no number of an item", where)
    return item


def _classes(ledger: UblLedger, its: Element | None) -> Iterator[Classification]:
    for n, one in enumerate(every(its, "cac:CommodityClassification")):
        code = inner(one, "cbc:ItemClassificationCode")
        number = ledger.text(code, f"item.classification[{n}]")
        if number:
            yield Classification(
                code=number,
                scheme=_CLASSES.get(
                    attribute(code, "listID"), attribute(code, "listID")
                ),
                version=attribute(code, "listVersionID"),
                name=attribute(code, "name"),
            )


_CLASSES = {"TST": "unspsc", "UNSPSC": "unspsc", "STI": "cpv", "CPV": "cpv", "HS": "hs"}
"""Names of ours for UNCL 7143 and what stands in its place."""


def _properties(ledger: UblLedger, its: Element | None) -> Iterator[Attribute]:
    for n, one in enumerate(every(its, "cac:AdditionalItemProperty")):
        field = f"item.attributes[{n}]"
        name = ledger.words(one, "cbc:Name", f"{field}.name")
        value = ledger.words(one, "cbc:Value", f"{field}.value")
        if name or value:
            yield Attribute(name=name, value=value)


# At which price.


def _price(
    ledger: UblLedger, its: Element | None, quantity: LineQuantity, currency: str
) -> Price:
    """PriceAmount per BaseQuantity: the net price. None sent says nothing of it."""
    one = inner(its, "cbc:PriceAmount")
    amount = ledger.amount(one, "price.amount")
    if one is None or amount is None:
        return UNPRICED
    base = inner(its, "cbc:BaseQuantity")
    count = ledger.amount(base, "price.basis_qty")
    unit = attribute(base, "unitCode")
    rate = ledger.number(inner(its, "cbc:OrderableUnitFactorRate"), "price.rate")
    if count == 0 or rate not in (None, 1):
        what = "the price is for none" if count == 0 else f"the unit's rate is {rate}"
        ledger.found.add("MAP-009", what, ledger.at(one if base is None else base))
    return Price(
        amount=amount,
        currency=attribute(one, "currencyID") or currency,
        basis_qty=count or Decimal(1),
        basis_uom="" if unit == quantity.uom_sent else unit,
        type="net",
    )


# For whom.


def _parties(ledger: UblLedger, its: Element | None) -> Iterator[Party]:
    """Who takes the goods of the line, unless they are split, and who asked for it."""
    when = inner(its, "cac:Delivery")
    is_split = inner(when, "cbc:Quantity") is not None
    goods = None if is_split else taker(ledger, when, "parties[0]")
    if goods is not None:
        yield goods
    asked = inner(its, "cac:OriginatorParty")
    if asked is not None:
        yield party(ledger, "mark_for", asked, f"parties[{1 if goods else 0}]")
