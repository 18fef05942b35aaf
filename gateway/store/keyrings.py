"""The keyrings of all partners, fresh within a minute of any change anywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
import structlog

from gateway.partner import Profile, load
from gateway.pipeline.ports import Secrets
from gateway.store import own_keys, profiles
from gateway.store.database import Database, Unavailable
from gateway.trust.keyring import Certificates, Keyring, OwnKeys
from gateway.trust.known import certificates_of

log = structlog.get_logger()
FRESH_S = 60.0
"""Seconds until what another process changed is seen."""
_Stamp = tuple[int, datetime | None]


class Keyrings:
    """What each partner and we know of each other. Any thread may ask.

    A partner's certificates are those of its newest version, so that one which is
    revoked is not believed any more by gateways that are running.
    """

    def __init__(self, db: Database, secrets: Secrets) -> None:
        self._db = db
        self._secrets = secrets
        self._turn = threading.Lock()
        self._profiles: Mapping[str, Profile] = {}
        self._ours = OwnKeys()
        self._stamp: _Stamp | None = None
        self._versions: Mapping[str, int] = {}
        self._theirs: dict[str, tuple[int, Certificates]] = {}
        self._good_until = 0.0
        self._is_known = False

    def use(self, known: Mapping[str, Profile]) -> None:
        """Take profiles for partners that have no version in the database."""
        with self._turn:
            self._profiles = known
            self._theirs.clear()
            self._good_until = 0.0

    def refresh(self) -> None:
        """Look anew the next time that somebody asks."""
        with self._turn:
            self._good_until = 0.0

    def of(self, partner_id: str) -> Keyring:
        """The partner's certificates, and our keys towards it.

        A key that cannot be used is left out; it is logged, and doctor shows it.
        """
        with self._turn:
            if time.monotonic() >= self._good_until:
                self._look()
            theirs = self._of_partner(partner_id)
            return Keyring(theirs, self._ours.towards(partner_id))

    def _look(self) -> None:
        """Read what changed; while the database is away what is known still holds."""
        try:
            with self._db.read() as tx:
                versions, stamp = profiles.numbers(tx), own_keys.stamp(tx)
                if stamp != self._stamp:
                    self._stamp = self._load(tx, stamp)
        except Unavailable:
            if not self._is_known:
                raise
            return
        self._is_known = True
        self._versions = versions
        self._good_until = time.monotonic() + FRESH_S

    def _load(self, tx: sa.Connection, stamp: _Stamp) -> _Stamp | None:
        """Our keys; the stamp to know them by, or none while one is not usable."""
        self._ours, unusable = own_keys.load(tx, self._secrets)
        for found in unusable:
            log.error("keys.unusable", code=found.code, id=found.value)
        return None if unusable else stamp

    def _of_partner(self, partner_id: str) -> Certificates:
        n = self._versions.get(partner_id, 0)
        known = self._theirs.get(partner_id)
        if known is None or known[0] != n or not n:
            known = n, self._read(partner_id, n)
            self._theirs[partner_id] = known
        return known[1]

    def _read(self, partner_id: str, n: int) -> Certificates:
        if n:
            with self._db.read() as tx:
                text = profiles.text(tx, partner_id, n)
            profile = load(text, partner_id)
        else:
            profile = self._profiles.get(partner_id, ())
        return (
            certificates_of(profile) if isinstance(profile, Profile) else Certificates()
        )
