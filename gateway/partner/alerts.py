"""Whom a partner's alerts go to: kinds of alerts, and the rules about them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.partner.scalars import (
    Clock,
    Form,
    Target,
    Wait,
    Zone,
    one_or_several,
)

__all__ = ["AlertKind", "AlertRule", "Quiet"]


class AlertKind(StrEnum):
    """What an alert is about."""

    HELD = "held"
    """An order waits for a decision."""
    REJECTED = "rejected"
    """A message of theirs or ours, an order or a file of the ERP was rejected."""
    FAILED = "failed"
    """A message of ours was given up."""
    OVERDUE = "overdue"
    """Something did not come or leave in time, or will be late soon."""
    EXPIRING = "expiring"
    """A contract or certificate ends soon."""
    QUARANTINED = "quarantined"
    """A transmission was put aside."""
    CONFLICT = "conflict"
    """A number or key came again with other bytes."""
    PAYMENT = "payment"
    """A payment of theirs is not what was billed."""
    TEXT = "text"
    """They sent a text for people to read."""
    OTHER = "other"
    """Anything else worth knowing."""


_Kinds = Literal[
    "held",
    "rejected",
    "failed",
    "overdue",
    "expiring",
    "quarantined",
    "conflict",
    "payment",
    "text",
    "other",
    "all",
]


class Quiet(Form):
    """Hours of the day in which nobody is told; what came is told at their end."""

    from_: Annotated[Clock, Field(alias="from")]
    """When they begin."""
    to: Clock
    """When they end; earlier than the beginning: the next morning."""
    zone: Zone = "UTC"
    """The time zone, like ``Europe/Paris``."""


class AlertRule(Form):
    """Who is told of some kinds of alerts, and when."""

    on: Annotated[
        tuple[_Kinds, ...],
        BeforeValidator(one_or_several, json_schema_input_type=_Kinds | list[_Kinds]),
    ]
    """Kinds: held, rejected, failed, overdue, expiring, quarantined, conflict, payment,
    text, other; or all."""
    to: Annotated[
        tuple[Target, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Target | list[Target]),
    ] = ()
    """Mail addresses, and names of webhooks in ``GATEWAY_WEBHOOKS``; none: only the
    log."""
    after_h: Wait = 0
    """Hours that it must have lasted; what was settled by then is not told."""
    quiet: Quiet | None = None
    """Hours of the day in which nobody is told."""

    def covers(self, kind: AlertKind) -> bool:
        """Whether the rule is about this kind."""
        return kind.value in self.on or "all" in self.on
