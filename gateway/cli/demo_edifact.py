"""The demo's end of an EDIFACT order: our ERP ships and bills it."""

from __future__ import annotations

from pathlib import Path

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import say
from gateway.cli.demo_life import until
from gateway.cli.look import text_of
from gateway.config import Settings
from gateway.store import queries
from gateway.store.rows import Answer

PARTNER = "hollin-forge"
_FILES = {
    "edifact_desadv": "shipment-edifact.csv",
    "edifact_invoic": "invoice-edifact.csv",
}
"""The message that each of our ERP's files leads to."""


def kind_of(answer: Answer) -> str:
    """The kind of a message of ours, as people call it: 855, ORDRSP."""
    _, _, kind = answer.message.type.partition("_")
    return kind.upper()


class EdifactEnd:
    """The shipment and the invoice of the industrial buyer's order."""

    def __init__(self, gateway: Gateway, at: Settings) -> None:
        self._gateway, self._folder = gateway, at.home / "erp" / "in"

    def play(self) -> None:
        """Lay the files into the ERP's folder, print what they lead to."""
        samples = Path(str(bootstrap.starter("samples") / "erp"))
        self._folder.mkdir(parents=True, exist_ok=True)
        for kind, name in _FILES.items():
            say.line(f"The ERP wrote {name}")
            (self._folder / name).write_bytes((samples / name).read_bytes())
            self._print(kind)

    def _print(self, kind: str) -> None:
        """The messages of a kind, once there are any."""
        until(lambda: bool(self._told(kind)))
        for answer in self._told(kind):
            say.line(f"--- {kind_of(answer)}")
            say.line(text_of(answer.content))

    def _told(self, kind: str) -> list[Answer]:
        db = self._gateway.db
        with db.read() as tx:
            (order,) = queries.orders(tx, partner=PARTNER).items
            every = queries.answers(tx, db.payloads, order_id=order.id)
        return [one for one in every if one.message.type == kind]
