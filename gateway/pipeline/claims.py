"""What a signed document asks for, to be held against what its signer may send."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from gateway.findings import Finding
from gateway.mappers.parts.sums import line_amount
from gateway.order import Order
from gateway.pipeline.arrived import MessageIn, Read
from gateway.pipeline.arrived_cxml import SETUP
from gateway.pipeline.effects import Refuse
from gateway.trust.judging import Judged
from gateway.trust.policy import Claim
from gateway.trust.report import Fault, Sub

__all__ = ["SIGNED", "UNPROVEN", "held_against", "not_proven", "unsigned"]

SIGNED = "signed"
"""The door of what came signed and is believed."""
UNPROVEN = "signed_unproven"
"""The same while it is not known whether a certificate was revoked."""


def not_proven() -> Finding:
    """Why an order is held that came through ``UNPROVEN``."""
    what = "its signature is right; whether a certificate was revoked is not known"
    return Finding.of("TRU-421", what)


def unsigned(read: Read) -> Refuse | None:
    """The refusal of what came as it is, though its partner sends signed documents.

    This is the last door: none of those before it has to know. A punch-out session is
    begun without a signature, as it orders nothing.
    """
    if read.door in (SIGNED, UNPROVEN):
        return None
    for interchange in read.interchanges:
        profile = interchange.profile
        if profile is None or not profile.takes_signed_alone:
            continue
        kinds = {one.kind for group in interchange.groups for one in group.messages}
        if kinds != {SETUP}:
            what = "this partner's documents are signed, and this came as it is"
            found = Finding.of("TRU-411", what)
            return Refuse(partner_id=profile.id, findings=(found,))
    return None


def held_against(judged: Judged, read: Read, partner_id: str) -> Judged:
    """The verdict once the document was read: is it the partner's, may the signer?

    The sender that its envelope names must be the partner whose signer signed it.
    """
    if read.next is not None:
        what = "a signed document of more orders than are judged at once"
        return judged.but(Fault(Sub.SIG_CONSTRAINTS_FAILURE, "limits.orders", what))
    for interchange in read.interchanges:
        profile = interchange.profile
        if profile is None or profile.id != partner_id:
            named = profile.id if profile else "nobody who is known"
            what = f"the document is from {named}, the signer signs for {partner_id}"
            sub = Sub.SIG_CONSTRAINTS_FAILURE
            return judged.but(Fault(sub, "authorisation.sender", what))
        for group in interchange.groups:
            for message in group.messages:
                for claim in _claims(message):
                    judged = judged.claims(claim)
    return judged


def _claims(message: MessageIn) -> Iterator[Claim]:
    mapped = message.mapped
    order = mapped.order if mapped else None
    if order is not None:
        yield _of_order(message.kind, order)
    elif mapped is not None and mapped.change is not None:
        yield Claim(kind=message.kind)


def _of_order(kind: str, order: Order) -> Claim:
    """What an order asks for."""
    buyers = {
        id_
        for party in order.parties
        if party.role == "buyer"
        for id_ in (party.id, *(one.id for one in party.ids))
        if id_
    }
    return Claim(
        kind=kind,
        buyers=frozenset(buyers),
        contract=order.contract_ref,
        amount=_amount(order),
        currency=order.currency,
    )


def _amount(order: Order) -> Decimal | None:
    """What the lines come to, or more where the buyer says more.

    None where a line has no price: ours would count, which nobody signed.
    """
    added = line_amount(order.lines, order.currency)
    if added is None:
        return None
    totals = order.totals
    told = totals.amount if totals else None
    return max(added.amount, told.amount if told else added.amount)
