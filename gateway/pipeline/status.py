"""How orders stand, told to their buyers: when they ask, or of our own accord."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.findings import Finding, Where
from gateway.mappers import STATUS, cxml_confirmation_request
from gateway.order import Order
from gateway.order.inquiry import Inquiry, StatusReport
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind
from gateway.pipeline.booked import Booked, OrderPlace, inquired
from gateway.pipeline.effects import Alert, Effect, Queue
from gateway.pipeline.ids import own_number
from gateway.pipeline.leaving import is_sent, queued, unfit
from gateway.pipeline.outbound import replying, replying_cxml
from gateway.pipeline.rules import Rules
from gateway.pipeline.standing import standing, standings

KIND = "x12_870"
_PREFIX = "ST-"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryCame:
    """An inquiry as it came: its message, the door, whether it is about test orders."""

    inquiry: Inquiry
    message_id: str
    door: str = ""
    test: bool = False


def answered(
    profile: Profile,
    came: InquiryCame,
    there: Mapping[OrderPlace, tuple[Booked, ...]],
    now: datetime,
) -> Iterator[Effect]:
    """The 870 that answers an inquiry; an order that is not ``there`` is unknown.

    A partner whose profile does not list the 870 gets none, and operators are told.
    What came as cXML is answered by our confirmation of the order once more.
    """
    if came.inquiry.source.standard == "cxml":
        yield from _confirmed_again(profile, came, there, now)
        return
    if not is_sent(profile, KIND):
        yield Alert(
            partner_id=profile.id, finding=_not_sent(profile), kind=AlertKind.OTHER
        )
        return
    inquiry, test = came.inquiry, came.test
    places = inquired(profile.id, inquiry, test=test)
    about = [
        (asked, there.get(place, ()))
        for asked, place in zip(inquiry.about, places, strict=True)
    ]
    report = StatusReport(
        number=own_number(_PREFIX, now, came.message_id),
        at=now,
        inquiry=inquiry,
        orders=standings(about, inquiry.scope),
    )
    asked = Order(po_number="", source=inquiry.source, test=test)
    draft = STATUS[KIND](report, replying(asked, profile, KIND), profile)
    idem = f"870/{came.message_id}"
    yield from queued(draft, profile, asked, now, idem=idem, door=came.door)


def _confirmed_again(
    profile: Profile,
    came: InquiryCame,
    there: Mapping[OrderPlace, tuple[Booked, ...]],
    now: datetime,
) -> Iterator[Effect]:
    """The ConfirmationRequest as it stands, for the one order that is asked about."""
    inquiry, kind = came.inquiry, cxml_confirmation_request.KIND
    (place,) = inquired(profile.id, inquiry, test=came.test)
    every = there.get(place, ())
    wrong = None if is_sent(profile, kind) else _not_sent(profile, kind)
    if len(every) != 1:
        what = f"order {place.po_number} is asked about"
        wrong = Finding.of("CHG-101", what, Where(path="/about"), place.po_number)
    if wrong is not None:
        yield Alert(partner_id=profile.id, finding=wrong, kind=AlertKind.OTHER)
        return
    order = every[0].order
    envelope = replying_cxml(order, profile, kind)
    draft = cxml_confirmation_request.from_ack(every[0].ack, order, envelope, profile)
    asked = cxml_confirmation_request.answering(draft, inquiry)
    idem = f"confirmation/asked/{came.message_id}"
    update = profile.cxml.confirmations.again == "update"
    for effect in queued(asked, profile, order, now, idem=idem, door=came.door):
        yield replace(effect, follows=update) if isinstance(effect, Queue) else effect


def _not_sent(profile: Profile, kind: str = KIND) -> Finding:
    what = f"{profile.id} gets no {kind}"
    return Finding.of("CFG-004", what, Where(path="sends"))


def status_told(
    profile: Profile, booked: Booked, now: datetime, rules: Rules | None = None
) -> tuple[Effect, ...] | Finding:
    """The 870 of one order that nobody asked for; or why not."""
    if not is_sent(profile, KIND):
        return _not_sent(profile)
    order = booked.order
    report = StatusReport(
        number=own_number(_PREFIX, now, f"{order.id}/{now}"),
        at=now,
        orders=(standing(booked),),
    )
    draft = STATUS[KIND](report, replying(order, profile, KIND), profile)
    wrong = next(unfit(draft, profile, rules, now, row=0, code="ERP-035"), None)
    if wrong is not None:
        return wrong.finding
    idem = f"870/{order.id}/{now:%Y%m%dT%H%M%S%f}"
    return tuple(queued(draft, profile, order, now, idem=idem))
