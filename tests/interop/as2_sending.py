"""A gateway of one partner that sends by AS2 or push, and a clock to turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.pipeline.ports import Blob, Inbound, InMemory
from gateway.store import catalog, ids, lanes, own_keys, payloads, profiles, tables
from gateway.store.database import Database
from gateway.store.own_keys import KeptKey, NewKey
from gateway.store.queue import outbox_row
from gateway.store.sql import insert_all
from gateway.trust.keyring import Certified, Use
from tests.begun import give_tables
from tests.interop.as2_receiver import Peer
from tests.parties import Party, party
from tests.starters import FOLDER, texts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACME = FOLDER / "acme"
ORDER = (ACME / "samples" / "good-small.edi").read_text()
OUR_URL = "https://edi.supplier.test/as2"


def a_peer(folder: Path) -> Peer:
    """The partner, and somebody else."""
    folder.mkdir(parents=True, exist_ok=True)
    us, them, other = (party(name) for name in ("us", "them", "other"))
    return Peer(folder, us, them, other)


def as2(url: str, **more: Any) -> dict[str, Any]:
    """A channel by which we send AS2."""
    names = {"ours": "BOLT BEAM", "theirs": "ACME-AS2"}
    return {"id": "as2", "kind": "as2", "url": url, "names": names} | more


def facts_with(channel: dict[str, Any], them: Party) -> dict[str, Any]:
    """The partner's profile with this channel for everything we send."""
    facts: dict[str, Any] = texts(ACME / "profile.yaml")
    facts["channels"] = [channel]
    facts["receives"] = [{"message": "x12_850", "version": "004010"}]
    facts["sends"] = [
        {"message": "x12_855", "version": "004010", "channel": channel["id"]}
    ]
    pem = them.certificate.public_bytes(Encoding.PEM).decode()
    uses = ["as2_sign", "as2_encrypt", "tls_server"]
    facts["certificates"] = [{"pem": pem, "uses": uses}]
    return facts


def furnish(settings: Settings, facts: dict[str, Any], us: Party, keys: Path) -> None:
    """Put the profile, its prices and a key of ours into the database."""
    give_tables(settings)
    db = Database.open(settings)
    prices = read_csv((ACME / "catalog.csv").read_text(), "catalog.csv")
    catalog.save(db, "acme", prices, NOW)
    uses = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT, Use.TLS_CLIENT))
    certified = Certified(certificate=us.certificate, uses=uses, name="ours")
    new = NewKey(
        certified=certified,
        private_key=us.key,
        reference=f"file:{us.files(keys)[1]}",
    )
    with db.begin() as tx:
        profiles.apply(tx, "acme", yaml.safe_dump(facts), NOW)
        kept = own_keys.add(tx, db.payloads.keys, new, "created", NOW)
        assert isinstance(kept, KeptKey), kept
    db.close()


@dataclass
class Sender:
    """The gateway, and what its database says."""

    gateway: Gateway
    now: datetime

    @classmethod
    def of(cls, settings: Settings, channel: dict[str, Any], peer: Peer) -> Sender:
        """A gateway that sends to the partner by this channel."""
        settings = settings.model_copy(update={"as2_url": OUR_URL})
        furnish(settings, facts_with(channel, peer.them), peer.us, peer.folder)
        made = cls.__new__(cls)
        made.now = NOW
        made.gateway = Gateway(settings, clock=lambda: made.now)
        return made

    def later(self, **time: float) -> None:
        """Turn the clock, and do what is due."""
        self.now += timedelta(**time)
        self.work()

    def order(self, text: str = ORDER) -> None:
        """An order comes, and is answered."""
        self.gateway.engine.accept(
            Inbound(
                blob=InMemory.of(text.encode()),
                channel="folder",
                peer="in/po.edi",
                partner_id="acme",
                transport_id="",
                received_at=self.now,
            )
        )
        self.work()

    def work(self) -> None:
        """Answer and send until nothing is due."""
        engine = self.gateway.engine
        while engine.process() + engine.overdue() + engine.deliver():
            engine.drain(30)

    def rows(self, table: sa.Table, **where: object) -> list[Any]:
        """The rows of a table, oldest first."""
        query = sa.select(table).order_by(table.c.id)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.gateway.db.read() as tx:
            return list(tx.execute(query).all())

    def message(self, kind: str = "x12_997") -> Any:
        """Our first message of a kind."""
        return self.rows(tables.outbox, kind=kind)[0]

    def wire(self, kind: str = "x12_997") -> Any:
        """What it was wrapped into."""
        return self.rows(tables.wire, id=self.message(kind).wire_id)[0]

    def codes(self) -> set[str]:
        """The findings about our messages."""
        return {row.code for row in self.rows(tables.finding) if row.message_id}

    def alerts(self) -> set[tuple[str, str]]:
        """What operators are told, by kind and code."""
        return {(row.kind, row.code) for row in self.rows(tables.alert)}

    def events(self, name: str) -> list[dict[str, Any]]:
        """What events of this name tell."""
        return [json.loads(row.detail) for row in self.rows(tables.event, name=name)]

    def bytes_of(self, sha256: str) -> bytes:
        """Stored bytes."""
        db = self.gateway.db
        with db.read() as tx:
            return b"".join(db.payloads.load(tx, [sha256])[sha256].chunks())


def queue(db: Database, channel: str, content: Blob, now: datetime) -> str:
    """Have these bytes sent by a channel of the partner; the message's id."""
    row = tables.blank(tables.outbox)
    id_ = ids.new("msg")
    row |= outbox_row(id_, "acme", id_, now)
    row |= {"channel": channel, "kind": "x12_856", "file_name": f"{id_}.edi"}
    row["content_sha256"] = content.sha256
    kept = db.payloads.prepare(content, now)
    with db.begin() as tx:
        payloads.insert(tx, [kept])
        lanes.line_up(tx, [row])
        insert_all(tx, tables.outbox, [row])
    return id_
