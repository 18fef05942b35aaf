"""Contracts, prices and the business checks of an order against them."""

from gateway.catalog.blanket import Blanket, BlanketLine, Drawn, Spent, cover, draws
from gateway.catalog.check import check
from gateway.catalog.checked import Checked, Covered, LineChecked, Served
from gateway.catalog.item_json import item_from_json, item_to_json
from gateway.catalog.keys import Asked, ItemKey, Prices, asked, keys_of, wanted
from gateway.catalog.model import (
    BreakOn,
    Contract,
    Item,
    ItemState,
    PriceBreak,
    ReferenceDate,
    UnitFactor,
)
from gateway.catalog.price import Priced, PriceTrace, price_in_force
from gateway.catalog.supply import Supply, serve

__all__ = [
    "Asked",
    "Blanket",
    "BlanketLine",
    "BreakOn",
    "Checked",
    "Contract",
    "Covered",
    "Drawn",
    "Item",
    "ItemKey",
    "ItemState",
    "LineChecked",
    "PriceBreak",
    "PriceTrace",
    "Priced",
    "Prices",
    "ReferenceDate",
    "Served",
    "Spent",
    "Supply",
    "UnitFactor",
    "asked",
    "check",
    "cover",
    "draws",
    "item_from_json",
    "item_to_json",
    "keys_of",
    "price_in_force",
    "serve",
    "wanted",
]
