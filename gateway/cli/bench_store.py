"""What prices and a whole round cost on SQLite, through the real store."""

from __future__ import annotations

import datetime as dt
import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from time import perf_counter, process_time

from gateway.catalog import Contract, Item, PriceBreak, UnitFactor, check
from gateway.cli import generate
from gateway.cli.bench_wire import NOW, profile, rules
from gateway.cli.measure import MB, Row, alternating, resident_bytes
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.running import collect_seldom
from gateway.order import Order
from gateway.pipeline.arrived import orders_of, wants_of
from gateway.pipeline.inbound import read
from gateway.pipeline.ports import Inbound, InMemory, Outbound, Sent
from gateway.store import queries
from gateway.store.catalog import save
from gateway.store.database import Database
from gateway.store.world import look_up

PARTNER = "bench"
PRICE_TARGET_MS = 0.1
FEW = 1_000
_LOOK_EVERY = 10_000
_DOORS = 16
"""Deliveries that arrive at once."""
_STAGES = {
    "accept": "accept",
    "claimed": "claim",
    "counted": "claim",
    "read": "read, check, map",
    "held": "look up, decide, write",
    "answered": "look up, decide, write",
    "carried_out": "store",
    "committed": "store",
    "deliver": "deliver",
}


@dataclass(slots=True)
class Catalog:
    """One contract with so many items, made as they are asked for.

    ``peak`` is the most memory that the process held while they were taken.
    """

    size: int
    peak: int = 0

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """The contract."""
        start, end = dt.date(2026, 1, 1), dt.date(2029, 12, 31)
        one = Contract(
            id="B-1", number="B-1", currency="USD", valid_from=start, valid_to=end
        )
        return (one,)

    @property
    def items(self) -> Iterator[Item]:
        """The items in the order of their numbers."""
        each = (UnitFactor("EA", Fraction(1), "EA"),)
        for number in range(self.size):
            if number % _LOOK_EVERY == 0:
                self.peak = max(self.peak, resident_bytes())
            cost = PriceBreak(
                from_qty=Decimal(1), amount=generate.price(number), unit="EA"
            )
            yield Item(
                contract_id="B-1",
                sku=generate.sku(number),
                base_unit="EA",
                units=each,
                prices=(cost,),
                description=f"Item {number}",
                buyer_parts=(generate.buyer_part(number),),
            )
        self.peak = max(self.peak, resident_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A database with a price list. ``grown`` is the memory that loading took."""

    db: Database
    size: int
    seconds: float
    grown: int


def load(home: Path, size: int) -> Loaded:
    """A new database below ``home`` with so many contract lines."""
    db = Database.open(Settings(home=home))
    db.migrate()
    catalog = Catalog(size)
    before, begun = resident_bytes(), perf_counter()
    save(db, PARTNER, catalog, NOW)
    took = perf_counter() - begun
    return Loaded(db=db, size=size, seconds=took, grown=catalog.peak - before)


def made_orders(count: int, items: int, seed: int) -> list[Order]:
    """Ten-line orders as the mapper gives them."""
    raw = generate.plain_orders(count, 10, items=items, seed=seed)
    done = read([raw], rules(), receipt_id="rcp_bench", orders=count)
    return [order for one in done.interchanges for _, order in orders_of(one)]


def price_rows(home: Path, lines: int, *, orders: int, rounds: int) -> list[Row]:
    """What ``lines`` contract lines cost an order more than a thousand do.

    Every round asks for other items, so no row is warm because it was asked before.
    """
    few, many = load(home / "few", FEW), load(home / "many", lines)
    work = [_rounds(one, orders, rounds) for one in (few, many)]
    base, ours = (
        seconds * 1000 / orders for seconds in alternating(work[0], work[1], rounds)
    )
    for one in (few, many):
        one.db.close()
    return [
        Row(
            name=f"price check of an order, {lines:,} lines - {FEW:,} lines",
            measured=f"{ours:.3f} ms",
            base=f"{base:.3f} ms",
            figure=ours - base,
            unit="ms",
            target=PRICE_TARGET_MS,
            at_most=True,
        ),
        Row(
            name=f"load of {lines:,} contract lines",
            measured=f"{many.seconds:.0f} s",
            base=f"+{max(many.grown, 0) / MB:.0f} MB",
            figure=lines / many.seconds,
            unit="lines/s",
        ),
    ]


def _rounds(loaded: Loaded, orders: int, rounds: int) -> Callable[[], None]:
    """Work that takes the next orders each time it is called."""
    made = [made_orders(orders, loaded.size, seed) for seed in range(rounds)]
    left = iter(made)
    whose = profile()

    def work() -> None:
        for order in next(left):
            with loaded.db.begin() as tx:
                world = look_up(tx, wants_of(order, whose), NOW)
            checked = check(order, world.prices[PARTNER], whose, NOW)
            assert not checked.all_findings()

    return work


class Stages:
    """Processor time by stage, told by the engine's steps."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Count from here on: what was before is not the engine's."""
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._last = process_time()

    def __call__(self, name: str) -> None:
        """Book what passed since the step before."""
        now = process_time()
        room, _, moment = name.partition(".")
        stage = _STAGES.get(room) or _STAGES[moment]
        self.spent[stage] += now - self._last
        self._last = now


class Nowhere:
    """Takes every message and keeps none."""

    def send(self, outbound: Outbound) -> Sent:
        """Say that it was sent."""
        return Sent()


def engine_rows(home: Path, orders: int) -> list[Row]:
    """A round of so many interchanges with one ten-line order each, stage by stage."""
    loaded = load(home, FEW)
    stages = Stages()
    settings = Settings(home=home)
    engine = Engine(
        loaded.db, rules(), settings, {"drop": Nowhere()}, lambda: NOW, stages
    )
    _round(engine, _arriving(range(1, 11)))  # what is compiled on first sight
    thresholds = gc.get_threshold()
    collect_seldom()  # as a process that works does
    before, arriving = _size(loaded.db), _arriving(range(11, orders + 11))
    stages.begin()
    _round(engine, arriving)
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    with loaded.db.read() as tx:
        unfinished = queries.unfinished(tx)
    assert unfinished == (0, 0)
    grown = (_size(loaded.db) - before) / orders / 1000
    engine.close()
    loaded.db.close()
    each = {stage: spent * 1000 / orders for stage, spent in stages.spent.items()}
    whole = sum(each.values())
    return [
        Row(name="one order, whole round", measured="", figure=whole, unit="ms"),
        *(
            Row(name=f"  {stage}", measured="", figure=spent, unit="ms")
            for stage, spent in each.items()
        ),
        Row(name="one order, in the database", measured="", figure=grown, unit="kB"),
    ]


def _size(db: Database) -> int:
    """The bytes that the database holds."""
    with db.read() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * tx.exec_driver_sql("PRAGMA page_size").scalar_one())


def _arriving(numbers: Sequence[int]) -> list[Inbound]:
    raws = [generate.plain_orders(1, 10, items=FEW, number=n, seed=n) for n in numbers]
    return [
        Inbound(
            blob=InMemory.of(raw),
            channel="drop",
            peer="bench",
            partner_id=PARTNER,
            transport_id=f"{number}.edi",
            received_at=NOW,
        )
        for number, raw in zip(numbers, raws, strict=True)
    ]


def _round(engine: Engine, arriving: Sequence[Inbound]) -> None:
    with ThreadPoolExecutor(_DOORS) as doors:
        engine._step("accept.begun")
        for _ in doors.map(engine.accept, arriving):
            pass
    while engine.process():
        pass
    while engine.deliver():
        pass
