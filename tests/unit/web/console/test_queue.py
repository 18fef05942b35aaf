"""The work queue: what needs somebody, what leads where, and deciding it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.partner.alerts import AlertKind
from gateway.store import alerts, tables
from gateway.store.database import Database
from tests.starters import ROOT
from tests.unit.engine.house import SAMPLES
from tests.unit.web.console.conftest import Browser, Console
from tests.unit.web.console.deciding import policy

PRICE = "case-price-differs.edi"


def raised(
    db: Database, kind: AlertKind, ref: str, now: Any, what: str = "it is so"
) -> str:
    """The id of a new alert of acme."""
    row = alerts.row_of("acme", kind, "SLA-002", what, ref, now)
    with db.begin() as tx:
        tx.execute(sa.insert(tables.alert).values(row))
    return str(row["id"])


def events(console: Console, name: str) -> list[str]:
    with console.gateway.db.read() as tx:
        own = tables.event.c
        query = sa.select(own.detail).where(own.name == name).order_by(own.id)
        return list(tx.execute(query).scalars())


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def decided(browser: Browser, order_id: str, **fields: Any) -> Any:
    url = f"/console/orders/{order_id}/decide"
    return browser.send_form(url, **{"as": "accept", "version": "1", **fields})


def state(console: Console) -> str:
    return console.house.orders()[0].order.state


def test_an_empty_queue_says_so(console: Console):
    page = console.at("viewer").get("/console")
    assert page.status_code == 200
    assert "Nothing needs you." in page.text


def test_a_held_order_stands_there_with_its_cause_and_its_money(console: Console):
    held = console.house.order(PRICE)
    page = console.at("viewer").get("/console").text
    assert "CAT-301" in page
    assert f"/console/orders/{held.order.id}" in page
    assert re.search(r'<a href="/console\?cause=price">price</a>\s+<span[^>]*>1<', page)


def test_filters_of_the_address_narrow_it(console: Console):
    console.house.order(PRICE)
    browser = console.at("viewer")
    assert "CAT-301" in browser.get("/console?cause=price&partner=acme").text
    assert "Nothing needs you." in browser.get("/console?cause=unit").text
    assert "Nothing needs you." in browser.get("/console?older=4").text
    assert "Nothing needs you." in browser.get("/console?partner=other").text


def test_who_belongs_to_another_partner_sees_none_of_it(console: Console):
    held = console.house.order(PRICE)
    browser = console.at("admin", partner="other")
    assert "Nothing needs you." in browser.get("/console?partner=acme").text
    assert browser.get(f"/console/orders/{held.order.id}/decide").status_code == 404
    assert decided(browser, held.order.id).status_code == 404


def test_the_preview_shows_the_bytes_that_then_leave(console: Console):
    held = console.house.order(PRICE)
    browser = console.at("operator")
    page = browser.get(f"/console/orders/{held.order.id}/decide?as=change")
    assert "BAK*00*AC*" in page.text
    assert state(console) == "held"
    done = decided(
        browser, held.order.id, key=key_of(page.text), reason="ours", **{"as": "change"}
    )
    assert done.status_code == 303
    console.house.work()
    (answer,) = console.house.answers()
    shown = re.findall(r"ST\*855.*?SE\*[^~]*~", page.text, re.DOTALL)
    left = re.findall(r"ST\*855.*?SE\*[^~]*~", answer, re.DOTALL)
    assert [html.unescape(one) for one in shown] == left
    assert '"by":"operator"' in events(console, "order.decided")[0].replace(" ", "")


def test_a_viewer_decides_nothing(console: Console):
    held = console.house.order(PRICE)
    browser = console.at("viewer")
    assert browser.get(f"/console/orders/{held.order.id}/decide").status_code == 403
    assert decided(browser, held.order.id).status_code == 403


def test_a_second_press_of_the_button_changes_nothing(console: Console):
    held = console.house.order(PRICE)
    browser = console.at("operator")
    for _ in range(2):
        assert decided(browser, held.order.id, key="k1").status_code == 303
    assert state(console) == "confirmed"
    assert len(events(console, "order.decided")) == 1


def test_what_changed_since_it_was_shown_is_not_decided(console: Console):
    held = console.house.order("case-unknown-item.edi", **{"12*EA*84*": "12*EA*80*"})
    browser = console.at("operator")
    answer = decided(browser, held.order.id, version="7")
    assert answer.status_code == 409
    assert state(console) == "held"


def test_above_the_limit_a_price_takes_two_people(console: Console):
    policy(console, approval_above="10")
    held = console.house.order(PRICE)
    url = f"/console/orders/{held.order.id}"
    first, second = console.at("operator"), console.at("approver")
    assert decided(first, held.order.id, reason="spoke to them").status_code == 303
    assert state(console) == "held"
    assert "second person" in second.get("/console").text
    assert first.send_form(f"{url}/confirm").status_code == 403
    assert second.send_form(f"{url}/confirm").status_code == 303
    assert state(console) == "confirmed"
    assert "operator and approver" in events(console, "order.decided")[0]


def test_nobody_confirms_what_was_their_own_wish(console: Console):
    policy(console, approval_above="10")
    held = console.house.order(PRICE)
    url = f"/console/orders/{held.order.id}"
    approver = console.at("approver")
    decided(approver, held.order.id)
    assert approver.send_form(f"{url}/confirm").status_code == 409
    assert state(console) == "held"
    assert approver.send_form(f"{url}/take-back", reason="no").status_code == 303
    assert len(events(console, "order.approval_refused")) == 1
    assert "second person is asked" not in approver.get(url).text


def test_our_own_price_takes_one_person(console: Console):
    policy(console, approval_above="10")
    held = console.house.order(PRICE)
    decided(console.at("operator"), held.order.id, **{"as": "change"})
    assert state(console) == "changed"


def test_orders_of_one_cause_are_decided_together(console: Console):
    house = console.house
    for n in ("61", "62"):
        house.order(PRICE, **{"45000012": f"4500{n}00", "0000010": f"00000{n}"})
    browser = console.at("operator")
    page = browser.get("/console/bulk?cause=price").text
    chosen = re.findall(r'name="order" value="([^"]+)"', page)
    assert len(chosen) == 2
    done = browser.send_form(
        "/console/bulk",
        cause="price",
        order=[*chosen, "ord_NONE:1"],
        reason="agreed",
        **{"as": "accept"},
    )
    assert "2 orders are decided." in done.text
    assert "ord_NONE" in done.text
    assert [one.order.state for one in house.orders()] == ["confirmed"] * 2


def test_more_than_the_limit_are_not_decided_together(console: Console):
    many = [f"ord_{n}:1" for n in range(101)]
    browser = console.at("operator")
    done = browser.send_form(
        "/console/bulk", cause="price", order=many, **{"as": "accept"}
    )
    assert done.status_code == 422


def test_alerts_of_one_cause_are_not_offered_to_be_decided_together(console: Console):
    held, now = console.house.order(PRICE), console.house.now
    raised(console.gateway.db, AlertKind.OVERDUE, held.order.id, now, "it is late")
    browser = console.at("operator")
    assert "/console/bulk" not in browser.get("/console?cause=overdue").text
    assert "/console/bulk" in browser.get("/console?cause=price").text


def test_an_alert_is_ticked_off_with_a_reason(console: Console):
    now = console.house.now
    raised(console.gateway.db, AlertKind.EXPIRING, "cert", now, "it ends <soon>")
    browser = console.at("operator")
    page = browser.get("/console").text
    assert "it ends &lt;soon&gt;" in page
    (url,) = re.findall(r'action="(/console/alerts/[^"]+)"', page)
    assert browser.send_form(url, reason="renewed").status_code == 303
    assert url not in browser.get("/console").text
    assert browser.send_form(url).status_code == 404
    assert "renewed" in events(console, "alert.done")[0]


def test_of_several_warnings_about_one_end_the_last_is_shown(console: Console):
    now = console.house.now
    for days in ("90", "60"):
        what = f"contract ends in {days} days"
        raised(console.gateway.db, AlertKind.EXPIRING, "ACME-2026", now, what)
    page = console.at("viewer").get("/console?cause=expiring").text
    assert "in 60 days" in page
    assert "in 90 days" not in page


def test_what_is_settled_by_itself_is_closed_by_the_watch(console: Console):
    house = console.house
    held = house.order("good-small.edi")
    (answer,) = held.answers
    raised(console.gateway.db, AlertKind.FAILED, answer.id, house.now)
    assert "Nothing needs you." in console.at("viewer").get("/console").text
    house.later(hours=1)
    house.work()
    with console.gateway.db.read() as tx:
        open_ = alerts.opened(tx, "", 10, kind="failed")
    assert open_ == []


def test_a_change_that_waits_leads_to_its_page(console: Console):
    row = tables.blank(tables.order_change) | {
        "partner_id": "acme",
        "id": "chg_1",
        "po_number": "4711",
        "state": "waiting",
        "body": "{}",
        "ack": "",
        "created_at": console.house.now - timedelta(hours=2),
        "changed_at": console.house.now,
    }
    with console.gateway.db.begin() as tx:
        tx.execute(sa.insert(tables.order_change).values(row))
    page = console.at("viewer").get("/console?cause=change").text
    assert "/console/changes/chg_1" in page
    assert "4711" in page


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", '"><img src=x>'])
def test_what_partners_send_is_never_markup(console: Console, said: str):
    raised(console.gateway.db, AlertKind.TEXT, "adv_1", console.house.now, said)
    assert said not in console.at("viewer").get("/console").text


def test_a_held_change_is_shown_previewed_and_carried_out(console: Console):
    house = console.house
    for sample in ("order.edi", "change-cancels.edi"):
        house.send((ROOT / "samples" / "x12" / sample).read_bytes())
        house.work()
    browser = console.at("operator")
    (url,) = set(re.findall(r"/console/changes/chg_\w+", browser.get("/console").text))
    assert 'value="accept"' in browser.get(url).text
    page = browser.get(f"{url}/decide?as=accept").text
    assert "ST*865*" in page
    fields = {"as": "accept", "version": "0", "key": key_of(page)}
    for _ in range(2):
        assert browser.send_form(f"{url}/decide", **fields).status_code == 303
    assert state(console) == "cancelled"
    assert 'value="accept"' not in browser.get(url).text


def test_a_conflict_is_decided_on_its_page(console: Console):
    house = console.house
    house.order("good-small.edi")
    text = (SAMPLES / "good-small.edi").read_text().replace("4500001201", "4500009999")
    other = house.send(text.encode())
    house.work()
    browser = console.at("operator")
    assert f"/console/receipts/{other}" in browser.get("/console?cause=conflict").text
    url = f"/console/receipts/{other}"
    page = browser.get(url).text
    assert 'value="replacement"' in page
    assert 'value="replacement"' not in console.at("viewer").get(url).text
    fields = {"key": key_of(page), "reason": "they said so", "as": "new"}
    for _ in range(2):
        assert browser.send_form(f"{url}/settle", **fields).status_code == 303
    house.work()
    assert sorted(one.order.po_number for one in house.orders()) == [
        "4500001201",
        "4500009999",
    ]
    assert "Nothing needs you." in browser.get("/console?cause=conflict").text
    assert browser.send_form(f"{url}/settle", **{"as": "x"}).status_code == 403
