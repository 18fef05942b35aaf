"""Carts go to the buyer and nowhere else, whatever address a request names."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from tests.attack.conftest import called_up
from tests.shop import Shop, status_of

ASTRAY = [
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://buyer.example/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "sapevent:x",
    "file:///etc/passwd",
    "blob:https://buyer.example/1",
    "about:blank",
    "https://evil.example/return",
    "http://buyer.example/return",
    "//evil.example/return",
    "/return",
    "return",
    "https:/buyer.example.evil.example/",
    "https:evil.example",
    "https:///evil.example",
    "https://buyer.example.evil.example/return",
    "https://evil-buyer.example/return",
    "https://evilbuyer.example/return",
    "https://buyer.example:8443/return",
    "https://buyer.example:443@evil.example/return",
    "https://buyer.example@evil.example/return",
    "https://user:word@buyer.example/return",
    "https://evil.example\\@buyer.example/return",
    "https://evil.example\\.buyer.example/return",
    "https://evil.example#@buyer.example/return",
    "https://evil.example?@buyer.example/return",
    "https:\\\\evil.example/return",
    "https://evil.example%2f@buyer.example/return",
    "https://buyer.example\t.evil.example/",
    "https://buyer\u3002example.evil.example/",
    "https://buyer.example\uff0fevil.example/",
    "https://b\u0443yer.example/return",
    "https://\u2460buyer.example/",
    "https://[::1]/return",
    "https://127.0.0.1/return",
    "https://buyer.example:99999/",
    "https://",
    "",
]
"""What a browser would take elsewhere, or might."""


@pytest.mark.parametrize("url", ASTRAY)
def test_no_session_begins_for_an_address_that_is_not_agreed_on(url: str, shop: Shop):
    answer = shop.ask(shop.setup(return_url=escape(url)))
    assert 400 <= status_of(answer) < 500
    assert b"StartPage" not in answer


@pytest.mark.parametrize(
    "url", ["HTTPS://Buyer.Example:443/return", "https://buyer.example"]
)
def test_the_same_address_in_other_letters_is_agreed_on(url: str, shop: Shop):
    assert status_of(shop.ask(shop.setup(return_url=url))) == 200


@pytest.mark.parametrize("field", ["HOOK_URL", "OCICANCEL"])
@pytest.mark.parametrize("url", ASTRAY[:-1])
def test_no_call_up_leads_to_an_address_that_is_not_agreed_on(
    url: str, field: str, shop: Shop
):
    urls = {"HOOK_URL": "https://srm.example/hook"} | {
        field: url.replace("buyer.example", "srm.example")
    }
    answer = called_up(shop, **urls)
    assert answer.status_code in (400, 403, 422)
    assert "location" not in answer.headers
    assert "evil" not in answer.text
