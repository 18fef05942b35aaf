"""Claim, read, look up, answer, commit, send: each safe to stop at any moment."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

import structlog

from gateway.config import Settings
from gateway.engine import (
    alerting,
    as2,
    changing,
    erp,
    learning,
    mdns,
    metrics,
    pairing,
    running,
    signed,
    sla,
)
from gateway.engine.agreements import Agreements
from gateway.engine.calling import Calling
from gateway.engine.counts import Counts
from gateway.engine.fetching import Fetching
from gateway.engine.judging import Verdicts, judge_all, judge_ours, verdicts
from gateway.engine.lanes import Known, known_lanes, way_of
from gateway.engine.masking import masked
from gateway.engine.pace import Pace
from gateway.engine.portals import PortalLooks, believed
from gateway.engine.publishing import Posts, Publishing
from gateway.engine.punchout import PunchOut
from gateway.engine.reading import Question, ReadOne, by_rules, decided, fenced, learned
from gateway.engine.revocations import Revocations
from gateway.engine.running import trail
from gateway.engine.sending import Sending, over_at
from gateway.engine.sla_overview import Overview, overview
from gateway.engine.steps import Step, nothing
from gateway.findings import Finding
from gateway.partner.sla import SlaKind
from gateway.pipeline.alerting import ALERTS
from gateway.pipeline.ports import (
    Closing,
    Failed,
    Inbound,
    ManyAtOnce,
    Outbound,
    Secrets,
    Sent,
    Transport,
    Trouble,
    Wire,
    Wrapping,
)
from gateway.pipeline.rules import Rules
from gateway.pipeline.sla import Moments
from gateway.pipeline.verdicts import Judge
from gateway.pipeline.world import Wants, World
from gateway.store import (
    alerts,
    claim,
    commit,
    future,
    outbox,
    punchout,
    receipts,
    replies,
    schedules,
    sealing,
    settling,
    tallies,
    webhook_feed,
    wires,
)
from gateway.store.anchor import Anchor
from gateway.store.claim import Bounds, Claimed
from gateway.store.commit import Answered, Overtaken
from gateway.store.database import Contended, Database, Transaction, Unavailable
from gateway.store.keyrings import Keyrings
from gateway.store.leases import Presence, Seen
from gateway.store.outbox import Leased
from gateway.store.receipts import Acceptor, Busy, Receipt
from gateway.store.retention import Days, Retained, Retention
from gateway.store.schedules import Following
from gateway.store.secrets import SecretStore
from gateway.store.settling import BackOff
from gateway.store.shared_time import utc_now
from gateway.store.world import look_up, still_so
from gateway.transport.addresses import networks
from gateway.transport.authorities import Authorities
from gateway.transport.sftp import open_session
from gateway.trust.judging import Judged

log = structlog.get_logger()
_CONTENTIONS = 8
"""How often a batch is answered anew because another process was faster."""
_LOOK_FOR_ENDS = timedelta(hours=1)
_Ready = tuple[Wants, World, list[Answered], commit.Gathered]
"""What was asked, what was so, the answers, and these as rows."""


class Engine:
    """Takes in, processes and delivers, with everything it knows in the database.

    Any number may work on one PostgreSQL; on SQLite one process writes at a time.
    ``transports`` go by the channel of the message. ``step`` is told the names of
    ``STEPS`` as they come; production leaves it out. ``draw`` gives a number between
    two for the pauses after failures. ``renew`` takes up what operators have applied
    since, and says whether that was anything; it is asked every few seconds.
    """

    draw: Callable[[float, float], float] = staticmethod(random.uniform)
    _transports: Mapping[str, Transport] = MappingProxyType({})

    def __init__(  # noqa: PLR0913  # wired once, in bootstrap
        self,
        db: Database,
        rules: Rules,
        settings: Settings,
        transports: Mapping[str, Transport],
        clock: Callable[[], datetime] = utc_now,
        step: Step = nothing,
        *,
        secrets: Secrets | None = None,
        keyrings: Keyrings | None = None,
        hooks: Posts | None = None,
        judge: Judge | None = None,
        authorities: Authorities | None = None,
        renew: Callable[[], bool] = lambda: False,
    ) -> None:
        self.db = db
        self.judge = judge
        self.renew = renew
        self.settings = settings
        self.rules: Rules
        self._read: ReadOne
        self._lanes: Known = {}
        self._agreed = sla.agreed_with({})
        self.secrets = secrets or SecretStore(db)
        self.keyrings = keyrings or Keyrings(db, self.secrets)
        self._presence = Presence(db, step)
        self.fetching = Fetching(
            db,
            settings,
            self.accept_file,
            connect=partial(open_session, secrets=self.secrets),
            portals=PortalLooks(self, clock=clock, step=step).look,
            clock=clock,
            owner=self._presence.keep,
            step=step,
        )
        self.revocations = Revocations(
            db,
            clock=clock,
            owner=self._presence.keep,
            authorities=authorities or Authorities(networks(settings.fetch_networks)),
        )
        self.use(rules)
        self.send_by(transports)
        self._clock = clock
        self._step = step
        self._acceptor = Acceptor(
            db,
            settings.accept_batch,
            step,
            timeout_s=settings.accept_timeout_s,
            backlog=settings.accept_backlog,
            gather_s=settings.accept_gather_s,
        )
        self.as2 = as2.Door(
            db,
            settings,
            lambda: self.agreements,
            clock=clock,
            owner=self._presence.keep,
            awake=self._wake,
            settle=self._settle_mdn,
            step=step,
        )
        self.counts = Counts()
        self.calling = Calling(self)
        self.punchout = PunchOut(db, settings, lambda: self.rules, self.counts)
        self.pace = Pace(settings.requests_per_minute)
        self.refusals = Pace(settings.refusals_per_minute)
        self._admitted = 0
        self._watching = False
        self._ends_at = datetime.min.replace(tzinfo=UTC)
        self._watched_at = datetime.min.replace(tzinfo=UTC)
        self._door = threading.Lock()
        self.anchor = Anchor(settings.home / "evidence")
        self.due = threading.Event()
        self.queued = threading.Event()
        # the first: about to stop, and still at work
        self.leaving, self.stopping = threading.Event(), threading.Event()
        rests_s = settings.process_retry_s * settings.max_attempts
        self._longest = timedelta(seconds=max(settings.lease_s, rests_s))
        self._sealing = threading.Lock()
        self._publishing = Publishing(
            db,
            settings,
            hooks,
            clock=clock,
            owner=self._presence.keep,
            seal=self.seal,
            stopping=self.stopping,
            step=step,
        )
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
            draw=self.draw,
        )
        self._sending, self._telling = (
            Sending(
                self._send,
                self._note,
                step,
                self.queued.set,
                most=settings.deliver_lanes,
            )
            for _ in range(2)
        )

    def believes(self, partner_id: str, raw: bytes, question: str) -> Judged:
        """Judge an answer of a partner's portal to our message of this id."""
        profile = self.rules.directory.profiles[partner_id]
        return believed(self, profile, raw, question, self._clock())

    def send_by(self, transports: Mapping[str, Transport]) -> None:
        """Send by these ways from the next message on; one under way is finished."""
        before, self._transports = self._transports, transports
        self._wrapping = {
            name: way for name, way in transports.items() if isinstance(way, Wrapping)
        }
        _close(before)

    def use(self, rules: Rules) -> None:
        """Read by these rules from the next batch on."""
        self.rules = rules
        self._read = by_rules(rules)
        self._lanes = known_lanes(rules.directory.profiles.values())
        self.revocations.use(rules.directory.profiles)
        self._agreed = sla.agreed_with(rules.directory.profiles)
        profiles = rules.directory.profiles
        self.keyrings.use(profiles)
        self.fetching.use(profiles.values())
        self.agreements: Agreements = Agreements(
            profiles.values(), self.keyrings, self.settings
        )

    def accept(self, inbound: Inbound) -> Receipt:
        """Keep the raw bytes; when this returns they are on the disk."""
        self._step("accept.begun")
        begun = time.perf_counter()
        receipt = self._acceptor.keep(masked(inbound))
        took_s = time.perf_counter() - begun
        self._step("accept.kept")
        self.counts.accepted(inbound.channel, took_s)
        self.due.set()
        return receipt

    def accept_file(self, inbound: Inbound) -> Receipt:
        """As ``accept``; ``Disbelieved`` where it must be signed and is not."""
        return signed.accept(self, inbound)

    async def accepting(
        self,
        inbound: Inbound,
        reply: Callable[[str], bytes] | None = None,
        session: punchout.Rows | None = None,
    ) -> Receipt:
        """As ``accept``, for a door that meanwhile serves others in the same thread.

        ``reply`` makes the answer out of the receipt's id; it is kept with the bytes,
        and so is the punch-out session that they begin.
        """
        self._step("accept.begun")
        begun = time.perf_counter()
        inbound = masked(inbound)
        if inbound.blob.size > self.settings.payload_inline_bytes:
            entry = await asyncio.to_thread(self._acceptor.prepared, inbound)
        else:
            entry = self._acceptor.prepared(inbound)
        if reply is not None:
            entry = replace(entry, reply=reply(entry.id), session=session)
        async with asyncio.timeout(self.settings.accept_timeout_s):
            receipt = await self._acceptor.take(entry)
        self._step("accept.kept")
        self.counts.accepted(inbound.channel, time.perf_counter() - begun)
        self.due.set()
        return receipt

    def with_verdicts(self, world: World, wants: Wants, day: datetime) -> World:
        """The world with what schema and rules of that day say, if that is wanted."""
        found = verdicts(self.judge, wants, day.date())
        return replace(world, verdicts=found) if found else world

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Room for one transmission on its way in, or ``Busy`` before it takes any."""
        with self._door:
            if self._admitted >= self.settings.accept_backlog:
                raise Busy(f"{self._admitted} transmissions are on their way in")
            self._admitted += 1
        try:
            yield
        finally:
            with self._door:
                self._admitted -= 1

    def process(self) -> int:
        """Answer a batch of due receipts; says how many were taken up."""
        owner = self._presence.keep(self._clock())
        claimed = self._claim(owner)
        if not claimed:
            return self.process() if self._inherit_unwatched() else 0
        self._step("process.counted")
        try:
            self._answer(claimed)
        except Contended as problem:
            self._isolate(claimed, problem)
        except Unavailable:
            self._give_back(claimed)
            raise
        except Exception as problem:
            self._isolate(claimed, problem)
        self.queued.set()
        return len(claimed)

    def _claim(self, owner: str) -> list[Claimed]:
        """Due receipts, ours for a while. On SQLite a look costs nobody his turn."""
        if self.db.is_sqlite:
            with self.db.read() as tx:
                if not claim.is_due(tx, self._clock()):
                    return []
        with self.db.begin(passing=True) as tx:
            claimed = claim.claim(tx, self._clock(), self._bounds, owner)
            self._step("process.claimed")
        return claimed

    def deliver(self) -> int:
        """Send a batch of due messages once; says how many were tried."""
        return self._send_due()

    def _send_due(self, *, alerting: bool = False) -> int:
        settings = self.settings
        sending = self._telling if alerting else self._sending
        begun = self._clock()
        if not sending.room:
            return 0
        leased = self._lease(begun, alerting=alerting)
        if not leased:
            again = self._inherit_unwatched()
            return self._send_due(alerting=alerting) if again else 0
        self._step("deliver.leased")
        until = begun + timedelta(seconds=settings.lease_s / 2)
        tried = sending.all(leased, over_at(until, self._clock, self.stopping))
        self._step("deliver.settled")
        return tried

    def _lease(self, now: datetime, *, alerting: bool) -> list[Leased]:
        """Due messages, ours for a while. On SQLite a look costs nobody his turn."""
        owner = self._presence.keep(now)
        sending = self._telling if alerting else self._sending
        kept, ways = self.db.payloads, partial(way_of, self._lanes, now)
        wanted: outbox.Wanted = {
            "limit": self.settings.deliver_batch,
            "ways": ways,
            "most_lanes": sending.room,
            "alerting": alerting,
        }
        seen: outbox.Waiting | None = None
        if self.db.is_sqlite:
            with self.db.read() as tx:
                seen = outbox.waiting(tx, now, kept, **wanted)
            if seen is None:
                return []
        with self.db.begin(passing=True) as tx:
            lease_s = self.settings.lease_s
            leased = outbox.lease(
                tx, owner, now, kept, lease_s=lease_s, seen=seen, **wanted
            )
            if leased:
                self._step("deliver.leasing")
        return leased

    def open_waiting(self) -> int:
        """Open what came by AS2 and was left behind; says how many."""
        return self.as2.open_waiting()

    def look(self) -> Seen:
        """Whether work is due, and who died. Cheap, and changes nothing."""
        now = self._clock()
        self._presence.keep(now)
        return self._presence.look(now)

    def rest(self, timeout_s: float) -> bool:
        """Rest so long, or until another process on this machine has ended: if so."""
        return self._presence.rest(timeout_s)

    def _inherit_unwatched(self) -> bool:
        """Take over from the dead, if no thread of ours looks for them."""
        return not self._watching and self.inherit()

    def inherit(self) -> bool:
        """Make due what processes held that are gone; false when there are none."""
        dead = self._presence.take_over(self._clock())
        for owner in dead:
            log.warning("engine.took_over", owner=owner)
        return bool(dead)

    def overdue(self) -> int:
        """Settle orders that our ERP left unconfirmed too long; says how many."""
        now, limit = self._clock(), self.settings.process_batch
        late = erp.overdue(self.db, self.rules, now, limit, self._step)
        if late:
            self.queued.set()
        late += alerting.overdue(self.db, self._agreed, now, limit)
        late += self._watch(now)
        late += changing.overdue(self.db, now, limit)
        late += learning.go_on(self.db, self.rules, now, limit)
        late += mdns.overdue(self.db, now, limit, self._step)
        late += self.punchout.close_overdue(now, limit)
        return late + future.bring_back(self.db, now, self._longest)

    def _watch(self, now: datetime) -> int:
        """Look at the clocks of partners, now and then."""
        if now < self._watched_at + sla.LOOK:
            return 0
        self._watched_at = now
        told = sla.watch(self.db, self._agreed, now)
        known = self.rules.directory.profiles.values()
        told += pairing.late(self.db, known, now, self.settings.process_batch)
        return told + alerting.close_settled(self.db, now)

    def alert(self) -> int:
        """Tell the operators what went wrong; says how much there was to do."""
        now = self._clock()
        profiles = self.rules.directory.profiles
        if now >= self._ends_at:
            alerting.ending(self.db, profiles, self.settings, now)
            self._ends_at = now + _LOOK_FOR_ENDS
        found = alerting.work(self.db, profiles, self.settings, now, self._step)
        return found + self._send_due(alerting=True)

    def seal(self) -> int:
        """Chain events that wait, and note the new head outside; says how many."""
        with self._sealing:
            return sealing.work(self.db, self.anchor, self._clock(), self._step)

    def publish(self) -> int:
        """Post what happened to webhooks; says how much there was to do."""
        return self._publishing.work()

    def tidy(self) -> int:
        """Forget keys, and delete what its days are over for; says how many."""
        retained = self.retain()
        now = self._clock()
        before = now - timedelta(days=self.settings.idempotency_days)
        with self.db.begin() as tx:
            count = receipts.forget(tx, before)
            count += alerts.forget(tx, now - timedelta(days=self.settings.alert_days))
            days = timedelta(days=self.settings.webhook_days)
            count += webhook_feed.forget(tx, now - days)
            count += replies.forget(tx, now)
            if count:
                self._step("tidy.forgotten")
        count += self.db.payloads.sweep(time.time())
        return count + retained.total

    def retain(self, *, is_trial: bool = False) -> Retained:
        """Delete what its days are over for; on trial only count it."""
        settings = self.settings
        days = Days(
            messages=settings.retain_messages_days,
            payloads=settings.retain_payloads_days,
            events=settings.retain_events_days,
        )
        run = Retention(
            self.db, days, self._clock(), is_trial, stopping=self.stopping.is_set
        )
        done = run.run()
        if done.total and not is_trial:
            log.info("retention.done", **asdict(done))
        return done

    def note_counts(self) -> int:
        """Add what this process counted to what all did; how many counters."""
        counted = self.counts.take()
        if not counted:
            return 0
        try:
            with self.db.begin() as tx:
                tallies.add(tx, counted)
        except BaseException:
            self.counts.give_back(counted)
            raise
        return len(counted)

    def runs_out(
        self, partner_id: str, kind: SlaKind, started_at: datetime
    ) -> Moments | None:
        """When a clock of a partner's that began then runs out; none: it has none."""
        return self._agreed.moments(partner_id, kind, started_at)

    def sla_overview(
        self, *, since: datetime | None = None, partner: str | None = None
    ) -> Overview:
        """How the clocks of partners were kept since then, and what runs now."""
        now = self._clock()
        return overview(self.db, self._agreed, now, since=since, partner=partner)

    def metrics(self) -> str:
        """What was counted and what waits, in Prometheus' text form."""
        self.note_counts()
        profiles = self.rules.directory.profiles
        return metrics.page(self.db, profiles, self.settings, self._clock())

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, and finish what is begun within ``drain_s``.

        What came to be late while nobody worked is noted before it leaves.
        """
        try:
            self._watch(self._clock())
        except Exception as problem:
            log.error("engine.stumbled", work="watch", **trail(problem))
        self._watching = True
        try:
            running.run(self, stop)
        finally:
            self._watching = False

    def fire(self, following: Following) -> int:
        """Open lanes to which messages leave at certain times; says how many."""
        wanted = {
            lane: (one.delivery.at, one.delivery.zone)
            for lane, one in self._lanes.items()
            if one.delivery is not None and one.delivery.at is not None
        }
        fired = schedules.fire(self.db, wanted, following, self._clock())
        if fired:
            self.queued.set()
        return fired

    def drain(self, timeout_s: float) -> bool:
        """Wait for messages that are being sent; whether all are done."""
        begun = time.monotonic()
        sent = self._sending.wait(timeout_s)
        left_s = max(timeout_s - (time.monotonic() - begun), 0.0)
        told = self._telling.wait(left_s)
        left_s = max(timeout_s - (time.monotonic() - begun), 0.0)
        return self._publishing.wait(left_s) and told and sent

    def close(self) -> None:
        """Finish what is being accepted and take leave. The database stays open."""
        self._acceptor.close()
        self.as2.close()
        if self.judge is not None:
            self.judge.close()
        _close(self._transports)
        with suppress(Unavailable):
            self.note_counts()
        self._presence.leave()

    def _wake(self) -> None:
        """Receipts or messages may be due."""
        self.due.set()
        self.queued.set()

    def _settle_mdn(self, held: as2.Held, body: bytes) -> str:
        """Let an MDN for a message of ours have its effect; says which."""
        came = mdns.MdnCame(
            id=held.id,
            headers=held.request.headers.items,
            body=body,
            partner_id=held.known.partner_id,
            peer=held.peer,
            received_at=held.received_at,
        )
        return mdns.settle_mdn(self.db, self.agreements, came, self._step)

    def _answer(self, claimed: Sequence[Claimed]) -> None:
        """Read a batch and answer it; anew when another process was faster.

        Files of our ERP are another matter: each is applied by itself.
        """
        for one in claimed:
            if one.channel == erp.CHANNEL:
                self._step("process.read")
                self._again(partial(self._take_in, one))
        claimed = [one for one in claimed if one.channel != erp.CHANNEL]
        if not claimed:
            return
        with self.db.read() as tx:
            blobs = self.db.payloads.load(tx, (one.sha256 for one in claimed))
        questions = {
            one.id: self._read(blobs[one.sha256].chunks(), one) for one in claimed
        }
        self._step("process.read")
        wanted = {
            id_: one
            for question in questions.values()
            for id_, one in question.wants.verdicts.items()
        }
        verdicts: Verdicts = {}
        if wanted:
            within_s = self.settings.lease_s / 2
            verdicts, left = judge_all(
                self.judge, wanted, claimed, self._clock(), within_s
            )
            self._give_back(left)
            claimed = [one for one in claimed if one not in left]
        self._again(partial(self._carry_out, claimed, questions, verdicts))

    def _again(self, work: Callable[[], object]) -> None:
        """Do it, and once more whenever another process was faster."""
        for attempt in range(1, _CONTENTIONS):
            try:
                work()
                return
            except (Contended, Overtaken) as problem:
                log.info("process.contended", attempt=attempt, **trail(problem))
                time.sleep(random.uniform(0, 0.01 * attempt))  # noqa: S311  no secret
        work()

    def _take_in(self, one: Claimed) -> None:
        """Apply a file of our ERP, or its next part."""
        erp.take_in(self.db, self.rules, self.settings, one, self._clock, self._step)
        self._step("process.committed")

    def _carry_out(
        self,
        claimed: Sequence[Claimed],
        questions: Mapping[str, Question],
        verdicts: Verdicts,
    ) -> None:
        """Look up what a batch wants, and make its answers true, as one.

        On SQLite nobody else can write meanwhile, so there the answers are worked out
        before; they hold if what they rest on is still so.
        """
        begun = time.perf_counter()
        now = self._clock()
        ready: _Ready | None = None
        if self.db.is_sqlite:
            with self.db.read() as tx:
                ready = self._work_out(tx, claimed, questions, verdicts, now)
                commit.prepare(tx, ready[3], self.db.payloads)
        with self.db.begin() as tx:
            held = claim.hold(tx, claimed)
            self._step("process.held")
            if ready is None or held != claimed or not still_so(tx, *ready[:2]):
                ready = self._work_out(tx, held, questions, verdicts, now)
            _, world, answered, batch = ready
            self._step("process.answered")
            commit.write(tx, batch, self.db.payloads, world.interchanges)
            self._step("process.carried_out")
        self._step("process.committed")
        self.counts.observe("gateway_process_seconds", time.perf_counter() - begun)
        for each in answered:
            self.counts.effects(each.effects, self.rules.directory.profiles)

    def _work_out(
        self,
        tx: Transaction,
        some: Sequence[Claimed],
        questions: Mapping[str, Question],
        verdicts: Verdicts,
        now: datetime,
    ) -> _Ready:
        """What these receipts want to know, what is so, and the answers."""
        wants = Wants.of_all([questions[one.id].wants for one in some])
        found = look_up(tx, wants, now, lock=not self.db.is_sqlite)
        found = world = replace(found, verdicts=verdicts) if verdicts else found
        answered: list[Answered] = []
        for one in some:
            question = questions[one.id]
            effects = fenced(one.partner_id, question.answer(decided(world, one)))
            world = learned(world, one.id, effects, wants)
            answered.append(
                Answered(
                    partner_id=one.partner_id,
                    receipt_id=one.id,
                    effects=effects,
                    cursor=question.next,
                    came=one.came,
                )
            )
        return wants, found, answered, commit.gathered(answered, now)

    def _isolate(self, claimed: Sequence[Claimed], problem: Exception) -> None:
        """One of the batch is poison: each for itself, and the poison rests."""
        if len(claimed) == 1:
            self._put_off(claimed[0], problem)
            return
        for one in claimed:
            try:
                self._answer([one])
            except Contended as lost_again:
                self._put_off(one, lost_again)
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
            **trail(problem),
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

    def _note(
        self, outcomes: Sequence[tuple[Leased, Sent | Failed]], unsent: Sequence[Leased]
    ) -> None:
        """Note what came of sending, and give back what was not sent."""
        answered = wires.answers(outcomes)
        prepare = self.db.payloads.prepare
        now = self._clock()
        content = [prepare(answer.blob, now) for _, answer in answered]
        noted = settling.judged(outcomes, now, self._back_off, unsent)
        with self.db.begin() as tx:
            wires.note(tx, answered, content, now)
            settling.settle(tx, noted)
            self._step("deliver.settling")

    def _send(self, some: Sequence[Outbound]) -> Sequence[Sent | Failed]:
        """Send once, the first or more of them, and count what came of it."""
        begun = time.perf_counter()
        outcomes = self._sent(some)
        took_s = (time.perf_counter() - begun) / len(outcomes)
        counted = Counter(
            (outbound.kind, isinstance(outcome, Sent))
            for outbound, outcome in zip(some, outcomes, strict=False)
        )
        for (kind, arrived), times in counted.items():
            self.counts.sent(kind, arrived, took_s, times)
        if some[0].kind.startswith(ALERTS):
            alerting.log_not_told(some, outcomes)
        return outcomes

    def _sent(self, some: Sequence[Outbound]) -> Sequence[Sent | Failed]:
        profiles = self.rules.directory.profiles
        some, unfit = judge_ours(self.judge, profiles, some, self._clock)
        if unfit is not None:
            return [unfit]
        outbound = some[0]
        transport = self._transports.get(outbound.channel)
        if transport is None:
            what = f"no transport for channel {outbound.channel!r}"
            return [Failed(what, trouble=Trouble.OURS)]
        wrapping = self._wrapping.get(outbound.channel)
        try:
            if wrapping is not None and wrapping.wraps(outbound):
                return [self._send_wrapped(wrapping, outbound)]
            if len(some) > 1 and isinstance(transport, ManyAtOnce):
                return transport.send_all(some)
            return [transport.send(outbound)]
        except Exception as problem:
            log.error("deliver.broken", message=outbound.id, **trail(problem))
            what = f"{type(problem).__name__}: {problem}"
            return [Failed(what, trouble=Trouble.OURS)]

    def _send_wrapped(self, wrapping: Wrapping, outbound: Outbound) -> Sent | Failed:
        """Send what was built once; it is committed before the first attempt."""
        if outbound.wire is not None:
            return wrapping.send(outbound)
        with wrapping.wrap(outbound, self._clock()) as built:
            if isinstance(built, Failed):
                return built
            kept = self._keep_wire(outbound, built)
            return wrapping.send(replace(outbound, wire=kept))

    def to_fetch(self, outbound: Outbound) -> Outbound | Failed:
        """A message as it is fetched: signed where the profile says so, and kept."""
        wrapping = self._wrapping.get(outbound.channel)
        if outbound.wire is not None or not (wrapping and wrapping.wraps(outbound)):
            return outbound
        with wrapping.wrap(outbound, self._clock()) as built:
            if isinstance(built, Failed):
                return built
            return replace(outbound, wire=self._keep_wire(outbound, built))

    def _keep_wire(self, outbound: Outbound, built: Wire) -> Wire:
        """Commit what was built; what another one built before goes before it."""
        content = self.db.payloads.prepare(built.blob, self._clock())
        with self.db.begin() as tx:
            kept = wires.commit(tx, outbound, built, content, self.db.payloads)
            self._step("deliver.wiring")
        self._step("deliver.wired")
        return kept


def _close(ways: Mapping[str, Transport]) -> None:
    """Close the connections that are kept; those in use end by themselves."""
    for way in ways.values():
        if isinstance(way, Closing):
            way.close()
