"""Two gateways exchange AS2 messages, each with its real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.config import Settings
from gateway.evidence import bundle
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import tables
from gateway.store.evidence import gather
from tests.interop.as2_sending import ORDER, facts_with, furnish, queue
from tests.interop.test_http_door import Served, free_port, serving
from tests.parties import Party, party

PROTECTIONS = [
    (sign, encrypt, compress)
    for sign, encrypt, compress in product(
        ("none", "sha-256"), ("none", "aes256-cbc"), ("none", "before", "after")
    )
    if (sign, encrypt) != ("none", "none") or compress != "after"
]
BARE = {"none": "none", "before": "compressed"}
WAYS = list(product(PROTECTIONS, ("required", "none"), ("sync", "async")))


LATER = [(("sha-256", "aes256-cbc", "none"), "required", "async")]
Ways = list[tuple[tuple[str, str, str], str, str]]


def channels(
    ways: Ways, url: str, *, ours: str, theirs: str
) -> Iterator[dict[str, Any]]:
    """A channel of its own for each way; both sides make the same ones."""
    for n, ((sign, encrypt, compress), signature, reply) in enumerate(ways):
        wanted = {"signature": sign, "encryption": encrypt}
        security: Any = {
            "sign": sign,
            "encrypt": encrypt,
            "compress": compress,
            "require": [name for name, way in wanted.items() if way != "none"],
        }
        yield {
            "id": f"way{n}",
            "kind": "as2",
            "url": url,
            "names": {"ours": f"{ours} {n}", "theirs": f"{theirs} {n}"},
            "security": security if security["require"] else BARE[compress],
            "receipt": {"signature": signature, "reply": reply},
        }


def facts(every: list[dict[str, Any]], them: Party) -> dict[str, Any]:
    made = facts_with(every[0], them)
    made["channels"] = every
    pem = them.certificate.public_bytes(Encoding.PEM).decode()
    made["certificates"] = [{"pem": pem, "uses": ["as2_sign", "as2_encrypt"]}]
    return made


@dataclass
class Two:
    """The one who sends, and the one who receives."""

    sender: Served
    receiver: Served

    def accepted(self, count: int) -> None:
        """Wait until so many are proven to have arrived."""
        until = time.monotonic() + 90
        while True:
            states = [one.state for one in self.rows(self.sender, tables.wire)]
            if states.count("accepted") == count:
                return
            assert time.monotonic() < until, states
            time.sleep(0.1)

    def rows(self, of: Served, table: sa.Table) -> list[Any]:
        with of.gateway.db.read() as tx:
            return list(tx.execute(sa.select(table).order_by(table.c.id)).all())


@contextmanager
def two(folder: Path, ways: Ways) -> Iterator[Two]:
    ports = free_port(), free_port()
    addresses = [f"http://127.0.0.1:{port}/as2" for port in ports]
    names = ("BOLT", "ACME")
    for n, name in enumerate(names):
        home = folder / name
        home.mkdir()
        us, them = party(name), party(names[1 - n])
        url = addresses[1 - n]
        every = list(channels(ways, url, ours=name, theirs=names[1 - n]))
        furnish(Settings(home=home), facts(every, them), us, folder)
    one, other = (
        {"port": port, "as2_url": url, "as2_mdn_networks": "127.0.0.0/8"}
        for port, url in zip(ports, addresses, strict=True)
    )
    with (
        serving(folder / "BOLT", **one) as sender,
        serving(folder / "ACME", **other) as receiver,
    ):
        yield Two(sender, receiver)


def test_every_way_of_protection_and_receipt_arrives_and_is_proven(tmp_path):
    with two(tmp_path, WAYS) as both:
        db = both.sender.gateway.db
        contents = {
            f"way{n}": InMemory.of(b"ISA*00*way %d~\r\n\n\r~ \xfc" % n * 50)
            for n in range(len(WAYS))
        }
        for channel, content in contents.items():
            queue(db, channel, content, datetime.now(UTC))
        both.accepted(len(WAYS))
        sent = both.rows(both.sender, tables.outbox)
        got = both.rows(both.receiver, tables.receipt)
    assert {one.delivery for one in sent} == {"delivered"}
    assert sorted(one.sha256 for one in got) == sorted(
        one.sha256 for one in contents.values()
    )


def test_the_evidence_of_an_order_has_the_receipts_that_came_later(tmp_path):
    with two(tmp_path, LATER) as both:
        engine, db = both.sender.gateway.engine, both.sender.gateway.db
        order = InMemory.of(ORDER.encode())
        now = datetime.now(UTC)
        engine.accept(
            Inbound(
                blob=order,
                channel="folder",
                peer="in/po.edi",
                partner_id="acme",
                transport_id="",
                received_at=now,
            )
        )
        both.accepted(2)
        while engine.seal():
            pass
        (row,) = both.rows(both.sender, tables.orders)
        with db.read() as tx:
            found = gather(tx, db.payloads, row.id, engine.anchor.public_keys())
    assert found is not None
    assert [*found.findings, *bundle.hold(found.evidence)] == []
    members = {member.name: member for member in found.evidence.members}
    receipts = [name for name in members if name.endswith("/request.eml")]
    assert len(receipts) == 2
    assert len([name for name in members if name.startswith("wire/msg_")]) == 6
    raw = b"".join(members[receipts[0]].content.chunks())
    assert b"disposition-notification" in raw
