"""Who takes part in an order, and what may be noted about anything in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from gateway.values import swift

__all__ = [
    "Address",
    "Attachment",
    "Contact",
    "Extension",
    "Identifier",
    "Note",
    "Party",
    "PartyRole",
    "Reference",
]

PartyRole = Literal[
    "buyer",
    "ship_to",
    "bill_to",
    "sold_to",
    "payer",
    "mark_for",
    "ship_from",
    "seller",
    "remit_to",
    "other",
]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One number of a party or an item, with the scheme that issued it.

    ``scheme`` is a name of ours (``gln``, ``duns``, ``gtin``, ``vat``) where the
    number is a known one, else the qualifier as sent.
    """

    id: str
    scheme: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address. ``region`` is a state or province, ``country`` ISO 3166-1.

    ``lines`` are street lines in the order sent; ``deliver_to`` names persons, docks
    and rooms at the address (cXML DeliverTo).
    """

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    deliver_to: tuple[str, ...] = ()


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person or desk (X12 PER, EDIFACT CTA and COM, cXML and UBL Contact)."""

    name: str = ""
    role: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    url: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One partner in its role. ``id`` is the first number sent, ``ids`` are the rest.

    ``role_sent`` keeps the standard's own code when ``role`` is ``other``.
    """

    role: PartyRole
    id: str = ""
    id_scheme: str = ""
    name: str = ""
    ids: tuple[Identifier, ...] = ()
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    tax_ids: tuple[Identifier, ...] = ()
    role_sent: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A number that points elsewhere: a department, a promotion, a price list.

    ``kind`` is a name of ours, listed in docs/canonical-order.md, or the qualifier
    as sent when we have none.
    """

    kind: str
    value: str
    text: str = ""
    date: dt.date | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Free text. ``kind``: general, purchasing, delivery, line or the code as sent."""

    text: str
    kind: str = "general"
    language: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that goes with the order. Its bytes are kept by ``sha256``.

    ``url`` may be a ``cid:`` of the same transmission (cXML, AS2 multipart).
    """

    name: str = ""
    kind: str = ""
    media_type: str = ""
    url: str = ""
    description: str = ""
    sha256: str = ""
    size_bytes: int | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A value with no place of its own: ``PO1[2]/SLN[1]-05`` and its text as sent."""

    path: str
    value: str
