"""Looks into partners' portals in SOAP: what waits there is taken in, then confirmed.

An order is confirmed once it is committed here. Killed in between, it comes again, and
is known by its id in the portal: nothing is lost, nothing is booked twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gateway.engine import signed
from gateway.engine.signed import Came
from gateway.engine.steps import Step
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import SoapPortalChannel
from gateway.pipeline.ports import Secrets
from gateway.pipeline.soap import judge_message
from gateway.store.polls import Look
from gateway.transport.https import Lines
from gateway.transport.posting import Posting
from gateway.transport.sftp_get import Looked
from gateway.transport.soap import Portal, PortalFault, Portals
from gateway.trust.judging import Asked, Judged

__all__ = ["PortalLooks", "believed"]

log = structlog.get_logger()
_RESTS = timedelta(hours=1)
"""So long an order that is not believed is left alone."""
_MOST = 100


class Engine(signed.Engine, Protocol):
    """What is needed of the engine: its secrets too."""

    secrets: Secrets


def believed(
    engine: signed.Engine, profile: Profile, raw: bytes, question: str, now: datetime
) -> Judged:
    """Whether an answer of a portal is; its content is the Body as it was signed."""
    came = Came(profile=profile, data=raw, peer="", received_at=now)

    def judge(asked: Asked) -> Judged:
        return judge_message(replace(asked, question=question), raw)

    return signed.by_facts(engine, came, judge, now)


class PortalLooks:
    """Looks into portals; what each of them holds back is remembered for an hour."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime],
        step: Step,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._step = step
        self._resting: dict[tuple[str, str, str], datetime] = {}

    def look(
        self, look: Look, channel: SoapPortalChannel, go_on: Callable[[], bool]
    ) -> Looked:
        """Take in what waits; ``go_on`` is asked before each order.

        Raises ``PortalLost`` and ``PortalFault``, the latter also for an order that is
        not believed, once the others are taken.
        """
        profile = self._engine.rules.directory.profiles[look.partner_id]
        portal = self._portals().open(look.partner_id, channel)
        ids = portal.waiting()
        self._step("portal.listed")
        ready = [one for one in ids if self._is_ready(look, one)]
        most = channel.get.most if channel.get else _MOST
        taken, refused = 0, list[Finding]()
        for id_ in ready[:most]:
            if not go_on():
                break
            try:
                found = self._take(profile, look.channel, portal, id_)
            except PortalFault as fault:
                found = fault.finding
            if found is None:
                taken += 1
                continue
            refused.append(found)
            key = (look.partner_id, look.channel, id_)
            self._resting[key] = self._clock() + _RESTS
        if refused:
            raise PortalFault(refused[0].code, refused[0].what)
        return Looked(taken=taken, waiting=0, is_over=len(ready) <= most)

    def _portals(self) -> Portals:
        engine = self._engine

        def judge(partner_id: str, raw: bytes, question: str) -> Judged:
            profile = engine.rules.directory.profiles[partner_id]
            return believed(engine, profile, raw, question, self._clock())

        posting = Posting(Lines(), self._clock, engine.secrets)
        return Portals(engine.settings.home, engine.keyrings.of, posting, judge)

    def _is_ready(self, look: Look, id_: str) -> bool:
        until = self._resting.get((look.partner_id, look.channel, id_))
        return until is None or until <= self._clock()

    def _take(
        self, profile: Profile, channel: str, portal: Portal, id_: str
    ) -> Finding | None:
        """Take in one order and confirm it; why it is not believed otherwise."""
        document = portal.fetch(id_)
        self._step("portal.fetched")
        raw, found = portal.last
        now = self._clock()
        came = Came(profile=profile, data=raw, peer=channel, received_at=now)
        named = hashlib.sha256(f"{channel}|{id_}".encode()).hexdigest()
        found = replace(found, content=document, message=named)
        found = signed.against_signer(self._engine, came, found)
        kept = signed.book(self._engine, came, found, now)
        self._step("portal.booked")
        if not kept.receipt_id:
            told = kept.report
            what = f"order {id_}: {told['constraint']}: {told['what']}"
            return Finding.of(told["code"], what[:300])
        portal.confirm(id_, kept.receipt_id)
        self._step("portal.confirmed")
        log.info("portal.taken", partner=profile.id, receipt=kept.receipt_id)
        return None
