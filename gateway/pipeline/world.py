"""What a decision asks for, and what it is given: ``Wants`` and ``World``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.catalog import ItemKey, Prices
from gateway.pipeline.sent import Sent, SentKey


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An interchange that was processed before: its bytes and its receipt."""

    sha256: str
    receipt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """An order that is kept already: its id and the digest of its content."""

    order_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What the store has to look up before an answer can be given."""

    interchanges: frozenset[InterchangeKey] = frozenset()
    orders: frozenset[OrderKey] = frozenset()
    items: Mapping[str, frozenset[ItemKey]] = field(default_factory=dict)
    """Item keys by partner id."""
    sent: frozenset[SentKey] = frozenset()
    """Messages of ours that were acknowledged."""

    def __or__(self, other: Wants) -> Wants:
        """The wants of both, for one look-up per batch."""
        items = dict(self.items)
        for partner, keys in other.items.items():
            items[partner] = items.get(partner, frozenset()) | keys
        return Wants(
            interchanges=self.interchanges | other.interchanges,
            orders=self.orders | other.orders,
            items=items,
            sent=self.sent | other.sent,
        )


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

    def after(
        self,
        interchanges: Mapping[InterchangeKey, Seen],
        orders: Mapping[OrderKey, KnownOrder],
    ) -> World:
        """This world once an answer is carried out, for the next in the batch."""
        return replace(
            self,
            interchanges={**self.interchanges, **interchanges},
            orders={**self.orders, **orders},
        )
