"""Every clock from its start to its end through a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.handing import Hand, HandedIn, hand_in
from gateway.partner.sla import SlaKind
from gateway.store.tables import (
    alert,
    as2_message,
    deadline,
    outbox,
    receipt,
    sla,
    wire,
)
from gateway.store.wires import RECEIPT
from tests.databases import SQLITE
from tests.starters import ROOT
from tests.unit.engine.house import House
from tests.unit.engine.test_billing import HEAD, SHIPPED, WHOLE

HELD = "case-ship-to-unknown.edi"
CODES = {"SLA-010": "warn", "SLA-011": "overdue", "SLA-005": "overdue"} | {
    "SLA-012": "breach"
}
on_sqlite = pytest.mark.parametrize("kind", [SQLITE])


def clock(kind: str, within: str = "4 h", **more: str) -> dict[str, str]:
    return {"clock": kind, "within": within} | more


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


def agree(house: House, *clocks: dict[str, str], **more: Any) -> None:
    """Put clocks in force, with ship notices and invoices for the partner."""
    told = ("x12_855", "x12_865", "x12_856", "x12_810")
    house.facts["sends"] = [
        {"message": one, "version": "004010", "channel": "drop"} for one in told
    ]
    house.facts["ship_notice"] = {"structure": "flat"}
    house.facts["sla"] = {"clocks": list(clocks)} | more
    house.profile()


def told(house: House) -> list[str]:
    """The levels that operators were alerted of, in the order in which they were."""
    query = sa.select(alert.c.code).where(alert.c.code.in_(CODES)).order_by(alert.c.id)
    with house.gateway.db.read() as tx:
        return [CODES[code] for code in tx.execute(query).scalars()]


def outcomes(house: House) -> list[str]:
    """What became of the clocks that were told; empty: they run."""
    with house.gateway.db.read() as tx:
        return list(tx.execute(sa.select(sla.c.outcome)).scalars())


def later(house: House, *hours: float) -> None:
    """Let these hours pass one after the other, and work each time."""
    for each in hours:
        house.later(hours=each)
        house.work()


def change(house: House, table: sa.Table, **values: object) -> None:
    """Change the rows of a table behind the gateway's back."""
    with house.gateway.db.begin() as tx:
        tx.execute(sa.update(table).values(values))


def handed(house: House, text: str, kind: Any) -> None:
    hand = Hand(name=f"{kind}.csv", by="test")
    came = hand_in(house.gateway.engine, kind, text.encode(), hand, house.now)
    assert isinstance(came, HandedIn)
    assert came.findings == ()
    house.work()


def ask_by_as2(house: House) -> None:
    """A message that came by AS2 and that nobody opens."""
    row: dict[str, Any] = {
        c.name: "" for c in as2_message.columns if c.type.python_type is not int
    }
    row |= {"partner_id": "acme", "id": "as2_1", "message_id": "<1@acme>"}
    row |= {"state": "received", "size": 1, "attempts": 0, "facts": "{}"}
    row |= {"received_at": house.now, "answered_at": None}
    row["next_at"] = house.now + timedelta(days=99)
    with house.gateway.db.begin() as tx:
        tx.execute(sa.insert(as2_message).values(row))


def send_by_as2(house: House) -> None:
    """A message of ours that left by AS2 and got no receipt."""
    row = {"partner_id": "acme", "id": "<1@us>", "message_id": "msg_1", "sha256": ""}
    row |= {"facts": "{}", "state": "mdn_pending"}
    due = {"partner_id": "acme", "kind": RECEIPT, "ref": "<1@us>", "done_at": None}
    with house.gateway.db.begin() as tx:
        moments = {"since": house.now, "changed_at": house.now}
        tx.execute(sa.insert(wire).values(row | moments))
        end = {"due_at": house.now + timedelta(days=99)}
        tx.execute(sa.insert(deadline).values(due | end))


def test_every_clock_runs_and_ends_on_both_databases(house: House):
    agree(house, *(clock(str(kind), "2 h") for kind in SlaKind))
    ask_by_as2(house)
    send_by_as2(house)
    samples = ROOT / "samples" / "x12"
    for name in ("order.edi", "change-third.edi"):
        house.send((samples / name).read_bytes())
        house.work()
    house.order()
    handed(house, SHIPPED, "shipments")
    house.order(HELD)
    change(house, receipt, state="quarantined")
    later(house, 5, 3, 5)
    with house.gateway.db.read() as tx:
        kinds = {row.kind: row.outcome for row in tx.execute(sa.select(sla))}
    assert kinds == dict.fromkeys(map(str, SlaKind), "")
    house.facts["sla"] = {}
    house.profile()
    later(house, 1)
    assert set(outcomes(house)) == {"void"}


def test_order_ack_warns_is_overdue_is_breached_and_costs_until_it_leaves(house: House):
    costs = {"clock": "order_answer", "currency": "USD", "fixed": "20", "per_day": "10"}
    agree(house, clock("order_answer", breach="8 h"), chargebacks=[costs])
    order = house.order(HELD)
    later(house, 2.9, 0.2, 0.2)
    assert told(house) == ["warn"]
    later(house, 1, 1)
    seen = house.gateway.engine.sla_overview()
    (kept,) = seen.clocks
    (risk,) = kept.at_risk
    assert (told(house), risk.amount) == (["warn", "overdue"], "30.00")
    later(house, 4, 20)
    assert told(house) == ["warn", "overdue", "breach"]
    (one,) = house.gateway.engine.sla_overview().running
    assert (one.id, one.level, one.costs[0].amount) == (
        order.order.id,
        "breach",
        "30.00",
    )
    house.gateway.release(order.order.id, as_="accept", lines=(), reason="", by="x")
    later(house, 6, 1)
    (kept,) = house.gateway.engine.sla_overview().clocks
    assert (kept.breached, kept.met, kept.charged[0].amount) == (1, 0, "40.00")
    assert outcomes(house) == ["late"]


@on_sqlite
def test_order_ack_of_an_order_that_a_change_cancels_is_no_longer_asked_for(
    house: House,
):
    agree(house, clock("order_answer"))
    house.order(HELD)
    later(house, 3.5)
    with house.gateway.db.begin() as tx:
        tx.execute(sa.text("UPDATE orders SET state = 'cancelled'"))
    later(house, 2)
    assert (told(house), outcomes(house)) == (["warn"], ["void"])


@on_sqlite
def test_order_ack_of_an_855_that_was_given_up_goes_on(house: House):
    agree(house, clock("order_answer"))
    house.order()
    change(house, outbox, delivery="failed")
    later(house, 5)
    assert told(house) == ["overdue"]


@on_sqlite
def test_functional_ack_of_a_transmission_in_quarantine(house: House):
    agree(house, clock("functional_ack", "1 h"))
    house.send(b"ISA*broken")
    later(house, 0.8, 1)
    house.send((ROOT / "samples" / "x12" / "order.edi").read_bytes())
    later(house, 5)
    assert set(told(house)) <= {"warn", "overdue"}
    (kept,) = house.gateway.engine.sla_overview().clocks
    assert kept.met == 1


@on_sqlite
def test_mdn_that_is_not_given(house: House):
    agree(house, clock("mdn", "15 min"))
    ask_by_as2(house)
    later(house, 0.2, 0.2)
    at = house.now
    change(house, as2_message, state="answered", reply_by="sync", answered_at=at)
    later(house, 1)
    assert (told(house), outcomes(house)) == (["warn", "overdue"], ["late"])
    (kept,) = house.gateway.engine.sla_overview().clocks
    assert (kept.late, kept.met) == (1, 0)


@on_sqlite
def test_change_ack_waits_for_what_came_before_it_and_then_counts(house: House):
    agree(house, clock("change_answer"))
    samples = ROOT / "samples" / "x12"
    for name in ("order.edi", "change-third.edi"):
        house.send((samples / name).read_bytes())
        house.work()
    later(house, 3.9)
    assert told(house) == []
    later(house, 0.2, 3.5, 2)
    assert told(house) == ["warn", "overdue"]


@on_sqlite
def test_ship_notice_counts_until_their_997_accepts_it(house: House):
    costs = {"clock": "ship_notice", "currency": "USD", "pct": "10", "of": "shipment"}
    agree(house, clock("ship_notice", "1 h"), chargebacks=[costs])
    house.order()
    handed(house, SHIPPED, "shipments")
    later(house, 0.5, 0.3)
    assert told(house) == ["warn"]
    later(house, 1)
    (kept,) = house.gateway.engine.sla_overview().clocks
    assert (told(house)[-1], kept.exposure[0].amount) == ("breach", "150.70")
    change(house, outbox, acknowledgement="accepted")
    later(house, 1)
    assert outcomes(house) == ["late"]


@on_sqlite
def test_ship_notice_that_was_accepted_in_time_is_met_and_nobody_is_told(house: House):
    agree(house, clock("ship_notice", "1 h"))
    house.order()
    handed(house, SHIPPED, "shipments")
    change(house, outbox, acknowledgement="accepted")
    later(house, 1, 5)
    (kept,) = house.gateway.engine.sla_overview().clocks
    assert (told(house), kept.met) == ([], 1)


@on_sqlite
def test_invoice_of_a_shipment_counts_until_all_of_it_is_billed(house: House):
    agree(house, clock("invoice", "1 working d"))  # shipped on a Saturday
    house.order()
    handed(house, SHIPPED, "shipments")
    later(house, 24)
    assert told(house) == []
    later(house, 48 + 7)
    assert told(house) == ["warn"]
    handed(house, HEAD + WHOLE, "invoices")
    later(house, 24)
    assert (told(house), outcomes(house)) == (["warn"], ["met"])


@on_sqlite
def test_their_ack_of_ours_is_warned_of_and_comes_to_be_overdue(house: House):
    agree(house, clock("their_functional_ack", "8 h", breach="48 h"))
    house.order()
    later(house, 5.9)
    assert told(house) == []
    later(house, 0.2, 2, 1)
    assert told(house) == ["warn"]
    with house.gateway.db.read() as tx:
        codes = set(tx.execute(sa.select(alert.c.code)).scalars())
        late = tx.execute(sa.select(outbox.c.acknowledgement)).scalars().all()
    assert "SLA-002" in codes
    assert "overdue" in late
    later(house, 48)
    assert told(house) == ["warn", "breach"]


@on_sqlite
def test_their_mdn_for_ours(house: House):
    agree(house, clock("their_mdn", "1 h"))
    send_by_as2(house)
    later(house, 0.8)
    assert told(house) == ["warn"]
    change(house, wire, state="accepted", changed_at=house.now)
    later(house, 1)
    assert outcomes(house) == ["met"]


@on_sqlite
def test_hold_counts_by_the_working_hours_until_it_is_decided(house: House):
    calendar = {"days": ["mon"], "zone": "America/Chicago", "holidays": ["2026-11-23"]}
    agree(house, clock("hold", "4 working h"), calendar=calendar)
    order = house.order(HELD)
    later(house, 7 * 24)
    assert told(house) == []
    later(house, 2 * 24 + 9)  # the second Monday, in the afternoon
    assert told(house) == ["warn"]
    house.gateway.release(order.order.id, as_="reject", lines=(), reason="no", by="x")
    later(house, 1)
    assert outcomes(house) == ["met"]
