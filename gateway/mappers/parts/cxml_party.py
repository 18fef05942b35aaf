"""Parties of a cXML order: addresses, contacts, and the credentials of its buyer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.cxml_punchout.credentials import Credential
from gateway.mappers.parts.cxml_ledger import CxmlLedger
from gateway.order.party import Address, Contact, Identifier, Party, PartyRole
from gateway.safexml import Element, attribute

__all__ = ["buyer_of", "contact_parties", "contact_role", "party"]

_SCHEMES: Mapping[str, str] = {
    "": "assigned_by_buyer",
    "buyerlocationid": "assigned_by_buyer",
    "buyerid": "assigned_by_buyer",
    "supplierid": "assigned_by_seller",
    "suppliernumber": "assigned_by_seller",
    "duns": "duns",
    "duns+4": "duns",
    "ean": "gln",
    "eanid": "gln",
    "gln": "gln",
    "iln": "gln",
}
"""Who issued a number, by its domain; any other domain stays as sent."""
_TAX_IDS = frozenset(("vatid", "taxid", "gst", "gstid", "vat"))
_ROLES: Mapping[str, PartyRole] = {
    "buyer": "buyer",
    "buyercorporate": "buyer",
    "soldto": "sold_to",
    "enduser": "mark_for",
    "payer": "payer",
    "seller": "seller",
    "suppliercorporate": "seller",
    "shipfrom": "ship_from",
    "remitto": "remit_to",
    "shipto": "ship_to",
    "billto": "bill_to",
}
"""Contact and BusinessPartner roles; others are kept as sent."""


def party(ledger: CxmlLedger, role: PartyRole, place: Element, field: str) -> Party:
    """The party of ShipTo, BillTo or BusinessPartner: its Address and IdReferences."""
    its = place.find("Address")
    taxes, numbers = _numbers(ledger, place, field)
    if its is None:
        return Party(role=role, ids=numbers, tax_ids=taxes)
    number = ledger.attribute(its, "addressID", f"{field}.id")
    domain = attribute(its, "addressIDDomain")
    if number:
        ledger.passed(its, "addressIDDomain")
    return Party(
        role=role,
        id=number,
        id_scheme=scheme(domain) if number else "",
        name=ledger.text(its.find("Name"), f"{field}.name"),
        address=_address(ledger, its, field),
        contacts=tuple(_reached(ledger, its, f"{field}.contacts[0]")),
        ids=numbers,
        tax_ids=taxes,
    )


def contact_role(role: str) -> PartyRole:
    """The role of a Contact or BusinessPartner."""
    return _ROLES.get(role.strip().lower(), "other")


def contact_parties(
    ledger: CxmlLedger, elements: Iterable[Element], start: int = 0
) -> Iterator[Party]:
    """Contact elements as parties of their own."""
    for index, one in enumerate(elements, start):
        field = f"parties[{index}]"
        sent = attribute(one, "role")
        role = contact_role(sent)
        ledger.passed(one, "role")
        number = ledger.attribute(one, "addressID", f"{field}.id")
        if number:
            ledger.passed(one, "addressIDDomain")
        taxes, others = _numbers(ledger, one, field)
        yield Party(
            role=role,
            role_sent=sent if role == "other" else "",
            id=number,
            id_scheme=scheme(attribute(one, "addressIDDomain")) if number else "",
            name=ledger.text(one.find("Name"), f"{field}.name"),
            address=_address(ledger, one, field),
            contacts=tuple(_reached(ledger, one, f"{field}.contacts[0]")),
            ids=others,
            tax_ids=taxes,
        )


def buyer_of(credentials: Sequence[Credential]) -> Party:
    """The buyer as From names it: the first credential, the others beside it."""
    first, *others = credentials
    return Party(
        role="buyer",
        id=first.identity,
        id_scheme=scheme(first.domain),
        ids=tuple(
            Identifier(id=one.identity, scheme=scheme(one.domain)) for one in others
        ),
    )


def scheme(domain: str) -> str:
    """A name of ours for a domain, whose case means nothing."""
    return _SCHEMES.get(domain.strip().lower(), domain.strip())


def _numbers(
    ledger: CxmlLedger, place: Element, field: str
) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Tax numbers, and all others, of the IdReferences of a party."""
    taxes, others = list[Identifier](), list[Identifier]()
    for n, one in enumerate(place.findall("IdReference")):
        number = ledger.attribute(one, "identifier", f"{field}.ids[{n}]")
        if number:
            ledger.passed(one, "domain")
            its = Identifier(id=number, scheme=scheme(attribute(one, "domain")))
            is_tax = its.scheme.lower() in _TAX_IDS
            (taxes if is_tax else others).append(its)
    return tuple(taxes), tuple(others)


def _address(ledger: CxmlLedger, place: Element, field: str) -> Address | None:
    its = place.find("PostalAddress")
    if its is None:
        return None
    at = f"{field}.address"
    state = its.find("State")
    country = its.find("Country")
    code = ledger.attribute(country, "isoCountryCode", f"{at}.country")
    if code:
        ledger.passed(country)
    region = ledger.text(state, f"{at}.region")
    return Address(
        lines=_texts(ledger, its, "Street", f"{at}.lines"),
        city=ledger.text(its.find("City"), f"{at}.city"),
        region=region or ledger.attribute(state, "isoStateCode", f"{at}.region"),
        postal_code=ledger.text(its.find("PostalCode"), f"{at}.postal_code"),
        country=code or ledger.text(country, f"{at}.country"),
        deliver_to=_texts(ledger, its, "DeliverTo", f"{at}.deliver_to"),
    )


def _texts(
    ledger: CxmlLedger, place: Element, name: str, field: str
) -> tuple[str, ...]:
    found = place.findall(name)
    return tuple(filter(None, (ledger.text(one, field) for one in found)))


def _reached(ledger: CxmlLedger, place: Element, field: str) -> Iterator[Contact]:
    """How somebody is reached there; none where nothing is said."""
    phone = _number(ledger, place.find("Phone/TelephoneNumber"), f"{field}.phone")
    fax = _number(ledger, place.find("Fax/TelephoneNumber"), f"{field}.fax")
    email = ledger.text(place.find("Email"), f"{field}.email")
    url = ledger.text(place.find("URL"), f"{field}.url")
    if phone or fax or email or url:
        yield Contact(phone=phone, fax=fax, email=email, url=url)


def _number(ledger: CxmlLedger, place: Element | None, field: str) -> str:
    """``+1 650 5550100 12``: country, area, number, extension."""
    if place is None:
        return ""
    names = ("CountryCode", "AreaOrCityCode", "Number", "Extension")
    country, *others = (ledger.text(place.find(name), field) for name in names)
    shown = f"+{country.lstrip('+')}" if country and others[1] else country
    return " ".join(filter(None, (shown, *others)))
