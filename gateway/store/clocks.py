"""What clocks run for, and when it was done: worked out from what is open.

Nothing is noted for a clock while it is in time. Every query reads the partial index of
open work, and of that only what began so long ago that it may have to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from gateway.partner.sla import SlaKind
from gateway.pipeline.sla import Running
from gateway.store.clock_parts import Asked, Ended
from gateway.store.message_clocks import (
    functional_ended,
    functional_running,
    mdn_ended,
    mdn_running,
    their_mdn_ended,
    their_mdn_running,
    theirs_ended,
)
from gateway.store.order_clocks import (
    answer_ended,
    answer_running,
    change_ended,
    change_running,
    hold_ended,
    hold_running,
)
from gateway.store.shipment_clocks import invoice_ended, notice_ended, shipment_running
from gateway.store.sql import some

__all__ = ["ended", "running"]


_Run = Callable[[sa.Connection, Asked], Iterator[Running]]
_End = Callable[[sa.Connection, Asked, Sequence[Running]], dict[Running, Ended]]
_RUNNING: Mapping[SlaKind, _Run] = {
    SlaKind.MDN: mdn_running,
    SlaKind.FUNCTIONAL_ACK: functional_running,
    SlaKind.ORDER_ANSWER: answer_running,
    SlaKind.CHANGE_ANSWER: change_running,
    SlaKind.SHIP_NOTICE: shipment_running,
    SlaKind.INVOICE: shipment_running,
    SlaKind.THEIR_MDN: their_mdn_running,
    SlaKind.HOLD: hold_running,
}
"""Theirs for ours is found by the deadline that its message was sent with."""
_ENDED: Mapping[SlaKind, _End] = {
    SlaKind.MDN: mdn_ended,
    SlaKind.FUNCTIONAL_ACK: functional_ended,
    SlaKind.ORDER_ANSWER: answer_ended,
    SlaKind.CHANGE_ANSWER: change_ended,
    SlaKind.SHIP_NOTICE: notice_ended,
    SlaKind.INVOICE: invoice_ended,
    SlaKind.THEIR_FUNCTIONAL_ACK: theirs_ended,
    SlaKind.THEIR_MDN: their_mdn_ended,
    SlaKind.HOLD: hold_ended,
}


def running(tx: sa.Connection, asked: Asked) -> list[Running]:
    """What may have to be told; some of it may have ended."""
    look = _RUNNING.get(asked.kind)
    return list(dict.fromkeys(look(tx, asked))) if look and asked.soonest else []


def ended(
    tx: sa.Connection, asked: Asked, every: Iterable[Running]
) -> dict[Running, Ended]:
    """Those of them that are over."""
    found: dict[Running, Ended] = {}
    for part in some(every):
        found |= _ENDED[asked.kind](tx, asked, part)
    return found
