"""cXML ConfirmationRequest: the answer to an order, or to what it was updated to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.cxml_punchout.confirm import (
    Confirmation,
    ConfirmedItem,
    HeaderType,
    StatusAsked,
    confirmation_request,
)
from gateway.cxml_punchout.pieces import OrderRef
from gateway.mappers.cxml_draft import CxmlDraft, Envelope
from gateway.mappers.parts.answered import lines_told, stated_type
from gateway.mappers.parts.cxml_answer_line import Pen
from gateway.order.ack import AckType, OrderAck
from gateway.order.inquiry import Inquiry
from gateway.order.model import Order
from gateway.partner.cxml import CxmlConfirmations
from gateway.partner.profile import Profile
from gateway.safexml.markup import Node

__all__ = ["KIND", "answering", "from_ack"]

KIND = "cxml_confirmation_request"
_USUAL = CxmlConfirmations()
_UNSET = datetime(1, 1, 1, tzinfo=UTC)
"""The time of the notice until the document has one."""


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> CxmlDraft:
    """The answer without payloadID and time.

    Header and lines agree whatever the answer says. It speaks of the whole order each
    time, so that it takes the place of all that was said before.
    """
    agreed = profile.cxml.confirmations if profile else _USUAL
    pen = Pen(envelope.version, ack.currency or order.currency)
    said = _Told(_said(ack, order, pen, agreed))
    return CxmlDraft.of(KIND, envelope, said)


def answering(draft: CxmlDraft, inquiry: Inquiry) -> CxmlDraft:
    """The same answer once more, to the question how the order stands."""
    told = draft.payload
    assert isinstance(told, _Told)
    asked = StatusAsked(
        payload_id=inquiry.source.message_control, number=inquiry.number
    )
    return replace(draft, payload=_Told(replace(told.said, asked=asked)))


@dataclass(frozen=True, slots=True)
class _Told:
    """The confirmation, which is told when it leaves."""

    said: Confirmation

    def node(self, now: datetime, before: str) -> Node:
        """ConfirmationRequest; an update, if there was one before."""
        told = replace(
            self.said,
            noticed_at=now,
            replaces=before,
            operation="update" if before else "new",
        )
        return confirmation_request(told)


def _said(
    ack: OrderAck, order: Order, pen: Pen, agreed: CxmlConfirmations
) -> Confirmation:
    kind = stated_type(ack)
    items = _items(ack, order, kind, pen)
    if kind == "rejected" and agreed.refusals == "lines":
        top = (line for line in order.lines if not line.parent_line)
        items = [pen.refused(line) for line in top]
    header = _header_type(kind, items, agreed)
    if header == "except":
        items = [one for one in items if not _is_plain(one)]
    asked = ack.order_source.message_control
    its = ack.order_source if asked and asked.isprintable() else order.source
    first = ack.answers == "order" and its == order.source
    same_day = ack.order_date in (None, order.issue_date)
    day = order.issued_at if first or same_day else None
    return Confirmation(
        confirm_id=_number(ack, order, agreed),
        type=header,
        noticed_at=_UNSET,
        order=OrderRef(
            payload_id=its.message_control,
            order_id=ack.po_number,
            order_date=day or ack.order_date or order.issue_date,
        ),
        items=tuple(items),
        comments=_comments(ack, header),
    )


def _header_type(
    kind: AckType, items: Iterable[ConfirmedItem], agreed: CxmlConfirmations
) -> HeaderType:
    """What holds of the whole order: yes, no, or yes but for the lines that are named.

    What is not decided yet is told line by line.
    """
    if kind == "rejected":
        return "reject"
    if kind in ("received", "held"):
        return "detail"
    if all(part.type == "accept" for one in items for part in one.parts):
        return "accept"
    return agreed.changes


def _items(ack: OrderAck, order: Order, kind: AckType, pen: Pen) -> list[ConfirmedItem]:
    """A line of a number that comes twice is answered once; of a refusal there is none.

    Where all is accepted lines are told for their days of shipping alone. Of what is
    not decided no line is left out.
    """
    if kind == "rejected":
        return []
    waits = kind in ("received", "held")
    told = lines_told(ack, order, kind)
    items: dict[str, ConfirmedItem] = {}
    for line, sent in told:
        silent = waits and not line.statuses
        item = pen.waiting(line) if silent else pen.item(line, sent)
        if item is not None:
            items.setdefault(line.line_no, item)
    if waits and not items:
        top = (line for line in order.lines if not line.parent_line)
        items = {line.line_no: pen.waiting(line) for line in top}
    if not waits and all(map(_is_plain, items.values())):
        return []
    return list(items.values())


def _is_plain(item: ConfirmedItem) -> bool:
    """Whether it says nothing beyond yes."""
    return all(
        part.type == "accept" and not (part.ship_date or part.comments)
        for part in item.parts
    )


def _number(ack: OrderAck, order: Order, agreed: CxmlConfirmations) -> str:
    """confirmID: our number of the order, else theirs.

    It stays the same where later answers update the first one; else each has its own.
    """
    ours = ack.id or ack.sales_order_number or order.sales_order_number
    number = ours or ack.po_number
    if agreed.again == "update" or (ack.answers == "order" and not ack.purpose):
        return number
    told = f"{ack.order_source.message_control} {ack.purpose} {ack.order_version}"
    return f"{number}-{hashlib.sha256(told.encode()).hexdigest()[:4].upper()}"


def _comments(ack: OrderAck, header: HeaderType) -> tuple[str, ...]:
    """Reasons and notes; of a refusal, which names no line, those of the lines too."""
    texts = [*(reason.text for reason in ack.reasons), *(n.text for n in ack.notes)]
    if header == "reject":
        texts += [s.note for line in ack.lines for s in line.statuses]
    return tuple(dict.fromkeys(text for text in texts if text))
