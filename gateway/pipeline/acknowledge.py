"""The functional acknowledgements that an interchange gets: TA1, 997, 999."""

from __future__ import annotations

from gateway.edi.x12 import ack997, ack999, ta1
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding
from gateway.pipeline.inbound import InterchangeIn
from gateway.pipeline.outbound import dressed

GROUP_KINDS = (ack997.KIND, ack999.KIND)
"""The kinds of message that acknowledge groups."""
KINDS = (ta1.KIND, *GROUP_KINDS)
"""The kinds of message that acknowledge an interchange or its groups."""


def ta1_of(
    interchange: InterchangeIn, findings: tuple[Finding, ...]
) -> ta1.TA1Draft | None:
    """The TA1, where ISA14 or the partner's profile asks for one.

    ``findings`` are those of the interchange as a whole. A TA1 is never answered.
    """
    isa, profile = interchange.begun, interchange.profile
    when = profile.x12.ta1 if profile else "asked"
    due = ta1.is_due(
        isa,
        findings,
        only_ta1=bool(interchange.acks) and not interchange.groups,
        when_rejecting=when == "rejecting",
    )
    if not due or when == "never":
        return None
    envelope = ta1.envelope(isa)
    return ta1.draft(isa, findings, dressed(envelope, profile) if profile else envelope)


def of_groups(interchange: InterchangeIn) -> tuple[Draft, ...]:
    """A 997 or 999 for each group that is no acknowledgement itself.

    Senders without a profile get 997s as the base standard has them.
    """
    isa, profile = interchange.begun, interchange.profile
    outcomes = [g.outcome() for g in interchange.groups if not g.is_acknowledgement]
    if profile is None:
        return ack997.drafts(isa, outcomes)
    wants_999 = profile.x12.ack == "999"
    by_999 = [o for o in outcomes if wants_999 and ack999.is_for(o.group)]
    by_997 = [o for o in outcomes if o not in by_999]
    at_last = profile.x12.missing_segment_position == "last"

    def dress(envelope: Envelope) -> Envelope:
        return dressed(envelope, profile)

    return (
        *ack997.drafts(isa, by_997, dress=dress, missing_at_last=at_last),
        *ack999.drafts(isa, by_999, dress=dress, missing_at_last=at_last),
    )
