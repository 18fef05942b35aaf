"""A gateway with a shop for a buyer's users, and what their system asks of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import httpx
import sqlalchemy as sa

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.store import catalog, profiles
from gateway.store.database import Database
from gateway.store.shared_time import utc_now
from gateway.store.tables import orders
from tests.begun import give_tables
from tests.listening import doors_of
from tests.starters import FOLDER, as_yaml, texts

BUYER = "aldersey-power"
SECRET_NAME = "ALDERSEY_SECRET"  # noqa: S105  its name in the environment
SECRET = "correct horse battery"  # noqa: S105  made up

_SETUP = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.050/cXML.dtd">
<cXML payloadID="{payload_id}" timestamp="2026-11-22T10:00:00+00:00" xml:lang="en">
<Header>
<From><Credential domain="NetworkID"><Identity>AN01777000010</Identity></Credential>
</From>
<To><Credential domain="NetworkID"><Identity>AN01777000099</Identity></Credential></To>
<Sender><Credential domain="NetworkID"><Identity>AN01000000998</Identity>
<SharedSecret>{secret}</SharedSecret></Credential><UserAgent>Buyer 1</UserAgent>
</Sender></Header>
<Request><PunchOutSetupRequest operation="{operation}">
<BuyerCookie>{cookie}</BuyerCookie>
<Extrinsic name="UniqueName">{user}</Extrinsic>
<BrowserFormPost><URL>{return_url}</URL></BrowserFormPost>
{more}</PunchOutSetupRequest></Request></cXML>"""

_ITEM = """<ItemOut quantity="{quantity}" lineNumber="{n}"><ItemID>
<SupplierPartID>{sku}</SupplierPartID>
<SupplierPartAuxiliaryID>{mark}</SupplierPartAuxiliaryID></ItemID></ItemOut>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A line as the buyer's system kept it from a cart."""

    sku: str
    quantity: str
    mark: str


@dataclass
class Clock:
    """The time, and how far it was turned on."""

    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        """What the gateway goes by."""
        return utc_now() + self.later


@dataclass(kw_only=True)
class Documents:
    """What the buyer's system sends. Carts shall go to ``return_url``."""

    return_url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def setup(
        self,
        operation: str = "create",
        *,
        user: str = "ann.lee",
        cookie: str = "",
        items: Sequence[Held] = (),
        **changed: str,
    ) -> str:
        """The document that asks for a session; ``changed`` are its other texts."""
        n = next(self.numbers)
        lines = "".join(
            _ITEM.format(quantity=one.quantity, n=k, sku=one.sku, mark=one.mark)
            for k, one in enumerate(items, 1)
        )
        words = {
            "payload_id": f"{n}.{operation}@buyer.example",
            "secret": SECRET,
            "return_url": escape(self.return_url),
            "more": lines,
        } | changed
        return _SETUP.format(
            operation=operation, user=user, cookie=cookie or f"cookie-{n}", **words
        )

    def order(self, number: str = "") -> str:
        """The starter's small order under a number of its own."""
        n = next(self.numbers)
        text = (FOLDER / BUYER / "samples" / "good-small.xml").read_text("utf-8")
        text = text.replace("made-up", SECRET).replace("po-88001", f"po-{n}")
        return text.replace("PO-88001", number or f"PO-{n}")


@dataclass(kw_only=True)
class Counter(Documents):
    """A running gateway as those outside see it, at ``address``."""

    address: str = ""
    http: httpx.Client = field(default_factory=httpx.Client)
    """A program's way in; browsers have their own."""

    def ask(self, document: str | bytes, kind: str = "text/xml") -> bytes:
        """What the gateway answers a document of cXML; it does so by HTTP 200."""
        data = document.encode() if isinstance(document, str) else document
        answer = self.http.post("/cxml", content=data, headers={"Content-Type": kind})
        assert answer.status_code == 200, answer.text
        return answer.content

    def start(self, operation: str = "create", **asked: Any) -> str:
        """The address of the start page that is given out."""
        return start_page(self.ask(self.setup(operation, **asked)))

    def inside(self, url: str) -> str:
        """The same address without TLS: where the gateway itself listens."""
        parts = urlsplit(url)
        return self.address + parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass(kw_only=True)
class Shop(Counter):
    """A gateway that runs in this process."""

    gateway: Gateway
    settings: Settings
    clock: Clock
    fronts: tuple[str, str] = ("", "")
    """Its addresses over TLS: the usual one, and one that keeps cookies to itself."""

    def booked(self, number: str) -> list[str]:
        """Whose orders of this number there are, once all that came was answered."""
        while self.gateway.engine.process():
            pass
        asked = sa.select(orders.c.partner_id).where(orders.c.po_number == number)
        with self.gateway.db.read() as tx:
            return sorted(tx.execute(asked).scalars())


def start_page(answer: bytes) -> str:
    """The address that an answer gives for the user's browser."""
    found = re.search(rb"<StartPage>\s*<URL>(.*?)</URL>", answer, re.DOTALL)
    assert found, answer
    return found[1].decode().replace("&amp;", "&")


def status_of(answer: bytes) -> int:
    """The code of the Status in an answer."""
    found = re.search(rb'<Status code="([0-9]+)"', answer)
    assert found, answer
    return int(found[1])


def profile_for(return_url: str, **changes: Any) -> dict[str, Any]:
    """The buyer's profile: carts go to this address, and only there."""
    facts = dict(texts(FOLDER / BUYER / "profile.yaml"))
    parts = urlsplit(return_url)
    own = {"return_to": [f"{parts.scheme}://{parts.netloc}"]}
    facts["channels"] = [{"id": "hub", "kind": "folder"}]  # nobody is called
    facts["punchout"] = dict(facts.get("punchout") or {}) | own
    return facts | changes


def furnish(settings: Settings, *known: Mapping[str, Any]) -> None:
    """A database with these profiles and the starter's catalog for each."""
    give_tables(settings)
    db = Database.open(settings)
    now = utc_now() - timedelta(seconds=1)
    text = (FOLDER / BUYER / "catalog.csv").read_text("utf-8")
    prices = read_csv(text, "catalog.csv")
    for facts in known:
        with db.begin() as tx:
            profiles.apply(tx, str(facts["id"]), as_yaml(facts), now)
        catalog.save(db, str(facts["id"]), prices, now)
    db.close()


@contextmanager
def serving(
    home: Path, return_url: str, port: int = 0, *more: Mapping[str, Any], **set_: Any
) -> Iterator[Shop]:
    """A gateway with open doors until it is left; ``set_`` are settings of its own.

    Nothing is worked at but what is asked for: other tests may run beside it.
    """
    settings = Settings(home=home, stable_for_s=0, **set_)
    furnish(settings, profile_for(return_url), *more)
    clock = Clock()
    gateway = Gateway(settings, clock=clock)
    shop = Shop(return_url=return_url, gateway=gateway, settings=settings, clock=clock)
    with (
        doors_of(gateway, port) as shop.address,
        httpx.Client(base_url=shop.address, timeout=30) as shop.http,
    ):
        yield shop
