"""What stands against a backup, a restore or a move: told in a line, nothing harmed."""

from __future__ import annotations

import base64
import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.databases import Server
from tests.interop.test_moving import opened, run, take_in
from tests.interop.test_workers import orders

KEYS = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


@pytest.fixture
def texts(order: str) -> list[str]:
    return orders(order, 4)


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for backups and restored homes."""
    return tmp_path_factory.mktemp("backups")


def tried(*words: object, home: Path) -> Result:
    """Run a command that may end with 2."""
    environment = {"GATEWAY_HOME": str(home)}
    return CliRunner().invoke(app, [str(word) for word in words], env=environment)


def tables_at(url: str) -> list[str]:
    return sa.inspect(sa.create_engine(url, poolclass=sa.NullPool)).get_table_names()


@contextmanager
def longest_file(size_bytes: int) -> Iterator[None]:
    """No file grows longer, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_log_of_another_database_is_not_written_into_the_restored_one(
    home: Path, room: Path
):
    anew = room / "anew"
    anew.mkdir()
    run("backup", room / "b.tar", home=home)
    left = anew / "gateway.sqlite3-wal"
    left.write_bytes(b"of a database that is gone")

    refused = tried("restore", room / "b.tar", home=anew)
    left.unlink()
    run("restore", room / "b.tar", home=anew)

    assert refused.exit_code == 2
    assert f"{left} is left of another database" in refused.output
    assert (anew / "gateway.sqlite3").exists()


def test_the_head_that_a_home_still_has_is_told_as_lost(
    home: Path, room: Path, texts: list[str]
):
    for at, text in enumerate(texts):
        with opened(home) as gateway:
            take_in(gateway, [text])
            while gateway.engine.seal():
                pass
        if at == 1:
            run("backup", room / "b.tar", home=home)
    (home / "gateway.sqlite3").unlink()

    shown = run("restore", room / "b.tar", home=home)

    assert "The chain of events lost 2 checkpoints; noted in it" in shown
    assert "whole" in run("evidence", "verify", "--all", home=home)


def test_a_private_key_of_another_gateway_is_not_written_over(
    home: Path, room: Path, texts: list[str]
):
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
        gateway.engine.seal()
    run("backup", room / "b.tar", home=home)
    key = room / "anew" / "evidence" / "key.pem"
    key.parent.mkdir(parents=True)
    key.write_text("another one")

    refused = tried("restore", room / "b.tar", home=room / "anew")

    assert refused.exit_code == 2
    assert f"{key} is another key" in refused.output
    assert key.read_text() == "another one"


@pytest.mark.parametrize("size_bytes", [70_000, 600_000])
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(
    size_bytes: int, home: Path, room: Path
):
    with longest_file(size_bytes):
        refused = tried("backup", room / "b.tar", home=home)

    assert refused.exit_code == 2
    assert "no backup was made" in refused.output
    assert f"is there room in {room}" in refused.output
    assert list(room.iterdir()) == []


def test_a_backup_leaves_one_file_and_takes_away_what_a_killed_one_left(
    home: Path, room: Path
):
    for name in ("dead", "alive"):
        (room / f".gateway-backup-{name}").mkdir()
        (room / f".gateway-backup-{name}" / "backup.tar").write_bytes(b"half")
    held = os.open(room / ".gateway-backup-alive", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)

    run("backup", room / "b.tar", home=home)
    os.close(held)

    assert sorted(one.name for one in room.iterdir()) == [
        ".gateway-backup-alive",
        "b.tar",
    ]


def test_a_backup_into_no_folder_names_it(home: Path, room: Path):
    refused = tried("backup", room / "none" / "b.tar", home=home)

    assert refused.exit_code == 2
    assert f"there is no folder {room / 'none'}" in refused.output


def test_a_move_without_the_right_payload_key_is_refused(
    home: Path, texts: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MY_KEY", KEYS[0])
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "a=env:MY_KEY")
    with opened(home) as gateway:
        take_in(gateway, texts[:1])
    monkeypatch.setenv("MY_KEY", KEYS[1])
    urls = [f"sqlite:///{home / name}" for name in ("gateway.sqlite3", "b.sqlite3")]

    refused = tried("migrate-store", *urls, home=home)

    assert refused.exit_code == 2
    assert "nothing was moved: CFG-033" in refused.output


def test_a_move_from_what_is_no_gateway_leaves_it_as_it_is(home: Path, server: Server):
    with server.new() as url:
        refused = tried(
            "migrate-store", url, f"sqlite:///{home / 'b.sqlite3'}", home=home
        )
        tables = tables_at(url)

    assert refused.exit_code == 2
    assert "there is no gateway in the database at the first address" in refused.output
    assert tables == []


def test_a_move_into_the_tables_of_others_is_told_in_a_line(home: Path, server: Server):
    with server.new() as url:
        with sa.create_engine(url, poolclass=sa.NullPool).begin() as tx:
            tx.exec_driver_sql("CREATE TABLE event (id integer)")
        refused = tried(
            "migrate-store", f"sqlite:///{home / 'gateway.sqlite3'}", url, home=home
        )
        tables = tables_at(url)

    assert refused.exit_code == 2
    assert 'relation "event" already exists' in refused.output
    assert tables == ["event"]


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        (("nonsense", "sqlite:///b"), "the first address: "),
        (("sqlite:////dev/null", "mysql://x/y"), "the second address: "),
    ],
)
def test_a_move_names_the_address_that_cannot_be_one(
    urls: tuple[str, str], told: str, home: Path
):
    refused = tried("migrate-store", *urls, home=home)

    assert refused.exit_code == 2
    assert told in refused.output
    assert "postgresql+psycopg://" in refused.output
