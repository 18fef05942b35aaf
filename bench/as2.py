"""``python -m bench.as2``: signed messages of one order through the real AS2 door.

The messages are made before. The gateway is a process of its own on SQLite; what is
measured is its processor time from the first byte to the last order that is booked,
with the raw bytes, the MDN and the answers committed.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bench.house import PARTNER, House
from gateway.as2 import Agreement, Ids, Payload, build
from gateway.cli import bench_store, generate
from gateway.cli.bench import HEAD, line, told
from gateway.cli.measure import Row
from gateway.store import key_making, own_keys, profiles
from gateway.store.database import Database
from gateway.store.own_keys import NewKey
from gateway.store.tables import as2_message, receipt
from gateway.trust.files import key_pem
from gateway.trust.keyring import Certified, Keyring, OwnKey, OwnKeys, PrivateKey, Use

LEAST_PER_S = 150.0
"""Messages a second and core."""
OURS, THEIRS = "SUPPLIER-AS2", "BENCH-AS2"
_USES = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT))
_CONNECTIONS = 64
_WARM = 50
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Side:
    """A party with a key of RSA 2048."""

    key: PrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str) -> Side:
        """A new key and certificate."""
        key = key_making.private_key(key_making.Kind.RSA2048)
        now = datetime.now(UTC) - timedelta(days=1)
        return cls(key, key_making.certificate(key, name, _USES, now, 30))

    def certified(self) -> Certified:
        """Its certificate, for both uses."""
        return Certified(certificate=self.certificate, uses=_USES, name="bench")


def furnish(house: House, us: Side, them: Side) -> None:
    """A gateway whose partner comes by AS2; what goes back by AS2 waits for a year."""
    house.furnish()
    facts = yaml.load(generate.PROFILE, yaml.BaseLoader)  # noqa: S506  texts only
    facts["channels"].append(
        {
            "id": "as2",
            "kind": "as2",
            "url": "https://as2.example.com/as2",
            "names": {"ours": OURS, "theirs": THEIRS},
            "security": {"require": ["signature"]},
            "delivery": {"at": "0 0 1 1 *"},
        }
    )
    facts["receives"] = [{"message": "x12_850", "version": "004010"}]
    pem = them.certificate.public_bytes(Encoding.PEM).decode()
    facts["certificates"] = [{"pem": pem, "uses": ["as2_sign", "as2_encrypt"]}]
    file = house.home / "us.key"
    file.write_text(key_pem(us.key))
    now = datetime.now(UTC)
    new = NewKey(certified=us.certified(), private_key=us.key, reference=f"file:{file}")
    db = Database.open(house.settings)
    with db.begin() as tx:
        own_keys.add(tx, db.payloads.keys, new, "created", now)
        profiles.apply(tx, PARTNER, yaml.safe_dump(facts), now)
    db.close()


def messages(them: Side, first: int, count: int, host: str) -> list[bytes]:
    """Whole HTTP requests, each with an order of ten lines, signed by the partner."""
    mine = OwnKey(certified=them.certified(), private_key=them.key, id="bench")
    agreement = Agreement(
        partner_id=PARTNER,
        channel_id="as2",
        ours=THEIRS,
        theirs=OURS,
        url="",
        keyring=Keyring(ours=OwnKeys((mine,))),
        encrypt="",
    )
    now, made = datetime.now(UTC), []
    for number in range(first, first + count):
        raw = generate.plain_orders(1, 10, items=bench_store.FEW, number=number, seed=1)
        document = Payload.of("application/edi-x12", "po.edi", raw)
        named = Ids(
            f"<{number}.{secrets.token_hex(8)}@b.example>", secrets.token_hex(16)
        )
        built = build([document], agreement, now, named)
        head = "".join(f"{name}: {value}\r\n" for name, value in built.headers)
        start = (
            f"POST /as2 HTTP/1.1\r\nHost: {host}\r\nContent-Length: {built.size}\r\n"
        )
        made.append((start + head + "\r\n").encode() + b"".join(built.chunks))
    return made


async def post(address: str, requests: Sequence[bytes]) -> None:
    """Post everything over some connections, and read every MDN."""
    place = urlsplit(address)
    left = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for request in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            mdn = await reader.readexactly(size)
            assert b"; processed\r\n" in mdn, mdn
        writer.close()

    await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))


def wait(house: House, count: int) -> None:
    """Return when so many orders are booked."""
    db = Database.open(house.settings)
    done = sa.select(sa.func.count()).where(receipt.c.state == "done")
    until = time.monotonic() + _PATIENCE_S
    while True:
        with db.read() as tx:
            if (tx.scalar(done) or 0) >= count:
                break
        assert time.monotonic() < until, house.log()
        time.sleep(0.02)
    with db.read() as tx:
        answered = sa.select(sa.func.count()).where(as2_message.c.state == "answered")
        assert tx.scalar(answered) == count
    db.close()


def rows(count: int, processes: int) -> list[Row]:
    """The rate by processor time, and by the clock."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        house = House(Path(folder) / "home", processes=processes)
        us, them = Side.make("us"), Side.make("them")
        furnish(house, us, them)
        with house.open():
            host = urlsplit(house.address).netloc
            warm = messages(them, 1, _WARM, host)
            asyncio.run(post(house.address, warm))
            wait(house, _WARM)
            made = messages(them, _WARM + 1, count, host)
            before, begun = house.spent(), time.perf_counter()
            asyncio.run(post(house.address, made))
            told_s = time.perf_counter() - begun
            wait(house, _WARM + count)
            whole_s = time.perf_counter() - begun
            cost = {
                name: spent - before.get(name, 0.0)
                for name, spent in house.spent().items()
            }
    spent_s = sum(cost.values())
    each = Row(name="AS2", measured="", unit="ms")
    by_thread = sorted(cost.items(), key=lambda one: -one[1])
    return [
        Row(
            name="signed one-order messages by AS2, a second and core",
            measured=f"{count} of {len(made[0]):,} bytes",
            base=f"{count / whole_s:.0f}/s by the clock",
            figure=count / spent_s,
            unit="/s",
            target=LEAST_PER_S,
        ),
        replace(each, name="  MDNs a second", figure=count / told_s, unit="/s"),
        *(
            replace(each, name=f"  {name}", figure=spent * 1000 / count)
            for name, spent in by_thread
            if spent * 1000 / count >= 0.01
        ),
    ]


def main() -> int:
    """Print the table; 1 when the target is missed."""
    words = argparse.ArgumentParser(prog="bench.as2", description=__doc__)
    words.add_argument("--count", type=int, default=2000)
    words.add_argument("--processes", type=int, default=1, help="beside the doors")
    asked = words.parse_args()
    found = rows(asked.count, asked.processes)
    print(line(*HEAD))
    for row in found:
        print(told(row))
    return 0 if all(row.ok for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
