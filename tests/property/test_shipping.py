"""Whatever is packed how: the notice's tree holds it all once, and it can be read."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.numbers import Numbers
from gateway.edi.x12.writer import Envelope
from gateway.mappers.x12_856 import from_notice
from gateway.mappers.x12_856.levels import levels, numbered
from gateway.order.item import Item, LineQuantity
from gateway.order.model import Order, OrderLine
from gateway.order.ship import Package, ShipNotice, ShippedLine, sscc, sscc_is_good
from gateway.partner.ship import ShipNotices
from gateway.pipeline.shipping import Serials
from tests.starters import starter_profile
from tests.strictly import faults

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
ENVELOPE = Envelope(
    sender_qualifier="ZZ",
    sender_id="BOLTBEAM",
    receiver_qualifier="ZZ",
    receiver_id="ACME",
    gs_sender="BOLTBEAM",
    gs_receiver="ACME",
    version="004010",
)
LEVELS: tuple[Literal["pallet", "carton"], ...] = ("pallet", "carton")
FORMS = st.builds(
    ShipNotices,
    structure=st.sampled_from(["pick_and_pack", "standard_pack", "flat"]),
    pallets=st.sampled_from(["shown", "left_out"]),
    sscc=st.sampled_from(["gm20", "gm18", "aa18"]),
)


@st.composite
def notices(draw: st.DrawFn) -> tuple[ShipNotice, dict[str, Order]]:
    """A shipment of one order, packed in any way."""
    count = draw(st.integers(1, 6))
    packages: list[Package] = []
    for n in range(1, draw(st.integers(0, 5)) + 1):
        pallets = [one.number for one in packages if one.level == "pallet"]
        level: Literal["pallet", "carton"] = draw(st.sampled_from(LEVELS))
        inside = ""
        if level == "carton" and pallets:
            inside = draw(st.sampled_from(["", *pallets]))
        sscc_ = sscc("0", "0614141", n)
        package = Package(number=str(n), level=level, sscc=sscc_, inside=inside)
        packages.append(package)
    numbers = st.sampled_from(["", *(one.number for one in packages)])
    lines = tuple(
        ShippedLine(
            order_id="ord_1",
            po_number="4711",
            line_no=str(draw(st.integers(1, 3))),
            quantity=Decimal(draw(st.integers(1, 99))),
            uom="EA",
            item=Item(supplier_sku="W-1"),
            package=draw(numbers),
            lot=draw(st.sampled_from(["", "L-1", "L-2"])),
        )
        for _ in range(count)
    )
    notice = ShipNotice(
        number="S-1",
        issued_at=NOW,
        ship_date=NOW.date(),
        packages=tuple(packages),
        lines=lines,
        status="partial",
    )
    order = Order(
        po_number="4711",
        id="ord_1",
        lines=tuple(
            OrderLine(
                line_no=str(n),
                item=Item(supplier_sku="W-1"),
                quantity=LineQuantity(value=Decimal(1000), uom_sent="EA"),
            )
            for n in range(1, 4)
        ),
    )
    return notice, {"ord_1": order}


@given(notices(), FORMS)
def test_the_items_of_the_tree_sum_to_what_was_shipped(
    made: tuple[ShipNotice, dict[str, Order]], form: ShipNotices
):
    notice, orders = made
    told: Counter[str] = Counter()
    for each in numbered(levels(notice, orders, form)):
        if each.level.kind == "I":
            assert each.level.told is not None
            told[each.level.lines[0].line_no] += int(each.level.told)
    wanted: Counter[str] = Counter()
    for line in notice.lines:
        wanted[line.line_no] += int(line.quantity)
    assert told == wanted


@given(notices())
def test_the_items_below_an_sscc_sum_to_what_is_in_it(
    made: tuple[ShipNotice, dict[str, Order]],
):
    notice, orders = made
    told = numbered(levels(notice, orders, ShipNotices()))
    parents = {each.number: each for each in told}
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in told:
        at = parents.get(each.parent)
        if each.level.kind == "I" and at is not None and at.level.package is not None:
            sums[at.level.package.number] += each.level.told or Decimal(0)
    wanted: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in notice.lines:
        if line.package:
            wanted[line.package] += line.quantity
    assert sums == wanted


@given(notices(), FORMS)
def test_what_is_written_passes_our_own_tables(
    made: tuple[ShipNotice, dict[str, Order]], form: ShipNotices
):
    notice, orders = made
    profile = starter_profile("acme").model_copy(update={"ship_notice": form})
    draft = from_notice(notice, orders, ENVELOPE, profile)
    data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
    assert faults(data) == []
    levels_ = [
        text.split("*") for text in data.decode().split("~\n") if text[:3] == "HL*"
    ]
    assert [int(one[1]) for one in levels_] == list(range(1, len(levels_) + 1))
    assert all(int(one[2]) < int(one[1]) for one in levels_[1:])


@given(st.integers(0, 10**9 - 2), st.integers(1, 50))
def test_serial_numbers_are_never_given_twice(last: int, count: int):
    serials = Serials(prefix="0614141", extension="3", last=last)
    given_ = [one for one in (serials.give() for _ in range(count)) if one]
    assert len(set(given_)) == len(given_)
    assert all(map(sscc_is_good, given_))
    assert serials.last < 10**9
