"""Which files of a partner's folder are complete, and ours to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from gateway.findings import Finding
from gateway.partner.sftp import SftpGet
from gateway.pipeline.remote import RemoteFile, Seen, shown
from gateway.transport.sftp_packets import LONGEST_NAME, Entry

CLAIMED = b".gateway"
"""How the names of files end that we have claimed by renaming them."""
UNFINISHED = (b"~", b".tmp", b".part", b".partial", b".filepart")
EMPTY_FOR = timedelta(minutes=10)
"""After so long a file without bytes is told."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in the folder; ``name`` is what they called it."""

    name: bytes
    size: int
    mtime: int
    is_claimed: bool = False

    @property
    def path(self) -> str:
        """The name as text that stands for it alone."""
        return shown(self.name)

    @property
    def standing(self) -> bytes:
        """The name it has on the server now."""
        return self.name + CLAIMED if self.is_claimed else self.name


@dataclass(slots=True)
class Judged:
    """What is to be taken, oldest first, and what is to be remembered."""

    ready: list[Listed] = field(default_factory=list)
    waiting: int = 0
    """How many are not complete yet."""
    seen: list[RemoteFile] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    told: list[tuple[RemoteFile, Finding]] = field(default_factory=list)
    markers: Mapping[bytes, bytes] = field(default_factory=dict)
    """The marker of each file that has one."""


def judge(
    entries: Iterable[Entry],
    known: Mapping[str, RemoteFile],
    get: SftpGet,
    limit_bytes: int,
    now: datetime,
) -> Judged:
    """Hold a listing against what was seen before.

    Ages are differences of times of the server: the folder's own time says how late it
    is there at least. Our clock only says how long ago we saw something.
    """
    every = list(entries)
    late = next((e.attrs.mtime for e in every if e.name == b"."), None) or 0
    names = {entry.name for entry in every if entry.is_file}
    found = Judged(markers=_markers(names, get))
    present = set()
    for listed in _ours(every, get):
        present.add(listed.path)
        if get.marker and not listed.is_claimed and listed.name not in found.markers:
            found.waiting += 1
            continue
        before = known.get(listed.path)
        seen = _seen_again(listed, before, get, now)
        if seen.state is not Seen.WAITING:
            continue
        refused = _refusal(listed, seen, limit_bytes, now)
        if refused is not None:
            seen = replace(seen, state=Seen.REFUSED)
            found.told.append((seen, refused))
        elif listed.size and _is_ready(listed, seen, get, now, late):
            found.ready.append(listed)
        else:
            found.waiting += 1
        if seen != before:
            found.seen.append(seen)
    found.ready.sort(key=lambda one: (one.mtime, one.name))
    found.gone = [path for path in known if path not in present]
    return found


def is_name(name: bytes) -> bool:
    """Whether it names something in the folder itself, and nowhere else."""
    good = 0 < len(name) <= LONGEST_NAME and name not in (b".", b"..")
    return good and b"/" not in name and b"\0" not in name


def _ours(entries: Iterable[Entry], get: SftpGet) -> Iterator[Listed]:
    for entry in entries:
        name, claimed = entry.name, False
        if not is_name(name) or not entry.is_file:
            continue
        if get.claim == "rename" and name.endswith(CLAIMED):
            name, claimed = name.removesuffix(CLAIMED), True
        if _is_wanted(name, get):
            size, mtime = entry.attrs.size or 0, entry.attrs.mtime or 0
            yield Listed(name, size, mtime, claimed)


def _is_wanted(name: bytes, get: SftpGet) -> bool:
    low = name.lower()
    if not low or low.startswith((b".", b"~")) or low.endswith(UNFINISHED):
        return False
    if get.marker is not None and low.endswith(get.marker.lower().encode()):
        return False
    text = name.decode("utf-8", "surrogateescape")
    if any(fnmatchcase(text, pattern) for pattern in get.ignore):
        return False
    return any(fnmatchcase(text, pattern) for pattern in get.names)


def _markers(names: set[bytes], get: SftpGet) -> dict[bytes, bytes]:
    """``po.ok`` or ``po.edi.ok`` for ``po.edi``."""
    if get.marker is None:
        return {}
    ending = get.marker.encode()
    found = {}
    for name in names:
        stem, dot, _ = name.rpartition(b".")
        for marker in (name + ending, stem + ending if dot and stem else b""):
            if marker in names and marker != name:
                found[name] = marker
    return found


def _is_ready(
    listed: Listed, seen: RemoteFile, get: SftpGet, now: datetime, late: int
) -> bool:
    """Whether it has been unchanged for long enough, or was claimed before."""
    age_s = max((now - seen.since).total_seconds(), late - listed.mtime)
    return listed.is_claimed or (seen.looks >= get.looks and age_s >= get.min_age_s)


def _seen_again(
    listed: Listed, before: RemoteFile | None, get: SftpGet, now: datetime
) -> RemoteFile:
    if before is None or (before.size, before.mtime) != (listed.size, listed.mtime):
        return RemoteFile(
            path=listed.path,
            size=listed.size,
            mtime=listed.mtime,
            looks=1,
            since=now,
            counted_at=now,
        )
    counts = (now - before.counted_at).total_seconds() >= get.gap_s
    if not counts or before.looks >= get.looks:
        return before
    return replace(before, looks=before.looks + 1, counted_at=now)


def _refusal(
    listed: Listed, seen: RemoteFile, limit_bytes: int, now: datetime
) -> Finding | None:
    if listed.size > limit_bytes:
        what = f"{listed.path} has {listed.size} bytes, over {limit_bytes}"
        return Finding.of("TRN-003", what, value=listed.path)
    if not listed.size and now - seen.since >= EMPTY_FOR:
        what = f"{listed.path} has been without bytes for {EMPTY_FOR}"
        return Finding.of("TRN-002", what, value=listed.path)
    return None
