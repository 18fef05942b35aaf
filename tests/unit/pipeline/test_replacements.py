"""A document that replaces an order says all of it: what it leaves out is told."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.bootstrap import tables
from gateway.engine.reading import learned
from gateway.order.change import OrderChange
from gateway.order.differ import differences
from gateway.order.model import Order
from gateway.partner import Directory
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Keep, KeepChange
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.crash.life import bits, change, drills
from tests.starters import ROOT, starter_prices, starter_profile

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
RULES = Rules(tables(), Directory.of([starter_profile("acme", guide={})]))
SAMPLE = (ROOT / "partner_profiles" / "acme" / "samples" / "good-small.edi").read_text()
PLACE = "N1*ST*ACME DISTRIBUTION CENTER 1*92*DC01~"
TERMS = "SAC*C*D240***1500~ITD*01*3*2**10**30~"
SAID = SAMPLE.replace("DTM*010", TERMS + "DTM*010").replace("SE*11*", "SE*13*")
ORDER = SAID.replace("\n", "")


def after(first: str, second: str) -> tuple[Effect, ...]:
    """What comes of the second transmission behind the first one."""
    world = World(now=NOW, prices={"acme": starter_prices("acme", None)})
    came = read([first.encode()], RULES, receipt_id="rcp_1", door="folder")
    world = learned(world, "rcp_1", answer(came, world))
    data = second.encode()
    return answer(read([data], RULES, receipt_id="rcp_2", door="folder"), world)


def again(text: str) -> str:
    """The order once more, as one that replaces it."""
    text = text.replace("BEG*00*", "BEG*05*")
    for old, new in (("000001040", "000001041"), ("*1040*", "*1041*")):
        text = text.replace(old, new)
    return text.replace("GE*1*1040", "GE*1*1041")


def kept(effects: tuple[Effect, ...]) -> KeepChange:
    (one,) = (each for each in effects if isinstance(each, KeepChange))
    return one


def test_the_same_order_again_changes_nothing():
    got = after(ORDER, again(ORDER))
    assert (kept(got).state, [f.code for f in kept(got).findings]) == (
        "unchanged",
        ["CHG-104"],
    )


@pytest.mark.parametrize(
    ("left_out", "segments", "told"),
    [
        ("ITD*01*3*2**10**30~", 1, "the terms of payment changed"),
        ("SAC*C*D240***1500~", 1, "the allowances or charges of the order changed"),
        (PLACE, 1, ""),
    ],
)
def test_what_the_heading_no_longer_says_is_told(left_out, segments, told):
    text = again(ORDER).replace(left_out, "").replace("SE*13*", f"SE*{13 - segments}*")
    one = kept(after(ORDER, text))
    whats = {f.what for f in one.findings if f.code == "CHG-119"}
    assert whats == ({told} if told else set())


def test_a_line_that_is_left_out_is_deleted_and_told():
    text = again(ORDER)
    line = "PO1*2*20*EA*24.95*PE*VP*BB-1002*BP*77-1002~"
    text = text.replace(line, "").replace("CTT*2~SE*13*", "CTT*1~SE*12*")
    one = kept(after(ORDER, text))
    assert one.state == "held"
    assert [f.code for f in one.findings] == ["CHG-114"]


def test_lines_of_an_860_that_replaces_are_the_lines_as_they_are_to_be():
    data = change(2001, 1, drills("AI", 12), bits("AI", 24), purpose="05")
    got = after(ORDER, data)
    whole = kept(got).change
    assert isinstance(whole, OrderChange)
    assert whole.whole
    assert [(each.action, each.whole) for each in whole.lines] == [
        ("change", True),
        ("change", True),
    ]
    assert "CHG-116" not in {f.code for f in kept(got).findings}


def booked() -> Order:
    world = World(now=NOW, prices={"acme": starter_prices("acme", None)})
    came = read([ORDER.encode()], RULES, receipt_id="rcp_1", door="folder")
    (keep,) = (each for each in answer(came, world) if isinstance(each, Keep))
    return keep.order


def test_an_operator_sees_every_difference():
    text = again(ORDER).replace("ITD*01*3*2**10**30~", "ITD*01*3*2**10**60~")
    text = text.replace("SAC*C*D240***1500", "SAC*A*C310***2500")
    text = text.replace("~CTT*2", "~N1*ST*DOCK 9*92*DC09~CTT*2").replace(
        "SE*13", "SE*14"
    )
    change = kept(after(ORDER, text)).change
    head, first, second = differences(booked(), change)
    assert (head.line_no, [one.name for one in head.differs]) == (
        "",
        ["payment", "allowances_charges"],
    )
    assert first.differs == ()
    assert [(one.name, one.before) for one in second.differs] == [("place", "")]
    assert "DC09" in second.differs[0].after


def test_a_change_of_the_heading_alone_is_shown():
    data = change(2001, 1, "DTM*010*20261228")
    got = kept(after(ORDER, data))
    (head,) = differences(booked(), got.change)
    assert [(one.name, one.after) for one in head.differs] == [
        ("delivery", "ship no later 2026-12-28")
    ]


def test_the_order_of_its_lines_is_no_difference():
    one = "PO1*1*12*EA*84*PE*VP*BB-1001*BP*77-1001~"
    two = "PO1*2*20*EA*24.95*PE*VP*BB-1002*BP*77-1002~"
    text = again(ORDER).replace(one + two, two + one)
    assert kept(after(ORDER, text)).state == "unchanged"


def test_without_a_currency_amounts_are_in_the_order_s():
    text = again(ORDER).replace("CUR*BY*USD~", "").replace("SE*13*", "SE*12*")
    assert kept(after(ORDER, text)).state == "unchanged"


def test_days_that_are_no_longer_named_are_told():
    rows = (drills("RZ", 12), bits("RZ", 20))
    one = kept(after(ORDER, change(2001, 1, *rows, purpose="05")))
    assert "the days of the order are no longer named" in {f.what for f in one.findings}


def test_allowances_and_the_contract_of_a_change_are_read():
    rows = ("REF*CT*OTHER", "SAC*A*C310***500", drills("QI", 24))
    one = kept(after(ORDER, change(2001, 1, *rows)))
    assert {
        "the allowances or charges of the order changed",
        "the agreement of the order changed",
    } <= {f.what for f in one.findings}
