"""What we write on our own, judged by our tables and the guide before it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateway.edi.events import Fault as WireFault
from gateway.edi.events import MessageRead
from gateway.edi.numbers import Numbers
from gateway.edi.x12.reader import X12Reader
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding, Severity
from gateway.mappers.mapped import Written
from gateway.order.model import Order
from gateway.partner.profile import Profile
from gateway.pipeline.effects import Alert, Effect, Expect, Queue
from gateway.pipeline.outbound import ack_due, channel_for
from gateway.pipeline.rules import Rules

_MOST_TOLD = 20


def is_sent(profile: Profile, kind: str) -> bool:
    """Whether the partner gets messages of this kind."""
    return any(sends.message == kind for sends in profile.sends)


def unfit(
    draft: Written,
    profile: Profile,
    rules: Rules | None,
    now: datetime,
    *,
    row: int,
    code: str,
) -> Iterator[Fault]:
    """What our own tables and the partner's guide say against it, under ``code``."""
    if rules is None:
        return
    data = draft.finish(Numbers(interchange=1, group=1, message=1), now)
    reader = X12Reader(encoding=profile.x12.encoding)
    version = next(s.version for s in profile.sends if s.message == draft.kind)
    for event in (*reader.receive(data), *reader.finish()):
        found: Sequence[Finding] = ()
        if isinstance(event, MessageRead):
            judge = rules.validator(profile, version, event.type)
            found = judge.validate(event) if judge else ()
        elif isinstance(event, WireFault):
            found = (event.finding,)
        for each in found:
            if each.severity in (Severity.REJECT, Severity.ERROR):
                what = f"{each.where}: {each.what}"
                yield fault(row, "", code, what, each.value)


def queued(
    draft: Written,
    profile: Profile,
    order: Order,
    now: datetime,
    *,
    idem: str,
    door: str = "",
) -> Iterator[Effect]:
    """Send it and expect their acknowledgement; ``order`` is the first it is about.

    What answers a message leaves by the ``door`` it came through, unless the profile
    says otherwise.
    """
    yield Queue(
        partner_id=profile.id,
        channel=channel_for(profile, draft.kind, door),
        kind=draft.kind,
        draft=draft,
        idem=idem,
        counter=f"{order.source.receiver}>{order.source.sender}",
        order_id=order.id,
    )
    yield Expect(partner_id=profile.id, idem=idem, due_at=ack_due(profile, now))
    for finding in draft.findings[:_MOST_TOLD]:
        yield Alert(partner_id=profile.id, finding=finding, order_id=order.id)
