"""The chain over events: each link is the sum of the one before and of the event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gateway.findings import Finding, Where

START = "0" * 64
"""What stands before the first event."""

_WINDOW = 20
"""Broken links of one stretch that are looked into; the others are told as changed."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_written = msgspec.json.Encoder().encode
"""The same bytes in a tenth of the time; half characters are beyond it."""


def line(at: int, detail: str, id_: str, name: str, partner_id: str, ref: str) -> bytes:
    """The canonical form of an event: what is sealed, and a line of a bundle.

    JSON with the keys in alphabetical order and no blanks. ``at`` is in microseconds
    since 1970, UTC.
    """
    told = {
        "at": at,
        "detail": detail,
        "id": id_,
        "name": name,
        "partner_id": partner_id,
        "ref": ref,
    }
    try:
        return _written(told)
    except UnicodeEncodeError:
        return _encode(told).encode("utf-8", "surrogatepass")


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def link(before: str, event: str) -> str:
    """The sum after an event: SHA-256 over both sums, written in 128 hex digits."""
    return hashlib.sha256(f"{before}{event}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the chain stood: ``first`` to ``last`` lead from ``before`` to ``hash``.

    ``n`` counts from 1. ``key`` names the key that signed ``body``; the signature is in
    hexadecimal digits.
    """

    n: int
    first: int
    last: int
    before: str
    hash: str
    at: int
    key: str = ""
    signature: str = ""

    @property
    def body(self) -> bytes:
        """What is signed."""
        told = {
            "at": self.at,
            "before": self.before,
            "first": self.first,
            "hash": self.hash,
            "key": self.key,
            "last": self.last,
            "n": self.n,
            "schema": "checkpoint/1",
        }
        return _encode(told).encode()


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event in its place: its number, the sum after it, and its own digest."""

    seq: int
    hash: str
    digest: str
    id: str

    def __str__(self) -> str:
        return f"event {self.seq} ({self.id})"


def inspect(rows: Sequence[Sealed], before: str, first: int = 1) -> list[Finding]:
    """What is wrong with events that should follow ``before`` one after the other.

    ``first`` is the number that the first of them should have.
    """
    return _Stretch(rows, before, first).findings()


class _Stretch:
    """Events of one stretch, and which of them do not follow the one before."""

    def __init__(self, rows: Sequence[Sealed], before: str, first: int) -> None:
        self.rows = rows
        self.before = before
        self.first = first
        self.gaps: list[int] = []
        self.broken: list[int] = []
        hash_, seq = before, first
        for at, row in enumerate(rows):
            if row.seq != seq:
                self.gaps.append(at)
            elif link(hash_, row.digest) != row.hash:
                self.broken.append(at)
            hash_, seq = row.hash, row.seq + 1

    def findings(self) -> list[Finding]:
        """Each fault with its place."""
        found = [self._gap(at) for at in self.gaps]
        follows = {at: self._predecessor(at) for at in self.broken[:_WINDOW]}
        inserted = self._inserted(follows)
        moved = self._moved(follows, inserted)
        if moved:
            first, last = self.rows[min(moved)], self.rows[max(moved)]
            what = f"{first} to {last} stand in another order than they were sealed in"
            found.append(_finding("EVD-002", first, what))
        for at in sorted(inserted):
            what = f"{self.rows[at]} was not there when its neighbours were sealed"
            found.append(_finding("EVD-003", self.rows[at], what))
        for at in self.broken:
            if at not in inserted and at not in moved and follows.get(at) is None:
                what = f"{self.rows[at]} is not what was sealed"
                found.append(_finding("EVD-001", self.rows[at], what))
        return found

    def _gap(self, at: int) -> Finding:
        here, first = self.rows[at], self.rows[at - 1].seq + 1 if at else self.first
        what = f"events {first} to {here.seq - 1} are missing"
        return _finding("EVD-004", here, what)

    def _predecessor(self, at: int) -> int | None:
        """The index of the row that this one was sealed after; -1: the beginning."""
        row = self.rows[at]
        if link(self.before, row.digest) == row.hash:
            return -1
        for index, other in enumerate(self.rows):
            if index != at and link(other.hash, row.digest) == row.hash:
                return index
        return None

    def _inserted(self, follows: dict[int, int | None]) -> set[int]:
        """Rows that were passed over by the one behind them."""
        found: set[int] = set()
        for at, was in follows.items():
            between = range(-1 if was is None else was + 1, at)
            if was is not None and between and follows.get(between[0]) is None:
                found |= set(between)
        return found

    def _moved(self, follows: dict[int, int | None], inserted: set[int]) -> set[int]:
        """Rows that were sealed after another one than stands before them."""
        found = {
            at
            for at, was in follows.items()
            if was is not None and not (at and at - 1 in inserted)
        }
        lost = [at for at, was in follows.items() if was is None and at not in inserted]
        for at in lost:  # contents exchanged, sums left in place
            hash_ = self.rows[at - 1].hash if at else self.before
            for other in lost:
                if link(hash_, self.rows[other].digest) == self.rows[at].hash:
                    found |= {at, other}
        return found


def _finding(code: str, row: Sealed, what: str) -> Finding:
    return Finding.of(code, what, Where(path=str(row)), row.id)
