"""From the setup request through the shop to the form that takes the cart back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.forms import read_form
from gateway.engine import Engine
from gateway.safexml import text_of
from gateway.store.tables import punchout_session, receipt
from gateway.web.app import create_app
from tests.starters import starter_profile
from tests.unit.engine.test_punchout import opened_shop
from tests.unit.web.conftest import never
from tests.unit.web.test_cxml import SAMPLES, SECRET

SETUP = (SAMPLES / "setup-create.xml").read_text("utf-8")
BUYER = "aldersey-power"
OURS = {
    "AN01900000001": "AN01777000010",
    "942888711": "733555011",
    "AN01900000002": "AN01777000099",
    "AN01900000099": "AN01000000998",
    "https://buyer.example": "https://buyer.hub.example",
}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the tables do is tested on every database elsewhere."""
    return str(request.param)


class Browser:
    """A browser, and a buyer's system behind it. It keeps cookies if it is told to."""

    def __init__(self, engine: Engine, *, keeps: bool = True) -> None:
        self.engine = engine
        self.app = create_app(engine, check=never, release=never)
        self.keeps = keeps
        self.cookies = dict[str, str]()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        if self.cookies and self.keeps:
            told = (f"{name}={value}" for name, value in self.cookies.items())
            headers["Cookie"] = "; ".join(told)
        answer = asyncio.run(self._ask(method, path, headers=headers, **more))
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        way = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        base = "https://shop.example"
        async with httpx.AsyncClient(transport=way, base_url=base) as client:
            return await client.request(method, path, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def led(self, path: str) -> httpx.Response:
        """The page behind all redirects."""
        answer = self.get(path)
        while answer.status_code == 303:
            answer = self.get(answer.headers["location"])
        return answer

    def setup(self, text: str = SETUP, payload_id: str = "") -> Document:
        """The Response to a setup request of Aldersey's."""
        for theirs, ours in OURS.items():
            text = text.replace(theirs, ours)
        if payload_id:
            text = re.sub('payloadID="[^"]*"', f'payloadID="{payload_id}"', text)
        answer = self.ask("POST", "/cxml", content=text.encode())
        document = read_document(answer.content)
        assert isinstance(document, Document)
        return document

    def start_page(self, **more: Any) -> str:
        return start_of(self.setup(**more))


def start_of(document: Document) -> str:
    assert document.status is not None
    assert document.status.code == 200, document.status
    assert document.body is not None
    address = text_of(document.body.find("StartPage/URL"))
    assert address.startswith("https://shop.example/shop/start/")
    return address.removeprefix("https://shop.example")


def code(document: Document) -> int:
    assert document.status is not None
    return document.status.code


@pytest.fixture
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("ALDERSEY_SECRET", SECRET.decode())
    made = opened_shop(settings)
    yield made
    made.close()
    made.db.close()


@pytest.fixture
def browser(engine: Engine) -> Browser:
    return Browser(engine)


def count(engine: Engine, table: sa.Table) -> int:
    with engine.db.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


# The request.


def test_a_setup_request_is_answered_with_a_start_page(browser: Browser):
    document = browser.setup()

    assert start_of(document)
    assert document.payload_id.startswith("rcp_")


def test_the_same_request_again_gets_the_same_page_and_begins_nothing(
    browser: Browser,
):
    first, again = browser.start_page(), browser.start_page()

    assert first == again
    assert count(browser.engine, punchout_session) == 1
    assert browser.led(first).status_code == 200
    assert browser.get(again).status_code == 403


def test_an_altered_request_under_the_same_name_begins_nothing(browser: Browser):
    browser.setup()

    assert code(browser.setup(SETUP.replace("34-ab", "35-xy"))) == 409
    assert count(browser.engine, punchout_session) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/return",
        "http://buyer.hub.example/return",
        "javascript:alert(1)",
        "https://buyer.hub.example@elsewhere.example/",
        "https://elsewhere.example\\@buyer.hub.example/",
        "sapevent:x",
    ],
)
def test_a_cart_may_go_to_agreed_addresses_alone(browser: Browser, address: str):
    url = "https://buyer.example/punchout/return?session=34"

    assert code(browser.setup(SETUP.replace(url, address))) == 403
    assert count(browser.engine, receipt) == 0


def test_a_setup_that_names_no_place_for_the_cart_is_not_acceptable(browser: Browser):
    url = "https://buyer.example/punchout/return?session=34"

    assert code(browser.setup(SETUP.replace(url, ""))) == 406
    assert count(browser.engine, receipt) == 0


def test_an_edit_without_a_line_is_a_failed_precondition(browser: Browser):
    edit = SETUP.replace('operation="create"', 'operation="edit"')

    assert code(browser.setup(edit)) == 412


def test_an_operation_above_the_highest_that_is_allowed_is_a_failed_precondition(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALDERSEY_SECRET", SECRET.decode())
    profile = starter_profile(BUYER)
    asked = profile.punchout.model_copy(update={"operation_allowed": "inspect"})
    engine = opened_shop(settings, profile.model_copy(update={"punchout": asked}))
    edit = (SAMPLES / "setup-edit.xml").read_text("utf-8")

    assert code(Browser(engine).setup(edit)) == 412
    engine.close()
    engine.db.close()


def test_an_operation_that_cxml_does_not_have_is_not_done(browser: Browser):
    assert code(browser.setup(SETUP.replace('"create"', '"explore"'))) == 450


@pytest.mark.parametrize("name", ["edit", "inspect", "source", "item", "create"])
def test_the_samples_begin_sessions(browser: Browser, name: str):
    text = (SAMPLES / f"setup-{name}.xml").read_text("utf-8")

    answer = browser.led(browser.start_page(text=text))

    assert answer.status_code == 200
    assert browser.get(answer.url.path).status_code in (200, 303)


def test_the_profile_names_the_request(browser: Browser):
    text = (SAMPLES / "profile.xml").read_text("utf-8")

    body = browser.setup(text).body

    assert body is not None
    names = [one.get("requestName") for one in body.iterfind("Transaction")]
    assert "PunchOutSetupRequest" in names


# The shop's door.


def test_the_cookie_comes_back_in_a_frame_of_another_site(browser: Browser):
    answer = browser.get(browser.start_page())

    assert answer.status_code == 303
    (cookie,) = answer.headers.get_list("set-cookie")
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert flags >= {
        "Path=/shop",
        "SameSite=None",
        "Secure",
        "HttpOnly",
        "Partitioned",
    }


def test_with_a_cookie_the_addresses_prove_nothing(browser: Browser):
    page = browser.led(browser.start_page())

    stranger = Browser(browser.engine)

    assert re.fullmatch(r"/shop/v/ses_[0-9A-Z]{26}", page.url.path)
    assert stranger.get(page.url.path).status_code == 403


def test_without_cookies_the_path_goes_on(engine: Engine):
    browser = Browser(engine, keeps=False)

    page = browser.led(browser.start_page())

    assert page.status_code == 200
    assert re.fullmatch(r"/shop/v/ses_[0-9A-Z]{26}\.[\w-]+", page.url.path)


def test_a_browser_that_fetches_ahead_opens_nothing(browser: Browser):
    start = browser.start_page()

    ahead = browser.get(start, headers={"Sec-Purpose": "prefetch;prerender"})

    assert ahead.status_code == 204
    assert browser.led(start).status_code == 200


@pytest.mark.parametrize(
    "path", ["/shop/start/nothing", "/shop/v/ses_0", "/shop/v/ses_" + "0" * 26]
)
def test_a_stranger_gets_a_page_with_a_reference_alone(browser: Browser, path: str):
    answer = browser.get(path)

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "ref_" in answer.text
    assert "CXM" not in answer.text


def test_people_get_pages_and_no_problems(browser: Browser):
    answer = browser.get("/shop/no/such/page", headers={"Accept-Language": "fr"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="fr"' in answer.text


def test_every_page_says_what_the_browser_is_to_refuse(browser: Browser):
    page = browser.led(browser.start_page())

    told = page.headers["content-security-policy"]
    assert "default-src 'none'" in told
    assert "frame-ancestors https://buyer.hub.example" in told
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "x-frame-options" not in page.headers


def test_what_proves_a_session_is_not_logged(
    engine: Engine, capsys: pytest.CaptureFixture[str]
):
    browser = Browser(engine, keeps=False)
    start = browser.start_page()
    page = browser.led(start)

    told = "".join(capsys.readouterr())

    assert start.rpartition(".")[2] not in told
    assert page.url.path.rpartition(".")[2] not in told


# The way back.


def filled(browser: Browser) -> str:
    """The path of a session with something in its basket."""
    page = browser.led(browser.start_page())
    base = page.url.path
    token = _token(page.text) or _token(browser.get(f"{base}/item?sku=SH-100").text)
    fields = {"csrf": token, "sku": "SH-100", "quantity": "2", "unit": "EA"}
    answer = browser.ask("POST", f"{base}/cart/add", data=fields)
    assert answer.status_code == 303, answer.text
    return base


def _token(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    return found[1] if found else ""


def test_a_cart_goes_back_to_the_buyer_in_a_form(browser: Browser):
    base = filled(browser)
    token = _token(browser.get(f"{base}/cart").text)

    done = browser.ask("POST", f"{base}/leave", data={"csrf": token, "how": "cart"})
    page = browser.led(done.headers["location"])

    assert page.url.path == f"{base}/return"
    form = 'action="https://buyer.hub.example/punchout/return?session=34"'
    assert form in page.text
    (value,) = re.findall(r'name="cXML-base64" value="([^"]+)"', page.text)
    data = read_form("cXML-base64=" + value.replace("+", "%2B"))
    assert isinstance(data, bytes)
    assert b"<BuyerCookie>34-ab</BuyerCookie>" in data
    assert b"SharedSecret" not in data
    csp = page.headers["content-security-policy"]
    assert "form-action https://buyer.hub.example;" in csp
    (nonce,) = re.findall("script-src 'nonce-([^']+)'", csp)
    assert f'nonce="{nonce}"' in page.text


def test_the_back_button_shows_the_same_cart_and_never_a_second(browser: Browser):
    base = filled(browser)
    token = _token(browser.get(f"{base}/cart").text)
    browser.ask("POST", f"{base}/leave", data={"csrf": token, "how": "cart"})
    first = browser.led(f"{base}/return").text

    back = browser.led(f"{base}/cart")
    again = browser.ask("POST", f"{base}/leave", data={"csrf": token, "how": "cart"})

    (one,) = re.findall(r'name="cXML-base64" value="([^"]+)"', first)
    assert back.url.path == f"{base}/return"
    assert one in back.text
    assert again.status_code == 303


def test_a_form_of_another_page_changes_nothing(browser: Browser):
    base = filled(browser)

    forged = {"csrf": "x" * 32, "how": "cart"}

    assert browser.ask("POST", f"{base}/leave", data=forged).status_code == 403
    assert browser.ask("POST", f"{base}/leave", data={"how": "cart"}).status_code == 403
    assert browser.led(f"{base}/cart").url.path == f"{base}/cart"
