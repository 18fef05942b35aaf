"""Lists of a million messages: how long a page takes, and by which way it is found."""

from __future__ import annotations

import json
import re
import sys
import time
from statistics import median, quantiles

import pytest

from gateway.store import queries
from gateway.store.database import Database
from gateway.store.message_search import Wanted
from tests.many_messages import FILTERS, fill, heard, plans

pytestmark = pytest.mark.soak

ORDERS = 340_000  # of three messages each
MOST_S = 0.150
ROUNDS = 5
PAGES = 3


def test_every_page_of_a_million_messages_is_there_in_time(db: Database, kind: str):
    fill(db, ORDERS)
    slow = {}
    everything: list[float] = []
    for wanted in FILTERS:
        taken = [one for _ in range(ROUNDS) for one in pages(db, wanted)]
        everything += taken
        worst = quantiles(taken, n=20)[-1]
        name = json.dumps({k: str(v) for k, v in told(wanted).items()})
        figures = f"median {median(taken) * 1000:5.1f} ms, p95 {worst * 1000:6.1f} ms"
        sys.stdout.write(f"{kind}: {figures}  {name}\n{ways(db, wanted)}")
        if worst > MOST_S:
            slow[name] = worst
    p95 = quantiles(everything, n=20)[-1] * 1000
    sys.stdout.write(f"{kind}: all of them, p95 {p95:.1f} ms\n")

    assert slow == {}


def pages(db: Database, wanted: Wanted) -> list[float]:
    """How long the first pages take, one after the other."""
    taken, cursor = [], None
    for _ in range(PAGES):
        began = time.perf_counter()
        with db.read() as tx:
            cursor = queries.listed(tx, wanted, cursor, 50).cursor
        taken.append(time.perf_counter() - began)
        if cursor is None:
            break
    return taken * (2 if len(taken) == 1 else 1)


def told(wanted: Wanted) -> dict[str, object]:
    """What is asked for."""
    every = ((name, getattr(wanted, name)) for name in wanted.__dataclass_fields__)
    return {name: value for name, value in every if value not in (None, True)}


def ways(db: Database, wanted: Wanted) -> str:
    """The indexes that lead there."""
    with db.read() as tx:
        with heard(tx) as asked:
            queries.listed(tx, wanted, None, 50)
        plan = plans(db, tx, asked)
    found = re.findall(r"(?:INDEX|using|Scan using|Scan on) (\w+)", plan)
    return f"    by {', '.join(dict.fromkeys(found))}\n"
