"""The cXML door: a session begun by the side of an order, a long one of short ones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from gateway.bootstrap import active_profiles, rules, starter
from gateway.catalog.importing import read_csv
from gateway.cli.measure import Row, alternating
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.cxml import Asked, Door
from gateway.pipeline.ports import InMemory
from gateway.store import catalog, profiles
from gateway.store.database import Database
from gateway.store.secrets import SecretStore

_BUYER = "aldersey-power"
_SECRET = {"ALDERSEY_SECRET": "made-up"}
"""The samples' own."""
_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_RUNS = 40
_LINES = 1_000
_REQUEST = re.compile(r"<OrderRequest>.*</OrderRequest>", re.DOTALL)
_ITEMS = re.compile(r"<ItemOut.*</ItemOut>", re.DOTALL)
_SETUP = """<PunchOutSetupRequest operation="create"><BuyerCookie>34</BuyerCookie>
<BrowserFormPost><URL>{origin}/return</URL></BrowserFormPost></PunchOutSetupRequest>"""
_GOOD = b'<Status code="200"'
SETUP_TARGET = 2.0
"""A session is begun for at most so many times an order of two lines."""
LONG_TARGET = 1.0
"""A long order costs at most what its lines cost in orders of two."""


def rows(home: Path, rounds: int) -> Iterator[Row]:
    """A PunchOutSetupRequest and an order of 1,000 lines beside orders of two lines.

    From the bytes at the door to the bytes of the Response, SQLite's commit included.
    """
    folder = starter("partner_profiles") / _BUYER
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    db = Database.open(settings)
    db.migrate()
    with db.begin() as tx:
        text = (folder / "profile.yaml").read_text("utf-8")
        profiles.apply(tx, _BUYER, text, _NOW)
    prices = (folder / "catalog.csv").read_text("utf-8")
    catalog.save(db, _BUYER, read_csv(prices, "catalog.csv"), _NOW)
    known = active_profiles(db)
    secrets = SecretStore(db, _SECRET)
    engine = Engine(db, rules(known, settings), settings, {}, secrets=secrets)
    order = (folder / "samples" / "good-small.xml").read_text("utf-8")
    setup = _SETUP.format(origin=known[0].punchout.return_to[0])
    asks = _Asks(engine)
    short = asks.many(order, _RUNS)
    begun = asks.many(_REQUEST.sub(setup, order), _RUNS)
    short(), begun()  # what is compiled on first sight
    took, base = alternating(begun, short, rounds)
    yield _row("PunchOutSetupRequest answered", took, base, SETUP_TARGET, _RUNS)
    items = _ITEMS.findall(order)[0]
    long = asks.many(_ITEMS.sub(items * (_LINES // 2), order), 1)
    took, base = alternating(long, short, rounds)
    as_short = base * _LINES / 2 / _RUNS
    name = f"OrderRequest of {_LINES:,} lines answered"
    yield _row(name, took, as_short, LONG_TARGET, 1)
    engine.close()
    db.close()


def _row(name: str, took: float, base: float, target: float, times: int) -> Row:
    return Row(
        name=f"{name} / orders of two lines",
        measured=f"{took * 1000 / times:.2f} ms",
        base=f"{base * 1000 / times:.2f} ms",
        figure=took / base,
        target=target,
        at_most=True,
    )


class _Asks:
    """A buyer's system, whose every document has a name of its own."""

    def __init__(self, engine: Engine) -> None:
        self._door = Door(engine)
        self._numbers = count(1)

    def many(self, document: str, times: int) -> Callable[[], object]:
        """The work of asking so many times."""

        async def ask() -> None:
            for _ in range(times):
                text = document.replace("po-88001", f"po-{next(self._numbers)}")
                asked = Asked(
                    body=InMemory.of(text.encode()),
                    content_type="text/xml",
                    peer="192.0.2.1",
                    url="https://gateway.example/cxml",
                    received_at=_NOW,
                )
                answer = await self._door.receive(asked)
                assert _GOOD in answer or b'"201"' in answer, answer

        return lambda: asyncio.run(ask())
