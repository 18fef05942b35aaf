"""The demo's last part: the life of one order, with a small ERP behind the gateway."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import say
from gateway.cli.demo_partners import SftpBuyer, SftpVisit
from gateway.cli.look import text_of
from gateway.config import Settings
from gateway.store import queries

PARTNER = "quarrel-ridge"
_PARTNER = Path(str(bootstrap.starter("partner_profiles") / PARTNER))
_SAMPLES = Path(str(bootstrap.starter("samples") / "erp"))
_PATIENCE_S = 60.0


def agreed() -> dict[str, Any]:
    """What the profile says beside its channel: who answers, what is told."""
    told = ("x12_855", "x12_865", "x12_856", "x12_810")
    return {
        "receives": [_message("x12_850"), _message("x12_860")],
        "sends": [_message(one) for one in told],
        "policy": {"ack": "on_erp", "decisions": {"change_after_erp": "accept"}},
        "erp": {"orders": ["json"]},
    }


def _message(name: str) -> dict[str, str]:
    return {"message": name, "version": "004010", "channel": "sftp"}


class Life:
    """An order from its 850 to the 997 of its invoices."""

    def __init__(self, gateway: Gateway, at: Settings, now: datetime) -> None:
        self._gateway, self._at, self._now = gateway, at, now
        self._kept: list[str] = []

    def play(self, buyer: SftpBuyer) -> None:
        """Send, answer, change, ship, bill; print every message."""
        with buyer.connected(self._at) as visit:
            self._send(
                visit, "850", "the order", _PARTNER / "samples" / "good-small.edi"
            )
            self._erp("take", "--stock", str(_SAMPLES / "stock.csv"), after=1)
            self._fetch(visit, "x12_997", "x12_855")
            self._send(
                visit, "860", "a change of its first line", _SAMPLES / "change.edi"
            )
            self._fetch(visit, "x12_997", "x12_865")
            self._erp("take", "ship", after=1)
            self._fetch(visit, "x12_856")
            say.line("Two days later the goods come that were not there.")
            self._now += timedelta(days=2)
            self._erp("ship", "bill", "count")
            self._fetch(visit, "x12_856", "x12_810", "x12_810")
            self._acknowledge(visit)
        self._tell()

    def _send(self, visit: SftpVisit, kind: str, what: str, sample: Path) -> None:
        """The buyer lays a message into our door."""
        content = sample.read_bytes()
        visit.put(f"{kind}.edi", content)
        say.line(f"The buyer laid {what} into the SFTP door")
        say.line(f"--- {kind}, theirs")
        say.line(text_of(content))

    def _fetch(self, visit: SftpVisit, *kinds: str) -> None:
        """The buyer takes what we have for him."""
        for name, content in visit.fetch(kinds):
            kind = name.split("_")[1]
            say.line(f"--- {kind}, fetched from out/")
            say.line(text_of(content))
            if kind != "997":
                self._kept.append(text_of(content))

    def _acknowledge(self, visit: SftpVisit) -> None:
        """The buyer tells in one interchange that everything could be read."""
        content = acknowledged(self._kept, 9001, self._now)
        visit.put("997.edi", content.encode())
        say.line("--- 997, theirs, for everything that we sent")
        say.line(content)

    def _erp(self, *words: str, after: int = 0) -> None:
        """Run steps of the ERP, once so many orders lie in its folder."""
        folder = self._at.home / "erp"
        until(lambda: len(list(folder.glob("out/order_*.json"))) >= after)
        command = [sys.executable, str(_SAMPLES / "erp.py"), str(folder), *words]
        command += ["--now", self._now.isoformat()]
        done = subprocess.run(  # noqa: S603  our own sample
            command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            say.failed(f"the ERP ended: {done.stderr}")
        say.line(done.stdout.rstrip())

    def _tell(self) -> None:
        """Where the order stands once its messages are acknowledged."""
        db = self._gateway.db
        with db.read() as tx:
            (order,) = queries.orders(tx, partner=PARTNER).items

        def sent() -> list[Any]:
            with db.read() as tx:
                told = queries.answers(tx, db.payloads, order_id=order.id)
            return [one.message for one in told if one.message.type != "x12_997"]

        until(lambda: all(one.acknowledgement == "accepted" for one in sent()))
        with db.read() as tx:
            (order,) = queries.orders(tx, partner=PARTNER).items
        kinds = ", ".join(one.type.removeprefix("x12_") for one in sent())
        say.line(f"{order.id}  PO {order.po_number}  {order.state}")
        say.line(f"{kinds}: the buyer acknowledged each of them")


def acknowledged(texts: list[str], number: int, now: datetime) -> str:
    """The 997s of a buyer who could read these interchanges, in one interchange."""
    first = texts[0].splitlines()[0].rstrip("~").split("*")
    first[5:9] = [*first[7:9], *first[5:7]]
    first[9:11], first[13] = [f"{now:%y%m%d}", f"{now:%H%M}"], f"{number:09}"
    rows = ["*".join(first), ""]
    for count, text in enumerate(texts, 1):
        segments = [line.rstrip("~").split("*") for line in text.splitlines()]
        group = next(one for one in segments if one[0] == "GS")
        sets = [one for one in segments if one[0] == "ST"]
        rows[1] = f"GS*FA*{group[3]}*{group[2]}*{now:%Y%m%d*%H%M}*{number}*X*004010"
        body = [f"AK1*{group[1]}*{group[6]}"]
        for one in sets:
            body += [f"AK2*{one[1]}*{one[2]}", "AK5*A"]
        body.append(f"AK9*A*{len(sets)}*{len(sets)}*{len(sets)}")
        rows += [f"ST*997*{count:04}", *body, f"SE*{len(body) + 2}*{count:04}"]
    rows += [f"GE*{len(texts)}*{number}", f"IEA*1*{number:09}"]
    return "".join(f"{one}~\n" for one in rows).rstrip()


def until(done: Callable[[], bool]) -> None:
    """Wait for something to come true; the demo fails where it does not in time."""
    end = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > end:
            say.failed("the demo's gateway did not answer in time")
        time.sleep(0.02)
