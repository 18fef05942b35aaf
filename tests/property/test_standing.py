"""However a line was answered and shipped, its parts account for all of it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.order import Item, LineQuantity, Order
from gateway.order.ack import REFUSED, LineAck, LineStatus, OrderAck, StatusKind
from gateway.order.inquiry import LinePart
from gateway.order.life import State
from gateway.pipeline.booked import Booked
from gateway.pipeline.standing import standing

KINDS: list[StatusKind] = [
    *("accept", "backorder", "reschedule", "substitute", "change_quantity"),
    *("reject", "delete", "date_pending"),
]
AMOUNTS = st.decimals(min_value=0, max_value=999, places=1)
STATUSES = st.lists(st.tuples(st.sampled_from(KINDS), AMOUNTS), max_size=5)


def parts(
    statuses: list[tuple[StatusKind, Decimal]], shipped: Decimal, state: State
) -> tuple[LinePart, ...]:
    ack = LineAck(
        line_no="1",
        item=Item(supplier_sku="A"),
        quantity=LineQuantity(value=Decimal(10), uom_sent="EA"),
        statuses=tuple(LineStatus(kind=k, quantity=q) for k, q in statuses),
    )
    booked = Booked(
        buyer="B",
        order=Order(po_number="P"),
        ack=OrderAck(po_number="P", type="accepted", lines=(ack,)),
        state=state,
        version=1,
        shipped={"1": shipped} if shipped else {},
    )
    (line,) = standing(booked).lines
    return line.parts


def total(found: tuple[LinePart, ...], *but: str) -> Decimal:
    return sum((p.quantity for p in found if p.kind not in but), Decimal(0))


@given(STATUSES, AMOUNTS)
def test_what_is_not_refused_has_shipped_or_is_to_come(statuses, shipped):
    found = parts(statuses, shipped, State.PARTLY_SHIPPED)
    promised = sum((q for kind, q in statuses if kind not in REFUSED), Decimal(0))
    assert total(found, "cancelled") == max(promised, shipped)
    gone = [part.quantity for part in found if part.kind == "shipped"]
    assert gone == ([shipped] if shipped else [])


@given(STATUSES, AMOUNTS, st.sampled_from([State.SHIPPED, State.INVOICED]))
def test_of_an_order_that_is_closed_nothing_is_to_come(statuses, shipped, state):
    found = parts(statuses, shipped, state)
    assert {part.kind for part in found} <= {"shipped", "cancelled"}
