"""Looks into partners' SFTP servers and portals: each channel by itself, when due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from gateway.config import Settings
from gateway.engine.running import trail
from gateway.engine.steps import Step
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import SftpChannel, SoapPortalChannel
from gateway.pipeline.ports import Inbound
from gateway.store import polls
from gateway.store.database import Database, Unavailable
from gateway.store.polls import Look
from gateway.store.receipts import Busy, Receipt
from gateway.store.remote_files import Memory
from gateway.store.schedules import Following
from gateway.transport.sftp_client import Lost, Session
from gateway.transport.sftp_get import Looked, SftpPickup
from gateway.transport.soap import PortalFault, PortalLost
from gateway.transport.ssh_login import Unfit

log = structlog.get_logger()
UNREACHED = "TRN-014"
_AGAIN_S = 5.0
"""How soon a look follows that was broken off by trouble of our own."""

Polled = SftpChannel | SoapPortalChannel
Channels = dict[tuple[str, str], Polled]
LookInto = Callable[[Look, SoapPortalChannel, Callable[[], bool]], Looked]
"""Looks into a portal; before each order it asks whether to go on."""


def polled_channels(profiles: Iterable[Profile]) -> Channels:
    """The channels that we look into, by partner and id."""
    return {
        (profile.id, channel.id): channel
        for profile in profiles
        for channel in profile.channels
        if isinstance(channel, Polled) and channel.get is not None
    }


class Fetching:
    """Looks that are due, each in a thread of its own, ``sftp_looks`` at a time."""

    def __init__(  # noqa: PLR0913  what it works on, and who it works for
        self,
        db: Database,
        settings: Settings,
        accept: Callable[[Inbound], Receipt],
        *,
        connect: Callable[[SftpChannel], Session],
        portals: LookInto,
        clock: Callable[[], datetime],
        owner: Callable[[datetime], str],
        step: Step,
    ) -> None:
        self._db = db
        self._settings = settings
        self._accept = accept
        self._connect = connect
        self._portals = portals
        self._clock = clock
        self._owner = owner
        self._step = step
        self._channels: Channels = {}
        self._turn = threading.Lock()
        self._running: set[threading.Thread] = set()
        self._stopping = threading.Event()

    def use(self, profiles: Iterable[Profile]) -> None:
        """Look into the servers of these partners from now on."""
        self._channels = polled_channels(profiles)

    def begin(self, following: Following) -> int:
        """Begin the looks that are due; how many."""
        looks = self._lease(self._settings.sftp_looks - len(self._running))
        for look in looks:
            thread = threading.Thread(
                target=self._run, args=(look, following), daemon=True
            )
            with self._turn:
                self._running.add(thread)
            thread.start()
        return len(looks)

    def all(self, following: Following) -> int:
        """Do the looks that are due, one after the other; how many files came."""
        taken = 0
        while (one := self.one(following)) is not None:
            taken += one
        return taken

    def one(self, following: Following) -> int | None:
        """Do one look that is due; how many files came, none if there is no look."""
        looks = self._lease(1)
        return self._look(looks[0], following) if looks else None

    def start(self) -> None:
        """Looks may begin, also after a ``stop``."""
        self._stopping.clear()

    def stop(self, timeout_s: float) -> bool:
        """Let each look end with the file at hand; whether all have."""
        self._stopping.set()
        with self._turn:
            running = list(self._running)
        until = time.monotonic() + timeout_s
        for thread in running:
            thread.join(max(until - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in running)

    def _lease(self, most: int) -> list[Look]:
        channels = self._channels
        if not channels or most <= 0 or self._stopping.is_set():
            return []
        wanted = {
            key: (channel.get.at, channel.get.zone)
            for key, channel in channels.items()
            if channel.get is not None
        }
        now = self._clock()
        until = now + max(map(self._lease_of, channels.values()))
        return polls.lease(self._db, wanted, self._owner(now), now, until, most)

    def _lease_of(self, channel: Polled) -> timedelta:
        """Longer than the server may keep us waiting."""
        if isinstance(channel, SftpChannel):
            longest_s = 2 * channel.timeout_s
        else:
            longest_s = 3 * (channel.times.connect_s + channel.times.answer_s)
        return timedelta(seconds=self._settings.lease_s + longest_s)

    def _run(self, look: Look, following: Following) -> None:
        try:
            self._look(look, following)
        except Exception as problem:  # its lease ends by itself
            log.error("look.stumbled", channel=look.channel, **trail(problem))
        finally:
            with self._turn:
                self._running.discard(threading.current_thread())

    def _look(self, look: Look, following: Following) -> int:
        """Look, and note when to look again."""
        channel = self._channels[look.partner_id, look.channel]
        assert channel.get is not None
        found: Finding | None = None
        looked: Looked | None = None
        ours = False
        try:
            looked = self._taken(look, channel)
        except (Unfit, PortalFault) as unfit:
            found = unfit.finding
        except (Lost, PortalLost) as lost:
            found = Finding.of(UNREACHED, str(lost))
        except (Unavailable, Busy, TimeoutError, OSError) as problem:
            ours = True
            log.warning("look.put_off", channel=look.channel, **trail(problem))
        if found is not None:
            log.warning(
                "look.failed",
                partner=look.partner_id,
                channel=look.channel,
                code=found.code,
            )
        now = self._clock()
        next_at = following(channel.get.at, channel.get.zone, now)
        if ours:
            next_at = min(next_at, now + timedelta(seconds=_AGAIN_S))
        elif looked is not None and not looked.is_over:
            next_at = now
        elif looked is not None and looked.waiting:
            next_at = min(next_at, now + _gap(channel))
        polls.settle(self._db, look, next_at, now, found)
        self._step("get.settled")
        return looked.taken if looked is not None else 0

    def _taken(self, look: Look, channel: Polled) -> Looked:
        if isinstance(channel, SoapPortalChannel):
            lease = self._lease_of(channel)
            return self._portals(look, channel, lambda: self._goes_on(look, lease))
        return self._picked_up(look, channel)

    def _goes_on(self, look: Look, lease: timedelta) -> bool:
        """Whether the look is ours still, and nobody stops us."""
        if self._stopping.is_set():
            return False
        return polls.renew(self._db, look, self._clock() + lease)

    def _picked_up(self, look: Look, channel: SftpChannel) -> Looked:
        pickup = SftpPickup(
            look.partner_id,
            channel,
            self._accept,
            self._settings,
            self._clock,
            step=self._step,
        )
        memory = Memory(
            self._db, look, self._clock, self._lease_of(channel), self._stopping.is_set
        )
        session = self._connect(channel)
        try:
            return pickup.look(session, memory)
        finally:
            session.close()


def _gap(channel: Polled) -> timedelta:
    """How soon a file is looked at again that was not complete."""
    get = channel.get if isinstance(channel, SftpChannel) else None
    return timedelta(seconds=max(get.gap_s if get else 1, 1))
