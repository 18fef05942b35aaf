"""Resend, reissue, reprocess, and decide a conflict: four things, never one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import structlog

from gateway.engine.erp import kept_of
from gateway.findings import Finding
from gateway.order.life import Signal, State, step
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import Read
from gateway.pipeline.effects import Decide, Effect, Keep, Record
from gateway.pipeline.handover import ERP_ANSWER, hand_over, handed
from gateway.pipeline.handover import KINDS as HANDED
from gateway.pipeline.inbound import read
from gateway.pipeline.outbound import ANSWER_IDEMS, Again, tell
from gateway.pipeline.own_effects import Drop, Met
from gateway.pipeline.release import Kept
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import InterchangeKey, Wants, World
from gateway.store import actions, alerts, claim, erp, ids, outbox
from gateway.store.actions import KeptReceipt, Stored, Was
from gateway.store.commit import Answered, Overtaken, carry_out
from gateway.store.database import Database
from gateway.store.world import look_up

log = structlog.get_logger()

Settle = Literal["new", "replacement", "reject"]
"""How a conflict is decided."""

WithVerdicts = Callable[[World, Wants, datetime], World]
"""Adds what schemas and rules of a day say, where that is wanted."""

_DONE = ("done", "quarantined", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants it, and why. The same ``key`` for the same thing does it once."""

    by: str
    reason: str = ""
    key: str = ""

    @property
    def told(self) -> dict[str, str]:
        """What stands in the event."""
        return {"by": self.by, "reason": self.reason}


def resend(db: Database, message_id: str, wish: Wish, now: datetime) -> str | Finding:
    """Send the identical bytes again under the same name; the id of the repeat."""
    with db.begin() as tx:
        what = f"resend|{message_id}"
        before = actions.done_before(tx, what, wish.key)
        if before is not None:
            return before
        stored = actions.outgoing(tx, message_id)
        if stored is None:
            return _not_ours(tx, message_id)
        if stored.delivery in ("queued", "sending"):
            return Finding.of("CHG-010", f"{message_id} has not left yet")
        sent = outbox.resend(tx, message_id, now, **wish.told)
        assert sent is not None
        alerts.close(tx, [message_id], now)
        actions.note_done(tx, what, wish.key, sent, now)
    log.info("message.resent", message=message_id, by=wish.by)
    return sent


def skip(db: Database, message_id: str, wish: Wish, now: datetime) -> Finding | None:
    """Give up a message that has not left, so that those behind it may leave."""
    with db.begin() as tx:
        what = f"skip|{message_id}"
        if actions.done_before(tx, what, wish.key) is not None:
            return None
        became = outbox.skip(tx, message_id, now, **wish.told)
        if became is None:
            return _not_ours(tx, message_id)
        if became != "cancelled":
            return Finding.of("CHG-010", f"{message_id} is {became}")
        alerts.close(tx, [message_id], now)
        actions.note_done(tx, what, wish.key, message_id, now)
    log.info("message.skipped", message=message_id, by=wish.by)
    return None


def _nothing(id_: str) -> Finding:
    return Finding.of("API-011", f"nothing has the id {id_!r}")


def _not_ours(tx: erp.Tx, id_: str) -> Finding:
    """It is none of our messages: one of theirs, or nothing at all."""
    if actions.receipt_of(tx, id_) is None:
        return _nothing(id_)
    return Finding.of("CHG-010", f"{id_} is what came to us, no message of ours")


# Reissue.


def reissue(
    db: Database, rules: Rules, message_id: str, wish: Wish, now: datetime
) -> str | Finding:
    """Build the message anew from the order as it stands, marked as replacement.

    It gets control numbers of its own; the id of the new message. Order answers and
    files for the ERP only: an acknowledgement speaks of bytes, which do not change.
    """
    with db.begin() as tx:
        what = f"reissue|{message_id}"
        before = actions.done_before(tx, what, wish.key)
        if before is not None:
            return before
        planned = _reissued(tx, rules, message_id, now)
        if isinstance(planned, Finding):
            return planned
        stored, effects = planned
        answered = Answered(
            partner_id=stored.partner_id,
            receipt_id=stored.receipt_id,
            effects=effects,
            settles=False,
        )
        actions.cancel_unsent(tx, stored, now)
        carry_out(tx, [answered], now, db.payloads)
        made = actions.replacement_of(tx, stored)
        told = wish.told | {"replaces": message_id}
        actions.note(tx, stored.partner_id, "message.reissued", made, now, **told)
        alerts.close(tx, [message_id], now)
        actions.note_done(tx, what, wish.key, made, now)
    log.info("message.reissued", message=message_id, by=wish.by)
    return made


def plan_reissue(
    db: Database, rules: Rules, message_id: str, now: datetime
) -> tuple[Effect, ...] | Finding:
    """What building the message anew would send; nothing is kept."""
    with db.read() as tx:
        planned = _reissued(tx, rules, message_id, now)
    return planned if isinstance(planned, Finding) else planned[1]


def _reissued(
    tx: erp.Tx, rules: Rules, message_id: str, now: datetime
) -> tuple[Stored, tuple[Effect, ...]] | Finding:
    """The message that is stored, and what takes its place."""
    stored = actions.outgoing(tx, message_id)
    if stored is None:
        return _not_ours(tx, message_id)
    kept = erp.orders_by_id(tx, [stored.order_id]).get(stored.order_id)
    known = kept_of(rules, kept) if kept is not None else None
    if not isinstance(known, Kept):
        return known or Finding.of("CHG-010", f"{stored.kind} answers no order")
    effects = tuple(_anew(known, stored, now))
    if not effects:
        what = f"a {stored.kind} of an order that is {known.state} is not reissued"
        return Finding.of("CHG-010", what)
    return stored, effects


def _anew(kept: Kept, stored: Stored, now: datetime) -> Iterable[Effect]:
    """The message once more, from what is known today."""
    profile, order = kept.profile, kept.order
    mark = ids.new("act")
    if stored.kind in HANDED.values():
        files = hand_over(
            profile,
            handed(order, kept.ack, kept.state, kept.version),
            State.CONFIRMED,
            mark,
        )
        return [
            replace(one, replaces=stored.id)
            for one in files
            if one.kind == stored.kind and isinstance(one, Drop)
        ]
    waits = kept.state in (State.RECEIVED, State.HELD)
    answers = stored.idem.startswith(ANSWER_IDEMS)
    if not answers or waits:
        return ()
    ack = replace(kept.ack, purpose="replace", ack_date=now.date())
    again = Again(idem=f"{stored.idem}~{mark}", replaces=stored.id)
    return tell(profile, ack, order, stored.channel, now, again)


# Reprocess.


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What today's code and profile make of a transmission, beside what was made."""

    receipt_id: str
    state: str
    messages: tuple[dict[str, Any], ...]
    applied: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "receipt_id": self.receipt_id,
            "state": self.state,
            "applied": self.applied,
            "changed": sum(bool(each["differs"]) for each in self.messages),
            "messages": list(self.messages),
        }


def reprocess(  # noqa: PLR0913  each by its name
    db: Database,
    rules: Rules,
    id_: str,
    wish: Wish,
    now: datetime,
    *,
    apply: bool,
    with_verdicts: WithVerdicts,
) -> Compared | Finding:
    """Run inbound bytes through today's code and profile, and say what differs.

    Without ``apply`` nothing changes. With it the transmission is processed again:
    what was booked and answered stays, what was not is booked and answered now.
    """
    with db.read() as tx:
        one = actions.receipt_of(tx, id_)
        if one is None and actions.outgoing(tx, id_) is not None:
            return Finding.of("CHG-011", f"{id_} is a message of ours: resend it")
        if one is None:
            return _nothing(id_)
        blob = db.payloads.load(tx, [one.sha256]).get(one.sha256)
        if blob is None:
            return Finding.of("EVD-008", f"the bytes of {one.id} are not kept any more")
        before = actions.was(tx, one.id)
    after: dict[str, Was] = {}
    if one.channel != erp.DOOR:
        reading = read(blob.chunks(), rules, receipt_id=one.id, door=one.channel)
        with db.read() as tx:
            known = look_up(tx, reading.wants, now)
        known = with_verdicts(known, reading.wants, one.received_at)
        after = _would_be(reading, known)
    compared = Compared(
        receipt_id=one.id,
        state=one.state,
        messages=tuple(_differences(before, after)),
        applied=apply,
    )
    if not apply:
        return compared
    against = _again(db, one, wish, now)
    return against or compared


def _again(db: Database, one: KeptReceipt, wish: Wish, now: datetime) -> Finding | None:
    if one.state == "todo":
        return Finding.of("CHG-011", f"{one.id} is being processed")
    with db.begin() as tx:
        what = f"reprocess|{one.id}"
        if actions.done_before(tx, what, wish.key) is not None:
            return None
        conflict = set(actions.CONFLICTS) & set(one.codes)
        if one.state == "refused" and conflict:
            what = f"{one.id} was rejected in its conflict; have it sent again"
            return Finding.of("CHG-011", what)
        if one.state != "done" and conflict:
            what = f"{one.id} waits for a decision about a conflict: release it"
            return Finding.of("CHG-011", what)
        if not claim.requeue(tx, one.id, now, states=_DONE, **wish.told):
            return Finding.of("CHG-011", f"{one.id} is being processed")
        actions.note_done(tx, what, wish.key, one.id, now)
    log.info("receipt.reprocessed", receipt=one.id, by=wish.by)
    return None


def _would_be(reading: Read, known: World) -> dict[str, Was]:
    """What would be made of the messages if they came today, for the first time."""
    bare = replace(known, interchanges={}, numbers={}, sequences={}, orders={}, sent={})
    found: dict[str, Was] = {}
    keeps: list[Keep] = []
    for effect in answer(reading, bare):
        if isinstance(effect, Record):
            for each in effect.messages:
                codes = tuple(sorted(f.code for f in each.findings))
                verdict = str(each.verdict)
                found[each.id] = Was(id=each.id, verdict=verdict, codes=codes)
        elif isinstance(effect, Keep):
            keeps.append(effect)
    for keep in keeps:
        its = found.get(keep.message_id)
        if its is not None:
            found[keep.message_id] = replace(
                its,
                codes=tuple(sorted((*its.codes, *(f.code for f in keep.findings)))),
                order_id=keep.order_id,
                **actions.decided(keep.ack),
            )
    return found


def _differences(
    before: dict[str, Was], after: dict[str, Was]
) -> Iterable[dict[str, Any]]:
    """Message by message: what was made of it, and what would be."""
    for id_ in sorted({*before, *after}):
        old, new = _facts(before.get(id_)), _facts(after.get(id_))
        differs = sorted(k for k in old if old[k] != new[k] and k != "order_id")
        yield {"message_id": id_, "was": old, "now": new, "differs": differs}


def _facts(one: Was | None) -> dict[str, Any]:
    if one is None:
        return dict.fromkeys(("verdict", "codes", "order_id", "decision", "lines"))
    return {
        "verdict": one.verdict,
        "codes": sorted(set(one.codes)),
        "order_id": one.order_id,
        "decision": one.decision,
        "lines": list(one.lines),
    }


# Conflicts.


def settle_conflict(
    db: Database, rules: Rules, id_: str, as_: Settle, wish: Wish, now: datetime
) -> KeptReceipt | Finding:
    """Decide about a transmission whose key came before with other bytes.

    ``new`` processes it beside the first one, ``replacement`` cancels the orders of the
    first one and processes this in its place, ``reject`` ends it.
    """
    try:
        with db.begin() as tx:
            one = actions.receipt_of(tx, id_)
            if one is None:
                return _nothing(id_)
            done = actions.done_before(tx, f"settle|{one.id}", wish.key)
            if done is not None:
                return one
            conflict = set(actions.CONFLICTS) & set(one.codes)
            if one.state != "quarantined" or not conflict:
                what = f"{one.id} is {one.state} and in no conflict"
                return Finding.of("CHG-011", what)
            against = _Conflict(tx, db, rules, one, wish, now).settle(as_)
            if against is not None:
                return against
            actions.note_done(tx, f"settle|{one.id}", wish.key, as_, now)
            told = wish.told | {"as": as_}
            actions.note(tx, one.partner_id, "conflict.settled", one.id, now, **told)
    except Overtaken:
        return Finding.of("CHG-001", f"an order of {id_} was decided just now")
    log.info("conflict.settled", receipt=one.id, as_=as_, by=wish.by)
    return one


@dataclass(frozen=True, slots=True)
class _Conflict:
    """A transmission in conflict, in the transaction that settles it."""

    tx: erp.Tx
    db: Database
    rules: Rules
    one: KeptReceipt
    wish: Wish
    now: datetime

    def settle(self, as_: Settle) -> Finding | None:
        """Do what was decided, or say what speaks against it."""
        tx, one = self.tx, self.one
        if as_ == "reject":
            actions.refuse(tx, one, self.now)
            return None
        if as_ == "replacement":
            keys = self._keys()
            first = actions.earlier(tx, one, keys)
            inside = keys if "ENV-001" in one.codes else ()
            against = self._cancel(actions.orders_of(tx, first, inside))
            if against is not None:
                return against
            actions.take_keys(tx, one, keys)
        claim.requeue(tx, one.id, self.now, decided=as_, **self.wish.told)
        return None

    def _keys(self) -> tuple[InterchangeKey, ...]:
        """The keys of the interchanges in the transmission."""
        one = self.one
        blob = self.db.payloads.load(self.tx, [one.sha256])[one.sha256]
        reading = read(blob.chunks(), self.rules, receipt_id=one.id, orders=0)
        return tuple(reading.wants.interchanges)

    def _cancel(self, order_ids: Sequence[str]) -> Finding | None:
        """Cancel what is replaced and free its number; the buyer is told nothing."""
        for kept in erp.orders_by_id(self.tx, order_ids).values():
            known = kept_of(self.rules, kept)
            if isinstance(known, Finding):
                return known
            after = step(known.state, Signal.CANCEL)
            if after is not State.CANCELLED or kept.shipped:
                return Finding.of("CHG-012", f"{kept.id} is {known.state}")
            answered = Answered(
                partner_id=kept.partner_id,
                receipt_id=kept.receipt_id,
                effects=self._cancelled(known, kept.report),
                settles=False,
            )
            carry_out(self.tx, [answered], self.now, self.db.payloads)
            actions.free_key(self.tx, kept.id)
        return None

    def _cancelled(self, kept: Kept, report: str) -> tuple[Effect, ...]:
        version = kept.version + 1
        decide = Decide(
            partner_id=kept.profile.id,
            order_id=kept.order.id,
            was=kept.state,
            state=State.CANCELLED,
            ack=kept.ack,
            report=report,
            by=self.wish.by,
            reason=f"replaced by {self.one.id}",
            version=version,
        )
        last = handed(kept.order, kept.ack, State.CANCELLED, version)
        return (
            decide,
            Met(partner_id=kept.profile.id, kind=ERP_ANSWER, ref=kept.order.id),
            *hand_over(kept.profile, last, kept.state),
        )
