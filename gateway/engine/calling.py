"""Which partner calls, by the client certificate that was shown on TLS."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

import structlog

from gateway.engine.revocations import Revocations
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.rules import Rules
from gateway.store import revocations as kept_facts
from gateway.store.database import Database
from gateway.store.keyrings import Keyrings
from gateway.trust.calling import (
    Shown,
    accepted,
    is_issued,
    pinned,
    proven,
    who_calls,
)
from gateway.trust.judging import Asked
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import rules_of
from gateway.trust.report import Fault

__all__ = ["Calling"]

log = structlog.get_logger()
FRESH_S = 5.0
"""Seconds that what was found out about a certificate is taken without another look."""
_MOST_KNOWN = 1_000
_Found: TypeAlias = str | Finding


class Engine(Protocol):
    """What is needed of the engine."""

    db: Database
    rules: Rules
    keyrings: Keyrings
    revocations: Revocations


class Calling:
    """Knows partners by their client certificates. Any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._known: dict[bytes, tuple[_Found, float]] = {}

    def known(self, shown: Sequence[bytes]) -> _Found | None:
        """What was found out about it within ``FRESH_S``; none: ask ``of``."""
        with self._turn:
            found, until_s = self._known.get(_sum(shown), (None, 0.0))
        return found if time.monotonic() < until_s else None

    def of(self, shown: Sequence[bytes], now: datetime) -> _Found:
        """The partner who shows these, in DER and its own first; or why it is nobody.

        TRU-422 and the codes of a path that is not believed.
        """
        at_s = time.monotonic()
        found = self._of(shown, now)
        if isinstance(found, Finding):
            log.warning("caller.refused", code=found.code, why=found.what)
        with self._turn:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[_sum(shown)] = found, at_s + FRESH_S
        return found

    def accepted(self, now: datetime) -> frozenset[bytes]:
        """Certificates, in DER, that the certificates of callers can lead to."""
        return frozenset(
            one
            for profile in self._partners()
            for one in accepted(
                rules_of(profile), self._engine.keyrings.of(profile.id).theirs, now
            )
        )

    def _of(self, shown: Sequence[bytes], now: datetime) -> _Found:
        try:
            first, *along = (Certificate.read(one) for one in shown)
        except Unreadable as problem:
            return Finding.of("TRU-422", f"the client certificate: {problem}")
        told = Shown(first, tuple(along))
        try:
            return who_calls(told, [one.id for one in self._whose(told, now)])
        except Fault as fault:
            if fault.constraint == "caller.binding":
                return Finding.of("TRU-422", fault.what)
            return fault.finding()

    def _whose(self, shown: Shown, now: datetime) -> Iterator[Profile]:
        for profile in self._partners():
            if pinned(shown, self._engine.keyrings.of(profile.id).theirs, now):
                yield profile
            elif is_issued(shown, profile):
                self._proven(self._asked(profile, now), shown)
                yield profile

    def _proven(self, asked: Asked, shown: Shown) -> None:
        """Raise the ``Fault`` of who is not believed, once what can be was fetched."""
        kept = self._engine.revocations
        if kept.is_asked(asked.rules):
            unasked = replace(asked, rules=asked.rules.unasked())
            kept.bring(asked.rules, proven(unasked, shown))
        proven(asked, shown)

    def _asked(self, profile: Profile, now: datetime) -> Asked:
        def known(certificates: Sequence[Certificate]) -> Facts:
            with self._engine.db.read() as tx:
                return kept_facts.facts_about(tx, certificates, now)

        return Asked(rules=rules_of(profile), facts=known, now=now, as_of=now)

    def _partners(self) -> Iterator[Profile]:
        """Those who may call with a certificate at all."""
        for profile in self._engine.rules.directory.profiles.values():
            issued = profile.trust.callers if profile.trust else ()
            if issued or any("tls_client" in one.uses for one in profile.certificates):
                yield profile


def _sum(shown: Sequence[bytes]) -> bytes:
    return hashlib.sha256(b"".join(shown)).digest()
