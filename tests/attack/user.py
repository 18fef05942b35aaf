"""Whoever has a browser, or says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

import httpx

from tests.shop import Counter


@dataclass
class User:
    """A browser on the gateway's own address; ``base`` is where its session lives."""

    shop: Counter
    cookies: dict[str, str] = field(default_factory=dict)
    base: str = ""
    page: str = ""

    @classmethod
    def of(cls, shop: Counter, start: str) -> User:
        """Whoever opens this start page."""
        made = cls(shop)
        answer = made.get(start)
        assert answer.status_code == 200, answer.text
        made.page = answer.text
        found = re.search(r'id="cart-link" href="([^"]+)/cart"', answer.text)
        assert found, answer.text
        made.base = found[1]
        return made

    def get(self, url: str) -> httpx.Response:
        """The page, wherever it leads."""
        for _ in range(5):
            answer = self.ask("GET", url)
            if answer.status_code != 303:
                return answer
            url = answer.headers["location"]
        raise RecursionError(url)

    def ask(self, method: str, url: str, **form: str) -> httpx.Response:
        """One request with what cookies this browser has."""
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.shop.http.request(
            method,
            self.shop.inside(url) if "://" in url else url,
            headers={"Cookie": sent} if sent else {},
            data=form or None,
        )
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.shop.http.cookies.clear()
        return answer

    @property
    def csrf(self) -> str:
        """What the forms of its pages have."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.page)
        assert found, self.page
        return unescape(found[1])

    def add(self, **changed: str) -> httpx.Response:
        """Lay an item into the cart."""
        form = {"csrf": self.csrf, "sku": "SH-100", "quantity": "2", "unit": "EA"}
        return self.ask("POST", f"{self.base}/cart/add", **form | changed)

    @property
    def lines(self) -> int:
        """How many lines its cart has."""
        return self.get(f"{self.base}/cart").text.count('name="quantity-')
