"""The one bundle of evidence: a ZIP that proves itself without any database.

``SHA256SUMS`` is for ``sha256sum -c``; ``manifest.json`` names every member and what it
is, and ``manifest.sig`` is its signature. Members of kinds that this version does not
know are held against the manifest like all others.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from gateway.evidence.chain import Checkpoint, digest, link
from gateway.evidence.signing import Signer, key_name, verifies
from gateway.findings import Finding, Where

SCHEMA = "evidence/1"
MANIFEST, SIGNATURE, SUMS = "manifest.json", "manifest.sig", "SHA256SUMS"
EVENTS, CHAIN = "events.jsonl", "chain.json"
ATTESTED = frozenset({"received", "sent", "version"})
"""Kinds of members that an event must name by their sum."""
MOST_BYTES = 4 * 1024**3
"""What all members may have together when a bundle is verified."""

_TEXT_BYTES = 256 * 1024 * 1024
_DATE = (1980, 1, 1, 0, 0, 0)
_PIECE = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*(/[A-Za-z0-9_][A-Za-z0-9._@+-]*)*")


class Bytes(Protocol):
    """Bytes with their sum, perhaps too many for memory."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def sha256(self) -> str:
        """Their SHA-256 in hexadecimal digits."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes in memory as a member."""

    data: bytes

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.data)

    @property
    def sha256(self) -> str:
        """Their SHA-256."""
        return digest(self.data)

    def chunks(self) -> Iterator[bytes]:
        """All at once."""
        yield self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of a bundle. ``kind`` is received, sent, version, facts, ...

    ``of`` is the id of what it belongs to.
    """

    name: str
    kind: str
    content: Bytes
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The digests of all events from one checkpoint to the next."""

    checkpoint: Checkpoint
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known about one order or transmission.

    ``about`` says what in the manifest; ``lines`` are its events as they were sealed,
    oldest first; ``keys`` are public keys in PEM.
    """

    about: Mapping[str, str]
    members: tuple[Member, ...]
    lines: tuple[bytes, ...]
    stretches: tuple[Stretch, ...]
    keys: tuple[bytes, ...]


def write(evidence: Evidence, signer: Signer, out: IO[bytes]) -> None:
    """Write the bundle. The same evidence and key give the same bytes."""
    members = [*evidence.members, *_proof(evidence, signer)]
    members.sort(key=lambda member: member.name)
    manifest = {
        "schema": SCHEMA,
        **evidence.about,
        "events": len(evidence.lines),
        "key": signer.name,
        "members": [
            {
                "name": member.name,
                "kind": member.kind,
                "of": member.of,
                "size": member.content.size,
                "sha256": member.content.sha256,
            }
            for member in members
        ],
    }
    told = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    members.append(_text(MANIFEST, told))
    members.append(_text(SIGNATURE, signer.sign(told)))
    sums = "".join(f"{each.content.sha256}  {each.name}\n" for each in members)
    members.append(_text(SUMS, sums.encode()))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for member in members:
            info = zipfile.ZipInfo(member.name, _DATE)
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.file_size = member.content.size
            with bundle.open(info, "w") as file:
                for piece in member.content.chunks():
                    file.write(piece)


def _proof(evidence: Evidence, signer: Signer) -> Iterator[Member]:
    lines = b"".join(line + b"\n" for line in evidence.lines)
    yield _text(EVENTS, lines, "events")
    stretches = [
        {
            "checkpoint": json.loads(each.checkpoint.body),
            "signature": each.checkpoint.signature,
            "digests": each.digests,
        }
        for each in evidence.stretches
    ]
    chain = json.dumps({"schema": "chain/1", "stretches": stretches}, indent=1)
    yield _text(CHAIN, chain.encode() + b"\n", "chain")
    keys = {key_name(key): key for key in (*evidence.keys, signer.public)}
    for name, key in sorted(keys.items()):
        yield _text(f"keys/{name}.pem", key, "key")


def _text(name: str, data: bytes, kind: str = "") -> Member:
    return Member(name=name, kind=kind, content=Text(data))


# Verifying.


@dataclass(slots=True)
class Verified:
    """What a bundle says, and what speaks against it."""

    about: dict[str, str] = field(default_factory=dict)
    members: int = 0
    events: int = 0
    key: str = ""
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, where: str, what: str) -> None:
        """Note a finding at a member or an event."""
        self.findings.append(Finding.of(code, what, Where(path=where)))


def verify(file: IO[bytes], key: bytes | None = None) -> Verified:
    """Hold a bundle against itself; with ``key`` against that public key in PEM too."""
    told = Verified()
    try:
        with zipfile.ZipFile(file) as bundle:
            _Check(bundle, told).run(key)
    # zipfile's RuntimeErrors say that it is encrypted or packed in an unknown way
    except (zipfile.BadZipFile, _Unfit, RuntimeError) as problem:
        told.add("EVD-011", "", str(problem) or "the file is no bundle")
    except (KeyError, TypeError, ValueError, EOFError, OSError) as problem:
        what = (
            f"the file is no bundle that this version reads: {type(problem).__name__}"
        )
        told.add("EVD-011", "", what)
    return told


def read(file: IO[bytes], is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Members of a bundle that was found to be whole, by their names."""
    with zipfile.ZipFile(file) as bundle:
        names = [name for name in bundle.namelist() if is_wanted(name)]
        return {name: bundle.read(name) for name in names}


class _Unfit(Exception):
    """The file is no bundle of ours."""


class _Check:
    """One bundle, while it is looked through."""

    def __init__(self, bundle: zipfile.ZipFile, told: Verified) -> None:
        self.bundle = bundle
        self.told = told
        self.sums: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def run(self, key: bytes | None) -> None:
        """Sums, manifest, signatures, chain, and what the events attest."""
        self._open()
        manifest = json.loads(self._text(MANIFEST))
        if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
            raise _Unfit(f"the manifest is not of the form {SCHEMA}")
        members = self._members(manifest)
        self._listed()
        keys = self._keys()
        self._signed(str(manifest["key"]), keys, key)
        add = self.told.add
        lines = self._text(EVENTS).splitlines() if EVENTS in self.sums else []
        if len(lines) != manifest["events"]:
            what = f"{len(lines)} events, the manifest names {manifest['events']}"
            add("EVD-004", EVENTS, what)
        self.told.events = len(lines)
        chain = json.loads(self._text(CHAIN))
        _chained([_stretch(each) for each in chain["stretches"]], lines, keys, add)
        facts = [(m["name"], m["kind"], m["of"], m["sha256"]) for m in members]
        _attested(facts, lines, add)
        about = {
            name: value for name, value in manifest.items() if isinstance(value, str)
        }
        self.told.about = about

    def _open(self) -> None:
        """The sums of all members; sizes are bounded before anything is read."""
        infos = self.bundle.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) != len(names):
            raise _Unfit("a member is there twice")
        odd = [name for name in names if not _NAME.fullmatch(name)]
        if odd:
            raise _Unfit(f"a member has the name {odd[0]!r}")
        if sum(info.file_size for info in infos) > MOST_BYTES:
            raise _Unfit(f"the members have more than {MOST_BYTES} bytes")
        if MANIFEST not in names:
            raise _Unfit(f"there is no {MANIFEST}")
        for info in infos:
            self.sums[info.filename], self.sizes[info.filename] = self._sum(info)
        self.told.members = len(names)

    def _sum(self, info: zipfile.ZipInfo) -> tuple[str, int]:
        """Sum and size; bytes that ZIP's own check refuses are changed bytes."""
        sum_, size = hashlib.sha256(), 0
        try:
            with self.bundle.open(info) as file:
                while piece := file.read(_PIECE):
                    sum_.update(piece)
                    size += len(piece)
        except zipfile.BadZipFile:
            return "", size
        return sum_.hexdigest(), size

    def _text(self, name: str) -> bytes:
        if self.sizes.get(name, 0) > _TEXT_BYTES:
            raise _Unfit(f"{name} is too long")
        return self.bundle.read(name)

    def _members(self, manifest: dict[str, Any]) -> list[dict[str, Any]]:
        """The members as the manifest has them, each held against its sum."""
        members: list[dict[str, Any]] = manifest["members"]
        for one in members:
            name = str(one["name"])
            if name not in self.sums:
                self.told.add("EVD-009", name, f"{name} is missing")
            elif self.sums[name] != one["sha256"]:
                self.told.add("EVD-001", name, f"{name} has other bytes")
        known = {str(one["name"]) for one in members} | {MANIFEST, SIGNATURE, SUMS}
        for name in sorted(set(self.sums) - known):
            self.told.add("EVD-009", name, f"{name} is not in the manifest")
        return members

    def _listed(self) -> None:
        """``SHA256SUMS`` names every member but itself, with its sum."""
        if SUMS not in self.sums:
            self.told.add("EVD-009", SUMS, f"{SUMS} is missing")
            return
        wanted = {name: sum_ for name, sum_ in self.sums.items() if name != SUMS}
        listed = {}
        for line in self._text(SUMS).decode("ascii", "replace").splitlines():
            sum_, _, name = line.partition("  ")
            listed[name] = sum_
        for name in sorted(wanted.keys() | listed.keys()):
            if wanted.get(name) != listed.get(name):
                self.told.add("EVD-009", SUMS, f"{SUMS} tells {name} otherwise")

    def _keys(self) -> dict[str, bytes]:
        keys: dict[str, bytes] = {}
        for name in self.sums:
            if name.startswith("keys/"):
                pem = self._text(name)
                keys[key_name(pem)] = pem
        return keys

    def _signed(
        self, name: str, keys: Mapping[str, bytes], wanted: bytes | None
    ) -> None:
        self.told.key = name
        signature = self._text(SIGNATURE) if SIGNATURE in self.sums else b""
        key = keys.get(name, b"")
        if not key or not verifies(key, signature, self._text(MANIFEST)):
            what = "the manifest does not bear the signature of the key it names"
            self.told.add("EVD-006", SIGNATURE, what)
        elif wanted is not None and key_name(wanted) != name:
            self.told.add("EVD-012", SIGNATURE, f"the bundle is signed by key {name}")


# Chain and events, in a bundle or not.


def hold(evidence: Evidence) -> list[Finding]:
    """What a bundle of this evidence would be found to lack."""
    told = Verified()
    keys = {key_name(key): key for key in evidence.keys}
    _chained(evidence.stretches, evidence.lines, keys, told.add)
    members = [(m.name, m.kind, m.of, m.content.sha256) for m in evidence.members]
    _attested(members, evidence.lines, told.add)
    return told.findings


_Add = Callable[[str, str, str], None]


def _stretch(told: Mapping[str, Any]) -> Stretch:
    facts = {k: v for k, v in told["checkpoint"].items() if k != "schema"}
    point = Checkpoint(**facts, signature=str(told["signature"]))
    return Stretch(checkpoint=point, digests=tuple(map(str, told["digests"])))


def _chained(
    stretches: Iterable[Stretch],
    lines: Sequence[bytes],
    keys: Mapping[str, bytes],
    add: _Add,
) -> None:
    """Every stretch leads to its signed checkpoint, every event is in one."""
    places: dict[str, int] = {}
    for each in stretches:
        point = each.checkpoint
        where = f"{CHAIN}: checkpoint {point.n}"
        key, signature = keys.get(point.key, b""), bytes.fromhex(point.signature)
        if not key or not verifies(key, signature, point.body):
            add("EVD-006", where, "the checkpoint's signature is wrong")
        if not _leads(each.digests, point):
            what = f"events {point.first} to {point.last} do not lead to its sum"
            add("EVD-006", where, what)
        places |= {one: point.first + at for at, one in enumerate(each.digests)}
    last = 0
    for number, line in enumerate(lines, 1):
        where, place = f"{EVENTS}:{number}", places.get(digest(line))
        if place is None:
            add("EVD-001", where, "the event is not one that was sealed")
            continue
        if place <= last:
            add("EVD-002", where, f"event {place} stands behind event {last}")
        last = place


def _attested(
    members: Iterable[tuple[str, str, str, str]], lines: Sequence[bytes], add: _Add
) -> None:
    """Bytes that came, bytes that went and versions are named by an event of theirs."""
    named = attested(lines)
    for name, kind, of, sum_ in members:
        if kind in ATTESTED and (of, sum_) not in named:
            add("EVD-007", name, f"no event of {of} names the sum of {name}")


def _leads(digests: Sequence[str], point: Checkpoint) -> bool:
    hash_ = point.before
    for one in digests:
        hash_ = link(hash_, one)
    return hash_ == point.hash and len(digests) == point.last - point.first + 1


def attested(lines: Iterable[bytes]) -> set[tuple[str, str]]:
    """What events name: the id of a thing, and the sum that it had."""
    found: set[tuple[str, str]] = set()
    for each in lines:
        event = json.loads(each)
        try:
            detail = json.loads(event["detail"])
        except ValueError:
            continue
        if isinstance(detail, dict):
            found.add((event["ref"], str(detail.get("sha256", ""))))
            receipt = str(detail.get("receipt", ""))
            found.add((receipt, str(detail.get("receipt_sha256", ""))))
    return found
