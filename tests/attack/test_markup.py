"""Texts that would be more than text: in the catalog, in requests, in addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from gateway.catalog.importing import read_csv
from gateway.store import catalog
from gateway.store.shared_time import utc_now
from tests.attack.conftest import THEIRS
from tests.attack.test_credentials import of_theirs
from tests.attack.user import User
from tests.shop import Shop, start_page
from tests.starters import FOLDER

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
TEMPLATE = "{{ 'x' * 9 }}{% raw %}${'x'*9}"
LINK = "javascript:alert(1)"
HOSTILE = [SCRIPT, IMAGE, TEMPLATE, LINK, "' onfocus='alert(1)", "--><svg/onload=x>"]


class Markup(HTMLParser):
    """What a browser would run, load or follow of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if (tag == "script" and "nonce" not in told) or tag in ("img", "svg", "base"):
            self.dangers.append(tag)
        self.dangers += [name for name in told if name.startswith("on")]
        addresses = (told.get(name, "") for name in ("href", "src", "action"))
        self.dangers += [
            one for one in addresses if re.match(r"\s*(javascript|data):", one, re.I)
        ]


def dangers(html: str) -> list[str]:
    """What of a page is more than text and our own links."""
    return Markup(html).dangers


@pytest.fixture(scope="module")
def theirs(shop: Shop) -> User:
    """A user of the other buyer, whose catalog has hostile texts."""
    text = (FOLDER / "aldersey-power" / "catalog.csv").read_text("utf-8")
    head, first, *_ = text.splitlines()
    rows = [head]
    for n, words in enumerate(HOSTILE):
        quoted = words.replace('"', '""')
        row = first.replace("SH-100", f'"H{n} {quoted}"')
        row = row.replace("Safety helmet, white", quoted).replace("H-1", f"M{n}")
        rows.append(row.replace("Bolt & Beam", f'"{quoted}"').replace("700100", str(n)))
    prices = read_csv("\n".join(rows), "catalog.csv")
    assert prices.is_good, prices.findings
    catalog.save(shop.gateway.db, THEIRS, prices, utc_now())
    document = shop.setup(
        user="&lt;script&gt;alert(2)&lt;/script&gt;",
        return_url="https://bryce.example/return",
    )
    return User.of(shop, start_page(shop.ask(of_theirs(document))))


def test_hostile_items_are_text_on_every_page(theirs: User):
    first = theirs.get(theirs.base).text
    links = re.findall(r'<h2><a href="([^"]+)"', first)
    assert len(links) == len(HOSTILE)
    assert dangers(first) == []
    for link in links:
        assert dangers(theirs.get(link.replace("&amp;", "&")).text) == []


def test_hostile_items_are_text_in_the_cart_and_on_the_way_back(theirs: User):
    for n, words in enumerate(HOSTILE):
        theirs.add(sku=f"H{n} {words}")
    cart = theirs.get(f"{theirs.base}/cart").text
    assert cart.count('name="quantity-') == len(HOSTILE)
    assert dangers(cart) == []
    back = theirs.ask("POST", f"{theirs.base}/leave", csrf=theirs.csrf, how="cart")
    page = theirs.get(back.headers["location"])
    assert dangers(page.text) == []
    rules = page.headers["content-security-policy"]
    assert "form-action https://bryce.example" in rules
    assert re.search(r"script-src 'nonce-[\w-]{16,}'", rules)
    assert "unsafe" not in rules


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_searched_or_asked_for_is_text(words: str, shop: Shop):
    user = User.of(shop, shop.start())
    for path in ("", "/item", "/cart"):
        answer = shop.http.get(
            user.base + path,
            params={"q": words, "sku": words, "told": words, "page": words},
            headers={"Cookie": "; ".join(f"{k}={v}" for k, v in user.cookies.items())},
        )
        assert answer.status_code < 500
        assert dangers(answer.text) == []
        assert "xxxxxxxxx" not in answer.text


@pytest.mark.parametrize("words", HOSTILE)
def test_no_address_is_markup(words: str, shop: Shop):
    for path in ("/shop/start/", "/shop/v/", "/oci/", "/shop/static/", "/"):
        answer = shop.http.get(f"{path}{words.replace('/', '%2f')}")
        assert 400 <= answer.status_code < 500
        if "html" in answer.headers["content-type"]:
            assert dangers(answer.text) == []
