"""What the SFTP door and the store behind it tell each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.pipeline.ports import Blob, Inbound

KIND = "sftp_drop"
"""The kind of door, and of the channel whose messages lie in ``out``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A partner's way in. ``keys`` are SHA-256 fingerprints in OpenSSH's form.

    ``sources`` are networks in CIDR form; none: any address. A limit of 0 is that of
    the settings.
    """

    name: str
    partner_id: str
    keys: frozenset[str] = frozenset()
    has_password: bool = False
    sources: tuple[str, ...] = ()
    quota_bytes: int = 0
    file_bytes: int = 0
    sessions: int = 0

    def may_come_from(self, address: str) -> bool:
        """Whether this address is one of those it may log in from."""
        if not self.sources:
            return True
        try:
            here = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        here = getattr(here, "ipv4_mapped", None) or here
        return any(here in ipaddress.ip_network(one) for one in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that waits to be fetched. ``on_read``: having it read is enough."""

    id: str
    partner_id: str
    name: str
    size: int
    sha256: str
    queued_at: datetime
    on_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who came, and how they proved it: a key's fingerprint, or ``password``."""

    account: str
    partner_id: str
    address: str
    proof: str


class Taken(Protocol):
    """What the engine says of something it took in."""

    @property
    def id(self) -> str:
        """The receipt's id."""
        ...

    @property
    def first_seen(self) -> bool:
        """Whether it was not known before."""
        ...


class Behind(Protocol):
    """What the door asks of the rest. All but ``accept`` may block."""

    def find(self, name: str) -> Account | None:
        """The account of this name as it is now."""
        ...

    def is_password(self, name: str, password: str) -> bool:
        """Whether it is the account's password; as slow for names that are none."""
        ...

    async def accept(self, inbound: Inbound) -> Taken:
        """Keep the raw bytes; when this returns they are on the disk."""
        ...

    def waiting(self, partner_id: str) -> Sequence[Waiting]:
        """What the partner may fetch now, oldest first."""
        ...

    def body(self, one: Waiting) -> Blob | None:
        """Its bytes; none when it does not wait any more."""
        ...

    def was_read(self, one: Waiting, visit: Visit) -> None:
        """Note that all of it was read; delivered, where that is enough."""
        ...

    def take(self, one: Waiting, visit: Visit, how: str) -> bool | None:
        """Delivered: they have read it, and deleted or renamed it.

        False if they have never read it; none if it does not wait any more.
        """
        ...

    def ended(self, visit: Visit, facts: dict[str, str]) -> None:
        """Note a session that is over."""
        ...

    def step(self, name: str) -> None:
        """Is told the name of each moment at which a crash must do no harm."""
        ...
