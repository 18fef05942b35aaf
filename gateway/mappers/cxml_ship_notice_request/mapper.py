"""cXML ShipNoticeRequest: what left, how it goes, what of each order is in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gateway.cxml_punchout.envelope import MODERN
from gateway.cxml_punchout.ship import (
    Carriage,
    ShipNoticeDoc,
    Shipped,
    ship_notice_request,
)
from gateway.mappers.cxml_draft import CxmlDraft, Envelope
from gateway.mappers.cxml_ship_notice_request.items import Items
from gateway.mappers.parts.cxml_contact import contact, first_of
from gateway.mappers.parts.cxml_order_ref import order_ref
from gateway.order.model import Order
from gateway.order.party import PartyRole
from gateway.order.ship import ShipNotice
from gateway.partner.profile import Profile
from gateway.partner.ship import ShipNotices
from gateway.safexml.markup import Node

__all__ = ["KIND", "from_notice"]

KIND = "cxml_ship_notice_request"
_OPERATIONS: Mapping[str, Literal["new", "update", "delete"]] = {
    "original": "new",
    "replace": "update",
    "cancel": "delete",
}
_ROLES: Mapping[str, PartyRole] = {"shipFrom": "ship_from", "shipTo": "ship_to"}
_SCAC = re.compile("[A-Z]{2,4}")
_UNKNOWN = "Other"
"""Who carries it, where only a tracking number is known."""
_UNSET = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
"""The time of the notice until the document has one."""


def from_notice(
    notice: ShipNotice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> CxmlDraft:
    """The ship notice without payloadID and time.

    ``orders`` are those of its lines by their ids. One that takes the place of another
    is complete; a cancellation names the shipment alone.
    """
    form = profile.ship_notice if profile else ShipNotices()
    said = _Told(_said(notice, orders, envelope, form))
    return CxmlDraft.of(KIND, envelope, said)


@dataclass(frozen=True, slots=True)
class _Told:
    """The notice, which is told when it leaves."""

    said: ShipNoticeDoc

    def node(self, now: dt.datetime, before: str) -> Node:
        """ShipNoticeRequest; what nothing went before is new."""
        operation = self.said.operation
        if operation == "update" and not before:
            operation = "new"
        told = replace(self.said, noticed_at=now, replaces=before, operation=operation)
        return ship_notice_request(told)


def _said(
    notice: ShipNotice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    form: ShipNotices,
) -> ShipNoticeDoc:
    every = tuple(orders.values())
    issued = notice.issued_at.date() if notice.issued_at else None
    left = notice.ship_date or issued
    modern = envelope.version >= MODERN
    items = Items(notice, form, modern=modern)
    weight = notice.gross_weight
    return ShipNoticeDoc(
        shipment_id=notice.number,
        noticed_at=_UNSET,
        operation=_OPERATIONS[notice.purpose],
        shipped_at=left,
        delivered_at=notice.expected_date or _wanted(every, left),
        type="planned" if left and issued and left > issued else "actual",
        fulfillment="complete" if notice.status == "complete" else "partial",
        service_level=_service(every) or "Standard",
        contacts=tuple(
            one
            for role, of in _ROLES.items()
            if (party := first_of(of, notice.parties, every))
            and (one := contact(role, party))
        ),
        comments=tuple(note.text for note in notice.notes),
        weight=items.weight(weight) if weight else None,
        extrinsics=_extrinsics(notice),
        id_references=tuple((one.kind, one.value) for one in notice.references),
        carriage=tuple(_carriage(notice)),
        orders=tuple(
            Shipped(order=order_ref(order), items=tuple(items.of(order)))
            for order in every
        ),
    )


def _wanted(orders: Sequence[Order], left: dt.date | None) -> dt.date | None:
    """The day on which the only order wants it, unless it left too late for that."""
    its = orders[0].delivery.requested if len(orders) == 1 else None
    return its if its and (left is None or its >= left) else None


def _service(orders: Sequence[Order]) -> str:
    carriers = (order.delivery.carrier for order in orders)
    return next((one.service for one in carriers if one and one.service), "")


def _extrinsics(notice: ShipNotice) -> tuple[tuple[str, str], ...]:
    known = (("trailerNumber", notice.trailer), ("sealNumber", notice.seal))
    return tuple((name, value) for name, value in known if value)


def _carriage(notice: ShipNotice) -> Iterator[Carriage]:
    """Who carries it, and under which numbers; at least our number of the shipment."""
    code, name = notice.carrier, notice.carrier_name
    if not _SCAC.fullmatch(code):
        code, name = "", name or code
    carriers = (("SCAC", code), ("companyName", name))
    numbers = (
        ("trackingNumber", notice.tracking),
        ("billOfLading", notice.bill_of_lading),
        ("proNumber", notice.pro_number),
    )
    by = tuple(one for one in carriers if one[1])
    under = tuple(one for one in numbers if one[1])
    if by or under:
        yield Carriage(
            carriers=by or (("companyName", _UNKNOWN),),
            numbers=under or (("shipmentID", notice.number),),
        )
