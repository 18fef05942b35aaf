"""Release a held order: accept it, change it to ours or reject it, whole or by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from gateway.catalog import Checked, Drawn, LineChecked
from gateway.catalog.supply import SHORT
from gateway.findings import Finding, Where
from gateway.order import Order
from gateway.order.ack import WAITING, LineAck, LineStatus, OrderAck, Reason, ack_type
from gateway.order.life import Signal, State, step
from gateway.order.model import OrderLine
from gateway.partner import Profile
from gateway.partner.policy import Action
from gateway.pipeline.blankets import drawn_by
from gateway.pipeline.booked import There
from gateway.pipeline.decide import (
    SIGNALS,
    changed_to_ours,
    in_parts,
    on_our_date,
    promises,
    refused,
    with_parts,
)
from gateway.pipeline.effects import Decide, Effect
from gateway.pipeline.handover import ERP_ANSWER, hand_over, handed
from gateway.pipeline.outbound import answer_kind, channel_for, tell
from gateway.pipeline.own_effects import Met, Promise
from gateway.pipeline.report import report

As = Literal["accept", "change", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The version since which an order stands as it does, and when that was.

    ``was_handed`` tells that the ERP has the order as it stood before.
    """

    version: int = 1
    at: datetime | None = None
    was_handed: bool = False


AS_FIRST = Ordered()
"""An order that never changed."""
_PRICES = frozenset({"CAT-301", "CAT-302", "CAT-304"})
"""What an operator accepts who accepts their price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An order as it is kept: what was ordered, the answer proposed, its state."""

    order: Order
    ack: OrderAck
    state: State
    profile: Profile
    version: int = 1
    drawn: tuple[Drawn, ...] = ()
    """What a release has of its blanket."""
    ordered: Ordered = AS_FIRST
    """Since when it is as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """How an operator wants it. No ``lines``: all that wait, or the whole order."""

    as_: As
    lines: Sequence[str] = ()
    reason: str = ""
    by: str = ""
    version: int = 0
    """The order as it was shown; 0: as it is."""
    key: str = ""
    """The same key for the same order does it once."""
    second: str = ""
    """Who confirmed it, where it takes two people."""


def release(
    kept: Kept,
    wanted: Released,
    checked: Checked,
    now: datetime,
    *,
    there: There = lambda _place: (),
) -> tuple[Effect, ...] | tuple[Finding, ...]:
    """The effects, or why not: CHG-001 in the wrong state, API-011 for unknown lines.

    ``checked`` is the order against today's contracts, ``there`` knows its blanket. As
    long as a line still waits, or the head does and only lines were named, the order
    stays held and nothing is sent.
    """
    if against := _against(kept, wanted):
        return against
    lines = tuple(
        _line(line, answer, known, wanted, checked.findings)
        for line, answer, known in zip(
            kept.order.lines, kept.ack.lines, checked.lines, strict=True
        )
    )
    lines, released = with_parts(lines), lines
    if stuck := tuple(_stuck(kept, wanted, released)):
        return stuck
    kind = ack_type(lines)
    if wanted.as_ == "reject" and not wanted.lines:
        kind, lines = "rejected", tuple(map(refused, lines))
    elif wanted.lines and any(_waits(reason, kept) for reason in kept.ack.reasons):
        kind = "held"
    elif wanted.as_ != "reject" and kind == "rejected":
        what = "every line of the answer is refused: name the lines to accept"
        return (Finding.of("CHG-001", what, Where(path="/lines")),)
    after = kept.state if kind == "held" else step(kept.state, SIGNALS[kind])
    if isinstance(after, Finding):
        return (after,)
    reasons = kept.ack.reasons if kind == "held" else _reasons(kept, wanted)
    ack = replace(
        kept.ack, type=kind, lines=lines, ack_date=now.date(), reasons=reasons
    )
    by = " and ".join(filter(None, (wanted.by, wanted.second)))
    decided = tuple(
        settled(kept, after, ack, checked, there, by=by, reason=wanted.reason)
    )
    return decided if kind == "held" else (*decided, *follow_up(kept, ack, after, now))


def _stuck(
    kept: Kept, wanted: Released, released: Sequence[LineAck]
) -> Iterator[Finding]:
    """The lines that shall be changed to ours and of which we have nothing."""
    for line, before in zip(released, kept.ack.lines, strict=True):
        is_meant = wanted.as_ == "change" and _is_chosen(before, wanted)
        if is_meant and line is before and not before.parent_line:
            what = f"line {line.line_no} has nothing of ours to offer"
            yield Finding.of("CHG-002", what)


def settled(  # noqa: PLR0913  the order, its answer, what is known, who and why
    kept: Kept,
    after: State,
    ack: OrderAck,
    checked: Checked,
    there: There,
    *,
    by: str,
    reason: str,
) -> Iterator[Effect]:
    """The decision itself, and what it takes of our stock and of a blanket."""
    order, profile = kept.order, kept.profile
    yield Decide(
        partner_id=profile.id,
        order_id=order.id,
        was=kept.state,
        state=after,
        ack=ack,
        report=report(order, checked, ack, profile.policy),
        by=by,
        reason=reason,
        version=kept.version + 1,
    )
    yield from _promised(kept, ack, checked)
    yield from drawn_by(order, ack.lines, checked, profile, there, kept.drawn)


def _promised(kept: Kept, ack: OrderAck, checked: Checked) -> Iterator[Effect]:
    """What the order has of our stock from now on; an operator's yes counts whole."""
    by_stock = kept.profile.policy.promise == "stock"
    if not by_stock or kept.order.test or kept.order.is_blanket:
        return
    lines = tuple(promises(ack.lines, checked))
    if lines:
        yield Promise(partner_id=kept.profile.id, order_id=kept.order.id, lines=lines)


def follow_up(
    kept: Kept, ack: OrderAck, after: State, now: datetime, *, to_erp: bool = True
) -> Iterator[Effect]:
    """What goes out with a decision about an order that is kept.

    The ERP gets the order in its new version, unless the word was its own; the buyer
    gets the answer.
    """
    profile, order, version = kept.profile, kept.order, kept.version + 1
    if kept.state is State.RECEIVED:
        yield Met(partner_id=profile.id, kind=ERP_ANSWER, ref=order.id)
    if to_erp:
        one = handed(order, ack, after, version)
        yield from hand_over(profile, one, kept.state)
    if order.ack_wanted != "none":
        channel = channel_for(profile, answer_kind(order), "")
        yield from tell(profile, ack, order, channel, now, version)


def at_stake(kept: Kept, wanted: Released, checked: Checked) -> tuple[Decimal, bool]:
    """The money that prices of the buyer's cost us where they are accepted.

    And whether that takes a second person by the partner's policy.
    """
    if wanted.as_ != "accept":
        return Decimal(0), False
    total = Decimal(0)
    for answer, known in zip(kept.ack.lines, checked.lines, strict=True):
        codes = {finding.code for finding in known.findings}
        differs = known.difference if codes & _PRICES else None
        if differs is not None and _is_chosen(answer, wanted):
            total += abs(differs.amount)
    limit = kept.profile.policy.approval_above
    return total, limit is not None and total > limit


def _against(kept: Kept, wanted: Released) -> tuple[Finding, ...]:
    signal = SIGNALS["rejected" if wanted.as_ == "reject" else "accepted"]
    if kept.state not in (State.HELD, State.RECEIVED):
        found = step(kept.state, Signal.RELEASE)
        what = f"the order is {kept.state}, there is nothing to release"
        return (found if isinstance(found, Finding) else Finding.of("CHG-001", what),)
    allowed = step(kept.state, signal)
    if isinstance(allowed, Finding):
        return (allowed,)
    if wanted.as_ != "reject" and kept.order.purpose != "original":
        what = f"the message is no new order but a {kept.order.purpose}: reject it"
        return (Finding.of("CHG-001", what, Where(path="/purpose")),)
    if wanted.version not in (0, kept.version):
        what = f"the order was shown as version {wanted.version}, it is {kept.version}"
        return (Finding.of("CHG-004", what),)
    known = {line.line_no for line in kept.order.lines}
    return tuple(
        Finding.of("API-011", f"there is no line {no}", Where(path="/lines"), no)
        for no in wanted.lines
        if no not in known
    )


def _is_chosen(answer: LineAck, wanted: Released) -> bool:
    """The lines that are named; without names those that wait."""
    if wanted.lines:
        return answer.line_no in wanted.lines
    return any(status.kind in WAITING for status in answer.statuses)


def _waits(reason: Reason, kept: Kept) -> bool:
    """Whether the order is held for this reason of its head."""
    action = kept.profile.policy.action_for(reason.code)
    return kept.state is State.HELD and action is Action.HOLD


def _line(
    line: OrderLine,
    answer: LineAck,
    known: LineChecked,
    wanted: Released,
    head: Sequence[Finding],
) -> LineAck:
    """The line's new answer; the same object where nothing changes."""
    if not _is_chosen(answer, wanted):
        dated = wanted.as_ == "change" and not wanted.lines
        return on_our_date(answer, known, head) if dated else answer
    if wanted.as_ == "reject":
        return _refused(answer, wanted)
    plain = LineStatus(
        kind="accept", quantity=line.quantity.value, uom=line.quantity.uom_sent
    )
    if wanted.as_ == "accept":
        return replace(answer, statuses=(plain,))
    held = answer.statuses[0]
    why = replace(plain, reason_code=held.reason_code, note=held.note)
    ours = changed_to_ours(why, line, known, head)
    short = next((f for f in known.findings if f.code == SHORT), None)
    if short is not None and (ours is not None or held.reason_code == SHORT):
        parts = in_parts(ours or why, line, known, short)
        waits = any(part.kind in WAITING for part in parts)
        return answer if waits else replace(answer, statuses=parts)
    return answer if ours is None else replace(answer, statuses=(ours,))


def _refused(answer: LineAck, wanted: Released) -> LineAck:
    """The line refused, with the operator's words where it was named."""
    line = refused(answer)
    if not wanted.lines or not wanted.reason:
        return line
    said = tuple(replace(status, note=wanted.reason) for status in line.statuses)
    return replace(line, statuses=said)


def _reasons(kept: Kept, wanted: Released) -> tuple[Reason, ...]:
    """What the buyer is told: why it was refused; not what has been settled."""
    if wanted.as_ == "reject" and not wanted.lines:
        said = (Reason(code="CHG-003", text=wanted.reason),) if wanted.reason else ()
        return (*kept.ack.reasons, *said)
    return tuple(r for r in kept.ack.reasons if not _waits(r, kept))
