"""Documents of UBL held against schemas and rules, on the way in and on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.engine.drop import Drop
from gateway.findings import Finding
from gateway.store import order_page, queries, tables
from gateway.store.rows import OrderDetail
from tests.starters import FOLDER
from tests.unit.engine.starter_house import Door, House

WHO = "ravensholm-council"
ORDER = (FOLDER / WHO / "samples" / "good-small.xml").read_bytes()
NUMBER = b"RC-26-0101"
CHANGE = (FOLDER / WHO / "samples" / "change-quantity.xml").read_bytes()
CHANGE = CHANGE.replace(b">RC-26-0104<", b">" + NUMBER + b"<")
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
FATAL = "false()"
PASSES = "true()"
SLOW = "sum(for $a in 1 to 100000, $b in 1 to 100000 return $a * $b mod 7) = 1"


def rules(test: str, number: str = "T01", root: str = "Order") -> str:
    return f"""<schema xmlns="http://purl.oclc.org/dsdl/schematron">
<ns prefix="u" uri="{_UBL}:{root}-2"/>
<ns prefix="cbc" uri="{_UBL}:CommonBasicComponents-2"/>
<pattern><rule context="/u:{root}/cbc:ID"><assert id="PEPPOL-{number}-R900"
 test="{test}" flag="fatal">[PEPPOL-{number}-R900]-of the pack</assert></rule></pattern>
</schema>"""


def lay(home: Path, packs: Mapping[str, str], **terms: Mapping[str, str]) -> None:
    """Lay rules into a home folder, as ``ubl add`` does: 2026.5/T01 and its text."""
    top = home / "ubl"
    for name, text in packs.items():
        (top / "rules" / f"{name}.sch").parent.mkdir(parents=True, exist_ok=True)
        (top / "rules" / f"{name}.sch").write_text(text, "utf-8")
    told = {
        f"rules/{name}.sch": terms.get(name.partition("/")[0], {}) for name in packs
    }
    (top / "manifest.json").write_text(json.dumps(told), "utf-8")


def demanding(
    house: Door, *, policy: Any = None, channels: Any = None, **ubl: Any
) -> House:
    """A house whose partner's orders are held against the rules."""
    facts: dict[str, Any] = {"ubl": {"theirs": "rules"} | ubl}
    if channels:
        facts["channels"] = channels
    if policy:
        facts["policy"] = {"unknown_item": "reject_line"} | policy
    return house(WHO, **facts)


def only_order(house: House) -> OrderDetail:
    with house.gateway.db.read() as tx:
        (row,) = queries.orders(tx).items
        found = order_page.order(tx, row.id)
    assert found is not None
    return found


def told(house: House) -> set[str]:
    return {noted.finding.code for noted in only_order(house).findings}


def test_an_order_that_keeps_the_rules_is_answered(house: Door, tmp_path: Path):
    lay(tmp_path, {"2026.5/T01": rules(PASSES)})
    one = demanding(house)
    one.take(ORDER)
    assert only_order(one).order.state == "confirmed"
    assert "UBL-034" in told(one)
    assert [row.type for row in one.sent()] == ["ubl_order_response"]


@pytest.mark.parametrize(
    ("action", "state"),
    [("hold", "held"), ("reject_order", "rejected"), ("accept", "confirmed")],
)
def test_a_broken_rule_has_its_id_and_place_and_follows_the_policy(
    house: Door, tmp_path: Path, action: str, state: str
):
    lay(tmp_path, {"2026.5/T01": rules(FATAL)})
    one = demanding(house, policy={"ubl_broken": action})
    one.take(ORDER)
    kept = only_order(one)
    broken = next(n.finding for n in kept.findings if n.finding.code == "UBL-030")
    assert (broken.value, broken.where.path) == ("PEPPOL-T01-R900", "u:Order/cbc:ID")
    assert kept.order.state == state
    assert len(one.sent()) == (0 if state == "held" else 1)


def test_a_change_that_breaks_a_rule_waits(house: Door, tmp_path: Path):
    lay(tmp_path, {"2026.5/T01": rules(PASSES)})
    one = demanding(house)
    one.take(ORDER)
    lay(
        tmp_path,
        {
            "2026.5/T01": rules(PASSES),
            "2026.5/T114": rules(FATAL, "T114", "OrderChange"),
        },
    )
    one.take(CHANGE)
    with one.gateway.db.read() as tx:
        (state,) = tx.execute(sa.select(tables.order_change.c.state)).scalars()
    assert state == "held"


def test_rules_that_take_too_long_hold_the_order_and_can_be_tried_again(
    house: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lay(tmp_path, {"2026.5/T01": rules(SLOW)})
    one = demanding(house)
    judge: Any = one.gateway.engine.judge
    monkeypatch.setattr(judge._worker, "_limit", 1.0)
    (receipt,) = one.take(ORDER)
    assert only_order(one).order.state == "held"
    assert told(one) == {"UBL-033"}
    monkeypatch.setattr(judge._worker, "_limit", 20.0)
    lay(tmp_path, {"2026.5/T01": rules(PASSES), "2026.5/T16": rules(PASSES, "T16")})
    again = one.gateway.reprocess(receipt, apply=False, by="desk")
    assert not isinstance(again, Finding)
    (message,) = again["messages"]
    assert message["now"]["decision"] == "accepted"


def test_a_process_that_ends_loses_no_order(house: Door, tmp_path: Path):
    lay(tmp_path, {"2026.5/T01": rules(PASSES)})
    one = demanding(house)
    judge: Any = one.gateway.engine.judge
    one.take(ORDER.replace(NUMBER, b"RC-OTHER"))
    judge._worker._process.kill()
    one.take(ORDER)
    with one.gateway.db.read() as tx:
        assert {row.state for row in queries.orders(tx).items} == {"confirmed"}


def test_rules_that_are_not_held_hold_the_order(house: Door):
    one = demanding(house)
    one.take(ORDER)
    assert only_order(one).order.state == "held"
    assert told(one) == {"UBL-033"}


@pytest.mark.parametrize(
    ("release", "days", "state"),
    [
        ("", 0, "confirmed"),  # 2026.5 is in force from tomorrow on
        ("", 2, "held"),
        ("2026.5", 0, "held"),  # pinned, whatever its dates
        ("2025.11", 2, "confirmed"),
        ("2024.5", 0, "held"),  # not held: no verdict
    ],
)
def test_the_newest_release_in_force_counts_unless_one_is_pinned(
    house: Door, tmp_path: Path, release: str, days: int, state: str
):
    one = demanding(house, **({"release": release} if release else {}))
    tomorrow = (one.now + timedelta(days=1)).date().isoformat()
    lay(
        tmp_path,
        {"2025.11/T01": rules(PASSES), "2026.5/T01": rules(FATAL)},
        **{"2026.5": {"from": tomorrow}},
    )
    one.now += timedelta(days=days)
    one.take(ORDER, received_at=one.now)
    assert only_order(one).order.state == state


def test_what_we_write_does_not_leave_when_it_breaks_a_rule(
    house: Door, tmp_path: Path
):
    lay(tmp_path, {"2026.5/T76": rules(FATAL, "T76", "OrderResponse")})
    one = demanding(house, theirs=[], ours="rules")
    one.take(ORDER)
    one.work()
    (row,) = one.sent()
    assert row.delivery == "failed"
    assert not list((tmp_path / "partners").rglob("ubl_order_response*"))
    with one.gateway.db.read() as tx:
        codes = list(tx.execute(sa.select(tables.alert.c.code)).scalars())
    assert codes == ["UBL-040"]


def test_what_nobody_can_judge_waits_and_leaves_once_somebody_can(
    house: Door, tmp_path: Path
):
    one = demanding(house, theirs=[], ours="rules")
    one.take(ORDER)
    one.work()
    assert one.sent()[0].delivery == "queued"
    lay(tmp_path, {"2026.5/T76": rules(PASSES, "T76", "OrderResponse")})
    one.work(hours=2)
    assert one.sent()[0].delivery == "delivered"
    assert list((tmp_path / "partners").rglob("ubl_order_response*"))


def test_what_partners_fetch_from_our_door_is_held_against_the_rules_too(
    house: Door, tmp_path: Path
):
    fetched = [{"id": "drop", "kind": "sftp_drop"}]
    one = demanding(house, theirs=[], ours="rules", channels=fetched)
    engine = one.gateway.engine
    drop = Drop(engine, lambda: one.now)
    one.take(ORDER)
    assert drop.waiting(WHO) == ()  # no rules are held yet
    lay(tmp_path, {"2026.5/T76": rules(FATAL, "T76", "OrderResponse")})
    assert drop.waiting(WHO) == ()
    assert one.sent()[0].delivery == "failed"
    lay(tmp_path, {"2026.5/T76": rules(PASSES, "T76", "OrderResponse")}, new={})
    one.gateway.resend(one.sent()[0].id, by="desk", reason="the rules were wrong")
    (waiting,) = drop.waiting(WHO)
    assert waiting.name.startswith("ubl_order_response")
