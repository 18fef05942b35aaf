"""850: what holds once and is said twice, days by other names, parts that are to go."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.unit.mappers.test_x12_850 import BEG, LINE, Map, line_of, order_of, told

DAY = dt.date(2026, 12, 14)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ("DTM*002*20261214~DTM*002*20261221~", [("MAP-018", "DTM-02 (segment 5)")]),
        ("DTM*002*20261214~DTM*002*20261214~", []),
        ("DTM*002*20261214~DTM*002*261214~", []),
        ("DTM*002*20261214~DTM*106*20261221~", []),
    ],
)
def test_of_two_days_of_a_kind_the_first_holds(mapped: Map, days, found):
    result = mapped(f"{BEG}{days}{LINE}")
    assert told(result) == found
    assert order_of(result).delivery.requested == DAY


def test_nor_are_two_days_to_ship(mapped: Map):
    result = mapped(f"{BEG}DTM*010*20261214~DTM*010*20261221~{LINE}")
    assert told(result) == [("MAP-018", "DTM-02 (segment 5)")]
    assert order_of(result).delivery.ship_no_later == DAY


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("061", "cancel_after"),
        ("175", "cancel_after"),
        ("106", "requested"),
        ("067", "requested"),
        ("017", "requested"),
        ("118", "ship_no_later"),
    ],
)
def test_days_have_other_names(mapped: Map, code, field):
    order = order_of(mapped(f"{BEG}DTM*{code}*20261214~{LINE}"))
    assert getattr(order.delivery, field) == DAY


@pytest.mark.parametrize(("code", "kind"), [("106", "delivery"), ("118", "ship")])
def test_so_have_the_days_of_a_part(mapped: Map, code, kind):
    (part,) = line_of(mapped(f"{BEG}{LINE}SCH*100*EA***{code}*20261214~")).schedules
    assert (part.date, part.date_kind) == (DAY, kind)


@pytest.mark.parametrize(
    ("ctp", "element"),
    [
        ("CTP**CON*9.5~", 3),
        ("CTP**NET*9.5*100*EA~", 3),
        ("CTP**CON*9.5******PE~", 3),
        ("CTP**LPR*12.5***DIS*.9~", 7),
    ],
)
def test_a_ctp_does_not_say_another_price(mapped: Map, ctp, element):
    result = mapped(f"{BEG}{LINE}{ctp}")
    where = f"CTP-{element:02d} (segment 5)"
    assert told(result) == [("MAP-018", where)]
    assert str(line_of(result).price.amount) == "12.5"


@pytest.mark.parametrize(
    "ctp",
    [
        "CTP**CON*12.50~",
        "CTP**NET*9.5*101*EA~",
        "CTP**NET*9.5*1*DZ~",
        "CTP**NET*1250******HP~",
        "CTP**LPR*15***DIS*.8~",
        "CTP**LPR*15~CTP**RES*19~",
        "CTP**LPR*12.5***DIS*1~",
        "CTP**NET*9,5~",
    ],
)
def test_a_ctp_may_say_where_the_price_comes_from(mapped: Map, ctp):
    assert told(mapped(f"{BEG}{LINE}{ctp}")) == []


def test_a_part_that_is_to_go_makes_no_new_order(mapped: Map):
    result = mapped(f"{BEG}{LINE}SLN*1**D*2*EA~")
    assert told(result) == [("MAP-002", "SLN-03 (segment 5)")]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("LIN**VP*OTHER~", "LIN-03"),
        ("LIN**VP*w-1~", ""),
        ("LIN**VN*OTHER~", ""),
    ],
)
def test_a_second_number_of_a_kind_is_another_item(mapped: Map, more, where):
    line = "PO1*1*100*EA*12.5*PE*VP*W-1~"
    found = [str(f.where)[:6] for f in mapped(f"{BEG}{line}{more}").findings]
    assert found == [where] * bool(where)
