"""Parties and items as documents of UBL of ours name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.order.item import Item
from gateway.order.model import Order, OrderLine
from gateway.order.party import Address, Identifier, Party
from gateway.safexml.markup import Node
from gateway.ubl.document import PartyName
from gateway.ubl.writing import cac, cbc

__all__ = ["Ordered", "address", "item", "party"]

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


class Ordered:
    """The lines of orders, found by order and number, however many they are."""

    __slots__ = ("_lines", "_orders")

    def __init__(self, orders: Mapping[str, Order]) -> None:
        self._orders = orders
        self._lines: dict[tuple[str, str], OrderLine] = {}
        for order_id, order in orders.items():
            for line in order.lines:
                self._lines.setdefault((order_id, line.line_no), line)

    def line(self, order_id: str, line_no: str) -> OrderLine | None:
        """The first line with this number."""
        return self._lines.get((order_id, line_no))

    def unit(self, order_id: str, line_no: str, uom: str) -> str:
        """The unit of a line by UN/ECE Rec 20, as the buyer sent it if that was UBL."""
        line = self.line(order_id, line_no)
        its = line.quantity if line else None
        sent = uom or (its.uom_sent if its else "")
        if its is None or sent != its.uom_sent:
            return sent
        is_ubl = self._orders[order_id].source.standard == "ubl"
        return sent if is_ubl else its.uom_rec20 or sent

    def item(
        self, order_id: str, line_no: str, its: Item, *more: Node | None
    ) -> Node | None:
        """The item of a line by the names it was ordered under, with ``more``."""
        line = self.line(order_id, line_no)
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
