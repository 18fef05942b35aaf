"""A revocation list taken apart, so that a number is found without reading all of it.

Entries of 17 octets lie in parts; a part is a few kilobytes. What is left of the list
without its entries is its head, which says all the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from gateway.trust import der
from gateway.trust.ber import values
from gateway.trust.pki.crl import (
    REASONS,
    Entry,
    RevocationList,
    UnreadableList,
    read_time,
)
from gateway.trust.pki.names import Dn

__all__ = ["Head", "Looked", "Packed", "entry", "name_sum", "pack", "place"]

_REASON = {name: bytes((n,)) for n, name in enumerate(REASONS)}
_KEY = 12
_SIZE = _KEY + 5
_PER_PART = 512
_MOST_PARTS = 4096


@dataclass(frozen=True, slots=True)
class Packed:
    """The head of a list, and its entries in parts; their number is a power of two."""

    head: bytes
    parts: tuple[bytes, ...]
    entries: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked up in a list: numbers of issuers, and what it says of them."""

    entries: Mapping[tuple[int, Dn], Entry | None]

    def __call__(self, serial: int, issuer: Dn) -> Entry | None:
        """What the list says. Raises ``UnreadableList`` of what was not looked up."""
        if (serial, issuer) not in self.entries:
            raise UnreadableList("the list was not looked into for this certificate")
        return self.entries[serial, issuer]


@lru_cache(maxsize=1024)
def name_sum(name: Dn) -> bytes:
    """The SHA-256 of a name in its comparable form."""
    plain = [sorted((oid, str(value)) for oid, value in part) for part in name]
    return hashlib.sha256(repr(plain).encode()).digest()


def _key(serial: bytes, name: bytes) -> bytes:
    return hashlib.blake2b(serial, digest_size=_KEY, key=name).digest()


def pack(found: RevocationList) -> Packed:
    """Take a list apart. Raises ``UnreadableList``."""
    rows, name, whose = list[bytes](), b"", None
    times = dict[bytes, bytes]()  # many are revoked together
    for serial, issuer, when, reason in found.listed():
        if issuer is not whose:
            name, whose = name_sum(issuer), issuer
        at = times.get(when)
        if at is None:
            at = times[when] = int(read_time(when).timestamp()).to_bytes(4, "big")
        rows.append(_key(serial, name) + at + _REASON[reason])
    count = 1
    while count < _MOST_PARTS and count * _PER_PART < len(rows):
        count *= 2
    parts: list[list[bytes]] = [[] for _ in range(count)]
    for row in rows:
        parts[int.from_bytes(row[:2], "big") % count].append(row)
    return Packed(_head(found), tuple(map(b"".join, parts)), len(rows))


def _head(found: RevocationList) -> bytes:
    """The list without its entries; its signature is no longer right."""
    tbs, algorithm, signature = values(found.encoded, der.SEQUENCE)
    inside = values(tbs, der.SEQUENCE)
    # version, algorithm, issuer and times come first; entries are a sequence behind
    times = max(n for n, one in enumerate(inside) if one[:1] in (b"\x17", b"\x18"))
    kept = [one for n, one in enumerate(inside) if n <= times or one[:1] != b"\x30"]
    return der.sequence(der.sequence(*kept), algorithm, signature)


def place(serial: int, issuer: Dn, parts: int) -> tuple[bytes, int]:
    """Under which key a number stands, and in which part."""
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    key = _key(octets, name_sum(issuer))
    return key, int.from_bytes(key[:2], "big") % parts


def entry(part: bytes, key: bytes) -> Entry | None:
    """What a part says under a key."""
    at = part.find(key)
    while at % _SIZE and at >= 0:
        at = part.find(key, at + 1)
    if at < 0:
        return None
    seconds = int.from_bytes(part[at + _KEY : at + _KEY + 4], "big")
    reason = REASONS[part[at + _SIZE - 1]]
    return Entry(datetime.fromtimestamp(seconds, UTC), reason)


@dataclass(frozen=True, slots=True)
class Head:
    """What is kept of a list beside its parts. ``signer`` is whose key was right."""

    head: bytes
    sha256: str
    signer: str

    def with_entries(
        self, entries: Mapping[tuple[int, Dn], Entry | None]
    ) -> RevocationList:
        """The list, able to tell of what was looked up."""
        return RevocationList.indexed(
            self.head, find=Looked(entries), sha256=self.sha256, signer=self.signer
        )
