"""What messages about documents of ours have in common: references and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from gateway.edi.tree import LoopRead
from gateway.mappers.parts import x12
from gateway.mappers.parts.ledger import Ledger
from gateway.order.advice import DocumentKind
from gateway.order.party import Reference

NAMED: Mapping[str, DocumentKind] = {
    "BM": "shipment",
    "CO": "order",
    "IV": "invoice",
    "MA": "shipment",
    "ON": "order",
    "OQ": "order",
    "PO": "order",
    "SI": "shipment",
    "VN": "order",
}
"""What of ours a reference names (DE 128); others may name anything."""


def references_of(
    ledger: Ledger, loop: LoopRead, field: str = ""
) -> tuple[Reference, ...]:
    """REF of the loop, whether they begin loops of their own or not."""
    own = ledger.line()
    _, found = x12.references(own, x12.each(loop, "REF"), {})
    before = f"{field}." if field else ""
    for name, place in own.provenance.items():
        ledger.provenance[before + name] = place
    return found


def first_day(
    ledger: Ledger, loop: LoopRead, kinds: tuple[str, ...], field: str
) -> dt.date | None:
    """The day of the first DTM of these kinds."""
    for dtm in loop.all("DTM"):
        if dtm[1].rstrip() in kinds:
            found = ledger.day(dtm, 2, field)
            if found is not None:
                ledger.qualified(dtm, 1)
                return found
    return None
