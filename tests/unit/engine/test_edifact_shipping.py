"""Shipments of orders that came as EDIFACT: told by a DESADV, settled by a CONTRL."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.engine.handing import Hand, HandedIn, hand_in
from gateway.order.ship import sscc
from gateway.store import queries
from tests.starters import ROOT
from tests.unit.engine.starter_house import Door, House

ORDER = (ROOT / "samples/edifact/order.edi").read_bytes()
SHIPPED = f"""shipment,po_number,line_no,quantity,ship_date,carton_sscc
S-77,MG-PO-3001,1,36,2026-12-02,{sscc("0", "4009988", 1)}
"""
SENDS = [
    {"message": "edifact_ordrsp", "version": "D01B", "association": "EAN009"},
    {"message": "edifact_desadv", "version": "D01B", "association": "EAN007"},
]
CLOCK = {"clocks": [{"clock": "ship_notice", "within": "1 h"}]}
CONTRL = """UNB+UNOC:3+5012345001012:14+4009988000015:14+261121:1000+900'
UNH+1+CONTRL:D:3:UN:EAN004'
UCI+3+4009988000015:14+5012345001012:14+7'
UNT+3+1'
UNZ+1+900'
"""


def shipping(house: Door, **changes: Any) -> House:
    """Marlow has ordered, and our ERP has told a shipment."""
    marlow = house("marlow-grocers", sends=SENDS, **changes)
    marlow.take(ORDER)
    hand = Hand(name="shipments.csv", by="test")
    engine = marlow.gateway.engine
    came = hand_in(engine, "shipments", SHIPPED.encode(), hand, marlow.now)
    assert isinstance(came, HandedIn)
    assert came.findings == ()
    marlow.work()
    return marlow


def told(house: House) -> tuple[str, str]:
    """How the DESADV fares: whether it left, what they said of it."""
    (its,) = (one for one in house.sent() if one.type == "edifact_desadv")
    return its.delivery, its.acknowledgement


def alerts(house: House) -> list[str]:
    with house.gateway.db.read() as tx:
        return [one.code for one in queries.alerts(tx).items]


def test_a_shipment_leaves_as_a_desadv_of_the_orders_dialect(house: Door):
    marlow = shipping(house)
    (its,) = (one for one in marlow.sent() if one.type == "edifact_desadv")
    with marlow.gateway.db.read() as tx:
        detail = queries.message(tx, marlow.gateway.db.payloads, its.id)
    assert detail is not None
    text = detail.content.decode()
    assert "DESADV:D:01B:UN:EAN007'" in text
    assert f"GIN+BJ+{sscc('0', '4009988', 1)}'" in text
    assert "QVR+-12:21+BP'" in text


def test_their_contrl_settles_it(house: Door):
    marlow = shipping(house)
    assert told(marlow) == ("delivered", "not_expected")
    marlow.take(CONTRL.encode())
    assert told(marlow) == ("delivered", "accepted")


@pytest.mark.parametrize(
    ("wanted", "codes"), [("no", []), ("yes", ["SLA-010", "SLA-011"])]
)
def test_its_clock_ends_when_it_left_unless_a_contrl_is_asked_for(
    house: Door, wanted: str, codes: list[str]
):
    marlow = shipping(house, sla=CLOCK, edifact={"contrl_wanted": wanted})
    marlow.work(minutes=50)
    marlow.work(hours=1)
    assert sorted(alerts(marlow)) == codes
    overview = marlow.gateway.engine.sla_overview()
    assert [one.met for one in overview.clocks] == [int(wanted == "no")]
