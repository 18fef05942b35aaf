"""The cXML door: who sends, is it read for them, kept with its answer, answered.

Every answer is a Response with a Status. Of a document that is taken the bytes and the
answer are one commit; the same payloadID with the same bytes gets that answer again.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from gateway.cxml_punchout.answers import profile_response, setup_response
from gateway.cxml_punchout.attached import Parts, framed, read_parts
from gateway.cxml_punchout.credentials import (
    Agreed,
    Credential,
    Header,
    authenticate,
    same_domain,
    without_test_suffix,
)
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.envelope import Stamped, response
from gateway.cxml_punchout.setup import read_setup
from gateway.cxml_punchout.status import ACCEPTED, OK, TEXTS, Status, status_of
from gateway.cxml_punchout.wish import wish_of
from gateway.engine.engine import Engine
from gateway.engine.pace import place, unheard
from gateway.engine.punchout import Began
from gateway.engine.running import trail
from gateway.findings import Finding, Findings, Severity, Where
from gateway.findings.model import Verdict, verdict
from gateway.mappers import CXML_READERS
from gateway.partner import Profile
from gateway.partner.find import Owner
from gateway.pipeline.acknowledge import status_follows
from gateway.pipeline.arrived_cxml import kind_of
from gateway.pipeline.arrived_xml import key_of
from gateway.pipeline.cxml_inbound import (
    SETUP,
    envelope_findings,
    is_signed,
    message_findings,
    numberless,
)
from gateway.pipeline.cxml_stale import place_changed, stale
from gateway.pipeline.ports import Blob, Inbound, InMemory
from gateway.pipeline.xml_inbound import limits_of
from gateway.safexml import XmlLimits
from gateway.safexml.markup import Node
from gateway.safexml.redact import redacted
from gateway.store import changes, ids, receipts
from gateway.store.database import Unavailable
from gateway.store.receipts import Busy

__all__ = ["CHANNEL", "Asked", "Door"]

log = structlog.get_logger()
CHANNEL = "cxml"
_PROFILE = "ProfileRequest"
_START = re.compile(rb"(?<=/shop/start/)ses_[0-9A-Z]{26}(?=</URL>)")
_NOBODY = Agreed(domain="", identity="", secrets=("",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of HTTP. ``url`` is the address that it came to."""

    body: Blob = field(repr=False)
    content_type: str
    peer: str
    url: str
    received_at: datetime
    certified: str = ""
    """The partner whose client certificate was shown."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer that needs nothing kept."""

    status: Status
    payload: Node | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is to be kept, and the findings that its answer comes from."""

    inbound: Inbound
    findings: tuple[Finding, ...]
    began: Began | None = None
    later: bool = False
    """Whether a StatusUpdateRequest is to follow."""

    def status(self, id_: str) -> Status:
        """What it is answered with, under our name of it."""
        status = status_of(self.findings, id_)
        return ACCEPTED if status.good and self.later else status


class Door:
    """Takes requests of cXML in and answers them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._url = engine.settings.cxml_url

    async def receive(self, asked: Asked) -> bytes:
        """The Response to a request; never an error."""
        try:
            return await self._receive(asked)
        except (TimeoutError, Unavailable, Busy, OSError) as problem:
            log.error("cxml.not_kept", kind=type(problem).__qualname__)
            return self.failed(asked, Finding.of("API-013", "nothing was stored"))
        except Exception as problem:
            log.error("cxml.broken", **trail(problem))
            status = Status(code=500, text=TEXTS[500])
            return self._written(asked, ids.new("rsp"), status)

    def failed(self, asked: Asked, finding: Finding) -> bytes:
        """The Response to a request of which nothing is kept."""
        id_ = ids.new("rsp")
        log.warning("cxml.refused", id=id_, code=finding.code)
        labels = f'code="{finding.code}"'
        self._engine.counts.add("gateway_cxml_refused_total", labels)
        return self._written(asked, id_, status_of((finding,), id_))

    async def _receive(self, asked: Asked) -> bytes:
        told = await asyncio.to_thread(self._looked_at, asked)
        if isinstance(told, Finding):
            return self.failed(asked, told)
        if isinstance(told, _Answered):
            return self._written(asked, ids.new("rsp"), told.status, told.payload)

        began = told.began
        page = self._start_page(asked, began.session_id) if began else None

        def reply(id_: str) -> bytes:
            """What is kept of the answer: all but what opens a session."""
            return self._written(asked, id_, told.status(id_), page)

        rows = began.rows if began else None
        receipt = await self._engine.accepting(told.inbound, reply, rows)
        if receipt.conflict:
            what = f"the payloadID came before with other content: {receipt.id}"
            return self.failed(asked, Finding.of("CXM-040", what))
        log.info("cxml.taken", receipt=receipt.id, partner=told.inbound.partner_id)
        stored = None
        if not receipt.first_seen:
            stored = await asyncio.to_thread(self._stored, told, receipt.id)
        return self._opening(stored or reply(receipt.id), asked.received_at)

    def _opening(self, answer: bytes, now: datetime) -> bytes:
        """An answer as it leaves: its start page opens, once."""
        token = self._engine.punchout.token
        return _START.sub(lambda found: token(found[0].decode(), now).encode(), answer)

    def _stored(self, told: _Taken, receipt_id: str) -> bytes | None:
        with self._engine.db.read() as tx:
            return receipts.reply_of(tx, told.inbound.partner_id, receipt_id)

    def _written(
        self, asked: Asked, id_: str, status: Status, payload: Node | None = None
    ) -> bytes:
        host = urlsplit(self._url or asked.url).hostname or "gateway.invalid"
        stamped = Stamped(payload_id=f"{id_}@{host}", at=asked.received_at)
        return response(status, stamped, payload)

    # What speaks against it, before anything is kept.

    def _looked_at(self, asked: Asked) -> _Taken | _Answered | Finding:
        """What becomes of a request. Nothing of a stranger is kept."""
        rules = self._engine.rules
        opened = _opened(asked, limits_of(rules))
        if isinstance(opened, Finding):
            return opened
        parts, document = opened
        owner = rules.find_cxml(document.header)
        refused = self._not_heard(document.header, owner.sender, asked)
        if refused is not None:
            return refused
        if isinstance(owner.profile, Finding):
            return owner.profile
        if document.kind == "request" and document.name == _PROFILE:
            return self._profile(owner.profile, asked)
        found = message_findings(document, owner.profile, rules)
        shut = _shut(document, owner.profile, found)
        if shut is not None:
            return shut
        if not status_follows(owner.profile, document.name):
            found += numberless(document)
        found += self._stale(owner.profile, owner, document)
        taken = self._to_keep(owner.profile, document, parts, found, asked)
        return self._begun(taken, owner, document)

    def _stale(
        self, profile: Profile, owner: Owner, document: Document
    ) -> tuple[Finding, ...]:
        """That a change is older than one that was answered (Status 409).

        What came before has its answer of then: this is told of what is new alone.
        """
        place = place_changed(document, profile, by_test_account=owner.by_test_account)
        if place is None:
            return ()
        with self._engine.db.read() as tx:
            there = changes.booked(tx, {place}).get(place, ())
        told = stale(document, there)
        return (told,) if told else ()

    def _begun(
        self, taken: _Taken, owner: Owner, document: Document
    ) -> _Taken | Finding:
        """What is taken, with the session that it begins; or why it begins none."""
        profile, body = owner.profile, document.body
        if kind_of(document.name) != SETUP or taken.findings or body is None:
            return taken
        assert isinstance(profile, Profile)
        setup = read_setup(body, Findings())
        test = document.test or owner.by_test_account or profile.stage == "test"
        wish = wish_of(setup, document.header, profile, test=test)
        if isinstance(wish, Finding):
            return wish
        now = taken.inbound.received_at
        began = self._engine.punchout.begin(profile, wish, now)
        return began if isinstance(began, Finding) else replace(taken, began=began)

    def _start_page(self, asked: Asked, session_id: str) -> Node:
        """Where the session begins; what opens it is put in as the answer leaves."""
        shop = self._engine.settings.shop_url
        if not shop:
            parts = urlsplit(self._url or asked.url)
            shop = f"{parts.scheme}://{parts.netloc}/shop"
        return setup_response(f"{shop}/start/{session_id}")

    def _to_keep(
        self,
        profile: Profile,
        document: Document,
        parts: Parts,
        found: tuple[Finding, ...],
        asked: Asked,
    ) -> _Taken:
        held = Parts(document=redacted(parts.document), attached=parts.attached)
        inbound = Inbound(
            blob=InMemory.of(framed(held)),
            channel=CHANNEL,
            peer=asked.peer,
            partner_id=profile.id,
            transport_id=key_of(document.payload_id),
            received_at=asked.received_at,
        )
        every = (*envelope_findings(document, parts, profile), *found)
        rejects = verdict(every) is Verdict.REJECTED
        later = status_follows(profile, document.name)
        return _Taken(inbound, every if rejects else (), later=later)

    def _profile(self, profile: Profile, asked: Asked) -> _Answered:
        """Exactly what is taken from this partner."""
        url = self._url or asked.url
        known = {*CXML_READERS, SETUP}
        taken = {one.message for one in profile.receives} & known
        names = [name for name in _REQUESTS if kind_of(name) in taken]
        accepted = dict.fromkeys((_PROFILE, *names), url)
        return _Answered(OK, profile_response(asked.received_at, accepted))

    def _not_heard(
        self, header: Header, profile: Profile | None, asked: Asked
    ) -> Finding | None:
        """Why a request is not looked at: nobody we know, or they come too often."""
        engine, now = self._engine, asked.received_at
        who = profile.id if profile else "", place(asked.peer)

        def unproven() -> Finding | None:
            return self._unproven(header, profile, asked)

        return unheard(engine.pace, engine.refusals, who, now, unproven)

    def _unproven(
        self, header: Header, profile: Profile | None, asked: Asked
    ) -> Finding | None:
        """Why the Sender is not whom the profile trusts; none: it is.

        A stranger costs the same comparison as a wrong secret. A client certificate
        must be the sender's, and stands for the secret where none is agreed on.
        """
        now = asked.received_at
        names = _named(header, profile) if profile else []
        if profile is None or not names:
            return authenticate(header, _NOBODY, now)
        if asked.certified and asked.certified != profile.id:
            what = "the client certificate is that of another partner"
            return Finding.of("TRU-422", what)
        if asked.certified and not profile.cxml.secrets:
            return None
        secrets = self._secrets(profile)
        mac = profile.cxml.mac == "yes"
        refused = [
            authenticate(
                header,
                Agreed(
                    domain=one.domain, identity=one.identity, secrets=secrets, mac=mac
                ),
                now,
            )
            for one in names
        ]
        return None if None in refused else refused[0]

    def _secrets(self, profile: Profile) -> tuple[str, ...]:
        """The live secrets; that none can be had is trouble of ours, and may pass."""
        found = []
        for reference in profile.cxml.secrets:
            secret = self._engine.secrets.get(reference)
            if isinstance(secret, Finding):
                log.error("cxml.no_secret", partner=profile.id, code=secret.code)
            else:
                found.append(secret.text)
        if profile.cxml.secrets and not found:
            raise OSError("no secret of the partner can be read")
        return tuple(found)


_REQUESTS = (
    "PunchOutSetupRequest",
    "OrderRequest",
    "StatusUpdateRequest",
    "OrderStatusRequest",
    "CopyRequest",
)
"""Payloads that there is a reader for, as cXML names them."""


def _named(header: Header, profile: Profile) -> list[Credential]:
    """The credentials of Sender that the profile knows."""
    folds = profile.cxml.test_suffix == "yes"
    known = profile.cxml.sender or profile.identities.cxml

    def is_known(one: Credential) -> bool:
        names = {one.identity, without_test_suffix(one.identity) if folds else ""}
        return any(
            same_domain(one.domain, name.domain) and name.id.strip() in names
            for name in known
        )

    return [one for one in header.sender if is_known(one)]


def _shut(
    document: Document, profile: Profile, found: tuple[Finding, ...]
) -> Finding | None:
    """Why the door takes no such document, whatever is in it."""
    not_done = next((one for one in found if one.code == "CXM-041"), None)
    if document.kind != "request" or not_done is not None:
        where = Where(path=f"cXML/{document.kind.capitalize()}")
        what = f"{document.kind} {document.name[:80]} is not done here"
        return not_done or Finding.of("CXM-041", what, where)
    if profile.takes_signed_alone and kind_of(document.name) != SETUP:
        code = "TRU-423" if is_signed(document) else "TRU-411"
        what = f"this partner's documents are signed; they come to /signed/{profile.id}"
        return Finding.of(code, what)
    return None


def _opened(asked: Asked, limits: XmlLimits) -> tuple[Parts, Document] | Finding:
    """The document and what came with it, or the finding that refuses it."""
    body = b"".join(asked.body.chunks())
    parts = read_parts(body, asked.content_type)
    if isinstance(parts, Finding):
        return parts
    document = read_document(parts.document, limits=limits)
    if isinstance(document, Document):
        return parts, document
    return next(one for one in document if one.severity is Severity.REJECT)
