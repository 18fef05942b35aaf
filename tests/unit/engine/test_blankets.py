"""Blanket orders and what releases draw on them.

What many workers draw at once on both databases: tests/property/test_blankets.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.config import Settings
from gateway.order.read import ack_from_json
from gateway.store import draws
from gateway.store.rows import OrderDetail
from tests.databases import SQLITE
from tests.unit.engine.house import House, houses
from tests.unit.pipeline.parts import group, interchange, message

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
Build = Callable[..., House]
BLANKET = "B-4711"
VALID = ("DTM*007*20261101", "DTM*036*20261231")


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:

    def one(**policy: Any) -> House:
        house = House(settings, policy, {})
        house.profile(narrow=[])
        return house

    with houses(one) as build:
        yield build


@pytest.fixture
def house(build: Build) -> House:
    return build()


def bits(n: int, quantity: int, unit: str = "EA") -> str:
    return f"PO1*{n}*{quantity}*{unit}*24.95*PE*VP*BB-1002*BP*77-1002"


class Desk:
    """Sends what a buyer sends of one blanket order."""

    def __init__(self, house: House) -> None:
        self.house, self.number = house, 0

    def _send(self, segments: list[str], kind: str = "PO") -> None:
        self.number += 1
        data = interchange(
            group(segments, number=self.number, kind=kind), number=self.number
        )
        self.house.send(data)
        self.house.work()

    def opens(self, *lines: str, kind: str = "BK", more: Any = VALID) -> OrderDetail:
        self._send(message(BLANKET, *lines, beg=f"00*{kind}", more=more))
        return self.order()

    def releases(self, name: str, *lines: str, po: str = BLANKET) -> OrderDetail:
        sent = message(po, *lines, beg="00*RL")
        self._send([s.replace(f"*{po}**", f"*{po}*{name}*") for s in sent])
        return self.order(name)

    def changes(
        self, *lines: str, release: str = "", purpose: str = "04", sequence: int = 1
    ) -> None:
        kind = "RL" if release else "BK"
        bch = f"BCH*{purpose}*{kind}*{BLANKET}*{release}*{sequence}*20261120"
        body = [f"{bch}*****20261121", *lines, f"CTT*{len(lines)}"]
        body = body if lines else body[:1]
        self._send(["ST*860*0001", *body, f"SE*{len(body) + 2}*0001"], kind="PC")

    def order(self, release: str = "") -> OrderDetail:
        (one,) = (
            one for one in self.house.orders() if one.order.release_number == release
        )
        return one

    def spent(self) -> dict[str, str]:
        """What was drawn of the blanket, by line."""
        id_ = self.order().order.id
        with self.house.gateway.db.read() as tx:
            its = draws.spent(tx, [id_]).get(id_, {})
            parts = sum(one.spent.quantity for one in _all_draws(tx, self.house))
        assert sum(one.quantity for one in its.values()) == parts
        return {line: str(one.quantity) for line, one in its.items()}


def _all_draws(tx: Any, house: House) -> list[Any]:
    ids = [one.order.id for one in house.orders()]
    return [one for its in draws.of(tx, ids).values() for one in its]


def statuses(order: OrderDetail) -> list[str]:
    ack: Any = ack_from_json(order.ack)
    return [
        " + ".join(f"{s.kind} {s.quantity:f}" for s in line.statuses)
        for line in ack.lines
    ]


def codes(order: OrderDetail) -> list[str]:
    """What was found, once each; an alert repeats it."""
    return list(dict.fromkeys(one.finding.code for one in order.findings))


def test_releases_draw_until_nothing_is_left(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    assert statuses(desk.releases("R1", bits(1, 60))) == ["accept 60"]
    over = desk.releases("R2", bits(1, 50))
    assert (statuses(over), codes(over)) == (["bad_quantity 50"], ["CAT-383"])
    assert statuses(desk.releases("R3", bits(1, 40))) == ["accept 40"]
    assert codes(desk.releases("R4", bits(1, 1))) == ["CAT-385"]
    assert desk.spent() == {"1": "100"}


def test_the_page_of_a_blanket_and_of_a_release_tell_what_was_drawn(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    (draw,) = desk.releases("R1", bits(1, 60)).draws
    blanket = desk.order()
    (line,) = blanket.lines
    assert (line.confirmed, line.drawn, line.left) == ("100", "60", "40")
    assert (blanket.is_blanket, blanket.drawn_value) == (True, "1497")
    assert (draw.blanket_id, draw.quantity) == (blanket.order.id, "60")


def test_the_policy_may_confirm_what_is_left(build: Build):
    desk = Desk(build(over_blanket="change"))
    desk.opens(bits(1, 100))
    released = desk.releases("R1", bits(1, 130))
    assert statuses(released) == ["change_quantity 100"]
    assert desk.spent() == {"1": "100"}


def test_a_release_that_is_held_draws_what_is_proposed_until_it_is_rejected(
    build: Build,
):
    desk = Desk(build(over_blanket="hold"))
    desk.opens(bits(1, 100))
    held = desk.releases("R1", bits(1, 60), bits(2, 60))
    assert (held.order.state, desk.spent()) == ("held", {"1": "60"})
    release = desk.house.gateway.release
    release(held.order.id, as_="reject", lines=(), reason="no", by="desk")
    assert desk.spent() == {}


def test_an_operators_yes_counts_whole(build: Build):
    desk = Desk(build(over_blanket="hold"))
    desk.opens(bits(1, 100))
    held = desk.releases("R1", bits(1, 130))
    desk.house.gateway.release(
        held.order.id, as_="accept", lines=(), reason="", by="desk"
    )
    assert desk.spent() == {"1": "130"}
    assert codes(desk.releases("R2", bits(1, 1))) == ["CAT-385"]


def test_a_release_outside_the_blankets_days_is_held(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100), more=("DTM*007*20261101", "DTM*036*20261119"))
    late = desk.releases("R1", bits(1, 10))
    assert (late.order.state, codes(late)) == ("held", ["CAT-381"])


def test_an_item_that_is_not_on_the_blanket_is_refused(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    strange = "PO1*1*12*EA*84*PE*VP*BB-1001*BP*77-1001"
    released = desk.releases("R1", strange, bits(2, 5))
    assert statuses(released) == ["not_on_contract 12", "accept 5"]
    assert desk.spent() == {"1": "5"}


def test_other_units_are_counted_by_the_items_own_factors(house: House):
    desk = Desk(house)
    item = "PE*VP*BB-3001*BP*77-3001"
    desk.opens(f"PO1*1*10*CA*136*{item}")
    assert statuses(desk.releases("R1", f"PO1*1*39*BX*35.4*{item}")) == ["accept 39"]
    over = desk.releases("R2", f"PO1*1*2*BX*35.4*{item}")
    assert (codes(over), desk.spent()) == (["CAT-383"], {"1": "39/4"})


def test_the_value_in_all_is_a_limit_of_its_own(house: House):
    desk = Desk(house)
    sent = message(BLANKET, bits(1, 100), beg="00*BK")
    sent[-1:] = ["AMT*TT*1000", f"SE*{len(sent) + 1}*0001"]
    house.facts["policy"]["totals_wrong"] = "accept"
    house.profile()
    desk._send(sent)
    assert statuses(desk.releases("R1", bits(1, 40))) == ["accept 40"]
    assert codes(desk.releases("R2", bits(1, 1))) == ["CAT-385"]


def test_a_blanket_that_only_estimates_counts_and_refuses_nothing(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100), kind="BE")
    assert statuses(desk.releases("R1", bits(1, 130))) == ["accept 130"]
    assert desk.spent() == {"1": "130"}


def test_a_release_of_a_blanket_that_is_not_known_is_told_and_taken(house: House):
    desk = Desk(house)
    released = desk.releases("R1", bits(1, 10), po="B-1")
    assert (released.order.state, codes(released)) == ("confirmed", ["CAT-380"])


def test_a_test_draws_nothing_of_what_is_none(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    sent = [
        s.replace(f"*{BLANKET}**", f"*{BLANKET}*T1*")
        for s in message(BLANKET, bits(1, 60), beg="00*RL")
    ]
    house.send(interchange(group(sent, number=9), number=9, usage="T"))
    house.work()
    assert (codes(desk.order("T1")), desk.spent()) == (["CAT-380"], {})


def test_what_is_cancelled_or_reduced_of_a_release_is_given_back(build: Build):
    desk = Desk(build(cancel_released="accept"))
    desk.opens(bits(1, 100))
    desk.releases("R1", bits(1, 60))
    desk.releases("R2", bits(1, 40))
    desk.changes("POC*1*QD*45*45*EA*24.95*PE*VP*BB-1002", release="R1")
    assert desk.spent() == {"1": "85"}
    desk.changes(release="R2", purpose="01")
    assert desk.spent() == {"1": "45"}


def test_a_release_is_raised_as_far_as_the_blanket_goes(house: House):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    desk.releases("R1", bits(1, 60))
    desk.changes("POC*1*QI*101*101*EA*24.95*PE*VP*BB-1002", release="R1")
    assert desk.spent() == {"1": "60"}
    desk.changes("POC*1*QI*100*100*EA*24.95*PE*VP*BB-1002", release="R1", sequence=2)
    assert (desk.spent(), statuses(desk.order("R1"))) == ({"1": "100"}, ["accept 100"])


def test_a_change_of_the_blanket_moves_its_limit_but_not_below_what_is_drawn(
    house: House,
):
    desk = Desk(house)
    desk.opens(bits(1, 100))
    desk.releases("R1", bits(1, 60))
    desk.changes("POC*1*QD*59*59*EA*24.95*PE*VP*BB-1002")
    assert "CHG-121" in codes(desk.order())
    desk.changes("POC*1*QD*70*70*EA*24.95*PE*VP*BB-1002", sequence=2)
    assert codes(desk.releases("R2", bits(1, 11))) == ["CAT-383"]
    assert statuses(desk.releases("R3", bits(1, 10))) == ["accept 10"]


def test_a_cancelled_blanket_keeps_what_was_drawn_and_gives_no_more(build: Build):
    desk = Desk(build(cancel_released="accept"))
    desk.opens(bits(1, 100))
    desk.releases("R1", bits(1, 60))
    desk.changes(purpose="01")
    assert statuses(desk.order()) == ["accept 60 + delete 40"]
    assert codes(desk.releases("R2", bits(1, 1))) == ["CAT-385"]
    desk.changes(purpose="01", sequence=2)
    assert "CHG-123" in codes(desk.order())


def test_a_change_tells_a_release_without_a_number_from_its_blanket(build: Build):
    desk = Desk(build(cancel_released="accept"))
    desk.opens(bits(1, 100))
    desk._send(message(BLANKET, bits(1, 60), beg="00*RL"))
    assert [one.order.state for one in desk.house.orders()] == ["confirmed"] * 2
    bch = f"BCH*01*RL*{BLANKET}**1*20261120*****20261121"
    desk._send(["ST*860*0001", bch, "SE*3*0001"], kind="PC")
    states = {one.order.kind: one.order.state for one in desk.house.orders()}
    assert states == {"order": "confirmed", "blanket_release": "cancelled"}


def test_releases_of_one_batch_and_their_blanket_see_each_other(house: House):
    sent = [
        message(BLANKET, bits(1, 100), beg="00*BK", number="0001"),
        *(
            [
                s.replace(f"*{BLANKET}**", f"*{BLANKET}*R{n}*")
                for s in message(BLANKET, bits(1, 60), beg="00*RL", number=f"{n:04}")
            ]
            for n in (2, 3)
        ),
    ]
    house.send(interchange(group(*sent[:2]), number=1))
    house.send(interchange(group(sent[2], number=2), number=2))
    house.work()
    desk = Desk(house)
    assert desk.spent() == {"1": "60"}
    assert sorted(map(str, map(statuses, house.orders()))) == [
        "['accept 100']",
        "['accept 60']",
        "['bad_quantity 60']",
    ]


def test_the_erps_no_gives_back_what_was_drawn(build: Build):
    desk = Desk(build(ack="on_erp"))
    desk.opens(bits(1, 100))
    released = desk.releases("R1", bits(1, 60))
    assert desk.spent() == {"1": "60"}
    desk.house.csv(
        "confirmations.csv",
        {
            "order_id": released.order.id,
            "line_no": "1",
            "decision": "reject",
            "reason": "none",
        },
    )
    assert (desk.order("R1").order.state, desk.spent()) == ("rejected", {})
