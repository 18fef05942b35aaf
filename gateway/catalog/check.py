"""An order against its partner's contracts: every business finding, in a fixed order.

The order is that of the table "Checks in order" in docs/catalog.md: identity, currency,
item, unit, quantity, order value, price, totals, dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from gateway.catalog import dates, totals
from gateway.catalog.allowances import taken_off
from gateway.catalog.cart_check import other_total
from gateway.catalog.check_digits import wrong_glns
from gateway.catalog.checked import Checked, LineChecked
from gateway.catalog.contracts import Chosen, choose
from gateway.catalog.identify import Desk, Identified, break_sums, identify
from gateway.catalog.keys import Prices
from gateway.catalog.line import finish
from gateway.catalog.payment import other_payment
from gateway.catalog.pin import Pin, meant, pins_of
from gateway.catalog.place import at_line, at_order
from gateway.catalog.plain import plain_lines
from gateway.catalog.shipto import unknown_places
from gateway.findings import Finding, Findings
from gateway.findings.model import NOWHERE
from gateway.order.model import Order, OrderLine
from gateway.partner.profile import Profile


def check(order: Order, prices: Prices, profile: Profile, now: dt.datetime) -> Checked:
    """Hold an order against the contracts, prices and policy of its partner.

    ``now`` is the moment of receipt; its date in UTC is "today". One cause is one
    finding: a line whose item nobody knows has no finding about its price. What is
    below a line (``parent_line``) was agreed with the line and is not judged by itself.
    """
    today = now.date()
    theirs = {code: ours for ours, code in profile.punchout.units.items()}
    desk = Desk(order, prices, profile.policy, today, units=theirs)
    head = choose(order.contract_ref, order, prices.contracts, today, NOWHERE)
    quiet = head
    if head.finding is not None:
        head, quiet = _placed(head, order), replace(head, finding=None)
    places, line_places = _places(order, profile, prices.learned.places)
    found = Findings(places if head.finding is None else (head.finding, *places))
    if not head.is_priced:
        found.extend((_currency(order, head),))
    plain = plain_lines(desk, quiet, line_places)
    known = tuple(
        [
            _identified(desk, line, index, _chosen(desk, quiet, line, index))
            for index, line in enumerate(order.lines)
            if plain[index] is None and not line.parent_line
        ]
    )
    if prices.carts is not None:
        desk = replace(desk, pins=_pins(desk, known, now))
        found.extend(other_total(order, desk.pins, prices.carts))
    lines = _finished(desk, plain, known, line_places)
    found.extend(totals.order_value(order, lines))
    found.extend(totals.sent_totals(order, lines, profile.policy.total_tolerance))
    found.extend(taken_off(order, profile.policy))
    found.extend(other_payment(order, profile.policy.payment))
    lines = _dated(order, lines, today, found)
    return Checked(
        findings=found.done(),
        lines=_with_parts(order, lines),
        contracts=head.contracts,
        total=totals.ours(lines),
    )


def _identified(desk: Desk, line: OrderLine, index: int, chosen: Chosen) -> Identified:
    """The item of a line, or that of the cart's line whose id stands in its place."""
    if not desk.prices.carts:
        return identify(desk, line, index, chosen)
    known = identify(desk, meant(line, desk.prices.carts), index, chosen)
    return replace(known, line=line)


def _pins(
    desk: Desk, known: tuple[Identified, ...], now: dt.datetime
) -> Mapping[int, Pin]:
    """The lines of carts that the lines come from."""
    lines = [(each.index, each.line, *_promised(each)) for each in known]
    carts = desk.prices.carts or ()
    return pins_of(desk.order, lines, carts, desk.policy.price_pin, now)


def _promised(known: Identified) -> tuple[str, str]:
    """Our item and its unit, as a cart has them."""
    item, unit = known.resolved.item, known.unit
    return item.sku if item else "", unit.unit if unit else ""


_ByLine = Mapping[int, tuple[Finding, ...]]


def _finished(
    desk: Desk,
    plain: list[LineChecked | None],
    known: tuple[Identified, ...],
    places: _ByLine,
) -> tuple[LineChecked, ...]:
    """The plain lines, and the others as soon as their prices are judged."""
    if known:
        sums = break_sums(known)  # of contracts that have no plain lines
        for each in known:
            plain[each.index] = finish(desk, each, sums, _before(each, places))
    return tuple([line for line in plain if line is not None])


def _places(
    order: Order, profile: Profile, learned: frozenset[str]
) -> tuple[tuple[Finding, ...], _ByLine]:
    """What is wrong with the parties of the head, and with those of the lines."""
    head, lines = unknown_places(order, profile, learned)
    told = {one.where.path for found in (head, *lines.values()) for one in found}
    glns, line_glns = wrong_glns(order, profile, told)
    if not line_glns:
        return (*head, *glns), lines
    every = {
        n: (*lines.get(n, ()), *line_glns.get(n, ())) for n in {*lines, *line_glns}
    }
    return (*head, *glns), every


def _with_parts(
    order: Order, lines: tuple[LineChecked, ...]
) -> tuple[LineChecked, ...]:
    """All lines of the order again: those below others with nothing found."""
    if len(lines) == len(order.lines):
        return lines
    judged = {line.index: line for line in lines}
    return tuple(
        judged.get(index) or LineChecked(line_no=line.line_no, index=index)
        for index, line in enumerate(order.lines)
    )


def _before(known: Identified, places: _ByLine) -> tuple[Finding, ...]:
    """What was found about a line's contract and ship-to, which come first."""
    mine = known.chosen.finding
    return (() if mine is None else (mine,)) + places.get(known.index, ())


def _placed(head: Chosen, order: Order) -> Chosen:
    """The head's contracts, why there are none with the place that names them."""
    assert head.finding is not None
    at = at_order(order, "/contract_ref", "contract_ref", "po_number")
    return replace(head, finding=replace(head.finding, where=at))


def _currency(order: Order, head: Chosen) -> Finding:
    told = ", ".join(f"{c.number} is in {c.currency}" for c in head.contracts)
    at = at_order(order, "/currency", "currency")
    what = f"the order is in {order.currency}, contract {told}"
    return Finding.of("CAT-201", what, at, order.currency)


def _chosen(desk: Desk, head: Chosen, line: OrderLine, index: int) -> Chosen:
    """The head's contracts, unless the line names one of its own."""
    order, named = desk.order, line.contract_ref
    if not named or named == order.contract_ref:
        return head
    at = at_line(line, index, "/contract_ref", "contract_ref")
    chosen = choose(named, order, desk.prices.contracts, desk.today, at)
    if chosen.is_priced:
        return chosen
    told = chosen.contracts[0]
    what = f"contract {told.number} is in {told.currency}, not in {order.currency}"
    return replace(chosen, finding=Finding.of("CAT-201", what, at, order.currency))


def _dated(
    order: Order, lines: tuple[LineChecked, ...], today: dt.date, found: Findings
) -> tuple[LineChecked, ...]:
    """The lines with what the head's dates mean for each; the head's own go to found.

    An order that is cancelled before any line can ship is one finding of the head.
    """
    late = dates.order_dates(order, lines, today)
    found.extend(late)
    if not order.delivery.cancel_after or any(f.code == "CAT-351" for f in late):
        return lines
    dated = []
    for line in lines:
        finding = dates.too_late(order, order.lines[line.index], line, today)
        if finding is None:
            dated.append(line)
        else:
            dated.append(replace(line, findings=(*line.findings, finding)))
    return tuple(dated)
