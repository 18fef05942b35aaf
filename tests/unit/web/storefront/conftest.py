"""A shop in this process, and a browser without JavaScript that visits it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import lxml.html
import pytest

from gateway.bootstrap import tables
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.cxml_punchout.basket import Wish
from gateway.engine import Engine
from gateway.engine.punchout import Began
from gateway.partner import Directory
from gateway.pipeline.rules import Rules
from gateway.store import catalog, punchout
from gateway.store.database import Database
from gateway.web.app import create_app
from tests.starters import starter_profile
from tests.unit.store.rounds import NOW
from tests.unit.web.conftest import never

PARTNER = "aldersey-power"
HOSTILE = "<script>alert(1)</script> \"cap\" & 'bolt'"
QUOTED = f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'
HEAD = (
    "contract,currency,contract_from,contract_to,item,description,buyer_part,gtin,"
    "mfr_part,mfr,unit,factor,base_unit,price,basis,break,from,to,min_qty,increment,"
    "max_qty,state,successor,lead_time_days"
)
LIST = "C-1,EUR,2026-01-01,2029-12-31"
DATES = "2026-01-01,2029-12-31"
ROWS = (
    f"{LIST},H-1,Safety helmet white,700100,036000291452,M-1,Bolt & Beam,"
    f"EA,1,EA,12.50,1,1,{DATES},,,,,,3",
    f"{LIST},H-1,Safety helmet white,700100,036000291452,M-1,Bolt & Beam,"
    f"EA,1,EA,11.90,1,50,{DATES},,,,,,3",
    f"{LIST},G-1,Glove,,,,,EA,1,EA,1234.50,100,1,{DATES},10,5,1000,,,",
    f"{LIST},G-1,Glove,,,,,BX,100,EA,,,,,,10,5,1000,,,",
    f"{LIST},X-1,{QUOTED},,,,,EA,1,EA,1,1,1,{DATES},,,,,,",
    f"{LIST},OLD-1,Old helmet,,,,,EA,1,EA,9,1,1,{DATES},,,,discontinued,H-1,",
    f"{LIST},N-1,Helmet without price,,,,,EA,1,EA,9,1,1,2026-01-01,2026-01-02,,,,,,",
)


@dataclass
class Browser:
    """Somebody who shops. ``seen`` is the page in front of them."""

    app: Any
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    base: str = ""
    language: str = "en"
    status: int = 0
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    html: str = ""

    def go(self, path: str) -> Browser:
        """Open an address, and wherever it leads."""
        return asyncio.run(self._ask("GET", path))

    def shop(self, place: str = "") -> Browser:
        """Open a page of the session."""
        return self.go(self.base + place)

    def send(self, form_id: str, **values: str) -> Browser:
        """Post a form of the page with these fields changed, or a button pressed."""
        form = self.seen.get_element_by_id(form_id)
        filled = {k: v or "" for k, v in form.form_values()} | values
        return self.post(form.action, filled)

    def post(self, path: str, values: Mapping[str, str]) -> Browser:
        """Post fields, from wherever they come."""
        return asyncio.run(self._ask("POST", path, data=dict(values)))

    @property
    def seen(self) -> Any:
        """The page as a tree."""
        return lxml.html.document_fromstring(self.html)

    @property
    def text(self) -> str:
        """What the page says, blanks made one."""
        return " ".join(self.seen.body.text_content().split())

    async def _ask(self, method: str, path: str, **more: Any) -> Browser:
        headers = {"Accept-Language": self.language}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="https://shop.test",
            cookies=self.cookies,
            follow_redirects=True,
        ) as client:
            answer = await client.request(method, path, headers=headers, **more)
            self.cookies = client.cookies
        self.status, self.headers = answer.status_code, answer.headers
        self.path, self.html = str(answer.url), answer.text
        return self


@dataclass
class Shop:
    """The gateway behind it."""

    engine: Engine
    app: Any

    def visitor(self, wish: Wish | None = None, language: str = "en") -> Browser:
        """A browser that came from its buyer's system with this wish."""
        profile = self.engine.rules.directory.profiles[PARTNER]
        asked = wish or Wish(return_url="https://buyer.hub.example/back")
        began = self.engine.punchout.begin(profile, asked, NOW)
        assert isinstance(began, Began), began
        with self.engine.db.begin() as tx:
            punchout.insert(tx, [began.rows])
        browser = Browser(self.app, language=language)
        browser.go(f"/shop/start/{began.token}")
        browser.base = "/shop/v/" + browser.path.split("/shop/v/")[1].split("/")[0]
        browser.base = browser.base.split("?")[0]
        return browser

    def sell(self, *rows: str) -> None:
        """Have this catalog from now on."""
        text = "\n".join((HEAD, *rows)) + "\n"
        read = read_csv(text, "catalog.csv", partner_id=PARTNER)
        assert read.is_good, read.findings
        catalog.save(self.engine.db, PARTNER, read, NOW)


@pytest.fixture
def shop(tmp_path: Path, empty_database: Path) -> Iterator[Shop]:
    """A shop with the catalog of ``ROWS``."""
    shutil.copy(empty_database, tmp_path)
    settings = Settings(home=tmp_path, shop_url="https://shop.test/shop")
    rules = Rules(tables(), Directory.of([starter_profile(PARTNER)]))
    db = Database.open(settings)
    engine = Engine(db, rules, settings, {}, lambda: NOW)
    app = create_app(engine, check=never, release=never, clock=lambda: NOW)
    made = Shop(engine, app)
    made.sell(*ROWS)
    yield made
    engine.close()
    db.close()
