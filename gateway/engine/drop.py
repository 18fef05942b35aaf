"""The store and the engine behind the SFTP door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.engine import signed
from gateway.engine.engine import Engine
from gateway.engine.judging import demand_of, why_not
from gateway.engine.lanes import way
from gateway.findings import Finding
from gateway.partner.profile import SftpDropChannel
from gateway.pipeline.drop import KIND, Account, Visit, Waiting
from gateway.pipeline.ports import Blob, Inbound, Outbound, Trouble
from gateway.store import fetched, outbox, sftp_accounts
from gateway.store.journal import event_row
from gateway.store.lanes import Way
from gateway.store.receipts import Receipt
from gateway.store.sql import insert_all
from gateway.store.tables import event
from gateway.transport.signing import SignedFiles

log = structlog.get_logger()


class Drop:
    """Answers what the SFTP door asks, for one engine."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        step: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._engine = engine
        self._db = engine.db
        self._clock = clock
        self.step = step
        self._fit = set[str]()
        self._shown: dict[str, Waiting] = {}

    def find(self, name: str) -> Account | None:
        """The account of this name, of a partner in force."""
        with self._db.read() as tx:
            found = sftp_accounts.find(tx, name)
        known = self._engine.rules.directory.profiles
        return found if found is not None and found.partner_id in known else None

    def is_password(self, name: str, password: str) -> bool:
        """Whether it is the account's password; as slow for names that are none."""
        with self._db.read() as tx:
            kept = sftp_accounts.password_of(tx, name)
        return sftp_accounts.is_password(kept, password)

    async def accept(self, inbound: Inbound) -> Receipt:
        """Keep the raw bytes; when this returns they are on the disk."""
        with self._engine.admit():
            return await signed.accepting(self._engine, inbound)

    def waiting(self, partner_id: str) -> tuple[Waiting, ...]:
        """What the partner may fetch now, oldest first."""
        with self._db.read() as tx:
            found = fetched.waiting(tx, partner_id, self._channels(partner_id))
        fit = (one for one in found if self._may_leave(one))
        return tuple(one for one in map(self._signed, fit) if one is not None)

    def _signed(self, one: Waiting) -> Waiting | None:
        """As it is shown: signed where the profile says so; none while it cannot be."""
        profile = self._engine.rules.directory.profiles.get(one.partner_id)
        if profile is None or profile.trust is None or profile.trust.sign is None:
            return one
        if one.id in self._shown:
            return self._shown[one.id]
        with self._db.read() as tx:
            message = fetched.outbound(tx, one, self._db.payloads)
        shown = self._engine.to_fetch(message) if message is not None else None
        if not isinstance(shown, Outbound):
            log.warning("drop.not_signed", message=one.id)
            return None
        (file,) = SignedFiles.files(shown)
        blob = file.blob
        signed_ = replace(one, name=file.file_name, size=blob.size, sha256=blob.sha256)
        self._shown[one.id] = signed_
        return signed_

    def _may_leave(self, one: Waiting) -> bool:
        """Whether it fits what ours are held against; one that never will has failed.

        It is asked once: the bytes stay the same.
        """
        profile = self._engine.rules.directory.profiles.get(one.partner_id)
        demand = demand_of(one.name, profile)
        if demand is None or one.id in self._fit:
            return True
        blob = self.body(one)
        now = self._clock()
        if blob is None:
            return False
        data = b"".join(blob.chunks())
        why = why_not(self._engine.judge, demand, data, now.date())
        if why is None:
            self._fit.add(one.id)
            return True
        log.warning("drop.not_shown", message=one.id, code=why.code)
        if why.trouble is Trouble.REFUSED:
            with self._db.begin() as tx:
                outbox.give_up(tx, one.id, Finding.of(why.code, why.what), now)
        return False

    def body(self, one: Waiting) -> Blob | None:
        """Its bytes; none when it does not wait any more."""
        with self._db.read() as tx:
            if not fetched.waits(tx, one):
                return None
            return self._db.payloads.load(tx, [one.sha256]).get(one.sha256)

    def was_read(self, one: Waiting, visit: Visit) -> None:
        """Note that all of it was read; delivered, where that is enough."""
        now = self._clock()
        with self._db.begin() as tx:
            fetched.was_read(tx, one, now, _facts(visit))
            if one.on_read:
                fetched.take(tx, one, now, f"read by {visit.account}", _facts(visit))
            self.step("drop.reading")

    def take(self, one: Waiting, visit: Visit, how: str) -> bool | None:
        """Delivered: they have read it, and deleted or renamed it."""
        self._fit.discard(one.id)
        self._shown.pop(one.id, None)
        said = f"read and {how} by {visit.account}"
        with self._db.begin() as tx:
            done = fetched.take(tx, one, self._clock(), said, _facts(visit))
            self.step("drop.taking")
        return done

    def ended(self, visit: Visit, facts: dict[str, str]) -> None:
        """Note a session that is over."""
        now, told = self._clock(), _facts(visit) | facts
        row = event_row(visit.partner_id, "sftp.session", visit.account, now, **told)
        with self._db.begin() as tx:
            insert_all(tx, event, [row])

    def _channels(self, partner_id: str) -> Iterator[tuple[str, Way, bool]]:
        """The partner's channels of this kind: their ways, and if reading is enough."""
        profile = self._engine.rules.directory.profiles.get(partner_id)
        for channel in profile.channels if profile is not None else ():
            if isinstance(channel, SftpDropChannel):
                assert channel.kind == KIND
                yield channel.id, way(channel, self._clock()), channel.taken == "read"


def _facts(visit: Visit) -> dict[str, str]:
    """Who came, as events tell it."""
    return {"account": visit.account, "address": visit.address, "proof": visit.proof}
