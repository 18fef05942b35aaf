"""Connections to SSH servers that know only what is broken or weak today."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import asyncssh

from gateway.partner.profile import SftpChannel
from gateway.transport.sftp_client import Lost
from gateway.transport.ssh_login import (
    KEEPALIVE_S,
    Credentials,
    Pinned,
    Unfit,
    changed,
    no_such_key,
    not_let_in,
    private_key,
)

T = TypeVar("T")
asyncssh.set_log_level(logging.CRITICAL)  # it repeats servers' words
_KEX = (
    "curve25519-sha256",
    "ecdh-sha2-nistp256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
_CIPHERS = (
    "aes256-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
    "3des-cbc",
)
_MACS = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha1")
_SIGNATURES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "ssh-rsa",
)


def connect_legacy(channel: SftpChannel, login: Credentials) -> _Line:
    """A connection with the old algorithms allowed; ``Lost`` or ``Unfit`` if none.

    They are the last of each list: a server that knows better gets better.
    """
    line = _Line(channel.timeout_s)
    try:
        line.open(channel, login)
    except BaseException:
        line.close()
        raise
    return line


class _Guard(asyncssh.SSHClient):
    """Lets the connection go on only if the server's key is pinned."""

    def __init__(self, channel: SftpChannel) -> None:
        self._channel = channel
        self._pinned = Pinned.of(channel.host_keys)
        self.fault: Unfit | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Whether it is; if not, why not is kept."""
        kind, data = key.get_algorithm(), key.public_data
        if self._pinned.holds(kind, data):
            return True
        self.fault = changed(self._channel, kind, data)
        return False


class _Line:
    """The channel that SFTP is spoken over, and the thread that looks after it."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._writer: asyncssh.SSHWriter[bytes] | None = None
        self._reader: asyncssh.SSHReader[bytes] | None = None

    def open(self, channel: SftpChannel, login: Credentials) -> None:
        """Connect, log in, and begin SFTP."""
        guard = _Guard(channel)
        try:
            self._wait(self._open(channel, login, guard), 3 * channel.timeout_s)
        except asyncssh.HostKeyNotVerifiable:
            raise guard.fault or no_such_key(channel) from None
        except asyncssh.PermissionDenied:
            raise not_let_in(channel) from None
        except asyncssh.KeyExchangeFailed as problem:
            if "host key" in str(problem).lower():
                raise no_such_key(channel) from None
            raise Lost("no SSH session: no algorithm in common") from None
        except (asyncssh.Error, OSError, ValueError) as problem:
            where = f"{channel.host}:{channel.port}"
            raise Lost(f"{where}: no SSH session: {type(problem).__name__}") from None

    async def _open(
        self, channel: SftpChannel, login: Credentials, guard: _Guard
    ) -> None:
        keys = None
        if login.key is not None:
            keys = [asyncssh.import_private_key(private_key(login))]
        kinds = Pinned.of(channel.host_keys).signatures(sha1=True)
        self._connection, _ = await asyncssh.create_connection(
            lambda: guard,
            channel.host,
            channel.port,
            config=None,
            tcp_keepalive=True,
            known_hosts=([], [], []),
            server_host_key_algs=kinds,
            kex_algs=_KEX,
            encryption_algs=_CIPHERS,
            mac_algs=_MACS,
            signature_algs=_SIGNATURES,
            compression_algs=None,
            username=channel.user,
            password=login.password,
            client_keys=keys,
            agent_path=None,
            gss_host=None,
            keepalive_interval=KEEPALIVE_S,
            connect_timeout=channel.timeout_s,
            login_timeout=channel.timeout_s,
        )
        self._writer, self._reader, _ = await self._connection.open_session(
            subsystem="sftp", encoding=None
        )

    def send(self, data: bytes) -> None:
        """All of it."""
        self._wait(self._send(data), self._timeout_s)

    async def _send(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)
        await self._writer.drain()

    def receive(self, most: int) -> bytes:
        """What has come."""
        assert self._reader is not None
        return self._wait(self._reader.read(most), self._timeout_s)

    def close(self) -> None:
        """Hang up, and end the thread."""
        if self._loop.is_closed():
            return
        with suppress(Exception):
            self._wait(self._hang_up(), 1.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(self._timeout_s)
        if not self._thread.is_alive():
            self._loop.close()

    async def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()

    def _wait(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Have the thread do it; too late is a ``TimeoutError``."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except asyncssh.Error as problem:
            if self._writer is None:  # still being opened: told apart there
                raise
            raise ConnectionError(type(problem).__name__) from None
        finally:
            future.cancel()
