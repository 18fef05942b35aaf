"""What a UBL order may say once: a second word of it would be lost."""

from __future__ import annotations

from gateway.mappers.parts.ubl_ledger import UblLedger
from gateway.safexml import Element
from gateway.ubl.names import every

__all__ = ["head_told_once", "told_once"]

_HEAD = ("cac:Delivery", "cac:AnticipatedMonetaryTotal", "cac:ValidityPeriod")
_LINE = (
    "cac:LineItem",
    "cac:LineItem/cbc:Quantity",
    "cac:LineItem/cac:Item",
    "cac:LineItem/cac:Price",
    "cac:LineItem/cac:Price/cbc:PriceAmount",
    "cac:LineItem/cac:Price/cbc:BaseQuantity",
)


def head_told_once(ledger: UblLedger, root: Element) -> None:
    """MAP-018 for what stands again in a heading where one of it is read.

    UBL lets an order have several places; which lines go to which is not said there.
    """
    _told(ledger, root, _HEAD)


def told_once(ledger: UblLedger, line: Element) -> None:
    """MAP-018 for what stands again in an OrderLine where one of it is read."""
    _told(ledger, line, _LINE)


def _told(ledger: UblLedger, place: Element, paths: tuple[str, ...]) -> None:
    for path in paths:
        found = every(place, path)
        if len(found) > 1:
            name = path.rpartition(":")[2]
            what = f"{name} stands twice, and the first one was read"
            ledger.found.add("MAP-018", what, ledger.at(found[1]))
