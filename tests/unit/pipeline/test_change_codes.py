"""What an 860 wants of a line by its code (POC-02, DE 670), and nothing more."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from gateway.bootstrap import tables
from gateway.engine.reading import learned
from gateway.order.life import State
from gateway.order.model import Order, OrderLine
from gateway.partner import Directory
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Decide, Effect
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.crash.life import change
from tests.starters import ROOT, starter_prices, starter_profile

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
POLICY = {"decisions": {"changed_price": "accept", "price_differs": "accept"}}
RULES = Rules(tables(), Directory.of([starter_profile("acme", policy=POLICY)]))
ORDER = (ROOT / "partner_profiles" / "acme" / "samples" / "good-small.edi").read_bytes()
OLD = ("12", "84", "2026-12-14")
"""Quantity, price and day of line 1 of the order."""


def effects(*rows: str) -> tuple[Effect, ...]:
    """What comes of an 860 with these rows behind BCH, after its order."""
    world = World(now=NOW, prices={"acme": starter_prices("acme", None)})
    first = read([ORDER], RULES, receipt_id="rcp_1", door="folder")
    world = learned(world, "rcp_1", answer(first, world))
    data = change(2001, 1, *rows).encode()
    return answer(read([data], RULES, receipt_id="rcp_2", door="folder"), world)


def decided(*rows: str) -> Order:
    (decide,) = (one for one in effects(*rows) if isinstance(one, Decide))
    assert decide.order is not None
    return decide.order


def said(line: OrderLine, order: Order) -> tuple[str, str, str]:
    """Quantity, price and day of a line."""
    day = (line.delivery or order.delivery).ship_no_later
    assert line.price.amount is not None
    return f"{line.quantity.value:f}", f"{line.price.amount:f}", f"{day}"


@pytest.mark.parametrize(
    ("code", "touched"),
    [
        ("QI", (0,)),
        ("PC", (1,)),
        ("PQ", (0, 1)),
        ("PR", (1, 2)),
        ("RQ", (0, 2)),
        ("RS", (2,)),
        ("CT", (2,)),
        ("RB", (2,)),
        ("RE", (0, 1)),
        ("RZ", (0, 1, 2)),
        ("CA", (0, 1, 2)),
    ],
)
def test_a_code_touches_what_it_names_and_the_rest_only_echoes(
    code: str, touched: tuple[int, ...]
):
    new = ("20", "85", "2026-12-21")
    poc = f"POC*1*{code}*20*20*EA*85*PE*VP*BB-1001*BP*77-1001"
    order = decided(poc, "DTM*010*20261221")
    wanted = tuple(new[n] if n in touched else OLD[n] for n in range(3))
    assert said(order.lines[0], order) == wanted


def test_a_quantity_is_the_new_one_and_never_a_difference():
    order = decided("POC*1*QD*10*10*EA*84*PE*VP*BB-1001*BP*77-1001")
    assert order.lines[0].quantity.value == Decimal(10)


def test_no_change_changes_nothing():
    found = effects("POC*1*NC*12*12*EA*84*PE*VP*BB-1001*BP*77-1001")
    assert [one for one in found if isinstance(one, Decide)] == []


def test_one_line_that_says_so_cancels_the_whole_order():
    policy = POLICY | {"cancel_released": "accept"}
    rules = Rules(tables(), Directory.of([starter_profile("acme", policy=policy)]))
    world = World(now=NOW, prices={"acme": starter_prices("acme", None)})
    first = read([ORDER], rules, receipt_id="rcp_1", door="folder")
    world = learned(world, "rcp_1", answer(first, world))
    data = change(2001, 1, "POC*1*CF*0*0*EA*84*PE*VP*BB-1001").encode()
    found = answer(read([data], rules, receipt_id="rcp_2", door="folder"), world)
    (decide,) = (one for one in found if isinstance(one, Decide))
    assert decide.state is State.CANCELLED
