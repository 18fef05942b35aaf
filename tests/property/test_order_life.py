"""Whatever comes in whatever order: states go by the table, what shipped is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from gateway.catalog import Supply
from gateway.erp.documents import OrderRef, Shipped
from gateway.order.change import Cancel, Change, LineChange, OrderChange
from gateway.order.item import Item, LineQuantity
from gateway.order.life import CHANGES, TABLE, ChangeState, State
from gateway.order.model import OrderLine
from gateway.order.ship import ShipNotice, ShippedLine
from gateway.pipeline.booked import Booked, KnownChange
from gateway.pipeline.change_lines import promised
from gateway.pipeline.changes import booked_of
from gateway.pipeline.changing import Circumstances, Forced, judge
from gateway.pipeline.effects import Keep
from gateway.pipeline.fulfilled import Progress, rejects
from gateway.pipeline.release import Kept
from gateway.pipeline.shipping import Shipments, shipped
from tests.unit.pipeline.parts import NOW, answered, one, only, prices, profile

ITEMS = {"1": "BB-1002", "2": "BB-3001", "3": "BB-1001"}
NUMBERS = st.sampled_from(["1", "2", "3"])
QUANTITIES = st.integers(1, 60)
ANSWERS: st.SearchStrategy[Forced] = st.sampled_from(["accept", "reject"])


@dataclass(frozen=True)
class Wish:
    """A change of one line, or of the whole order; what is held is then decided."""

    kind: Literal["change", "delete", "add", "cancel"]
    line: str
    quantity: int
    held: Forced


@dataclass(frozen=True)
class Shipment:
    line: str
    quantity: int
    complete: bool


WISHES = st.builds(
    Wish,
    kind=st.sampled_from(["change", "change", "delete", "add", "cancel"]),
    line=NUMBERS,
    quantity=QUANTITIES,
    held=ANSWERS,
)
SHIPMENTS = st.builds(
    Shipment,
    line=NUMBERS,
    quantity=QUANTITIES,
    complete=st.sampled_from([False] * 9 + [True]),
)


acme = lru_cache(maxsize=1)(profile)


@lru_cache(maxsize=1)
def the_order() -> Booked:
    """Two lines of thirty, confirmed; the third is not in it."""
    lines = (
        "PO1*1*30*EA*24.95*PE*VP*BB-1002*BP*77-1002",
        "PO1*2*30*EA*3.15*PE*VP*BB-3001*BP*77-3001",
    )
    (keep,) = only(answered(one(*lines)), Keep)
    assert keep.state is State.CONFIRMED
    return booked_of(keep)


def change_of(wish: Wish, number: int) -> Change:
    if wish.kind == "cancel":
        return Cancel(po_number="4711", sequence=str(number))
    line = OrderLine(
        line_no=wish.line,
        item=Item(supplier_sku=ITEMS[wish.line]),
        quantity=LineQuantity(value=Decimal(wish.quantity), uom_sent="EA"),
        provenance={"quantity.value": "POC-03 (segment 3)"},
    )
    each = LineChange(line=line, action=wish.kind, touches=("quantity",))
    return OrderChange(po_number="4711", sequence=str(number), lines=(each,))


def changed(booked: Booked, wish: Wish, number: int) -> Booked:
    """The order once the change is judged, and decided where it is held."""
    change = change_of(wish, number)
    given_ = Circumstances(
        profile=acme(), now=NOW, prices=prices(), left=lambda _: Supply()
    )
    judged = judge(booked, change, given_)
    if judged.state is ChangeState.HELD:
        judged = judge(booked, change, replace(given_, forced=wish.held))
        assert judged.state in CHANGES[ChangeState.HELD]
    known = KnownChange(
        id=str(number), sequence=str(number), digest="", state=judged.state
    )
    after = judged.after or booked
    return replace(after, changes=(*after.changes, known))


def sent(booked: Booked, shipment: Shipment, number: int) -> Booked:
    """The order once our ERP has told of a shipment, whether it is taken or not."""
    if booked.order.line(shipment.line) is None:
        return booked
    kept = Kept(
        order=booked.order,
        ack=booked.ack,
        state=booked.state,
        profile=acme(),
        version=booked.version,
    )
    progress = Progress(kept, dict(booked.shipped))
    line = ShippedLine(
        order_id=booked.order.id,
        po_number="4711",
        line_no=shipment.line,
        quantity=Decimal(shipment.quantity),
        uom="EA",
    )
    notice = ShipNotice(
        number=str(number),
        ship_date=NOW.date(),
        complete=shipment.complete,
        lines=(line,),
    )
    document = Shipped(notice=notice, rows=(2,), orders=(OrderRef(po_number="4711"),))
    done = shipped(document, [progress], Shipments(), NOW)
    if rejects(done.faults):
        assert progress.shipped == booked.shipped
        return booked
    return replace(booked, shipped=progress.shipped, state=progress.kept.state)


@given(st.lists(WISHES | SHIPMENTS, max_size=12))
def test_states_go_by_the_table_and_nothing_is_below_what_shipped(
    steps: Sequence[Wish | Shipment],
):
    booked = the_order()
    for number, step in enumerate(steps, 1):
        before = booked
        if isinstance(step, Wish):
            booked = changed(booked, step, number)
        else:
            booked = sent(booked, step, number)
        assert booked.state in {before.state, *TABLE[before.state].values()}
        assert all(
            booked.shipped.get(number_, 0) >= quantity
            for number_, quantity in before.shipped.items()
        )
        for number_, quantity in booked.shipped.items():
            line = booked.order.line(number_)
            assert line is not None
            assert quantity <= promised(booked, number_)
            assert quantity <= line.quantity.value
