"""What the edges implement, and what passes through them: bytes in, bytes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self


class Blob(Protocol):
    """Bytes that may be too many for memory: their size, their sum, and a way to read.

    ``sha256`` is hexadecimal. ``chunks()`` may be called more than once and gives the
    same bytes each time.
    """

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of all bytes, 64 hexadecimal digits in lower case."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order, in pieces of any size."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """A blob that is small enough to hold."""

    data: bytes
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """These bytes, with their sum."""
        return cls(data, hashlib.sha256(data).hexdigest())

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        """All of it at once."""
        yield self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a door took in, before anything was looked at.

    ``channel`` names the door (``folder``, ``http``), ``peer`` who stood there (a path,
    an address, a key's name). ``partner_id`` is the partner that the door knows, empty
    when only the content will tell. ``transport_id`` is the door's own key of this
    delivery; the same key with the same bytes is the same receipt. Empty: no key.
    """

    blob: Blob
    channel: str
    peer: str
    partner_id: str
    transport_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to send. Every attempt has the same id, file name and bytes."""

    id: str
    partner_id: str
    channel: str
    kind: str
    file_name: str
    blob: Blob
    attempt: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The partner has it. ``detail`` is what the peer said, for people."""

    detail: str = ""


class Trouble(StrEnum):
    """What went wrong decides how long to wait, and who has to wait."""

    REFUSED = "refused"
    """No attempt will ever do: the message has failed."""
    THROTTLED = "throttled"
    """The peer wants less or later: the whole lane waits."""
    CONNECTION = "connection"
    """The peer is not there or not well: pauses grow, then the lane rests."""
    OURS = "ours"
    """Our own bug or set-up: the message rests, the peer is not to blame."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not arrive, as far as can be known.

    ``retry_at`` is when the peer wants the next attempt; without it the usual back-off
    of its kind of trouble decides.
    """

    what: str
    retry_at: datetime | None = None
    trouble: Trouble = Trouble.CONNECTION


class Transport(Protocol):
    """A way to a partner."""

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Send once. Safe to repeat: a repeat brings the same bytes and name."""
        ...
