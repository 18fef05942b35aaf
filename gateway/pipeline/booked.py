"""An order as it is booked, and the changes of it that came: what a change meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.catalog import Drawn, Spent
from gateway.catalog.blanket import UNSPENT, at_least
from gateway.order import Order
from gateway.order.ack import OrderAck
from gateway.order.change import Change
from gateway.order.inquiry import Inquiry
from gateway.order.life import ChangeState, State
from gateway.values import swift

ORDER_KINDS = ("order", "blanket_release")
"""Kinds of orders that changes may be about; a test's begin with ``test_``."""


class OrderPlace(NamedTuple):
    """Where a buyer's order is looked for: its numbers, without the buying party."""

    partner_id: str
    test: bool
    po_number: str
    release_number: str


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChange:
    """A change that came. ``change`` itself is there while it is undecided."""

    id: str
    sequence: str
    digest: str
    state: ChangeState
    message_id: str = ""
    change: Change | None = None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An order in its latest version, how far it has come, and its changes in order.

    ``shipped`` are quantities by line number, in the line's unit. ``promised`` is what
    lines have of our stock: the item and how many in the unit of its count. ``spent``
    is what releases have drawn of a blanket order by line number, ``drawn`` what a
    release has drawn of its own.
    """

    buyer: str
    order: Order
    ack: OrderAck
    state: State
    version: int
    shipped: Mapping[str, Decimal] = field(default_factory=dict)
    promised: Mapping[str, tuple[str, Fraction]] = field(default_factory=dict)
    changes: tuple[KnownChange, ...] = ()
    spent: Mapping[str, Spent] = field(default_factory=dict)
    drawn: tuple[Drawn, ...] = ()

    def gone(self, line_no: str) -> Decimal:
        """How many of a line cannot be taken back: shipped, or drawn by releases."""
        line = self.order.line(line_no)
        if line is not None and line.is_open:
            return self.shipped.get(line_no, Decimal(0))
        drawn = at_least(self.spent.get(line_no, UNSPENT).quantity)
        return max(self.shipped.get(line_no, Decimal(0)), drawn)


There = Callable[[OrderPlace], tuple[Booked, ...]]
"""The orders at a place."""


def place_of(
    partner_id: str, po_number: str, release_number: str, *, test: bool
) -> OrderPlace:
    """The place of an order, as its own message or a change of it names it."""
    return OrderPlace(partner_id, test, po_number, release_number)


def inquired(
    partner_id: str, inquiry: Inquiry, *, test: bool
) -> tuple[OrderPlace, ...]:
    """The places of the orders that an inquiry is about, one for each question."""
    return tuple(
        place_of(partner_id, one.po_number, one.release_number, test=test)
        for one in inquiry.about
    )


def meant(every: tuple[Booked, ...], buyer: str, change: Change) -> Booked | None:
    """The order of a place that a buyer's change is about.

    Of several it is the one of the same buyer, of a blanket and a release without a
    number the one of the kind that the change names; none where that is not certain.
    """
    if len(every) > 1:
        every = tuple(one for one in every if one.buyer == buyer)
    if len(every) > 1:
        kind = change.order_type
        every = tuple(one for one in every if one.order.order_type == kind)
    return every[0] if len(every) == 1 else None
