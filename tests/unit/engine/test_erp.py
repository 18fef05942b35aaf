"""Files for and from the ERP, through the real folders of a gateway."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.engine import erp
from tests.unit.engine.house import House, houses, segments

Build = Callable[..., House]


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:
    """Makes gateways that wait for their ERP, and closes them."""

    def one(**more: Any) -> House:
        policy = {"ack": "on_erp", "ack_within_h": "4"} | more.pop("policy", {})
        erp = {"orders": ["json", "csv"]} | more.pop("erp", {})
        return House(settings.model_copy(update=more), policy, erp)

    with houses(one) as build:
        yield build


@pytest.fixture
def house(build: Build) -> House:
    return build()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_an_order_waits_for_the_erp_and_lies_in_its_folder(house: House):
    order = house.order()
    table, body = house.files("out")
    first, *_ = rows(table)
    told = json.loads(body.read_text())
    assert order.order.state == "received"
    assert house.answers() == []
    assert [table.name, body.name] == [
        f"order_{order.order.id}_v1.csv",
        f"order_{order.order.id}_v1.json",
    ]
    assert first["order_id"] == order.order.id
    assert first["state"] == "received"
    assert len(rows(table)) == order.order.line_count
    assert told["schema"] == "erp_order/1"
    assert told["order"]["schema"] == "order/1"


def test_the_erps_yes_confirms_the_order_and_sends_the_855(house: House):
    order = house.order()
    house.csv("confirm.csv", {"order_id": order.order.id, "decision": "accept"})
    (answer,) = house.answers()
    assert house.orders()[0].order.state == "confirmed"
    assert segments(answer, "BAK")[0].split("*")[1:3] == ["00", "AD"]
    assert house.files("in") == house.files("failed") == []
    assert len(house.files("archive")) == 1


def test_lines_are_changed_split_and_refused_by_the_erp(house: House):
    order = house.order("good-totals.edi")
    first, second, *_others = [line.line_no for line in order.lines]
    named = {"po_number": order.order.po_number, "partner": "acme"}
    quantity = int(order.lines[0].quantity)
    house.csv(
        "confirm.csv",
        named
        | {
            "line_no": first,
            "decision": "accept",
            "quantity": quantity - 1,
            "date": "2026-12-01",
        },
        named
        | {
            "line_no": first,
            "decision": "backorder",
            "quantity": 1,
            "date": "2026-12-20",
        },
        named | {"line_no": second, "decision": "reject", "reason": "sold out"},
        named | {"line_no": "", "decision": "accept"},
    )
    (answer,) = house.answers()
    acks = segments(answer, "ACK")
    assert house.orders()[0].order.state == "changed"
    assert acks[0].split("*")[1:3] == ["IA", str(quantity - 1)]
    assert acks[0].split("*")[5] == "20261201"
    assert acks[1].split("*")[1:3] == ["IB", "1"]
    assert acks[2].split("*")[1] == "IR"


def test_a_later_change_sends_a_further_855_that_replaces_the_first(house: House):
    order = house.order()
    house.csv("a.csv", {"order_id": order.order.id, "decision": "accept"})
    line = order.lines[0]
    house.csv(
        "b.csv",
        {
            "order_id": order.order.id,
            "line_no": line.line_no,
            "decision": "change",
            "date": "2027-01-15",
        },
    )
    first, second = house.answers()
    assert segments(first, "BAK")[0].split("*")[1] == "00"
    assert segments(second, "BAK")[0].split("*")[1:3] == ["05", "AC"]
    assert segments(first, "ISA") != segments(second, "ISA")
    assert house.orders()[0].order.version == 3


def test_the_same_file_again_changes_nothing(house: House):
    order = house.order()
    row = {"order_id": order.order.id, "decision": "accept"}
    house.csv("a.csv", row)
    house.csv("again.csv", row)
    assert len(house.answers()) == 1
    assert house.orders()[0].order.version == 2
    assert house.files("failed") == []


def test_bad_rows_are_reported_and_good_ones_applied(house: House):
    order = house.order()
    house.csv(
        "confirm.csv",
        {"order_id": order.order.id, "decision": "accept", "quantity": ""},
        {"order_id": "ord_NONE", "decision": "accept", "quantity": ""},
        {"order_id": "ord_MORE", "decision": "perhaps", "quantity": "1,5"},
    )
    found = [(row["row"], row["column"], row["code"]) for row in house.report()]
    assert house.orders()[0].order.state == "confirmed"
    assert ("3", "order_id", "ERP-003") in found
    assert ("4", "decision", "ERP-002") in found
    assert ("4", "quantity", "ERP-002") in found
    assert len(house.files("failed")) == 2


@pytest.mark.parametrize(
    "name", ["見" * 80, "é" * 120, "n" * 240], ids=["cjk", "latin", "ascii"]
)
def test_a_long_name_keeps_its_receipt_and_holds_up_no_report(house: House, name: str):
    bad = {"order_id": "ord_NONE", "decision": "accept"}
    house.csv(f"{name}.csv", bad)
    house.csv("short.csv", bad | {"order_id": "ord_MORE"})
    kept = [path.name for path in house.files("failed")]
    assert [one[:4] for one in kept] == ["rcp_"] * 4
    assert len([one for one in kept if one.endswith(f"{name[:9]}.csv.report.csv")]) == 1


def test_a_bad_row_refuses_the_whole_file_where_that_is_the_policy(build: Build):
    house = build(erp_bad_rows="refuse")
    order = house.order()
    house.csv(
        "confirm.csv",
        {"order_id": order.order.id, "decision": "accept"},
        {"order_id": "ord_NONE", "decision": "accept"},
    )
    codes = [row["code"] for row in house.report()]
    assert house.orders()[0].order.state == "received"
    assert codes == ["ERP-012", "ERP-003"]
    (copy,) = (p for p in house.files("failed") if p.name.endswith("confirm.csv"))
    (kept,) = house.files("archive")
    assert copy.read_bytes() == kept.read_bytes()


def test_a_confirmation_that_leaves_lines_out_is_not_applied(house: House):
    order = house.order("good-totals.edi")
    house.csv(
        "c.csv",
        {
            "order_id": order.order.id,
            "line_no": order.lines[0].line_no,
            "decision": "accept",
        },
    )
    assert [row["code"] for row in house.report()] == ["ERP-005"]
    assert house.answers() == []


@pytest.mark.parametrize(
    "text", ["", "\x00\xff", "a,b\n1,2\n", "{", '{"schema": "x"}', "[1]", '"open']
)
def test_what_is_no_file_of_the_erp_is_kept_with_a_report(house: House, text: str):
    house.put("what.csv", text or "\n")
    assert {row["code"] for row in house.report()} == {"ERP-001"}
    assert len(house.files("archive")) == 1


def test_without_an_answer_in_time_the_order_is_held(house: House):
    order = house.order()
    house.later(hours=4, minutes=1)
    house.work()
    held = house.orders()[0]
    assert held.order.state == "held"
    assert "SLA-001" in [noted.finding.code for noted in held.findings]
    assert house.answers() == []
    house.csv("late.csv", {"order_id": order.order.id, "decision": "accept"})
    assert house.orders()[0].order.state == "confirmed"
    assert len(house.answers()) == 1


def test_without_an_answer_in_time_our_decision_is_sent(build: Build):
    house = build(policy={"ack_timeout": "send_ours"})
    house.order()
    house.later(hours=3, minutes=59)
    house.work()
    assert house.answers() == []
    house.later(minutes=2)
    house.work()
    assert house.orders()[0].order.state == "confirmed"
    assert len(house.answers()) == 1
    assert [p.name[-7:] for p in house.files("out")][-2:] == ["_v2.csv", "v2.json"]


def test_an_answer_in_time_is_not_overdue(house: House):
    order = house.order()
    house.csv("a.csv", {"order_id": order.order.id, "decision": "accept"})
    house.later(hours=5)
    house.work()
    assert house.orders()[0].order.state == "confirmed"
    assert len(house.answers()) == 1


def test_a_shipment_moves_the_order_on_and_comes_once(house: House):
    order = house.order()
    house.csv("a.csv", {"order_id": order.order.id, "decision": "accept"})
    line = order.lines[0]
    row = {
        "shipment": "S-1",
        "order_id": order.order.id,
        "line_no": line.line_no,
        "ship_date": "2026-11-24",
        "carrier": "UPSN",
        "carton_sscc": "106141411234567897",
    }
    part = row | {"quantity": 1}
    house.csv("s1.csv", part)
    assert house.orders()[0].order.state == "partly_shipped"
    house.csv("s1-again.csv", part | {"carrier": "UPSN "})
    house.csv("s1-other.csv", part | {"quantity": 2})
    assert [row["code"] for row in house.report()] == ["ERP-007"]
    (shipped,) = house.orders()[0].shipments
    assert shipped.number == "S-1"
    body = json.loads(shipped.body)
    assert body["schema"] == "ship_notice/1"
    assert body["packages"][0]["sscc"] == "106141411234567897"


def test_more_than_was_confirmed_is_not_shipped(house: House):
    order = house.order()
    house.csv("a.csv", {"order_id": order.order.id, "decision": "accept"})
    line = order.lines[0]
    house.csv(
        "s.csv",
        {
            "shipment": "S-1",
            "order_id": order.order.id,
            "line_no": line.line_no,
            "quantity": int(line.quantity) + 1,
            "ship_date": "2026-11-24",
        },
    )
    assert [row["code"] for row in house.report()] == ["ERP-009"]
    assert house.orders()[0].shipments == ()


def test_what_is_shipped_and_billed_whole_is_invoiced(house: House):
    order = house.order()
    house.csv("a.csv", {"order_id": order.order.id, "decision": "accept"})
    lines = [
        {
            "order_id": order.order.id,
            "line_no": line.line_no,
            "quantity": line.quantity,
        }
        for line in order.lines
    ]
    day = "2026-11-24"
    house.csv("s.csv", *(one | {"shipment": "S", "ship_date": day} for one in lines))
    assert house.orders()[0].order.state == "shipped"
    house.csv(
        "i.csv",
        *(
            one | {"invoice": "I", "invoice_date": day, "price": line.price}
            for one, line in zip(lines, order.lines, strict=True)
        ),
    )
    (bill,) = house.orders()[0].invoices
    assert house.orders()[0].order.state == "invoiced"
    assert json.loads(bill.body)["goods"]["currency"] == "USD"


def test_stock_is_counted_and_an_older_count_changes_nothing(house: House):
    house.csv(
        "stock.csv",
        {"sku": "BB-1001", "available": "40", "as_of": "2026-11-21"},
        {"sku": "BB-1002", "available": "-1", "as_of": "2026-11-21"},
    )
    house.csv("old.csv", {"sku": "BB-1001", "available": "99", "as_of": "2026-11-20"})
    (row,) = house.gateway.stock()
    assert (row.sku, row.available) == ("BB-1001", "40")
    assert [row["column"] for row in house.report()] == ["available"]


def test_contracts_are_imported_from_the_folder(house: House):
    catalog = (
        Path(__file__).parents[3] / "partner_profiles/acme/catalog.csv"
    ).read_text()
    house.put("acme-contracts.csv", catalog.replace("84", "83"))
    house.put("contracts.csv", catalog)
    assert [row["code"] for row in house.report()] == ["ERP-001"]
    order = house.order()
    assert "83" in order.report


def test_a_test_order_never_reaches_the_erp(house: House):
    house.order(**{"*P*>": "*T*>"})
    assert house.files("out") == []
    assert len(house.answers()) == 1


def test_a_partner_with_a_folder_of_its_own_is_fenced_in(build: Build):
    house = build(erp={"folder": "own"})
    order = house.order()
    own = house.home / "erp" / "acme"
    assert len(list((own / "out").iterdir())) == 2
    (own / "in" / "c.csv").write_text(
        f"order_id,decision\r\n{order.order.id},accept\r\n"
    )
    house.work()
    assert house.orders()[0].order.state == "confirmed"


def test_a_long_file_is_applied_in_parts_with_one_report(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erp, "DOCUMENTS_AT_ONCE", 1)
    order = house.order()
    names = ("ord_A", order.order.id, "ord_B")
    house.csv("c.csv", *({"order_id": one, "decision": "accept"} for one in names))
    found = [(row["row"], row["code"]) for row in house.report()]
    assert house.orders()[0].order.state == "confirmed"
    assert found == [("2", "ERP-003"), ("4", "ERP-003")]


def test_what_dies_while_a_file_is_applied_is_applied_once_after(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    order = house.order()
    with monkeypatch.context() as broken:
        broken.setattr(erp, "carry_out", _power_cut)
        house.csv("c.csv", {"order_id": order.order.id, "decision": "accept"})
    assert house.orders()[0].order.state == "received"
    house.later(hours=1)
    house.work()
    assert house.orders()[0].order.version == 2
    assert len(house.answers()) == 1


def _power_cut(*_: object) -> None:
    raise RuntimeError("planted")
