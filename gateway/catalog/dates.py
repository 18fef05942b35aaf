"""Can the goods leave in time: requested date, cancel-after, lead time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gateway.catalog.checked import LineChecked
from gateway.catalog.contracts import requested_on
from gateway.catalog.model import Contract, Item
from gateway.catalog.place import at_line, at_order
from gateway.findings import Finding, Where
from gateway.order.model import Order, OrderLine


def earliest_ship(
    item: Item | None, contract: Contract | None, today: dt.date
) -> dt.date | None:
    """Receipt plus lead time in calendar days; none for an item nobody knows."""
    if item is None:
        return None
    days = item.lead_time_days
    if days is None:
        days = contract.lead_time_days if contract is not None else 0
    return today + dt.timedelta(days=days) if days else today


def line_dates(
    order: Order,
    line: OrderLine,
    index: int,
    earliest: dt.date | None,
    today: dt.date,
) -> tuple[Finding, ...]:
    """CAT-350 and CAT-351 for a line's own dates, CAT-352 for a date in the lead time.

    Dates of the head are judged once, in ``order_dates``; only the lead time is each
    line's own.
    """
    found: list[Finding] = []
    own = requested_on(line)
    fields = ("delivery.requested", "schedules")
    if own is not None and own < today:
        at = at_line(line, index, "/delivery/requested", *fields)
        what = f"{own.isoformat()} was requested, today is {today.isoformat()}"
        found.append(Finding.of("CAT-350", what, at, own.isoformat()))
    end = line.delivery.cancel_after if line.delivery is not None else None
    if end is not None and earliest is not None and end < earliest:
        at = at_line(line, index, "/delivery/cancel_after", "delivery.cancel_after")
        found.append(_cancelled(end, earliest, at))
    wanted = own or wanted_on(order)
    if wanted is not None and earliest is not None and today <= wanted < earliest:
        at = at_line(line, index, "/delivery/requested", *fields)
        what = (
            f"{wanted.isoformat()} was requested, the lead time ends on "
            f"{earliest.isoformat()}"
        )
        found.append(Finding.of("CAT-352", what, at, wanted.isoformat()))
    return tuple(found)


def wanted_on(order: Order) -> dt.date | None:
    """The day the head of an order asks for: requested, else the latest it allows."""
    delivery = order.delivery
    return delivery.requested or delivery.ship_no_later or delivery.latest


def order_dates(
    order: Order, lines: Sequence[LineChecked], today: dt.date
) -> tuple[Finding, ...]:
    """CAT-350 for a past date of the head, CAT-351 when no line can ship in time."""
    found: list[Finding] = []
    wanted = wanted_on(order)
    if wanted is not None and wanted < today:
        field = _field_of(order)
        at = at_order(order, f"/delivery/{field}", f"delivery.{field}")
        what = f"{wanted.isoformat()} was requested, today is {today.isoformat()}"
        found.append(Finding.of("CAT-350", what, at, wanted.isoformat()))
    good = order.validity
    if good is not None and good.end is not None and good.end < today:
        at = at_order(order, "/validity/end", "validity.end")
        what = f"good until {good.end.isoformat()}, today is {today.isoformat()}"
        found.append(Finding.of("CAT-351", what, at, good.end.isoformat()))
    end = order.delivery.cancel_after
    if end is None:
        return tuple(found)
    days = [line.earliest_ship for line in lines if line.earliest_ship is not None]
    earliest = min(days, default=today)
    if end < earliest:
        at = at_order(order, "/delivery/cancel_after", "delivery.cancel_after")
        found.append(_cancelled(end, earliest, at))
    return tuple(found)


def too_late(
    order: Order, line: OrderLine, checked: LineChecked, today: dt.date
) -> Finding | None:
    """CAT-351 for a line that misses the head's cancel-after while others make it."""
    end, earliest = order.delivery.cancel_after, checked.earliest_ship
    if end is None or earliest is None or end >= earliest or end < today:
        return None
    if line.delivery is not None and line.delivery.cancel_after is not None:
        return None
    path = "/delivery/cancel_after"
    return _cancelled(end, earliest, at_line(line, checked.index, path))


def _field_of(order: Order) -> str:
    if order.delivery.requested is not None:
        return "requested"
    return "latest" if order.delivery.ship_no_later is None else "ship_no_later"


def _cancelled(end: dt.date, earliest: dt.date, at: Where) -> Finding:
    what = (
        f"cancelled after {end.isoformat()}, shipping is possible from "
        f"{earliest.isoformat()} on"
    )
    return Finding.of("CAT-351", what, at, end.isoformat())
