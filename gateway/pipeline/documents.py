"""Documents of ours that a partner may speak of, and what the store knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from gateway.mappers.cxml_draft import Numbered
from gateway.order.advice import Advice, Advised, DocumentKind
from gateway.order.money import Money
from gateway.pipeline.sent import GROUP, INTERCHANGE, Sent, SentKey

MESSAGES: dict[DocumentKind, tuple[str, ...]] = {
    "invoice": (
        "x12_810",
        "edifact_invoic",
        "cxml_invoice_detail_request",
        "ubl_invoice",
    ),
    "shipment": (
        "x12_856",
        "edifact_desadv",
        "cxml_ship_notice_request",
        "ubl_despatch_advice",
    ),
    "order": (
        "x12_855",
        "x12_865",
        "edifact_ordrsp",
        "cxml_confirmation_request",
        "ubl_order_response",
    ),
}
"""The messages that a partner gets of a kind of document."""
_LONGEST_NUMBER = 9


class AdviceKey(NamedTuple):
    """What tells an advice that comes again: whose, and the digest of what it says."""

    partner_id: str
    digest: str


class DocumentKey(NamedTuple):
    """A document as a partner names it: our invoice, our shipment, or their order."""

    partner_id: str
    kind: DocumentKind
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A document of ours. ``order_id`` is the first order that it is about.

    ``sent`` are the messages that told it, oldest first. Of an invoice ``due`` is what
    is to be paid, below zero for a credit note, and ``paid`` what has been, with the
    discounts that were taken.
    """

    kind: DocumentKind
    id: str
    number: str
    order_id: str = ""
    sent: tuple[Sent, ...] = ()
    due: Money | None = None
    paid: Decimal = Decimal(0)


def documents_named(partner_id: str, advice: Advice) -> Iterator[DocumentKey]:
    """All documents that the advice may be about."""
    for about in advice.about:
        yield from named(partner_id, advice, about)


def named(partner_id: str, advice: Advice, about: Advised) -> Iterator[DocumentKey]:
    """What one part of an advice may be about, the likeliest first.

    A number that says not what it names may be any document's; in a remittance it is
    an invoice's.
    """
    kinds: tuple[DocumentKind, ...] = (about.kind,)
    if not about.kind and advice.kind == "remittance":
        kinds = ("invoice",)
    elif not about.kind:
        kinds = ("invoice", "shipment", "order")
    numbers = [about.number]
    if advice.kind == "application":
        numbers += [one.value for one in about.references]
    for number in dict.fromkeys(numbers):
        if number:
            yield from (DocumentKey(partner_id, kind, number) for kind in kinds)


def sent_keys_of(partner_id: str, advice: Advice) -> Iterator[SentKey]:
    """The groups of ours that the advice names."""
    for about in advice.about:
        key = sent_key(partner_id, about)
        if key is not None:
            yield key


def sent_key(partner_id: str, about: Advised) -> SentKey | None:
    """The group that a part of an advice names by its number (GS06), if any.

    Or the document of cXML, whose payloadID holds its number.
    """
    numbered = Numbered.of(about.message_control)
    if numbered is not None:
        return SentKey(partner_id=partner_id, level=INTERCHANGE, number=numbered.number)
    text = about.group_control.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    return SentKey(partner_id=partner_id, level=GROUP, number=int(text))


def document_of(sent: Sent) -> KnownDocument | None:
    """The document that a message of ours told, as far as its own row names it."""
    for kind, messages in MESSAGES.items():
        if sent.kind in messages:
            named_in_idem = sent.idem.partition("~")[0].split("/")[1:2]
            id_ = sent.order_id if kind == "order" else "".join(named_in_idem)
            return KnownDocument(
                kind=kind, id=id_, number="", order_id=sent.order_id, sent=(sent,)
            )
    return None
