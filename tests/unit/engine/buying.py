"""Northgate's house, and the server that our documents of cXML are posted to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from gateway.mappers import CXML_READERS, WRITTEN
from gateway.store import tables
from gateway.store.rows import MessageRow
from tests.starters import ROOT, texts
from tests.unit.engine.starter_house import Door, House
from tests.unit.transport.test_https import Server, serving

HOME = ROOT / "tests" / "golden" / "cxml_confirmation_request"
SAMPLES = ROOT / "samples" / "cxml"
SECRET = "sesame, close"  # noqa: S105  made up


@dataclass
class Buying:
    """Northgate's house, and the server that our answers are posted to."""

    house: House
    server: Server

    def take(self, name: str, *words: bytes) -> str:
        """An order comes, and is answered; the server's next words are these."""
        self.server.words[:] = words
        (receipt,) = self.house.take((SAMPLES / f"{name}.xml").read_bytes())
        self.house.work()
        return receipt

    def say(self, body: bytes, *words: bytes) -> None:
        """A document of theirs comes; the server's next words are these."""
        self.server.words[:] = words
        self.house.take(body)
        self.house.work()

    @property
    def posted(self) -> list[bytes]:
        return [one.partition(b"\r\n\r\n")[2] for one in self.server.requests]

    @property
    def last(self) -> MessageRow:
        return self.house.sent()[-1]

    def alerts(self) -> list[str]:
        with self.house.gateway.db.read() as tx:
            return list(tx.execute(sa.select(tables.alert.c.code)).scalars())


@pytest.fixture
def buying(
    house: Door, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Buying]]:
    monkeypatch.setenv("NORTHGATE", SECRET)
    with serving() as server:

        def make(*kinds: str, **cxml: object) -> Buying:
            """``kinds`` of documents are exchanged beside orders and answers."""
            way = {"id": "buyer", "kind": "cxml", "url": server.url}
            changes = {
                "stage": "test",
                "channels": [way | {"secret": "env:NORTHGATE"}],
                "cxml": cxml,
            }
            facts = texts(HOME / "northgate.yaml")
            sends = [{"message": one, "version": "1.2.050"} for one in kinds]
            comes = [{"message": one, "version": "1.2"} for one in kinds]
            changes["sends"] = facts["sends"] + [s for s in sends if _is(s, WRITTEN)]
            changes["receives"] = facts["receives"] + [
                one for one in comes if _is(one, CXML_READERS)
            ]
            return Buying(house("northgate", HOME, **changes), server)

        yield make


def _is(agreed: dict[str, str], kinds: Container[str]) -> bool:
    return agreed["message"] in kinds
