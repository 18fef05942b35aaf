"""Days that end before they begin leave none: nobody confirms such an order."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.order.terms import Delivery, Period
from tests.unit.mappers.test_cxml_order import BILL_TO, TOTAL
from tests.unit.mappers.test_cxml_order import codes as codes_of
from tests.unit.mappers.test_cxml_order import mapped as cxml
from tests.unit.mappers.test_edifact_orders import BGM, DAY, END, LIN, codes, read
from tests.unit.mappers.test_x12_850 import BEG, LINE, Map, line_of, order_of, told

CUX = "CUX+2:EUR:9'"


@pytest.mark.parametrize(
    "days",
    [
        "DTM*064*20261220~DTM*063*20261210~",
        "DTM*071*20261220~DTM*074*20261210~",
        "DTM*037*20261220~DTM*038*20261210~",
        "DTM*037*20261220~DTM*010*20261210~",
        "DTM*037*20261220~DTM*001*20261210~",
        "DTM*037*20261220~DTM*063*20261210~",
        "DTM*010*20261220~DTM*001*20261210~",
        "DTM*007*20261220~DTM*036*20261210~",
        "DTM*064*20261220~DTM*002*20261210~",
    ],
)
def test_days_of_x12_that_leave_none_are_told_once(mapped: Map, days):
    assert told(mapped(f"{BEG}{days}{LINE}")) == [("MAP-018", "DTM-02 (segment 5)")]


@pytest.mark.parametrize(
    "days",
    [
        "DTM*064*20261210~DTM*063*20261210~",
        "DTM*002*20261201~DTM*001*20261130~",
        "DTM*064*20261220~DTM*001*20261210~",
    ],
)
def test_days_that_leave_one_are_not(mapped: Map, days):
    assert told(mapped(f"{BEG}{days}{LINE}")) == []


def test_so_are_those_of_a_line_and_of_its_parts(mapped: Map):
    line = f"{BEG}{LINE}DTM*064*20261220~DTM*063*20261210~"
    assert [f.code for f in mapped(line).findings] == ["MAP-018"]
    part = f"{BEG}{LINE}SCH*100*EA***064*20261220**063*20261210~"
    assert [f.code for f in mapped(part).findings] == ["MAP-018"]


def test_a_range_of_days_gives_both_its_ends(mapped: Map):
    span = "DTM*002****RD8*20261210-20261220~DTM*007****RD8*20261201-20261231~"
    order = order_of(mapped(f"{BEG}{span}{LINE}"))
    assert order.delivery == Delivery(
        earliest=dt.date(2026, 12, 10), latest=dt.date(2026, 12, 20)
    )
    assert order.validity == Period(
        start=dt.date(2026, 12, 1), end=dt.date(2026, 12, 31)
    )


def test_of_a_range_a_last_day_takes_the_last(mapped: Map):
    line = line_of(mapped(f"{BEG}{LINE}DTM*063****RD8*20261210-20261220~"))
    assert line.delivery is not None
    assert line.delivery.latest == dt.date(2026, 12, 20)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("DTM*002****RD8*20261220-20261210~", "MAP-018"),
        ("DTM*002****RD8*20261220~", "MAP-013"),
        ("DTM*002****DT*202612200900~", "MAP-013"),
        ("DTM*063****RD8*20261220-20261232~", "MAP-013"),
    ],
)
def test_a_range_that_is_none_is_told(mapped: Map, day, code):
    assert told(mapped(f"{BEG}{day}{LINE}")) == [(code, "DTM-06 (segment 4)")]


def test_two_ranges_that_begin_on_other_days_are_two(mapped: Map):
    twice = "DTM*002****RD8*20261201-20261220~DTM*002****RD8*20261210-20261220~"
    assert told(mapped(f"{BEG}{twice}{LINE}")) == [("MAP-018", "DTM-02 (segment 5)")]


@pytest.mark.parametrize(
    "days",
    [
        "DTM+64:20261220:102'DTM+63:20261210:102'",
        "DTM+358:20261220:102'DTM+359:20261210:102'",
        "DTM+37:20261220:102'DTM+38:20261210:102'",
        "DTM+10:20261220:102'DTM+61:20261210:102'",
        "DTM+157:20261220:102'DTM+206:20261210:102'",
        "DTM+157:20261220:102'DTM+36:20261210:102'",
    ],
)
def test_so_are_days_of_edifact(days):
    found = read(f"{BGM}{DAY}{days}{CUX}{LIN}{END}")
    assert codes(found) == [("MAP-018", "DTM-01-02 (segment 5)")]


@pytest.mark.parametrize("code", ["2", "64", "63", "273"])
def test_and_a_period_with_its_end_first(code):
    found = read(f"{BGM}{DAY}DTM+{code}:20261220-20261210:718'{CUX}{LIN}{END}")
    assert codes(found) == [("MAP-018", "DTM-01-02 (segment 4)")]


def test_of_a_line_of_edifact_too():
    days = "DTM+64:20261220:102'DTM+63:20261210:102'"
    found = read(f"{BGM}{DAY}{CUX}{LIN}{days}{END}")
    assert [code for code, _ in codes(found)] == ["MAP-018"]


def test_a_day_outside_of_the_days_of_delivery_is_told(mapped: Map):
    days = "DTM*063*20261210~DTM*002*20261220~"
    assert [f.code for f in mapped(f"{BEG}{days}{LINE}").findings] == ["MAP-018"]
    days = "DTM+63:20261210:102'DTM+2:20261220:102'"
    found = read(f"{BGM}{DAY}{days}{CUX}{LIN}{END}")
    assert [code for code, _ in codes(found)] == ["MAP-018"]


@pytest.mark.parametrize("day", ["2026-12-09", "2026-12-21"])
def test_nor_is_it_one_of_cxml(day):
    span = '<Period startDate="2026-12-10" endDate="2026-12-20"/>'
    found = cxml(
        TOTAL + BILL_TO + f"<DeliveryPeriod>{span}</DeliveryPeriod>",
        attributes=f'requestedDeliveryDate="{day}"',
    )
    place = "OrderRequestHeader/@requestedDeliveryDate"
    assert codes_of(found) == [("MAP-018", place)]


@pytest.mark.parametrize("kind", ["regular", "blanket"])
def test_an_order_of_cxml_that_expires_before_it_is_good_is_told(kind):
    days = 'effectiveDate="2026-12-20" expirationDate="2026-12-10"'
    found = cxml(attributes=f'orderType="{kind}" {days}')
    assert codes_of(found) == [("MAP-018", "OrderRequestHeader/@expirationDate")]
