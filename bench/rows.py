"""The figures that the gateway is held to, one database after the other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bench import history, limits
from bench.house import PARTNER, PATIENCE_S, House
from bench.load import Outcome, put_on
from gateway.cli import bench_store, generate
from gateway.cli.measure import Row
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import receipts
from gateway.store.database import Database
from gateway.store.tables import receipt, worker

LEAST_PER_S = 350.0
ACCEPT_MS = 50.0
STORED_MS = 250.0
TAKEOVER_MS = 100.0
RESTART_S = 2.0
HISTORY_SHARE = 0.85
WHOLE_MS = 1.6
_WARM = 100
_TURNS = 4
_LEFT = 20
"""Orders that wait when the gateway starts."""


@dataclass(slots=True)
class Figures:
    """All rows of one database. ``seconds`` is how long each load lasts, about."""

    name: str
    url: str
    folder: Path
    processes: int
    answers: str = "folder"
    seconds: float = 10.0
    stored_first: int = 0
    """Orders before the history; none: no row about it."""
    copies: int = 100
    server: Callable[[], Sequence[int]] = tuple
    _next: int = field(default=1, init=False)

    def rows(self) -> Iterator[Row]:
        """One after the other, each as soon as it is measured."""
        house = House(self.folder / "home", self.url, self.processes, self.answers)
        house.furnish()
        yield self._row("fsyncs a second", limits.fsyncs(self.folder), "/s")
        at_most = limits.commits(house.settings.database_url, self.folder)
        yield self._row("commits of one row a second", at_most, "/s")
        with house.open():
            try:
                yield from self._loads(house)
                if self.processes > 1:
                    yield self._takeover(house)
                yield self._restart(house)
            except BaseException:
                print(house.log())
                raise
        if self.stored_first:
            yield from self._history()

    def _loads(self, house: House) -> Iterator[Row]:
        self.load(house, _WARM)
        guess = self.load(house, int(100 * self.seconds / 4))
        most = self.load(house, max(int(guess.per_second * self.seconds), 200))
        seen = most.seen
        yield self._row(
            "messages a second, end to end",
            most.per_second,
            "/s",
            target=LEAST_PER_S,
            measured=f"{most.orders} orders",
            base=f"accept {most.accepted_per_second:.0f}/s",
        )
        whole = _whole_ms(most)
        yield self._row("processor time an order, all", whole, "ms", most=WHOLE_MS)
        for thread, spent in sorted(most.by_thread.items(), key=lambda one: -one[1]):
            if spent >= 0.01:
                yield self._row(f"  {thread}", spent, "ms")
        if most.database_ms:
            yield self._row("  database server", most.database_ms, "ms")
        yield self._row("the partners' own, beside", most.partners_ms, "ms")
        assert seen.accepted == most.orders
        rate = 0.7 * most.per_second
        calm = self.load(house, max(int(rate * self.seconds), 100), rate=rate)
        at = f"at {rate:.0f}/s"
        yield self._late(f"accept, p99, {at}", calm.seen.accept_ms, ACCEPT_MS)
        yield self._late(f"answer stored, p99, {at}", calm.seen.stored_ms, STORED_MS)
        if self.answers == "folder":
            yield self._late(f"answer in the folder, p99, {at}", calm.seen.visible_ms)
        yield self._late("the partners late to send, p99", calm.seen.late_ms)

    def load(self, house: House, count: int, **how: object) -> Outcome:
        """Orders that were not sent before."""
        first, self._next = self._next, self._next + count
        return put_on(
            house,
            first=first,
            count=count,
            server=self.server(),
            **how,  # type: ignore[arg-type]  # as put_on takes them
        )

    def _takeover(self, house: House) -> Row:
        """From the death of a worker until a live one has what it held."""
        took = []
        db = Database.open(house.settings)
        for _ in range(5):
            owners = self._workers(db, house)
            while len(owners) < self.processes:
                time.sleep(0.05)
                owners = self._workers(db, house)
            victim, process = next(iter(owners.items()))
            os.kill(process, signal.SIGKILL)
            begun = time.perf_counter()
            while victim in self._workers(db, house):
                assert time.perf_counter() < begun + PATIENCE_S, "nobody took over"
                time.sleep(0.001)
            took.append((time.perf_counter() - begun) * 1000)
            time.sleep(1.0)
        db.close()
        took.sort()
        told = f"median {took[2]:.0f} ms"
        name = "a worker killed: taken over, longest of 5"
        return self._row(name, took[-1], "ms", most=TAKEOVER_MS, measured=told)

    def _workers(self, db: Database, house: House) -> dict[str, int]:
        with db.read() as tx:
            owners = tx.scalars(sa.select(worker.c.owner)).all()
        found = {owner: int(owner.split(":")[1]) for owner in owners}
        return {o: number for o, number in found.items() if number != house.process}

    def _restart(self, house: House) -> Row:
        """From the start after a kill until work that waited is committed."""
        house.stop(signal.SIGKILL)
        db = Database.open(house.settings)
        done = sa.select(sa.func.count()).where(receipt.c.state == "done")
        first, self._next = self._next, self._next + _LEFT
        for number in range(first, self._next):
            receipts.keep(db, _waiting(number))
        with db.read() as tx:
            before = tx.scalar(done) or 0
        begun = time.perf_counter()
        house.launch()
        while True:
            with db.read() as tx:
                if (tx.scalar(done) or 0) > before:
                    break
            assert time.perf_counter() < begun + PATIENCE_S, "nothing is answered"
            time.sleep(0.005)
        took = time.perf_counter() - begun
        db.close()
        house.wait()
        listening = time.perf_counter() - begun
        told = f"doors open after {listening:.2f} s"
        name = "killed, started: first commit"
        return self._row(name, took, "s", most=RESTART_S, measured=told)

    def _history(self) -> Iterator[Row]:
        """A home with many orders stored, in turns with one that has few."""
        few, many = (self._house(name) for name in ("few", "history"))
        count = max(self.stored_first, _WARM)
        with many.open():
            self.load(many, count)
        stored = history.copy(many.settings, self.copies)
        self._next += (self.copies + 1) * history.STEP
        turns: list[tuple[Outcome, Outcome]] = []
        with few.open(), many.open():
            for one in (few, many):
                self.load(one, _WARM)
            while len(turns) < _TURNS:
                turns.append((self.load(few, count), self.load(many, count)))
        less, more = (min(_whole_ms(turn[at]) for turn in turns) for at in (0, 1))
        slow, fast = (max(turn[at].per_second for turn in turns) for at in (1, 0))
        yield self._row(
            f"the rate with {stored:,} orders stored, of that with few",
            slow / fast,
            "x",
            target=HISTORY_SHARE,
            measured=f"{slow:.0f}/s",
            base=f"{fast:.0f}/s",
        )
        yield self._row(
            "processor time an order, of that with few",
            more / less,
            "x",
            measured=f"{more:.2f} ms",
            base=f"{less:.2f} ms",
        )

    def _house(self, name: str) -> House:
        """A home of its own, and on PostgreSQL a database."""
        url = self.url
        if url:
            made = sa.make_url(url)
            engine = sa.create_engine(made, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE bench_{name}")
            engine.dispose()
            made = made.set(database=f"bench_{name}")
            url = made.render_as_string(hide_password=False)
        house = House(self.folder / name, url, self.processes, self.answers)
        house.furnish()
        return house

    def _late(
        self, name: str, spread: tuple[float, float, float], most: float | None = None
    ) -> Row:
        told = f"median {spread[0]:.1f} ms"
        longest = f"longest {spread[2]:.0f} ms"
        return self._row(name, spread[1], "ms", most=most, measured=told, base=longest)

    def _row(  # noqa: PLR0913  a row has as many
        self,
        name: str,
        figure: float,
        unit: str,
        *,
        target: float | None = None,
        most: float | None = None,
        measured: str = "",
        base: str = "",
    ) -> Row:
        return Row(
            name=name,
            measured=measured,
            base=base,
            figure=figure,
            unit=unit,
            target=target if most is None else most,
            at_most=most is not None,
        )


def _whole_ms(load: Outcome) -> float:
    """What an order cost the gateway and its database."""
    return load.gateway_ms + load.database_ms


def _waiting(number: int) -> Inbound:
    """An order as a door takes it in."""
    raw = generate.plain_orders(1, 10, items=bench_store.FEW, number=number, seed=1)
    return Inbound(
        blob=InMemory.of(raw),
        channel="http",
        peer="bench",
        partner_id=PARTNER,
        transport_id=f"key:{number}",
        received_at=datetime.now(UTC),
    )
