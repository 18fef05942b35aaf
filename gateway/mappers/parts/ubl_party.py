"""A party of UBL: its numbers, names, address and contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway.mappers.parts.ubl_ledger import UblLedger
from gateway.order.party import Address, Contact, Identifier, Party, PartyRole
from gateway.safexml import Element, attribute
from gateway.ubl.names import every, inner

__all__ = ["address", "party", "scheme_of", "taker"]

_SCHEMES: Mapping[str, str] = {
    "0060": "duns",
    "0088": "gln",
    "GLN": "gln",
    "DUNS": "duns",
    "GTIN": "gtin",
    "0160": "gtin",
    "VAT": "vat",
}
"""Names of ours for schemes of ISO 6523 and of older documents."""


def scheme_of(element: Element | None) -> str:
    """Who issued a number: a name of ours, else its schemeID as sent."""
    sent = attribute(element, "schemeID")
    return _SCHEMES.get(sent.upper(), sent)


def party(
    ledger: UblLedger,
    role: PartyRole,
    place: Element | None,
    field: str,
) -> Party:
    """The party of an element that is one, or that has a cac:Party in it."""
    its = inner(place, "cac:Party")
    its = place if its is None else its
    numbers = tuple(_numbers(ledger, its, field))
    first = numbers[0] if numbers else Identifier(id="")
    name = ledger.words(its, "cac:PartyName/cbc:Name", f"{field}.name")
    legal = inner(its, "cac:PartyLegalEntity/cbc:RegistrationName")
    postal = inner(its, "cac:PostalAddress")
    if postal is None:
        postal = inner(its, "cac:PartyLegalEntity/cac:RegistrationAddress")
    return Party(
        role=role,
        id=first.id,
        id_scheme=first.scheme,
        ids=numbers[1:],
        name=name or ledger.text(legal, f"{field}.name"),
        address=address(ledger, postal, f"{field}.address"),
        contacts=tuple(_reached(ledger, its, f"{field}.contacts")),
        tax_ids=tuple(_taxed(ledger, its, field)),
    )


def _numbers(
    ledger: UblLedger, its: Element | None, field: str
) -> Iterator[Identifier]:
    """Identifications, then the endpoint, then the register's number; each once."""
    places = (
        *every(its, "cac:PartyIdentification/cbc:ID"),
        *every(its, "cbc:EndpointID"),
        *every(its, "cac:PartyLegalEntity/cbc:CompanyID"),
    )
    seen = set[Identifier]()
    for one in places:
        at = f"{field}.ids[{len(seen) - 1}]" if seen else f"{field}.id"
        number = Identifier(id=ledger.text(one, at), scheme=scheme_of(one))
        if number.id and number not in seen:
            seen.add(number)
            yield number


def _taxed(ledger: UblLedger, its: Element | None, field: str) -> Iterator[Identifier]:
    for n, one in enumerate(every(its, "cac:PartyTaxScheme")):
        at = f"{field}.tax_ids[{n}]"
        number = ledger.words(one, "cbc:CompanyID", at)
        if number:
            kind = ledger.words(one, "cac:TaxScheme/cbc:ID", at)
            yield Identifier(id=number, scheme=kind.lower() or "vat")


def taker(ledger: UblLedger, when: Element | None, field: str) -> Party | None:
    """Who takes the goods; where the address is of a place, its number is his."""
    its = inner(when, "cac:DeliveryParty")
    place = _place(ledger, when, field)
    spot = inner(when, "cac:DeliveryLocation/cbc:ID")
    if its is None and place is None and spot is None:
        return None
    made = party(ledger, "ship_to", its, field)
    if not made.id and spot is not None:
        number = ledger.text(spot, f"{field}.id")
        scheme = attribute(spot, "schemeID")
        made = replace(made, id=number, id_scheme=_SCHEMES.get(scheme.upper(), scheme))
    return replace(made, address=place or made.address)


def _place(ledger: UblLedger, when: Element | None, field: str) -> Address | None:
    its = inner(when, "cac:DeliveryLocation/cac:Address")
    if its is None:
        its = inner(when, "cac:DeliveryAddress")
    return address(ledger, its, f"{field}.address")


def address(ledger: UblLedger, its: Element | None, field: str) -> Address | None:
    """A postal address; building and box are lines of it."""
    if its is None:
        return None
    number = ledger.words(its, "cbc:BuildingNumber", f"{field}.lines")
    street = ledger.words(its, "cbc:StreetName", f"{field}.lines")
    others = (
        *every(its, "cbc:AdditionalStreetName"),
        *every(its, "cbc:BuildingName"),
        *every(its, "cbc:Postbox"),
        *every(its, "cac:AddressLine/cbc:Line"),
    )
    lines = (f"{street} {number}".strip(), *_texts(ledger, others, f"{field}.lines"))
    within = (*every(its, "cbc:Department"), *every(its, "cbc:Floor"))
    return Address(
        lines=tuple(filter(None, lines)),
        city=ledger.words(its, "cbc:CityName", f"{field}.city"),
        postal_code=ledger.words(its, "cbc:PostalZone", f"{field}.postal_code"),
        region=ledger.words(its, "cbc:CountrySubentity", f"{field}.region")
        or ledger.words(its, "cbc:CountrySubentityCode", f"{field}.region"),
        country=ledger.words(
            its, "cac:Country/cbc:IdentificationCode", f"{field}.country"
        ),
        deliver_to=_texts(ledger, within, f"{field}.deliver_to"),
    )


def _texts(
    ledger: UblLedger, places: tuple[Element, ...], field: str
) -> tuple[str, ...]:
    return tuple(filter(None, (ledger.text(one, field) for one in places)))


def _reached(ledger: UblLedger, its: Element | None, field: str) -> Iterator[Contact]:
    for n, one in enumerate(every(its, "cac:Contact")):
        at = f"{field}[{n}]"
        made = Contact(
            name=ledger.words(one, "cbc:Name", f"{at}.name"),
            phone=ledger.words(one, "cbc:Telephone", f"{at}.phone"),
            fax=ledger.words(one, "cbc:Telefax", f"{at}.fax"),
            email=ledger.words(one, "cbc:ElectronicMail", f"{at}.email"),
        )
        if made != Contact():
            yield made
