"""Tell a partner who asks for it that no order could be made of a message (APERAK)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from gateway.edi.edifact.events import UnbRead
from gateway.edi.edifact.writer import answering
from gateway.findings import Finding, Severity
from gateway.mappers import edifact_aperak
from gateway.partner import Profile
from gateway.pipeline.arrived import InterchangeIn, MessageIn
from gateway.pipeline.effects import Effect
from gateway.pipeline.leaving import is_sent, queued

__all__ = ["Unmapped", "not_accepted"]

_HEAVY = (Severity.REJECT, Severity.ERROR)


class Unmapped(NamedTuple):
    """A message of which nothing could be made, why, and the door it came through."""

    interchange: InterchangeIn
    message: MessageIn
    message_id: str
    findings: tuple[Finding, ...]
    door: str


def not_accepted(profile: Profile, came: Unmapped, now: datetime) -> Iterator[Effect]:
    """The APERAK, where the profile lists it and something weighs enough."""
    unb = came.interchange.begun
    if not (isinstance(unb, UnbRead) and is_sent(profile, edifact_aperak.KIND)):
        return
    if not any(finding.severity in _HEAVY for finding in came.findings):
        return
    draft = edifact_aperak.from_findings(
        came.findings,
        came.message.control_number,
        came.message_id.partition("_")[2],
        now.date(),
        answering(unb),
        profile,
    )
    idem = f"aperak/{came.message_id}"
    yield from queued(draft, profile, None, now, idem=idem, door=came.door)
