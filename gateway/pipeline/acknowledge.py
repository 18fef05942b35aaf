"""The acknowledgements that an interchange gets: TA1, 997, 999, or CONTRL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from gateway.cxml_punchout.status import status_of
from gateway.edi.edifact import contrl
from gateway.edi.edifact import writer as edifact
from gateway.edi.x12 import ack997, ack999, ta1
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding, Severity
from gateway.findings.model import Verdict
from gateway.mappers import cxml_status_update_request
from gateway.mappers.cxml_draft import CxmlDraft
from gateway.mappers.cxml_draft import Envelope as CxmlEnvelope
from gateway.partner import Profile
from gateway.pipeline.arrived import InterchangeIn
from gateway.pipeline.arrived_cxml import CxmlInterchangeIn
from gateway.pipeline.arrived_edifact import EdifactInterchangeIn
from gateway.pipeline.arrived_ubl import UblInterchangeIn
from gateway.pipeline.arrived_x12 import X12GroupIn, X12InterchangeIn
from gateway.pipeline.outbound import dressed

X12_GROUP_KINDS = (ack997.KIND, ack999.KIND)
"""The kinds of message of X12 that acknowledge groups."""
GROUP_KINDS = (*X12_GROUP_KINDS, contrl.KIND)
"""The kinds of message that acknowledge what stands in an interchange."""
_X12_KINDS = (ta1.KIND, *X12_GROUP_KINDS)
_ORDER = "OrderRequest"
KINDS = (ta1.KIND, *GROUP_KINDS)
"""The kinds of message that acknowledge an interchange or its groups."""
Acknowledgement = ta1.TA1Draft | Draft | edifact.Draft

_FORMS: Mapping[str, contrl.Form] = MappingProxyType(
    {
        "eancom97": contrl.Form(
            identifier=("CONTRL", "2", "2", "UN", "EAN002"), codes="eancom97"
        ),
        "eancom2002": contrl.Form(
            identifier=("CONTRL", "D", "3", "UN", "EAN004"), codes="eancom2002"
        ),
    }
)
_RECEIPT = "2"
"""0031: only that the interchange came is wanted to be known."""


def status_follows(profile: Profile, payload: str) -> bool:
    """Whether such a document is answered with 201, and a StatusUpdateRequest later."""
    sends = (one.message for one in profile.sends)
    return payload == _ORDER and cxml_status_update_request.KIND in sends


def kinds_of(interchange: InterchangeIn) -> tuple[str, ...]:
    """The kinds of message that acknowledge such an interchange."""
    if isinstance(interchange, CxmlInterchangeIn | UblInterchangeIn):
        return ()  # its Response is the door's, given when it came
    return _X12_KINDS if isinstance(interchange, X12InterchangeIn) else (contrl.KIND,)


def of_interchange(
    interchange: InterchangeIn, findings: tuple[Finding, ...], *, refused: bool
) -> Acknowledgement | None:
    """What tells of the interchange as a whole: a TA1, or a CONTRL that refuses it.

    ``findings`` are those of the interchange as a whole.
    """
    if isinstance(interchange, X12InterchangeIn):
        return ta1_of(interchange, findings)
    if not refused or isinstance(interchange, CxmlInterchangeIn | UblInterchangeIn):
        return None
    assert isinstance(interchange, EdifactInterchangeIn)
    return contrl_of(interchange, replace(interchange.said, findings=findings))


def of_contents(interchange: InterchangeIn) -> tuple[Acknowledgement, ...]:
    """What tells of the groups and messages of an interchange that is not refused."""
    if isinstance(interchange, X12InterchangeIn):
        return of_groups(interchange)
    if isinstance(interchange, CxmlInterchangeIn | UblInterchangeIn):
        return ()
    assert isinstance(interchange, EdifactInterchangeIn)
    draft = contrl_of(interchange, interchange.said)
    return (draft,) if draft else ()


def of_document(
    interchange: CxmlInterchangeIn, findings: tuple[Finding, ...]
) -> CxmlDraft | None:
    """The one StatusUpdateRequest about an order that the door answered with 201.

    ``findings`` are those of an order that is not booked: of which nothing could be
    made is refused. A partner whose profile lists none gets none, and none is sent of
    what the door refused.
    """
    profile, document = interchange.profile, interchange.begun
    messages = [one for group in interchange.groups for one in group.messages]
    if profile is None or not status_follows(profile, document.name):
        return None
    if interchange.refused or any(one.verdict is Verdict.REJECTED for one in messages):
        return None
    made = (one.mapped for one in messages)
    if not any(its is not None and (its.order or its.change) for its in made):
        findings = tuple(replace(f, severity=Severity.REJECT) for f in findings)
    status = status_of(findings)
    header = document.header
    version = next(
        s.version for s in profile.sends if s.message == cxml_status_update_request.KIND
    )
    envelope = CxmlEnvelope.of(
        header.to[0].bare() if header.to else header.from_[0].bare(),
        header.from_[0].bare(),
        profile.id,
        version,
    )
    its = replace(envelope, test=document.test)
    return cxml_status_update_request.from_status(document.payload_id, status, its)


def contrl_of(
    interchange: EdifactInterchangeIn, said: contrl.InterchangeSaid
) -> edifact.Draft | None:
    """The CONTRL, where 0031 or the partner's profile asks for one."""
    unb, profile = interchange.begun, interchange.profile
    when = profile.edifact.contrl if profile else "asked"
    due = {
        "always": True,
        "asked": bool(unb.ack_request.strip()) or said.flawed,
        "on_error": said.flawed,
        "never": False,
    }
    aperak = profile is not None and profile.edifact.contrl_of_aperak == "yes"
    if not due[when] or not said.answerable(aperak=aperak):
        return None
    form = _form(unb.syntax, profile)
    if unb.syntax == 4 and unb.ack_request == _RECEIPT:
        form = replace(form, received=True)
    names = ("type", "version", "release", "agency", "association")
    identifier = edifact.Identifier(**dict(zip(names, form.identifier, strict=False)))
    return edifact.Draft(
        kind=contrl.KIND,
        envelope=edifact.answering(unb),
        messages=((identifier, contrl.rows(said, form)),),
    )


def _form(syntax: int, profile: Profile | None) -> contrl.Form:
    wanted = profile.edifact if profile else None
    every = wanted is not None and wanted.contrl_names == "every"
    agreed = _FORMS.get(wanted.contrl_form) if wanted else None
    if agreed is None:
        return contrl.Form.of_syntax(syntax, every=every)
    return replace(agreed, every=every)


def ta1_of(
    interchange: X12InterchangeIn, findings: tuple[Finding, ...]
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


def of_groups(interchange: X12InterchangeIn) -> tuple[Draft, ...]:
    """A 997 or 999 for each group that is no acknowledgement itself.

    Senders without a profile get 997s as the base standard has them.
    """
    isa, profile = interchange.begun, interchange.profile
    outcomes = [
        group.outcome()
        for group in interchange.groups
        if isinstance(group, X12GroupIn) and not group.is_acknowledgement
    ]
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
