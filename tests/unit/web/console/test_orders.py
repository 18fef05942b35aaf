"""The list of orders, the page of one, and what is said once about its lines."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from tests.unit.engine.house import SAMPLES
from tests.unit.web.console.conftest import Console
from tests.unit.web.console.deciding import policy

HOSTILE = "<B>X"


def test_the_list_is_narrowed_by_its_address(console: Console):
    order = console.house.order("good-small.edi").order
    browser = console.at("viewer")
    page = browser.get("/console/orders").text
    assert f"/console/orders/{order.id}" in page
    found = f"/console/orders?po={order.po_number}&state={order.state}&partner=acme"
    assert order.id in browser.get(found).text
    for query in ("po=none", "state=held", "partner=other", "until=2020-01-01"):
        assert order.id not in browser.get(f"/console/orders?{query}").text
    assert order.id in browser.get("/console/orders?since=2020-01-01&until=x").text


def test_the_page_tells_the_conversation_and_the_prices(console: Console):
    order = console.house.order("case-price-differs.edi").order
    page = console.at("operator").get(f"/console/orders/{order.id}").text
    for said in ("x12_850", "x12_997", "contract ACME-2026", "CAT-301", "Evidence"):
        assert said in page
    assert 'name="as" value="accept"' in page


def test_who_only_looks_gets_no_buttons(console: Console):
    order = console.house.order("case-price-differs.edi").order
    page = console.at("viewer").get(f"/console/orders/{order.id}").text
    assert 'value="accept"' not in page


def test_nobody_sees_another_partner_s_order(console: Console):
    order = console.house.order("good-small.edi").order
    browser = console.at("admin", partner="other")
    for place in (order.id, f"{order.id}/evidence", "ord_NONE"):
        assert browser.get(f"/console/orders/{place}").status_code == 404
    assert order.id not in browser.get("/console/orders?partner=acme").text


def test_the_evidence_is_a_bundle(console: Console):
    order = console.house.order("good-small.edi").order
    answer = console.at("viewer").get(f"/console/orders/{order.id}/evidence")
    assert answer.headers["content-type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_what_partners_send_is_never_markup(console: Console):
    changed = {"VP*BB-9999": f"VP*{HOSTILE}", "BP*77-9999": "BP*\"'<I>"}
    order = console.house.order("case-unknown-item.edi", **changed).order
    browser = console.at("operator")
    for page in (f"/console/orders/{order.id}", "/console", "/console/map"):
        text = browser.get(page).text
        assert HOSTILE not in text
        assert "<I>" not in text


def test_an_item_is_mapped_once_and_the_order_goes_on(console: Console):
    policy(console, unknown_item="hold")
    price = {"3*EA*12*": "3*EA*24.95*"}
    order = console.house.order("case-unknown-item.edi", **price).order
    browser = console.at("operator")
    asked = "/console/map?partner=acme&kind=item&theirs=77-9999"
    assert asked.replace("&", "&amp;") in browser.get("/console").text
    assert "are looked at again: 1" in browser.get(asked).text
    fields = {"partner": "acme", "kind": "item", "theirs": "77-9999"}
    made = browser.send_form(
        "/console/map",
        ours="BB-1002",
        reason="asked",
        **fields,
        **{"from": "2026-11-01"},
    )
    assert made.status_code == 303
    report = browser.get(made.headers["location"]).text
    assert f"/console/orders/{order.id}" in report
    assert console.house.orders()[0].order.state == "confirmed"


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"ours": "NOTHING"}, 409), ({"from": "soon"}, 422), ({"kind": "x"}, 422)],
)
def test_what_cannot_be_said_is_not_kept(
    console: Console, changed: dict[str, str], status: int
):
    fields = {"partner": "acme", "kind": "item", "theirs": "7", "ours": "BB-1002"}
    fields |= {"from": "2026-11-01"} | changed
    fields["reason"] = "seen on paper"
    refused = console.at("operator").send_form("/console/map", **fields)
    assert refused.status_code == status
    assert 'role="alert"' in refused.text
    assert 'value="seen on paper"' in refused.text  # nothing is to be typed again


def test_french_readers_get_french_pages(console: Console):
    order = console.house.order("case-price-differs.edi").order
    browser = console.at("operator")
    browser.headers["Accept-Language"] = "fr"
    assert "Lignes" in browser.get(f"/console/orders/{order.id}").text
    assert "Commandes" in browser.get("/console/orders").text


def test_a_long_order_is_shown_a_part_at_a_time(console: Console):
    policy(console, unknown_item="hold")
    text = (SAMPLES / "case-unknown-item.edi").read_text()
    good, unknown = re.findall(r"PO1.*~\n", text)
    lines = [good.replace("PO1*1*", f"PO1*{n}*") for n in range(1, 301)]
    lines[276] = unknown.replace("PO1*2*", "PO1*277*")
    for before, after in (
        (good + unknown, "".join(lines)),
        ("CTT*2~", "CTT*300~"),
        ("SE*11*", "SE*309*"),
    ):
        assert before in text
        text = text.replace(before, after)
    console.house.send(text.encode())
    console.house.work()
    order = console.house.orders()[0].order
    browser = console.at("operator")
    place, seen = f"/console/orders/{order.id}", list[str]()
    part: str | None = "0"
    while part is not None:
        page = browser.get(f"{place}?part={part}").text
        assert len(page.encode()) <= 150_000
        seen += re.findall(r'<th scope="row">(?:<label.*?>\s*)?(\d+)<', page)
        found = re.search(r'rel="next" href="\?part=(\d+)"', page)
        part = found and found[1]
    assert seen[0] == "277"  # it waits
    assert sorted(map(int, seen)) == list(range(1, 301))
    assert browser.get(f"{place}?part=x").text.count("<tr>") == 101
    preview = browser.get(f"{place}/decide?as=accept")
    assert preview.status_code == 200
    assert len(preview.content) <= 150_000
