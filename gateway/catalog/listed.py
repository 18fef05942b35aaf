"""A contract's items as they are told to the partner: in parts of bounded size."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.catalog.model import Contract, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListPart:
    """Some items of a contract. ``version`` is that of its price list.

    ``number`` counts the parts from 1.
    """

    contract: Contract
    version: int
    number: int
    items: tuple[Item, ...]
