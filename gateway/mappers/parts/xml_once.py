"""What an order in XML may say once: a second word of it would be lost."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mappers.parts.xml_ledger import XmlLedger
from gateway.safexml import Element, local_name

__all__ = ["CXML", "UBL", "Once", "told_once"]

Once = Mapping[str, frozenset[str]]
"""Of elements the children that say what, where or how much, and count once.

One that is named here itself is looked into as well.
"""


def _once(texts: Mapping[str, str]) -> Once:
    return {name: frozenset(names.split()) for name, names in texts.items()}


CXML = _once(
    {
        "OrderRequestHeader": "Total ShipTo BillTo Shipping Tax TermsOfDelivery "
        "DeliveryPeriod",
        "ItemOut": "ItemID ItemDetail BlanketItemDetail ShipTo Shipping Tax "
        "TermsOfDelivery",
        "ItemID": "SupplierPartID SupplierPartAuxiliaryID BuyerPartID",
        "ItemDetail": "UnitPrice UnitOfMeasure PriceBasisQuantity",
        "BlanketItemDetail": "UnitPrice UnitOfMeasure PriceBasisQuantity MaxAmount "
        "MaxQuantity",
        "PriceBasisQuantity": "UnitOfMeasure",
        "ScheduleLine": "UnitOfMeasure ShipTo",
        **dict.fromkeys(("Total", "UnitPrice", "Shipping", "Tax"), "Money"),
        "MaxAmount": "Money",
        "ShipTo": "Address",
    }
)
"""What the DTD has at most once."""
UBL = _once(
    {
        **dict.fromkeys(
            ("Order", "OrderChange", "OrderCancellation"),
            "OrderReference Delivery AnticipatedMonetaryTotal ValidityPeriod",
        ),
        "OrderLine": "LineItem",
        "LineItem": "Quantity Item Price",
        "Price": "PriceAmount BaseQuantity",
    }
)
"""What one of is read. UBL lets an order have several places; it does not say which
lines go to which."""


def told_once(ledger: XmlLedger, place: Element, once: Once) -> None:
    """A finding (MAP-018) for each element that stands again where it counts once."""
    single = once[local_name(place)]
    counts: dict[str, int] = {}
    for inner in place:
        name = local_name(inner)
        counts[name] = counts.get(name, 0) + 1
        if name in single and counts[name] == 2:
            what = f"{name} stands twice, and the first one was read"
            ledger.found.add("MAP-018", what, ledger.at(inner))
        if name in once:
            told_once(ledger, inner, once)
