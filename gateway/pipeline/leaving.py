"""What we write on our own, judged by our tables and the guide before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.judge import judged_ours
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.writer import Envelope as EdifactEnvelope
from gateway.edi.events import Fault as WireFault
from gateway.edi.events import MessageRead
from gateway.edi.numbers import Numbers
from gateway.edi.x12.reader import X12Reader
from gateway.edi.x12.writer import Envelope
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding, Severity
from gateway.mappers.cxml_draft import Envelope as CxmlEnvelope
from gateway.mappers.mapped import Written
from gateway.mappers.ubl_draft import Envelope as UblEnvelope
from gateway.order.model import Order
from gateway.partner.profile import Profile
from gateway.pipeline.effects import Alert, Effect, Expect, Queue
from gateway.pipeline.outbound import (
    ack_due,
    channel_for,
    is_answered,
    replying,
    replying_cxml,
    replying_edifact,
    replying_ubl,
)
from gateway.pipeline.rules import Rules
from gateway.ubl import document as ubl_document
from gateway.ubl.rules import faults as ubl_faults

_MOST_TOLD = 20
_EDIFACT, _CXML, _BEGIN = "edifact_", "cxml_", "BGM"
_Document = TypeVar("_Document")
_Dressed = TypeVar("_Dressed")
_Write = Callable[[_Document, Mapping[str, Order], _Dressed, Profile | None], Written]


def is_sent(profile: Profile, kind: str) -> bool:
    """Whether the partner gets messages of this kind."""
    return any(sends.message == kind for sends in profile.sends)


def draft_of(  # noqa: PLR0913  a table for each standard
    kind: str,
    document: _Document,
    orders: Mapping[str, Order],
    profile: Profile,
    *,
    x12: Mapping[str, _Write[_Document, Envelope]],
    edifact: Mapping[str, _Write[_Document, EdifactEnvelope]],
    cxml: Mapping[str, _Write[_Document, CxmlEnvelope]],
    ubl: Mapping[str, _Write[_Document, UblEnvelope]],
) -> Written:
    """What tells a document about orders, in an envelope like the first one's."""
    first = next(iter(orders.values()))
    if kind in cxml:
        its = replying_cxml(first, profile, kind)
        return cxml[kind](document, orders, its, profile)
    if kind in ubl:
        return ubl[kind](document, orders, replying_ubl(first, profile), profile)
    if kind in edifact:
        return edifact[kind](
            document, orders, replying_edifact(first, profile), profile
        )
    return x12[kind](document, orders, replying(first, profile, kind), profile)


def unfit(
    draft: Written,
    profile: Profile,
    rules: Rules | None,
    now: datetime,
    *,
    row: int,
    code: str,
) -> Iterator[Fault]:
    """What our own tables and the partner's guide say against it, under ``code``.

    So does a number of its own that found no room: nobody could name it.
    """
    for each in draft.findings:
        if each.where.segment_tag == _BEGIN:
            yield fault(row, "", code, each.what, each.value)
    if rules is None:
        return
    data = draft.finish(Numbers(interchange=1, group=1, message=1), now)
    judge = _judges.get(draft.kind.partition("_")[0], _x12)
    for each in judge(data, draft.kind, profile, rules):
        if each.severity in (Severity.REJECT, Severity.ERROR):
            yield fault(row, "", code, f"{each.where}: {each.what}", each.value)


def _x12(data: bytes, kind: str, profile: Profile, rules: Rules) -> Iterator[Finding]:
    reader = X12Reader(encoding=profile.x12.encoding)
    version = next(s.version for s in profile.sends if s.message == kind)
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, MessageRead):
            validator = rules.validator(profile, version, event.type)
            yield from validator.validate(event) if validator else ()
        elif isinstance(event, WireFault):
            yield event.finding


def _edifact(
    data: bytes, kind: str, profile: Profile, rules: Rules
) -> Iterator[Finding]:
    """By the directory and the subset that the message names."""
    reader = EdifactReader(rules.limits, lambda _: profile.edifact.encoding or "")
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, EdifactMessage):
            validator = rules.edifact_validator(profile, key_of(event))
            yield from validator.validate(event) if validator else ()
        elif isinstance(event, WireFault):
            yield event.finding


def _cxml(data: bytes, kind: str, profile: Profile, rules: Rules) -> Iterator[Finding]:
    """By the DTDs of the version agreed on and the newest, or our own rules."""
    document = read_document(data)
    if not isinstance(document, Document):
        return iter(document)
    return iter(judged_ours(data, document.name, document.version, rules.dtds))


def _ubl(data: bytes, kind: str, profile: Profile, rules: Rules) -> Iterator[Finding]:
    """By our own rules."""
    document = ubl_document.read_document(data)
    if not isinstance(document, ubl_document.Document):
        return iter(document)
    return ubl_faults(document)


_judges = {"edifact": _edifact, "cxml": _cxml, "ubl": _ubl}
"""What judges a message of ours, by its standard; X12 is the usual one."""


def queued(  # noqa: PLR0913  each by its name
    draft: Written,
    profile: Profile,
    order: Order | None,
    now: datetime,
    *,
    idem: str,
    door: str = "",
    chain: str = "",
) -> Iterator[Effect]:
    """Send it and expect their acknowledgement; ``order`` is the first it is about.

    What answers a message leaves by the ``door`` it came through, unless the profile
    says otherwise. ``chain`` is how the ``idem`` of those begins that it takes the
    place of; in cXML it names the last of them.
    """
    order_id = order.id if order else ""
    yield Queue(
        partner_id=profile.id,
        channel=channel_for(profile, draft.kind, door),
        kind=draft.kind,
        draft=draft,
        idem=idem,
        counter=draft.series,
        order_id=order_id,
        follows=bool(chain) and draft.kind.startswith(_CXML),
        chain=chain,
    )
    if is_answered(profile, draft.kind):
        yield Expect(partner_id=profile.id, idem=idem, due_at=ack_due(profile, now))
    for finding in draft.findings[:_MOST_TOLD]:
        yield Alert(partner_id=profile.id, finding=finding, order_id=order_id)
