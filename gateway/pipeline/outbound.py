"""Messages from our side: their envelope, their channel, when an answer is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.edi.events import Separators
from gateway.edi.x12.writer import Envelope
from gateway.mappers import WRITERS
from gateway.order import Order
from gateway.order.ack import OrderAck
from gateway.partner import Profile
from gateway.pipeline.effects import Effect, Expect, Queue

ACK_DUE = timedelta(hours=24)
"""Until when their functional acknowledgement of a message of ours is expected."""
ANSWERS = {"850": "x12_855"}
"""The message type that answers an order, by the order's."""


def dressed(envelope: Envelope, profile: Profile) -> Envelope:
    """The envelope with the separators and the encoding that the partner wants.

    What the profile leaves out stays as it is: as they sent it.
    """
    form, sent = profile.x12, envelope.separators
    separators = Separators(
        element=form.element_separator or sent.element,
        component=form.component_separator or sent.component or ">",
        repetition=form.repetition_separator or sent.repetition,
        terminator=form.terminator or sent.terminator,
        suffix=sent.suffix if form.suffix is None else form.suffix,
    )
    return replace(envelope, separators=separators, encoding=form.encoding)


def replying(order: Order, profile: Profile, kind: str) -> Envelope:
    """The envelope of a message that answers an order: identities swapped.

    What answers a test says so, whatever the order's own envelope said (ISA15).
    """
    source = order.source
    sender_qualifier, _, sender = source.receiver.partition(":")
    receiver_qualifier, _, receiver = source.sender.partition(":")
    version = next(
        (s.version for s in profile.sends if s.message == kind), source.version
    )
    separators = Separators.of(source.separators) if source.separators else None
    envelope = Envelope(
        sender_qualifier=sender_qualifier,
        sender_id=sender,
        receiver_qualifier=receiver_qualifier,
        receiver_id=receiver,
        gs_sender=source.receiver_code or sender,
        gs_receiver=source.sender_code or receiver,
        version=version,
        interchange_version=source.interchange_version or "00401",
        usage="T" if order.test else source.usage or "P",
    )
    if separators:
        envelope = replace(envelope, separators=separators)
    return dressed(envelope, profile)


def channel_for(profile: Profile, kind: str, door: str) -> str:
    """The channel a message leaves by: the profile's word, else the order's own door.

    ``door`` is the kind of channel that the order came through. A partner without
    channels gets files.
    """
    for sends in profile.sends:
        if sends.message == kind and sends.channel:
            return sends.channel
    same = [channel.id for channel in profile.channels if channel.kind == door]
    every = [channel.id for channel in profile.channels]
    return (*same, *every, "folder")[0]


def tell(
    profile: Profile, ack: OrderAck, order: Order, channel: str, now: datetime
) -> Iterator[Effect]:
    """Queue the answer to an order and expect their acknowledgement of it.

    Partners whose profile does not list the answer's type get none.
    """
    kind = "x12_855"
    if not any(sends.message == kind for sends in profile.sends):
        return
    if ack.type == "rejected":  # what is refused has no number of ours
        order = replace(order, sales_order_number="")
    draft = WRITERS[kind](ack, order, replying(order, profile, kind), profile)
    idem = f"855/{order.id}/{ack.order_version or '1'}/{ack.type}"
    yield Queue(
        partner_id=profile.id,
        channel=channel,
        kind=kind,
        draft=draft,
        idem=idem,
        counter=f"{order.source.receiver}>{order.source.sender}",
        order_id=order.id,
    )
    yield Expect(partner_id=profile.id, idem=idem, due_at=now + ACK_DUE)
