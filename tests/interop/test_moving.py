"""The store moved to another database, backed up, and put back to an older state."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gateway.bootstrap import Gateway
from gateway.cli import app
from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.moving import Moved, NotMoved, move
from gateway.store.tables import control_counter, event
from tests.databases import BOTH, POSTGRESQL, Server, programs
from tests.interop.conftest import BUYER, prepare
from tests.interop.test_workers import orders
from tests.missing import missing

OWN = re.compile(rb"ISA(?:.[^|]*){12}\|(\d{9})")


@contextmanager
def opened(home: Path, url: str = "") -> Iterator[Gateway]:
    """The gateway of this home; most of its payloads lie in files."""
    settings = Settings(
        home=home, database_url=url, payload_inline_bytes=300, stable_for_s=0
    )
    gateway = Gateway(settings)
    yield gateway
    gateway.close()


def take_in(gateway: Gateway, texts: list[str]) -> None:
    """Receive, answer and send; a text that came before is known."""
    for text in texts:
        inbound = Inbound(
            blob=InMemory.of(text.encode()),
            channel="folder",
            peer="in/po.edi",
            partner_id=BUYER.name,
            transport_id=f"in/{hash(text)}",
            received_at=datetime.now(UTC),
        )
        gateway.engine.accept(inbound)
    while gateway.engine.process() + gateway.engine.deliver():
        assert gateway.engine.drain(60)  # what a thread still sends is no work to begin


def numbers(home: Path) -> list[bytes]:
    """The ISA13 of everything that the partner got."""
    out = home / "partners" / BUYER.name / "out"
    return sorted(OWN.findall(f.read_bytes())[0] for f in out.glob("*.edi"))


def booked(gateway: Gateway) -> list[str]:
    with gateway.db.read() as tx:
        return sorted(row.po_number for row in queries.orders(tx, limit=500).items)


def copied(home: Path, from_url: str, to_url: str, **told: Callable[..., object]):
    """Move the store of this home."""
    source, target = (
        Database.open(Settings(home=home, database_url=url))
        for url in (from_url, to_url)
    )
    try:
        source.migrate()
        target.migrate()
        return move(source, target, **told)
    finally:
        source.close()
        target.close()


@pytest.fixture(params=["open", "sealed"])
def sealed(request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads and texts lie open, or sealed under a key of the environment."""
    if request.param == "sealed":
        monkeypatch.setenv("MY_KEY", base64.b64encode(bytes(range(32))).decode())
        monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "a=env:MY_KEY")


@pytest.fixture
def texts(order: str) -> list[str]:
    return orders(order, 9)


def test_there_and_back_again_nothing_changes_and_the_work_goes_on(
    sealed: None, home: Path, server: Server, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:3])
    other = f"sqlite:///{home / 'other.sqlite3'}"

    there = copied(home, "", server.emptied)
    with opened(home, server.at()) as gateway:
        take_in(gateway, texts[1:6])
    back = copied(home, server.at(), other)
    with opened(home, other) as gateway:
        take_in(gateway, texts[4:])
        orders_then = booked(gateway)

    assert {one.table: one.rows for one in there.proofs}["orders"] == 3
    assert {one.table: one.rows for one in back.proofs}["orders"] == 6
    assert there.payloads == 9
    assert there.damaged == back.damaged == ()
    assert len(orders_then) == len(set(orders_then)) == 9
    assert numbers(home) == [b"%09d" % n for n in range(1, 19)]


@pytest.mark.parametrize("kind", BOTH)
def test_the_same_rows_have_the_same_sums_in_both(
    kind: str, home: Path, server: Server, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:2])
    target = server.emptied if kind == POSTGRESQL else f"sqlite:///{home / 'b.sqlite3'}"
    first = copied(home, "", target)
    again = copied(home, target, f"sqlite:///{home / 'c.sqlite3'}")
    assert first == again


def test_what_a_target_changes_is_found_and_nothing_is_kept(
    home: Path, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:2])
    url = f"sqlite:///{home / 'b.sqlite3'}"
    target = Database.open(Settings(home=home, database_url=url))
    target.migrate()
    with target.begin() as tx:
        tx.exec_driver_sql(
            "CREATE TRIGGER planted AFTER INSERT ON orders"
            " BEGIN UPDATE orders SET state = 'held' WHERE id = new.id; END"
        )
    with pytest.raises(NotMoved, match="orders"):
        copied(home, "", url)
    assert is_empty(target)
    target.close()


def is_empty(db: Database) -> bool:
    with db.read() as tx:
        return not tx.execute(sa.select(event)).all() and not queries.orders(tx).items


def test_what_is_interrupted_leaves_the_target_empty_and_can_be_begun_again(
    home: Path, server: Server, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
    url = server.emptied

    def stop_at_outbox(table: str) -> None:
        if table == "outbox":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copied(home, "", url, told=stop_at_outbox)
    moved = copied(home, "", url)
    assert isinstance(moved, Moved)


@pytest.mark.parametrize("kind", BOTH)
def test_a_store_that_somebody_works_on_is_not_moved(
    kind: str, home: Path, server: Server, tmp_path: Path
):
    url = ""
    if kind == POSTGRESQL:
        url = server.emptied
        prepare(Settings(home=tmp_path / "second", database_url=url))
    with opened(home, url) as gateway:
        gateway.engine.process()
        with pytest.raises(NotMoved, match="stop them first"):
            copied(home, url, f"sqlite:///{home / 'b.sqlite3'}")
    copied(home, url, f"sqlite:///{home / 'b.sqlite3'}")


def test_a_payload_that_was_lost_before_is_told_and_keeps_nobody_here(
    home: Path, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
    lost = next((home / "payloads").glob("*/*"))
    lost.unlink()
    moved = copied(home, "", f"sqlite:///{home / 'b.sqlite3'}")
    assert moved.damaged == (lost.name,)


# The commands.


def run(*words: object, home: Path, url: str = "", ends: int = 0) -> str:
    """Run a command that succeeds, or ends otherwise; what it prints."""
    environment = {"GATEWAY_HOME": str(home), "GATEWAY_DATABASE_URL": url}
    done = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    assert done.exit_code == ends, done.output
    return done.output


def test_the_command_shows_the_proof_and_a_full_target_is_refused(
    home: Path, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
    urls = [f"sqlite:///{home / name}" for name in ("gateway.sqlite3", "b.sqlite3")]
    shown = run("migrate-store", *urls, home=home)
    words = ["migrate-store", *urls]
    again = CliRunner().invoke(app, words, env={"GATEWAY_HOME": str(home)})
    assert re.search(r"^orders +1 +[0-9a-f]{64}$", shown, re.M)
    assert "Both are equal" in shown
    assert again.exit_code == 2
    assert "not empty" in again.output


def restored(home: Path, anew: Path, texts: list[str], url: str = "") -> None:
    """Of nine orders three came after the backup; the partner sends them again."""
    before = numbers(home)
    with opened(anew, url) as gateway:
        first = booked(gateway)
        take_in(gateway, texts)
        after = booked(gateway)
        while gateway.engine.seal():
            pass
    verified = run("evidence", "verify", "--all", home=anew, url=url)
    assert len(first) == 6
    assert len(after) == len(set(after)) == 9
    fresh = numbers(anew)
    assert len(before) == 18
    assert len(fresh) == 6  # the answers to the three: what was answered is not again
    assert set(before) & set(fresh) == set()
    assert "fault" not in verified


def test_a_backup_made_at_work_is_restored_and_no_number_comes_again(
    sealed: None, home: Path, tmp_path: Path, texts: list[str]
):
    file, anew = tmp_path / "b.tar", tmp_path / "anew"
    with opened(home) as gateway:
        take_in(gateway, texts[:6])
        run("backup", file, home=home)
        take_in(gateway, texts[6:])
    run("restore", file, home=anew)
    assert not list(anew.glob(".*"))
    restored(home, anew, texts)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_restore_that_was_killed_begins_again(
    home: Path, tmp_path: Path, texts: list[str]
):
    file, anew = tmp_path / "b.tar", tmp_path / "anew"
    with opened(home) as gateway:
        take_in(gateway, texts[:6])
    run("backup", file, home=home)
    run("restore", file, home=anew)
    for left in ("", "-wal", "-shm"):
        (anew / f".gateway.sqlite3.restored{left}").write_bytes(b"half")
    (anew / "gateway.sqlite3").unlink()
    for word in ("init", "orders"):
        told = run(word, home=anew, ends=2)
        assert "a restore was interrupted" in told
    run("restore", file, home=anew)
    with opened(home) as gateway:
        take_in(gateway, texts[6:])
    restored(home, anew, texts)


def test_a_damaged_backup_and_a_home_in_use_are_refused(
    home: Path, tmp_path: Path, texts: list[str]
):
    file, anew = tmp_path / "b.tar", tmp_path / "anew"
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
    run("backup", file, home=home)
    data = bytearray(file.read_bytes())
    data[data.index(b"SQLite format 3") + 5000] ^= 1
    file.write_bytes(data)
    told = [
        CliRunner().invoke(app, ["restore", str(file)], env={"GATEWAY_HOME": str(at)})
        for at in (anew, home)
    ]
    assert [one.exit_code for one in told] == [2, 2]
    assert "not what was backed up" in told[0].output
    assert "already" in told[1].output
    assert not (anew / "gateway.sqlite3").exists()


def test_a_server_is_backed_up_and_restored_by_its_own_programs(
    home: Path, tmp_path: Path, server: Server, texts: list[str]
):
    found = programs()
    dump = shutil.which("pg_dump") or (found and found / "pg_dump")
    if not dump:
        missing("there is no pg_dump")
    url, anew = server.emptied, tmp_path / "anew"
    prepare(Settings(home=tmp_path / "first", database_url=url))
    with server.new() as other, opened(home, url) as gateway:
        take_in(gateway, texts[:6])
        plain = [
            one.replace("postgresql+psycopg", "postgresql") for one in (url, other)
        ]
        file = tmp_path / "gateway.dump"
        subprocess.run([dump, "-Fc", "-f", file, plain[0]], check=True)
        shutil.copytree(home / "payloads", anew / "payloads")
        take_in(gateway, texts[6:])
        restore = Path(dump).with_name("pg_restore")
        subprocess.run([restore, "-d", plain[1], file], check=True)
        shown = run("restore", "--margin", 500, home=anew, url=other)
        restored(home, anew, texts, other)
        with opened(anew, other) as again, again.db.read() as tx:
            (row,) = tx.execute(sa.select(control_counter)).all()
    assert "jump by 500" in shown
    assert row.interchange == 12 + 500 + 6


def test_what_was_on_its_way_is_sent_again_with_the_same_bytes(
    home: Path, tmp_path: Path, texts: list[str]
):
    file, anew = tmp_path / "b.tar", tmp_path / "anew"
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
        gateway.engine.accept(
            Inbound(
                blob=InMemory.of(texts[1].encode()),
                channel="folder",
                peer="in/po.edi",
                partner_id=BUYER.name,
                transport_id="second",
                received_at=datetime.now(UTC) - timedelta(seconds=1),
            )
        )
        gateway.engine.process()
        run("backup", file, home=home)
        gateway.engine.deliver()
    run("restore", file, home=anew)
    with opened(anew) as gateway:
        gateway.engine.deliver()
    sent = {f.name: f.read_bytes() for f in (home / "partners").rglob("*.edi")}
    again = {f.name: f.read_bytes() for f in (anew / "partners").rglob("*.edi")}
    assert len(again) == 2
    assert again.items() <= sent.items()
