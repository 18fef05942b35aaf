"""Files of our ERP in a golden case: taken in, and what is told of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.catalog.listed import PriceListPart
from gateway.erp.documents import OrderRef
from gateway.erp.read import read
from gateway.findings import Finding
from gateway.findings.render import as_text
from gateway.pipeline.effects import Alert, Decide, Effect, Keep
from gateway.pipeline.erp_files import ErpWorld, apply
from gateway.pipeline.fulfilled import Progress
from gateway.pipeline.own_effects import Allot, Bill, Count, Move, Ship
from gateway.pipeline.release import Kept
from gateway.pipeline.rules import Rules
from gateway.pipeline.shipping import Serials, Shipments
from gateway.pipeline.status import status_told
from gateway.pipeline.telling import prices_told, stock_told
from gateway.pipeline.world import World
from gateway.store.rows import StockRow

PREFIX = "0614141"
"""The GS1 company prefix of the cases."""


def taken_in(
    files: Sequence[Path], effects: Sequence[Effect], rules: Rules, world: World
) -> tuple[Effect, ...]:
    """What the files lead to, one after the other, an hour apart."""
    orders = _orders(effects, rules)
    known = ErpWorld(now=world.now, orders=orders, prices=world.prices, rules=rules)
    known.shipments = Shipments(serials=Serials(prefix=PREFIX), rules=rules)
    found: list[Effect] = []
    for file in files:
        known.now += dt.timedelta(hours=1)
        wanted = read(file.read_bytes(), file.name)
        applied = apply(wanted.documents, known, "")
        found += applied.effects
        for each in (*wanted.faults, *applied.faults):
            found.append(Alert(partner_id="", finding=each.finding))
    return tuple(found)


def _orders(effects: Sequence[Effect], rules: Rules) -> dict[OrderRef, Progress | str]:
    """The orders that are kept, by their numbers."""
    found: dict[OrderRef, Progress | str] = {}
    for keep in effects:
        if not isinstance(keep, Keep):
            continue
        order, ack, state = keep.order, keep.ack, keep.state
        for effect in effects:
            if isinstance(effect, Decide) and effect.order_id == keep.order_id:
                ack, state = effect.ack, effect.state
                order = effect.order or order
        profile = rules.directory.profiles[keep.partner_id]
        kept = Kept(order=order, ack=ack, state=state, profile=profile)
        found[OrderRef(po_number=keep.order.po_number)] = Progress(kept)
    return found


def told_stock(
    partner: str, effects: Sequence[Effect], rules: Rules, world: World
) -> tuple[Effect, ...]:
    """The counts that files brought, told to a partner as the store has them."""
    rows = [
        StockRow(
            sku=level.sku,
            place=level.place,
            available=f"{level.available:f}",
            unit=level.uom,
            as_of=level.as_of or world.now,
            expected=json.dumps(
                [[f"{one.date}", f"{one.quantity:f}"] for one in level.expected]
            ),
        )
        for effect in effects
        if isinstance(effect, Count)
        for level in effect.levels
    ]
    profile = rules.directory.profiles[partner]
    done = stock_told(profile, rows, world.prices[partner], world.now, rules)
    return (Alert(partner_id="", finding=done),) if isinstance(done, Finding) else done


def told_prices(partner: str, rules: Rules, world: World) -> tuple[Effect, ...]:
    """The prices of a partner's one contract, told to it."""
    prices = world.prices[partner]
    (contract,) = prices.contracts
    every = {one.sku: one for found in prices.items.values() for one in found}
    part = PriceListPart(
        contract=contract, version=3, number=1, items=tuple(every.values())
    )
    done = prices_told(rules.directory.profiles[partner], part, world.now, rules)
    return (Alert(partner_id="", finding=done),) if isinstance(done, Finding) else done


def told_status(world: World, rules: Rules) -> tuple[Effect, ...]:
    """How the one order of the world stands, told to its buyer."""
    ((place, (booked,)),) = world.booked.items()
    profile = rules.directory.profiles[place.partner_id]
    done = status_told(profile, booked, world.now, rules)
    return (Alert(partner_id="", finding=done),) if isinstance(done, Finding) else done


def told(effect: Effect) -> Iterator[str]:
    """Effects of our own side as lines for people."""
    match effect:
        case Ship():
            notice = effect.notice
            status = f", {notice.status}" if notice.status else ""
            yield f"Ship {notice.number} {notice.purpose}{status}"
            for package in notice.packages:
                inside = f" in {package.inside}" if package.inside else ""
                yield f"  {package.level} {package.number}{inside}: {package.sscc}"
            for line in notice.lines:
                where = f" in {line.package}" if line.package else ""
                count = f"{line.quantity:f} {line.uom}"
                yield f"  {line.po_number} line {line.line_no}: {count}{where}"
        case Allot():
            yield f"Allot {effect.extension} {effect.prefix} up to {effect.last}"
        case Count():
            for level in effect.levels:
                where = f" at {level.place}" if level.place else ""
                yield f"Count {level.sku}{where}: {level.available:f}"
        case Bill():
            invoice = effect.invoice
            yield f"Bill {invoice.number} {invoice.kind}: {invoice.goods}"
        case Move():
            yield f"Move {effect.was} -> {effect.state}"
        case Alert():
            yield f"Alert {as_text(effect.finding)}"
        case _:
            raise AssertionError(f"no case has a {type(effect).__name__}")
