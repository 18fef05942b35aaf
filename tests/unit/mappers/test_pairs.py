"""Pairs of qualifier and number as they were sent, told by places and what is left."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from gateway.mappers.parts.pairs import pairs_sent
from gateway.order.item import Item, LineQuantity
from gateway.order.model import OrderLine
from gateway.order.party import Extension
from gateway.order.places import Places

PLACE = ("item.supplier_sku", "PO1-07 (segment 4)")
LINE = OrderLine(
    line_no="1",
    item=Item(supplier_sku="W-1"),
    quantity=LineQuantity(value=Decimal(1), uom_sent="EA"),
    extensions=(Extension(path="PO1[1]/PO1-06", value="VP"),),
    provenance=Places([PLACE]),
)
OTHER = (Extension(path="PO1[1]/PO1-06", value="VN"),)


def test_a_pair_has_the_qualifier_that_was_sent() -> None:
    assert pairs_sent(LINE) == (("VP", "W-1"),)


def test_a_line_in_the_same_place_has_its_own_number() -> None:
    pairs_sent(LINE)

    other = replace(LINE, item=Item(supplier_sku="W-2"))

    assert pairs_sent(other) == (("VP", "W-2"),)


def test_a_line_in_the_same_place_has_its_own_qualifier() -> None:
    pairs_sent(LINE)

    assert pairs_sent(replace(LINE, extensions=OTHER)) == (("VN", "W-1"),)


def test_the_first_line_is_not_taken_for_the_one_behind_it() -> None:
    pairs_sent(replace(LINE, extensions=OTHER))

    assert pairs_sent(LINE) == (("VP", "W-1"),)


def test_places_that_are_a_plain_mapping_say_the_same() -> None:
    read = replace(LINE, provenance=dict([PLACE]))

    assert pairs_sent(read) == pairs_sent(LINE)
