"""Conditions about money that no field of an EDIFACT order takes: MAP-020."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway.edi.edifact.segment import EdifactSegment
from gateway.mappers.parts.edifact_ledger import EdifactLedger

__all__ = ["note_currencies", "note_factors"]

_ONE = Decimal(1)


def note_currencies(
    ledger: EdifactLedger, found: Iterable[EdifactSegment], currency: str
) -> None:
    """A second currency in CUX (C504), or a rate of exchange (5402) other than 1."""
    for cux in found:
        for element in (1, 2):
            other = cux.part(element, 2).strip()
            if other not in ("", currency):
                what = f"CUX names a second currency, {other}"
                ledger.found.add("MAP-020", what, cux.at(element, 2), other)
                return
        if cux.part(3).strip() and cux.number(3, 1) != _ONE:
            what = f"CUX names a rate of exchange, {cux.part(3).strip()}"
            ledger.found.add("MAP-020", what, cux.at(3), cux.part(3))
            return


def note_factors(ledger: EdifactLedger, found: Iterable[EdifactSegment]) -> None:
    """A factor that prices are multiplied by (APR C138) other than 1."""
    for apr in found:
        if apr.part(2).strip() and apr.number(2, 1) != _ONE:
            what = f"APR multiplies prices by {apr.part(2).strip()}"
            ledger.found.add("MAP-020", what, apr.at(2), apr.part(2))
            return
