"""Killed while a partner uploads or fetches: nothing is lost, nothing comes twice."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.engine.steps import DROP
from gateway.store.database import Database
from gateway.store.file_names import file_name_of
from gateway.store.tables import event, orders, outbox, receipt
from tests.crash.zygote import Zygote, zygote
from tests.databases import POSTGRESQL, SQLITE
from tests.interop.test_http_door import free_port
from tests.sftp_door import ACCOUNT, PATIENCE_S, fresh_order, prepare, wait_for

BLANKS = b"\n" * 200_000
"""Behind the order, so that it comes in several pieces."""
SAMPLE = ("drop.written#3", "accept.inserted", "drop.kept", "drop.taking", "drop.taken")
"""The steps that are tried on PostgreSQL in every run; the soak tries all."""
PLACES = tuple(f"{one}#3" if one == "drop.written" else one for one in DROP)


@pytest.fixture(scope="module")
def doors() -> Iterator[Zygote]:
    with zygote("tests.crash.sftp_door_driver") as made:
        yield made


@pytest.fixture(scope="module")
def key() -> paramiko.PKey:
    return paramiko.RSAKey.generate(2048)


@dataclass
class Errand:
    """What a partner has to do, again and again until it is done."""

    port: int
    key: paramiko.PKey
    by_rename: bool
    data: bytes = field(default_factory=lambda: fresh_order() + BLANKS)
    is_sent: bool = False
    fetched: dict[str, list[bytes]] = field(default_factory=dict)

    def run(self) -> None:
        """Go on where it broke off; raises when it breaks off."""
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(
                "127.0.0.1",
                self.port,
                ACCOUNT,
                pkey=self.key,
                look_for_keys=False,
                allow_agent=False,
                timeout=PATIENCE_S,
            )
            sftp = client.open_sftp()
            channel = sftp.get_channel()
            assert channel is not None
            channel.settimeout(PATIENCE_S)
            if not self.is_sent:
                self._send(sftp)
                self.is_sent = True
            until = time.monotonic() + PATIENCE_S
            while len(self.fetched) < 2 or sftp.listdir("out"):
                assert time.monotonic() < until, self.fetched
                for name in sftp.listdir("out"):
                    got = io.BytesIO()
                    sftp.getfo(f"out/{name}", got)
                    self.fetched.setdefault(name, []).append(got.getvalue())
                    sftp.remove(f"out/{name}")

    def _send(self, sftp: paramiko.SFTPClient) -> None:
        name = "in/order.edi.part" if self.by_rename else "in/order.edi"
        sftp.putfo(io.BytesIO(self.data), name, len(self.data))
        if self.by_rename:
            sftp.posix_rename(name, "in/order.edi")


def start(doors: Zygote, settings: Settings, port: int, step: str) -> int:
    """A door that is open."""
    home, url = str(settings.home), settings.database_url
    number = doors.start(home, url, str(port), step)
    wait_for((settings.home / f"up-{number}").exists, "the door does not open")
    return number


def is_gone(number: int) -> bool:
    """Whether the process has ended, be it not waited for yet."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[
            0
        ] in ("Z", "X")
    except FileNotFoundError:
        return True


@pytest.fixture(params=[False, True], ids=["put", "put and rename"])
def by_rename(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def play(
    doors: Zygote, settings: Settings, key: paramiko.PKey, step: str, *, by_rename: bool
) -> Errand:
    """Let the partner do it, killed once at this step."""
    prepare(settings, key)
    errand = Errand(free_port(), key, by_rename)
    number = start(doors, settings, errand.port, step)
    with pytest.raises((paramiko.SSHException, OSError, EOFError)):
        errand.run()
    wait_for(lambda: is_gone(number), "it was not killed")
    assert doors.wait(number) == -signal.SIGKILL
    number = start(doors, settings, errand.port, "")
    errand.run()
    os.kill(number, signal.SIGTERM)
    assert doors.wait(number) == 0
    return errand


def check(settings: Settings, errand: Errand) -> None:
    """One order, one of each answer, and repeats that are the same."""
    db = Database.open(settings)
    with db.read() as tx:
        assert tx.execute(sa.select(receipt.c.state, receipt.c.size)).all() == [
            ("done", len(errand.data))
        ]
        assert tx.scalars(sa.select(orders.c.state)).all() == ["confirmed"]
        sent = tx.execute(sa.select(outbox)).all()
        told = tx.scalars(
            sa.select(event.c.ref).where(event.c.name == "message.delivered")
        ).all()
    db.close()
    assert sorted(map(file_name_of, sent)) == sorted(errand.fetched)
    assert {row.delivery for row in sent} == {"delivered"}
    assert len(told) == len(set(told)) == 2
    assert {len(set(copies)) for copies in errand.fetched.values()} == {1}
    assert sum(len(copies) for copies in errand.fetched.values()) <= 3
    assert not list(settings.home.glob("sftp/in/*/*"))


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("step", PLACES)
def test_a_kill_while_a_partner_is_there_loses_and_doubles_nothing(
    step: str, doors: Zygote, settings: Settings, key, by_rename: bool
):
    check(settings, play(doors, settings, key, step, by_rename=by_rename))


@pytest.mark.parametrize("kind", [POSTGRESQL])
@pytest.mark.parametrize("step", SAMPLE)
def test_on_postgresql_a_kill_ends_as_it_does_on_sqlite(
    step: str, doors: Zygote, settings: Settings, key
):
    check(settings, play(doors, settings, key, step, by_rename=True))


@pytest.mark.soak
@pytest.mark.parametrize("kind", [POSTGRESQL])
@pytest.mark.parametrize("step", PLACES)
def test_on_postgresql_no_step_is_another_matter(
    step: str, doors: Zygote, settings: Settings, key, by_rename: bool
):
    check(settings, play(doors, settings, key, step, by_rename=by_rename))
