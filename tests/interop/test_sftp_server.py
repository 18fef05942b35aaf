"""Partners at our SFTP door: OpenSSH's sftp and paramiko, with a gateway behind it."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store.tables import event, orders, outbox, receipt
from gateway.transport import sftp_keys
from tests.databases import SQLITE
from tests.sftp_door import (
    ACCOUNT,
    PASSWORD,
    Opened,
    client_program,
    fresh_order,
    make_key,
    opened,
    prepare,
    wait_for,
)
from tests.sshd import CuttingProxy

on_sqlite = pytest.mark.parametrize("kind", [SQLITE])


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    client_program()
    return make_key(tmp_path_factory.mktemp("keys") / "id")


@pytest.fixture
def channel() -> dict[str, str]:
    """What the partner's channel says beside its kind. Parametrize it to change it."""
    return {}


@pytest.fixture
def door(settings: Settings, key_file: Path, channel) -> Iterator[Opened]:
    key = paramiko.Ed25519Key.from_private_key_file(str(key_file))
    prepare(settings, key, **channel)
    with opened(settings, key_file) as one:
        yield one


def receipts(door: Opened) -> list[str]:
    """The peer of each transmission, oldest first."""
    with door.gateway.db.read() as tx:
        query = sa.select(receipt.c.peer).order_by(receipt.c.id)
        return list(tx.scalars(query))


def deliveries(door: Opened) -> Counter[str]:
    with door.gateway.db.read() as tx:
        return Counter(tx.scalars(sa.select(outbox.c.delivery)))


def answered(door: Opened, count: int = 2) -> None:
    """Wait until so many messages wait for the partner."""
    wait_for(lambda: deliveries(door)["queued"] == count, "no answers")


def events(door: Opened, name: str) -> list[dict[str, str]]:
    with door.gateway.db.read() as tx:
        query = sa.select(event.c.detail).where(event.c.name == name)
        return [json.loads(one) for one in tx.scalars(query.order_by(event.c.id))]


def put(sftp: paramiko.SFTPClient, data: bytes, name: str) -> None:
    sftp.putfo(io.BytesIO(data), name, len(data))


def laid(folder: Path, name: str = "order.edi", number: int = 0) -> Path:
    """An order in a file of the partner's."""
    path = folder / name
    path.write_bytes(fresh_order(number))
    return path


def test_openssh_puts_an_order_and_takes_its_answers(door: Opened, tmp_path: Path):
    sent = door.sftp(f"put {laid(tmp_path)} in/order.edi")
    answered(door)
    got = door.sftp(f"get out/* {tmp_path}", "rm out/*", "ls out")

    assert (sent.returncode, got.returncode) == (0, 0), sent.stderr + got.stderr
    texts = [file.read_text() for file in tmp_path.glob("x12_*.edi")]
    assert sorted("ST*997*" in one for one in texts) == [False, True]
    assert deliveries(door) == {"delivered": 2}
    with door.gateway.db.read() as tx:
        said = set(tx.scalars(sa.select(outbox.c.last_said)))
        assert tx.scalars(sa.select(orders.c.state)).all() == ["confirmed"]
    assert said == {f"read and deleted by {ACCOUNT}"}


def test_reading_and_taking_are_told_with_the_keys_fingerprint(
    door: Opened, tmp_path: Path
):
    door.sftp(f"put {laid(tmp_path)} in/order.edi")
    answered(door)
    door.sftp(f"get out/* {tmp_path}", "rm out/*")
    wait_for(lambda: len(events(door, "sftp.session")) == 2, "two sessions")

    pub = door.key_file.with_suffix(".pub").read_text()
    ((fingerprint, _),) = sftp_keys.public_keys(pub)
    who = {"account": ACCOUNT, "address": "127.0.0.1", "proof": fingerprint}
    told = [*events(door, "message.fetched"), *events(door, "message.delivered")]
    assert [{name: one[name] for name in who} for one in told] == [who] * 4
    assert (
        events(door, "sftp.session")[1].items()
        >= {
            **who,
            "fetched": "2",
            "delivered": "2",
        }.items()
    )
    assert receipts(door) == [f"{ACCOUNT}@127.0.0.1 {fingerprint} in/order.edi"]


def test_an_upload_under_a_temporary_name_is_received_when_it_is_renamed(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/order.edi.part")
        before = receipts(door)
        sftp.posix_rename("in/order.edi.part", "in/order.edi")
        size = sftp.stat("in/order.edi").st_size
        left = sftp.listdir("in")
    assert (before, left, size) == ([], [], len(fresh_order()))
    assert receipts(door)[0].endswith(" in/order.edi")


@on_sqlite
def test_a_name_with_umlauts_or_of_any_bytes_is_taken(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/Aufträge für Köln.edi")
        sftp.rename("in/Aufträge für Köln.edi", "in/again.edi")
        with sftp.open(b"in/\xe4\xff.edi", "wb") as file:
            file.write(fresh_order(1))
    assert [one.rpartition(" in/")[2] for one in receipts(door)] == [
        "Aufträge für Köln.edi",
        r"\udce4\udcff.edi",
    ]


@on_sqlite
def test_where_files_must_be_signed_an_unsigned_upload_fails(
    settings: Settings, key_file: Path, tmp_path: Path
):
    signers = [{"sha256": "0" * 64}]
    trust = {"profile": "pinned", "files": "signed", "signers": signers}
    key = paramiko.Ed25519Key.from_private_key_file(str(key_file))
    prepare(settings, key, trust)
    with opened(settings, key_file) as door:
        sent = door.sftp(f"put {laid(tmp_path)} in/order.edi")
        assert sent.returncode != 0
        assert receipts(door) == []


@pytest.mark.parametrize("cut", [0.5, 0.99])
@on_sqlite
def test_what_breaks_off_is_not_received_and_can_be_gone_on_with(
    door: Opened, tmp_path: Path, cut: float
):
    local = laid(tmp_path)
    local.write_bytes(fresh_order() + b"\n" * 400_000)
    proxy = CuttingProxy(door.port, up=int(local.stat().st_size * cut))
    whole, door.port = door.port, proxy.port
    broken = door.sftp(f"put {local} in/order.edi")
    door.port = whole
    proxy.close()
    seen = receipts(door)
    wait_for(lambda: not door.gateway.engine.due.is_set(), "at rest")
    again = door.sftp(f"reput {local} in/order.edi")

    assert broken.returncode != 0
    assert seen == []
    assert again.returncode == 0, again.stderr
    with door.gateway.db.read() as tx:
        assert tx.scalars(sa.select(receipt.c.size)).all() == [local.stat().st_size]
    assert not list(door.home.glob("sftp/in/*/*"))


@on_sqlite
def test_hanging_up_without_closing_the_file_finishes_nothing(door: Opened):
    client = door.login()
    sftp = client.open_sftp()
    file = sftp.open("in/order.edi", "wb")
    file.write(fresh_order())
    file.flush()
    sftp.stat("in/order.edi")
    channel = sftp.get_channel()
    assert channel is not None
    channel.shutdown_write()
    wait_for(lambda: len(events(door, "sftp.session")) == 1, "the end of the session")
    assert receipts(door) == []
    client.close()


@on_sqlite
def test_the_same_file_again_is_the_same_receipt_and_another_one_is_not(door: Opened):
    with door.paramiko() as sftp:
        for data in (fresh_order(), fresh_order(), fresh_order(1)):
            put(sftp, data, "in/order.edi")
    answered(door, 4)
    assert len(receipts(door)) == 2
    with door.gateway.db.read() as tx:
        assert len(tx.scalars(sa.select(orders.c.id)).all()) == 2


@on_sqlite
def test_two_cannot_write_to_one_upload_at_once(door: Opened):
    with door.paramiko() as first, door.paramiko() as second:
        with first.open("in/order.edi", "wb") as file:
            file.write(fresh_order())
            with pytest.raises(PermissionError):
                second.open("in/order.edi", "wb")
            with pytest.raises(PermissionError):
                second.remove("in/order.edi")
            put(second, fresh_order(1), "in/other.part")
            with pytest.raises(PermissionError):
                second.posix_rename("in/other.part", "in/order.edi")
        with pytest.raises(PermissionError):
            second.remove("in/order.edi")
    assert len(receipts(door)) == 1


@on_sqlite
def test_what_nobody_has_read_cannot_be_taken_away(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/order.edi")
        answered(door)
        name = f"out/{sftp.listdir('out')[0]}"
        with pytest.raises(PermissionError):
            sftp.remove(name)
        with sftp.open(name) as file:
            file.read(10)
        with pytest.raises(PermissionError):
            sftp.rename(name, "out/done")
        assert len(sftp.listdir("out")) == 2
    assert deliveries(door) == {"queued": 2}


@on_sqlite
def test_a_rename_takes_a_message_away_in_a_later_session_too(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/order.edi")
        answered(door)
        names = sftp.listdir("out")
        for name in names:
            sftp.getfo(f"out/{name}", io.BytesIO())
    with door.paramiko() as later:
        for name in names:
            later.rename(f"out/{name}", f"out/archive/{name}")
        assert later.listdir("out") == []
    assert deliveries(door) == {"delivered": 2}


@pytest.mark.parametrize("channel", [{"taken": "read"}])
@on_sqlite
def test_where_the_profile_says_so_reading_delivers(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/order.edi")
        answered(door)
        for name in sftp.listdir("out"):
            sftp.getfo(f"out/{name}", io.BytesIO())
        assert sftp.listdir("out") == []
    assert deliveries(door) == {"delivered": 2}


@pytest.mark.parametrize("channel", [{"delivery": {"at": "0 0 1 1 *"}}])
@on_sqlite
def test_what_leaves_at_certain_times_lies_there_from_then_on(door: Opened):
    with door.paramiko() as sftp:
        put(sftp, fresh_order(), "in/order.edi")
        answered(door)
        assert sftp.listdir("out") == []


@on_sqlite
def test_no_path_leads_out_and_nothing_can_be_made_but_uploads(
    door: Opened, tmp_path: Path
):
    local = laid(tmp_path)
    refused = [
        f"get ../../../../etc/passwd {tmp_path}/stolen",
        f"get /etc/passwd {tmp_path}/stolen",
        f"get in/../../../etc/passwd {tmp_path}/stolen",
        f"put {local} /order.edi",
        f"put {local} out/order.edi",
        f"put {local} in/below/order.edi",
        f"put {local} ../order.edi",
        "mkdir in/below",
        "mkdir elsewhere",
        "rmdir in",
        "rm in",
        "symlink /etc in/etc",
        "ln out/x in/x",
        "rename in elsewhere",
        "ls nowhere",
    ]
    ended = [door.sftp(one) for one in refused]
    assert [one.returncode for one in ended] == [1] * len(refused)
    assert door.sftp("ls -1", "cd ..", "pwd").stdout.split("\n")[1:4] == [
        "in",
        "out",
        "sftp> cd ..",
    ]
    assert not (tmp_path / "stolen").exists()
    assert not list(door.home.glob("sftp/in/*/*"))


@on_sqlite
def test_what_copies_times_and_rights_is_let_have_its_way(door: Opened, tmp_path: Path):
    done = door.sftp(
        f"put -p {laid(tmp_path)} in/order.edi.part",
        "chmod 600 in/order.edi.part",
        "rename in/order.edi.part in/order.edi",
    )
    assert done.returncode == 0, done.stderr
    assert len(receipts(door)) == 1


@on_sqlite
def test_shells_commands_forwarding_and_the_scp_protocol_are_refused(
    door: Opened, tmp_path: Path
):
    here = f"{ACCOUNT}@127.0.0.1"
    assert door.ssh(here, "id").returncode == 255
    assert door.ssh("-T", here).returncode != 0
    assert door.ssh("-W", f"127.0.0.1:{door.port}", here).returncode == 255
    remote = ["-oExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:1"]
    assert door.ssh(*remote, here).returncode == 255
    transport = door.login().get_transport()
    assert transport is not None
    with pytest.raises(paramiko.SSHException):
        transport.open_session().exec_command("scp -t in/order.edi")
    with pytest.raises(paramiko.SSHException):
        transport.open_session().get_pty()


@pytest.mark.parametrize(
    "weak",
    [
        {"KexAlgorithms": "diffie-hellman-group14-sha1"},
        {"Ciphers": "aes256-cbc"},
        {"MACs": "hmac-sha1", "Ciphers": "aes256-ctr"},
        {"HostKeyAlgorithms": "ssh-rsa"},
    ],
    ids=lambda weak: next(iter(weak.values())),
)
@on_sqlite
def test_weak_algorithms_are_not_spoken(door: Opened, weak: dict[str, str]):
    ended = door.sftp("pwd", **weak)
    assert ended.returncode == 255
    assert "no matching" in ended.stderr


@on_sqlite
def test_a_password_opens_the_account_and_another_one_does_not(door: Opened):
    with door.paramiko(pkey=None, password=PASSWORD) as sftp:
        assert sftp.listdir("/") == ["in", "out"]
    with pytest.raises(paramiko.AuthenticationException):
        door.login(pkey=None, password="another one")  # noqa: S106
    with pytest.raises(paramiko.AuthenticationException):
        door.login(username="nobody", pkey=None, password=PASSWORD)


@on_sqlite
def test_another_key_does_not_open_the_account(door: Opened, tmp_path: Path):
    other = make_key(tmp_path / "other")
    refused = door.sftp("pwd", IdentityFile=str(other))
    assert refused.returncode == 255
    assert "Permission denied (publickey" in refused.stderr


@on_sqlite
def test_the_host_key_is_made_once_and_read_by_its_owner_only(
    door: Opened, settings: Settings
):
    file = settings.home / "hostkeys" / "host_ed25519"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    ((_, before),) = sftp_keys.fingerprints(settings)
    ((_, after),) = sftp_keys.fingerprints(settings)
    assert before == after


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("sftp", "serve")])
@on_sqlite
def test_the_command_opens_the_door_and_closes_it_when_told(
    settings: Settings, key_file: Path, tmp_path: Path, words: tuple[str, ...]
):
    key = paramiko.Ed25519Key.from_private_key_file(str(key_file))
    prepare(settings, key)
    environment = {
        **os.environ,
        "GATEWAY_HOME": str(settings.home),
        "GATEWAY_SFTP_PORT": "0",
        "GATEWAY_POLL_INTERVAL_S": "0.05",
    }
    command = [sys.executable, "-m", "gateway", *words]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = ""
        while "SFTP" not in told:
            told = process.stdout.readline()
            assert told, "it ended"
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            port = int(told.rpartition(":")[2])
            client.connect("127.0.0.1", port, ACCOUNT, pkey=key, look_for_keys=False)
            sftp = client.open_sftp()
            put(sftp, fresh_order(), "in/order.edi")
            wait_for(lambda: len(sftp.listdir("out")) == 2, "no answers")
            process.terminate()
            assert process.wait(30) == 0
