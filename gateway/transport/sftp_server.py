"""The SFTP door that we host: who may come in, how, and how many at once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import asyncssh
import structlog
from asyncssh.kex import get_kex_algs
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from gateway.config import Settings
from gateway.pipeline.drop import Account, Behind, Visit
from gateway.transport.sftp_inbox import Inbox, sweep
from gateway.transport.sftp_keys import SIGNATURES, host_keys
from gateway.transport.sftp_protocol import Handler
from gateway.transport.sftp_room import Room, Shared
from gateway.transport.sftp_session import DropSession

log = structlog.get_logger()

KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp521",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
)
CIPHERS = (
    "chacha20-poly1305@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
"""What is spoken here, and nothing else: no SHA-1, no CBC, no compression."""

PASSWORD = "password"  # noqa: S105  how somebody came in
_TRIES = 6
_MISSES, _MISSES_S = 20, 60.0
_PASSWORDS_AT_ONCE = 2
_LOOKED_AT_S, _LOOK_S = 5.0, 0.2
_SWEPT_S = 3600.0
_LONGEST_NAME = 64
_END_S = 5.0


def bind(settings: Settings) -> socket.socket:
    """The address of the settings, taken; a port in use is an ``OSError``."""
    assert settings.sftp_port is not None
    at = (settings.sftp_host, settings.sftp_port)
    family = socket.AF_INET6 if ":" in settings.sftp_host else socket.AF_INET
    return socket.create_server(at, family=family, backlog=128)


def serve(  # noqa: PLR0913  what it serves, where, how long, and who is told
    behind: Behind,
    settings: Settings,
    bound: socket.socket,
    stop: threading.Event,
    *,
    clock: Callable[[], datetime],
    keys: Sequence[asyncssh.SSHKey] = (),
    started: Callable[[str], object] = lambda address: None,
) -> None:
    """Serve this address until ``stop`` is set; requests at hand are finished."""
    door = Door(behind, settings, clock)
    asyncio.run(door.run(bound, tuple(keys) or host_keys(settings), stop, started))


class Door:
    """Everybody who is connected, and what they share."""

    def __init__(
        self, behind: Behind, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self.behind = behind
        self.settings = settings
        self.clock = clock
        self.visitors: set[Visitor] = set()
        self.shared: dict[str, Shared] = {}
        self.sessions = 0
        self.passwords = asyncio.Semaphore(_PASSWORDS_AT_ONCE)
        self.tasks: set[asyncio.Task[None]] = set()
        self._missed: dict[str, tuple[int, float]] = {}

    @property
    def uploads(self) -> Path:
        """Where unfinished uploads lie, a folder for each account."""
        return self.settings.home / "sftp" / "in"

    async def run(
        self,
        bound: socket.socket,
        keys: Sequence[asyncssh.SSHKey],
        stop: threading.Event,
        started: Callable[[str], object],
    ) -> None:
        """Listen, and look after the visitors until ``stop`` is set."""
        listening = await asyncssh.listen(
            sock=bound,
            server_factory=lambda: Visitor(self),
            server_host_keys=list(keys),
            server_version="gateway",
            kex_algs=[one for one in KEX if one.encode() in get_kex_algs()],
            encryption_algs=CIPHERS,
            mac_algs=MACS,
            compression_algs=("none",),
            signature_algs=SIGNATURES,
            login_timeout=self.settings.sftp_login_s,
            keepalive_interval=30,
            encoding=None,
            allow_pty=False,
            allow_scp=False,
            agent_forwarding=False,
            x11_forwarding=False,
            gss_kex=False,
            gss_auth=False,
            config=None,
        )
        address = "{}:{}".format(*bound.getsockname()[:2])
        log.info("sftp.started", address=address)
        started(address)
        looked_at = swept_at = -_SWEPT_S
        looking = asyncio.create_task(self._look_after())
        while not stop.is_set():
            await asyncio.sleep(_LOOK_S)
            now = time.monotonic()
            self._end_idle(now)
            if now > looked_at + _LOOKED_AT_S and looking.done():
                looked_at = now
                looking = asyncio.create_task(self._look_after())
                self.start(looking)
            if now > swept_at + _SWEPT_S:
                swept_at = now
                self.start(asyncio.create_task(self._sweep()))
        listening.close()
        await self._end()
        log.info("sftp.stopped")

    async def _end(self) -> None:
        """Let requests that are being answered come to their end, then hang up."""
        until = time.monotonic() + _END_S
        while any(one.busy for one in self.visitors) and time.monotonic() < until:
            await asyncio.sleep(0.01)
        for one in list(self.visitors):
            one.hang_up("the gateway stops")
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=_END_S)

    def _end_idle(self, now: float) -> None:
        for one in list(self.visitors):
            if not one.busy and now > one.active_at + self.settings.sftp_idle_s:
                one.hang_up("nothing was asked for too long")

    async def _sweep(self) -> None:
        """Forget uploads that nobody has gone on with."""
        days = self.settings.sftp_unfinished_days
        await asyncio.to_thread(sweep, self.uploads, days)
        for one in self.shared.values():
            one.inbox.count()

    async def _look_after(self) -> None:
        """Send away whose account or key was taken back."""
        for one in [each for each in self.visitors if each.visit is not None]:
            assert one.visit is not None
            found, known = await self.find(one.visit.account)
            if known and not one.may_stay(found):
                one.hang_up("the account was changed")

    async def find(self, name: str) -> tuple[Account | None, bool]:
        """The account of this name, and whether the store could tell."""
        if len(name) > _LONGEST_NAME:
            return None, True
        try:
            return await asyncio.to_thread(self.behind.find, name), True
        except Exception as problem:
            log.error("sftp.store_away", kind=type(problem).__qualname__)
            return None, False

    def missed(self, address: str) -> None:
        """A password was wrong, or a connection ended after keys that were wrong."""
        count, since = self._missed.get(address, (0, 0.0))
        now = time.monotonic()
        if now > since + _MISSES_S:
            count, since = 0, now
        self._missed[address] = count + 1, since
        if len(self._missed) > 10_000:
            self._missed.clear()

    def admits(self, address: str) -> bool:
        """Whether there is room for a connection from here."""
        count, since = self._missed.get(address, (0, 0.0))
        if count >= _MISSES and time.monotonic() < since + _MISSES_S:
            return False
        strangers = sum(one.visit is None for one in self.visitors)
        most = self.settings.sftp_sessions + self.settings.sftp_waiting
        return strangers < self.settings.sftp_waiting and len(self.visitors) < most

    def share(self, account: Account) -> Shared:
        """What the sessions of this account have in common."""
        found = self.shared.get(account.name)
        if found is None:
            inbox = Inbox(self.uploads / account.name, quota_bytes=0, file_bytes=0)
            found = self.shared[account.name] = Shared(inbox)
        at, inbox = self.settings, found.inbox
        inbox.quota_bytes = account.quota_bytes or at.sftp_quota_bytes
        most = at.max_interchange_bytes
        inbox.file_bytes = min(account.file_bytes or most, most)
        return found

    def begin(self, account: Account) -> Shared | None:
        """Room for one session more, or none."""
        shared = self.share(account)
        most = account.sessions or self.settings.sftp_sessions_each
        if self.sessions >= self.settings.sftp_sessions or shared.sessions >= most:
            return None
        self.sessions += 1
        shared.sessions += 1
        return shared

    def end(self, shared: Shared) -> None:
        """A session is over."""
        self.sessions -= 1
        shared.sessions -= 1

    def start(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Visitor(asyncssh.SSHServer):
    """One connection: nothing but SFTP sessions, and those after a login only."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._line: asyncssh.SSHServerConnection | None = None
        self._account: Account | None = None
        self._proof = ""
        self._tries = 0
        self.address = ""
        self.visit: Visit | None = None
        self.active_at = time.monotonic()
        self.busy = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Take a connection, unless there are too many."""
        self._line = conn
        self.address = str((conn.get_extra_info("peername") or ("",))[0])
        if not self._door.admits(self.address):
            log.warning("sftp.turned_away", address=self.address)
            conn.abort()
            return
        self._door.visitors.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone. Who tried keys and did not come in may be guessing."""
        self._door.visitors.discard(self)
        if self._tries and self.visit is None:
            self._door.missed(self.address)

    def hang_up(self, why: str) -> None:
        """End the connection."""
        self._door.visitors.discard(self)
        assert self._line is not None
        log.info("sftp.hung_up", address=self.address, why=why)
        with suppress(OSError, asyncssh.Error):
            self._line.disconnect(asyncssh.DISC_BY_APPLICATION, why)
        asyncio.get_running_loop().call_later(1.0, self._line.abort)

    # Logins. Nothing tells whether an account exists.

    async def begin_auth(self, username: str) -> bool:
        """Look the account up; everybody has to prove who they are."""
        found, known = await self._door.find(username)
        if not known:
            self.hang_up("try again later")
        if found is not None and not found.may_come_from(self.address):
            log.warning("sftp.wrong_source", account=username, address=self.address)
            found = None
        self._account, self._proof = found, ""
        return True

    def public_key_auth_supported(self) -> bool:
        """Always."""
        return True

    def password_auth_supported(self) -> bool:
        """Always, whether or not the account has one."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the key is one of the account's."""
        fingerprint = key.get_fingerprint()
        if self._account is None or fingerprint not in self._account.keys:
            self._miss(username, fingerprint)
            return False
        self._proof = fingerprint
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Whether the password is the account's; it takes as long for nobody's."""
        self._proof = ""
        account = self._account
        name = username if account is not None and account.has_password else ""
        async with self._door.passwords:
            is_good = await asyncio.to_thread(self._is_password, name, password)
        if not is_good or not name or account is not self._account:
            self._miss(username, PASSWORD)
            return False
        self._proof = PASSWORD
        return True

    def _is_password(self, name: str, password: str) -> bool:
        try:
            return self._door.behind.is_password(name, password[:1024])
        except Exception as problem:
            log.error("sftp.store_away", kind=type(problem).__qualname__)
            return False

    def auth_completed(self) -> None:
        """Somebody is in."""
        account = self._account
        assert account is not None
        assert self._proof
        self.visit = Visit(
            account=account.name,
            partner_id=account.partner_id,
            address=self.address,
            proof=self._proof,
        )
        self.active_at = time.monotonic()
        log.info("sftp.login", **_facts(self.visit))

    def _miss(self, username: str, proof: str) -> None:
        self._tries += 1
        if proof == PASSWORD:
            self._door.missed(self.address)
        assert self._line is not None
        # paramiko asks for the service before every try; OpenSSH's server lets it, too
        self._line._next_service = b"ssh-userauth"
        known = username if self._account is not None else "unknown"
        log.warning("sftp.refused", account=known, address=self.address, proof=proof)
        if self._tries >= _TRIES:
            self.hang_up("too many logins failed")

    def may_stay(self, found: Account | None) -> bool:
        """Whether what they came in by still opens the account."""
        if found is None or not found.may_come_from(self.address):
            return False
        if self.visit is None or found.partner_id != self.visit.partner_id:
            return False
        by_password = self.visit.proof == PASSWORD
        return found.has_password if by_password else self.visit.proof in found.keys

    # Sessions.

    def session_requested(self) -> SSHServerStreamSession[bytes]:
        """An SFTP session; shells, commands and everything forwarded are refused."""
        assert self._account is not None
        assert self.visit is not None
        shared = self._door.begin(self._account)
        if shared is None:
            log.warning("sftp.too_many", account=self.visit.account)
            why = "too many sessions are open"
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, why)
        at = self._door.settings
        room = Room(
            behind=self._door.behind,
            account=self._account,
            visit=self.visit,
            shared=shared,
            spool=at.home / "spool",
            inline_bytes=at.payload_inline_bytes,
            clock=self._door.clock,
            still=lambda: self in self._door.visitors,
        )
        return _Channel(self, self._door, room)


class _Channel(SSHServerStreamSession[bytes]):
    """A channel on which SFTP is spoken, and nothing else can be."""

    def __init__(self, visitor: Visitor, door: Door, room: Room) -> None:
        super().__init__(None, None)
        self._visitor, self._door, self._room = visitor, door, room

    def subsystem_requested(self, subsystem: str) -> bool:
        """SFTP only."""
        return subsystem == "sftp"

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone: others may have its place."""
        self._door.end(self._room.shared)
        super().connection_lost(exc)

    def session_started(self) -> None:
        """Answer requests until the client hangs up."""
        loop = asyncio.get_running_loop()
        self._door.start(loop.create_task(self._run()))

    async def _run(self) -> None:
        channel = self._chan
        assert channel is not None
        begun, visit = time.monotonic(), self._room.visit
        drop = DropSession(channel, self._room)  # type: ignore[arg-type]  # of a server
        reader, writer = SSHReader(self, channel), SSHWriter(self, channel)
        try:
            await Handler(drop, reader, writer, self._visitor).run()
        except Exception as problem:
            log.error("sftp.broken", kind=type(problem).__qualname__)
        finally:
            drop.exit()
            channel.close()
        facts = {name: str(count) for name, count in drop.counts.items()}
        facts["seconds"] = f"{time.monotonic() - begun:.1f}"
        log.info("sftp.session", **_facts(visit), **facts)
        try:
            await asyncio.to_thread(self._room.behind.ended, visit, facts)
        except Exception as problem:
            log.error("sftp.store_away", kind=type(problem).__qualname__)


def _facts(visit: Visit) -> dict[str, str]:
    return {
        "account": visit.account,
        "partner": visit.partner_id,
        "address": visit.address,
        "proof": visit.proof,
    }
