"""Parties and items as documents of UBL of ours name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.party import Address, Identifier, Party
from gateway.safexml.markup import Node
from gateway.ubl.document import PartyName
from gateway.ubl.writing import cac, cbc

__all__ = ["address", "item", "item_of", "party", "unit_of"]

_SCHEMES: Mapping[str, str] = {"gln": "0088", "duns": "0060", "gtin": "0160"}
_OURS = frozenset(("assigned_by_buyer", "assigned_by_seller", "vat"))
"""Schemes that have no number in ISO 6523."""


def _scheme_id(scheme: str) -> str:
    """schemeID of a scheme of ours; empty for what has none."""
    return "" if scheme in _OURS else _SCHEMES.get(scheme, scheme)


def party(
    role: str, its: Party | None, endpoint: PartyName, *, named: bool = False
) -> Node | None:
    """A party with its endpoint; ``named`` gives a PartyName too.

    Where nothing else is known of it, its endpoint's number stands for all.
    """
    its = its or Party(role="other")
    name = its.name or its.id or endpoint.id
    numbers = tuple(_numbers(its, endpoint))
    return cac(
        role,
        cac(
            "Party",
            cbc("EndpointID", endpoint.id, schemeID=endpoint.scheme or None),
            (cac("PartyIdentification", one) for one in numbers[:1]),
            cac("PartyName", cbc("Name", name)) if named else None,
            cac("PartyLegalEntity", cbc("RegistrationName", name)),
        ),
    )


def _numbers(its: Party, endpoint: PartyName) -> Iterator[Node]:
    first = Identifier(id=its.id, scheme=its.id_scheme)
    for one in (first, *its.ids):
        scheme = _scheme_id(one.scheme)
        if one.id and one != first and PartyName(scheme, one.id) == endpoint:
            continue
        made = cbc("ID", one.id, schemeID=scheme or None)
        if made is not None:
            yield made


def address(name: str, its: Address | None) -> Node | None:
    """A postal address; the country's code is needed where there is one at all."""
    if its is None or not its.country:
        return None
    lines = (*its.lines, "", "")
    return cac(
        name,
        cbc("StreetName", lines[0]),
        cbc("AdditionalStreetName", lines[1]),
        cbc("CityName", its.city),
        cbc("PostalZone", its.postal_code),
        cbc("CountrySubentity", its.region),
        (cac("AddressLine", cbc("Line", line)) for line in its.lines[2:3]),
        cac("Country", cbc("IdentificationCode", its.country)),
    )


def unit_of(order: Order, line_no: str, uom: str) -> str:
    """The unit of a line as UN/ECE Rec 20 has it, the order's own if it is UBL's."""
    line = order.line(line_no)
    its = line.quantity if line else None
    sent = uom or (its.uom_sent if its else "")
    if its is not None and sent == its.uom_sent and order.source.standard != "ubl":
        return its.uom_rec20 or sent
    return sent


def item_of(order: Order, line_no: str, its: Item, *more: Node | None) -> Node | None:
    """The item of an order line by the names it was ordered under, with ``more``."""
    line = order.line(line_no)
    if line is None:
        return item(its, *more)
    sent = line.item
    known = replace(
        its,
        description=sent.description or its.description,
        buyer_part=sent.buyer_part or its.buyer_part,
        gtin=its.gtin or sent.gtin,
        supplier_sku=its.supplier_sku or sent.supplier_sku,
    )
    return item(known, *more)


def item(its: Item, *more: Node | None) -> Node | None:
    """An item by its name and its numbers."""
    name = its.description or its.supplier_sku or its.buyer_part or its.gtin
    return cac(
        "Item",
        cbc("Name", name),
        cac("BuyersItemIdentification", cbc("ID", its.buyer_part)),
        cac("SellersItemIdentification", cbc("ID", its.supplier_sku)),
        cac("StandardItemIdentification", cbc("ID", its.gtin, schemeID="0160")),
        *more,
    )
