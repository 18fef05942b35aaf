"""Findings and a partner's policy make the answer to an order. Nothing is silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from gateway.catalog import Checked, LineChecked
from gateway.catalog.supply import SHORT
from gateway.findings import Finding
from gateway.order import Order
from gateway.order.ack import (
    REFUSED,
    WAITING,
    AckType,
    LineAck,
    LineStatus,
    OrderAck,
    Reason,
    StatusKind,
    ack_type,
)
from gateway.order.item import Item, Price
from gateway.order.life import Signal, State, step
from gateway.order.model import OrderLine
from gateway.partner.policy import CASES, Action, Policy, strongest
from gateway.pipeline.own_effects import Promised
from gateway.pipeline.report import report
from gateway.values import swift

_REFUSALS: Mapping[str, StatusKind] = {
    "CAT-301": "bad_price",
    "CAT-303": "bad_price",
    "CAT-304": "bad_price",
    "CAT-310": "bad_item",
    "CAT-311": "bad_item",
    "CAT-312": "not_on_contract",
    "CAT-313": "discontinued",
    "CAT-320": "bad_unit",
    "CAT-330": "bad_quantity",
    "CAT-331": "bad_quantity",
    "CAT-332": "bad_quantity",
    "CAT-333": "bad_quantity",
    "CAT-350": "bad_date",
    "CAT-351": "bad_date",
    "CAT-352": "bad_date",
    "CAT-382": "not_on_contract",
    "CAT-383": "bad_quantity",
    "CAT-384": "bad_quantity",
    "CAT-385": "bad_quantity",
    "CAT-386": "bad_unit",
}
"""How a line is refused for a finding; any other is a plain reject."""

_PRICE_CODES = frozenset({"CAT-301", "CAT-302", "CAT-304"})
_QUANTITY_CODES = frozenset({"CAT-331", "CAT-332", "CAT-333", "CAT-383", "CAT-384"})
_DATE_CODES = frozenset({"CAT-350", "CAT-352"})
_FOR_LINES = frozenset({Action.REJECT_LINE, Action.RESCHEDULE})
"""Actions that a finding of the head brings to every line."""
_LATE: frozenset[StatusKind] = frozenset({"reschedule", "backorder", "date_pending"})
_NOTED = frozenset(CASES["totals_wrong"].codes)
"""Findings that the buyer is told of even where they are accepted."""
_NO_NEW_ORDER = "MAP-002"
_TOLD_ONCE = frozenset({Action.ACCEPT, Action.HOLD})

Acting = Sequence[tuple[Finding, Action]]
"""Findings of a line with what the policy does about them."""

SIGNALS: Mapping[AckType, Signal] = {
    "accepted": Signal.CONFIRM,
    "accepted_with_changes": Signal.CHANGE,
    "rejected": Signal.REJECT,
    "held": Signal.HOLD,
}


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer, the order's state with it, and whether the answer may leave."""

    ack: OrderAck
    state: State
    findings: tuple[Finding, ...]
    report: str

    @property
    def is_settled(self) -> bool:
        """Confirmed, changed or rejected: there is something to send."""
        return self.state not in (State.HELD, State.RECEIVED)


def decide(
    order: Order,
    findings: Sequence[Finding],
    checked: Checked,
    policy: Policy,
    now: datetime,
) -> Decision:
    """Bind each finding to its action and compose the answer from the strongest.

    ``findings`` are the order's own besides the catalog's: of the mapping, of
    duplicates. A line's strongest action wins; a header action goes before lines, and
    one that is about lines (reject, reschedule) goes to every line.
    """
    header = (*findings, *checked.findings)
    acting = acting_on(header, policy)
    whole = strongest(action for _, action in acting)
    head = [(f, action) for f, action in acting if action in _FOR_LINES]
    told = [acting_on(k.findings, policy) if k.findings else () for k in checked.lines]
    lines = with_parts(
        line_answer(line, known, own, head)
        if own or head
        else _answering(line, _as_sent(line))
        for line, known, own in zip(order.lines, checked.lines, told, strict=True)
    )
    if whole is Action.REJECT_ORDER or any(own and _rejects(own) for own in told):
        lines = tuple(refused(line) for line in lines)
        kind: AckType = "rejected"
    elif whole in (Action.HOLD, Action.REPLAY):
        kind = "held"
    else:
        kind = ack_type(lines)
    ack = _ack(order, kind, lines, header, policy, now)
    everything = (*header, *(f for known in checked.lines for f in known.findings))
    return Decision(
        ack=ack,
        state=_state(kind, policy, order),
        findings=everything,
        report=report(order, checked, ack, policy),
    )


def acting_on(findings: Iterable[Finding], policy: Policy) -> Acting:
    """The findings that lead to something. What is no new order is never accepted."""
    acting = []
    for finding in findings:
        action = policy.action_for(finding.code)
        if action is Action.ACCEPT and finding.code == _NO_NEW_ORDER:
            action = Action.HOLD
        if action is not None:
            acting.append((finding, action))
    return acting


def _rejects(acting: Acting) -> bool:
    return any(action is Action.REJECT_ORDER for _, action in acting)


def _state(kind: AckType, policy: Policy, order: Order) -> State:
    if policy.ack == "on_erp" and kind != "held" and not order.test:
        return State.RECEIVED  # the ERP has the word; it never sees a test
    after = step(State.RECEIVED, SIGNALS[kind])
    assert isinstance(after, State)
    return after


def line_answer(
    line: OrderLine, known: LineChecked, own: Acting, head: Acting = ()
) -> LineAck:
    """What one line is told: its strongest action, with all that was changed."""
    short = [f for f, action in own if f.code == SHORT and action is Action.BACKORDER]
    if short:
        own = [one for one in own if one[0] is not short[0]]
    status = _status(line, known, own, head)
    parts = in_parts(status, line, known, short[0]) if short else (status,)
    return _answering(line, *parts)


def _answering(line: OrderLine, *statuses: LineStatus) -> LineAck:
    """The line as it was ordered, with what is told of it."""
    return LineAck(
        line_no=line.line_no,
        item=line.item,
        quantity=line.quantity,
        price=line.price,
        parent_line=line.parent_line,
        statuses=statuses,
    )


def _as_sent(line: OrderLine) -> LineStatus:
    """Accepted, all of it: nothing was found."""
    sent = line.quantity
    return LineStatus(kind="accept", quantity=sent.value, uom=sent.uom_sent)


def in_parts(
    status: LineStatus, line: OrderLine, known: LineChecked, short: Finding
) -> tuple[LineStatus, ...]:
    """What is in stock as decided, the rest as backorders with their days.

    A part of which nobody knows when it comes has no day. Where the buyer takes no
    backorders (CSH-01 SP, N) the line waits for an operator.
    """
    if status.kind in REFUSED | WAITING | {"substitute"}:
        return (status,)
    if line.flags.backorder_allowed is False:
        return (replace(status, kind="hold", reason_code=SHORT, note=short.what),)
    left, there = status.quantity, Decimal(0)
    later: list[tuple[dt.date | None, Decimal]] = []
    for day, quantity in known.served.parts if known.served else ():
        part = min(quantity, left)
        left -= part
        if day is None or (status.date is not None and day <= status.date):
            there += part
        elif part:
            later.append((day, part))
    if left > 0:
        later.append((None, left))
    if not later:
        return (replace(status, quantity=there),)
    note = "\n".join(text for text in (status.note, short.what) if text)
    rest = replace(status, kind="backorder", reason_code=SHORT, note=note)
    parts = [
        replace(rest, quantity=quantity, date=day, date_kind="ship")
        for day, quantity in later
    ]
    first = (replace(status, quantity=there),) if there else ()
    return (*first, *parts)


def promises(lines: Iterable[LineAck], checked: Checked) -> Iterator[Promised]:
    """What the answer promises of our stock, line by line.

    A backorder without a day is no promise.
    """
    for line, known in zip(lines, checked.lines, strict=True):
        if known.served is None:
            continue
        told = (
            status.quantity
            for status in line.statuses
            if status.kind not in REFUSED | WAITING | {"substitute"}
            if status.kind != "backorder" or status.date is not None
        )
        quantity = Fraction(sum(told, Decimal(0))) * known.served.per_unit
        yield Promised(line.line_no, known.served.sku, quantity)


def with_parts(lines: Iterable[LineAck]) -> tuple[LineAck, ...]:
    """The answers, what is below a line going the way of its line."""
    lines = tuple(lines)
    if not any(line.parent_line for line in lines):
        return lines
    heads = {line.line_no: line for line in lines if not line.parent_line}
    return tuple(_as_its_line(line, heads.get(line.parent_line)) for line in lines)


def _as_its_line(line: LineAck, head: LineAck | None) -> LineAck:
    """A part refused, waiting or late with its line; else it is accepted."""
    if head is None or not head.statuses:
        return line
    first = head.statuses[0]
    same = first.kind in REFUSED | WAITING | _LATE
    status = LineStatus(
        kind=first.kind if same else "accept",
        quantity=line.quantity.value,
        uom=line.quantity.uom_sent,
        reason_code=first.reason_code if same else "",
        date=first.date,
        date_kind=first.date_kind,
    )
    return replace(line, statuses=(status,))


def _status(
    line: OrderLine, known: LineChecked, own: Acting, head: Acting
) -> LineStatus:
    """What happens to the line: its strongest action, with all that was changed."""
    if not own and not head:
        return _as_sent(line)
    acting = (*own, *head)
    action = strongest(a for _, a in acting)
    code = next((f.code for f, a in acting if a is action), "")
    plain = LineStatus(
        kind="accept",
        quantity=line.quantity.value,
        uom=line.quantity.uom_sent,
        reason_code=code,
        note=_note(own, action),
    )
    if action in (Action.REJECT_LINE, Action.REJECT_ORDER):
        return replace(plain, kind=_REFUSALS.get(code, "reject"))
    if action is Action.HOLD:
        return replace(plain, kind="hold")
    changed = {f.code for f, a in acting if a is Action.CHANGE}
    status = _changed(plain, line, known, changed)
    return _put_off(status, line, known, [a for _, a in acting])


def _put_off(
    status: LineStatus, line: OrderLine, known: LineChecked, actions: list[Action]
) -> LineStatus:
    """Another item or another day, besides what is changed already."""
    if status.kind == "hold":
        return status
    if Action.SUBSTITUTE in actions:
        instead = _substituted(status, line, known)
        return _dated(instead, known) if Action.RESCHEDULE in actions else instead
    if Action.BACKORDER in actions:
        if line.flags.backorder_allowed is False:  # CSH-01 SP, N
            return replace(status, kind="hold")
        return _later(status, known, "backorder")
    if Action.RESCHEDULE in actions:
        return _later(status, known, "reschedule")
    return status


def _note(own: Acting, action: Action) -> str:
    """Why, in words: the cause first, then what else was done about the line.

    What is accepted as sent needs no words, and the head's causes stand in the head.
    """
    if action is Action.ACCEPT:
        return ""
    causes = [f.what for f, a in own if a is action]
    others = [f.what for f, a in own if a is not action and a not in _TOLD_ONCE]
    return "\n".join(dict.fromkeys((*causes, *others)))


def _changed(
    plain: LineStatus, line: OrderLine, known: LineChecked, codes: set[str]
) -> LineStatus:
    """Our price, our quantity, or both; a hold where we have none to offer."""
    price, quantity = bool(codes & _PRICE_CODES), bool(codes & _QUANTITY_CODES)
    if (price and known.expected is None) or (quantity and known.allowed_qty is None):
        return replace(plain, kind="hold")
    if not price and not quantity:
        return plain if not codes else replace(plain, kind="hold")
    kind: StatusKind = "change_price" if price else "change_quantity"
    status = replace(plain, kind="change_terms" if price and quantity else kind)
    if price:
        status = replace(status, price=our_price(line, known))
    if quantity and known.allowed_qty is not None:
        status = replace(status, quantity=known.allowed_qty)
    return status


def changed_to_ours(
    plain: LineStatus, line: OrderLine, known: LineChecked, head: Sequence[Finding] = ()
) -> LineStatus | None:
    """The line at our price, quantity, item and date; None with nothing of ours.

    ``head`` are the findings of the order, whose dates are every line's.
    """
    codes = {finding.code for finding in known.findings}
    changes = codes & (_PRICE_CODES | _QUANTITY_CODES)
    status = _changed(plain, line, known, changes)
    if status.kind == "hold" or (not changes and known.expected is None):
        return None
    if known.item is not None and known.item.successor and "CAT-313" in codes:
        return _substituted(status, line, known)
    late = _DATE_CODES & (codes | {finding.code for finding in head})
    if late and known.earliest_ship is not None:
        return _later(status, known, "reschedule")
    return status


def on_our_date(
    answer: LineAck, known: LineChecked, head: Sequence[Finding]
) -> LineAck:
    """The answer with our date where the one in the order's head cannot be met."""
    first = answer.statuses[0]
    wrong = {finding.code for finding in head} & _DATE_CODES
    if not wrong or first.kind in REFUSED or known.earliest_ship is None:
        return answer
    return replace(answer, statuses=(_later(first, known, "reschedule"),))


def our_price(line: OrderLine, known: LineChecked) -> Price | None:
    """The contract's price in the terms the line used."""
    if known.expected is None:
        return None
    return replace(
        line.price,
        amount=known.expected.amount,
        currency=known.expected.currency,
        basis_qty=known.basis_qty,
        type="contract",
    )


def _substituted(status: LineStatus, line: OrderLine, known: LineChecked) -> LineStatus:
    """The successor instead, unless the buyer takes none (CSH-01 NS).

    The quantity is the one ordered: the limits of the old item are not the new one's.
    """
    status = replace(status, quantity=line.quantity.value)
    successor = known.item.successor if known.item else ""
    if not successor or line.flags.substitution_allowed is False:
        return replace(status, kind="discontinued", price=None)
    return replace(status, kind="substitute", substitute=Item(supplier_sku=successor))


def _later(status: LineStatus, known: LineChecked, kind: StatusKind) -> LineStatus:
    """The line on our date; one that is changed besides stays a changed one."""
    changed = status.kind != "accept"
    if known.earliest_ship is None:
        return replace(status, kind="change_terms" if changed else "date_pending")
    return _dated(replace(status, kind="change_terms" if changed else kind), known)


def _dated(status: LineStatus, known: LineChecked) -> LineStatus:
    """With the day it can ship, unless nothing comes at all."""
    if status.kind in REFUSED:
        return status
    return replace(status, date=known.earliest_ship, date_kind="ship")


def refused(line: LineAck) -> LineAck:
    """The whole line refused: under a rejected header, or by an operator.

    A reason that did not stand against the line is none for refusing it.
    """
    first = line.statuses[0] if line.statuses else None
    against = first if first and first.kind in REFUSED | WAITING else None
    code = against.reason_code if against else ""
    status = LineStatus(
        kind=_REFUSALS.get(code, "reject"),
        quantity=line.quantity.value,
        uom=line.quantity.uom_sent,
        reason_code=code,
        note=against.note if against else "",
    )
    return replace(line, statuses=(status,))


def _ack(
    order: Order,
    kind: AckType,
    lines: tuple[LineAck, ...],
    header: Sequence[Finding],
    policy: Policy,
    now: datetime,
) -> OrderAck:
    reasons = tuple(
        Reason(code=f.code, text=f.what)
        for f in header
        if policy.action_for(f.code) not in (None, Action.ACCEPT) or f.code in _NOTED
    )
    return OrderAck(
        po_number=order.po_number,
        type=kind,
        answers=order.doc_type,
        order_id=order.id,
        release_number=order.release_number,
        order_source=order.source,
        ack_date=now.date(),
        order_date=order.issue_date,
        currency=order.currency,
        test=order.test,
        reasons=reasons,
        lines=lines,
    )
