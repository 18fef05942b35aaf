"""Decide a held order anew, once what it waited for is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.catalog import Checked
from gateway.findings import Finding
from gateway.order.ack import REFUSED, WAITING, LineAck, OrderAck, ack_type
from gateway.order.life import Signal, State, step
from gateway.pipeline.booked import There
from gateway.pipeline.decide import SIGNALS, decide, with_parts
from gateway.pipeline.effects import Effect
from gateway.pipeline.handover import awaited, hand_over, handed
from gateway.pipeline.once import told_once
from gateway.pipeline.release import Kept, follow_up, settled

__all__ = ["reconsider"]


def reconsider(  # noqa: PLR0913  the order, what is known of it, and why
    kept: Kept,
    noted: Sequence[Finding],
    checked: Checked,
    now: datetime,
    *,
    there: There,
    by: str,
    reason: str,
) -> tuple[Effect, ...]:
    """The effects of deciding it by policy as if it came now; none: nothing changes.

    ``noted`` is what was found of the order when it came, ``checked`` is the order
    against today's contracts. Lines that were decided already stay so.
    """
    if kept.state is not State.HELD:
        return ()
    order, profile = kept.order, kept.profile
    theirs = _of_message(noted, kept)
    checked = told_once(order, checked, theirs, profile.policy)
    fresh = decide(order, theirs, checked, profile.policy, now).ack
    ack = _ack(kept.ack, fresh, now)
    after = _state(kept, ack)
    if after is State.HELD and _is_same(kept.ack, ack):
        return ()
    return (
        *settled(kept, after, ack, checked, there, by=by, reason=reason),
        *_follow_up(kept, ack, after, now),
    )


def _of_message(noted: Sequence[Finding], kept: Kept) -> tuple[Finding, ...]:
    """What was found of the order itself; the catalog's findings are made anew."""
    policy = kept.profile.policy
    own = (
        one
        for one in noted
        if not one.code.startswith(("CAT-", "CHG-")) and policy.action_for(one.code)
    )
    return tuple({(one.code, one.where, one.value): one for one in own}.values())


def _ack(before: OrderAck, fresh: OrderAck, now: datetime) -> OrderAck:
    if fresh.type == "rejected" and not any(map(_is_waiting, fresh.lines)):
        settled = [one for one in before.lines if not _is_waiting(one)]
        whole = all(_is_refused(one) for one in settled)
    else:
        whole = False
    if whole:
        return replace(fresh, ack_date=now.date())
    pairs = zip(before.lines, fresh.lines, strict=True)
    lines = with_parts(new if _is_waiting(old) else old for old, new in pairs)
    kind = "held" if fresh.type == "held" else ack_type(lines)
    return replace(fresh, type=kind, lines=lines, ack_date=now.date())


def _is_waiting(line: LineAck) -> bool:
    return any(status.kind in WAITING for status in line.statuses)


def _is_refused(line: LineAck) -> bool:
    return all(status.kind in REFUSED for status in line.statuses)


def _is_same(before: OrderAck, after: OrderAck) -> bool:
    return replace(after, ack_date=before.ack_date) == before


def _state(kept: Kept, ack: OrderAck) -> State:
    if ack.type == "held":
        return State.HELD
    on_erp = kept.profile.policy.ack == "on_erp" and not kept.order.test
    after = step(kept.state, Signal.RELEASE if on_erp else SIGNALS[ack.type])
    assert isinstance(after, State), after
    return after


def _follow_up(
    kept: Kept, ack: OrderAck, after: State, now: datetime
) -> Iterator[Effect]:
    """What leaves: nothing while it is held, no answer while the ERP has the word."""
    if after is State.RECEIVED:
        one = handed(kept.order, ack, after, kept.version + 1)
        yield from hand_over(kept.profile, one, kept.state)
        yield from awaited(kept.profile, kept.order, after, now)
    elif after is not State.HELD:
        yield from follow_up(kept, ack, after, now)
