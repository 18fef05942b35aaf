"""Orders for our ERP, and until when it has to answer them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.erp.orders import Handed, file_name, written
from gateway.order import Order, OrderAck
from gateway.order.life import State
from gateway.partner import Profile
from gateway.pipeline.own_effects import Drop, Due

ERP_ANSWER = "erp_answer"
"""The kind of a deadline for the ERP's confirmation of an order."""
KINDS = {"json": "erp_order_json", "csv": "erp_order_csv"}
"""The kind of the message that hands an order over, by the form of its file."""

OPEN = frozenset({State.RECEIVED, State.CONFIRMED, State.CHANGED, State.BACKORDERED})
"""States in which the ERP has, or gets, the order."""


def handed(order: Order, ack: OrderAck, state: State, version: int = 1) -> Handed:
    """An order in one version, as it would be handed over."""
    return Handed(version=version, order=order, ack=ack, state=state)


def hand_over(
    profile: Profile, one: Handed, was: State | None = None, again: str = ""
) -> Iterator[Drop]:
    """The files of an order in this version, each once.

    ``was`` is its state before: an order that the ERP has is handed over again however
    it goes on, one that it never saw only when it is open. Tests are not handed over.
    ``again`` makes further ones, in the place of those before.
    """
    if one.order.test or not (one.state in OPEN or was in OPEN):
        return
    order_id = one.order.id
    for form in profile.erp.orders:
        yield Drop(
            partner_id=profile.id,
            kind=KINDS[form],
            file_name=file_name(one, form),
            content=written(one, form, profile.id),
            idem=f"erp/{order_id}/{one.version}/{form}" + f"/{again}" * bool(again),
            order_id=order_id,
        )


def awaited(
    profile: Profile, order: Order, state: State, now: datetime
) -> Iterator[Due]:
    """The ERP's confirmation is due, where the answer waits for it."""
    if state is State.RECEIVED and profile.policy.ack == "on_erp":
        yield Due(
            partner_id=profile.id,
            kind=ERP_ANSWER,
            ref=order.id,
            due_at=now + timedelta(hours=profile.policy.ack_within_h),
        )
