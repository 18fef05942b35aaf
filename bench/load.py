"""One load against one house: what the partners saw and what it cost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.house import House, spent_by, tree
from bench.partners import Plan, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a load. Processor times are milliseconds an order."""

    seen: Seen
    orders: int
    gateway_ms: float
    by_thread: dict[str, float]
    database_ms: float
    partners_ms: float

    @property
    def per_second(self) -> float:
        """Orders a second, from the first byte sent to the last answer taken."""
        return self.orders / self.seen.whole_s if self.seen.whole_s > 0 else 0.0

    @property
    def accepted_per_second(self) -> float:
        """Orders a second that got their receipt."""
        return self.orders / self.seen.accepting_s


def put_on(  # noqa: PLR0913  what is sent, how fast, and through what
    house: House,
    *,
    first: int,
    count: int,
    rate: float = 0.0,
    door: str = "http",
    server: Sequence[int] = (),
    connections: int = 64,
) -> Outcome:
    """Send so many orders and wait for their answers. ``server``: of PostgreSQL."""
    plan = Plan(
        address=house.address,
        secret=house.secret,
        database=house.settings.database_url,
        inbox=str(house.inbox),
        outbox=str(house.outbox),
        first=first,
        count=count,
        rate=rate,
        door=door,
        answers=house.answers,
        connections=connections,
    )
    before = house.spent(), sum(spent_by(server).values())
    told = subprocess.run(
        [sys.executable, "-m", "bench.partners"],
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seen = Seen(**json.loads(told.stdout))
    cost = {name: s - before[0].get(name, 0.0) for name, s in house.spent().items()}
    return Outcome(
        seen=seen,
        orders=count,
        gateway_ms=sum(cost.values()) * 1000 / count,
        by_thread={name: s * 1000 / count for name, s in cost.items() if s > 0},
        database_ms=(sum(spent_by(server).values()) - before[1]) * 1000 / count,
        partners_ms=seen.own_cpu_s * 1000 / count,
    )


def backends(process: int) -> list[int]:
    """The processes of a PostgreSQL server."""
    return tree(process)
