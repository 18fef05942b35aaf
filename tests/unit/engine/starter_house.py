"""A gateway with one of the starter partners, and what came of what was sent in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import catalog, profiles, queries
from gateway.store.rows import MessageRow
from tests.begun import give_tables
from tests.starters import FOLDER, as_yaml, texts
from tests.unit.pipeline.parts import NOW

Door = Callable[..., "House"]


class House:
    """A gateway with one partner, and what came of what was sent in."""

    def __init__(self, settings: Settings) -> None:
        self.now = NOW
        self.gateway = Gateway(settings, clock=lambda: self.now)

    def work(self, **later: float) -> None:
        """Let time pass, then answer and send until nothing is due."""
        self.now += timedelta(**later)
        engine = self.gateway.engine
        while engine.process() + engine.overdue() + engine.deliver():
            engine.drain(30)

    def take(self, *transmissions: bytes, received_at: datetime = NOW) -> list[str]:
        """Receive these, process them as one batch, and give their receipts."""
        kept = [
            self.gateway.engine.accept(
                Inbound(
                    blob=InMemory.of(data),
                    channel="folder",
                    peer="drop",
                    partner_id="",
                    transport_id="",
                    received_at=received_at,
                )
            ).id
            for data in transmissions
        ]
        while self.gateway.engine.process():
            pass
        return kept

    def orders(self) -> list[str]:
        with self.gateway.db.read() as tx:
            return sorted(row.po_number for row in queries.orders(tx).items)

    def sent(self) -> list[MessageRow]:
        with self.gateway.db.read() as tx:
            return list(reversed(queries.messages(tx, direction="out").items))

    def answers(self, receipt_id: str, kind: str) -> list[bytes]:
        db = self.gateway.db
        with db.read() as tx:
            every = queries.answers(tx, db.payloads, receipt_id=receipt_id)
        return [one.content for one in every if one.message.type == kind]

    def codes(self, receipt_id: str) -> list[str]:
        with self.gateway.db.read() as tx:
            found = queries.interchange(tx, receipt_id)
        assert found is not None
        return [noted.finding.code for noted in found.findings]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Door]:
    """Builds a house with one of the starter partners, or with one of a golden case."""
    built: list[House] = []

    def build(
        partner: str = "acme", beside: Path | None = None, **changes: Any
    ) -> House:
        its = (
            beside / f"{partner}.yaml" if beside else FOLDER / partner / "profile.yaml"
        )
        facts = texts(its)
        x12 = facts.get("x12", {}) | changes.pop("x12", {})
        text = as_yaml(facts | {"patch": ""} | changes | {"x12": x12})
        prices = its.with_suffix(".csv") if beside else its.with_name("catalog.csv")
        csv = prices.read_text("utf-8")
        settings = Settings(home=tmp_path)
        give_tables(settings)
        first = Gateway(settings, clock=lambda: NOW)
        with first.db.begin() as tx:
            profiles.apply(tx, partner, text, NOW)
        imported = read_csv(csv, "catalog.csv", partner_id=partner)
        catalog.save(first.db, partner, imported, NOW)
        first.close()
        built.append(House(settings))
        return built[-1]

    yield build
    for one in built:
        one.gateway.close()
