"""Shipments of the ERP that are told to the buyer, through the real folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from gateway.config import Settings
from gateway.order.ship import sscc_is_good
from tests.unit.engine.house import House, houses, segments

Build = Callable[..., "Warehouse"]
PREFIX = "0614141"


class Warehouse(House):
    """A gateway whose partner gets ship notices."""

    def __init__(self, settings: Settings, form: Mapping[str, Any]) -> None:
        super().__init__(settings, {}, {})
        told = {"message": "x12_856", "version": "004010", "channel": "drop"}
        self.facts["sends"] = [*self.facts["sends"], told]
        self.facts["ship_notice"] = dict(form)
        self._anew()

    def notices(self) -> list[str]:
        """The 856s that lie in the partner's folder, oldest first."""
        out = self.home / "partners" / "acme" / "out"
        found = sorted(out.glob("x12_856_*"), key=lambda path: path.name)
        return [path.read_text() for path in found]

    def ship(self, *rows: Mapping[str, object], **head: object) -> None:
        """Ship these lines of the newest order, in one shipment."""
        order = self.orders()[0]
        common = {
            "shipment": "S-1",
            "order_id": order.order.id,
            "ship_date": "2026-12-10",
            "carrier": "ABCD",
        } | head
        self.later(minutes=1)
        name = f"ship{self.now:%H%M}.csv"
        self.csv(name, *(common | dict(row) for row in rows))


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:
    """Makes warehouses, and closes them."""

    def one(**form: Any) -> Warehouse:
        return Warehouse(settings.model_copy(update={"gs1_prefix": PREFIX}), form)

    with houses(one) as build:
        yield build


def whole(house: Warehouse, carton: str = "1") -> list[dict[str, object]]:
    """Every line of the newest order, in one carton."""
    return [
        {"line_no": line.line_no, "quantity": line.quantity, "carton": carton}
        for line in house.orders()[0].lines
    ]


def codes(house: House) -> list[str]:
    """The codes in the report of what was refused."""
    return [row["code"] for row in house.report()]


def hierarchy(notice: str) -> list[str]:
    """The levels of a notice, each with its parent."""
    return ["*".join(hl.split("*")[1:4]) for hl in segments(notice, "HL")]


def test_a_shipment_moves_the_order_and_sends_the_ship_notice(build: Build):
    house = build()
    house.order("good-totals.edi")
    house.ship(*whole(house))
    (notice,) = house.notices()
    (man,) = segments(notice, "MAN")
    sscc = man.removeprefix("MAN*GM*00")
    assert house.orders()[0].order.state == "shipped"
    assert sscc_is_good(sscc)
    assert sscc.startswith(f"0{PREFIX}")
    assert hierarchy(notice)[:4] == ["1**S", "2*1*O", "3*2*P", "4*3*I"]


def test_no_sscc_is_given_twice(build: Build):
    house = build()
    house.order("good-totals.edi")
    first, second, *_others = house.orders()[0].lines
    row = {"carton": "1", "quantity": "1"}
    house.ship(row | {"line_no": first.line_no})
    house.ship(row | {"line_no": second.line_no}, shipment="S-2")
    one, two = house.notices()
    assert segments(one, "MAN") != segments(two, "MAN")


def test_an_sscc_that_was_used_before_refuses_the_shipment(build: Build):
    house = build()
    house.order("good-totals.edi")
    line = house.orders()[0].lines[0].line_no
    row = {"line_no": line, "quantity": "1", "carton_sscc": "006141411234567890"}
    house.ship(row)
    house.ship(row, shipment="S-2")
    assert len(house.notices()) == 1
    assert codes(house) == ["ERP-018"]


def test_an_sscc_of_our_range_that_the_erp_used_is_passed_over(build: Build):
    house = build()
    house.order("good-totals.edi")
    first, second = house.orders()[0].lines
    row = {"quantity": "1", "carton": "1"}
    house.ship(row | {"line_no": first.line_no, "carton_sscc": "006141410000000005"})
    house.ship(row | {"line_no": second.line_no}, shipment="S-2")
    two = house.notices()[1]
    assert segments(two, "MAN") == ["MAN*GM*00006141410000000012"]


def test_the_same_file_again_sends_nothing_again(build: Build):
    house = build()
    house.order("good-totals.edi")
    rows = whole(house)
    house.ship(*rows)
    house.ship(*rows, complete="")
    assert len(house.notices()) == 1


def test_two_shipments_say_partial_and_then_complete(build: Build):
    house = build()
    house.order("good-totals.edi")
    first, *rest = whole(house)
    house.ship(first)
    assert house.orders()[0].order.state == "partly_shipped"
    house.ship(*rest, shipment="S-2")
    one, two = house.notices()
    assert house.orders()[0].order.state == "shipped"
    assert segments(one, "TD5")[0].split("*")[6] == "PR"
    assert segments(two, "TD5")[0].split("*")[6] == "CC"


def test_a_replacement_counts_instead_of_the_first(build: Build):
    house = build()
    house.order("good-totals.edi")
    rows = whole(house)
    house.ship(*rows)
    less = [rows[0] | {"quantity": "1"}, *rows[1:]]
    house.ship(*less, purpose="replace")
    one, two = house.notices()
    assert house.orders()[0].order.state == "partly_shipped"
    assert segments(two, "BSN")[0].split("*")[1:3] == ["05", "S-1"]
    assert segments(one, "MAN") == segments(two, "MAN")


def test_a_cancelled_shipment_never_was(build: Build):
    house = build()
    house.order("good-totals.edi")
    rows = whole(house)
    house.ship(*rows)
    house.ship(*rows, purpose="cancel")
    two = house.notices()[1]
    assert house.orders()[0].order.state == "confirmed"
    assert segments(two, "BSN")[0].split("*")[1] == "01"
    assert segments(two, "SN1") == []
    house.ship(*rows, shipment="S-2")
    assert house.orders()[0].order.state == "shipped"


def test_a_replacement_of_an_unknown_shipment_is_refused(build: Build):
    house = build()
    house.order("good-totals.edi")
    house.ship(*whole(house), purpose="replace")
    assert house.notices() == []
    assert codes(house) == ["ERP-023"]


def test_more_than_was_confirmed_is_refused(build: Build):
    house = build()
    house.order("good-totals.edi")
    first = whole(house)[0]
    house.ship(first | {"quantity": int(str(first["quantity"])) + 1})
    assert house.notices() == []
    assert codes(house) == ["ERP-009"]
    assert house.orders()[0].order.state == "confirmed"


def test_a_tolerance_lets_a_little_more_go(build: Build):
    house = build(over_ship_pct="10")
    house.order("good-totals.edi")
    first = whole(house)[0]
    more = int(str(first["quantity"])) * 11 // 10
    house.ship(first | {"quantity": more})
    (notice,) = house.notices()
    assert segments(notice, "SN1")[0].split("*")[2] == str(more)


def test_a_package_without_an_sscc_and_no_prefix_is_refused(settings: Settings):
    house = Warehouse(settings, {})
    house.order("good-totals.edi")
    house.ship(*whole(house))
    told = codes(house)
    house.close()
    assert told == ["ERP-020"]


def test_after_five_refused_notices_the_next_is_stopped(build: Build):
    house = build()
    house.order("good-totals.edi")
    line = house.orders()[0].lines[0].line_no
    for n in range(1, 6):
        house.ship({"line_no": line, "quantity": "1", "carton": "1"}, shipment=f"S-{n}")
    for number, notice in enumerate(house.notices(), 1):
        house.send(_refusing(notice, number), f"answer{number}")
    house.work()
    house.ship({"line_no": line, "quantity": "1", "carton": "1"}, shipment="S-6")
    assert codes(house) == ["ERP-024"]
    assert len(house.notices()) == 5


def _refusing(notice: str, number: int) -> bytes:
    """Their 997 that rejects a notice of ours."""
    group = segments(notice, "GS")[0].split("*")[6]
    control = segments(notice, "ST")[0].split("*")[2]
    isa = (
        f"ISA*00*          *00*          *ZZ*{'ACME':15}*ZZ*{'BOLTBEAM':15}*261121*0912"
        f"*U*00401*{number + 500:09d}*0*P*>"
    )
    body = [
        isa,
        f"GS*FA*ACMEPROD*BOLTBEAM*20261121*0912*{number + 500}*X*004010",
        "ST*997*0001",
        f"AK1*SH*{group}",
        f"AK2*856*{control}",
        "AK5*R*5",
        "AK9*R*1*1*0",
        "SE*6*0001",
        f"GE*1*{number + 500}",
        f"IEA*1*{number + 500:09d}",
    ]
    return ("~\n".join(body) + "~\n").encode()
