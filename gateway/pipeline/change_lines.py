"""What each line of a change is told: what has shipped stays, the rest is checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from gateway.catalog import Checked, LineChecked
from gateway.findings import Finding, Where
from gateway.order import Order
from gateway.order.ack import REFUSED, LineAck, LineStatus, StatusKind
from gateway.order.change import LineChange
from gateway.order.life import State
from gateway.order.model import OrderLine
from gateway.order.revise import Revision
from gateway.partner.policy import Action, Policy
from gateway.pipeline.booked import Booked
from gateway.pipeline.decide import Acting, acting_on, line_answer

UNDECIDED = frozenset({State.RECEIVED, State.HELD})
"""States in which the buyer has no answer to the order."""
_PRICE = frozenset({"CAT-301", "CAT-302", "CAT-303", "CAT-304"})
NO_CHECK = LineChecked(line_no="", index=0)
"""A line that nothing was found of."""
_AGREED_TO = {"place": "the place of delivery", "terms": "the terms"}
_NOTHING = Decimal(0)
_SHIPPED = ("CHG-110", "CHG-111", "CHG-112", "have shipped")
_DRAWN = ("CHG-121", "CHG-122", "CHG-123", "were drawn by releases")
"""Codes for a lower quantity, another item, a deletion, and what has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What becomes of one revision. ``answer`` is for the buyer, ``ack`` our books'.

    No ``ack``: the line stays as it was. ``waits``: for an operator.
    """

    revision: Revision
    answer: LineAck
    ack: LineAck | None = None
    waits: bool = False
    findings: tuple[Finding, ...] = ()


class By(NamedTuple):
    """What decides: the partner's policy, what holds for every line, an operator.

    With ``forced`` an operator has agreed to what would wait.
    """

    policy: Policy
    head: Acting = ()
    forced: bool = False


def against(booked: Booked, each: Revision) -> Iterator[Finding]:
    """Why a line can never become what the change wants."""
    number, where = each.change.line.line_no, _where(each.change)
    gone = booked.gone(number)
    low, other, all_, have = _DRAWN if booked.spent else _SHIPPED
    if each.change.action == "add":
        if each.before is not None and not is_deleted(booked, number):
            what = f"line {number} is in the order already"
            yield Finding.of("CHG-116", what, where, number)
        return
    if each.before is None or is_part(each.before):
        what = f"line {number or 'without a number'} is not in the order"
        yield Finding.of("CHG-115", what, where, number)
        return
    if each.change.action == "delete":
        if gone and gone >= promised(booked, number):
            what = f"{gone:f} of line {number} {have}, and that is all"
            yield Finding.of(all_, what, where, number)
        return
    if each.after is None or not gone:
        return
    if each.after.quantity.value < gone:
        wanted = each.after.quantity.value
        what = f"line {number} would have {wanted:f}, {gone:f} {have}"
        yield Finding.of(low, what, where, f"{wanted:f}")
    if {"item", "unit"} & set(each.differs):
        what = f"{gone:f} of line {number} {have}"
        yield Finding.of(other, what, where, number)


def doubts(booked: Booked, each: Revision, known: LineChecked) -> Iterator[Finding]:
    """What somebody has to agree to, beside what the contract says."""
    number, where = each.change.line.line_no, _where(each.change)
    if each.change.action == "delete" and booked.state not in UNDECIDED:
        yield cancels(f"line {number}", where)
    if each.before is None or each.after is None:
        return
    if each.change.action == "none" and each.differs:
        told = " and ".join(each.differs)
        what = f"line {number} is not to change, with another {told} than it has"
        yield Finding.of("CHG-118", what, where)
        return
    before, after = each.before.quantity.value, each.after.quantity.value
    way = {"up": after < before, "down": after > before}
    if way.get(each.change.direction, False):
        what = f"line {number}: {each.change.sent} with {after:f} after {before:f}"
        yield Finding.of("CHG-118", what, where, f"{after:f}")
    if "price" in each.differs and booked.state not in UNDECIDED:
        ours = known.expected
        theirs = each.after.price
        if ours is None or theirs.amount is None or ours.amount != theirs.amount:
            what = f"line {number} was confirmed at another price"
            yield Finding.of("CHG-113", what, where, f"{theirs.amount or 0:f}")
    if booked.state not in UNDECIDED:
        for touch in sorted({"place", "terms"} & set(each.differs)):
            what = f"line {number}: {_AGREED_TO[touch]} changed"
            yield Finding.of("CHG-119", what, where)


def cancels(what: str, where: Where) -> Finding:
    """The finding about taking back what was confirmed."""
    return Finding.of("CHG-114", f"{what} was confirmed and may be packed", where)


def told(
    booked: Booked,
    each: Revision,
    known: LineChecked,
    old: LineChecked | None,
    by: By,
) -> Told:
    """The answer to one line. ``old`` is the line as it was, held against today.

    What was wrong with the line before and is not touched was decided then.
    """
    fixed = tuple(against(booked, each))
    if fixed:
        return refusal(each, fixed[0], fixed)
    findings = (*_new(each, known, old), *doubts(booked, each, known))
    acting = agreed(acting_on(findings, by.policy), forced=by.forced)
    if each.change.action == "delete":
        return _deleted(booked, each, acting, findings)
    assert each.after is not None  # only what is deleted or unknown has none
    line = each.after
    if each.says_nothing and not by.head and not findings:
        answer = _echo(each, _plain(line))
        return Told(revision=each, answer=answer, findings=findings)
    checked = replace(known, findings=findings)
    ack = line_answer(line, checked, acting, agreed(by.head, forced=by.forced))
    ack = replace(ack, statuses=tuple(_as_promised(booked, each, ack)))
    kinds = {status.kind for status in ack.statuses}
    if kinds <= REFUSED:
        return Told(revision=each, answer=_echo(each, *ack.statuses), findings=findings)
    return Told(
        revision=each,
        answer=_echo(each, *ack.statuses, left=_left(booked, line)),
        ack=ack,
        waits="hold" in kinds,
        findings=findings,
    )


def agreed(acting: Acting, *, forced: bool) -> Acting:
    """The actions once an operator has agreed: nothing waits any more."""
    if not forced:
        return acting
    return [
        (found, Action.ACCEPT if action is Action.HOLD else action)
        for found, action in acting
    ]


def _new(
    each: Revision, known: LineChecked, old: LineChecked | None
) -> tuple[Finding, ...]:
    """What the change brings; a price that is touched is looked at anew."""
    before = {f.code for f in old.findings} if old is not None else set()
    if "price" in each.differs:
        before -= _PRICE
    return tuple(f for f in known.findings if f.code not in before)


def refusal(each: Revision, why: Finding, findings: Sequence[Finding] = ()) -> Told:
    """The line stays as it is, and this is the reason."""
    status = LineStatus(
        kind="reject",
        quantity=_asked(each).quantity.value,
        uom=_asked(each).quantity.uom_sent,
        reason_code=why.code,
        note=why.what,
    )
    return Told(
        revision=each, answer=_echo(each, status), findings=tuple(findings) or (why,)
    )


def _deleted(
    booked: Booked, each: Revision, acting: Acting, findings: tuple[Finding, ...]
) -> Told:
    """What has shipped stays, the rest is taken back."""
    assert each.before is not None  # a line that is not there was refused before
    actions = {action for _, action in acting}
    if actions & {Action.REJECT_LINE, Action.REJECT_ORDER}:
        why = next(f for f, a in acting if a is not Action.ACCEPT)
        return refusal(each, why, findings)
    line = each.before
    uom = line.quantity.uom_sent
    there = booked.gone(line.line_no)
    rest = LineStatus(
        kind="delete", quantity=max(line.quantity.value - there, _NOTHING), uom=uom
    )
    kind: StatusKind = "accept" if booked.spent else "shipped"
    gone = LineStatus(kind=kind, quantity=there, uom=uom)
    statuses = (gone, rest) if there else (rest,)
    ack = replace(_answered(booked, line), statuses=statuses, change="delete")
    if Action.HOLD in actions:
        code = next(f.code for f, a in acting if a is Action.HOLD)
        wait = LineStatus(
            kind="hold", quantity=line.quantity.value, uom=uom, reason_code=code
        )
        answer = _echo(each, wait)
        return Told(
            revision=each, answer=answer, ack=ack, waits=True, findings=findings
        )
    answer = _echo(each, *statuses, left=_NOTHING)
    return Told(revision=each, answer=answer, ack=ack, findings=findings)


def _as_promised(booked: Booked, each: Revision, ack: LineAck) -> Iterator[LineStatus]:
    """The promise stands until it is changed: no later day than the one promised."""
    stands = _promised_day(booked, each)
    for status in ack.statuses:
        later = status.kind in ("reschedule", "change_terms") and status.date
        if stands and later and stands < later and "item" not in each.differs:
            yield replace(status, date=stands)
        else:
            yield status


def _promised_day(booked: Booked, each: Revision) -> dt.date | None:
    """The day that the buyer was promised for a line: ours, else the one asked for."""
    line = each.before
    if line is None or booked.state in UNDECIDED:
        return None
    statuses = _answered(booked, line).statuses
    days = [s.date for s in statuses if s.date is not None]
    if days:
        return max(days)
    if any(s.kind not in ("accept", "shipped") for s in statuses):
        return None
    for delivery in (line.delivery, booked.order.delivery):
        if delivery is not None:
            day = delivery.ship_no_later or delivery.requested or delivery.latest
            if day is not None:
                return day
    return None


def promised(booked: Booked, line_no: str) -> Decimal:
    """How many of a line the buyer has been promised."""
    return sum(
        (
            status.quantity
            for ack in booked.ack.lines
            if ack.line_no == line_no
            for status in ack.statuses
            if status.kind not in REFUSED
        ),
        _NOTHING,
    )


def is_deleted(booked: Booked, line_no: str) -> bool:
    """Whether a line was taken back as a whole."""
    kinds = [
        status.kind
        for ack in booked.ack.lines
        if ack.line_no == line_no
        for status in ack.statuses
    ]
    return bool(kinds) and all(kind == "delete" for kind in kinds)


def is_part(line: OrderLine) -> bool:
    """What is below a line goes with it and is not changed alone."""
    return bool(line.parent_line)


def known_of(checked: Checked, order: Order, line_no: str) -> LineChecked | None:
    """What was found of the first line with this number."""
    for line, known in zip(order.lines, checked.lines, strict=True):
        if line.line_no == line_no:
            return known
    return None


def _answered(booked: Booked, line: OrderLine) -> LineAck:
    ack = next((a for a in booked.ack.lines if a.line_no == line.line_no), None)
    return ack or LineAck(line_no=line.line_no, item=line.item, quantity=line.quantity)


def _asked(each: Revision) -> OrderLine:
    """The line as the answer repeats it: as it is to be, else as it was."""
    return each.after or each.before or each.change.line


def _plain(line: OrderLine) -> LineStatus:
    sent = line.quantity
    return LineStatus(kind="accept", quantity=sent.value, uom=sent.uom_sent)


def _left(booked: Booked, line: OrderLine) -> Decimal:
    return max(line.quantity.value - booked.gone(line.line_no), _NOTHING)


def _echo(
    each: Revision, *statuses: LineStatus, left: Decimal | None = None
) -> LineAck:
    """The change of a line, repeated, with what happens."""
    line, change = _asked(each), each.change
    unsaid = change.action == "delete" or each.after is None
    return LineAck(
        line_no=change.line.line_no,
        item=line.item,
        quantity=line.quantity,
        price=line.price if not unsaid else each.change.line.price,
        statuses=statuses,
        change=change.action,
        change_sent=change.sent,
        left=left,
    )


def _where(change: LineChange) -> Where:
    return Where(path=f"/lines/{change.line.line_no}")
