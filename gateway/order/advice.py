"""What a partner says of documents of ours: taken or not, paid, or just in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from gateway.order.model import NO_SOURCE, Source
from gateway.order.money import Money
from gateway.order.party import Extension, Note, Party, Reference

__all__ = [
    "Adjustment",
    "Advice",
    "AdviceKind",
    "Advised",
    "DocumentKind",
    "Objection",
    "Said",
]

AdviceKind = Literal["application", "remittance", "text"]
"""Application advice (X12 824), remittance advice (820), text message (864)."""

DocumentKind = Literal["", "invoice", "shipment", "order"]
"""What of ours a number names; empty: it may be any of them."""

Said = Literal[
    "", "accepted", "accepted_with_errors", "partly_accepted", "rejected", "paid"
]
"""What was said of a document; empty: nothing that settles anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What their application did not like. ``code`` is theirs (X12 DE 647).

    ``segment_position`` counts ST as 1, -1: not told; ``element`` counts from 1.
    """

    code: str = ""
    text: str = ""
    segment_tag: str = ""
    segment_position: int = -1
    element: int = 0
    value: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What was taken off a payment, or put on it. ``reason`` is X12 DE 426 as sent."""

    amount: Money
    reason: str = ""
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """One document that the advice is about, and what it says of it.

    It is named by its ``number``, or by ``references``; or by the numbers that it was
    sent under: the group's (GS06), the message's (ST02) and its type. ``kind_sent`` is
    the code that says what the number is, ``sent`` the one of what was said.
    ``paid`` is what the payment has for it after ``discount`` and ``adjustments``,
    ``billed`` the amount that they read on it.
    """

    kind: DocumentKind = ""
    number: str = ""
    kind_sent: str = ""
    said: Said = ""
    sent: str = ""
    group_control: str = ""
    message_control: str = ""
    message_type: str = ""
    paid: Money | None = None
    billed: Money | None = None
    discount: Money | None = None
    adjustments: tuple[Adjustment, ...] = ()
    objections: tuple[Objection, ...] = ()
    references: tuple[Reference, ...] = ()
    text: str = ""

    @property
    def taken_off(self) -> Decimal:
        """What the adjustments come to: below zero for what was kept back."""
        return sum((one.amount.amount for one in self.adjustments), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One message about documents of ours. ``number`` is the partner's.

    ``amount`` is what is paid with it in all, ``method`` how (X12 DE 591), ``paid_on``
    when; ``adjustments`` belong to none of the documents.
    """

    kind: AdviceKind
    number: str = ""
    id: str = ""
    source: Source = NO_SOURCE
    purpose: str = ""
    issue_date: dt.date | None = None
    test: bool = False
    title: str = ""
    currency: str = ""
    amount: Money | None = None
    method: str = ""
    paid_on: dt.date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    notes: tuple[Note, ...] = ()
    about: tuple[Advised, ...] = ()
    extensions: tuple[Extension, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def added(self) -> Decimal:
        """What the payments of the documents come to, with their own adjustments."""
        paid = (one.paid.amount for one in self.about if one.paid)
        loose = (one.amount.amount for one in self.adjustments)
        return sum(paid, Decimal(0)) + sum(loose, Decimal(0))
