"""Killed at any step of an AS2 message, nothing is lost and nothing comes twice."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.steps import AS2_IN, ROUND
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.tables import as2_message
from tests.crash.zygote import Zygote, zygote
from tests.databases import SQLITE, Server
from tests.interop import as2_peer
from tests.interop.as2_house import furnish
from tests.interop.as2_peer import Party, payload, split
from tests.interop.conftest import BUYER

LATER = (*AS2_IN, *(step for step in ROUND if not step.startswith("accept.")))
URL = "http://127.0.0.1:1/mdn"


@dataclass(frozen=True)
class End:
    """What a message leaves behind, however often its sender came."""

    orders: tuple[tuple[str, str], ...]
    receipts: tuple[str, ...]
    messages: tuple[tuple[str, str], ...]
    requests: frozenset[tuple[str, str]]
    unfinished: tuple[int, int]
    told: int
    """Different MDNs that the sender was told or sent."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parties, the messages, and a home for each to be copied."""
    folder = tmp_path_factory.mktemp("as2")
    us, them = Party.make(folder, "us"), Party.make(folder, "them")
    # Later than what is furnished, in the certificates' year, before the goods are due.
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    (folder / "clock").write_text(now.isoformat())
    order = (BUYER / "samples" / "good-small.edi").read_text()
    order = order.replace("DTM|002|20261207", f"DTM|002|{now + timedelta(30):%Y%m%d}")
    entity = us.encrypt(them.sign(payload(order.encode())))
    for wish, more in (("sync", {}), ("async", {"Receipt_Delivery_Option": URL})):
        lines = as2_peer.headers(entity, **more).items()
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        (folder / f"{wish}.eml").write_bytes(head.encode() + b"\r\n" + split(entity)[1])
    furnish(Settings(home=folder / "home"), us, them)
    return folder


@pytest.fixture(scope="module")
def rounds() -> Iterator[Zygote]:
    with zygote("tests.crash.as2_driver") as made:
        yield made


@pytest.fixture
def home(kind: str, folder: Path, tmp_path: Path, request) -> tuple[Path, str]:
    """A furnished home, and the address of its database."""
    if kind == SQLITE:
        shutil.copytree(folder / "home", tmp_path / "home")
        return tmp_path / "home", ""
    server: Server = request.getfixturevalue("server")
    url, home = server.emptied, tmp_path / "home"
    us, them = Party(folder, "us"), Party(folder, "them")
    furnish(Settings(home=home, database_url=url), us, them)
    return home, url


def end_of(home: Path, url: str) -> End:
    db = Database.open(Settings(home=home, database_url=url))
    row = as2_message.c
    with db.read() as tx:
        asked = sa.select(row.state, row.disposition).distinct()
        orders = queries.orders(tx).items
        end = End(
            orders=tuple((one.po_number, one.state) for one in orders),
            receipts=tuple(one.state for one in queries.interchanges(tx).items),
            messages=tuple(
                sorted(
                    (one.type, one.delivery)
                    for one in queries.messages(tx).items
                    if one.type != "as2_mdn"
                )
            ),
            requests=frozenset((one[0], one[1]) for one in tx.execute(asked)),
            unfinished=queries.unfinished(tx),
            told=len(told(home)),
        )
    db.close()
    return end


def told(home: Path) -> set[str]:
    """The sums of the MDNs that left."""
    posted = (home / "posted").read_text().splitlines()
    later = {line.split()[2] for line in posted if line.startswith("as2_mdn ")}
    return {*later, *(home / "told").read_text().split()} - {"nothing"}


UNDISTURBED = End(
    orders=(("SBH260115", "confirmed"),),
    receipts=("done",),
    messages=(
        ("x12_850", "none"),
        ("x12_855", "delivered"),
        ("x12_997", "delivered"),
    ),
    requests=frozenset({("answered", "processed")}),
    unfinished=(0, 0),
    told=1,
)


@pytest.mark.parametrize("wish", ["sync", "async"])
def test_a_message_gives_one_order_and_one_mdn(wish, home, folder, rounds):
    place, url = home
    code = rounds.run(wish, "resend", str(folder), str(place), "0", "", url)

    assert code == 0
    assert end_of(place, url) == UNDISTURBED


@pytest.mark.parametrize("first", ["resend", "recover"])
@pytest.mark.parametrize("step", AS2_IN)
def test_a_kill_while_the_sender_waits_loses_and_doubles_nothing(
    step, first, home, folder, rounds
):
    place, url = home
    words = ("sync", first, str(folder), str(place))

    assert rounds.run(*words, "0", step, url) == -signal.SIGKILL
    assert rounds.run(*words, "30", "", url) == 0
    assert end_of(place, url) == UNDISTURBED


@pytest.mark.parametrize("step", LATER)
def test_a_kill_while_an_mdn_is_to_be_posted_loses_and_doubles_nothing(
    step, home, folder, rounds
):
    place, url = home
    words = ("async", "recover", str(folder), str(place))

    assert rounds.run(*words, "0", step, url) == -signal.SIGKILL
    assert rounds.run(*words, "30", "", url) == 0
    assert end_of(place, url) == UNDISTURBED
