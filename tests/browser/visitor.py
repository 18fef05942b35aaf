"""A user with a browser, who comes from the buyer's page: at the top or in a frame."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Request,
    expect,
)

from tests.browser.origins import Returned, Site

PATIENCE_MS = 20_000
"""A page has long on a machine that tests on all its processors."""
expect.set_options(timeout=PATIENCE_MS)
_REFUSED = re.compile("responded with a status of (403|422)")
"""What a browser says of a page that tells its user that something cannot be done."""


@dataclass
class Visitor:
    """One browser profile; ``framed``: the shop is opened in a page of the buyer's."""

    context: BrowserContext
    site: Site
    framed: bool = False
    scripted: bool = True
    called: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, browser: Browser, site: Site, *, framed: bool = False, **how: Any
    ) -> Visitor:
        """A user who was never here before."""
        context = browser.new_context(**{"locale": "en-US"} | how)
        context.set_default_timeout(PATIENCE_MS)
        made = cls(context, site, framed, how.get("java_script_enabled", True))
        context.on("request", made._calls)
        context.on("console", made._says)
        return made

    def _calls(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about"):
            self.called.add(f"{parts.scheme}://{parts.netloc}")

    def _says(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _REFUSED.search(message.text):
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def open(self, start: str) -> Tab:
        """The shop in a new tab, as the buyer's page opens it."""
        page = self.context.new_page()
        if self.framed:
            page.goto(self.site.frame(start))
            inside: Page | FrameLocator = page.frame_locator("#go")
        else:
            page.goto(self.site.top(start) if self.scripted else start)
            if self.scripted:
                page.click("#go")
            inside = page
        tab = Tab(page, inside, self.site)
        tab.at("main").wait_for()
        return tab


@dataclass
class Tab:
    """The shop as one tab shows it."""

    page: Page
    inside: Page | FrameLocator
    site: Site

    def at(self, selector: str) -> Locator:
        """What stands there in the shop's page."""
        return self.inside.locator(selector)

    def search(self, words: str) -> None:
        """Look for something."""
        self.at("#q").fill(words)
        self.at("#search button").click()
        expect(self.at("h1")).to_contain_text(words)

    def item(self, sku: str) -> None:
        """Open an item's page."""
        self.search(sku)
        self.at(f".items a[href*='{sku}']").click()
        expect(self.at("main dl.facts")).to_contain_text(sku)

    def add(self, sku: str, quantity: int = 1) -> None:
        """Lay an item into the cart, from where it was found."""
        self.search(sku)
        self.at("#quantity-1").fill(str(quantity))
        self.at("#add-1 button").click()
        expect(self.at("#told")).not_to_be_empty()

    def to_cart(self) -> None:
        """Open the cart."""
        self.at("#cart-link").click()
        expect(self.at("#cart-link")).to_have_attribute("aria-current", "page")

    def cart(self) -> dict[str, str]:
        """How much of what lies in the cart, as it can be changed."""
        self.to_cart()
        rows = self.at("#cart tbody tr").all()
        return {
            row.locator(".facts").inner_text(): row.locator("input").input_value()
            for row in rows
        }

    def give_back(self) -> Returned:
        """Return the cart; what reached the buyer."""
        self.to_cart()
        return self._leads_back("#return-cart")

    def leave(self, button: str) -> Returned:
        """Leave without the cart, by one of the buttons of the page for that."""
        self.at("#leave").click()
        return self._leads_back(button)

    def _leads_back(self, button: str) -> Returned:
        before = len(self.site.returned)
        self.at(button).click()
        return self.site.cart(before + 1, self.page)
