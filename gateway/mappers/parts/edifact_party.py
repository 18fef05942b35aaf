"""What several messages that we write have in common: parties, numbers, references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.edi.edifact.writer import Identifier, Row, Simple, Value
from gateway.mappers.parts.edifact_codes import ROLE_CODES, SCHEME_CODES
from gateway.mappers.parts.edifact_dialect import Dialect
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.party import Party, PartyRole
from gateway.partner.profile import Identities, Profile, Us

__all__ = [
    "both_rows",
    "identifier",
    "item_rows",
    "nad_rows",
    "numbered",
    "numbers_of",
    "order_references",
    "parties",
]

_NAME, _STREETS = 35, 3
"""Characters of a name, and lines of an address (D.93A has three)."""
_ISBN = 10
"""An ISBN of ten characters is no trade item number, and is given back as it came."""


def identifier(
    profile: Profile | None, kind: str, type_: str, order: Order | None = None
) -> Identifier:
    """S009 as the profile wants it, else of the directory that the order was in."""
    for one in profile.sends if profile else ():
        if one.message == kind:
            version = one.version if one.version[:1] == "D" else ""
            return Identifier.of(
                type_, version or _directory(order), one.association or ""
            )
    return Identifier.of(type_, _directory(order))


def _directory(order: Order | None) -> str:
    if order is None or order.source.standard != "edifact":
        return "D96A"
    return order.source.version


def parties(
    fit: EdifactFit, order: Order, roles: tuple[PartyRole, ...]
) -> Iterator[Row]:
    """NAD for each of these roles that the order names, in the order given."""
    for role in roles:
        party = order.party(role)
        if party is not None:
            yield from nad_rows(fit, ROLE_CODES[role], party)


def both_rows(
    fit: EdifactFit, profile: Profile | None, ours: str = "SU"
) -> Iterator[Row]:
    """NAD of us (``ours`` is 3035) and of the buyer, by the profile's numbers."""
    if profile is None:
        return
    for code, whose in ((ours, profile.us), ("BY", profile.identities)):
        party = numbered(whose)
        if party is not None:
            yield from nad_rows(fit, code, party)


def numbered(whose: Us | Identities) -> Party | None:
    """Who has these numbers: a GLN, else a D-U-N-S number."""
    for number, scheme in ((whose.gln, "gln"), (whose.duns, "duns")):
        if number:
            return Party(role="other", id=number, id_scheme=scheme)
    return None


def nad_rows(
    fit: EdifactFit, code: str, party: Party, *, whole: bool = False
) -> Iterator[Row]:
    """Its number; its name and address where it has none, or all that is known."""
    number = fit.id(party.id, 35, "NAD-02")
    scheme = fit.id(SCHEME_CODES.get(party.id_scheme, party.id_scheme), 3, "NAD-02")
    name = fit.text(party.name, _NAME * 5, "NAD-04")
    its: Value = (number, "", scheme) if number else ""
    if number and not whole:
        yield row("NAD", code, its)
        return
    names = tuple(name[n : n + _NAME] for n in range(0, len(name), _NAME))
    at = party.address
    if at is None:
        if number or names:
            yield row("NAD", code, its, "", names)
        return
    yield row(
        "NAD",
        code,
        its,
        "",
        names,
        tuple(fit.text(line, _NAME, "NAD-05") for line in _streets(at.lines)),
        fit.text(at.city, 35, "NAD-06"),
        fit.id(at.region, 9, "NAD-07"),
        fit.id(at.postal_code, 9, "NAD-08"),
        fit.id(at.country, 3, "NAD-09"),
    )


def _streets(lines: Sequence[str]) -> Sequence[str]:
    """The lines of an address; those that there is no room for join the last one."""
    if len(lines) <= _STREETS:
        return lines
    return (*lines[: _STREETS - 1], ", ".join(lines[_STREETS - 1 :]))


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
        (item.gtin, "IB" if len(item.gtin) == _ISBN else dialect.gtin),
        (item.supplier_sku, "SA"),
        (item.buyer_part, "IN"),
    ]
    made = [(fit.id(number, 35, "LIN-03"), type_) for number, type_ in pairs]
    return [pair for pair in made if pair[0]]


def item_rows(  # noqa: PLR0913, PLR0917  what a LIN group begins with
    fit: EdifactFit,
    line_no: str,
    action: str,
    item: Item,
    dialect: Dialect,
    tag: str = "LIN",
    more_numbers: Iterable[Row] = (),
) -> Iterator[Row]:
    """LIN with the first number of the item, PIA with the others, IMD.

    ``more_numbers`` are further PIA, which stand in front of IMD. With another ``tag``,
    such as PIT, all numbers stand in PIA.
    """
    first, *others = numbers_of(fit, item, dialect) or [("",)]
    gtin = first[-1] == dialect.gtin and tag == "LIN"
    yield row(tag, line_no, action, first if gtin else "")
    more = others if gtin else [pair for pair in (first, *others) if pair[0]]
    if more:
        yield row("PIA", "1" if gtin else "5", *more[:5])
    yield from more_numbers
    if text := fit.text(item.description, _NAME, "IMD-03"):
        yield row("IMD", "F", "", ("", "", "", text))
