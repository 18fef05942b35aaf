"""What the edges implement, and what passes through them: bytes in, bytes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

from gateway.findings import Finding
from gateway.values import swift


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


@swift
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


class Disbelieved(Exception):
    """A signed document that a door took in is not believed; nothing is booked."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


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
    wire: Wire | None = None
    """What it was wrapped into; none: it is not wrapped, or not yet."""
    address: str = ""
    """Where the peer wants this one; empty: where the profile says."""
    number: int = 0
    """The interchange control number, where the message has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A message as it goes over the wire: built once, the same at every attempt.

    ``id`` is its Message-ID; ``blob`` is header lines, an empty line and the body.
    ``facts`` is what its receipt is held against, as JSON. ``since`` is when the first
    attempt was made: the end of all attempts counts from it.
    """

    id: str
    blob: Blob
    facts: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a peer answered to one attempt at a wire: header lines and body, as it came.

    ``receipt`` is where the message stands by it: mdn_pending, accepted, ...; a
    pending one is due in ``due_in``.
    """

    wire_id: str
    status: int
    blob: InMemory
    receipt: str
    due_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The partner has it. ``detail`` is what the peer said, for people."""

    detail: str = ""
    answer: Answer | None = None
    acknowledgement: str = ""
    """What the peer says of what is in it, where it says so at once: accepted."""


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
    code: str = "WIRE-020"
    """The finding that it is when the message is given up."""
    answer: Answer | None = None
    at_once: bool = False
    """Whether operators are told of ``code`` now, and not only in the end."""
    acknowledgement: str = ""
    """What the peer says of what is in it, where it says so at once: rejected."""


class Transport(Protocol):
    """A way to a partner."""

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Send once. Safe to repeat: a repeat brings the same bytes and name."""
        ...


@runtime_checkable
class Closing(Transport, Protocol):
    """A way to a partner that keeps connections."""

    def close(self) -> None:
        """Close those that are kept; a later sending opens its own."""
        ...


@runtime_checkable
class ManyAtOnce(Transport, Protocol):
    """A way to a partner on which many messages cost less than each by itself."""

    def send_all(self, some: Sequence[Outbound]) -> Sequence[Sent | Failed]:
        """Send the messages of one lane in their order.

        Ends with the first that failed and may be tried again: what is behind it was
        not tried, and has no outcome.
        """
        ...


@runtime_checkable
class Wrapping(Transport, Protocol):
    """A way to a partner on which messages are signed, encrypted or wrapped."""

    def wraps(self, outbound: Outbound) -> bool:
        """Whether this message is wrapped before it is sent."""
        ...

    def wrap(
        self, outbound: Outbound, now: datetime
    ) -> AbstractContextManager[Wire | Failed]:
        """Build what goes over the wire, under a new id; or why it cannot be built."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password, key or token: shown to whoever asks by name, never in a log."""

    _value: bytes

    def reveal(self) -> bytes:
        """Its bytes."""
        return self._value

    @property
    def text(self) -> str:
        """It as a text in UTF-8; other bytes are kept as surrogates."""
        return self._value.decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return "Secret(***)"


class Secrets(Protocol):
    """Where what a profile refers to is looked up: ``env:``, ``file:``, ``secret:``."""

    def get(self, reference: str) -> Secret | Finding:
        """The secret, or why there is none (CFG-042)."""
        ...
