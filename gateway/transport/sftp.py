"""Messages to the SFTP servers of partners."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from gateway.partner import Profile
from gateway.partner.profile import SftpChannel
from gateway.pipeline.ports import Failed, Outbound, Secrets, Sent, Trouble
from gateway.transport.sftp_client import Lost, Session
from gateway.transport.sftp_put import Delivery, Step
from gateway.transport.ssh_login import Unfit

KIND = "sftp"
"""The kind of channel, and of the door that files come through."""
IDLE_S = 15.0
"""How long a session waits for more to send."""

Connect = Callable[[SftpChannel], Session]


def open_session(channel: SftpChannel, secrets: Secrets) -> Session:
    """A session with the partner's server; ``Lost`` or ``Unfit`` if none."""
    from gateway.transport.ssh import connect  # noqa: PLC0415  it takes 0.1 s

    return connect(channel, secrets)


class Sessions:
    """Sessions that are kept for a while, since a login takes longer than a file."""

    def __init__(self, connect: Connect, idle_s: float = IDLE_S) -> None:
        self._connect = connect
        self._idle_s = idle_s
        self._turn = threading.Lock()
        self._idle: dict[SftpChannel, list[tuple[Session, float]]] = {}
        self._tidies = False

    @contextmanager
    def one(self, channel: SftpChannel, *, new: bool = False) -> Iterator[Session]:
        """A session for one thread; it is closed if anything goes wrong in it."""
        session = None if new else self._kept(channel)
        if session is None:
            session = self._connect(channel)
        try:
            yield session
        except BaseException:
            session.close()
            raise
        with self._turn:
            self._idle.setdefault(channel, []).append((session, time.monotonic()))
            begins, self._tidies = not self._tidies, True
        if begins:
            self._tidy_later()

    def _tidy_later(self) -> None:
        later = threading.Timer(self._idle_s, self._tidy)
        later.daemon = True
        later.start()

    def _tidy(self) -> None:
        """Close those that have waited too long, and look again if others wait."""
        self._close(time.monotonic() - self._idle_s)
        with self._turn:
            self._tidies = any(self._idle.values())
        if self._tidies:
            self._tidy_later()

    def close(self) -> None:
        """Close those that wait."""
        self._close(float("inf"))

    def holds(self, channel: SftpChannel) -> bool:
        """Whether a session waits for it."""
        with self._turn:
            return bool(self._idle.get(channel))

    def _kept(self, channel: SftpChannel) -> Session | None:
        with self._turn:
            waiting = self._idle.get(channel)
            return waiting.pop()[0] if waiting else None

    def _close(self, before: float) -> None:
        with self._turn:
            old = [
                session
                for waiting in self._idle.values()
                for session, since in waiting
                if since <= before
            ]
            self._idle = {
                channel: [one for one in waiting if one[1] > before]
                for channel, waiting in self._idle.items()
            }
        for session in old:
            session.close()


class SftpTransport:
    """Uploads messages, each under a temporary name first.

    ``step`` is told the moments of an upload; production leaves it out.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        secrets: Secrets,
        *,
        step: Step = lambda name: None,
    ) -> None:
        self._channels: dict[tuple[str, str], SftpChannel] = {}
        for profile in profiles:
            for channel in profile.channels:
                if isinstance(channel, SftpChannel):
                    self._channels[profile.id, channel.id] = channel
                    self._channels.setdefault((profile.id, channel.kind), channel)
        self._sessions = Sessions(partial(open_session, secrets=secrets))
        self._step = step

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Bring it once. A session that was kept may be dead: then with a new one."""
        channel = self._channels.get((outbound.partner_id, outbound.channel))
        if channel is None:
            what = f"{outbound.partner_id} has no SFTP channel {outbound.channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        kept = self._sessions.holds(channel)
        try:
            try:
                return self._bring(channel, outbound, new=False)
            except Lost:
                if not kept:
                    raise
            return self._bring(channel, outbound, new=True)
        except Unfit as unfit:
            return unfit_outcome(unfit)
        except Lost as lost:
            return Failed(str(lost))

    def close(self) -> None:
        """Hang up where sessions wait."""
        self._sessions.close()

    def _bring(
        self, channel: SftpChannel, outbound: Outbound, *, new: bool
    ) -> Sent | Failed:
        with self._sessions.one(channel, new=new) as session:
            return Delivery(session, channel.put, outbound, self._step).run()


def unfit_outcome(unfit: Unfit) -> Failed:
    """A key that is not pinned or a login that fails stops the whole channel."""
    found = unfit.finding
    if unfit.ours:
        return Failed(found.what, trouble=Trouble.OURS, code=found.code, at_once=True)
    return Failed(found.what, trouble=Trouble.THROTTLED, code=found.code, at_once=True)
