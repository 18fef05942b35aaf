"""The console of a whole gateway, and browsers of people who are logged in to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from gateway.bootstrap import Gateway
from gateway.cli.work import app_of
from gateway.config import Settings
from gateway.store import passwords, users, visits
from gateway.store.users import User
from gateway.web.console.desk import cookie_name
from tests.unit.engine.house import SAMPLES, House

ORIGIN = "http://127.0.0.1"


class Browser:
    """A browser: its forms say where they come from, and carry their page's token.

    It is led nowhere by itself, and keeps its cookies.
    """

    def __init__(self, app: FastAPI, origin: str = ORIGIN) -> None:
        self._app = app
        self.come_from("127.0.0.1")
        self.headers = {"Origin": origin}
        self.cookies = httpx.Cookies()
        self.csrf = ""

    def come_from(self, address: str) -> None:
        """Be somewhere else."""
        self._way = httpx.ASGITransport(app=self._app, client=(address, 50_000))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.ask("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.ask("POST", url, **more)

    def send_form(self, url: str, **fields: Any) -> httpx.Response:
        """Post a form as a page of this session would; lists are several boxes."""
        return self.post(url, data={"csrf": self.csrf, **fields})

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, url, **more))

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._way,
            base_url=ORIGIN,
            headers=self.headers,
            cookies=self.cookies,
        ) as client:
            answer = await client.request(method, url, **more)
            self.cookies = client.cookies
        return answer


@dataclass
class Console:
    """A gateway of acme whose console browsers come to, in this process.

    ``house`` takes in samples (``console.house.order("good-small.edi")``) and turns the
    clock (``console.house.later(hours=1)``).
    """

    house: House
    app: FastAPI

    def set(self, **settings: Any) -> None:
        """Have other settings from the next request on."""
        engine = self.gateway.engine
        engine.settings = engine.settings.model_copy(update=settings)

    @property
    def gateway(self) -> Gateway:
        return self.house.gateway

    def stranger(self, origin: str = ORIGIN) -> Browser:
        """A browser on this machine that is not logged in."""
        return Browser(self.app, origin)

    def user(
        self, role: str = "admin", partner: str | None = None, password: str = ""
    ) -> User:
        """The user of this role, who is called ``admin`` or ``viewer-acme``."""
        login = f"{role}-{partner}" if partner else role
        with self.gateway.db.begin() as tx:
            known = users.find(tx, login)
            made = known or users.add(
                tx,
                login,
                role,
                self.house.now,
                partner_id=partner,
                password=password,
            )
        assert made is not None
        return made

    def at(self, role: str = "admin", partner: str | None = None) -> Browser:
        """A browser in which somebody of this role is logged in."""
        user, browser, now = self.user(role, partner), self.stranger(), self.house.now
        with self.gateway.db.begin() as tx:
            secret = visits.begin(tx, user, now, address="127.0.0.1", way="test")
            found = visits.find(tx, secret, now)
        assert found is not None
        browser.cookies.set(cookie_name(secure=False), secret)
        browser.csrf = found.csrf
        return browser


def come(
    console: Console,
    sample: str = "good-small.edi",
    changed: Mapping[str, str] | None = None,
) -> str:
    """A sample of acme that comes, whatever becomes of it; its receipt's id."""
    text = (SAMPLES / sample).read_text()
    for before, after in (changed or {}).items():
        text = text.replace(before, after)
    receipt = console.house.send(text.encode())
    console.house.work()
    return receipt


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """What pages do is tested on every database elsewhere."""
    return str(request.param)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing here; what they cost is argon2's affair."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)


@pytest.fixture
def console(settings: Settings) -> Iterator[Console]:
    """The console; ``console.at("operator")`` is a browser logged in to it."""
    house = House(settings, {}, {})
    app = app_of(house.gateway)
    assert isinstance(app, FastAPI)
    yield Console(house, app)
    house.close()
