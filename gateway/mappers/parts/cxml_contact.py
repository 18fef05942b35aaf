"""A party of ours as the Contact of a document, in the role that cXML has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gateway.cxml_punchout.contact import PartyContact
from gateway.order.model import Order
from gateway.order.party import Party, PartyRole

__all__ = ["contact", "first_of"]

_DOMAINS: Mapping[str, str] = {
    "gln": "EANID",
    "duns": "DUNS",
    "vat": "vatID",
    "VA": "vatID",
}
"""The domain of an IdReference for a scheme of ours; any other is its own domain."""
_COUNTRY = re.compile("[A-Z]{2}")


def first_of(
    role: PartyRole, own: Iterable[Party], orders: Sequence[Order]
) -> Party | None:
    """The party in a role: the document's own, else the first that an order has."""
    mine = next((one for one in own if one.role == role), None)
    theirs = (party for order in orders if (party := order.party(role)))
    return mine or next(theirs, None)


def contact(role: str, party: Party, *, name: str = "") -> PartyContact | None:
    """The party as a Contact; none without any name, for which ``name`` stands in."""
    its = party.address
    country = its.country.upper() if its else ""
    called = party.name or name or party.id
    if not called:
        return None
    emails = (one.email for one in party.contacts if one.email)
    return PartyContact(
        role=role,
        name=called,
        address_id=party.id,
        street=its.lines if its else (),
        city=its.city if its else "",
        region=its.region if its else "",
        postal_code=its.postal_code if its else "",
        country=country if _COUNTRY.fullmatch(country) else "",
        email=next(emails, ""),
        ids=tuple(
            (_DOMAINS.get(one.scheme, one.scheme), one.id)
            for one in (*party.ids, *party.tax_ids)
            if one.scheme
        ),
    )
