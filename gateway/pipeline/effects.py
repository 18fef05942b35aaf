"""What a decision wants done, as values. The store carries them out in one tx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.edi.numbers import Unnumbered
from gateway.findings import Finding
from gateway.findings.model import Verdict
from gateway.order.ack import OrderAck
from gateway.order.advice import Advice, DocumentKind
from gateway.order.change import Change
from gateway.order.life import ChangeState, State
from gateway.order.model import Order
from gateway.order.money import Money
from gateway.partner.alerts import AlertKind
from gateway.pipeline.booked import Booked, OrderPlace
from gateway.pipeline.documents import DocumentKey, KnownDocument
from gateway.pipeline.number_keys import NumberKey, SequenceKey, Standing
from gateway.pipeline.own_effects import OwnEffect
from gateway.pipeline.sent import Settle
from gateway.pipeline.world import InterchangeKey, OrderKey
from gateway.values import swift


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """One message of an interchange, as the store keeps it."""

    id: str
    type: str
    """The profile's name of the type, such as ``x12_850``."""
    version: str
    group_control_number: str
    control_number: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    byte_offset: int


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An interchange and its messages were read."""

    id: str
    partner_id: str
    key: InterchangeKey
    sha256: str
    sent_at: str
    usage: str
    messages: tuple[MessageRecord, ...]
    findings: tuple[Finding, ...]
    numbers: tuple[tuple[NumberKey, str], ...] = ()
    """Its groups or messages under numbers that are new, with their digests."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A partner's sequence of control numbers stands here from now on."""

    partner_id: str
    key: SequenceKey
    standing: Standing


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Book an order, or keep it held, under a key that no other order may have."""

    order_id: str
    message_id: str
    partner_id: str
    key: OrderKey
    digest: str
    order: Order
    state: State
    test: bool
    ack: OrderAck
    """The answer that was decided, or for a held order the one proposed."""
    findings: tuple[Finding, ...]
    report: str
    """Price traces and decisions line by line: JSON text for people."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Give an order that is kept another answer and state, if it is still in ``was``.

    ``by`` and ``reason`` stand in the order's history. ``version`` is the one that
    this makes; 0: whatever comes next.
    """

    partner_id: str
    order_id: str
    was: State
    state: State
    ack: OrderAck
    report: str
    by: str
    reason: str
    version: int = 0
    order: Order | None = None
    """What is ordered from now on; none: as before."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class KeepChange:
    """Keep a change of an order, whatever became of it.

    ``version`` is the order's that it made, 0: none. ``booked`` is the order as it
    then stands, for what comes later in the batch.
    """

    partner_id: str
    change_id: str
    order_id: str
    place: OrderPlace
    buyer: str
    change: Change
    digest: str
    state: ChangeState
    version: int
    message_id: str
    answer: OrderAck | None
    findings: tuple[Finding, ...]
    booked: Booked | None


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class SettleChange:
    """A change that waited has come to something, if it is still in ``was``."""

    partner_id: str
    change_id: str
    was: ChangeState
    state: ChangeState
    order_id: str
    version: int
    answer: OrderAck | None
    findings: tuple[Finding, ...]
    place: OrderPlace
    booked: Booked


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That an advice is about a document: what it names, and what it says of it.

    ``ref`` is the document's id, empty where it is none of ours; ``outbox_id`` the
    message that told it. ``state`` is the verdict, or what a payment comes to.
    """

    n: int
    kind: DocumentKind
    number: str
    ref: str = ""
    outbox_id: str = ""
    order_id: str = ""
    state: str = ""
    paid: Money | None = None
    discount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAdvice:
    """Keep what a partner says of documents of ours, with the links to them.

    ``known`` are the documents as they then stand, for what comes later in the batch.
    """

    partner_id: str
    advice: Advice
    digest: str
    message_id: str
    test: bool = False
    links: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = ()
    known: Mapping[DocumentKey, tuple[KnownDocument, ...]] = field(default_factory=dict)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Number a message, write its final bytes and send it to the partner."""

    partner_id: str
    channel: str
    kind: str
    draft: Unnumbered
    idem: str
    """Unique text: the same answer is never queued twice."""
    counter: str
    """The control number series: our identity and theirs."""
    interchange_id: str = ""
    message_id: str = ""
    order_id: str = ""
    replaces: str = ""
    """The message of ours that this one stands in for."""
    follows: bool = False
    """Whether it names the last one of its kind about the order (``Following``)."""
    chain: str = ""
    """How the ``idem`` of those begins that it follows, whatever order they name."""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """Their acknowledgement of the message queued under ``idem`` is due."""

    partner_id: str
    idem: str
    due_at: datetime


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Send stored answers again, byte for byte: those of a receipt or of an order."""

    partner_id: str
    kinds: tuple[str, ...]
    receipt_id: str = ""
    order_id: str = ""


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Keep the receipt in quarantine: nothing of it is booked or answered."""

    partner_id: str
    findings: tuple[Finding, ...]


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Tell the operators. ``ref``: what it is about; else the order, the receipt."""

    partner_id: str
    finding: Finding
    order_id: str = ""
    kind: AlertKind = AlertKind.OTHER
    ref: str = ""


Effect = (
    Record
    | Advance
    | Keep
    | KeepChange
    | KeepAdvice
    | SettleChange
    | Decide
    | Queue
    | Expect
    | Replay
    | Refuse
    | Settle
    | Alert
) | OwnEffect
