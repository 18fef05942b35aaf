"""Claim, read, look up, answer, commit, send: each safe to stop at any moment."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from gateway.config import Settings
from gateway.engine.reading import ReadOne, by_rules, fenced, learned
from gateway.engine.steps import Step, nothing
from gateway.findings import Finding
from gateway.pipeline.ports import Failed, Inbound, Outbound, Sent, Transport
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import Wants
from gateway.store import claim, commit, leases, outbox, receipts
from gateway.store.claim import Bounds, Claimed
from gateway.store.commit import Answered
from gateway.store.database import Database, Unavailable
from gateway.store.outbox import BackOff, Leased
from gateway.store.receipts import Acceptor, Receipt
from gateway.store.world import look_up

log = structlog.get_logger()
_HOUR_S = 3600


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class Engine:
    """Takes in, processes and delivers, with everything it knows in the database.

    Any number may work on one PostgreSQL; on SQLite one process writes at a time.
    ``transports`` go by the channel of the message. ``step`` is told the names of
    ``STEPS`` as they come; production leaves it out.
    """

    def __init__(
        self,
        db: Database,
        rules: Rules,
        settings: Settings,
        transports: Mapping[str, Transport],
        clock: Callable[[], datetime] = utc_now,
        step: Step = nothing,
    ) -> None:
        self.db = db
        self.settings = settings
        self._read: ReadOne
        self.use(rules)
        self._transports = transports
        self._clock = clock
        self._step = step
        self._acceptor = Acceptor(db, settings.accept_batch, step)
        self._due = threading.Event()
        self._queued = threading.Event()
        self._bounds = Bounds(
            receipts=settings.process_batch,
            size_bytes=settings.process_batch_bytes,
            attempts=settings.max_attempts,
            lease_s=settings.lease_s,
        )
        self._back_off = BackOff(
            first_s=settings.deliver_retry_s,
            longest_s=settings.deliver_retry_max_s,
            attempts=settings.deliver_max_attempts,
        )

    def use(self, rules: Rules) -> None:
        """Read by these rules from the next batch on."""
        self._read = by_rules(rules)

    def accept(self, inbound: Inbound) -> Receipt:
        """Keep the raw bytes; when this returns they are on the disk."""
        self._step("accept.begun")
        receipt = self._acceptor.keep(inbound)
        self._step("accept.kept")
        self._due.set()
        return receipt

    def process(self) -> int:
        """Answer a batch of due receipts; says how many were taken up."""
        with self.db.begin() as tx:
            claimed = claim.claim(tx, self._clock(), self._bounds, leases.OWNER)
            self._step("process.claimed")
        if not claimed:
            return self.process() if self.inherit() else 0
        self._step("process.counted")
        try:
            self._answer(claimed)
        except Unavailable:
            self._give_back(claimed)
            raise
        except Exception as problem:
            self._isolate(claimed, problem)
        self._queued.set()
        return len(claimed)

    def deliver(self) -> int:
        """Send a batch of due messages once; says how many were tried."""
        settings = self.settings
        begun = self._clock()
        with self.db.begin() as tx:
            leased = outbox.lease(
                tx,
                leases.OWNER,
                begun,
                self.db.payloads,
                limit=settings.deliver_batch,
                lease_s=settings.lease_s,
            )
            self._step("deliver.leasing")
        if not leased:
            return self.deliver() if self.inherit() else 0
        self._step("deliver.leased")
        outcomes = self._send_all(
            leased, begun + timedelta(seconds=settings.lease_s / 2)
        )
        with self.db.begin() as tx:
            now = self._clock()
            outbox.settle(tx, outcomes, now, self._back_off)
            outbox.release(tx, leased[len(outcomes) :], now)
            self._step("deliver.settling")
        self._step("deliver.settled")
        return len(outcomes)

    def inherit(self) -> bool:
        """Make due what processes of this machine held when they died.

        What died elsewhere is due when its lease ends.
        """
        with self.db.read() as tx:
            dead = leases.held_by_the_dead(tx)
        if not dead:
            return False
        with self.db.begin() as tx:
            leases.free(tx, dead, self._clock())
        return True

    def tidy(self) -> int:
        """Forget keys that are older than ``idempotency_days``; says how many."""
        before = self._clock() - timedelta(days=self.settings.idempotency_days)
        with self.db.begin() as tx:
            return receipts.forget(tx, before)

    def run(self, stop: threading.Event) -> None:
        """Process, deliver and tidy until ``stop`` is set, and finish what is begun.

        Sending has a thread of its own, so that a slow partner stops no order. What
        the database refuses is tried again after ``poll_interval_s``.
        """
        threads = [
            threading.Thread(
                target=self._loop, args=(self.deliver, self._queued, stop)
            ),
            threading.Thread(target=self._tidy_hourly, args=(stop,)),
        ]
        for thread in threads:
            thread.start()
        self._loop(self.process, self._due, stop)
        for thread in threads:
            thread.join()

    def _loop(
        self, work: Callable[[], int], due: threading.Event, stop: threading.Event
    ) -> None:
        """Work while there is work; rest until some is announced or may be due."""
        while not stop.is_set():
            due.clear()
            try:
                worked = work()
            except Exception as problem:
                log.error("engine.stumbled", work=work.__name__, **_trail(problem))
                stop.wait(self.settings.poll_interval_s)
                continue
            if not worked:
                due.wait(self.settings.poll_interval_s)

    def _tidy_hourly(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                rest_s = 1 if self.tidy() else _HOUR_S
            except Unavailable:
                rest_s = _HOUR_S
            stop.wait(rest_s)

    def close(self) -> None:
        """Finish what is being accepted. The database stays open."""
        self._acceptor.close()

    def _answer(self, claimed: Sequence[Claimed]) -> None:
        """Read a batch, look up what it wants, and carry out the answers as one."""
        with self.db.read() as tx:
            blobs = self.db.payloads.load(tx, (one.sha256 for one in claimed))
        questions = {
            one.id: self._read(blobs[one.sha256].chunks(), one) for one in claimed
        }
        self._step("process.read")
        with self.db.begin() as tx:
            now = self._clock()
            held = claim.hold(tx, claimed)
            self._step("process.held")
            wants = Wants()
            for one in held:
                wants |= questions[one.id].wants
            world = look_up(tx, wants, now)
            answered: list[Answered] = []
            for one in held:
                question = questions[one.id]
                effects = fenced(one.partner_id, question.answer(world))
                world = learned(world, one.id, effects)
                answered.append(
                    Answered(
                        partner_id=one.partner_id,
                        receipt_id=one.id,
                        effects=effects,
                        cursor=question.next,
                    )
                )
            self._step("process.answered")
            commit.carry_out(tx, answered, now, self.db.payloads)
            self._step("process.carried_out")
        self._step("process.committed")

    def _isolate(self, claimed: Sequence[Claimed], problem: Exception) -> None:
        """One of the batch is poison: each for itself, and the poison rests."""
        if len(claimed) == 1:
            self._put_off(claimed[0], problem)
            return
        for one in claimed:
            try:
                self._answer([one])
            except Unavailable:
                self._give_back(claimed)
                raise
            except Exception as own_problem:
                self._put_off(one, own_problem)

    def _put_off(self, one: Claimed, problem: Exception) -> None:
        """Rest a receipt that broke the code, or put it aside after the last try."""
        log.error(
            "process.broken",
            receipt=one.id,
            attempt=one.attempts,
            **_trail(problem),
        )
        what = f"{type(problem).__name__} at attempt {one.attempts}"
        with self.db.begin() as tx:
            now = self._clock()
            if one.attempts >= self.settings.max_attempts:
                claim.quarantine(tx, one, Finding.of("MAP-001", what), now)
            else:
                claim.put_off(tx, one, what, now, self.settings.process_retry_s)

    def _give_back(self, claimed: Sequence[Claimed]) -> None:
        try:
            with self.db.begin() as tx:
                claim.give_back(tx, claim.hold(tx, claimed), self._clock())
        except Unavailable:
            log.warning("process.attempt_counted", receipts=len(claimed))

    def _send_all(
        self, leased: Sequence[Leased], until: datetime
    ) -> list[tuple[Leased, Sent | Failed]]:
        """Send one after the other, as long as the lease is fresh."""
        outcomes: list[tuple[Leased, Sent | Failed]] = []
        for one in leased:
            if outcomes and self._clock() >= until:
                break
            self._step("deliver.sending")
            outcomes.append((one, self._send(one.outbound)))
            self._step("deliver.sent")
        return outcomes

    def _send(self, outbound: Outbound) -> Sent | Failed:
        transport = self._transports.get(outbound.channel)
        if transport is None:
            return Failed(f"no transport for channel {outbound.channel!r}")
        try:
            return transport.send(outbound)
        except Exception as problem:
            log.error("deliver.broken", message=outbound.id, **_trail(problem))
            return Failed(f"{type(problem).__name__}: {problem}")


def _trail(problem: Exception) -> dict[str, str]:
    """What broke and where, without any value: those may be a partner's."""
    frames = traceback.extract_tb(problem.__traceback__)[-6:]
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return {"problem": type(problem).__name__, "trail": " ".join(places)}
