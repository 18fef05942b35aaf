"""A real browser, and a shop that a buyer's pages lead to."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.office import Office, Worker, at_work, furnished
from tests.browser.origins import Site, buyers_site, our_pin, server_tls, tls_front
from tests.browser.visitor import Tab, Visitor
from tests.missing import missing
from tests.shop import SECRET, SECRET_NAME, Shop, serving
from tests.starters import ROOT

SCREENSHOTS = ROOT / "docs" / "screenshots"
PICTURES = {
    "shop-found-en",
    "shop-cart-edited-en",
    "shop-cart-fr",
    "shop-framed-en",
    "console-queue-en",
    "console-decide-en",
    "console-message-en",
    "console-bench-en",
    "console-partner-en",
    "console-queue-fr",
}
"""Those that the documentation shows."""
Picture = Callable[[Page, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        action="store_true",
        help="write the pictures in docs/screenshots anew",
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium.

    It goes with its module: while it is there no other loop of asyncio can run.
    """
    program = shutil.which("chromium")
    if program is None:
        missing("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",  # as root, and in most containers, there is none
                f"--ignore-certificate-errors-spki-list={our_pin()}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The certificate of both sites."""
    return server_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def site(tls: ssl.SSLContext) -> Iterator[Site]:
    """The buyer's pages."""
    with buyers_site(tls) as made:
        yield made


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Shop]:
    """A gateway at work, which browsers reach over TLS."""
    home = tmp_path_factory.mktemp("shop")
    with contextlib.ExitStack() as at_the_end:
        patch = at_the_end.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(SECRET_NAME, SECRET)
        port = free_port()
        tls = server_tls(home)
        front = at_the_end.enter_context(tls_front(port, tls))
        bare = at_the_end.enter_context(tls_front(port, tls, cookies=False))
        made = serving(home, site.return_url, port, shop_url=f"{front}/shop")
        shop = at_the_end.enter_context(made)
        shop.fronts = (front, bare)
        yield shop


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Picture:
    """Takes a picture of a page for the documentation, where that is asked for."""
    if not request.config.getoption("--screenshots"):
        return lambda page, name: None

    def take(page: Page, name: str) -> None:
        if name in PICTURES:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")

    return take


@dataclass
class Opened:
    """A session that a user is in: ``start`` is the address that it was opened by."""

    visitor: Visitor
    tab: Tab
    start: str


class Opens(Protocol):
    """Asks for a session and opens it."""

    def __call__(
        self,
        operation: str = "create",
        *,
        framed: bool = False,
        visitor: Visitor | None = None,
        cookies: bool = True,
        how: Mapping[str, Any] | None = None,
        **asked: Any,
    ) -> Opened:
        """``how`` is what is special about the browser, ``asked`` about the request.

        With the ``visitor`` of an earlier session it is another tab of that browser.
        """
        ...


@pytest.fixture
def opened(chromium: Browser, shop: Shop, site: Site) -> Iterator[Opens]:
    """Sessions as users come into them.

    At the end no browser has called anybody else, or told of anything that was
    refused.
    """
    visitors: list[Visitor] = []

    def make(
        operation: str = "create",
        *,
        framed: bool = False,
        visitor: Visitor | None = None,
        cookies: bool = True,
        how: Mapping[str, Any] | None = None,
        **asked: Any,
    ) -> Opened:
        start = shop.start(operation, **asked)
        if not cookies:
            start = start.replace(*shop.fronts)
        if visitor is None:
            visitor = Visitor.of(chromium, site, framed=framed, **how or {})
            visitors.append(visitor)
        return Opened(visitor, visitor.open(start), start)

    yield make
    for one in visitors:
        one.context.close()
    assert {url for one in visitors for url in one.called} <= {
        *shop.fronts,
        site.address,
    }
    assert [text for one in visitors for text in one.complaints] == []


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A gateway after a morning's work, and its console."""
    with at_work(tmp_path_factory.mktemp("office")) as office:
        yield furnished(office)


class Hires(Protocol):
    """Lets somebody of this role come to the console with a browser of their own."""

    def __call__(self, role: str = "operator", **how: Any) -> Worker:
        """``how`` is what is special about the browser."""
        ...


@pytest.fixture
def somebody(chromium: Browser, office: Office) -> Iterator[Hires]:
    """People at work. At the end no page has called anybody else, or complained."""
    workers: list[Worker] = []

    def make(role: str = "operator", **how: Any) -> Worker:
        worker = Worker.of(chromium, office, **how)
        workers.append(worker)
        return worker.log_in(role)

    yield make
    for one in workers:
        one.context.close()
    assert {url for one in workers for url in one.called} <= {office.address}
    assert [text for one in workers for text in one.complaints] == []
