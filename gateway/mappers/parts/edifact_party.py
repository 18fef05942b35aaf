"""What several messages that we write have in common: parties, numbers, references."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.edi.edifact.writer import Identifier, Row, Simple
from gateway.mappers.parts.edifact_codes import ROLE_CODES, SCHEME_CODES
from gateway.mappers.parts.edifact_dialect import Dialect
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.party import Party, PartyRole
from gateway.partner.profile import Profile

__all__ = ["identifier", "item_rows", "numbers_of", "order_references", "parties"]

_NAME, _LINES = 35, 4


def identifier(
    profile: Profile | None, kind: str, type_: str, order: Order
) -> Identifier:
    """S009 as the profile wants it, else of the directory that the order was in."""
    for one in profile.sends if profile else ():
        if one.message == kind:
            version = one.version if one.version[:1] == "D" else ""
            return Identifier.of(
                type_, version or _directory(order), one.association or ""
            )
    return Identifier.of(type_, _directory(order))


def _directory(order: Order) -> str:
    source = order.source
    return source.version if source.standard == "edifact" else "D96A"


def parties(
    fit: EdifactFit, order: Order, roles: tuple[PartyRole, ...]
) -> Iterator[Row]:
    """NAD for each of these roles that the order names, in the order given."""
    for role in roles:
        party = order.party(role)
        if party is not None:
            yield from _party(fit, ROLE_CODES[role], party)


def _party(fit: EdifactFit, code: str, party: Party) -> Iterator[Row]:
    """Its number; its name and address where it has none."""
    number = fit.id(party.id, 35, "NAD-02")
    scheme = fit.id(SCHEME_CODES.get(party.id_scheme, party.id_scheme), 3, "NAD-02")
    name = fit.text(party.name, _NAME * 5, "NAD-04")
    if number:
        yield row("NAD", code, (number, "", scheme))
        return
    names = tuple(name[n : n + _NAME] for n in range(0, len(name), _NAME))
    at = party.address
    if at is None:
        if names:
            yield row("NAD", code, "", "", names)
        return
    yield row(
        "NAD",
        code,
        "",
        "",
        names,
        tuple(fit.text(line, _NAME, "NAD-05") for line in at.lines[:_LINES]),
        fit.text(at.city, 35, "NAD-06"),
        fit.id(at.region, 9, "NAD-07"),
        fit.id(at.postal_code, 9, "NAD-08"),
        fit.id(at.country, 3, "NAD-09"),
    )


def order_references(fit: EdifactFit, order: Order, ours: str) -> Iterator[Row]:
    """RFF ON with the order's date, and our own number (RFF VN)."""
    yield row("RFF", ("ON", fit.id(order.po_number, 35, "RFF-01")))
    if order.issue_date:
        yield row("DTM", ("171", day(order.issue_date), "102"))
    if number := fit.id(ours, 35, "RFF-01"):
        yield row("RFF", ("VN", number))


def numbers_of(
    fit: EdifactFit, item: Item, dialect: Dialect
) -> list[tuple[Simple, ...]]:
    """C212 of everything that names the item: the trade item number comes first."""
    pairs = [
        (item.gtin, dialect.gtin),
        (item.supplier_sku, "SA"),
        (item.buyer_part, "IN"),
    ]
    made = [(fit.id(number, 35, "LIN-03"), type_) for number, type_ in pairs]
    return [pair for pair in made if pair[0]]


def item_rows(
    fit: EdifactFit, line_no: str, action: str, item: Item, dialect: Dialect
) -> Iterator[Row]:
    """LIN with the first number of the item, PIA with the others, IMD."""
    first, *others = numbers_of(fit, item, dialect) or [("",)]
    gtin = first[-1] == dialect.gtin
    yield row("LIN", line_no, action, first if gtin else "")
    more = others if gtin else [pair for pair in (first, *others) if pair[0]]
    if more:
        yield row("PIA", "1" if gtin else "5", *more[:5])
    if text := fit.text(item.description, _NAME, "IMD-03"):
        yield row("IMD", "F", "", ("", "", "", text))
