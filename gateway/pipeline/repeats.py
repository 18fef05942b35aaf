"""Take out of an interchange the groups and messages that came before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.findings import Finding
from gateway.pipeline.arrived import GroupIn, InterchangeIn, MessageIn
from gateway.pipeline.duplicates import (
    GroupContent,
    Judged,
    Level,
    Repeat,
    judge,
    resent_receipt,
)
from gateway.pipeline.number_keys import NumberKey
from gateway.pipeline.world import Seen
from gateway.values import swift


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """What of an interchange came before, and what is new.

    ``numbers`` are new, with their digests. ``rejected`` are the groups and messages
    under numbers that came with other content, of each group the first finding.
    ``receipt_id`` is the transmission whose answers answer all of it once more, if
    there is one.
    """

    numbers: tuple[tuple[NumberKey, str], ...] = ()
    rejected: tuple[Finding, ...] = ()
    receipt_id: str = ""


def told_apart(
    interchange: InterchangeIn, seen: Callable[[NumberKey], Seen | None]
) -> tuple[InterchangeIn, Repeats]:
    """The interchange as it is to be answered and booked, and why.

    ``seen`` says what came before under a number, in an earlier interchange.
    Groups that are refused for another reason take no number. Acknowledgements are
    not looked at: what they settle is settled once.
    """
    level = interchange.unique
    if level is Level.INTERCHANGE:
        return interchange, Repeats()
    here: dict[NumberKey, Seen] = {}
    fresh: dict[NumberKey, str] = {}
    groups: list[GroupIn] = []
    judgements: list[Judged] = []
    rejected: list[Finding] = []
    for group in interchange.groups:
        content = None if group.refused else interchange.content(group)
        if content is None:
            groups.append(group)
            if not group.is_acknowledgement:
                judgements.append(Judged(repeat=Repeat.NEW, sets=()))
            continue
        numbers = content.numbers(level)
        every = ((key, here.get(key) or seen(key)) for key in numbers)
        known = {key: one for key, one in every if one is not None}
        judged = judge(content, known, level)
        new = {key: digest for key, digest in numbers.items() if key not in known}
        fresh |= new
        here |= {key: Seen(sha256=new[key], receipt_id="") for key in new}
        groups.append(_group(group, content, judged))
        judgements.append(judged)
        rejected += _first_rejected(judged)
    repeats = Repeats(
        numbers=tuple(fresh.items()),
        rejected=tuple(rejected),
        receipt_id=resent_receipt(judgements),
    )
    return replace(interchange, groups=groups), repeats


def _group(group: GroupIn, content: GroupContent, judged: Judged) -> GroupIn:
    findings = group.findings
    if judged.repeat is Repeat.OTHER:  # the one finding that rejects stands for both
        findings = tuple(f for f in findings if f.code != "ENV-066")
    its = zip(content.sets, judged.sets, judged.set_findings, strict=True)
    by_ordinal = {one.ordinal: (repeat, found) for one, repeat, found in its}
    messages = [_message(m, *by_ordinal[m.ordinal]) for m in group.messages]
    return replace(group, findings=findings + judged.findings, messages=messages)


def _message(
    message: MessageIn, repeat: Repeat, found: tuple[Finding, ...]
) -> MessageIn:
    """Only what is new is booked."""
    if repeat is Repeat.NEW:
        return message
    return replace(message, mapped=None, findings=message.findings + found)


def _first_rejected(judged: Judged) -> tuple[Finding, ...]:
    every = zip(judged.sets, judged.set_findings, strict=True)
    of_sets = (f for repeat, found in every if repeat is Repeat.OTHER for f in found)
    if judged.repeat is Repeat.OTHER:
        return judged.findings
    first = next(of_sets, None)
    return () if first is None else (first,)
