"""Prices and money as many messages that we write have them."""

from __future__ import annotations

from decimal import Decimal

from gateway.edi.edifact.writer import Row
from gateway.mappers.parts.edifact_fit import EdifactFit, row
from gateway.order.item import Price

__all__ = ["moa", "price_row"]


def price_row(
    fit: EdifactFit, code: str, price: Price, unit: str, kind: str = ""
) -> Row:
    """PRI with its basis, unless that is one of the line's ``unit``.

    ``code`` is 5125, ``kind`` 5375.
    """
    amount = fit.number(price.amount or Decimal(0), 15, "PRI-01")
    plain = price.basis_qty == 1 and not price.basis_uom
    basis = "" if plain else fit.number(price.basis_qty, 9, "PRI-01")
    of = "" if plain else fit.id(price.basis_uom or unit, 3, "PRI-01")
    return row("PRI", (code, amount, kind, "", basis, of))


def moa(fit: EdifactFit, code: str, amount: Decimal) -> Row:
    """MOA in the currency of the message (5025)."""
    return row("MOA", (code, fit.number(amount, 18, "MOA-01")))
