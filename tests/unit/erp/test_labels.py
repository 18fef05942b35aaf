"""Labels of packages: one page each, the same bytes for the same shipment."""

from __future__ import annotations

import re
from decimal import Decimal

from gateway.erp.labels import Shipment, pdf
from gateway.order.item import Item
from gateway.order.model import Order
from gateway.order.party import Address, Party
from gateway.order.ship import Package, ShipNotice, ShippedLine

_PLACE = Party(
    role="ship_to",
    id="DC01",
    name="Łódź Depot",
    address=Address(lines=("2200 Commerce Drive",), city="Chicago", country="US"),
)


def shipment(*packages: Package, lines: int = 1) -> Shipment:
    """A shipment with these packages and so many items in the first."""
    made = [
        ShippedLine(
            order_id="ord_1",
            po_number="4711",
            line_no=str(n),
            quantity=Decimal(n),
            uom="EA",
            item=Item(supplier_sku=f"W-{n}"),
            package="1",
        )
        for n in range(1, lines + 1)
    ]
    notice = ShipNotice(number="S-1", packages=packages, lines=tuple(made))
    order = Order(po_number="4711", id="ord_1", parties=(_PLACE,))
    return Shipment(notice=notice, orders={"ord_1": order}, sender="Bolt & Beam")


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", data))


def test_every_package_with_an_sscc_has_a_page():
    one = Package(number="1", sscc="106141412345678908")
    two = Package(number="2", sscc="006141411234567890")
    bare = Package(number="3")
    assert pages(pdf([shipment(one, two, bare)])) == 2


def test_the_same_shipment_gives_the_same_bytes():
    one = Package(number="1", sscc="106141412345678908")
    assert pdf([shipment(one)]) == pdf([shipment(one)])


def test_many_items_still_fit():
    one = Package(number="1", sscc="106141412345678908")
    assert pages(pdf([shipment(one, lines=60)])) == 1
