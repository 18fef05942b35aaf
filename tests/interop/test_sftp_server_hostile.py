"""Slow, greedy and broken clients at our SFTP door: they are told so, and it stays."""

from __future__ import annotations

import io
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paramiko
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.pipeline.drop import Account
from gateway.pipeline.ports import InMemory
from gateway.store import lanes, payloads, sftp_accounts
from gateway.store.receipts import Busy
from gateway.store.sql import insert_all
from gateway.store.tables import outbox, receipt
from tests.databases import SQLITE
from tests.sftp_door import (
    ACCOUNT,
    PARTNER,
    Opened,
    client_program,
    fresh_order,
    make_key,
    opened,
    prepare,
    wait_for,
)

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
MIB = 1024 * 1024
INIT, OPEN, READ, OPENDIR = 1, 3, 5, 11


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    client_program()
    return make_key(tmp_path_factory.mktemp("keys") / "id")


@contextmanager
def door(settings: Settings, key_file: Path, **changed: Any) -> Iterator[Opened]:
    key = paramiko.Ed25519Key.from_private_key_file(str(key_file))
    prepare(settings, key)
    with opened(settings, key_file, work=False, **changed) as one:
        yield one


def receipts(one: Opened) -> int:
    with one.gateway.db.read() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(receipt)) or 0


def put(sftp: paramiko.SFTPClient, data: bytes, name: str) -> None:
    sftp.putfo(io.BytesIO(data), name, len(data))


def queue(one: Opened, data: bytes, name: str) -> None:
    """Let a message of these bytes wait for the partner."""
    now, db = datetime.now(UTC), one.gateway.db
    texts = ("series", "replay_of", "receipt_id", "interchange_id", "message_id")
    row: dict[str, Any] = dict.fromkeys((*texts, "order_id", "wire_sha256"), "")
    row |= dict.fromkeys(("interchange_number", "group_number"), 0)
    row |= dict.fromkeys(("message_number", "message_count", "attempts"), 0)
    row |= {"partner_id": PARTNER, "id": f"msg_{name}", "idem": name}
    row |= {"channel": "drop", "kind": "x12_855", "file_name": name}
    blob = InMemory.of(data)
    row |= {"content_sha256": blob.sha256, "delivery": "queued"}
    row |= {"acknowledgement": "not_expected", "next_at": now, "created_at": now}
    with db.begin() as tx:
        payloads.insert(tx, [db.payloads.prepare(blob, now)])
        lanes.line_up(tx, [row])
        insert_all(tx, outbox, [row])


def request(kind: int, *parts: bytes) -> bytes:
    body = bytes([kind]) + b"".join(parts)
    return struct.pack(">I", len(body)) + body


def text(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def number(value: int, width: str = ">I") -> bytes:
    return struct.pack(width, value)


def raw(one: Opened) -> paramiko.Channel:
    """A channel on which SFTP has begun and bytes can be sent as one likes."""
    transport = one.login().get_transport()
    assert transport is not None
    channel = transport.open_session()
    channel.invoke_subsystem("sftp")
    channel.sendall(request(INIT, number(3)))
    channel.settimeout(20)
    answer(channel)
    return channel


def answer(channel: paramiko.Channel) -> bytes:
    head = _exactly(channel, 4)
    return _exactly(channel, int(struct.unpack(">I", head)[0]))


def _exactly(channel: paramiko.Channel, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def test_who_asks_for_much_and_reads_nothing_takes_no_memory_and_is_sent_away(
    settings: Settings, key_file: Path
):
    with door(settings, key_file, sftp_idle_s=2) as one:
        queue(one, os.urandom(4 * MIB), "big.edi")
        channel = raw(one)
        channel.sendall(
            request(OPEN, number(1), text(b"/out/big.edi"), number(1), number(0))
        )
        handle = answer(channel)[9:]
        before, begun = resident_mib(), time.monotonic()
        asked = request(
            READ, number(2), text(handle), number(0, ">Q"), number(256 * 1024)
        )
        with suppress(OSError):
            for _ in range(40):
                channel.sendall(asked * 100)  # a gigabyte
        line = channel.transport
        assert line is not None
        wait_for(lambda: channel.closed or not line.is_active(), "an end")
        assert resident_mib() - before < 48
        assert time.monotonic() - begun < 20
        with one.paramiko() as another:
            assert another.listdir("out") == ["big.edi"]


def test_an_upload_over_the_size_limit_is_refused_while_it_comes(
    settings: Settings, key_file: Path
):
    with door(settings, key_file, max_interchange_bytes=100_000) as one:
        with one.paramiko() as sftp:
            with pytest.raises(OSError, match="no such file"):
                put(sftp, b"x" * 200_000, "in/order.edi")
            file = sftp.open("in/order.edi", "wb")
            with pytest.raises(OSError, match="a file may have 100000 bytes"):
                file.write(b"x" * 200_000)
            file.close()
        (Path(one.home) / "big").write_bytes(b"x" * 200_000)
        assert one.sftp(f"put {one.home}/big in/order.edi").returncode == 1
        assert receipts(one) == 0


def test_an_upload_whose_bytes_were_refused_cannot_be_renamed_into_place(
    settings: Settings, key_file: Path
):
    with door(settings, key_file, max_interchange_bytes=100_000) as one:
        with one.paramiko() as sftp:
            with pytest.raises(OSError, match="no such file"):
                put(sftp, b"x" * 200_000, "in/order.part")
            with pytest.raises(OSError, match="no such file"):
                sftp.rename("in/order.part", "in/order.edi")
        assert receipts(one) == 0


def test_unfinished_uploads_stay_within_the_quota(settings: Settings, key_file: Path):
    with door(settings, key_file, sftp_quota_bytes=100_000) as one:
        sftp = one.paramiko()
        put(sftp, b"x" * 80_000, "in/a.part")
        with pytest.raises(OSError, match="no such file"):
            put(sftp, b"x" * 80_000, "in/b.part")
        sftp.remove("in/a.part")
        put(sftp, b"x" * 80_000, "in/b.part")
        assert [a.st_size for a in sftp.listdir_attr("in")] == [80_000]


def test_an_account_has_so_many_sessions_and_no_more(
    settings: Settings, key_file: Path
):
    with door(settings, key_file, sftp_sessions_each=2) as one:
        first, _ = one.paramiko(), one.paramiko()
        with pytest.raises(paramiko.ChannelException):
            one.paramiko()
        first.close()
        with one.paramiko() as third:
            assert third.listdir() == ["in", "out"]


def test_who_asks_for_nothing_is_sent_away(settings: Settings, key_file: Path):
    with door(settings, key_file, sftp_idle_s=0.5) as one:
        client = one.login()
        transport = client.get_transport()
        assert transport is not None
        wait_for(lambda: not transport.is_active(), "the end of the connection")


def test_who_does_not_log_in_is_sent_away_and_holds_nobody_up(
    settings: Settings, key_file: Path
):
    with door(settings, key_file, sftp_login_s=1.5, sftp_waiting=5) as one:
        strangers = [
            socket.create_connection(("127.0.0.1", one.port), 20) for _ in range(8)
        ]
        time.sleep(0.3)
        ended = [_ends(stranger) for stranger in strangers]
        assert all(ended)
        with one.paramiko() as sftp:
            assert sftp.listdir() == ["in", "out"]


def _ends(stranger: socket.socket) -> bool:
    with stranger, suppress(ConnectionError):
        while stranger.recv(4096):
            pass
    return True


@pytest.mark.parametrize(
    "bytes_", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 5000, os.urandom(5000), b"SSH-2.0-x"]
)
def test_bytes_that_are_no_ssh_end_their_own_connection_only(
    settings: Settings, key_file: Path, bytes_: bytes
):
    with door(settings, key_file, sftp_login_s=1) as one:
        with socket.create_connection(("127.0.0.1", one.port), 20) as stranger:
            stranger.sendall(bytes_)
            assert _ends(stranger)
        with one.paramiko() as sftp:
            assert sftp.listdir() == ["in", "out"]


@pytest.mark.parametrize(
    "bytes_",
    [
        number(2**32 - 1) + b"x" * 100,
        number(5 * MIB) + b"x" * 100,
        request(OPEN, number(1), number(2**31)),
        number(0),
        request(OPEN),
        request(200, number(1), text(b"copy-data"), text(b"x"), text(b"y")),
        request(200, number(1), text(b"hardlink@openssh.com"), text(b"x"), text(b"y")),
        request(19, number(1), text(b"in/x")),
        request(20, number(1), text(b"/etc/passwd"), text(b"in/x")),
        request(READ, number(1), text(b"none"), number(0, ">Q"), number(10)),
        b"".join(request(kind, number(kind), os.urandom(40)) for kind in range(256)),
    ],
    ids=range(11),
)
def test_requests_that_are_none_end_their_own_session_at_most(
    settings: Settings, key_file: Path, bytes_: bytes
):
    with door(settings, key_file, sftp_idle_s=2) as one:
        channel = raw(one)
        channel.sendall(bytes_)
        with suppress(EOFError, OSError):
            answer(channel)
        with one.paramiko() as sftp:
            assert sftp.listdir() == ["in", "out"]
        assert receipts(one) == 0


def test_handles_that_are_never_closed_are_bounded(settings: Settings, key_file: Path):
    with door(settings, key_file) as one:
        channel = raw(one)
        said = []
        for place in range(200):
            channel.sendall(request(OPENDIR, number(place), text(b"/in")))
            said.append(answer(channel)[0])
        with one.paramiko() as sftp:
            files = [sftp.open(f"in/{place}.part", "wb") for place in range(16)]
            with pytest.raises(OSError, match="files are open already"):
                sftp.open("in/17.part", "wb")
            files[0].close()
            sftp.open("in/17.part", "wb").close()
    assert said == [102] * 64 + [101] * 136


def test_bytes_out_of_order_are_refused(settings: Settings, key_file: Path):
    with door(settings, key_file) as one, one.paramiko() as sftp:
        file = sftp.open("in/order.edi", "wb")
        file.seek(1000)
        with pytest.raises(OSError, match="missing"):
            file.write(b"x")
        file.close()
        assert receipts(one) == 0


def test_an_empty_file_is_not_received_and_may_be_filled_later(
    settings: Settings, key_file: Path
):
    with door(settings, key_file) as one, one.paramiko() as sftp:
        sftp.open("in/order.edi", "wb").close()
        before = receipts(one)
        put(sftp, fresh_order(), "in/order.edi")
        assert (before, receipts(one)) == (0, 1)


def test_what_the_store_does_not_take_is_an_error_at_close_and_can_be_sent_again(
    settings: Settings, key_file: Path, monkeypatch: pytest.MonkeyPatch
):
    with door(settings, key_file) as one, one.paramiko() as sftp:

        def refuse(inbound: object) -> None:
            raise Busy("too much")

        with monkeypatch.context() as patch:
            patch.setattr(one.gateway.engine._acceptor, "take", refuse)
            with pytest.raises(FileNotFoundError):  # closing failed, it does not tell
                put(sftp, fresh_order(), "in/order.edi")
            put(sftp, fresh_order(), "in/order.part")
            with pytest.raises(OSError, match="not received: send it again"):
                sftp.rename("in/order.part", "in/order.edi")
            (one.home / "order.edi").write_bytes(fresh_order())
            told = one.sftp(f"put {one.home}/order.edi in/order.edi")
        before = receipts(one)
        sftp.rename("in/order.part", "in/order.edi")
        assert (told.returncode, before, receipts(one)) == (1, 0, 1)


def test_an_account_that_is_removed_is_out_within_seconds(
    settings: Settings, key_file: Path
):
    with door(settings, key_file) as one:
        transport = one.login().get_transport()
        assert transport is not None
        with one.gateway.db.begin() as tx:
            account = Account(name=ACCOUNT, partner_id=PARTNER)
            sftp_accounts.remove(tx, account, datetime.now(UTC))
        wait_for(lambda: not transport.is_active(), "the end of the connection")
        with pytest.raises(paramiko.AuthenticationException):
            one.login()


def test_an_account_of_another_network_does_not_open(
    settings: Settings, key_file: Path
):
    with door(settings, key_file) as one:
        with one.gateway.db.begin() as tx:
            account = sftp_accounts.find(tx, ACCOUNT)
            assert account is not None
            now = datetime.now(UTC)
            far = Account(name="far", partner_id=PARTNER, sources=("192.0.2.0/24",))
            sftp_accounts.add(tx, far, now, password="a long password")  # noqa: S106
        with pytest.raises(paramiko.AuthenticationException):
            one.login(username="far", pkey=None, password="a long password")  # noqa: S106


def test_guessing_passwords_is_stopped(settings: Settings, key_file: Path):
    with door(settings, key_file) as one:
        for _ in range(20):
            with pytest.raises(paramiko.SSHException):
                one.login(pkey=None, password="a guess")  # noqa: S106
        with pytest.raises((paramiko.SSHException, OSError)):
            one.login()


def test_a_slow_upload_holds_nobody_up(settings: Settings, key_file: Path):
    with door(settings, key_file, sftp_idle_s=3) as one:
        stop = threading.Event()
        slow = one.paramiko()
        file = slow.open("in/slow.part", "wb")

        def drip() -> None:
            while not stop.wait(0.05):
                file.write(b"x")
                file.flush()

        dripping = threading.Thread(target=drip)
        dripping.start()
        begun = time.monotonic()
        with one.paramiko() as sftp:
            for place in range(20):
                put(sftp, fresh_order(place), f"in/{place}.edi")
        took_s = time.monotonic() - begun
        stop.set()
        dripping.join()
        assert receipts(one) == 20
        assert took_s < 10


def test_a_client_that_tries_all_its_keys_is_not_taken_for_a_guesser(
    settings: Settings, key_file: Path, tmp_path: Path
):
    files = [make_key(tmp_path / f"other{place}") for place in range(4)]
    load = paramiko.Ed25519Key.from_private_key_file
    others = [load(str(file)) for file in files]
    with door(settings, key_file) as one:
        for _ in range(6):
            line = paramiko.Transport(("127.0.0.1", one.port))
            line.start_client()
            for other in others:
                with pytest.raises(paramiko.AuthenticationException):
                    line.auth_publickey(ACCOUNT, other)
            line.auth_publickey(ACCOUNT, load(str(key_file)))
            assert line.is_authenticated()
            line.close()


def test_while_the_store_is_away_nobody_is_told_that_a_login_is_wrong(
    settings: Settings, key_file: Path, monkeypatch: pytest.MonkeyPatch
):
    with door(settings, key_file) as one:

        def away(*_: object) -> None:
            raise OSError("away")

        with monkeypatch.context() as patch:
            patch.setattr(sftp_accounts, "find", away)
            with pytest.raises(paramiko.SSHException, match="shut down or saw EOF"):
                one.login()
        with one.paramiko() as sftp:
            assert sftp.listdir() == ["in", "out"]
