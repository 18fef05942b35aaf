"""The OCI door: who gets in, where carts go, and what each function gives."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from fastapi import FastAPI

from gateway.bootstrap import tables
from gateway.catalog.importing import read_csv
from gateway.cli.browser import Page
from gateway.config import Settings
from gateway.cxml_punchout.basket import BasketLine, Visit
from gateway.cxml_punchout.oci_read import form_faults, read_items
from gateway.engine import Engine
from gateway.engine.punchout_return import Returned
from gateway.partner import Directory
from gateway.pipeline.rules import Rules
from gateway.store import catalog
from gateway.store.database import Database
from gateway.store.tables import stock
from gateway.web.app import create_app
from tests.starters import FOLDER, starter_profile, texts
from tests.unit.web.conftest import never

BUYER = "elbtal-chemie"
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
HOOK = "https://srm.elbtal.example/sap/in?client=100"
LOGIN = {"USERNAME": "elbtal", "PASSWORD": "Feuerstein", "HOOK_URL": HOOK}
OCI = texts(FOLDER / BUYER / "profile.yaml")["oci"]
AGREED = {
    "return_to": "https://srm.elbtal.example",
    "units": {"PCE": "PCE"},
    "user": ["USERID"],
}
EVERY = [
    *("DETAIL", "VALIDATE", "BACKGROUND_SEARCH"),
    *("SOURCING", "QUANTITYCHECK", "DOWNLOADJSON"),
]


@dataclass(frozen=True)
class House:
    """A gateway in this process, and one browser that comes to it."""

    engine: Engine
    app: FastAPI

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._asked("GET", path, **more))

    def called(self, how: str = "GET", **pairs: str) -> httpx.Response:
        sent = {name.replace("tilde_", "~"): v for name, v in (LOGIN | pairs).items()}
        given = {"params": sent} if how == "GET" else {"data": sent}
        return asyncio.run(self._asked(how, f"/oci/{BUYER}", **given))

    async def _asked(self, how: str, path: str, **more: Any) -> httpx.Response:
        way = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=way, base_url="https://edi.test") as one:
            return await one.request(how, path, **more)


@pytest.fixture
def door(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., House]]:
    """Makes a gateway that Elbtal calls up, with these keys of ``oci`` changed."""
    monkeypatch.setenv("ELBTAL_PASSWORD", LOGIN["PASSWORD"])
    made: list[Engine] = []

    def make(**changes: Any) -> House:
        shutil.copy(empty_database, tmp_path)
        settings = Settings(home=tmp_path, refusals_per_minute=3)
        oci = OCI | {"functions": EVERY} | changes
        given = {name: value for name, value in oci.items() if value is not None}
        profile = starter_profile(BUYER, oci=given, punchout=AGREED)
        rules = Rules(tables(), Directory.of([profile]))
        engine = Engine(Database.open(settings), rules, settings, {})
        made.append(engine)
        text = (FOLDER / BUYER / "catalog.csv").read_text("utf-8")
        read = read_csv(text, "catalog.csv", partner_id=BUYER)
        catalog.save(engine.db, BUYER, read, NOW)
        return House(
            engine, create_app(engine, check=never, release=never, clock=lambda: NOW)
        )

    yield make
    for engine in made:
        engine.close()
        engine.db.close()


def page(answer: httpx.Response) -> Page:
    return Page(str(answer.url), answer.status_code, answer.text)


def sent(answer: httpx.Response) -> dict[int, dict[str, str]]:
    """The lines of the form in a page, which a buyer's system would all take."""
    form = page(answer).form("return")
    assert form is not None
    assert form.action == "https://srm.elbtal.example/sap/in"
    assert ("client", "100") in form.fields
    lines = read_items(form.fields)
    assert list(form_faults(lines)) == []
    return lines


@pytest.mark.parametrize("how", ["GET", "POST"])
def test_a_call_up_leads_into_the_shop(door: Callable[..., House], how: str):
    answer = door().called(how)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/shop/v/ses_")
    assert "Partitioned" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"PASSWORD": "feuerstein"}, 403),
        ({"PASSWORD": ""}, 403),
        ({"USERNAME": "nobody"}, 403),
        ({"HOOK_URL": ""}, 400),
        ({"HOOK_URL": "https://evil.example/in"}, 403),
        ({"HOOK_URL": "http://srm.elbtal.example/in"}, 403),
        ({"HOOK_URL": "https://srm.elbtal.example@evil.example/"}, 403),
        ({"HOOK_URL": "https://evil.example\\@srm.elbtal.example/"}, 403),
        ({"OCICANCEL": "https://evil.example/in"}, 403),
        ({"FUNCTION": "DROP"}, 501),
        ({"FUNCTION": "VALIDATE", "QUANTITY": "many"}, 422),
    ],
)
def test_what_is_not_agreed_on_is_a_page_that_says_nothing(
    door: Callable[..., House], change: dict[str, str], status: int
):
    answer = door().called(**change)
    assert answer.status_code == status
    assert "Feuerstein" not in answer.text
    assert "evil" not in answer.text
    assert page(answer).form("return") is None


def test_an_unknown_partner_looks_like_a_wrong_password(door: Callable[..., House]):
    house = door()
    known, unknown = (
        house.get(f"/oci/{name}?{urlencode(LOGIN | {'PASSWORD': 'x'})}")
        for name in (BUYER, "nobody-there")
    )
    assert (known.status_code, unknown.status_code) == (403, 403)


def test_a_partner_without_a_login_gets_nobody_in(door: Callable[..., House]):
    assert door(login=None).called().status_code == 403


def test_wrong_passwords_are_counted(door: Callable[..., House]):
    house = door()
    codes = [house.called(PASSWORD=str(n)).status_code for n in range(4)]
    assert codes == [403, 403, 403, 429]
    assert house.called().status_code == 429


def test_a_function_that_the_profile_does_not_list_is_refused(
    door: Callable[..., House],
):
    assert door(functions=["DETAIL"]).called(FUNCTION="VALIDATE").status_code == 501


def test_no_password_is_logged(
    door: Callable[..., House], capsys: pytest.CaptureFixture[str]
):
    house = door()
    house.called()
    house.called(PASSWORD="Feuerstein2", FUNCTION="VALIDATE")  # noqa: S106  made up
    told = capsys.readouterr()
    assert "Feuerstein" not in told.out + told.err


def test_validate_gives_the_product_with_its_price_and_sends_itself(
    door: Callable[..., House],
):
    answer = door().called(FUNCTION="VALIDATE", PRODUCTID="SC-008", QUANTITY="250")
    assert sent(answer) == {
        1: {
            "DESCRIPTION": "Hose clamp 8-12 mm",
            "QUANTITY": "250",
            "UNIT": "PCE",
            "PRICE": "0.38",
            "CURRENCY": "EUR",
            "PRICEUNIT": "1",
            "LEADTIME": "3",
            "VENDOR": "0000104711",
            "VENDORMAT": "SC-008",
            "MATGROUP": "31160000",
            "EXT_PRODUCT_ID": "SC-008",
        }
    }
    policy = answer.headers["content-security-policy"]
    assert "form-action https://srm.elbtal.example;" in policy
    assert "script-src 'nonce-" in policy
    assert ".submit()" in answer.text


def test_a_product_that_is_gone_is_a_page_without_a_form(door: Callable[..., House]):
    answer = door().called(FUNCTION="VALIDATE", PRODUCTID="NO-SUCH")
    assert answer.status_code == 200
    assert page(answer).forms == ()


def test_the_page_is_in_the_announced_encoding(door: Callable[..., House]):
    house = door()
    usual = house.called(FUNCTION="VALIDATE", PRODUCTID="VN-020")
    assert usual.headers["content-type"] == "text/html; charset=ISO-8859-1"
    assert '<meta charset="ISO-8859-1">' in usual.text
    asked = house.called(
        FUNCTION="VALIDATE", PRODUCTID="VN-020", http_content_charset="UTF-8"
    )
    assert asked.headers["content-type"] == "text/html; charset=utf-8"
    asked = house.called(
        FUNCTION="VALIDATE", PRODUCTID="VN-020", http_content_charset="windows-1250"
    )
    assert asked.headers["content-type"] == "text/html; charset=windows-1250"


def test_a_search_gives_all_hits_in_one_form_that_people_send(
    door: Callable[..., House],
):
    answer = door().called(FUNCTION="BACKGROUND_SEARCH", SEARCHSTRING="mm")
    assert [one["VENDORMAT"] for one in sent(answer).values()] == ["DI-055", "SC-008"]
    assert ".submit()" not in answer.text
    assert "Gasket ring" in page(answer).said


def test_a_search_that_finds_too_much_says_so(door: Callable[..., House]):
    answer = door(most_hits="1").called(FUNCTION="BACKGROUND_SEARCH", SEARCHSTRING="mm")
    assert len(sent(answer)) == 1
    assert "only the first 1 hits are shown" in page(answer).said


def test_search_words_come_in_either_encoding(door: Callable[..., House]):
    house = door()
    query = urlencode(LOGIN | {"FUNCTION": "SOURCING"}) + "&SEARCHSTRING="
    for word in (quote("Dichtung groß"), quote("Dichtung groß", encoding="latin-1")):
        inside = house.get(f"/oci/{BUYER}?{query}{word}", follow_redirects=True)
        assert str(inside.url).endswith("?q=Dichtung+gro%C3%9F")


def test_search_words_come_in_the_announced_encoding(door: Callable[..., House]):
    query = urlencode(
        LOGIN | {"FUNCTION": "SOURCING", "http_content_charset": "iso-8859-2"}
    )
    word = quote("zawór śrubowy", encoding="iso-8859-2")
    inside = door().get(
        f"/oci/{BUYER}?{query}&SEARCHSTRING={word}", follow_redirects=True
    )
    assert str(inside.url).endswith("?q=zaw%C3%B3r+%C5%9Brubowy")


def test_detail_leads_to_the_product(door: Callable[..., House]):
    query = urlencode(LOGIN | {"FUNCTION": "DETAIL", "PRODUCTID": "VN-020"})
    inside = door().get(f"/oci/{BUYER}?{query}", follow_redirects=True)
    assert str(inside.url).endswith("/item?sku=VN-020")
    assert "Ball valve" in inside.text


def _cookie(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize(
    ("there", "told"), [(None, "10"), ("400", "10"), ("4", "4"), ("0", "")]
)
def test_a_stock_question_is_answered_with_what_is_there(
    door: Callable[..., House], there: str | None, told: str
):
    house = door()
    if there is not None:
        with house.engine.db.begin() as tx:
            tx.execute(stock.insert().values(**counted("VN-020", there)))
    answer = house.called(FUNCTION="QUANTITYCHECK", PRODUCTID="VN-020", QUANTITY="10")
    lines = sent(answer) if told else {}
    assert [one["QUANTITY"] for one in lines.values()] == ([told] if told else [])
    assert bool(page(answer).forms) is bool(told)


def counted(sku: str, there: str) -> dict[str, Any]:
    return {
        "sku": sku,
        "place": "",
        "unit": "PCE",
        "available": there,
        "expected": "[]",
        "as_of": NOW,
        "receipt_id": "",
        "changed_at": NOW,
    }


def test_the_catalog_is_given_as_json_page_by_page(door: Callable[..., House]):
    house = door()
    asked = {"FUNCTION": "DOWNLOADJSON", "HOOK_URL": "", "pagesize": "3"}
    first = house.called(**asked, TRANSACTIONID="t-1")
    assert first.headers["content-type"] == "application/json"
    told = json.loads(first.content)
    assert (told["TOTALITEMS"], told["TOTALPAGES"], told["CURRENTPAGE"]) == (4, 2, 1)
    assert told["TRANSACTIONID"] == "t-1"
    second = json.loads(house.called(**asked, requestedpage="2").content)
    names = [
        one["NEWITEM"]["EXT_PRODUCT_ID"] for one in (*told["Items"], *second["Items"])
    ]
    assert names == ["VN-020", "DI-055", "SC-008", "MA-150"]
    (clamp,) = (one["NEWITEM"] for one in told["Items"][2:])
    assert (clamp["PRICE"], clamp["PRICE_QUANTITY"]) == ("0.38", "1")


def line(sku: str, quantity: int) -> BasketLine:
    return BasketLine(n=0, sku=sku, quantity=Decimal(quantity))


def test_a_cart_goes_back_in_the_fields_of_the_profile(door: Callable[..., House]):
    house = door()
    entered = house.called(**{"~TARGET": "_parent"}, UserId="Ann@Elbtal\0.example")
    visited = entered.headers["location"].removesuffix("/start").rpartition("/")[2]
    shop, keys = house.engine.punchout, dict([_cookie(entered).split("=", 1)])
    visit = shop.visit(
        visited, NOW, {k.removeprefix("gateway_shop_"): v for k, v in keys.items()}
    )
    assert isinstance(visit, Visit)
    bought = shop.change(visit, lambda _: [line("VN-020", 2), line("MA-150", 1)], NOW)
    assert isinstance(bought, Visit)
    returned = shop.give_back(bought, "cart", NOW)
    assert isinstance(returned, Returned)
    form = returned.form
    lines = read_items(form.fields)
    assert form.target == "_parent"
    assert [one["VENDORMAT"] for one in lines.values()] == ["VN-020", "MA-150"]
    assert {one["EXT_QUOTE_ID"] for one in lines.values()} == {visit.id}
    assert [one["EXT_QUOTE_ITEM"] for one in lines.values()] == ["1", "2"]
    assert visit.session.user == "ann@elbtal.example"
    page_back = house.get(f"{bought.base}/return", headers={"Cookie": _cookie(entered)})
    assert page_back.headers["content-type"] == "text/html; charset=ISO-8859-1"
    assert sent(page_back) == lines
