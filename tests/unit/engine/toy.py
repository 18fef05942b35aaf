"""A pipeline of two small pure functions with real effects: one line, one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from gateway.catalog.keys import asked
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding
from gateway.findings.model import Verdict
from gateway.order import LineQuantity, Order, OrderAck, OrderLine, State
from gateway.order.model import Item
from gateway.pipeline.effects import (
    Effect,
    Keep,
    MessageRecord,
    Queue,
    Record,
    Refuse,
    Replay,
)
from gateway.pipeline.world import InterchangeKey, OrderKey, Wants, World
from gateway.store.claim import Claimed

ENVELOPE = Envelope(
    sender_qualifier="ZZ",
    sender_id="SUPPLIER",
    receiver_qualifier="ZZ",
    receiver_id="ACME",
    gs_sender="SUPPLIER",
    gs_receiver="ACME",
    version="004010",
)


@dataclass(frozen=True, slots=True)
class Question:
    """An interchange of the form ``partner control-number po-number``."""

    text: str
    sha256: str
    receipt_id: str
    cursor: int = 0

    @property
    def partner_id(self) -> str:
        return self.text.split()[0]

    @property
    def interchange(self) -> InterchangeKey:
        return InterchangeKey(
            partner_id=self.partner_id,
            sender=f"ZZ:{self.partner_id}",
            receiver="ZZ:SUPPLIER",
            control_number=self.text.split()[1],
            usage="P",
        )

    @property
    def order(self) -> OrderKey:
        return OrderKey(
            partner_id=self.partner_id,
            buyer_party=self.partner_id,
            kind="order",
            po_number=self.text.split()[2],
        )

    @property
    def next(self) -> int | None:
        """A fourth word says in how many parts it is answered."""
        parts = int((self.text.split() + ["1"] * 4)[3])
        return self.cursor + 1 if self.cursor + 1 < parts else None

    @property
    def wants(self) -> Wants:
        if len(self.text.split()) < 3:
            return Wants()
        return Wants(
            interchanges=frozenset([self.interchange]),
            orders=frozenset([self.order]),
            items={self.partner_id: frozenset([asked(Item(supplier_sku="A1"))])},
        )

    def answer(self, world: World) -> tuple[Effect, ...]:
        if "poison" in self.text:
            raise RuntimeError("planted")
        if len(self.text.split()) < 3:
            found = Finding.of("WIRE-001", "three words are wanted", value=self.text)
            return (Refuse(partner_id="", findings=(found,)),)
        if self.cursor:
            return ()
        seen = world.interchanges.get(self.interchange)
        if seen is not None:
            return (
                Replay(
                    partner_id=self.partner_id,
                    receipt_id=seen.receipt_id,
                    kinds=("x12_997",),
                ),
            )
        known = world.orders.get(self.order)
        effects: tuple[Effect, ...] = (self._record(), self._queue("x12_997", "FA"))
        if known is not None:
            return effects
        return (*effects, self._keep(), self._queue("x12_855", "PR"))

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self.receipt_id[4:]}"

    def _record(self) -> Record:
        message = MessageRecord(
            id=self._id("msg"),
            type="x12_850",
            version="004010",
            group_control_number="1",
            control_number="0001",
            verdict=Verdict.ACCEPTED,
            findings=(),
            byte_offset=0,
        )
        return Record(
            id=self._id("int"),
            partner_id=self.partner_id,
            key=self.interchange,
            sha256=self.sha256,
            sent_at="",
            usage="P",
            messages=(message,),
            findings=(),
        )

    def _keep(self) -> Keep:
        po_number = self.order.po_number
        line = OrderLine(
            line_no="1",
            item=Item(supplier_sku="A1"),
            quantity=LineQuantity(value=Decimal(5), uom_sent="EA"),
        )
        return Keep(
            order_id=self._id("ord"),
            message_id=self._id("msg"),
            partner_id=self.partner_id,
            key=self.order,
            digest=sha256(self.text.encode()).hexdigest(),
            order=Order(po_number=po_number, currency="USD", lines=(line,)),
            state=State.CONFIRMED,
            test=False,
            ack=OrderAck(po_number=po_number, type="accepted"),
            findings=(),
            report="{}",
        )

    def _queue(self, kind: str, functional_id: str) -> Queue:
        body = (("BAK", "00", "AC", self.text.split()[2]),)
        return Queue(
            partner_id=self.partner_id,
            channel="folder",
            kind=kind,
            draft=Draft(
                kind=kind,
                functional_id=functional_id,
                envelope=ENVELOPE,
                messages=((kind[-3:], body),),
            ),
            idem=f"{kind}|{self.text}",
            counter=ENVELOPE.series,
            interchange_id=self._id("int"),
            order_id=self._id("ord") if kind == "x12_855" else "",
        )


def read_one(chunks: Iterable[bytes], claimed: Claimed) -> Question:
    """Read one transmission; the word ``broken`` breaks the reader."""
    data = b"".join(chunks)
    if b"broken" in data:
        raise RuntimeError("planted")
    digest = sha256(data).hexdigest()
    return Question(data.decode("latin-1"), digest, claimed.id, claimed.cursor)
