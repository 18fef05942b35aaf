"""What a decision asks for, and what it is given: ``Wants`` and ``World``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from gateway.catalog import Asked, Prices, Supply
from gateway.findings import Finding
from gateway.pipeline.booked import Booked, KnownChange, OrderPlace
from gateway.pipeline.documents import AdviceKey, DocumentKey, KnownDocument
from gateway.pipeline.number_keys import NumberKey, SequenceKey, Standing
from gateway.pipeline.sent import Sent, SentKey
from gateway.pipeline.verdicts import Wanted
from gateway.values import changed, swift

T = TypeVar("T")
_NONE: Mapping[Any, Any] = MappingProxyType({})


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeKey:
    """What makes an interchange unique: ISA05 to ISA08, ISA13 and ISA15."""

    partner_id: str
    sender: str
    receiver: str
    control_number: str
    usage: str

    def __str__(self) -> str:
        """One text for the idempotency store."""
        parts = (self.sender, self.receiver, self.control_number, self.usage)
        return "|".join(parts)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKey:
    """What makes an order unique: the buyer's party, kind, PO and release number.

    ``kind`` tells production from test and orders from cancellations.
    """

    partner_id: str
    buyer_party: str
    kind: str
    po_number: str
    release_number: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was processed before, an interchange, group or message: bytes and receipt.

    ``sha256`` is of the bytes, for groups and messages of their content.
    """

    sha256: str
    receipt_id: str


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """An order that is kept already: its id, its content's digest, its message."""

    order_id: str
    digest: str
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartsAsked:
    """Which carts of a partner: those of named ``sessions``, and of ``days`` for items.

    With 0 days nothing is looked for by its item.
    """

    sessions: frozenset[str] = frozenset()
    days: int = 0

    def and_(self, other: CartsAsked) -> CartsAsked:
        """Both."""
        sessions = self.sessions | other.sessions
        return CartsAsked(sessions=sessions, days=max(self.days, other.days))


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What the store has to look up before an answer can be given."""

    interchanges: frozenset[InterchangeKey] = frozenset()
    orders: frozenset[OrderKey] = frozenset()
    items: Mapping[str, frozenset[Asked]] = field(default_factory=dict)
    """What lines ask for, by partner id."""
    sent: frozenset[SentKey] = frozenset()
    """Messages of ours that were acknowledged."""
    numbers: frozenset[NumberKey] = frozenset()
    """Groups and messages of partners whose numbers are unique below ISA13."""
    sequences: frozenset[SequenceKey] = frozenset()
    """Sequences of control numbers that are watched for gaps."""
    stock: frozenset[str] = frozenset()
    """Partners to whom only what is in stock is promised."""
    changes: frozenset[OrderPlace] = frozenset()
    """Orders that changes are about."""
    blankets: frozenset[OrderPlace] = frozenset()
    """Blanket orders that releases draw on."""
    advices: frozenset[AdviceKey] = frozenset()
    """What partners say of documents, and may have said before."""
    documents: frozenset[DocumentKey] = frozenset()
    """Documents of ours that they speak of."""
    carts: Mapping[str, CartsAsked] = field(default_factory=dict)
    """Which punch-out carts orders may come from, by partner id."""
    verdicts: Mapping[str, Wanted] = field(default_factory=dict)
    """Documents that are held against schemas and rules first, by their receipts."""

    def __or__(self, other: Wants) -> Wants:
        """The wants of both."""
        return Wants.of_all((self, other))

    @classmethod
    def of_all(cls, every: Sequence[Wants]) -> Wants:
        """The wants of all, for one look-up per batch."""
        items: dict[str, set[Asked]] = {}
        for one in every:
            for partner, keys in one.items.items():
                items.setdefault(partner, set()).update(keys)
        return Wants(
            interchanges=_union(one.interchanges for one in every),
            orders=_union(one.orders for one in every),
            items={partner: frozenset(keys) for partner, keys in items.items()},
            sent=_union(one.sent for one in every),
            numbers=_union(one.numbers for one in every),
            sequences=_union(one.sequences for one in every),
            stock=_union(one.stock for one in every),
            changes=_union(one.changes for one in every),
            blankets=_union(one.blankets for one in every),
            advices=_union(one.advices for one in every),
            documents=_union(one.documents for one in every),
            carts=_carts(every),
            verdicts={id_: one for each in every for id_, one in each.verdicts.items()},
        )


def _carts(every: Iterable[Wants]) -> dict[str, CartsAsked]:
    found: dict[str, CartsAsked] = {}
    for one in every:
        for partner, asked in one.carts.items():
            before = found.get(partner)
            found[partner] = asked if before is None else before.and_(asked)
    return found


def _union(sets: Iterable[frozenset[T]]) -> frozenset[T]:
    none: frozenset[T] = frozenset()
    return none.union(*sets)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside the message that a decision may depend on."""

    now: datetime
    interchanges: Mapping[InterchangeKey, Seen] = field(default_factory=dict)
    orders: Mapping[OrderKey, KnownOrder] = field(default_factory=dict)
    prices: Mapping[str, Prices] = field(default_factory=dict)
    """Contracts and items by partner id."""
    sent: Mapping[SentKey, tuple[Sent, ...]] = field(default_factory=dict)
    """Messages of ours by the numbers that acknowledgements name."""
    numbers: Mapping[NumberKey, Seen] = field(default_factory=dict)
    """Groups and messages that came before, as far as they were asked for."""
    sequences: Mapping[SequenceKey, Standing] = field(default_factory=dict)
    """Where the sequences stand that were asked for."""
    stock: Mapping[str, Supply] = field(default_factory=dict)
    """What is left of the items to be promised, by our number."""
    booked: Mapping[OrderPlace, tuple[Booked, ...]] = field(default_factory=dict)
    """Orders that changes are about and blankets that are drawn on, as they stand."""
    waiting: Mapping[OrderPlace, tuple[KnownChange, ...]] = field(default_factory=dict)
    """Changes that came before their orders."""
    advices: Mapping[AdviceKey, str] = field(default_factory=dict)
    """The messages of advices that came before."""
    documents: Mapping[DocumentKey, tuple[KnownDocument, ...]] = field(
        default_factory=dict
    )
    """Documents of ours that partners speak of, the newest last."""
    verdicts: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """What schemas and rules say of the documents asked about, by their receipts."""

    def there(self, place: OrderPlace) -> tuple[Booked, ...]:
        """The orders at a place, as far as they were asked for."""
        return self.booked.get(place, ())

    def after(
        self,
        interchanges: Mapping[InterchangeKey, Seen],
        orders: Mapping[OrderKey, KnownOrder],
        numbers: Mapping[NumberKey, Seen] = _NONE,
        sequences: Mapping[SequenceKey, Standing] = _NONE,
    ) -> World:
        """This world once an answer is carried out, for the next in the batch."""
        return changed(
            self,
            interchanges={**self.interchanges, **interchanges},
            orders={**self.orders, **orders},
            numbers={**self.numbers, **numbers},
            sequences={**self.sequences, **sequences},
        )
