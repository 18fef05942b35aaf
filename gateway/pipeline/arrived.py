"""What was read of a transmission: interchanges, groups, messages, and what they ask.

Each standard has its own shapes of these, with what its envelopes say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gateway.catalog import Asked, wanted
from gateway.edi.edifact.contrl import GroupSaid, InterchangeSaid, MessageSaid
from gateway.edi.edifact.events import Row, UnbRead, UngRead
from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.ack997 import GroupOutcome
from gateway.edi.x12.ack999 import Context, SetOutcome
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict, verdict
from gateway.mappers.mapped import Mapped
from gateway.order import Order, content_digest
from gateway.order.advice import Advice
from gateway.order.change import Change, OrderChange
from gateway.order.content import advice_digest
from gateway.order.inquiry import Inquiry
from gateway.partner import Profile
from gateway.pipeline import duplicates
from gateway.pipeline.blankets import blanket_place
from gateway.pipeline.booked import OrderPlace, inquired, place_of
from gateway.pipeline.documents import (
    AdviceKey,
    DocumentKey,
    documents_named,
    sent_keys_of,
)
from gateway.pipeline.duplicates import GroupContent, SetContent, group_key
from gateway.pipeline.gaps import sequences
from gateway.pipeline.number_keys import NumberKey, SequenceKey
from gateway.pipeline.sent import SentKey
from gateway.pipeline.settle import AnyAck, key_of
from gateway.pipeline.world import InterchangeKey, OrderKey, Wants

_CONFLICT = "!"


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
    acks: tuple[AnyAck, ...] = ()
    """What a 997, 999 or CONTRL of theirs says; several only where it is malformed."""
    keys: Keys | None = None
    """Those of its order, once they were asked for (``InterchangeIn.keys``)."""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``x12_850``."""
        return f"x12_{self.type}"

    @property
    def verdict(self) -> Verdict:
        """Accepted, accepted with errors or rejected, by the wire's rules alone."""
        return verdict(self.findings)


@dataclass(slots=True)
class EdifactMessageIn(MessageIn):
    """One message of EDIFACT: ``unh`` is its header, ``directory`` such as ``D96A``."""

    unh: Row = ()
    directory: str = ""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``edifact_orders``."""
        return kind_of(self.type)

    @property
    def said(self) -> MessageSaid:
        """What its acknowledgement has to say."""
        return MessageSaid(unh=self.unh, findings=self.findings)


def kind_of(type_: str) -> str:
    """The profile's name of an EDIFACT message type: ``edifact_orders``."""
    return f"edifact_{type_.lower()}"


@dataclass(slots=True)
class GroupIn(ABC):
    """One functional group that was read."""

    group: GroupBegun | UngRead | None
    findings: tuple[Finding, ...] = ()
    stated: str = ""
    messages: list[MessageIn] = field(default_factory=list)
    is_nameless: bool = False
    """A message of it has no ST02, so that it cannot be acknowledged."""
    contents: list[SetContent] | None = None
    """What all its messages hold, in every pass; only where it is asked for."""

    @property
    @abstractmethod
    def functional_id(self) -> str:
        """GS01 or 0038."""

    @property
    @abstractmethod
    def control_number(self) -> str:
        """GS06 or 0048."""

    @abstractmethod
    def version(self, message: MessageIn) -> str:
        """The version or directory of one of its messages."""

    @property
    @abstractmethod
    def is_acknowledgement(self) -> bool:
        """Whether it answers us; an answer is never answered."""

    @property
    def refused(self) -> bool:
        """Whether none of it is taken, whatever its messages are like."""
        return verdict(self.findings) is Verdict.REJECTED


@dataclass(slots=True)
class X12GroupIn(GroupIn):
    """One functional group, GS to GE."""

    group: GroupBegun

    @property
    def functional_id(self) -> str:
        """GS01."""
        return self.group.functional_id

    @property
    def control_number(self) -> str:
        """GS06."""
        return self.group.control_number

    def version(self, message: MessageIn) -> str:
        """GS08."""
        return self.group.version

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it answers us; an answer is never answered (GS01 FA)."""
        return self.group.functional_id == "FA"

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
class EdifactGroupIn(GroupIn):
    """The messages of one group, UNG to UNE, or those that stand in none."""

    group: UngRead | None

    @property
    def functional_id(self) -> str:
        """0038, empty where there is no UNG."""
        return self.group.message_type if self.group else ""

    @property
    def control_number(self) -> str:
        """0048, empty where there is no UNG."""
        return self.group.control_number if self.group else ""

    def version(self, message: MessageIn) -> str:
        """0052 and 0054 of the message."""
        return message.directory if isinstance(message, EdifactMessageIn) else ""

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it is judged as one; each message is judged for itself."""
        return False

    @property
    def nameable(self) -> bool:
        """Whether a CONTRL can name it; without UNG there is nothing to name."""
        return self.group is None or GroupSaid(ung=self.group, messages=()).nameable

    @property
    def said(self) -> tuple[MessageSaid, ...]:
        """What its acknowledgement has to say of its messages."""
        return tuple(m.said for m in self.messages if isinstance(m, EdifactMessageIn))


@dataclass(slots=True)
class InterchangeIn(ABC):
    """One interchange that was read.

    Without a profile it is nobody's; ``stranger`` says why (ENV-020, ENV-024).
    """

    ordinal: int
    begun: InterchangeBegun | UnbRead
    profile: Profile | None = None
    stranger: Finding | None = None
    findings: tuple[Finding, ...] = ()
    sha256: str = ""
    groups: list[GroupIn] = field(default_factory=list)
    acks: list[AnyAck] = field(default_factory=list)
    """Their TA1s, read in the first pass."""

    def belongs_to(self, whose: Profile | Finding) -> None:
        """Note whose it is, or why it is nobody's."""
        if isinstance(whose, Profile):
            self.profile, self.stranger = whose, None
        else:
            self.profile, self.stranger = None, whose

    @property
    @abstractmethod
    def key(self) -> InterchangeKey:
        """What tells it from every other interchange of its sender."""

    @property
    @abstractmethod
    def number_at(self) -> Where:
        """Where its control number stands."""

    @property
    @abstractmethod
    def usage_at(self) -> Where:
        """Where it says whether it is a test."""

    @property
    @abstractmethod
    def usage_said(self) -> str:
        """That, in words: ``ISA15 is T``."""

    @property
    @abstractmethod
    def usage(self) -> str:
        """P for production, T for a test, I for information."""

    @property
    @abstractmethod
    def sent_at(self) -> str:
        """Its date and time, as sent."""

    @property
    def unique(self) -> duplicates.Level:
        """Down to which level its numbers tell what came before."""
        return duplicates.Level.INTERCHANGE

    @property
    def sequences(self) -> list[tuple[SequenceKey, int]]:
        """The numbers of it that are watched for gaps, if its partner's are."""
        return []

    @property
    def is_test(self) -> bool:
        """Nothing of it is booked: the usage or the partner's stage says test."""
        stage = self.profile.stage if self.profile else "live"
        return self.usage != "P" or stage != "live"

    def content(self, group: GroupIn) -> GroupContent | None:
        """What a group of it holds, and under which number, where that is asked."""
        return None

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


@dataclass(slots=True)
class X12InterchangeIn(InterchangeIn):
    """One interchange of X12, ISA to IEA."""

    begun: InterchangeBegun

    @property
    def key(self) -> InterchangeKey:
        """ISA05 to ISA08, ISA13 and ISA15."""
        isa = self.begun
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=f"{isa[5]}:{isa[6]}",
            receiver=f"{isa[7]}:{isa[8]}",
            control_number=isa.control_number,
            usage=isa[15],
        )

    @property
    def number_at(self) -> Where:
        """ISA13."""
        return _in_isa(13, self.begun)

    @property
    def usage_at(self) -> Where:
        """ISA15."""
        return _in_isa(15, self.begun)

    @property
    def usage_said(self) -> str:
        """ISA15 in words."""
        return f"ISA15 is {self.begun[15]}"

    @property
    def usage(self) -> str:
        """ISA15."""
        return self.begun[15]

    @property
    def sent_at(self) -> str:
        """ISA09 and ISA10."""
        return f"{self.begun[9]} {self.begun[10]}"

    @property
    def unique(self) -> duplicates.Level:
        """As the partner's profile has it."""
        unique = self.profile.x12.unique if self.profile else "interchange"
        return duplicates.Level(unique)

    def content(self, group: GroupIn) -> GroupContent | None:
        """What a group of it holds, and under which number, where that is asked."""
        if group.contents is None or not isinstance(group, X12GroupIn):
            return None
        return GroupContent(
            key=group_key(self.key.partner_id, self.begun, group.group),
            sets=tuple(group.contents),
            byte_offset=group.group.byte_offset,
        )

    @property
    def sequences(self) -> list[tuple[SequenceKey, int]]:
        """ISA13, and GS06 of each kind of group."""
        if self.profile is None or self.profile.x12.gaps == "ignore":
            return []
        groups = [one.group for one in self.groups if isinstance(one, X12GroupIn)]
        return list(sequences(self.profile.id, self.begun, groups))


def _in_isa(element: int, isa: InterchangeBegun) -> Where:
    return Where(segment_tag="ISA", element=element, byte_offset=isa.byte_offset)


@dataclass(slots=True)
class EdifactInterchangeIn(InterchangeIn):
    """One interchange of EDIFACT, UNA or UNB to UNZ."""

    begun: UnbRead

    @property
    def key(self) -> InterchangeKey:
        """0004 and 0010 with their 0007, 0020 and 0035."""
        unb = self.begun
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender=":".join(unb.sender),
            receiver=":".join(unb.receiver),
            control_number=unb.control_number,
            usage=unb.test_indicator or "0",  # no interchange of X12 has digits here
        )

    @property
    def number_at(self) -> Where:
        """0020."""
        return self._in_unb(5)

    @property
    def usage_at(self) -> Where:
        """0035."""
        return self._in_unb(11)

    @property
    def usage_said(self) -> str:
        """0035 in words."""
        return f"0035 is {self.begun.test_indicator or 'not sent'}"

    @property
    def usage(self) -> str:
        """T with any test indicator (0035), else P."""
        return "T" if self.begun.test_indicator else "P"

    @property
    def sent_at(self) -> str:
        """S004."""
        return f"{self.begun.part(4)} {self.begun.part(4, 2)}"

    @property
    def said(self) -> InterchangeSaid:
        """What its acknowledgement has to say."""
        groups = [one for one in self.groups if isinstance(one, EdifactGroupIn)]
        return InterchangeSaid(
            unb=self.begun,
            messages=tuple(
                said for one in groups if one.group is None for said in one.said
            ),
            groups=tuple(
                GroupSaid(ung=one.group, messages=one.said, findings=one.findings)
                for one in groups
                if one.group is not None
            ),
            findings=self.findings,
        )

    def _in_unb(self, element: int) -> Where:
        at = self.begun.byte_offset
        return Where(segment_tag="UNB", element=element, byte_offset=at)


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
        blankets: set[OrderPlace | None] = set()
        advices: set[AdviceKey] = set()
        documents: set[DocumentKey] = set()
        for interchange in self.interchanges:
            if interchange.profile is None:
                continue
            interchanges.add(interchange.key)
            watched |= {key for key, _ in interchange.sequences}
            for group in interchange.groups:
                content = interchange.content(group)
                if content is not None:
                    numbers |= content.numbers(interchange.unique).keys()
            its = interchange.profile.id
            if interchange.profile.policy.promise == "stock":
                stock.add(its)
            keys_ = (key_of(its, ack) for ack, _ in acks_of(interchange))
            sent |= {key for key in keys_ if key is not None}
            changes |= _places_of(interchange, its)
            for change in changes_of(interchange):
                items.setdefault(its, set()).update(wanted(lines_of(change)))
            for advice in advices_of(interchange):
                advices.add(AdviceKey(its, advice_digest(advice)))
                documents.update(documents_named(its, advice))
                sent.update(sent_keys_of(its, advice))
            for message, order in orders_of(interchange):
                keys = interchange.keys(message, order)
                orders |= {keys.own, keys.conflict}
                items.setdefault(its, set()).update(wanted(order))
                if order.blanket_ref:
                    told = replace(order, test=interchange.is_test)
                    blankets.add(blanket_place(told, its))
        return Wants(
            interchanges=frozenset(interchanges),
            orders=frozenset(orders),
            items={partner: frozenset(keys) for partner, keys in items.items()},
            sent=frozenset(sent),
            numbers=frozenset(numbers),
            sequences=frozenset(watched),
            stock=frozenset(stock),
            changes=frozenset(changes),
            blankets=frozenset(place for place in blankets if place),
            advices=frozenset(advices),
            documents=frozenset(documents),
        )


def _places_of(interchange: InterchangeIn, partner_id: str) -> set[OrderPlace]:
    """Where the orders are that its changes and inquiries are about."""
    test = interchange.is_test
    places = {
        place_of(partner_id, change.po_number, change.release_number, test=test)
        for change in changes_of(interchange)
    }
    for inquiry in inquiries_of(interchange):
        places.update(inquired(partner_id, inquiry, test=test))
    return places


def wants_of(order: Order, partner_id: str, *, stock: bool = False) -> Wants:
    """What has to be looked up to check one order that is kept already.

    With ``stock`` also what is left of its items to be promised.
    """
    partners = frozenset([partner_id]) if stock else frozenset()
    blanket = blanket_place(order, partner_id)
    blankets = frozenset([blanket]) if blanket else frozenset()
    return Wants(items={partner_id: wanted(order)}, stock=partners, blankets=blankets)


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


def inquiries_of(interchange: InterchangeIn) -> Iterator[Inquiry]:
    """What was asked in this pass about orders."""
    for message in mapped_of(interchange):
        if message.mapped is not None and message.mapped.inquiry is not None:
            yield message.mapped.inquiry


def advices_of(interchange: InterchangeIn) -> Iterator[Advice]:
    """What was said in this pass of documents of ours."""
    for message in mapped_of(interchange):
        if message.mapped is not None and message.mapped.advice is not None:
            yield message.mapped.advice


def lines_of(change: Change) -> Order:
    """The lines of a change as an order: what they name has to be looked up."""
    lines = change.lines if isinstance(change, OrderChange) else ()
    return Order(po_number=change.po_number, lines=tuple(one.line for one in lines))


def acks_of(
    interchange: InterchangeIn,
) -> Iterator[tuple[AnyAck, MessageIn | None]]:
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
