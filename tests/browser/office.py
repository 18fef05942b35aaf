"""A gateway that many buyers have sent orders to, and people at work in its console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
)

from gateway.bootstrap import Gateway
from gateway.cli.manage import put_starters_in_force
from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import queries, users
from gateway.store.shared_time import utc_now
from gateway.web.speech import speech_in
from tests.browser.visitor import PATIENCE_MS
from tests.listening import doors_of
from tests.starters import FOLDER, ROOT

BEGIN = datetime(2026, 11, 21, 9, tzinfo=UTC)
"""Samples have dates: the office's clock starts here."""
PASSWORD = "a long word for tests"  # noqa: S105  made up
ROLES = ("viewer", "operator", "approver", "partner-admin", "admin")


@dataclass
class OfficeClock:
    """The time of the office."""

    started: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        """What the gateway goes by."""
        return BEGIN + (utc_now() - self.started)


@dataclass(kw_only=True)
class Office:
    """A gateway of all starter partners, which runs in this process at ``address``."""

    gateway: Gateway
    clock: OfficeClock
    address: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: count(700_000_001))

    def later(self, **hours: float) -> None:
        """Turn the clock on."""
        self.clock.started -= timedelta(**hours)

    def send(self, sample: str, partner: str = "acme", **changed: str) -> str:
        """Send in a sample and answer it; the id of its receipt.

        One that is changed is another interchange, with a number of its own.
        """
        path = ROOT / sample if "/" in sample else None
        path = path or FOLDER / partner / "samples" / sample
        text = path.read_text("utf-8")
        for before, after in changed.items():
            assert before in text
            text = text.replace(before, after)
        if changed:
            text = text.replace(text[90:99], f"{next(self.numbers):09}")
        receipt = self.gateway.engine.accept(
            Inbound(
                blob=InMemory.of(text.encode()),
                channel="folder",
                peer=f"in/{path.name}",
                partner_id=partner,
                transport_id="",
                received_at=self.clock(),
            )
        )
        self.work()
        return receipt.id

    def work(self) -> None:
        """Answer and send until nothing is due."""
        engine = self.gateway.engine
        while engine.process() + engine.overdue() + engine.deliver():
            engine.drain(30)

    def left(self, partner: str, kind: str, word: str) -> list[bytes]:
        """What of this kind and with this word in it went to the partner, in order."""
        with self.gateway.db.read() as tx:
            rows = queries.messages(tx, partner=partner, direction="out", limit=500)
            ids = [row.id for row in rows.items if row.type == kind]
            kept = self.gateway.db.payloads
            found = [queries.message(tx, kept, id_) for id_ in sorted(ids)]
        return [one.content for one in found if one and word.encode() in one.content]

    def order(self, po: str) -> str:
        """The id of the order of this number."""
        with self.gateway.db.read() as tx:
            (order,) = queries.orders(tx, po=po).items
        return order.id

    def message(self, kind: str, validation: str) -> str:
        """The id of the newest message of this kind that was judged so."""
        with self.gateway.db.read() as tx:
            rows = queries.messages(tx, limit=500).items
        return next(
            row.id
            for row in rows
            if row.type == kind and (not validation or row.validation == validation)
        )

    def receipt(self) -> str:
        """The id of the newest transmission."""
        with self.gateway.db.read() as tx:
            return queries.interchanges(tx).items[0].id

    def state(self, po: str) -> str:
        """The state of the order of this number."""
        self.work()
        with self.gateway.db.read() as tx:
            (order,) = queries.orders(tx, po=po).items
        return order.state


@contextmanager
def at_work(home: Path) -> Iterator[Office]:
    """The office with its doors open, until it is left. Each role has a user."""
    settings = Settings(home=home, stable_for_s=0, gs1_prefix="0614141")
    first = Gateway(settings)
    first.db.migrate()
    put_starters_in_force(first)
    with first.db.begin() as tx:
        for role in ROLES:
            users.add(tx, role, role, BEGIN, name=role.title(), password=PASSWORD)
    first.close()
    clock = OfficeClock()
    office = Office(gateway=Gateway(settings, clock=clock), clock=clock)
    with doors_of(office.gateway) as office.address:
        yield office


def furnished(office: Office) -> Office:
    """The same with a morning's work: good, held, refused, changed, answered."""
    office.send("good-small.edi")
    office.send("good-rich.edi")
    office.send("case-price-differs.edi")
    office.send("case-unknown-item.edi")
    office.send("case-missing-price.edi")
    office.send("case-ship-to-unknown.edi")
    office.send("samples/x12/wrong-count.edi")
    office.send("bad-require-ref-ia.edi")
    office.send("good-rich.edi", "st-brendan-health")
    office.send("good-small.edi", "marlow-grocers")
    office.send("good-small.edi", "hollin-forge")
    office.gateway.engine.note_counts()
    return office


@dataclass(kw_only=True)
class Worker:
    """Somebody in a browser, who counts the clicks. Nothing else is called for them."""

    context: BrowserContext
    page: Page
    office: Office
    language: str = "en"
    clicks: int = 0
    called: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, browser: Browser, office: Office, **how: object) -> Worker:
        """Somebody who was never here before."""
        how = {"locale": "en-US"} | how
        context = browser.new_context(**how)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        worker = cls(
            context=context,
            page=context.new_page(),
            office=office,
            language=str(how["locale"])[:2],
        )
        context.on("request", worker._calls)
        context.on("console", worker._says)
        return worker

    def log_in(self, role: str = "operator", next: str = "") -> Worker:
        """Come by the page for that."""
        self.go(next or "/console")
        self.page.fill("#login", role)
        self.page.fill("#password", PASSWORD)
        self.page.click("main form button.main")
        self.page.wait_for_url(lambda url: "/console/login" not in url)
        return self

    def go(self, path: str) -> Worker:
        """Open a page by its address."""
        self.page.goto(self.office.address + path)
        return self

    def said(self, text: str, **values: object) -> str:
        """What pages say for this text in the language of this worker."""
        return speech_in(self.language)(text, **values)

    def press(self, there: Locator) -> Worker:
        """Click there, once."""
        self.clicks += 1
        there.click()
        return self

    def path(self) -> str:
        """Where the browser is."""
        return urlsplit(self.page.url).path

    def _calls(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about"):
            self.called.add(f"{parts.scheme}://{parts.netloc}")

    def _says(self, message: ConsoleMessage) -> None:
        is_bad = message.type in ("error", "warning")
        if is_bad and "responded with a status of 4" not in message.text:
            self.complaints.append(f"{message.location['url']}: {message.text}")
