"""Each page of the console for everybody: by ear, by keyboard, small, dark, French."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Hires, Picture
from tests.browser.office import Office, Worker
from tests.browser.test_pages import ENGLISH, FRENCH, barriers, sideways

MOST_BYTES = 150_000
"""Of a page without what it loads."""
SEEN_DARK = {
    *("queue", "order", "decide", "messages"),
    *("message", "partner", "bench", "dashboard"),
}
"""Pages that axe looks at in dark and narrow too; what the others have, these have."""


def addresses(office: Office) -> Iterator[tuple[str, str]]:
    """Every page: a name for it, and where it is."""
    held, done = office.order("4500001219"), office.order("4500001201")
    rejected = office.message("x12_850", "rejected")
    answer = office.message("x12_855", "")
    home = "/console"
    yield "queue", home
    yield "queue-filtered", f"{home}?cause=price&partner=acme&older=24"
    yield "bulk", f"{home}/bulk?cause=price"
    yield "orders", f"{home}/orders"
    yield "order", f"{home}/orders/{held}"
    yield "order-done", f"{home}/orders/{done}"
    yield "decide", f"{home}/orders/{held}/decide?as=accept"
    yield "map", f"{home}/map"
    yield "messages", f"{home}/messages"
    yield "nothing", f"{home}/messages?po=no-such-order"
    yield "message", f"{home}/messages/{rejected}"
    for view in ("raw", "canonical", "answers", "history"):
        yield f"message-{view}", f"{home}/messages/{answer}?view={view}"
    yield "resend", f"{home}/messages/{answer}/resend"
    yield "reissue", f"{home}/messages/{answer}/reissue"
    yield "reprocess", f"{home}/messages/{rejected}/reprocess"
    yield "receipt", f"{home}/receipts/{office.receipt()}"
    yield from settings(home)


def settings(home: str) -> Iterator[tuple[str, str]]:
    """The pages that are not about one message or order."""
    yield "partners", f"{home}/partners"
    yield "partner", f"{home}/partners/acme"
    yield "profile", f"{home}/partners/acme/profile"
    yield "guide", f"{home}/partners/acme/guide"
    yield "version", f"{home}/partners/acme/versions/1"
    yield "new-partner", f"{home}/new-partner"
    yield "contracts", f"{home}/contracts"
    yield "items", f"{home}/contracts/acme"
    yield "item", f"{home}/contracts/acme/item?sku=BB-1001"
    yield "import", f"{home}/contracts/acme/import"
    yield "certificates", f"{home}/certificates"
    yield "bench", f"{home}/bench"
    yield "dashboard", f"{home}/dashboard"
    yield "audit", f"{home}/audit"
    yield "users", f"{home}/users"
    yield "keys", f"{home}/keys"
    yield "account", f"{home}/account"
    yield "trouble", f"{home}/orders/ord_none"


@pytest.mark.parametrize("how", [ENGLISH, FRENCH], ids=["english", "french, narrow"])
def test_no_page_shuts_anybody_out(
    how: dict[str, object], office: Office, somebody: Hires, picture: Picture
):
    worker = somebody("admin", **how)
    language = "fr" if "locale" in how else "en"
    found: list[object] = []
    for name, path in addresses(office):
        answer = worker.page.goto(office.address + path)
        assert answer is not None
        picture(worker.page, f"console-{name}-{language}")
        if answer.status != (404 if name == "trouble" else 200):
            found.append((name, answer.status))
        if len(answer.body()) > MOST_BYTES:
            found.append((name, len(answer.body())))
        if language == "en" or name in SEEN_DARK:
            found += [(name, *one) for one in barriers(worker.page)]
        if worker.page.locator("html").get_attribute("lang") != language:
            found.append((name, "language"))
        if sideways(worker.page):
            found.append((name, "scrolls sideways"))
        found += [(name, one) for one in faults_of_headings(worker.page)]
    assert found == []


def faults_of_headings(page: Page) -> list[str]:
    """Levels that are left out, or more than one heading of the first level."""
    levels = [int(one) for one in page.locator("h1,h2,h3,h4").evaluate_all(_LEVELS)]
    left_out = [b for a, b in itertools.pairwise(levels) if b > a + 1]
    many = [] if levels.count(1) == 1 else ["h1"]
    return many + [f"h{one} without one above" for one in left_out]


_LEVELS = "all => all.map(one => one.tagName[1])"


def test_keys_walk_the_queue_and_open_what_is_to_be_done(somebody: Hires):
    page = somebody().page
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("table.rows tbody tr").nth(1)
    expect(second).to_have_class("at")
    page.keyboard.press("a")
    expect(second.locator("[data-key=a]")).to_be_focused()


def test_all_of_it_works_without_scripts(office: Office, somebody: Hires):
    worker = somebody("operator", java_script_enabled=False)
    worker.go(f"/console/orders/{office.order('4500001225')}")
    worker.press(worker.page.get_by_role("button", name="Accept as ordered"))
    worker.page.get_by_label("Reason").fill("as agreed")
    worker.press(worker.page.locator("main form button.main"))
    assert office.state("4500001225") in (
        "confirmed",
        "held",
    )  # a second person may be asked
    expect(worker.page.locator("#notice")).not_to_be_empty()


def test_the_language_is_the_users_choice(somebody: Hires):
    worker = somebody("viewer").go("/console/orders?state=held")
    worker.press(worker.page.get_by_role("button", name="Français"))
    expect(worker.page.locator("html")).to_have_attribute("lang", "fr")
    assert worker.page.url.endswith("/console/orders?state=held")


def test_a_page_says_when_it_must_be_logged_in_to_and_goes_on_there(
    somebody: Hires, office: Office
):
    worker: Worker = somebody("viewer")
    worker.press(worker.page.get_by_role("button", name="Log out"))
    worker.log_in("viewer", "/console/orders?state=held")
    assert worker.page.url.endswith("/console/orders?state=held")
