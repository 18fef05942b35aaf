"""A party of a document: Contact with its role, name and address."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cxml_punchout.pieces import id_references
from gateway.safexml.markup import Node, element

__all__ = ["PartyContact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyContact:
    """A party in its ``role``: shipFrom, shipTo, remitTo, billTo.

    ``ids`` are pairs of domain and number. The address is written where ``country`` is
    known (ISO 3166, two letters), for every version asks for it.
    """

    role: str
    name: str
    address_id: str = ""
    street: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    email: str = ""
    ids: tuple[tuple[str, str], ...] = ()

    def node(self) -> Node:
        """Contact, without the numbers that IdReference tells."""
        return element(
            "Contact",
            element("Name", self.name, lang="en"),
            self._address(),
            element("Email", self.email) if self.email else None,
            role=self.role,
            addressID=self.address_id,
        )

    def partner(self) -> Node:
        """InvoicePartner: the Contact, and the numbers beside it."""
        return element("InvoicePartner", self.node(), id_references(self.ids))

    def _address(self) -> Node | None:
        if not self.country:
            return None
        return element(
            "PostalAddress",
            (element("Street", line) for line in self.street or ("",)),
            element("City", self.city),
            element("State", self.region) if self.region else None,
            element("PostalCode", self.postal_code) if self.postal_code else None,
            element("Country", self.country, isoCountryCode=self.country),
        )
