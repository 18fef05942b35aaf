"""What a cXML order may say once: a second word of it would be lost."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.findings import Findings, Where
from gateway.safexml import Element

__all__ = ["told_once"]

_TEXTS = {
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
    **dict.fromkeys(("Total", "UnitPrice", "Shipping", "Tax", "MaxAmount"), "Money"),
    "ShipTo": "Address",
}
_ONCE: Mapping[str, frozenset[str]] = {
    name: frozenset(names.split()) for name, names in _TEXTS.items()
}
"""Children that the DTD has at most once, and that say what, where or how much."""


def told_once(found: Findings, place: Element, path: str) -> None:
    """A finding (MAP-018) for each element that stands again where it counts once."""
    once = _ONCE[str(place.tag)]
    counts: dict[str, int] = {}
    for inner in place:
        name = str(inner.tag)
        counts[name] = counts.get(name, 0) + 1
        if name in once and counts[name] == 2:
            what = f"{name} stands twice, and the first one was read"
            found.add("MAP-018", what, Where(path=f"{path}/{name}[2]"))
        if name in _ONCE:
            told_once(found, inner, f"{path}/{name}")
