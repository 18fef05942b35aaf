"""Workers at once never draw more of a blanket order than there is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.order.ack import REFUSED
from gateway.order.read import ack_from_json
from gateway.store import draws, order_page, queries
from gateway.store.tables import order_change
from tests.databases import BOTH, POSTGRESQL
from tests.property.test_promises import inbound, node, work
from tests.unit.engine.house import House
from tests.unit.pipeline.parts import group, interchange, message

BLANKET, LIMITS = "B-4711", {"1": 300, "2": 200}
SKUS = {"1": "BB-1002*BP*77-1002", "2": "BB-3001*BP*77-3001"}
PRICES = {"1": "24.95", "2": "3.15"}
RELEASES, PATIENCE_S = 40, 120.0


def line(number: str, quantity: int) -> str:
    return f"PO1*{number}*{quantity}*EA*{PRICES[number]}*PE*VP*{SKUS[number]}"


def release(n: int, *lines: str) -> bytes:
    sent = message(BLANKET, *lines, beg="00*RL")
    named = [one.replace(f"*{BLANKET}**", f"*{BLANKET}*R{n}*") for one in sent]
    return interchange(group(named, number=n), number=n)


def cancel(n: int) -> bytes:
    bch = f"BCH*01*RL*{BLANKET}*R{n}*1*20261120*****20261121"
    sent = ["ST*860*0001", bch, "SE*3*0001"]
    return interchange(group(sent, number=n + 500, kind="PC"), number=n + 500)


def transmissions(seed: int, cancelled: int) -> Iterator[bytes]:
    """Releases for three times what there is, and cancellations of some of them."""
    draw = random.Random(seed)  # noqa: S311  no secret
    sent: list[bytes] = []
    for n in range(1, RELEASES + 1):
        numbers = draw.sample(sorted(LIMITS), 2)
        sent.append(release(n, *(line(one, draw.randint(10, 45)) for one in numbers)))
    for n in draw.sample(range(1, RELEASES + 1), cancelled):
        sent.insert(draw.randint(0, len(sent)), cancel(n))
    return iter(sent)


def opened(settings: Settings) -> None:
    """The blanket order, and a profile that confirms what is left of it."""
    policy = {"over_blanket": "change", "cancel_released": "accept"}
    house = House(settings, policy, {})
    house.profile(narrow=[])
    lines = [line(number, limit) for number, limit in LIMITS.items()]
    house.send(interchange(group(message(BLANKET, *lines, beg="00*BK")), number=999))
    house.work()
    house.close()


@pytest.mark.parametrize(
    ("kind", "workers"), [(POSTGRESQL, 8), *((kind, 1) for kind in BOTH[:1])]
)
@pytest.mark.parametrize(("seed", "cancelled"), [(1, 0), (2, 15)])
def test_releases_never_draw_more_than_the_blanket_has(
    settings: Settings, workers: int, seed: int, cancelled: int
):
    opened(settings)
    small = settings.model_copy(update={"process_batch": 3, "database_connections": 4})
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(small)) for _ in range(workers)]
        for data in transmissions(seed, cancelled):
            nodes[0].engine.accept(inbound(data))
        until = time.monotonic() + PATIENCE_S
        threads = [threading.Thread(target=work, args=(one, until)) for one in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with nodes[0].db.read() as tx:
            orders = queries.orders(tx, limit=500).items
            promised = promises(tx, [one.id for one in orders if one.release_number])
            kept = draws.spent(tx, [one.id for one in orders])
            parts = sums(draws.of(tx, [one.id for one in orders]))
            states = set(tx.scalars(sa.select(order_change.c.state)))
    (drawn,) = ({n: one.quantity for n, one in its.items()} for its in kept.values())
    assert len(orders) == RELEASES + 1
    assert promised == drawn == parts
    assert all(drawn[number] <= LIMITS[number] for number in LIMITS)
    assert drawn == LIMITS or cancelled
    assert states <= {"applied", "refused"}


def promises(tx: Any, order_ids: list[str]) -> Counter[str]:
    """How many of each line of the blanket all answers promise."""
    found: Counter[str] = Counter()
    for id_ in order_ids:
        detail = order_page.order(tx, id_)
        assert detail is not None
        ack: Any = ack_from_json(detail.ack)
        for one in ack.lines:
            its = (s.quantity for s in one.statuses if s.kind not in REFUSED)
            found[one.line_no] += int(sum(its))
    return found


def sums(drawn: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for its in drawn.values():
        for one in its:
            found[one.blanket_line] += int(one.spent.quantity)
    return found
