"""A supplier's own shop: handed over by a code, the cart taken back by the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.config import Settings
from gateway.cxml_punchout.basket import Visit
from gateway.cxml_punchout.cart import Cart
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.forms import read_form
from gateway.engine.own_shop import OwnShop
from gateway.findings import Finding, Findings
from gateway.store import keys
from gateway.store.shared_time import utc_now
from tests.starters import FOLDER, starter_profile, texts
from tests.unit.engine.test_punchout import opened_shop
from tests.unit.web.test_cxml import SECRET
from tests.unit.web.test_punchout import BUYER, SETUP, Browser, kind

__all__ = ["kind"]
SHOP = "https://tools.example/enter?from=gateway"


@dataclass
class Supplier:
    """The buyer's browser, and the supplier's shop that calls the gateway."""

    browser: Browser
    key: str
    code: str = ""
    session: str = ""

    def enter(self, text: str = SETUP) -> httpx.Response:
        """Punch out; the start page leads to the shop's own address."""
        document = self.browser.setup(text)
        assert document.body is not None
        address = document.body.findtext("StartPage/URL") or ""
        answer = self.browser.get(urlsplit(address).path)
        told = parse_qs(urlsplit(answer.headers["location"]).query)
        self.code, self.session = told["code"][0], told["session"][0]
        return answer

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        return self.browser.ask(method, f"/v1/punchout{path}", headers=headers, **more)

    def cart(self, *lines: dict[str, Any], key: str = "", **more: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/sessions/{self.session}/cart"
        body = {"lines": lines, **more}
        return self.ask("POST", path, json=body, headers=headers)


Door = Callable[..., Supplier]


@pytest.fixture
def supplier(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """Makes a gateway whose buyer is led to a shop of the supplier's own."""
    monkeypatch.setenv("ALDERSEY_SECRET", SECRET.decode())
    made = []

    def make(scope: str = "all", **own: str) -> Supplier:
        punchout = texts(FOLDER / BUYER / "profile.yaml")["punchout"]
        punchout["own_shop"] = {"url": SHOP, **own}
        engine = opened_shop(settings, starter_profile(BUYER, punchout=punchout))
        made.append(engine)
        with engine.db.begin() as tx:
            key = keys.make(tx, "shop", scope, utc_now())[1]
        return Supplier(Browser(engine), key)

    yield make
    for engine in made:
        engine.close()
        engine.db.close()


def carried(form: dict[str, Any]) -> Cart:
    """The cart in a form."""
    (field,) = form["fields"]
    data = read_form(f"{field['name']}={field['value'].replace('+', '%2B')}")
    assert not isinstance(data, Finding)
    document = read_document(data)
    assert isinstance(document, Document)
    assert document.body is not None
    return read_cart(document.body, Findings())


HELMETS = {"sku": "SH-100", "quantity": "10"}


def test_the_start_page_leads_to_the_shop_with_a_code_and_no_cookie(supplier: Door):
    shop = supplier()

    answer = shop.enter()

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{SHOP}&session=ses_")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


def test_a_code_hands_the_session_over_once(supplier: Door):
    shop = supplier()
    shop.enter()

    first = shop.ask("POST", "/handover", json={"code": shop.code})
    again = shop.ask("POST", "/handover", json={"code": shop.code})

    assert (first.status_code, first.json()["id"]) == (200, shop.session)
    assert first.json()["state"] == "shopping"
    assert first.json()["user"]
    assert (again.status_code, again.json()["code"]) == (403, "CXM-203")


@pytest.mark.parametrize("bad", ["", "x", "ses_01KAE00000000000000000000A.abc"])
def test_a_made_up_code_hands_nothing_over(supplier: Door, bad: str):
    shop = supplier()
    shop.enter()
    code = bad or f"{shop.session}.AAAA"
    answer = shop.ask("POST", "/handover", json={"code": code})
    assert (answer.status_code, answer.json()["code"]) == (403, "CXM-203")


def test_the_cart_goes_back_at_the_prices_of_the_catalog(supplier: Door):
    shop = supplier()
    shop.enter()

    answer = shop.cart(HELMETS, {"sku": "CT-510", "quantity": "200"})

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["session"]["state"] == "returned"
    assert told["form"]["action"] == (
        "https://buyer.hub.example/punchout/return?session=34"
    )
    cart = carried(told["form"])
    assert [(one.sku, str(one.unit_price.amount)) for one in cart.lines] == [
        ("SH-100", "12.50"),
        ("CT-510", "0.0320"),
    ]
    assert str(cart.total) == "131.40 USD"


def test_the_browser_may_be_led_to_the_return_page(supplier: Door):
    shop = supplier()
    shop.enter()
    told = shop.cart(HELMETS).json()

    page = shop.browser.get(urlsplit(told["redirect"]).path)

    assert page.status_code == 200
    assert told["form"]["fields"][0]["value"] in page.text
    assert (
        "form-action https://buyer.hub.example"
        in (page.headers["content-security-policy"])
    )


def test_the_same_key_and_cart_get_the_same_answer_and_another_cart_none(
    supplier: Door,
):
    shop = supplier()
    shop.enter()

    first = shop.cart(HELMETS, key="cart-1")
    again = shop.cart(HELMETS, key="cart-1")
    other = shop.cart({"sku": "SH-200", "quantity": "1"}, key="cart-1")
    late = shop.cart(HELMETS, key="cart-2")

    assert again.json()["form"] == first.json()["form"]
    assert (other.status_code, other.json()["code"]) == (409, "WIRE-021")
    assert (late.status_code, late.json()["code"]) == (409, "CXM-201")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"sku": "NO-SUCH", "quantity": "1"}, "CAT-310"),
        ({"sku": "EP-310", "quantity": "7"}, "CAT-331"),
        ({"sku": "GL-220", "quantity": "1", "unit": "EA"}, "CAT-320"),
        (
            {"sku": "SH-100", "quantity": "1", "price": "1", "currency": "USD"},
            "CXM-208",
        ),
    ],
    ids=["unknown", "too-few", "unit", "price"],
)
def test_a_cart_with_a_bad_line_does_not_go_back_and_may_be_mended(
    supplier: Door, line: dict[str, str], code: str
):
    shop = supplier()
    shop.enter()

    refused = shop.cart(HELMETS, line)
    mended = shop.cart(HELMETS)

    assert refused.json()["code"] == code
    assert refused.headers["content-type"] == "application/problem+json"
    assert mended.status_code == 200


def test_the_shops_price_goes_back_where_the_profile_leaves_prices_to_it(
    supplier: Door,
):
    shop = supplier(prices="shop")
    shop.enter()

    answer = shop.cart(HELMETS | {"price": "11.1250", "currency": "USD"})

    cart = carried(answer.json()["form"])
    assert [str(one.unit_price.amount) for one in cart.lines] == ["11.1250"]


def test_a_price_in_another_currency_than_the_contracts_is_refused(supplier: Door):
    shop = supplier(prices="shop")
    shop.enter()
    answer = shop.cart(HELMETS | {"price": "11", "currency": "EUR"})
    assert (answer.status_code, answer.json()["code"]) == (422, "CAT-201")


def test_who_leaves_without_a_cart_changes_nothing(supplier: Door):
    shop = supplier()
    shop.enter()

    told = shop.cart(how="cancel").json()

    assert told["session"]["state"] == "cancelled"
    assert carried(told["form"]).lines == ()


def test_a_session_is_seen_by_our_own_side_alone(supplier: Door):
    shop = supplier(scope=f"partner:{BUYER}")
    shop.enter()

    answers = [
        shop.ask("GET", f"/sessions/{shop.session}"),
        shop.cart(HELMETS),
        shop.ask("POST", "/handover", json={"code": shop.code}),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (403, "API-014")
    ] * 3


def test_a_session_that_the_shop_asks_for_lives_on(supplier: Door):
    shop = supplier()
    shop.enter()
    engine = shop.browser.engine
    first = OwnShop(engine).find(shop.session, utc_now())
    later = OwnShop(engine).find(shop.session, utc_now() + timedelta(minutes=90))
    last = OwnShop(engine).find(shop.session, utc_now() + timedelta(minutes=180))

    found = [one for one in (first, later, last) if isinstance(one, Visit)]
    ends = [one.session.ends_at for one in found if one.session.ends_at]
    assert len(ends) == 3
    assert ends == sorted(set(ends))


def test_of_a_session_that_is_not_there_nothing_is_said(supplier: Door):
    shop = supplier()
    answer = shop.ask("GET", "/sessions/ses_01KAE00000000000000000000A")
    assert (answer.status_code, answer.json()["code"]) == (404, "API-011")
