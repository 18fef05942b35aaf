"""What was read of a transmission: interchanges, groups, messages, and what they ask.

Each standard has its own shapes of these, with what its envelopes say: arrived_x12,
arrived_edifact, arrived_cxml.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gateway.catalog import Asked, wanted
from gateway.catalog.pin import carts_named
from gateway.cxml_punchout.document import Document
from gateway.edi.edifact.events import UnbRead, UngRead
from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.ack999 import Context
from gateway.findings import Finding, Where
from gateway.findings.model import Verdict, verdict
from gateway.mappers.mapped import Mapped
from gateway.order import Order, content_digest
from gateway.order.change import Change, OrderChange
from gateway.order.content import advice_digest
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
from gateway.pipeline.duplicates import GroupContent, SetContent
from gateway.pipeline.number_keys import NumberKey, SequenceKey
from gateway.pipeline.sent import SentKey
from gateway.pipeline.settle import AnyAck, key_of
from gateway.pipeline.verdicts import Wanted
from gateway.pipeline.world import CartsAsked, InterchangeKey, OrderKey, Wants
from gateway.ubl.document import Document as UblDocument
from gateway.values import swift

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
class InterchangeIn(ABC):
    """One interchange that was read.

    Without a profile it is nobody's; ``stranger`` says why (ENV-020, ENV-024).
    """

    ordinal: int
    begun: InterchangeBegun | UnbRead | Document | UblDocument
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

    @property
    def wanted(self) -> Wanted | None:
        """The document that a verdict is wanted on before it is answered, if any."""
        return None

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


@swift
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
        asking = _Asking()
        for interchange in self.interchanges:
            if interchange.profile is not None:
                asking.take(interchange, interchange.profile)
        return asking.wants(_carts(self.interchanges), dict(self._wanted()))

    def _wanted(self) -> Iterator[tuple[str, Wanted]]:
        """The document, if the partner's are held against schema or rules."""
        for interchange in self.interchanges:
            wanted = interchange.wanted
            if wanted is not None:
                yield self.receipt_id, wanted


@dataclass(slots=True)
class _Asking:
    """What has to be looked up, gathered in one pass over groups and messages."""

    interchanges: set[InterchangeKey] = field(default_factory=set)
    orders: set[OrderKey] = field(default_factory=set)
    items: dict[str, set[Asked]] = field(default_factory=dict)
    sent: set[SentKey] = field(default_factory=set)
    numbers: set[NumberKey] = field(default_factory=set)
    sequences: set[SequenceKey] = field(default_factory=set)
    stock: set[str] = field(default_factory=set)
    changes: set[OrderPlace] = field(default_factory=set)
    blankets: set[OrderPlace] = field(default_factory=set)
    advices: set[AdviceKey] = field(default_factory=set)
    documents: set[DocumentKey] = field(default_factory=set)

    def take(self, interchange: InterchangeIn, profile: Profile) -> None:
        """What the answer to one interchange rests on."""
        its = profile.id
        self.interchanges.add(interchange.key)
        self.sequences.update([key for key, _ in interchange.sequences])
        if profile.policy.promise == "stock":
            self.stock.add(its)
        self._acks(its, interchange.acks)
        for group in interchange.groups:
            content = interchange.content(group)
            if content is not None:
                self.numbers |= content.numbers(interchange.unique).keys()
            for message in group.messages:
                if message.acks:
                    self._acks(its, message.acks)
                mapped = message.mapped
                if mapped is None:
                    continue
                if mapped.order is not None:
                    self._order(its, interchange, message, mapped.order)
                else:
                    self._other(its, mapped, test=interchange.is_test)

    def _acks(self, its: str, acks: Iterable[AnyAck]) -> None:
        keys = (key_of(its, ack) for ack in acks)
        self.sent.update([key for key in keys if key is not None])

    def _order(
        self, its: str, interchange: InterchangeIn, message: MessageIn, order: Order
    ) -> None:
        keys = interchange.keys(message, order)
        self.orders.update((keys.own, keys.conflict))
        self.items.setdefault(its, set()).update(wanted(order))
        if order.blanket_ref:
            told = replace(order, test=interchange.is_test)
            place = blanket_place(told, its)
            if place:
                self.blankets.add(place)

    def _other(self, its: str, mapped: Mapped, *, test: bool) -> None:
        """A change of an order, what is said of documents, a question."""
        change, advice, inquiry = mapped.change, mapped.advice, mapped.inquiry
        if change is not None:
            number, release = change.po_number, change.release_number
            self.changes.add(place_of(its, number, release, test=test))
            self.items.setdefault(its, set()).update(wanted(lines_of(change)))
        if advice is not None:
            self.advices.add(AdviceKey(its, advice_digest(advice)))
            self.documents.update(documents_named(its, advice))
            self.sent.update(sent_keys_of(its, advice))
        if inquiry is not None:
            self.changes.update(inquired(its, inquiry, test=test))

    def wants(self, carts: dict[str, CartsAsked], verdicts: dict[str, Wanted]) -> Wants:
        """All that was gathered."""
        return Wants(
            interchanges=frozenset(self.interchanges),
            orders=frozenset(self.orders),
            items={partner: frozenset(keys) for partner, keys in self.items.items()},
            sent=frozenset(self.sent),
            numbers=frozenset(self.numbers),
            sequences=frozenset(self.sequences),
            stock=frozenset(self.stock),
            changes=frozenset(self.changes),
            blankets=frozenset(self.blankets),
            advices=frozenset(self.advices),
            documents=frozenset(self.documents),
            carts=carts,
            verdicts=verdicts,
        )


def _carts(interchanges: Iterable[InterchangeIn]) -> dict[str, CartsAsked]:
    """The carts that orders of partners who punch out may come from."""
    found: dict[str, CartsAsked] = {}
    for interchange in interchanges:
        profile = interchange.profile
        if profile is not None and profile.punches_out:
            asked = carts_asked(profile, _ordered(interchange))
            found[profile.id] = found.get(profile.id, CartsAsked()).and_(asked)
    return found


def _ordered(interchange: InterchangeIn) -> Iterator[Order]:
    """Its orders, and the lines of its changes."""
    yield from (order for _, order in orders_of(interchange))
    yield from map(lines_of, changes_of(interchange))


def carts_asked(profile: Profile, orders: Iterable[Order]) -> CartsAsked:
    """The carts that these orders name, and of how many days items are looked for."""
    pin = profile.policy.price_pin
    named = (carts_named(order, order.lines, pin) for order in orders)
    days = pin.days if "item" in pin.by else 0
    return CartsAsked(sessions=frozenset().union(*named), days=days)


def wants_of(order: Order, profile: Profile, *, stock: bool = False) -> Wants:
    """What has to be looked up to check one order that is kept already.

    With ``stock`` also what is left of its items to be promised.
    """
    its = profile.id
    blanket = blanket_place(order, its)
    return Wants(
        items={its: wanted(order)},
        stock=frozenset([its]) if stock else frozenset(),
        blankets=frozenset([blanket]) if blanket else frozenset(),
        carts={its: carts_asked(profile, [order])} if profile.punches_out else {},
    )


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
