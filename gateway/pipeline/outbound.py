"""Messages from our side: their envelope, their channel, when an answer is due."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from gateway.cxml_punchout.credentials import Credential
from gateway.edi.edifact import writer as edifact
from gateway.edi.events import Separators
from gateway.edi.x12.writer import COMMON, Envelope
from gateway.findings import Finding, Where
from gateway.mappers import (
    CXML_WRITERS,
    EDIFACT_WRITERS,
    UBL_WRITERS,
    WRITERS,
    cxml_confirmation_request,
    cxml_draft,
    edifact_aperak,
    ubl_draft,
    ubl_order_response,
)
from gateway.mappers.mapped import Written
from gateway.order import Order
from gateway.order.ack import OrderAck
from gateway.partner import Profile
from gateway.partner.cxml import CxmlIdentity
from gateway.partner.sla import SlaKind
from gateway.pipeline.effects import Alert, Effect, Expect, Queue
from gateway.ubl.document import PartyName
from gateway.ubl.names import PEPPOL_BIS, PEPPOL_TRNS

ACK_DUE = timedelta(hours=24)
"""Until when their functional acknowledgement of a message of ours is expected."""
_EDIFACT, _CXML, _UBL = "edifact_", "cxml_", "ubl_"
_MOST_TOLD = 20
"""Values that did not fit into one answer, told to the operators."""
_IDEMS = {
    "x12_855": "855",
    "edifact_ordrsp": "ordrsp",
    cxml_confirmation_request.KIND: "confirmation",
    ubl_order_response.KIND: "response",
}
"""How what makes an answer to an order unique begins."""
ANSWER_IDEMS = tuple(f"{begins}/" for begins in _IDEMS.values())
ANSWERS = {"850": "x12_855"}
"""The message type that answers an order, by the order's."""


def dressed(envelope: Envelope, profile: Profile) -> Envelope:
    """The envelope with the separators and the encoding that the partner wants.

    What the profile leaves out stays as it is: as they sent it.
    """
    form, sent = profile.x12, envelope.separators
    wanted = (
        form.element_separator or sent.element,
        form.component_separator or sent.component,
        form.repetition_separator or sent.repetition,
        form.terminator or sent.terminator,
        sent.suffix if form.suffix is None else form.suffix,
    )
    separators = _mended(*wanted)
    if separators == sent and form.encoding == envelope.encoding:
        return envelope
    return replace(envelope, separators=separators, encoding=form.encoding)


@lru_cache(maxsize=256)
def _mended(
    element: str, component: str, repetition: str, terminator: str, suffix: str
) -> Separators:
    """Separators that can be used."""
    separators = Separators(
        element=element,
        component=component,
        repetition=repetition,
        terminator=terminator,
        suffix=suffix,
    )
    return separators.mended()


def replying(order: Order, profile: Profile, kind: str) -> Envelope:
    """The envelope of a message about an order: identities swapped.

    One of another standard names none of X12: the profile's are taken. What answers
    a test says so, whatever the order's own envelope said (ISA15).
    """
    source = order.source
    if source.standard not in ("", "x12"):
        own = own_envelope(profile, kind)
        if isinstance(own, Envelope):
            return replace(own, usage="T") if order.test else own
    sender_qualifier, _, sender = source.receiver.partition(":")
    receiver_qualifier, _, receiver = source.sender.partition(":")
    version = next(
        (s.version for s in profile.sends if s.message == kind), source.version
    )
    separators = Separators.of(source.separators) if source.separators else COMMON
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
        separators=separators,
    )
    return dressed(envelope, profile)


def replying_edifact(order: Order, profile: Profile) -> edifact.Envelope:
    """The envelope of a message of EDIFACT that answers an order: addresses swapped.

    Its syntax version is the order's, the rest as the profile has it; so is all where
    the order came as X12.
    """
    source = order.source
    test = order.test or source.usage != "P"
    if source.standard != "edifact":
        return edifact.agreed(profile, test=test)
    ours, _, our_id = source.receiver.partition(":")
    theirs, _, their_id = source.sender.partition(":")
    syntax = source.interchange_version.rpartition(":")[2]
    agreed = edifact.agreed(profile, test=test)
    return replace(
        agreed,
        sender=(our_id, ours, source.receiver_code),
        receiver=(their_id, theirs, source.sender_code),
        syntax=int(syntax) if syntax in ("1", "2", "3", "4") else agreed.syntax,
    )


def replying_cxml(order: Order, profile: Profile, kind: str) -> cxml_draft.Envelope:
    """The envelope of a request of cXML about an order: From and To swapped.

    Of an order that came as anything else they are the profile's first names. Domains
    are spelled as the profile has them, for the order's are in small letters.
    """
    source = order.source
    if source.standard != "cxml":
        own = _own_cxml(profile, kind)
        if isinstance(own, cxml_draft.Envelope):
            return replace(own, test=own.test or order.test)
    version = _agreed_version(profile, kind)
    envelope = cxml_draft.Envelope.of(
        _credential(source.receiver, profile.us.cxml),
        _credential(source.sender, profile.identities.cxml),
        profile.id,
        version,
    )
    return replace(envelope, test=order.test)


def replying_ubl(order: Order, profile: Profile) -> ubl_draft.Envelope:
    """The envelope of a document of UBL about an order: its parties swapped.

    Of an order that came as anything else they are the profile's first names.
    """
    source = order.source
    if source.standard != "ubl":
        own = _own_ubl(profile)
        if isinstance(own, ubl_draft.Envelope):
            return own
    ours, theirs = (
        PartyName(*named.partition(":")[::2])
        for named in (source.receiver, source.sender)
    )
    process = source.group_control.removeprefix(PEPPOL_BIS)
    return ubl_draft.Envelope(
        sender=ours,
        receiver=theirs,
        is_peppol=source.version.startswith(PEPPOL_TRNS),
        process=process.split(":")[0] if process != source.group_control else "",
    )


def _own_ubl(profile: Profile) -> ubl_draft.Envelope | Finding:
    """From us to them by the profile; CFG-004 where it names one of both not."""
    if not profile.us.ubl or not profile.identities.ubl:
        what = f"{profile.id} lacks a UBL identity of ours or theirs"
        path = "identities.ubl" if profile.us.ubl else "us.ubl"
        return Finding.of("CFG-004", what, Where(path=path))
    ours, theirs = (
        PartyName(one.scheme, one.id)
        for one in (profile.us.ubl[0], profile.identities.ubl[0])
    )
    return ubl_draft.Envelope(sender=ours, receiver=theirs)


def _credential(named: str, known: Iterable[CxmlIdentity]) -> Credential:
    domain, _, identity = named.partition(":")
    its = (one.domain for one in known if one.domain.lower() == domain)
    return Credential(domain=next(its, domain), identity=identity)


def _agreed_version(profile: Profile, kind: str) -> str:
    return next((s.version for s in profile.sends if s.message == kind), "1.2")


def own_envelope(profile: Profile, kind: str) -> Envelope | edifact.Envelope | Finding:
    """The envelope of what we send on our own; CFG-004 without addresses for it."""
    if kind.startswith(_EDIFACT):
        return _own_edifact(profile)
    return _own_x12(profile, kind)


def _own_edifact(profile: Profile) -> edifact.Envelope | Finding:
    """From us to them; without an order to answer the profile names both."""
    if not profile.us.edifact or not profile.identities.edifact:
        what = f"{profile.id} lacks an EDIFACT identity of ours or theirs"
        path = "identities.edifact" if profile.us.edifact else "us.edifact"
        return Finding.of("CFG-004", what, Where(path=path))
    return edifact.agreed(profile, test=profile.stage == "test")


def _own_cxml(profile: Profile, kind: str) -> cxml_draft.Envelope | Finding:
    """The same of cXML."""
    if not profile.us.cxml or not profile.identities.cxml:
        what = f"{profile.id} lacks a cXML identity of ours or theirs"
        path = "identities.cxml" if profile.us.cxml else "us.cxml"
        return Finding.of("CFG-004", what, Where(path=path))
    ours, theirs = (
        Credential(domain=one.domain, identity=one.id)
        for one in (profile.us.cxml[0], profile.identities.cxml[0])
    )
    version = _agreed_version(profile, kind)
    made = cxml_draft.Envelope.of(ours, theirs, profile.id, version)
    return replace(made, test=profile.stage == "test")


def _own_x12(profile: Profile, kind: str) -> Envelope | Finding:
    """The same of X12."""
    ours, theirs = profile.us.x12, next(iter(profile.identities.x12), None)
    if ours is None or theirs is None:
        what = f"{profile.id} lacks an X12 identity of ours or theirs"
        path = "us.x12" if ours is None else "identities.x12"
        return Finding.of("CFG-004", what, Where(path=path))
    version = next(s.version for s in profile.sends if s.message == kind)
    test = "T" if profile.stage == "test" else "P"
    envelope = Envelope(
        sender_qualifier=ours.qualifier,
        sender_id=ours.id,
        receiver_qualifier=theirs.qualifier,
        receiver_id=theirs.id,
        gs_sender=ours.gs or ours.id,
        gs_receiver=theirs.gs or theirs.id,
        version=version,
        interchange_version=profile.x12.interchange_version,
        usage=profile.x12.usage or test,
    )
    return dressed(envelope, profile)


def sent_kind(profile: Profile, kinds: Container[str], order: Order) -> str:
    """Which of these messages a partner gets about an order; empty: none.

    It is of the standard that the order came in; where the profile names none of that,
    the first one that it has addresses for.
    """
    prefix = f"{order.source.standard or 'x12'}_"
    named = [sends.message for sends in profile.sends if sends.message in kinds]
    same = (kind for kind in named if kind.startswith(prefix))
    other = (k for k in named if not isinstance(_own(profile, k), Finding))
    return next(same, "") or next(other, "")


def _own(profile: Profile, kind: str) -> object:
    if kind.startswith(_UBL):
        return _own_ubl(profile)
    cxml = kind.startswith(_CXML)
    return _own_cxml(profile, kind) if cxml else own_envelope(profile, kind)


def answer_kind(order: Order, *, changed: bool = False) -> str:
    """The type of the message that answers an order, or with ``changed`` its change."""
    if order.source.standard == "edifact":
        return "edifact_ordrsp"
    if order.source.standard == "cxml":
        return cxml_confirmation_request.KIND
    if order.source.standard == "ubl":
        return ubl_order_response.KIND
    return "x12_865" if changed else "x12_855"


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


def is_answered(profile: Profile, kind: str) -> bool:
    """Whether their acknowledgement is missed.

    A CONTRL is only if we ask for one; nobody answers an APERAK by it. What is posted
    as cXML has its answer at once, and UBL has none.
    """
    if kind.startswith((_CXML, _UBL)):
        return False
    asked = profile.edifact.contrl_wanted == "yes" and kind != edifact_aperak.KIND
    return not kind.startswith(_EDIFACT) or asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """An answer that stands in for one sent before, under an ``idem`` of its own."""

    idem: str
    replaces: str


def ack_due(profile: Profile, now: datetime) -> datetime:
    """When to look for their acknowledgement of what is queued now.

    A partner with a clock for it may have to be warned of earlier.
    """
    if not profile.sla.clocks:
        return now + ACK_DUE
    clock = profile.sla.clock(SlaKind.THEIR_FUNCTIONAL_ACK)
    return now + (ACK_DUE if clock is None else clock.soonest)


def tell(
    profile: Profile,
    ack: OrderAck,
    order: Order,
    channel: str,
    now: datetime,
    version: int | Again = 1,
) -> Iterator[Effect]:
    """Queue the answer to an order and expect their acknowledgement of it.

    Partners whose profile does not list the answer's type get none. ``version`` is the
    order's with this answer.
    """
    if ack.type == "rejected":  # what is refused has no number of ours
        order = replace(order, sales_order_number="")
    replaces = version.replaces if isinstance(version, Again) else ""
    kind = answer_kind(order)
    if isinstance(version, Again):
        idem = version.idem
    else:
        type_, made = _IDEMS[kind], ack.order_version or "1"
        idem = f"{type_}/{order.id}/{made}/{ack.type}"
        idem += f"/{version}" * (version > 1)
    written = _Written(kind, idem, replaces)
    yield from _queued(profile, ack, order, channel, now, written)


def tell_change(
    profile: Profile,
    ack: OrderAck,
    asked: Order,
    channel: str,
    now: datetime,
    change_id: str,
) -> Iterator[Effect]:
    """Queue the answer to a change, once. ``asked`` is the order as it was wanted.

    In cXML nothing answers a cancellation: that it is refused, people have to tell.
    """
    kind = answer_kind(asked, changed=True)
    if kind in CXML_WRITERS and ack.answers == "cancel":
        if ack.type in ("rejected", "accepted_with_changes"):
            yield _untold(profile, ack, asked)
        return
    written = _Written(kind, f"865/{change_id}", "")
    yield from _queued(profile, ack, asked, channel, now, written)


def _untold(profile: Profile, ack: OrderAck, order: Order) -> Alert:
    """The alert that a refused cancellation is for people to tell the buyer."""
    reasons = "; ".join(reason.text for reason in ack.reasons if reason.text)
    part = "" if ack.type == "rejected" else " in part"
    what = f"the cancellation of order {ack.po_number} is refused{part}: {reasons}"
    finding = Finding.of("CHG-124", what.rstrip(": "), value=ack.po_number)
    return Alert(partner_id=profile.id, finding=finding, order_id=order.id)


class _Written(NamedTuple):
    """What a message is: its kind, the text that makes it unique, what it replaces."""

    kind: str
    idem: str
    replaces: str


def _queued(
    profile: Profile,
    ack: OrderAck,
    order: Order,
    channel: str,
    now: datetime,
    written: _Written,
) -> Iterator[Effect]:
    kind, idem, replaces = written
    kind = _wanted(profile, kind)
    if not kind:
        return
    draft = _draft(profile, ack, order, kind)
    yield Queue(
        partner_id=profile.id,
        channel=channel,
        kind=kind,
        draft=draft,
        idem=idem,
        counter=draft.series,
        order_id=order.id,
        replaces=replaces,
        follows=kind in CXML_WRITERS and profile.cxml.confirmations.again == "update",
    )
    if is_answered(profile, kind):
        yield Expect(partner_id=profile.id, idem=idem, due_at=ack_due(profile, now))
    for finding in draft.findings[:_MOST_TOLD]:
        yield Alert(partner_id=profile.id, finding=finding, order_id=order.id)


def _wanted(profile: Profile, kind: str) -> str:
    """The answer that the partner gets; an APERAK where it asks for no ORDRSP."""
    named = [sends.message for sends in profile.sends]
    if kind in named:
        return kind
    instead = kind.startswith(_EDIFACT) and edifact_aperak.KIND in named
    return edifact_aperak.KIND if instead else ""


def _draft(profile: Profile, ack: OrderAck, order: Order, kind: str) -> Written:
    """The message, in an envelope like the order's."""
    if kind in EDIFACT_WRITERS:
        envelope = replying_edifact(order, profile)
        return EDIFACT_WRITERS[kind](ack, order, envelope, profile)
    if kind in CXML_WRITERS:
        its = replying_cxml(order, profile, kind)
        return CXML_WRITERS[kind](ack, order, its, profile)
    if kind in UBL_WRITERS:
        return UBL_WRITERS[kind](ack, order, replying_ubl(order, profile), profile)
    x12 = replying(order, profile, kind)
    return WRITERS[kind](ack, order, x12, profile)
