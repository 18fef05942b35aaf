"""Settle what we sent by the partner's 997, 999, TA1 and CONTRL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from gateway.edi.edifact import contrl, meanings
from gateway.edi.edifact.contrl_read import ContrlAck, MessageAck
from gateway.edi.x12.acks import (
    Ack,
    GroupAck,
    InterchangeAck,
    SegmentEntry,
    SetAck,
)
from gateway.findings import Finding, Severity, Where
from gateway.partner.alerts import AlertKind
from gateway.pipeline.effects import Alert
from gateway.pipeline.sent import (
    GROUP,
    INTERCHANGE,
    OPEN,
    Sent,
    SentKey,
    Settle,
)

_REJECTED, _PARTLY = "rejected", "partly_accepted"
_WITH_ERRORS, _ACCEPTED = "accepted_with_errors", "accepted"
RANK = {_ACCEPTED: 0, _WITH_ERRORS: 1, _PARTLY: 2, _REJECTED: 3}
"""Statuses of a message of ours, the better ones first."""
_MOST_TOLD = 100
"""Findings noted of one acknowledgement; the rest stands in its own text."""
_LONGEST_NUMBER = 9
_EDIFACT = "edifact_"
_GROUPS: Mapping[str, str] = {
    "x12_810": "IN",
    "x12_832": "SC",
    "x12_843": "RR",
    "x12_846": "IB",
    "x12_850": "PO",
    "x12_855": "PR",
    "x12_856": "SH",
    "x12_860": "PC",
    "x12_865": "CA",
    "x12_870": "RS",
    "x12_997": "FA",
    "x12_999": "FA",
    "x12_ta1": "",
}
"""GS01 of the messages that we send; of others any GS01 is believed."""


AnyAck = Ack | ContrlAck
"""What a partner says of messages of ours, in either standard."""


@dataclass(frozen=True, slots=True)
class Received:
    """An acknowledgement, and the id of the message or interchange that it is."""

    ack: AnyAck
    by: str


def key_of(partner_id: str, ack: AnyAck) -> SentKey | None:
    """What of ours an acknowledgement is about; None when it names no number."""
    text = ack.control_number.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    level = GROUP if isinstance(ack, GroupAck) else INTERCHANGE
    return SentKey(partner_id=partner_id, level=level, number=int(text))


def settle(
    received: Iterable[Received],
    sent: Mapping[SentKey, tuple[Sent, ...]],
    *,
    partner_id: str,
    receipt_id: str,
) -> tuple[Settle | Alert, ...]:
    """What these acknowledgements say of our messages, in their order.

    A word that betters the status is taken; one that worsens what was accepted is not,
    and the operators are told. What names nothing of ours is told, too.
    """
    settling = _Settling(partner_id, receipt_id, sent)
    for one in received:
        settling.take(one)
    return tuple(settling.effects)


def after(
    sent: Mapping[SentKey, tuple[Sent, ...]], effects: Iterable[object]
) -> Mapping[SentKey, tuple[Sent, ...]]:
    """What was sent, once these effects are carried out: for the next of a batch."""
    now = {
        (effect.partner_id, effect.outbox_id): effect
        for effect in effects
        if isinstance(effect, Settle)
    }
    if not now:
        return sent
    return {
        key: tuple(_settled(row, now.get((row.partner_id, row.id))) for row in rows)
        for key, rows in sent.items()
    }


def _settled(sent: Sent, last: Settle | None) -> Sent:
    """A message of ours once the last word about it is noted."""
    if last is None:
        return sent
    refused = last.acknowledgement in (_REJECTED, _PARTLY)
    return replace(
        sent,
        acknowledgement=last.acknowledgement,
        refused=refused and (sent.refused or last.application),
    )


@dataclass(slots=True)
class _Settling:
    """Acknowledgements of one partner in one transmission."""

    partner_id: str
    receipt_id: str
    sent: Mapping[SentKey, tuple[Sent, ...]]
    effects: list[Settle | Alert] = field(default_factory=list)
    now: dict[str, str] = field(default_factory=dict)
    """The statuses that earlier acknowledgements have changed, by outbox id."""

    def take(self, one: Received) -> None:
        """Settle what one acknowledgement speaks of."""
        ack = one.ack
        sent = self._find(ack)
        if sent is None:
            return
        if isinstance(ack, GroupAck):
            verdict, told = _judge(ack, sent)
        elif isinstance(ack, ContrlAck):
            verdict, told = _judge_contrl(ack, sent)
        else:
            verdict, told = _envelope(ack)
        if not verdict:
            found = next(iter(ack.findings), None)
            if found is not None:
                self._alert(found, sent.order_id)
            return
        self._move(sent, verdict, told, one)

    def _find(self, ack: AnyAck) -> Sent | None:
        key = key_of(self.partner_id, ack)
        rows = [row for row in self.sent.get(key, ()) if _fits(row, ack)] if key else []
        rows = _nearest(rows, ack)
        if len(rows) == 1:
            (row,) = rows
            return replace(
                row, acknowledgement=self.now.get(row.id, row.acknowledgement)
            )
        if rows:
            what = f"{_name(ack)} fits {len(rows)} messages of ours"
            self._alert(_found("ENV-209", what, _at(ack), ack.control_number))
        else:
            what = f"{_name(ack)} names nothing that we sent"
            self._alert(_found("ENV-201", what, _at(ack), ack.control_number))
        return None

    def _move(
        self, sent: Sent, verdict: str, told: Iterable[Finding], one: Received
    ) -> None:
        """The new status, or a finding why it stays."""
        was, name = sent.acknowledgement, _name(one.ack)
        noted = tuple(islice(told, _MOST_TOLD))
        now = verdict
        moved: Finding | None = None
        if isinstance(one.ack, InterchangeAck) and verdict != _REJECTED:
            now = was  # the envelope was read: that says nothing of the message
        elif was in OPEN:
            pass
        elif verdict == was:
            what = f"{name} says {_words(verdict)} once more"
            noted = (_found("ENV-202", what, _at(one.ack)),)
        elif sent.refused and RANK[verdict] < RANK[was]:
            what = f"{name} says {_words(verdict)}; their application's word stands"
            noted, now = (_found("ENV-216", what, _at(one.ack)),), was
        elif RANK[verdict] > RANK.get(was, 0):
            what = f"{name} says {_words(verdict)}; {_words(was)} stands"
            moved, now = _found("ENV-203", what, _at(one.ack)), was
        else:
            what = f"{name} says {_words(verdict)}; it was {_words(was)}"
            moved = _found("ENV-204", what, _at(one.ack))
        if now == was and not noted and moved is None:
            return
        effect = Settle(
            partner_id=sent.partner_id,
            outbox_id=sent.id,
            idem=sent.idem,
            was=was,
            acknowledgement=now,
            by=one.by,
            receipt_id=self.receipt_id,
            findings=(*((moved,) if moved else ()), *noted),
            order_id=sent.order_id,
        )
        self.effects.append(effect)
        self.now[sent.id] = now
        worth = moved or next(
            (f for f in noted if f.severity is not Severity.NOTE), None
        )
        if worth is not None:
            refused = now in (_REJECTED, _PARTLY)
            kind = AlertKind.REJECTED if refused else AlertKind.OTHER
            self._alert(worth, sent.order_id, kind, sent.id)

    def _alert(
        self,
        finding: Finding,
        order_id: str = "",
        kind: AlertKind = AlertKind.OTHER,
        ref: str = "",
    ) -> None:
        alert = Alert(
            partner_id=self.partner_id,
            finding=finding,
            order_id=order_id,
            kind=kind,
            ref=ref,
        )
        self.effects.append(alert)


def _fits(sent: Sent, ack: AnyAck) -> bool:
    """Whether a row of the right number is the one that the partner means."""
    if isinstance(ack, ContrlAck):
        unb = ack.interchange
        ours = f"{':'.join(unb.receiver)}>{':'.join(unb.sender)}"
        same = sent.series.partition("#")[0] in ("", ours)
        return same and sent.kind.startswith(_EDIFACT) and sent.kind != contrl.KIND
    isa = ack.interchange
    ours = f"{isa[7]}:{isa[8]}>{isa[5]}:{isa[6]}"
    if sent.series and sent.series != ours:
        return False
    if isinstance(ack, InterchangeAck):
        return True
    return _GROUPS.get(sent.kind, ack.functional_id) == ack.functional_id


def _nearest(rows: list[Sent], ack: AnyAck) -> list[Sent]:
    """Of several rows those of the moment that TA1 names, then those that wait."""
    if isinstance(ack, InterchangeAck):
        moment = f"{ack.date} {ack.time}"
        same = [row for row in rows if f"{row.created_at:%y%m%d %H%M}" == moment]
        rows = same or rows
    if len(rows) > 1:
        rows = [row for row in rows if row.acknowledgement == "waiting"] or rows
    return rows


def _envelope(ack: InterchangeAck) -> tuple[str, Iterator[Finding]]:
    """The verdict of a TA1, and what it tells."""
    verdict = ack.acknowledgement
    what = f"{_name(ack)}: {_words(verdict)}, note code {ack.code or 'none'}"
    code = {_REJECTED: "ENV-208", _WITH_ERRORS: "ENV-207"}.get(verdict, "")
    where = Where(segment_tag="ISA", byte_offset=-1)
    return verdict, iter((_found(code, what, where, ack.code),) if code else ())


def _judge(ack: GroupAck, sent: Sent) -> tuple[str, Iterator[Finding]]:
    """What a 997 or 999 says of one interchange of ours, and what it tells.

    AK9 without AK2 speaks for the whole group. Sets that are not named share the
    group's verdict, where others are rejected they are accepted. Where AK5 and AK9
    contradict each other the worse counts.
    """
    ours = {number: "" for number in sent.messages}
    strange: list[Finding] = []
    for set_ in ack.sets:
        number = _whole(set_.control_number)
        if number not in ours or f"x12_{set_.type}" != sent.kind:
            if len(strange) >= _MOST_TOLD:
                continue
            what = f"{_name(ack)} names {set_.type} {set_.control_number}: not in it"
            strange.append(_found("ENV-205", what, _at(ack), set_.control_number))
        else:
            ours[number] = _worse(ours[number], set_.acknowledgement)
    group = ack.acknowledgement
    by_sets = _together(ours.values(), group)
    verdict = _REJECTED if group == _REJECTED else by_sets
    if _contradicts(group, ours.values()):
        what = f"{_name(ack)}: AK9 says {_words(group)}, AK5 {_words(by_sets)}"
        strange.append(_found("ENV-206", what, _at(ack)))
        verdict = _worse(verdict, group)
    return verdict, _told(ack, verdict, strange)


def _judge_contrl(ack: ContrlAck, sent: Sent) -> tuple[str, Iterator[Finding]]:
    """What a CONTRL says of one interchange of ours, and what it tells.

    Messages that are not named share the verdict of UCI; where that says nothing of
    the content (8) nothing is settled by it.
    """
    ours = {number: "" for number in sent.messages}
    strange: list[Finding] = []
    for told in ack.messages:
        number, type_ = _whole(told.control_number), told.type.lower()
        if number not in ours or f"{_EDIFACT}{type_}" != sent.kind:
            if len(strange) < _MOST_TOLD:
                what = f"{_name(ack)} names {told.type} {told.control_number}"
                text = f"{what}: not in it"
                strange.append(_found("ENV-205", text, _at(ack), told.control_number))
        else:
            ours[number] = _worse(ours[number], told.acknowledgement)
    whole = ack.acknowledgement
    refused = whole == _REJECTED or ack.refused_group
    verdict = _REJECTED if refused else _together(ours.values(), whole)
    return verdict, _told_by_contrl(ack, verdict, strange)


def _told_by_contrl(
    ack: ContrlAck, verdict: str, strange: Iterable[Finding]
) -> Iterator[Finding]:
    """The verdict, then message by message and place by place."""
    if verdict in (_REJECTED, _PARTLY):
        codes = [code for code in (ack.code, *(g.code for g in ack.groups)) if code]
        text = f", codes {' '.join(codes)}" if codes else ""
        if ack.code:
            text += f" ({meanings.meaning('UCI', ack.code).title})"
        what = f"{_name(ack)}: {_words(verdict)}{text}"
        at = Where(
            segment_tag=ack.blamed.tag or "UNB",
            element=ack.blamed.element,
            component=ack.blamed.component,
        )
        yield _found("ENV-208", what, at)
    yield from strange
    for one in ack.messages:
        if one.acknowledgement == _REJECTED:
            yield from _faults_of(one)


def _faults_of(one: MessageAck) -> Iterator[Finding]:
    if one.code:
        means = meanings.meaning("UCM", one.code).title
        what = f"{one.type} {one.control_number}: code {one.code}, {means}"
        at = Where(
            segment_tag=one.blamed.tag or "UNH",
            element=one.blamed.element,
            component=one.blamed.component,
        )
        yield _found("ENV-208", what, at, one.code)
    for entry in one.entries:
        at = Where(
            segment_position=entry.position,
            element=entry.element,
            component=entry.component,
        )
        carrier = "UCD" if entry.element else "UCS"
        means = meanings.meaning(carrier, entry.code).title
        what = f"{one.type} {one.control_number}: code {entry.code}, {means}"
        yield _found("ENV-208", what, at, entry.code)


def _worse(one: str, other: str) -> str:
    return max(one, other, key=lambda verdict: RANK.get(verdict, -1))


def _together(sets: Iterable[str], group: str) -> str:
    """One verdict of several; a set that is not named shares the group's."""
    named = list(sets)
    known = [verdict for verdict in named if verdict]
    rest = _ACCEPTED if group == _PARTLY and known else group
    every = {verdict or rest for verdict in named} - {""}
    if not every:
        return ""
    if every == {_REJECTED}:
        return _REJECTED
    if every & {_REJECTED, _PARTLY}:
        return _PARTLY
    return _WITH_ERRORS if _WITH_ERRORS in {*every, group} else _ACCEPTED


def _contradicts(group: str, sets: Iterable[str]) -> bool:
    """Whether AK9 cannot be true beside the AK5 of our sets."""
    named = list(sets)
    if not group or not all(named):
        return group in (_ACCEPTED, _WITH_ERRORS) and _REJECTED in named
    match group:
        case "rejected":
            return _REJECTED not in named
        case "partly_accepted":
            return _REJECTED not in named or set(named) == {_REJECTED}
        case _:
            return _REJECTED in named or (group == _ACCEPTED and _WITH_ERRORS in named)


def _told(ack: GroupAck, verdict: str, strange: Iterable[Finding]) -> Iterator[Finding]:
    """What is to be noted with our message: the verdict, then entry by entry."""
    if verdict in (_REJECTED, _PARTLY, _WITH_ERRORS):
        code = "ENV-207" if verdict == _WITH_ERRORS else "ENV-208"
        codes = f", codes {' '.join(ack.codes)}" if ack.codes else ""
        yield _found(code, f"{_name(ack)}: {_words(verdict)}{codes}", Where())
    yield from strange
    for set_ in ack.sets:
        yield from _entries(ack, set_)


def _entries(ack: GroupAck, set_: SetAck) -> Iterator[Finding]:
    if set_.acknowledgement in ("", _ACCEPTED):
        return
    code = "ENV-208" if set_.acknowledgement == _REJECTED else "ENV-207"
    if set_.codes:
        what = f"{set_.type} {set_.control_number}: codes {' '.join(set_.codes)}"
        yield _found(code, what, Where(segment_tag="ST", segment_position=1))
    prefix = "IK" if ack.kind == "999" else "AK"
    for segment in set_.segments:
        yield from _segment(prefix, code, segment)


def _segment(prefix: str, code: str, segment: SegmentEntry) -> Iterator[Finding]:
    """A finding for each element at fault, else one for the segment."""
    where = Where(
        segment_tag=segment.segment_tag,
        segment_position=segment.segment_position,
        loop=segment.loop,
    )
    if not segment.elements:
        yield _found(code, f"{prefix}304 is {segment.code}", where)
    for element in segment.elements:
        place = element.place
        at = replace(
            where,
            element=place.element,
            component=place.component,
            repetition=place.repetition,
            data_element=element.data_element,
        )
        yield _found(code, f"{prefix}403 is {element.code}", at, element.value)


def _whole(text: str) -> int:
    """A control number as a number, -1 when it is none."""
    text = text.strip()
    good = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if good else -1


def _name(ack: AnyAck) -> str:
    """What people call an acknowledgement."""
    if isinstance(ack, GroupAck):
        return f"{ack.kind} for group {ack.functional_id} {ack.control_number}"
    kind = "CONTRL" if isinstance(ack, ContrlAck) else "TA1"
    return f"{kind} for interchange {ack.control_number}"


def _words(status: str) -> str:
    return status.replace("_", " ") or "nothing"


def _at(ack: AnyAck) -> Where:
    """The place of an acknowledgement in its transmission."""
    tag = {GroupAck: "AK1", ContrlAck: "UCI"}.get(type(ack), "TA1")
    return Where(segment_tag=tag, byte_offset=ack.byte_offset)


def _found(code: str, what: str, where: Where, value: str = "") -> Finding:
    return Finding.of(code, what, where, value)
