"""Names of UBL 2: namespaces, documents, and what Peppol calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.safexml import Element

__all__ = [
    "BILLING",
    "CAC",
    "CBC",
    "NAMESPACES",
    "PAYLOADS",
    "PEPPOL_BILLING",
    "PEPPOL_BIS",
    "PEPPOL_TRNS",
    "Parties",
    "every",
    "inner",
    "namespace_of",
    "rule_sets",
    "transaction",
]

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{_UBL}CommonAggregateComponents-2"
CBC = f"{_UBL}CommonBasicComponents-2"
NAMESPACES: Mapping[str, str] = MappingProxyType({"cac": CAC, "cbc": CBC})
"""The prefixes that paths here and in findings have."""
_PREFIXES = dict(NAMESPACES)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sends a document, and to whom: elements of its root."""

    sender: str
    receiver: str


_FROM_BUYER = Parties("cac:BuyerCustomerParty", "cac:SellerSupplierParty")
_FROM_SELLER = Parties("cac:SellerSupplierParty", "cac:BuyerCustomerParty")
PAYLOADS: Mapping[str, Parties] = MappingProxyType(
    {
        "Order": _FROM_BUYER,
        "OrderChange": _FROM_BUYER,
        "OrderCancellation": _FROM_BUYER,
        "OrderResponse": _FROM_SELLER,
        "DespatchAdvice": Parties(
            "cac:DespatchSupplierParty", "cac:DeliveryCustomerParty"
        ),
        "Invoice": Parties(
            "cac:AccountingSupplierParty", "cac:AccountingCustomerParty"
        ),
        "CreditNote": Parties(
            "cac:AccountingSupplierParty", "cac:AccountingCustomerParty"
        ),
    }
)
"""The documents that are known, by the name of their root."""

_TRANSACTIONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Order", "order"): "T01",
        ("OrderChange", "order_change"): "T114",
        ("OrderCancellation", "order_cancellation"): "T115",
        ("OrderResponse", "order_response"): "T76",
        ("OrderResponse", "order_response_advanced"): "T116",
        ("OrderResponse", "order_agreement"): "T110",
        ("DespatchAdvice", "despatch_advice"): "T16",
    }
)
PEPPOL_TRNS = "urn:fdc:peppol.eu:poacc:trns:"
"""How Peppol's CustomizationID begins."""
PEPPOL_BIS = "urn:fdc:peppol.eu:poacc:bis:"
"""How its ProfileID does."""

BILLING = "urn:cen.eu:en16931:2017"
"""How the CustomizationID of an invoice by EN 16931 begins."""
PEPPOL_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:"
"""What stands in that of an invoice by Peppol's narrower rules."""


def namespace_of(name: str) -> str:
    """The namespace of a document's root."""
    return f"{_UBL}{name}-2"


def transaction(name: str, customization: str) -> str:
    """Peppol's number of a document, T01 for instance; empty for what is not Peppol's.

    What stands behind the number of the version is a narrower rule of somebody, and
    makes it no other transaction.
    """
    if not customization.startswith(PEPPOL_TRNS):
        return ""
    kind = customization.removeprefix(PEPPOL_TRNS).split(":")[0]
    return _TRANSACTIONS.get((name, kind), "")


def rule_sets(name: str, customization: str) -> tuple[str, ...]:
    """The sets of published rules that a document claims to keep.

    One for a transaction of Peppol, two for an invoice of theirs: EN 16931's own, and
    those that Peppol adds.
    """
    known = transaction(name, customization)
    if known:
        return (known,)
    if name not in ("Invoice", "CreditNote") or not customization.startswith(BILLING):
        return ()
    added = ("PEPPOL-EN16931",) if PEPPOL_BILLING in customization else ()
    return ("EN16931", *added)


def inner(element: Element | None, path: str) -> Element | None:
    """The first element at a path such as ``cac:Item/cbc:Name``."""
    return None if element is None else element.find(path, _PREFIXES)


def every(element: Element | None, path: str) -> list[Element]:
    """All elements at a path."""
    return [] if element is None else element.findall(path, _PREFIXES)
