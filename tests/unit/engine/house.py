"""A whole gateway of one partner, with its folders and a clock to turn."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import catalog, order_page, profiles, queries
from gateway.store.database import Database
from gateway.store.rows import OrderDetail
from tests.starters import FOLDER, as_yaml, texts

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SAMPLES = FOLDER / "acme" / "samples"


class House:
    """The gateway of acme; time stands still unless it is turned on."""

    def __init__(
        self, settings: Settings, policy: Mapping[str, Any], erp: Mapping[str, Any]
    ) -> None:
        self.settings = settings.model_copy(update={"stable_for_s": 0.0})
        self.home = settings.home
        self.now = NOW
        self._prepare(policy, erp)
        self.gateway = Gateway(self.settings, clock=lambda: self.now)

    def _prepare(self, policy: Mapping[str, Any], erp: Mapping[str, Any]) -> None:
        facts = texts(FOLDER / "acme" / "profile.yaml")
        facts["policy"] |= policy
        facts["erp"] = dict(erp)
        self.facts = facts
        db = Database.open(self.settings)
        with db.begin() as tx:
            profiles.apply(tx, "acme", as_yaml(facts), NOW)
        prices = read_csv((FOLDER / "acme" / "catalog.csv").read_text(), "catalog.csv")
        catalog.save(db, "acme", prices, NOW)
        db.close()

    def profile(self, **guide: Any) -> None:
        """Put the profile in force with these keys of its guide, and start anew."""
        self.facts["guide"] |= guide
        self._anew()

    def profile_erp(self, **erp: Any) -> None:
        """The same for what the ERP gets."""
        self.facts["erp"] |= erp
        self._anew()

    def profile_alerts(self, *rules: Mapping[str, Any]) -> None:
        """The same for who is told of what."""
        self.facts["alerts"] = list(rules)
        self._anew()

    def _anew(self) -> None:
        facts = self.facts
        with self.gateway.db.begin() as tx:
            profiles.apply(tx, "acme", as_yaml(facts), self.now)
        self.close()
        self.gateway = Gateway(self.settings, clock=lambda: self.now)

    def work(self) -> None:
        """Take in what lies in the folders, answer and send until nothing is due."""
        for _ in range(2):  # seen unchanged
            self.gateway.pickup.poll()
        engine = self.gateway.engine
        while engine.process() + engine.overdue() + engine.deliver():
            engine.drain(30)  # a slow disk leaves a lane to itself

    def later(self, **hours: float) -> None:
        self.now += timedelta(**hours)

    def order(self, sample: str = "good-small.edi", **changed: str) -> OrderDetail:
        """Send in a sample and answer it; the order that came of it."""
        text = (SAMPLES / sample).read_text()
        for before, after in changed.items():
            text = text.replace(before, after)
        self.send(text.encode())
        self.work()
        return self.orders()[0]

    def send(self, data: bytes, key: str = "") -> str:
        """The receipt of these bytes at the partner's door, a minute later."""
        self.later(minutes=1)
        receipt = self.gateway.engine.accept(
            Inbound(
                blob=InMemory.of(data),
                channel="folder",
                peer="in/po.edi",
                partner_id="acme",
                transport_id=key,
                received_at=self.now,
            )
        )
        return receipt.id

    def orders(self) -> list[OrderDetail]:
        """All orders, newest first."""
        with self.gateway.db.read() as tx:
            rows = queries.orders(tx).items
            found = [order_page.order(tx, row.id) for row in rows]
        return [one for one in found if one is not None]

    def put(self, name: str, text: str) -> None:
        """Lay a file into the ERP's folder and work."""
        folder = self.home / "erp" / "in"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        self.work()

    def csv(self, name: str, *rows: Mapping[str, object]) -> None:
        """Lay a CSV file of these rows into the ERP's folder and work."""
        columns = list(dict.fromkeys(key for row in rows for key in row))
        folder = self.home / "erp" / "in"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w", newline="") as file:
            pen = csv.DictWriter(file, columns)
            pen.writeheader()
            pen.writerows(rows)
        self.work()

    def files(self, folder: str) -> list[Path]:
        """The files in one of the ERP's folders."""
        return sorted(p for p in (self.home / "erp" / folder).rglob("*") if p.is_file())

    def report(self) -> list[dict[str, str]]:
        """The rows of the one report among the failed files."""
        (path,) = (p for p in self.files("failed") if p.name.endswith(".report.csv"))
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    def answers(self) -> list[str]:
        """The 855s that lie in the partner's folder, as texts, oldest first."""
        out = self.home / "partners" / "acme" / "out"
        found = sorted(out.glob("x12_855_*"), key=lambda path: path.name)
        return [path.read_text() for path in found]

    def close(self) -> None:
        self.gateway.close()


def segments(text: str, tag: str) -> list[str]:
    """The segments of an interchange with this tag."""
    return [s for s in text.replace("\n", "").split("~") if s.split("*")[0] == tag]


_AnyHouse = TypeVar("_AnyHouse", bound=House)


@contextmanager
def houses(build: Callable[..., _AnyHouse]) -> Iterator[Callable[..., _AnyHouse]]:
    """What builds houses as ``build`` does, and closes them at the end."""
    made: list[_AnyHouse] = []

    def one(**facts: Any) -> _AnyHouse:
        made.append(build(**facts))
        return made[-1]

    try:
        yield one
    finally:
        for house in made:
            house.close()
