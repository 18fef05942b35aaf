"""Our ERP's word about an order: confirmed, changed, refused or put off, by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.catalog import Checked
from gateway.erp.documents import Confirmation, Said
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding
from gateway.order.ack import (
    REFUSED,
    WAITING,
    LineAck,
    ack_type,
)
from gateway.order.life import Signal, State, step
from gateway.order.model import OrderLine
from gateway.partner.policy import Action
from gateway.pipeline.blankets import drawn_by
from gateway.pipeline.booked import There
from gateway.pipeline.confirm_age import outdated, said, said_when
from gateway.pipeline.confirm_line import line_answer
from gateway.pipeline.decide import SIGNALS, with_parts
from gateway.pipeline.effects import Decide, Effect
from gateway.pipeline.release import Kept, follow_up
from gateway.pipeline.report import report

_UNANSWERED = frozenset({State.RECEIVED, State.HELD})
"""States in which the buyer has no answer yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a confirmation leads to; with a fault to nothing."""

    effects: tuple[Effect, ...] = ()
    faults: tuple[Fault, ...] = ()
    kept: Kept | None = None
    """The order once the effects are carried out."""


def confirm(
    kept: Kept,
    word: Confirmation,
    checked: Checked,
    now: datetime,
    *,
    there: There = lambda _place: (),
    came: datetime | None = None,
) -> Confirmed:
    """The answer by the ERP's word, and the 855 that tells it.

    The first word about an order has to speak of every line. Later ones change the
    lines they name and send a further 855 in the place of the one before; a word that
    changes nothing sends nothing. ``there`` knows the blanket of a release, ``came`` is
    when the file came, if not now.
    """
    came = came or now
    against = (*_against(kept, word), *outdated(kept, word, came))
    if against:
        return Confirmed(faults=against)
    rows: dict[str, list[Said]] = {}
    for each in word.said:
        rows.setdefault(each.line_no, []).append(each)
    answers = [_answer(kept, line, ack, rows) for line, ack in _pairs(kept)]
    wrong = tuple(each for each in answers if isinstance(each, Fault))
    if wrong:
        return Confirmed(faults=wrong)
    lines = with_parts(each for each in answers if isinstance(each, LineAck))
    first = word.rows[0]
    if lines == kept.ack.lines and kept.state not in _UNANSWERED:
        what = f"{word.order} was confirmed so before"
        return Confirmed(faults=(fault(first, "", "ERP-013", what),))
    after = step(kept.state, _signal(kept.state, lines))
    if isinstance(after, Finding):
        return Confirmed(faults=(Fault(first, "", after),))
    ack = replace(
        kept.ack,
        type=ack_type(lines),
        purpose="" if kept.state in _UNANSWERED else "replace",
        lines=lines,
        ack_date=now.date(),
        reasons=tuple(r for r in kept.ack.reasons if not _holds(r.code, kept)),
        said_at=said(kept, word, said_when(word, came)),
    )
    decide = Decide(
        partner_id=kept.profile.id,
        order_id=kept.order.id,
        was=kept.state,
        state=after,
        ack=ack,
        report=report(kept.order, checked, ack, kept.profile.policy),
        by="erp",
        reason=next((each.reason for each in word.said if each.reason), ""),
        version=kept.version + 1,
    )
    told = follow_up(kept, ack, after, now, to_erp=False)
    draws = tuple(drawn_by(kept.order, lines, checked, kept.profile, there, kept.drawn))
    as_it_is = replace(
        kept,
        ack=ack,
        state=after,
        version=kept.version + 1,
        drawn=draws[0].drawn if draws else kept.drawn,
    )
    return Confirmed(effects=(decide, *draws, *told), kept=as_it_is)


def _pairs(kept: Kept) -> Iterator[tuple[OrderLine, LineAck]]:
    return zip(kept.order.lines, kept.ack.lines, strict=True)


def _holds(code: str, kept: Kept) -> bool:
    """Whether the order is held for this reason of its head."""
    action = kept.profile.policy.action_for(code)
    return kept.state is State.HELD and action is Action.HOLD


def _against(kept: Kept, word: Confirmation) -> Iterator[Fault]:
    """Why nothing of it can be applied."""
    first = word.rows[0]
    if kept.state is State.HELD and _is_held_here(kept):
        what = f"{word.order} is held here for a decision: release it first"
        yield fault(first, "", "CHG-001", what)
        return
    numbers = {line.line_no for line in kept.order.lines}
    for each in word.said:
        if each.line_no and each.line_no not in numbers:
            what = f"{word.order} has no line {each.line_no}"
            yield fault(each.row, "line_no", "ERP-004", what, each.line_no)
    named = {each.line_no for each in word.said}
    left = [
        line.line_no
        for line in kept.order.lines
        if not line.parent_line and line.line_no not in named
    ]
    if kept.state in _UNANSWERED and left and "" not in named:
        what = f"nothing is said of line {', '.join(left[:20])} of {word.order}"
        yield fault(first, "line_no", "ERP-005", what)


def _is_held_here(kept: Kept) -> bool:
    """Whether anything but the ERP's silence holds the order."""
    lines = (status.kind for line in kept.ack.lines for status in line.statuses)
    return any(kind in WAITING for kind in lines) or any(
        _holds(reason.code, kept) for reason in kept.ack.reasons
    )


def _signal(state: State, lines: Sequence[LineAck]) -> Signal:
    """What the answer does to the order."""
    kinds = {status.kind for line in lines for status in line.statuses}
    signal = SIGNALS[ack_type(lines)]
    if signal is Signal.REJECT and state not in _UNANSWERED:
        return Signal.CANCEL  # it was promised before
    if signal is Signal.CHANGE and kinds - REFUSED == {"backorder"}:
        return Signal.BACKORDER
    return signal


def _answer(
    kept: Kept, line: OrderLine, ack: LineAck, rows: Mapping[str, Sequence[Said]]
) -> LineAck | Fault:
    """The line's new answer; the same object where nothing is said of it."""
    said = rows.get(line.line_no, ())
    if line.parent_line and not said:
        return ack
    said = said or rows.get("", ())
    if not said:
        return ack
    return line_answer(line, ack, said, kept.order.currency)
