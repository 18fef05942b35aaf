"""Read a transmission: envelope, findings, orders, and what they ask the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from gateway.catalog import Asked, wanted
from gateway.edi.events import (
    AcknowledgementRead,
    Event,
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.validate import Validator
from gateway.edi.x12.ack997 import GroupOutcome
from gateway.edi.x12.ack999 import Context, SetOutcome, contexts
from gateway.edi.x12.acks import Ack, read_acks
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding, Findings, Severity, Where
from gateway.findings.model import Verdict, verdict
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier, Mapped
from gateway.order import Order, content_digest
from gateway.order.change import Change, OrderChange
from gateway.partner import Profile
from gateway.pipeline import duplicates
from gateway.pipeline.booked import OrderPlace, place_of
from gateway.pipeline.duplicates import GroupContent, SetContent, group_key
from gateway.pipeline.gaps import sequences
from gateway.pipeline.number_keys import NumberKey, SequenceKey
from gateway.pipeline.rules import Rules
from gateway.pipeline.sent import SentKey
from gateway.pipeline.settle import key_of
from gateway.pipeline.tolerance import Level, weighed
from gateway.pipeline.world import InterchangeKey, OrderKey, Wants

ORDERS_AT_ONCE = 500
"""Orders mapped in one pass; a larger transmission is passed through again."""
BYTES_AT_ONCE = 1_500_000
"""Bytes of messages mapped in one pass: an order in memory is many times as long."""
_FINDINGS_KEPT = 20_000
"""Findings kept whole of one transmission; of further messages the first one."""
MOST_PARTS = 100_000
"""Interchanges, groups, messages and stray segments read of one transmission: each is
remembered until its answer is written, so their number bounds the memory."""
_PIECE = 65_536
_CONFLICT = "!"
_NO_GROUP = frozenset({"ENV-009", "ENV-065"})
"""What says of a GS that its group cannot be acknowledged."""


@dataclass(slots=True)
class MessageIn:
    """One message that was read. ``ordinal`` counts in the transmission."""

    ordinal: int
    type: str
    control_number: str
    byte_offset: int
    findings: tuple[Finding, ...]
    mapped: Mapped | None = None
    reference: str = ""
    contexts: tuple[Context, ...] = ()
    acks: tuple[Ack, ...] = ()
    """What a 997 or 999 of theirs says; more than one only where it is malformed."""
    keys: Keys | None = None
    """Those of its order, once they were asked for (``InterchangeIn.keys``)."""

    @property
    def verdict(self) -> Verdict:
        """Accepted, accepted with errors or rejected, by the wire's rules alone."""
        return verdict(self.findings)


@dataclass(slots=True)
class GroupIn:
    """One functional group that was read."""

    group: GroupBegun
    findings: tuple[Finding, ...] = ()
    stated: str = ""
    messages: list[MessageIn] = field(default_factory=list)
    is_nameless: bool = False
    """A message of it has no ST02, so that it cannot be acknowledged."""
    contents: list[SetContent] | None = None
    """What all its messages hold, in every pass; only where it is asked for."""

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it answers us; an answer is never answered (GS01 FA)."""
        return self.group.functional_id == "FA"

    @property
    def refused(self) -> bool:
        """Whether none of it is taken, whatever its messages are like."""
        return verdict(self.findings) is Verdict.REJECTED

    def outcome(self) -> GroupOutcome:
        """What its acknowledgement has to say."""
        sets = tuple(
            SetOutcome(
                type=m.type,
                control_number=m.control_number,
                findings=m.findings,
                reference=m.reference,
                contexts=m.contexts,
            )
            for m in self.messages
        )
        return GroupOutcome(
            group=self.group, sets=sets, stated=self.stated, findings=self.findings
        )


@dataclass(slots=True)
class InterchangeIn:
    """One interchange that was read.

    Without a profile it is nobody's; ``stranger`` says why (ENV-020, ENV-024).
    """

    ordinal: int
    begun: InterchangeBegun
    profile: Profile | None = None
    stranger: Finding | None = None
    findings: tuple[Finding, ...] = ()
    sha256: str = ""
    groups: list[GroupIn] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    """Their TA1s, read in the first pass."""

    def belongs_to(self, whose: Profile | Finding) -> None:
        """Note whose it is, or why it is nobody's."""
        if isinstance(whose, Profile):
            self.profile, self.stranger = whose, None
        else:
            self.profile, self.stranger = None, whose

    @property
    def key(self) -> InterchangeKey:
        """What tells it from every other interchange of its sender."""
        isa = self.begun
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=f"{isa[5]}:{isa[6]}",
            receiver=f"{isa[7]}:{isa[8]}",
            control_number=isa.control_number,
            usage=isa[15],
        )

    @property
    def unique(self) -> duplicates.Level:
        """Down to which level its numbers tell what came before."""
        unique = self.profile.x12.unique if self.profile else "interchange"
        return duplicates.Level(unique)

    def content(self, group: GroupIn) -> GroupContent:
        """What a group of it holds, and under which number."""
        return GroupContent(
            key=group_key(self.key.partner_id, self.begun, group.group),
            sets=tuple(group.contents or ()),
            byte_offset=group.group.byte_offset,
        )

    @property
    def sequences(self) -> list[tuple[SequenceKey, int]]:
        """The numbers of it that are watched for gaps, if its partner's are."""
        if self.profile is None or self.profile.x12.gaps == "ignore":
            return []
        groups = [group.group for group in self.groups]
        return list(sequences(self.profile.id, self.begun, groups))

    @property
    def is_test(self) -> bool:
        """Nothing of it is booked: the usage or the partner's stage says test."""
        stage = self.profile.stage if self.profile else "live"
        return self.begun[15] != "P" or stage != "live"

    def keys(self, message: MessageIn, order: Order) -> Keys:
        """The keys of a message's order, worked out once: they take the whole order."""
        if message.keys is None:
            partner_id = self.profile.id if self.profile else ""
            message.keys = keys_of(order, partner_id, test=self.is_test)
        return message.keys

    @property
    def refused(self) -> bool:
        """Whether it is neither answered nor booked (facts of TA1, rejecting codes)."""
        return verdict(self.findings) is Verdict.REJECTED


@dataclass(frozen=True, slots=True)
class Read:
    """A transmission that was read, or a part of its orders.

    ``after`` is the ordinal of the last message of the passes before, ``next`` that
    of the last one mapped in this pass, None when it was the last pass.
    """

    receipt_id: str
    door: str
    interchanges: tuple[InterchangeIn, ...]
    faults: tuple[Finding, ...]
    after: int
    next: int | None

    @property
    def wants(self) -> Wants:
        """What the store has to look up for the answer."""
        interchanges: set[InterchangeKey] = set()
        orders: set[OrderKey] = set()
        items: dict[str, set[Asked]] = {}
        sent: set[SentKey] = set()
        numbers: set[NumberKey] = set()
        watched: set[SequenceKey] = set()
        stock: set[str] = set()
        changes: set[OrderPlace] = set()
        for interchange in self.interchanges:
            if interchange.profile is None:
                continue
            interchanges.add(interchange.key)
            watched |= {key for key, _ in interchange.sequences}
            for group in interchange.groups:
                if group.contents is not None:
                    content = interchange.content(group)
                    numbers |= content.numbers(interchange.unique).keys()
            its = interchange.profile.id
            if interchange.profile.policy.promise == "stock":
                stock.add(its)
            keys_ = (key_of(its, ack) for ack, _ in acks_of(interchange))
            sent |= {key for key in keys_ if key is not None}
            for change in changes_of(interchange):
                changes.add(
                    place_of(
                        its,
                        change.po_number,
                        change.release_number,
                        test=interchange.is_test,
                    )
                )
                items.setdefault(its, set()).update(wanted(lines_of(change)))
            for message, order in orders_of(interchange):
                keys = interchange.keys(message, order)
                orders |= {keys.own, keys.conflict}
                items.setdefault(its, set()).update(wanted(order))
        return Wants(
            interchanges=frozenset(interchanges),
            orders=frozenset(orders),
            items={partner: frozenset(keys) for partner, keys in items.items()},
            sent=frozenset(sent),
            numbers=frozenset(numbers),
            sequences=frozenset(watched),
            stock=frozenset(stock),
            changes=frozenset(changes),
        )


def wants_of(order: Order, partner_id: str, *, stock: bool = False) -> Wants:
    """What has to be looked up to check one order that is kept already.

    With ``stock`` also what is left of its items to be promised.
    """
    partners = frozenset([partner_id]) if stock else frozenset()
    return Wants(items={partner_id: wanted(order)}, stock=partners)


def mapped_of(interchange: InterchangeIn) -> Iterator[MessageIn]:
    """The messages that were mapped in this pass, with or without an order."""
    for group in interchange.groups:
        yield from (m for m in group.messages if m.mapped is not None)


def orders_of(interchange: InterchangeIn) -> Iterator[tuple[MessageIn, Order]]:
    """The orders that were mapped in this pass, with their messages."""
    for message in mapped_of(interchange):
        if message.mapped is not None and message.mapped.order is not None:
            yield message, message.mapped.order


def changes_of(interchange: InterchangeIn) -> Iterator[Change]:
    """The changes of orders that were mapped in this pass."""
    for message in mapped_of(interchange):
        if message.mapped is not None and message.mapped.change is not None:
            yield message.mapped.change


def lines_of(change: Change) -> Order:
    """The lines of a change as an order: what they name has to be looked up."""
    lines = change.lines if isinstance(change, OrderChange) else ()
    return Order(po_number=change.po_number, lines=tuple(one.line for one in lines))


def acks_of(
    interchange: InterchangeIn,
) -> Iterator[tuple[Ack, MessageIn | None]]:
    """Their acknowledgements in this pass, and the message that each is, if any."""
    yield from ((ack, None) for ack in interchange.acks)
    for group in interchange.groups:
        for message in group.messages:
            yield from ((ack, message) for ack in message.acks)


class Keys(NamedTuple):
    """What an order is found by: its own key, that of a conflict, its content."""

    own: OrderKey
    conflict: OrderKey
    digest: str


def keys_of(order: Order, partner_id: str, *, test: bool) -> Keys:
    """The key an order is booked under, and the one for a conflicting second order.

    A second order of the same number with other content is kept beside the first
    under a key that holds its content, so that it, too, is known when it comes again.
    """
    if order.test != test:
        order = replace(order, test=test)
    buyer, kind, po_number, release = order.key
    digest = content_digest(order)
    own = OrderKey(
        partner_id=partner_id,
        buyer_party=buyer,
        kind=kind,
        po_number=po_number,
        release_number=release,
    )
    conflict = OrderKey(
        partner_id=partner_id,
        buyer_party=buyer,
        kind=f"{kind}{_CONFLICT}{digest[:24]}",
        po_number=po_number,
        release_number=release,
    )
    return Keys(own, conflict, digest)


def read(
    chunks: Iterable[bytes],
    rules: Rules,
    *,
    receipt_id: str,
    after: int = 0,
    door: str = "",
    orders: int = ORDERS_AT_ONCE,
) -> Read:
    """Read a transmission, at most ``orders`` orders of it after message ``after``.

    Never raises for any bytes. With ``orders`` 0 nothing is mapped.
    """
    reading = _Reading(rules, after, orders)
    reader = X12Reader(rules.limits, rules.encoding)
    for piece in _pieces(chunks):
        reading.take(reader.receive(piece))
        if reading.is_over:
            break
    else:
        reading.take(reader.finish())
    return Read(
        receipt_id,
        door,
        tuple(reading.interchanges),
        reading.faults.done(),
        after,
        reading.ordinal_mapped if reading.more else None,
    )


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces so small that reading can stop soon."""
    for chunk in chunks:
        for at in range(0, len(chunk), _PIECE):
            yield chunk[at : at + _PIECE]


class _Reading:
    """Collects what the events of one transmission say."""

    def __init__(self, rules: Rules, after: int, orders: int) -> None:
        self.rules = rules
        self.after = after
        self.orders = orders
        self.interchanges: list[InterchangeIn] = []
        self.faults = Findings()
        self.ordinal = 0
        self.ordinal_mapped = after
        self.more = False
        self._mapped = 0
        self._mapped_bytes = 0
        self._kept = 0
        self._parts = 0
        self._found = Findings()
        self._noted: set[str] = set()
        self._open: InterchangeIn | None = None
        self._group: GroupIn | None = None

    def take(self, events: Iterable[Event]) -> None:
        """Take the next events in order."""
        for event in events:
            if self._one_too_many(event):
                return
            match event:
                case MessageRead():
                    self._message(event)
                case InterchangeBegun():
                    self._begin_interchange(event)
                case GroupBegun():
                    self._begin_group(event)
                case GroupEnded():
                    self._end_group(event)
                case InterchangeEnded():
                    self._end_interchange(event)
                case Fault():
                    self._fault(event.finding)
                case AcknowledgementRead():
                    self._ta1(event)
                case _:
                    assert_never(event)

    def _ta1(self, event: AcknowledgementRead) -> None:
        """It settles what we sent, and asks for no answer."""
        if self._open is not None and not self.after:
            self._open.acks += read_acks((self._open.begun, event))

    @property
    def is_over(self) -> bool:
        """Whether there were too many parts: the rest is not read."""
        return self._parts > MOST_PARTS

    def _one_too_many(self, event: Event) -> bool:
        """Count a part; the one too many refuses the interchange it stands in."""
        if self.is_over:
            return True
        if isinstance(event, GroupEnded | InterchangeEnded):
            return False
        self._parts += 1
        if not self.is_over:
            return False
        if isinstance(event, InterchangeBegun):
            self._begin_interchange(event)
        what = f"there are more than {MOST_PARTS} parts; the rest was not read"
        self._note(Finding.of("WIRE-013", what))
        self._group = None
        self._close()
        return True

    def _fault(self, finding: Finding) -> None:
        if self._group is not None and finding.code == "ENV-066":
            self._group.findings += _weighed((finding,), self._whose)
        else:
            self._note(finding)

    @property
    def _whose(self) -> Profile | None:
        return self._open.profile if self._open else None

    def _note(self, finding: Finding) -> None:
        """Keep a finding of the interchange; of too many the first of each code."""
        self._kept += 1
        if self._kept > _FINDINGS_KEPT and finding.code in self._noted:
            return
        self._noted.add(finding.code)
        (self.faults if self._open is None else self._found).extend((finding,))

    def _begin_interchange(self, isa: InterchangeBegun) -> None:
        self._noted.clear()
        self._open = InterchangeIn(len(self.interchanges) + 1, isa)
        self._open.belongs_to(self.rules.find(isa, None))
        self.interchanges.append(self._open)

    def _begin_group(self, group: GroupBegun) -> None:
        interchange = self._open
        if interchange is None:
            return
        if not interchange.groups:
            interchange.belongs_to(self.rules.find(interchange.begun, group))
        self._group = GroupIn(group)
        if not self._group.is_acknowledgement:
            self._group.findings = self._unsupported(group)
            if interchange.unique is not duplicates.Level.INTERCHANGE:
                self._group.contents = []
        interchange.groups.append(self._group)

    def _unsupported(self, group: GroupBegun) -> tuple[Finding, ...]:
        """Whether there is any table for such a group."""
        if not group.version or not group.functional_id:
            return ()  # told as a GS that cannot be read
        known = self.rules.functional_ids(group.version)
        where = Where(segment_tag="GS", byte_offset=group.byte_offset)
        if not known:
            what = f"there are no tables for version {group.version!r}"
            return (Finding.of("ENV-061", what, where, group.version),)
        if group.functional_id not in known:
            what = f"{group.functional_id!r} groups of {group.version} are not read"
            return (Finding.of("ENV-060", what, where, group.functional_id),)
        return ()

    def _end_group(self, ended: GroupEnded) -> None:
        if self._group is not None:
            self._group.findings += _weighed(ended.faults, self._whose)
            self._group.stated = ended.ge[0] if ended.ge else ""
        self._group = None

    def _end_interchange(self, ended: InterchangeEnded) -> None:
        interchange = self._open
        if interchange is None:
            return
        interchange.sha256 = ended.sha256
        for fault in ended.faults:
            self._note(fault)
        for group in interchange.groups:
            if group.is_acknowledgement or self._is_told_unreadable(group):
                continue
            if group.is_nameless or not group.outcome().answerable:
                number = group.group.control_number
                what = f"group {number!r} cannot be acknowledged: a number is missing"
                where = Where(segment_tag="GS", byte_offset=group.group.byte_offset)
                self._note(Finding.of("ENV-009", what, where, number))
        self._close()

    def _is_told_unreadable(self, group: GroupIn) -> bool:
        """Whether it was told that the group cannot be acknowledged, and why.

        A message without a number tells it for its group: it is the interchange's
        fault then, that no acknowledgement of the group could name.
        """
        offset = group.group.byte_offset
        found = [f for f in self._found if f.where.byte_offset == offset]
        if any(f.code in _NO_GROUP for f in _rejecting(found, self._whose)):
            return True
        for message in group.messages:
            if message.control_number:
                continue
            found = [f for f in message.findings if f.code == "ENV-015"]
            nameless = _rejecting(found, self._whose)
            if nameless:
                kept = (f for f in message.findings if f is not nameless[0])
                message.findings = tuple(kept)
                self._note(nameless[0])
                return True
        return False

    def _close(self) -> None:
        """Hand the open interchange what was found of it."""
        if self._open is not None:
            self._open.findings = _weighed(self._found.done(), self._open.profile)
        self._found = Findings()
        self._noted.clear()
        self._open = None

    def _message(self, message: MessageRead) -> None:
        self.ordinal += 1
        interchange, group = self._open, self._group
        if interchange is None or group is None:
            return
        group.is_nameless |= not message.control_number
        if group.contents is not None:
            group.contents.append(SetContent.of(message, self.ordinal))
        if self.ordinal <= self.after:
            return
        full = self._mapped >= self.orders or self._mapped_bytes >= BYTES_AT_ONCE
        if full and self.after:
            self.more = True  # its findings were told in the first pass
            return
        findings, validator = self._validate(interchange, group, message)
        read = MessageIn(
            self.ordinal,
            message.type,
            message.control_number,
            message.byte_offset,
            self._bounded(_weighed(findings, interchange.profile, message.type)),
            reference=(*message.elements(1), "", "", "")[3],
        )
        if group.is_acknowledgement and not self.after:
            read.acks = read_acks((interchange.begun, group.group, message))
        elif validator is not None and findings and self._wants_999(interchange):
            read.contexts = contexts(message, validator.plan.schema, read.findings)
        group.messages.append(read)
        kind = f"x12_{message.type}"
        wanted_here = kind in READERS and read.verdict is not Verdict.REJECTED
        if validator is None or not wanted_here or group.refused:
            return
        if full:
            self.more = self.orders > 0
            return
        read.mapped = self._map(kind, validator, message, interchange, group)
        self._mapped += 1
        self._mapped_bytes += len(message.raw)
        self.ordinal_mapped = self.ordinal

    def _wants_999(self, interchange: InterchangeIn) -> bool:
        return interchange.profile is not None and interchange.profile.x12.ack == "999"

    def _validate(
        self, interchange: InterchangeIn, group: GroupIn, message: MessageRead
    ) -> tuple[tuple[Finding, ...], Validator | None]:
        if group.is_acknowledgement:
            return message.faults, None
        profile, set_id = interchange.profile, message.type
        version = group.group.version
        validator = self.rules.validator(profile, version, set_id)
        refused = None
        its = group.group
        told = group.findings or not (its.version and its.functional_id)
        where = Where(
            segment_tag="ST",
            segment_position=1,
            element=1,
            byte_offset=message.byte_offset,
        )
        if validator is None or not _receives(profile, set_id, version):
            if not told and not any(f.code == "ENV-014" for f in message.faults):
                what = f"{set_id!r} of {version} is not read for this sender"
                refused = Finding.of("ENV-012", what, where, set_id)
        elif validator.plan.schema.functional_id != group.group.functional_id:
            if told:
                return message.faults, None
            what = f"{set_id} stands in a {group.group.functional_id} group"
            refused = Finding.of("ENV-016", what, where, set_id)
        else:
            return validator.validate(message), validator
        return message.faults + ((refused,) if refused else ()), None

    def _bounded(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings, or once there are too many the weightiest one."""
        self._kept += len(findings)
        if self._kept <= _FINDINGS_KEPT or len(findings) < 2:
            return findings
        worst = [f for f in findings if f.severity is Severity.REJECT]
        return (*worst[:1],) or findings[:1]

    def _map(
        self,
        kind: str,
        validator: Validator,
        message: MessageRead,
        interchange: InterchangeIn,
        group: GroupIn,
    ) -> Mapped:
        carrier = Carrier(
            interchange=interchange.begun,
            group=group.group,
            byte_offset=message.byte_offset,
        )
        try:
            tree = validator.tree(message)
            return READERS[kind].to_order(tree, carrier, interchange.profile)
        except Exception as problem:  # a mapper's fault must not stop the 997
            what = f"{kind}: {type(problem).__name__}: {problem}"
            where = Where(segment_tag="ST", byte_offset=message.byte_offset)
            return Mapped(None, (Finding.of("MAP-001", what, where),))


def _rejecting(findings: Iterable[Finding], profile: Profile | None) -> list[Finding]:
    """What rejects by this partner's profile."""
    return [
        finding
        for finding in findings
        if verdict(_weighed((finding,), profile)) is Verdict.REJECTED
    ]


def _receives(profile: Profile | None, set_id: str, version: str) -> bool:
    """Whether the partner may send this; without a profile anything may come."""
    if profile is None:
        return True
    return any(
        receives.message == f"x12_{set_id}" and receives.version[:6] == version[:6]
        for receives in profile.receives
    )


def _weighed(
    findings: tuple[Finding, ...], profile: Profile | None, set_id: str = ""
) -> tuple[Finding, ...]:
    """What wire and envelope deviations weigh for this partner."""
    if not findings or profile is None:
        return findings
    level, kind = Level(profile.x12.level), f"x12_{set_id}" if set_id else ""
    return weighed(findings, level, profile.guide, message=kind)
