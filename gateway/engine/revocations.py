"""Revocation that keeps itself fresh: lists are fetched again before they end, and
responders are asked about who signed before it is believed.

Addresses come out of profiles and of certificates that lead to an anchor, never out of
what nobody believed, and each must be one that the partner's profile allows.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gateway.partner import Profile
from gateway.store import list_sources, revocations
from gateway.store.database import Database
from gateway.store.list_sources import ListSource
from gateway.transport.authorities import Authorities, Unreached
from gateway.trust.files import NotReadable, certificates_in, pem
from gateway.trust.list_signers import signer_of
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.crl import RevocationList, UnreadableList
from gateway.trust.pki.ocsp import OcspAnswer, UnreadableAnswer
from gateway.trust.pki.places import (
    list_places,
    may_be_fetched,
    question,
    responder_places,
)
from gateway.trust.pki.signature import signed_by
from gateway.trust.policy import Rules, rules_of

__all__ = ["Revocations"]

log = structlog.get_logger()
_WHILE_ASKED_S = 5.0
"""Seconds that a document may wait for lists and answers about its signer."""
_RESTS_S = 30.0
"""Seconds for which a responder that did not answer is not asked again."""
_LEASE = timedelta(minutes=5)
_NONCE = 32
_MOST_ALONG = 32


class Revocations:
    """Keeps lists fresh, and fetches what is not known yet of a path."""

    def __init__(
        self,
        db: Database,
        *,
        clock: Callable[[], datetime],
        owner: Callable[[datetime], str],
        authorities: Authorities,
    ) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._authorities = authorities
        self._rules: tuple[Rules, ...] = ()
        self._wanted: tuple[str, ...] = ()
        self._turn = threading.Lock()
        self._rest_until: dict[str, float] = {}

    def use(self, profiles: Mapping[str, Profile]) -> None:
        """Fetch what these partners' profiles allow from now on."""
        every = map(rules_of, (one for one in profiles.values() if one.trust))
        self._rules = tuple(one for one in every if _fetches(one))
        wanted = (url for rules in self._rules for url in _wanted_by(rules))
        self._wanted = tuple(dict.fromkeys(wanted))

    def refresh(self) -> int:
        """Fetch the lists whose time has come; how many were looked for."""
        if not self._rules:
            return 0
        with self._db.read() as tx:
            noted = [one.url for one in list_sources.every(tx) if self._of(one.url)]
        fresh = sorted(set(self._wanted) - set(noted))
        if fresh:
            list_sources.note(self._db, fresh, self._clock())
        count = 0
        while self._one((*noted, *fresh)):
            count += 1
        return count

    def _of(self, url: str) -> list[Rules]:
        """The rules that allow an address."""
        return [
            rules
            for rules in self._rules
            if url in {one.url for one in rules.trust.lists}
            or may_be_fetched(url, rules.trust.fetch_from)
        ]

    def _one(self, urls: Sequence[str], most_s: float = 60.0) -> bool:
        """Look at one of these addresses, if one is due; whether it was."""
        now = self._clock()
        owner = self._owner(now)
        source = list_sources.lease(self._db, urls, owner, now, now + _LEASE)
        if source is None:
            return False
        try:
            source = replace(self._fetched(source, most_s), said="")
        except (Unreached, UnreadableList) as no:
            log.warning("lists.failed", url=source.url, what=str(no))
            source = replace(source, said=str(no)[:500])
        list_sources.settle(self._db, source, owner, self._clock())
        return True

    def _fetched(self, source: ListSource, most_s: float) -> ListSource:
        """Fetch a list, and keep it once it is believed."""
        fetch = self._authorities.fetch
        got = fetch(source.url, source.etag, source.modified, most_s=most_s)
        if got.body is None:
            return source
        found, now = RevocationList.read(got.body), self._clock()
        with self._db.read() as tx:
            is_known = revocations.is_known(tx, found.sha256)
        if not is_known:
            along = _along(source.along)
            signer = signer_of(found, self._of(source.url), now, along)
            if signer is None:
                raise UnreadableList("nobody who is believed signed the list")
            revocations.keep(self._db, found, signer.spki, source.url, now)
            log.info("lists.kept", url=source.url, until=found.until)
        return replace(source, etag=got.etag, modified=got.modified, until=found.until)

    def is_asked(self, rules: Rules) -> bool:
        """Whether something may be fetched before a document is judged by these."""
        trust = rules.trust
        return rules.revocation != "none" and bool(trust.fetch_from)

    def bring(self, rules: Rules, chain: Iterable[Certificate]) -> None:
        """Fetch what is not known of certificates of a path that holds.

        It ends in time whatever the authorities do; what did not come is not known.
        """
        until = time.monotonic() + _WHILE_ASKED_S
        every = tuple(chain)
        for one in every:
            issuer = next((up for up in every if _issued(up, one)), None)
            if issuer is None:
                continue
            if rules.trust.ocsp == "prefer" and self._ask(rules, one, issuer, until):
                continue
            self._list_of(rules, one, every, until)

    def _list_of(
        self,
        rules: Rules,
        one: Certificate,
        along: Sequence[Certificate],
        until: float,
    ) -> None:
        """Fetch its lists if they were never looked at; afterwards the job does."""
        allowed = rules.trust.fetch_from
        urls = [url for url in list_places(one) if may_be_fetched(url, allowed)]
        with self._db.read() as tx:
            fresh = sorted(set(urls) - list_sources.known(tx, urls))
        if not fresh:
            return
        text = pem([each.parsed for each in along[:_MOST_ALONG]])
        list_sources.note(self._db, fresh, self._clock(), text)
        for url in fresh:
            left = until - time.monotonic()
            if left > 0:
                self._one((url,), left)

    def _ask(
        self, rules: Rules, one: Certificate, issuer: Certificate, until: float
    ) -> bool:
        """Whether an answer about it is kept that holds now."""
        now = self._clock()
        with self._db.read() as tx:
            kept = revocations.facts_about(tx, [one], now).answers
        if any(_holds(rules, answer, one, issuer, now) for answer in kept):
            return True
        for url in responder_places(one):
            if not may_be_fetched(url, rules.trust.fetch_from) or self._rests(url):
                continue
            nonce = os.urandom(_NONCE)
            try:
                data = self._authorities.ask(url, question(one, issuer, nonce), until)
                answer = OcspAnswer.read(data)
                if not answer.echoes(nonce):
                    raise UnreadableAnswer("the answer is to another question")
                if not _holds(rules, answer, one, issuer, now):
                    raise UnreadableAnswer("the answer is of another, or too old")
            except (Unreached, UnreadableAnswer) as no:
                log.warning("ocsp.failed", url=url, what=str(no))
                self._let_rest(url)
                continue
            revocations.keep_answer(self._db, answer, (one, issuer), url, now)
            return True
        return False

    def _rests(self, url: str) -> bool:
        with self._turn:
            return self._rest_until.get(url, 0.0) > time.monotonic()

    def _let_rest(self, url: str) -> None:
        with self._turn:
            now = time.monotonic()
            ended = [one for one, at in self._rest_until.items() if at <= now]
            for one in ended:
                del self._rest_until[one]
            self._rest_until[url] = now + _RESTS_S


def _wanted_by(rules: Rules) -> tuple[str, ...]:
    """The addresses of lists that a profile names, itself or by its certificates."""
    if rules.revocation == "none":
        return ()
    named = [one.url for one in rules.trust.lists]
    places = (url for one in (*rules.anchors, *rules.pool) for url in list_places(one))
    named += [url for url in places if may_be_fetched(url, rules.trust.fetch_from)]
    return tuple(dict.fromkeys(named))


def _fetches(rules: Rules) -> bool:
    return rules.revocation != "none" and bool(
        rules.trust.lists or rules.trust.fetch_from
    )


def _issued(issuer: Certificate, one: Certificate) -> bool:
    if issuer == one or issuer.subject != one.issuer:
        return False
    signed = one.signed
    return signed is not None and signed_by(signed, issuer.public_key)


def _holds(
    rules: Rules,
    answer: OcspAnswer,
    one: Certificate,
    issuer: Certificate,
    at: datetime,
) -> bool:
    """Whether it is about this certificate, of who may say so, and of today."""
    told = answer.about(one, issuer)
    if told is None or not answer.is_fresh(told, at, rules.demand(at).fresh):
        return False
    try:
        answer.signer(issuer, at)
    except UnreadableAnswer:
        return False
    return True


def _along(text: str) -> list[Certificate]:
    try:
        found = certificates_in(text.encode()) if text else ()
        return [Certificate.of(one) for one in found]
    except (NotReadable, Unreadable):
        return []
