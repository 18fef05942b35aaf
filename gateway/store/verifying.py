"""The whole chain of a database, recomputed, and what its events attest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple

import sqlalchemy as sa

from gateway.evidence.chain import (
    START,
    Checkpoint,
    Sealed,
    digest,
    inspect,
    link,
)
from gateway.findings import Finding, Where
from gateway.pipeline.ports import Blob
from gateway.store import sealing, tables
from gateway.store.anchor import is_signed
from gateway.store.evidence import digests_of, sum_of
from gateway.store.journal import version_sum
from gateway.store.payloads import DamagedPayload, Payloads
from gateway.store.sql import some

_event, _point = tables.event.c, tables.checkpoint.c
_SEALED = sa.text("event.seq IS NOT NULL")  # as the partial indexes say it
DROPPED = "events.dropped"
"""The event by which retention says how far it deleted the chain."""
_BEYOND = 100
"""How far behind its place the end of a stretch is looked for."""


@dataclass(slots=True)
class Seen:
    """How much was looked at, and what is wrong."""

    events: int = 0
    checkpoints: int = 0
    payloads: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, place: str, what: str, value: str = "") -> None:
        """Note a finding at an event or a checkpoint."""
        self.findings.append(Finding.of(code, what, Where(path=place), value))


def verify(
    tx: sa.Connection, keys: Mapping[str, bytes], heads: Sequence[Checkpoint]
) -> Seen:
    """Recompute the chain; ``heads`` are checkpoints that were kept elsewhere.

    ``keys`` are the trusted public keys by name.
    """
    walk = _Walk(tx, keys)
    walk.run()
    for head in heads:
        walk.anchored(head)
    count, _ = sealing.unsealed(tx)
    if count:
        walk.seen.add("EVD-010", "", f"{count} events wait to be sealed")
    return walk.seen


class _Walk:
    """One walk from the beginning of the chain to its end."""

    def __init__(self, tx: sa.Connection, keys: Mapping[str, bytes]) -> None:
        self.tx = tx
        self.keys = keys
        self.seen = Seen()
        self.shift = 0  # of numbers, by events that were put in or taken away
        self.last: Checkpoint | None = None
        self.dropped: set[int] = set()  # checkpoints with deleted events
        self.told = 0  # the last of them that an event tells of

    def run(self) -> None:
        """Stretch by stretch, then what stands behind the last checkpoint."""
        points = self.tx.execute(sa.select(tables.checkpoint).order_by(_point.n)).all()
        for row in points:
            point = sealing.point_of(row)
            self._continues(point, is_dropped=row.dropped_at is not None)
            self._signed(point)
            if row.digests is not None:
                self._thinned(row, point)
            elif row.dropped_at is None:
                self._stretch(point)
            else:
                self._emptied(point)
            self.dropped |= {point.n} if row.dropped_at is not None else set()
            self.last = point
            self.seen.checkpoints += 1
        end = self.last.last if self.last else 0
        behind = self._rows(end + self.shift + 1, None)
        self.seen.events += len(behind)
        if behind:
            first, last = behind[0].sealed, behind[-1].sealed
            what = f"{first} to {last} stand behind the last checkpoint"
            self.seen.add("EVD-003", str(first), what, first.id)
        self._deleted_by_us()

    def anchored(self, head: Checkpoint) -> None:
        """Whether the chain leads over a checkpoint that was kept elsewhere."""
        place = f"checkpoint {head.n}"
        if not is_signed(head, self.keys):
            self.seen.add("EVD-006", place, "the noted head has no signature of ours")
        elif self.last is None or self.last.last < head.last:
            end = self.last.last if self.last else 0
            what = f"the chain ends at event {end} and has been at {head.last}"
            self.seen.add("EVD-005", place, what)
        elif not sealing.holds(self.tx, head):
            what = "the chain does not lead over the head that was noted outside"
            self.seen.add("EVD-006", place, what)

    def _continues(self, point: Checkpoint, *, is_dropped: bool) -> None:
        last = self.last
        if last is None and is_dropped:
            return  # the deleted beginning
        n, end, hash_ = (last.n, last.last, last.hash) if last else (0, 0, START)
        place = f"checkpoint {point.n}"
        if point.n != n + 1 or point.first != end + 1:
            what = f"checkpoint {n} ended at event {end}"
            self.seen.add(
                "EVD-004", place, f"{what}, {point.n} begins at {point.first}"
            )
        elif point.before != hash_:
            self.seen.add("EVD-006", place, "it does not follow the one before")

    def _signed(self, point: Checkpoint) -> None:
        place = f"checkpoint {point.n}"
        if point.key not in self.keys:
            what = f"it is signed by the key {point.key}, which is not known here"
            self.seen.add("EVD-012", place, what, point.key)
        elif not is_signed(point, self.keys):
            self.seen.add("EVD-006", place, "its signature is wrong")

    def _stretch(self, point: Checkpoint) -> None:
        """The events up to a checkpoint; its sum tells how their numbers moved."""
        first, last = point.first + self.shift, point.last + self.shift
        rows = self._rows(first, last + _BEYOND)
        end = _end([row.sealed for row in rows], point)
        moved = 0
        if end is not None and end.is_end:
            moved = end.seq - last
            last = end.seq
        rows = list(takewhile(lambda row: row.sealed.seq <= last, rows))
        self.seen.events += len(rows)
        found = inspect([row.sealed for row in rows], point.before, first)
        if moved < 0:  # taken away, and the others renumbered
            found = [_taken_away(one, -moved) for one in found]
        self.seen.findings += found
        if end is None:
            self._no_end(point, rows, found)
        self.shift += moved
        self._attested(rows)

    def _no_end(
        self, point: Checkpoint, rows: Sequence[_Row], found: Sequence[Finding]
    ) -> None:
        """The sum that the stretch should end with is nowhere."""
        place = f"checkpoint {point.n}"
        end = rows[-1].sealed.seq if rows else point.first + self.shift - 1
        if end < point.last + self.shift:
            what = f"events {end + 1} to {point.last + self.shift} are missing"
            more = sa.exists().where(_SEALED, _event.seq > point.last + self.shift)
            goes_on = self.tx.execute(sa.select(more)).scalar()
            self.seen.add("EVD-004" if goes_on else "EVD-005", place, what)
        elif not found:
            what = f"events {point.first} to {point.last} do not lead to its sum"
            self.seen.add("EVD-006", place, what)

    def _thinned(self, row: sa.Row[Any], point: Checkpoint) -> None:
        """A stretch that retention went over: its digests stand with the checkpoint."""
        hash_ = point.before
        digests = list(digests_of(self.tx, row))
        for one in digests:
            hash_ = link(hash_, one)
        if hash_ != point.hash:
            what = f"events {point.first} to {point.last} do not lead to its sum"
            self.seen.add("EVD-006", f"checkpoint {point.n}", what)
        rows = self._rows(point.first + self.shift, point.last + self.shift)
        self.seen.events += len(rows)
        for each in rows:
            at = each.sealed.seq - point.first - self.shift
            if at >= len(digests) or digests[at] != each.sealed.digest:
                what = f"{each.sealed} is not what was sealed"
                self.seen.add("EVD-001", str(each.sealed), what, each.sealed.id)
        self._attested(rows)

    def _emptied(self, point: Checkpoint) -> None:
        """A stretch whose events were deleted has none."""
        for row in self._rows(point.first + self.shift, point.last + self.shift):
            what = f"{row.sealed} stands where all events were deleted"
            self.seen.add("EVD-003", str(row.sealed), what, row.sealed.id)

    def _deleted_by_us(self) -> None:
        """Events are deleted for their age, and an event says so."""
        told = sa.select(_event.detail).where(
            _event.name == DROPPED, _event.seq.is_(None)
        )
        for detail in self.tx.execute(told).scalars():
            self.told = max(self.told, int(_detail(detail).get("n", 0)))
        missing = max(self.dropped, default=0)
        if missing > self.told:
            what = f"no event tells of the deleted ones up to checkpoint {missing}"
            self.seen.add("EVD-004", f"checkpoint {missing}", what)

    def _rows(self, first: int, last: int | None) -> list[_Row]:
        query = sa.select(*sealing.TOLD, _event.seq, _event.hash)
        place = _event.seq >= first
        if last is not None:
            place = _event.seq.between(first, last)
        return [
            _Row(
                Sealed(
                    row.seq,
                    bytes(row.hash).hex() if row.hash is not None else "",
                    digest(sealing.line_of(row)),
                    row.id,
                ),
                row.name,
                row.partner_id,
                row.ref,
                row.detail,
            )
            for row in self.tx.execute(query.where(_SEALED, place).order_by(_event.seq))
        ]

    def _attested(self, rows: Sequence[_Row]) -> None:
        """Versions of orders are what the events said they were."""
        told: dict[tuple[str, str, int], tuple[str, Sealed]] = {}
        for row in rows:
            if row.name in ("order.kept", "order.decided"):
                detail = _detail(row.detail)
                number = int(detail.get("version", "1"))
                key = (row.partner_id, row.ref, number)
                told[key] = (str(detail.get("sha256", "")), row.sealed)
            elif row.name == DROPPED:
                self.told = max(self.told, int(_detail(row.detail).get("n", 0)))
        version = tables.order_version.c
        place = sa.tuple_(version.partner_id, version.order_id, version.n)
        for part in some(told):
            query = sa.select(tables.order_version).where(place.in_(part))
            for each in self.tx.execute(query):
                sum_, by = told[each.partner_id, each.order_id, each.n]
                try:
                    now = version_sum(each.text)
                except (ValueError, TypeError):
                    now = ""
                if now != sum_:
                    what = f"version {each.n} of {each.order_id} is not what {by} names"
                    self.seen.add("EVD-007", each.order_id, what, sum_)


@dataclass(frozen=True, slots=True)
class _Row:
    """An event of the chain."""

    sealed: Sealed
    name: str
    partner_id: str
    ref: str
    detail: str


class _End(NamedTuple):
    """Where a checkpoint's sum stands, and whether the chain goes on from there."""

    seq: int
    is_end: bool


def _end(rows: Sequence[Sealed], point: Checkpoint) -> _End | None:
    """The event that the stretch ended with when it was sealed."""
    for at, row in enumerate(rows):
        if row.hash == point.hash:
            following = rows[at + 1 : at + 2]
            goes_on = all(link(row.hash, one.digest) == one.hash for one in following)
            return _End(row.seq, goes_on)
    return None


def _detail(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _taken_away(found: Finding, count: int) -> Finding:
    """What looks changed follows an event that is not there any more."""
    if found.code != "EVD-001":
        return found
    what = f"{count} event(s) are missing in front of {found.where}"
    return Finding.of("EVD-004", what, found.where, found.value)


def payloads(tx: sa.Connection, kept: Payloads) -> Iterator[Finding | None]:
    """Every stored payload held against its sum: a finding, or none if it is good."""
    for sha256, blob in kept.every(tx):
        yield _payload(sha256, blob)


def _payload(sha256: str, blob: Blob) -> Finding | None:
    try:
        if sum_of(blob) == sha256:
            return None
        what = f"the bytes of {sha256} have another sum"
    except (DamagedPayload, OSError, ValueError) as problem:
        what = f"the bytes of {sha256} cannot be read: {type(problem).__name__}"
    return Finding.of("EVD-007", what, value=sha256)
