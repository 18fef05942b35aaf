"""Contracts and prices: found, explained, and replaced once the change was seen."""

from __future__ import annotations

import csv
import io

from gateway.store.audit import happened
from tests.starters import FOLDER
from tests.unit.web.console.conftest import Browser, Console

ACME = "/console/contracts/acme"
PRICES = (FOLDER / "acme" / "catalog.csv").read_text("utf-8")
SCRIPT = "<script>alert(1)</script>"


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(PRICES)))


def written(lines: list[dict[str, str]]) -> str:
    out = io.StringIO()
    pen = csv.DictWriter(out, list(lines[0]))
    pen.writeheader()
    pen.writerows(lines)
    return out.getvalue()


def look(browser: Browser, text: str, name: str = "new.csv"):
    return browser.post(
        f"{ACME}/import",
        data={"csrf": browser.csrf, "do": "look"},
        files={"file": (name, text.encode(), "text/csv")},
    )


def test_contracts_and_items_are_listed_and_searched(console: Console):
    browser = console.at("viewer")
    assert ACME in browser.get("/console/contracts").text
    sku = rows()[0]["item"]
    assert sku in browser.get(ACME).text
    assert sku in browser.get(ACME, params={"q": sku}).text
    assert sku not in browser.get(ACME, params={"q": "nothing like it"}).text
    assert browser.get("/console/contracts/nobody").status_code == 404
    assert sku not in browser.get(ACME, params={"day": "1999-01-01"}).text


def test_a_price_is_shown_with_how_it_came_about(console: Console):
    browser, sku = console.at("viewer"), rows()[0]["item"]
    asked = {"sku": sku, "quantity": "1"}
    page = browser.get(f"{ACME}/item", params=asked).text
    assert "half up to 2 decimals" in page
    odd = {"sku": sku, "unit": "ZZ"}
    assert "CAT-320" in browser.get(f"{ACME}/item", params=odd).text
    none = {"sku": "nothing"}
    assert browser.get(f"{ACME}/item", params=none).status_code == 404


def test_a_file_is_shown_before_it_counts_and_the_name_of_who_stays(console: Console):
    browser, lines = console.at("partner-admin"), rows()
    text = written(lines).replace(lines[0]["description"], f"Bolt {SCRIPT}")
    seen = look(browser, text)
    assert seen.status_code == 200
    assert "<del>" in seen.text
    assert SCRIPT not in seen.text
    assert "Bolt" not in browser.get(ACME).text
    sent = {"name": "new.csv", "text": text, "do": "apply"}
    assert browser.send_form(f"{ACME}/import", **sent).status_code == 303
    page = browser.get(ACME).text
    assert "Bolt" in page
    assert SCRIPT not in page
    with console.gateway.db.read() as tx:
        (event, *_) = happened(tx, name="contract.imported").items
    assert event.by == "partner-admin"


def test_a_file_with_a_fault_changes_nothing_and_says_where(console: Console):
    browser = console.at("partner-admin")
    answer = look(browser, PRICES.replace("USD", "US1"))
    assert answer.status_code == 422
    assert "CFG-020" in answer.text
    assert "new.csv:2" in answer.text
    assert look(browser, "").status_code == 422


def test_who_may_not_change_prices_cannot_and_others_see_their_own_alone(
    console: Console,
):
    assert console.at("operator").get(f"{ACME}/import").status_code == 403
    other = console.at("partner-admin", partner="lantern-bay")
    for place in (ACME, f"{ACME}/item?sku=x", f"{ACME}/import"):
        assert other.get(place).status_code == 404
    assert ACME not in other.get("/console/contracts").text
