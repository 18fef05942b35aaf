"""``demo``: sample orders through a running gateway of its own, with the answers."""

from __future__ import annotations

import http.client
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from cryptography import x509

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import logs, say
from gateway.cli.demo_edifact import EdifactEnd, kind_of
from gateway.cli.demo_life import PARTNER, Life, agreed
from gateway.cli.demo_partners import (
    BOTH_USES,
    OURS,
    As2Buyer,
    SftpBuyer,
    SftpVisit,
    key_pair,
)
from gateway.cli.demo_punchout import CxmlBuyer, PunchedOut
from gateway.cli.demo_signed import DEPOT, WATER, Agency, SignedOrders
from gateway.cli.demo_soap import SoapOrders
from gateway.cli.look import tell_order, text_of
from gateway.cli.manage import put_starters_in_force
from gateway.cli.served import served
from gateway.cli.work import serve_gateway
from gateway.config import Settings
from gateway.jobs import stop_on_signals
from gateway.pipeline.drop import Account
from gateway.store import (
    keys,
    order_page,
    own_keys,
    profiles,
    queries,
    sftp_accounts,
    users,
)
from gateway.store.own_keys import NewKey
from gateway.store.rows import Answer, Transmission
from gateway.trust.files import key_pem
from gateway.trust.keyring import Certified

_BEGIN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""The demo's clock starts here, since samples have dates."""
_PATIENCE_S = 60.0
_AS2_BUYER = "lantern-bay"
_GS1_PREFIX = "0614141"


@dataclass(frozen=True, slots=True)
class Sent:
    """One interchange of the demo: what it shows, the door it takes, its sample."""

    shows: str
    door: str
    sample: str
    partner: str = ""


def _folder(shows: str, sample: str, partner: str = "acme") -> Sent:
    folder = f"partner_profiles/{partner}/samples"
    return Sent(shows, "folder", f"{folder}/{sample}", partner)


def _general(shows: str, sample: str) -> Sent:
    return Sent(shows, "folder", f"samples/x12/{sample}", "acme")


def _http(shows: str, sample: str) -> Sent:
    folder = "partner_profiles/st-brendan-health/samples"
    return Sent(shows, "http", f"{folder}/{sample}")


_PLAY = (
    _folder("a good order", "good-small.edi"),
    _folder("the same interchange again: a resend", "good-small.edi"),
    _folder("a price outside the tolerance", "case-price-differs.edi"),
    _folder("an item that nobody knows", "case-unknown-item.edi"),
    _folder("a unit that the item is not sold in", "case-wrong-unit.edi"),
    _general("a wrong segment count in SE01", "wrong-count.edi"),
    _folder("a violation of the buyer's guide", "bad-require-ref-ia.edi"),
    _http("a good order with everything in it", "good-rich.edi"),
    _http("a price that differs: ours wins", "case-price-differs.edi"),
    _http("a discontinued item with a successor", "case-discontinued.edi"),
    Sent("a sender without a profile", "http", "samples/x12/unknown-sender.edi"),
    Sent(
        "a good order, signed and encrypted",
        "as2",
        f"partner_profiles/{_AS2_BUYER}/samples/good-small.edi",
    ),
    _folder("a grocer's order by EANCOM", "good-small.edi", "marlow-grocers"),
    _folder(
        "20 of what is sold by the dozen", "case-not-a-multiple.edi", "marlow-grocers"
    ),
    _folder("an industrial order by D.96A", "good-small.edi", "hollin-forge"),
    _folder("its change, line by line", "change-by-line.edi", "hollin-forge"),
)


def demo(
    port: Annotated[int, typer.Option(help="Of the HTTP door; 0 is any.")] = 0,
    home: Annotated[
        Path | None, typer.Option(help="A new folder to keep it in; else none is kept.")
    ] = None,
) -> None:
    """Run sample orders through a gateway of its own and print its answers.

    The gateway lives in a temporary folder. In a terminal it goes on serving until
    it is stopped; without one it stops by itself.
    """
    logs.only_errors()
    if home is not None and home.exists() and any(home.iterdir()):
        say.failed(f"{home} is not empty")
    with (
        tempfile.TemporaryDirectory(prefix="gateway-demo-") as passing,
        stop_on_signals() as stop,
    ):
        folder = passing if home is None else home.resolve()
        at = Settings(
            home=Path(folder),
            poll_interval_s=0.05,
            stable_for_s=0.2,
            port=port,
            gs1_prefix=_GS1_PREFIX,
            sftp_port=_free_port(),
        )
        Demo(at).run(stop)


def _clock() -> Callable[[], datetime]:
    ahead = _BEGIN - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead


class Demo:
    """A gateway that plays the sample interchanges against itself."""

    def __init__(self, at: Settings) -> None:
        """Makes the database with the sample partners and their contracts."""
        clock = self._clock = _clock()
        self._at = at
        self._seen: set[str] = set()
        self._by_as2, self._by_sftp = As2Buyer(clock), SftpBuyer("quarrel")
        self._by_cxml = CxmlBuyer(clock)
        self._depot, self._water = Agency(DEPOT, clock()), Agency(WATER, clock())
        self._depot_by_sftp = SftpBuyer(self._depot.partner)
        first = Gateway(at, clock)
        put_starters_in_force(first)
        with first.db.begin() as tx:
            _, self._key = keys.make(tx, "demo", "all", clock())
            self._password = secrets.token_urlsafe(12)
            users.add(tx, "demo", "admin", clock(), password=self._password)
        self._certificate = self._furnish(first, clock())
        first.close()
        self.gateway = Gateway(at, clock)

    def _furnish(self, gateway: Gateway, now: datetime) -> x509.Certificate:
        """Reach one buyer by AS2, two by SFTP; gives our AS2 certificate."""
        as2 = {"channels": [self._by_as2.channel()]}
        as2 |= {"certificates": self._by_as2.certificates()}
        door = {"id": "sftp", "kind": "sftp_drop"}
        sftp = {"channels": [door]} | agreed()
        key, certificate = key_pair(OURS, now)
        place = self._at.home / "as2.key"
        place.touch(0o600)
        place.write_text(key_pem(key))
        ours = Certified(certificate=certificate, uses=BOTH_USES, name="demo")
        new = NewKey(certified=ours, private_key=key, reference=f"file:{place}")
        accounts = (self._by_sftp, PARTNER), (self._depot_by_sftp, self._depot.partner)
        cxml = self._by_cxml.agreed(self._at.home)
        changed = (
            (_AS2_BUYER, as2),
            (PARTNER, sftp),
            (CxmlBuyer.partner, cxml),
            (self._depot.partner, self._depot.agreed(door)),
            (self._water.partner, self._water.agreed()),
        )
        with gateway.db.begin() as tx:
            for partner, more in changed:
                profiles.apply(tx, partner, _changed(partner, more), now)
            own_keys.add(tx, gateway.db.payloads.keys, new, "created", now)
            for buyer, partner in accounts:
                account = Account(name=buyer.name, partner_id=partner)
                sftp_accounts.add(tx, account, now, password=buyer.password)
        for agency in (self._depot, self._water):
            agency.publish(gateway)
        return certificate

    def run(self, stop: threading.Event) -> None:
        """Serve, play, print; go on serving when a person looks on."""

        def serve(stop: threading.Event, told: Callable[[str], object]) -> None:
            port = self._at.port
            serve_gateway(self.gateway, stop, host="127.0.0.1", port=port, told=told)

        try:
            with served(serve, stop) as address:
                self._by_as2.trust(self._certificate, address)
                self._play(address)
                self._wait_if_seen(address, stop)
        finally:
            self._by_as2.close()
            self._by_cxml.close()
            self.gateway.close()

    def _wait_if_seen(self, address: str, stop: threading.Event) -> None:
        say.line(f"The gateway answers at {address} with the key {self._key}")
        say.line(f"Its home is {self._at.home}; files go into partners/acme/in there.")
        say.line(f"The console: {address}/console, user demo, {self._password}")
        if sys.stdout.isatty() and sys.stdin.isatty():
            say.line(f"Stop it with Ctrl-C. To come back, {self._again()}")
            stop.wait()
        else:
            say.line("Nobody looks on: the demo ends.")

    def _again(self) -> str:
        """How the same gateway is served once more."""
        if self._at.home.name.startswith("gateway-demo-"):
            return "begin with: gateway demo --home FOLDER"
        return f"GATEWAY_HOME={self._at.home} gateway serve"

    def _play(self, address: str) -> None:
        begun = time.monotonic()
        for n, sent in enumerate(_PLAY, 1):
            say.line(f"=== {n}. {sent.shows} ({sent.door}, {Path(sent.sample).name})")
            self._tell(self._send(n, sent, address))
            self._tell_taken(sent)
            say.line()
        say.line(f"=== {len(_PLAY) + 1}. it is shipped and billed (an ERP by files)")
        EdifactEnd(self.gateway, self._at).play()
        say.line()
        say.line(
            f"=== {len(_PLAY) + 2}. the whole life of an order (sftp, an ERP by files)"
        )
        Life(self.gateway, self._at, self._clock()).play(self._by_sftp)
        say.line()
        say.line(f"=== {len(_PLAY) + 3}. a punch-out: cart, order, confirmation (cXML)")
        PunchedOut(self.gateway, address).play(self._by_cxml)
        say.line()
        with self._depot_by_sftp.connected(self._at) as visit:
            self._play_signed(address, visit)
        took = time.monotonic() - begun
        say.line(f"{len(_PLAY) + 7} interchanges were answered in {took:.1f} s.")

    def _play_signed(self, address: str, visit: SftpVisit) -> None:
        """Orders that are believed by their signatures, and forged ones."""
        first = len(_PLAY) + 4
        with self.gateway.db.read() as tx:
            every = queries.interchanges(tx, limit=100).items
        self._seen |= {row.id for row in every}
        orders = SignedOrders(self.gateway, self._at.home)
        say.line(f"=== {first}. signed orders, and forged ones (sftp, folder)")
        self._tell(orders.by_sftp(self._depot, visit, self._wait))
        self._tell(orders.by_folder(self._water, self._wait))
        say.line()
        say.line(f"=== {first + 1}. a signed order in SOAP, and a forged one")
        SoapOrders(address).play(self._depot, self._clock())
        visit.fetch(("x12_997", "x12_855"))
        self._tell(self._wait())
        say.line()

    def _send(self, n: int, sent: Sent, address: str) -> Transmission:
        top, _, rest = sent.sample.partition("/")
        content = bootstrap.starter(top).joinpath(rest).read_bytes()
        if sent.door == "folder":
            inbox = self._at.home / "partners" / sent.partner / "in"
            inbox.mkdir(parents=True, exist_ok=True)
            (inbox / f"{n:02d}-{Path(rest).name}").write_bytes(content)
        elif sent.door == "as2":
            said = self._by_as2.send(Path(rest).name, content)
            say.line(f"The buyer sent it by AS2 and got {said}")
        else:
            self._post(content, address)
        return self._wait()

    def _post(self, content: bytes, address: str) -> None:
        door = http.client.HTTPConnection(
            address.removeprefix("http://"), timeout=_PATIENCE_S
        )
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/edi-x12",
        }
        with closing(door):
            door.request("POST", "/v1/interchanges", content, headers)
            say.line(f"HTTP {door.getresponse().status}: the bytes are safe")

    def _wait(self) -> Transmission:
        """The next transmission, once it is answered and the answers are sent."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            with self.gateway.db.read() as tx:
                for row in queries.interchanges(tx, limit=10).items:
                    if row.id in self._seen or row.state == "todo":
                        continue
                    found = queries.interchange(tx, row.id)
                    if found and all(a.delivery == "delivered" for a in found.answers):
                        self._seen.add(row.id)
                        return found
            time.sleep(0.02)
        say.failed("the demo's gateway did not answer in time")

    def _tell_taken(self, sent: Sent) -> None:
        """What the buyers who do not look into folders have of us now."""
        if sent.door == "as2":
            for _ in range(2):
                told = self._by_as2.taken.get(timeout=_PATIENCE_S)
                say.line(f"The buyer took by AS2: {told}")

    def _tell(self, found: Transmission) -> None:
        say.line(f"{found.receipt.id}: {found.receipt.state}")
        told = [n.finding for n in found.findings if not n.order_id]
        say.findings(dict.fromkeys(told), indent="  ")
        with self.gateway.db.read() as tx:
            mine = [
                row
                for row in queries.orders(tx, limit=50).items
                if row.receipt_id == found.receipt.id
            ]
            details = [order_page.order(tx, row.id) for row in mine]
            answers = queries.answers(
                tx, self.gateway.db.payloads, receipt_id=found.receipt.id
            )
        for detail in details:
            if detail is not None:
                tell_order(detail)
        _print(answers)


def _changed(partner_id: str, more: dict[str, Any]) -> str:
    """A starter's profile with other channels, for everything."""
    file = bootstrap.starter("partner_profiles") / partner_id / "profile.yaml"
    text = file.read_text("utf-8")
    facts: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506  texts only
    channel = more["channels"][0]["id"]
    for one in (*facts["receives"], *facts["sends"]):
        one["channel"] = channel
    parts = ("policy", "cxml")
    laid = {one: facts.get(one, {}) | more.get(one, {}) for one in parts}
    return yaml.safe_dump(facts | more | laid)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _print(answers: Sequence[Answer]) -> None:
    for answer in answers:
        again = ", the stored bytes again" if answer.message.replay_of else ""
        say.line(f"--- {kind_of(answer)}{again}")
        say.line(text_of(answer.content))
