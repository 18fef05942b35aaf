"""Connections to partners' SSH servers, with pinned host keys."""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import paramiko

from gateway.findings import Finding
from gateway.partner.profile import SftpChannel
from gateway.pipeline.ports import Secrets
from gateway.transport.sftp_client import Lost, Session
from gateway.transport.ssh_login import (
    KEEPALIVE_S,
    LOGIN,
    Credentials,
    Pinned,
    Unfit,
    changed,
    credentials,
    no_such_key,
    not_let_in,
    private_key,
)

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it repeats servers' words
_KEX = (
    "mlkem768x25519-sha256",
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
)
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
_MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)


_Way = Callable[[SftpChannel, Credentials, paramiko.Transport], None]


def connect(channel: SftpChannel, secrets: Secrets) -> Session:
    """A session with the partner's server; ``Lost`` or ``Unfit`` if none."""
    login = credentials(channel, secrets)
    if channel.algorithms == "legacy":
        from gateway.transport.ssh_legacy import connect_legacy  # noqa: PLC0415  seldom

        return Session(connect_legacy(channel, login))
    return Session(_strictly(channel, login))


class _NotThisWay(Exception):
    """The server does not let us in so; there may be another way."""


def _strictly(channel: SftpChannel, login: Credentials) -> _Line:
    """By key, by password, or by a dialogue that asks for it.

    Each way has a connection of its own: some servers hang up on a second try.
    """
    ways: list[_Way] = []
    if login.key is not None:
        ways.append(_by_key)
    if login.password is not None:
        ways += [_by_password, _by_dialogue]
    for way in ways:
        with suppress(_NotThisWay):
            return _connected(channel, login, way)
    raise not_let_in(channel)


def _connected(channel: SftpChannel, login: Credentials, way: _Way) -> _Line:
    try:
        line = socket.create_connection(
            (channel.host, channel.port), timeout=channel.timeout_s
        )
    except OSError as problem:
        said = problem.strerror or type(problem).__name__
        raise Lost(f"{channel.host}:{channel.port}: {said}") from None
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(line)
    except BaseException:
        line.close()
        raise
    try:
        with _troubles(channel):
            return _logged_in(channel, login, transport, way)
    except BaseException:
        transport.close()
        line.close()
        raise


def _logged_in(
    channel: SftpChannel, login: Credentials, transport: paramiko.Transport, way: _Way
) -> _Line:
    transport.banner_timeout = transport.auth_timeout = channel.timeout_s
    transport.handshake_timeout = transport.channel_timeout = channel.timeout_s
    _narrow(channel, transport)
    transport.start_client(timeout=channel.timeout_s)
    shown = transport.get_remote_server_key()
    pinned = Pinned.of(channel.host_keys)
    if not pinned.holds(shown.get_name(), shown.asbytes()):
        raise changed(channel, shown.get_name(), shown.asbytes())
    way(channel, login, transport)
    if not transport.is_authenticated():
        raise not_let_in(channel)
    transport.set_keepalive(KEEPALIVE_S)
    opened = transport.open_session(timeout=channel.timeout_s)
    opened.settimeout(channel.timeout_s)
    opened.invoke_subsystem("sftp")
    return _Line(transport, opened)


def _narrow(channel: SftpChannel, transport: paramiko.Transport) -> None:
    """Offer what is strong, and of the host's keys only what is pinned."""
    options = transport.get_security_options()
    options.kex = _known(_KEX, options.kex)
    options.ciphers = _known(_CIPHERS, options.ciphers)
    options.digests = _known(_MACS, options.digests)
    wanted = Pinned.of(channel.host_keys).signatures()
    kinds = _known(wanted, options.key_types)
    if not kinds:
        raise no_such_key(channel)
    options.key_types = kinds


def _known(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in ours if one in theirs)


def _by_key(
    channel: SftpChannel, login: Credentials, transport: paramiko.Transport
) -> None:
    """The key, and behind it the password where the server wants both."""
    key = _as_theirs(private_key(login))
    try:
        left = transport.auth_publickey(channel.user, key)
    except paramiko.AuthenticationException:
        raise _NotThisWay from None
    if "password" in left and login.password is not None:
        transport.auth_password(channel.user, login.password, fallback=False)
    elif "keyboard-interactive" in left and login.password is not None:
        _by_dialogue(channel, login, transport)


def _by_password(
    channel: SftpChannel, login: Credentials, transport: paramiko.Transport
) -> None:
    assert login.password is not None
    try:
        transport.auth_password(channel.user, login.password, fallback=False)
    except paramiko.BadAuthenticationType:
        raise _NotThisWay from None


def _by_dialogue(
    channel: SftpChannel, login: Credentials, transport: paramiko.Transport
) -> None:
    """Keyboard-interactive (RFC 4256): its one question is for the password."""

    def answers(title: str, words: str, asked: Sequence[object]) -> list[str]:
        return [login.password or ""] * len(asked) if len(asked) < 2 else []

    transport.auth_interactive(channel.user, answers)


def _as_theirs(key: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException):
            return kind.from_private_key(io.StringIO(key))
    raise Unfit(Finding.of(LOGIN, "the private key is of an unknown type"), ours=True)


@contextmanager
def _troubles(channel: SftpChannel) -> Iterator[None]:
    """The library's exceptions, in our words: theirs may repeat what a server said."""
    try:
        yield
    except (Unfit, Lost, _NotThisWay):
        raise
    except paramiko.AuthenticationException:
        raise not_let_in(channel) from None
    except paramiko.SSHException as problem:
        if "host key" in str(problem).lower():
            raise no_such_key(channel) from None
        raise Lost(f"no SSH session: {type(problem).__name__}") from None
    except (OSError, EOFError) as problem:
        raise Lost(f"no SSH session: {type(problem).__name__}") from None


class _Line:
    """The channel that SFTP is spoken over."""

    def __init__(
        self, transport: paramiko.Transport, channel: paramiko.Channel
    ) -> None:
        self._transport = transport
        self._channel = channel

    def send(self, data: bytes) -> None:
        """All of it."""
        self._channel.sendall(data)

    def receive(self, most: int) -> bytes:
        """What has come."""
        return self._channel.recv(most)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()
