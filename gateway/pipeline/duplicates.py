"""Tell groups and sets that came before, in whichever interchange.

An interchange that came before is told by its own key, whatever the profile says. Here
are the levels below it, for partners whose group or set numbers are unique, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.findings import Finding, Severity, Where
from gateway.pipeline.number_keys import NumberKey
from gateway.pipeline.world import Seen


class Level(StrEnum):
    """Down to which level a partner's numbers are unique (profile ``x12.unique``)."""

    INTERCHANGE = "interchange"
    """ISA13 only: groups may start over in each interchange."""
    GROUP = "group"
    """GS06 too: a group under a number seen before is a resend or is rejected."""
    SET = "set"
    """ST02 in its group too: a group seen before is judged set by set."""


class Repeat(StrEnum):
    """What a number that is looked up says of its content."""

    NEW = "new"
    RESENT = "resent"
    """The same content came before: it is not booked again."""
    OTHER = "other"
    """Other content came before under this number: it is rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContent:
    """One set of a group that was read; ``digest`` is ``digest_of`` its message.

    ``ordinal`` counts the messages of the transmission.
    """

    type: str
    control_number: str
    digest: str
    ordinal: int = 0
    byte_offset: int = -1

    @classmethod
    def of(cls, message: MessageRead, ordinal: int) -> SetContent:
        """What a message holds."""
        return cls(
            type=message.type,
            control_number=message.control_number,
            digest=digest_of(message),
            ordinal=ordinal,
            byte_offset=message.byte_offset,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupContent:
    """One group that was read, with its sets in order."""

    key: NumberKey
    sets: tuple[SetContent, ...]
    byte_offset: int = -1

    @property
    def digest(self) -> str:
        """SHA-256 of its sets, in hexadecimal; GS with its date and time left out."""
        digests = "".join(one.digest for one in self.sets)
        return hashlib.sha256(digests.encode()).hexdigest()

    def numbers(self, level: Level) -> dict[NumberKey, str]:
        """What is looked up, and kept with its digest when it is new."""
        if level is Level.GROUP:
            return {self.key: self.digest}
        if level is Level.SET:
            return {
                self.key.of_set(one.type, one.control_number): one.digest
                for one in reversed(self.sets)  # the first of two alike stays
                if one.control_number
            }
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a group, and of its sets in their order.

    ``findings`` are those of the group, ``set_findings`` those of each set.
    ``receipt_id`` is the transmission that a group that is wholly a resend came in
    first.
    """

    repeat: Repeat
    sets: tuple[Repeat, ...]
    findings: tuple[Finding, ...] = ()
    set_findings: tuple[tuple[Finding, ...], ...] = ()
    receipt_id: str = ""


def group_key(
    partner_id: str, interchange: InterchangeBegun, group: GroupBegun
) -> NumberKey:
    """The key of a group that was read."""
    number = group.control_number.strip()
    return NumberKey(
        partner_id=partner_id,
        usage=interchange[15],
        functional_id=group.functional_id,
        sender=group[2].strip(),
        receiver=group[3].strip(),
        group_number=number.lstrip("0") or number,
    )


def digest_of(message: MessageRead) -> str:
    """SHA-256 of a message, in hexadecimal.

    Line breaks behind its terminators do not count.
    """
    return hashlib.sha256(message.text.encode("utf-8", "surrogatepass")).hexdigest()


def judge(group: GroupContent, seen: Mapping[NumberKey, Seen], level: Level) -> Judged:
    """What a group is to ``seen``, what came before under its numbers."""
    if level is Level.SET:
        return _by_set(group, seen)
    first = seen.get(group.key) if level is Level.GROUP else None
    if first is None:
        return _alike(Repeat.NEW, group, ())
    number = group.key.group_number
    where = Where(segment_tag="GS", element=6, byte_offset=group.byte_offset)
    if first.sha256 == group.digest:
        found = _received_before(f"group {number}", where, number)
        return _alike(Repeat.RESENT, group, (found,), first.receipt_id)
    what = f"group {number} came before with other content"
    found = Finding.of("ENV-066", what, where, number, severity=Severity.REJECT)
    return _alike(Repeat.OTHER, group, (found,))


def resent_receipt(judged: Iterable[Judged]) -> str:
    """The transmission whose stored answers answer an interchange once more.

    Empty unless every group of it is a resend of groups of that one transmission.
    """
    groups = list(judged)
    receipts = {one.receipt_id for one in groups}
    resent = all(one.repeat is Repeat.RESENT for one in groups)
    return receipts.pop() if resent and len(receipts) == 1 else ""


def _alike(
    repeat: Repeat,
    group: GroupContent,
    findings: tuple[Finding, ...],
    receipt_id: str = "",
) -> Judged:
    """All sets share what the group is."""
    count = len(group.sets)
    return Judged(
        repeat=repeat,
        sets=(repeat,) * count,
        findings=findings,
        set_findings=((),) * count,
        receipt_id=receipt_id,
    )


def _by_set(group: GroupContent, seen: Mapping[NumberKey, Seen]) -> Judged:
    """Each set for itself; a number's second set in the group is as its first one."""
    judged: dict[NumberKey, tuple[Repeat, tuple[Finding, ...], str]] = {}
    repeats: list[Repeat] = []
    findings: list[tuple[Finding, ...]] = []
    receipts: set[str] = set()
    for one in group.sets:
        key = group.key.of_set(one.type, one.control_number)
        known = judged.get(key)
        repeat, found, receipt_id = known or _set(key, one, seen)
        judged[key] = repeat, (), receipt_id  # ENV-018 tells of the second one already
        repeats.append(repeat)
        findings.append(found)
        receipts.add(receipt_id)
    whole = set(repeats) == {Repeat.RESENT}
    return Judged(
        repeat=Repeat.RESENT if whole else Repeat.NEW,
        sets=tuple(repeats),
        set_findings=tuple(findings),
        receipt_id=receipts.pop() if whole and len(receipts) == 1 else "",
    )


def _set(
    key: NumberKey, one: SetContent, seen: Mapping[NumberKey, Seen]
) -> tuple[Repeat, tuple[Finding, ...], str]:
    number = one.control_number
    first = seen.get(key) if number else None
    if first is None:
        return Repeat.NEW, (), ""
    where = Where(
        segment_tag="ST", segment_position=1, element=2, byte_offset=one.byte_offset
    )
    if first.sha256 == one.digest:
        found = _received_before(f"message {number}", where, number)
        return Repeat.RESENT, (found,), first.receipt_id
    what = f"message {number} came before in group {key.group_number}, not the same"
    return Repeat.OTHER, (Finding.of("ENV-018", what, where, number),), ""


def _received_before(what: str, where: Where, number: str) -> Finding:
    text = f"{what} was received before with the same content"
    return Finding.of("ENV-084", text, where, number)
