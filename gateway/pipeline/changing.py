"""A change of an order against what was confirmed and shipped: judged, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from gateway.catalog import Checked, Prices, Supply, check, serve
from gateway.findings import Finding, Where
from gateway.order import Order
from gateway.order.ack import (
    REFUSED,
    AckType,
    LineAck,
    LineStatus,
    OrderAck,
    Reason,
    ack_type,
)
from gateway.order.change import Cancel, Change, LineChange, OrderChange
from gateway.order.life import ChangeState, Signal, State, step
from gateway.order.model import OrderLine
from gateway.order.revise import (
    Revision,
    other_terms,
    revised,
    revisions,
    with_head,
)
from gateway.order.terms import Totals
from gateway.partner import Profile
from gateway.partner.policy import Action
from gateway.pipeline.blankets import covered, drawn_by
from gateway.pipeline.booked import Booked, There
from gateway.pipeline.change_lines import (
    NO_CHECK,
    UNDECIDED,
    By,
    Told,
    against,
    agreed,
    is_deleted,
    known_of,
    promised,
    refusal,
    told,
)
from gateway.pipeline.decide import (
    SIGNALS,
    acting_on,
    decide,
    promises,
    with_parts,
)
from gateway.pipeline.own_effects import Draw, Promised
from gateway.pipeline.report import report
from gateway.values import swift

_CLOSED = frozenset({State.SHIPPED, State.INVOICED, State.CANCELLED, State.REJECTED})
_HEAD = Where(path="/")
_TAKEN = frozenset(
    {
        ChangeState.APPLIED,
        ChangeState.REFUSED,
        ChangeState.UNCHANGED,
    }
)
"""States of changes whose number is used up."""

Forced = Literal["", "accept", "reject"]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a judgement rests on beside the order: whose, when, at which prices.

    ``left`` says what can be promised of an item, ``there`` what a release draws on.
    ``forced`` is an operator's word.
    """

    profile: Profile
    now: datetime
    prices: Prices
    left: Callable[[str], Supply]
    there: There = lambda _place: ()
    forced: Forced = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What becomes of a change. ``after`` is the order then, none if it stays.

    ``answer`` is what the buyer is told of the change, if anything yet; ``asked`` the
    order as the change wants it. ``first`` is the answer to the order itself, where
    the change settled one that was not answered. ``drawn`` is what a release then has
    of its blanket, if that is something else than before.
    """

    state: ChangeState
    answer: OrderAck | None = None
    asked: Order
    after: Booked | None = None
    report: str = ""
    findings: tuple[Finding, ...] = ()
    first: OrderAck | None = None
    promised: tuple[Promised, ...] = ()
    drawn: Draw | None = None


def judge(booked: Booked, change: Change, given: Circumstances) -> Judged:
    """What becomes of a change of this order, now."""
    found = _out_of_turn(booked, change, given)
    if found is not None and given.forced != "accept":
        return found
    if given.forced == "reject":
        text = given.reason or "the change was not agreed to"
        return _refused(booked, change, given, Finding.of("CHG-003", text, _HEAD))
    made = revisions(booked.order, change)
    stands = isinstance(change, Cancel) or _head_of(booked, change) == booked.order
    is_so = all(_is_so(booked, each) for each in made) and bool(
        made or isinstance(change, Cancel)
    )
    if stands and is_so and (made or booked.state is State.CANCELLED):
        return _unchanged(booked, change, given, made)
    if booked.state in _CLOSED:
        return _refused(booked, change, given, _closed(booked, change))
    if booked.state in UNDECIDED:
        return _undecided(booked, change, made, given)
    return _decided(booked, change, made, given)


def _out_of_turn(booked: Booked, change: Change, given: Circumstances) -> Judged | None:
    """A change that came before, is older than one that was answered, or too early."""
    asked = _asked(booked.order, change, ())
    if given.forced:
        return None
    number, last = number_of(change.sequence), last_number(booked)
    held = (one for one in booked.changes if one.state is ChangeState.HELD)
    if any(_is_before(one.sequence, number) for one in held):
        what = "a change before this one waits for an operator"
        found = Finding.of("CHG-103", what, _HEAD, change.sequence)
        return Judged(state=ChangeState.WAITING, asked=asked, findings=(found,))
    if number is None:
        return None
    if last is not None and number <= last:
        what = f"change {change.sequence} came after change {last}"
        found = Finding.of("CHG-102", what, _HEAD, change.sequence)
        judged = _refused(booked, change, given, found)
        is_told = change.source.standard != "cxml"  # there Status 409 says it, and
        answer = judged.answer if is_told else None  # a refusal is the whole order's
        return replace(judged, state=ChangeState.STALE, answer=answer)
    every = given.profile.policy.change_numbers == "consecutive"
    if every and change.source.standard != "cxml":  # there each says the whole order
        due = 1 if last is None else last + 1  # some begin to count with 0
        return _early(asked, change, due) if number > due else None
    return None


def _is_before(sequence: str, number: int | None) -> bool:
    """Whether a change goes before one of this number; without numbers as they came."""
    its = number_of(sequence)
    return its is None or number is None or its <= number


def last_number(booked: Booked) -> int | None:
    """The number of the last change that was answered, if they are numbered."""
    numbers = (number_of(one.sequence) for one in booked.changes if one.state in _TAKEN)
    return max((number for number in numbers if number is not None), default=None)


def _early(asked: Order, change: Change, missing: int) -> Judged:
    what = f"change {missing} has not come, this is change {change.sequence}"
    found = Finding.of("CHG-103", what, _HEAD, change.sequence)
    return Judged(state=ChangeState.WAITING, asked=asked, findings=(found,))


def came_before(booked: Booked, change: Change, digest: str) -> bool:
    """Whether a change under this number was carried out with the same content."""
    return bool(change.sequence) and any(
        one.digest == digest
        and one.state in (ChangeState.APPLIED, ChangeState.UNCHANGED)
        for one in booked.changes
    )


def repeated(booked: Booked, change: Change, given: Circumstances) -> Judged:
    """The answer to a change that was carried out before: nothing changes."""
    return _unchanged(booked, change, given, revisions(booked.order, change))


def number_of(sequence: str) -> int | None:
    """The number of a change; none where it has none."""
    text = sequence.strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _is_so(booked: Booked, each: Revision) -> bool:
    """Whether a line is already what the change wants it to be."""
    deleted = is_deleted(booked, each.change.line.line_no)
    if each.change.action == "delete":
        return each.before is not None and deleted
    if each.change.action == "add":
        return each.before is not None and not deleted and not each.differs
    return each.before is not None and each.says_nothing


def _head_of(booked: Booked, change: OrderChange) -> Order:
    return with_head(booked.order, change)


def _closed(booked: Booked, change: Change) -> Finding:
    code = "CHG-117"
    if isinstance(change, Cancel) and any(booked.shipped.values()):
        code = "CHG-112"
    if isinstance(change, Cancel) and booked.spent:
        code = "CHG-123"
    return Finding.of(code, f"the order is {booked.state}", _HEAD, str(booked.state))


def _unchanged(
    booked: Booked, change: Change, given: Circumstances, made: Sequence[Revision]
) -> Judged:
    found = Finding.of("CHG-104", "the order stands so already", _HEAD)
    lines = []
    for each in made if isinstance(change, OrderChange) else ():
        line = each.after or each.before or each.change.line
        status = LineStatus(
            kind="accept", quantity=line.quantity.value, uom=line.quantity.uom_sent
        )
        lines.append(
            LineAck(
                line_no=line.line_no,
                item=line.item,
                quantity=line.quantity,
                price=line.price,
                statuses=(status,),
                change="none",
            )
        )
    answer = _answer(booked, change, given, "accepted", lines, found)
    asked = _asked(booked.order, change, made)
    return Judged(
        state=ChangeState.UNCHANGED, answer=answer, asked=asked, findings=(found,)
    )


def _refused(
    booked: Booked, change: Change, given: Circumstances, why: Finding
) -> Judged:
    """Nothing of it is carried out; the buyer is told why, line by line."""
    made = revisions(booked.order, change) if isinstance(change, OrderChange) else ()
    lines = [refusal(each, why).answer for each in made]
    answer = _answer(booked, change, given, "rejected", lines, why)
    asked = _asked(booked.order, change, made)
    return Judged(
        state=ChangeState.REFUSED, answer=answer, asked=asked, findings=(why,)
    )


def _undecided(
    booked: Booked, change: Change, made: Sequence[Revision], given: Circumstances
) -> Judged:
    """An order without an answer: it is decided anew as it is now wanted.

    The change itself is done; what of the order is accepted its own answer tells.
    """
    asked = _asked(booked.order, change, made)
    if isinstance(change, Cancel):
        lines = tuple(
            replace(ack, statuses=(_gone(line),), change="delete")
            for line, ack in zip(booked.order.lines, booked.ack.lines, strict=True)
        )
        answer = _answer(booked, change, given, "accepted")
        ack = replace(booked.ack, type="rejected", lines=lines, reasons=())
        after = replace(booked, ack=ack)
        return _done(booked, change, given, after, answer, Signal.CANCEL)
    fixed = [
        told(booked, each, NO_CHECK, None, By(given.profile.policy))
        for each in made
        if _impossible(booked, each)
    ]
    good = [each for each in made if not _impossible(booked, each)]
    if fixed and not good:
        refused = [one.answer for one in fixed]
        found = tuple(f for one in fixed for f in one.findings)
        answer = _answer(booked, change, given, "rejected", refused)
        return Judged(
            state=ChangeState.REFUSED, answer=answer, asked=asked, findings=found
        )
    gone = {e.change.line.line_no for e in good if e.change.action == "delete"}
    gone |= {a.line_no for a in booked.ack.lines if is_deleted(booked, a.line_no)}
    gone -= {e.change.line.line_no for e in good if e.change.action == "add"}
    order = revised(_head_of(booked, change), good, _totals(booked, change, good))
    if all(line.line_no in gone for line in order.lines if not line.parent_line):
        answer = _answer(booked, change, given, "accepted")
        lines = tuple(
            replace(ack, statuses=(_gone(line),), change="delete")
            for line, ack in zip(booked.order.lines, booked.ack.lines, strict=True)
        )
        whole = replace(booked.ack, type="rejected", lines=lines, reasons=())
        after = replace(booked, ack=whole)
        return _done(booked, change, given, after, answer, Signal.CANCEL)
    checked = _checked(order, given, booked)
    decision = decide(order, (), checked, given.profile.policy, given.now)
    lines = tuple(
        replace(ack, statuses=(_gone(line),), change="delete")
        if line.line_no in gone
        else ack
        for line, ack in zip(order.lines, decision.ack.lines, strict=True)
    )
    kind = decision.ack.type if not gone else _type(lines)
    ack = _naming(replace(decision.ack, lines=lines, type=kind), change)
    after = replace(
        booked,
        order=order,
        ack=ack,
        state=decision.state,
        version=booked.version + 1,
    )
    draw = _drawn(after, checked, given)
    after = after if draw is None else replace(after, drawn=draw.drawn)
    refused = [one.answer for one in fixed]
    said: AckType = "accepted_with_changes" if fixed else "received"
    return Judged(
        state=ChangeState.APPLIED,
        answer=_answer(booked, change, given, said, refused),
        asked=asked,
        after=after,
        report=report(order, checked, ack, given.profile.policy),
        findings=(*(f for one in fixed for f in one.findings), *decision.findings),
        first=None if decision.state in UNDECIDED else ack,
        promised=_promised(after, checked, given),
        drawn=draw,
    )


def _decided(
    booked: Booked, change: Change, made: Sequence[Revision], given: Circumstances
) -> Judged:
    """An order that was answered: line by line, against what has shipped."""
    policy, forced = given.profile.policy, given.forced == "accept"
    head = booked.order if isinstance(change, Cancel) else _head_of(booked, change)
    if head.delivery != booked.order.delivery:
        made = (*made, *_unnamed(booked, made))
    possible = [each for each in made if not _impossible(booked, each)]
    order = revised(head, possible, _totals(booked, change, possible))
    before = _checked(booked.order, given, booked)
    checked = _checked(order, given, booked)
    of_head = _new_of_head(booked, change, before, checked)
    new = (*of_head, *_of_the_erp(booked, given))
    acting = agreed(acting_on(new, policy), forced=forced)
    if any(action is Action.REJECT_ORDER for _, action in acting):
        why = next(f for f, a in acting if a is Action.REJECT_ORDER)
        return _refused(booked, change, given, why)
    for_lines = [one for one in acting if one[1] is Action.RESCHEDULE]
    every = [
        told(
            booked,
            each,
            known_of(checked, order, each.change.line.line_no) or NO_CHECK,
            known_of(before, booked.order, each.change.line.line_no),
            By(policy, for_lines, forced),
        )
        for each in made
        if not (isinstance(change, Cancel) and _is_over(booked, each))
    ]
    every = [one for one in every if one.ack is not None or _is_named(change, one)]
    if not every and isinstance(change, Cancel):
        return _refused(booked, change, given, _closed(booked, change))
    waits = [one for one in every if one.waits]
    held = [f for f, action in acting if action is Action.HOLD]
    findings = (*new, *(f for one in every for f in one.findings))
    asked = _asked(head, change, made)
    if waits or held:
        lines = [one.answer for one in every]
        answer = _answer(booked, change, given, "held", lines, *held)
        return Judged(
            state=ChangeState.HELD, answer=answer, asked=asked, findings=findings
        )
    kept = [one for one in every if one.ack is not None]
    if not kept and head == booked.order:
        lines = [one.answer for one in every]
        answer = _answer(booked, change, given, "rejected", lines, *of_head)
        return Judged(
            state=ChangeState.REFUSED, answer=answer, asked=asked, findings=findings
        )
    done_to = [one.revision for one in kept]
    order = revised(head, done_to, _totals(booked, change, done_to))
    ack = _acked(booked, order, kept)
    lines = [one.answer for one in every]
    kind = ack_type(lines) if lines else "accepted"
    whole = isinstance(change, Cancel) and kind == "accepted"
    answer = _answer(booked, change, given, kind, () if whole else lines, *of_head)
    signal = _signal(booked, ack)
    after = replace(booked, order=order, ack=ack)
    done = _done(booked, change, given, after, answer, signal)
    return replace(done, findings=findings, asked=asked)


def _unnamed(booked: Booked, made: Sequence[Revision]) -> Iterator[Revision]:
    """The lines that a change does not name, but whose days its heading changes."""
    named = {each.change.line.line_no for each in made}
    for line in booked.order.lines:
        is_open = line.delivery is None and not is_deleted(booked, line.line_no)
        if line.line_no not in named and not line.parent_line and is_open:
            change = LineChange(line=line, action="change")
            yield Revision(change=change, before=line, after=line)


def _is_named(change: Change, one: Told) -> bool:
    if isinstance(change, Cancel) or change.purpose == "replace":
        return True
    number = one.revision.change.line.line_no
    return any(each.line.line_no == number for each in change.lines)


def _is_over(booked: Booked, each: Revision) -> bool:
    """Whether nothing of a line is left that a cancellation could take back."""
    number = each.change.line.line_no
    if is_deleted(booked, number):
        return True
    gone = booked.gone(number)
    return bool(gone) and gone >= promised(booked, number)


def _impossible(booked: Booked, each: Revision) -> bool:
    return any(against(booked, each))


def _checked(order: Order, given: Circumstances, booked: Booked) -> Checked:
    """The order against today's contracts, and our stock where that is promised."""
    profile, there = given.profile, given.there
    checked = check(order, given.prices, profile, given.now)
    checked = covered(order, checked, profile, there, given.now, booked.drawn)
    if profile.policy.promise != "stock" or order.is_blanket:
        return checked
    mine: defaultdict[str, Fraction] = defaultdict(Fraction)
    for sku, quantity in booked.promised.values():
        mine[sku] += quantity

    def left(sku: str) -> Supply:
        there = given.left(sku)
        own = mine.get(sku)
        if not own:
            return there
        return replace(there, parts=((None, own), *there.parts))

    return serve(order, checked, left)


def _new_of_head(
    booked: Booked, change: Change, before: Checked, after: Checked
) -> tuple[Finding, ...]:
    """What the change brings for the whole order: findings, other terms or parties."""
    if isinstance(change, Cancel):
        return ()
    known = {finding.code for finding in before.findings}
    found = [f for f in after.findings if f.code not in known]
    head = _head_of(booked, change)
    changed = other_terms(booked.order, head)
    found += [Finding.of("CHG-119", what, _HEAD) for what in changed]
    return tuple(found)


def _of_the_erp(booked: Booked, given: Circumstances) -> tuple[Finding, ...]:
    """That the ERP is to be asked, which the buyer is not told."""
    if given.profile.policy.ack != "on_erp" or booked.order.test:
        return ()
    what = "the ERP has the word about this partner's orders"
    return (Finding.of("CHG-120", what, _HEAD),)


def _gone(line: OrderLine) -> LineStatus:
    sent = line.quantity
    return LineStatus(kind="delete", quantity=sent.value, uom=sent.uom_sent)


def _acked(booked: Booked, order: Order, kept: Sequence[Told]) -> OrderAck:
    """The answer to the whole order with these lines in the place of those before."""
    new = {one.revision.change.line.line_no: one.ack for one in kept}
    acks = list(booked.ack.lines)
    acks += [
        LineAck(line_no=line.line_no, item=line.item, quantity=line.quantity)
        for line in order.lines[len(acks) :]
    ]
    lines = with_parts(new.get(ack.line_no) or ack for ack in acks)
    return replace(booked.ack, lines=lines, type=_type(lines))


def _type(lines: Sequence[LineAck]) -> AckType:
    """The answer of the lines that are left; rejected where none is."""
    left = [a for a in lines if any(s.kind != "delete" for s in a.statuses)]
    return ack_type(left) if left else "rejected"


def _signal(booked: Booked, ack: OrderAck) -> Signal:
    """What the change does to the order."""
    to_come = [
        line.line_no
        for line in ack.lines
        if not line.parent_line
        and _told(line) > booked.shipped.get(line.line_no, Decimal(0))
    ]
    any_shipped = any(booked.shipped.values())
    if not to_come:
        return Signal.SHIP_ALL if any_shipped else Signal.CANCEL
    if any_shipped:
        return Signal.CHANGE
    kinds = {status.kind for line in ack.lines for status in line.statuses}
    if kinds - REFUSED == {"backorder"}:
        return Signal.BACKORDER
    return SIGNALS[ack.type]


def _told(line: LineAck) -> Decimal:
    kept = (s.quantity for s in line.statuses if s.kind not in REFUSED)
    return sum(kept, Decimal(0))


def _done(
    booked: Booked,
    change: Change,
    given: Circumstances,
    after: Booked,
    answer: OrderAck,
    signal: Signal,
) -> Judged:
    """The change is carried out, the order is in its next version."""
    state = step(booked.state, signal)
    if isinstance(state, Finding):
        return _refused(booked, change, given, state)
    ack = _naming(replace(after.ack, ack_date=given.now.date()), change)
    after = replace(after, ack=ack, state=state, version=booked.version + 1)
    checked = _checked(after.order, given, booked)
    draw = _drawn(after, checked, given)
    after = after if draw is None else replace(after, drawn=draw.drawn)
    return Judged(
        state=ChangeState.APPLIED,
        answer=answer,
        asked=_asked(after.order, change, ()),
        after=after,
        report=report(after.order, checked, ack, given.profile.policy),
        promised=_promised(after, checked, given),
        drawn=draw,
    )


def _naming(ack: OrderAck, change: Change) -> OrderAck:
    """The answer that stands; in cXML all that follows names the newest request."""
    if change.source.standard != "cxml":
        return ack
    day = change.order_date or ack.order_date
    return replace(ack, order_source=change.source, order_date=day)


def _drawn(after: Booked, checked: Checked, given: Circumstances) -> Draw | None:
    """What a release has of its blanket with this answer, if that is new."""
    drawn = drawn_by(
        after.order, after.ack.lines, checked, given.profile, given.there, after.drawn
    )
    return next(drawn, None)


def _promised(
    after: Booked, checked: Checked, given: Circumstances
) -> tuple[Promised, ...]:
    """What the lines have of our stock from now on; what is gone gives it back."""
    if given.profile.policy.promise != "stock" or after.order.test:
        return ()
    now = {one.line_no: one for one in promises(after.ack.lines, checked)}
    for number, (sku, _) in after.promised.items():
        if number not in now:
            now[number] = Promised(number, sku, Fraction(0))
    return tuple(now.values())


def _answer(
    booked: Booked,
    change: Change,
    given: Circumstances,
    kind: AckType,
    lines: Sequence[LineAck] = (),
    *reasons: Finding,
) -> OrderAck:
    """What the buyer is told; it names the change that it answers."""
    order = booked.order
    return OrderAck(
        po_number=change.po_number,
        type=kind,
        answers="cancel" if isinstance(change, Cancel) else "change",
        order_id=order.id,
        release_number=change.release_number,
        order_version=change.sequence,
        order_source=change.source,
        ack_date=given.now.date(),
        order_date=change.order_date or order.issue_date,
        currency=order.currency,
        test=order.test,
        reasons=tuple(Reason(code=f.code, text=f.what) for f in reasons),
        lines=tuple(lines),
    )


def _totals(booked: Booked, change: Change, made: Sequence[Revision]) -> Totals | None:
    """The sums that came with a change of the whole order, if all of it is done.

    What is deleted stays in the order, so nothing can be held against its lines.
    """
    if isinstance(change, Cancel) or not change.whole:
        return None
    named = {each.change.line.line_no for each in made}
    gone = any(each.change.action == "delete" for each in made) or any(
        is_deleted(booked, line.line_no) for line in booked.order.lines
    )
    all_done = named >= {each.line.line_no for each in change.lines}
    return change.totals if all_done and not gone else None


def _asked(order: Order, change: Change, made: Sequence[Revision]) -> Order:
    """The order as the change speaks of it: its envelope, its lines as they came."""
    return replace(
        order,
        source=change.source,
        lines=tuple(each.change.line for each in made),
        totals=None,
        references=change.references or order.references,
        ack_wanted=change.ack_wanted or order.ack_wanted,
    )
