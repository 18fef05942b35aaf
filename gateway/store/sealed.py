"""Bytes under lock: AES-256-GCM with keys that are named, never stored beside them."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.findings import Finding
from gateway.store.sql import insert_new
from gateway.store.tables import payload_key

MARK = b"\x80"
"""The first byte of sealed bytes; packed ones begin with less."""
CHUNK_BYTES = 64 * 1024

_NONCE, _TAG = 12, 16
_PREFIX = 7  # of a file's nonces; a counter and the mark of the last piece follow
_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_PROOF = b"the key of this id"


class BadKey(ValueError):
    """A key that is named cannot be used."""


class Damaged(ValueError):
    """Sealed bytes that were changed."""


class Locked(sa.exc.OperationalError):
    """What is to be read or written needs a key that is missing or another one.

    Like a database that is away: it is tried again later, and nobody is to blame.
    """

    def __init__(self, found: Finding) -> None:
        super().__init__("", {}, Exception(found.code), hide_parameters=True)
        self.found = found


@dataclass(slots=True, eq=False)
class Keyring:
    """Keys by their ids; the first seals, all open. Without any, nothing is sealed.

    ``fault`` says that these are not the keys that the database was written with:
    then nothing is sealed or opened with them.
    """

    keys: Mapping[str, AESGCM] = field(default_factory=dict)
    fault: Finding | None = None

    @classmethod
    def of(cls, named: str, environment: Mapping[str, str]) -> Self:
        """The keys of a setting: ``ID=file:PATH`` or ``ID=env:NAME``, commas between.

        Raises ``BadKey``.
        """
        keys: dict[str, AESGCM] = {}
        for part in filter(None, re.split(r"[,\s]+", named)):
            id_, _, reference = part.partition("=")
            if not _ID.fullmatch(id_) or id_ in keys:
                raise BadKey(f"{id_!r} is no id, or there twice")
            keys[id_] = AESGCM(_key(_referred(reference, environment), id_))
        return cls(keys)

    @property
    def first(self) -> str:
        """The id of the key that seals; empty without any."""
        return next(iter(self.keys), "")

    def check(self) -> None:
        """Raise ``Locked`` while these are not the right keys."""
        if self.fault is not None:
            raise Locked(self.fault)

    def seal(self, data: bytes, about: bytes) -> bytes:
        """The bytes sealed under the first key; as they are without one."""
        id_ = self.first
        if not id_:
            self.check()
            return data
        nonce = os.urandom(_NONCE)
        head = MARK + bytes([len(id_)]) + id_.encode() + nonce
        return head + self._key(id_).encrypt(nonce, data, about)

    def open(self, data: bytes, about: bytes) -> bytes:
        """What was sealed; bytes that were not are given as they are."""
        if data[:1] != MARK:
            return data
        id_ = sealed_under(data)
        key, at = self._key(id_), 2 + len(id_)
        try:
            return key.decrypt(data[at : at + _NONCE], data[at + _NONCE :], about)
        except (InvalidTag, ValueError) as problem:
            raise Damaged("the sealed bytes were changed") from problem

    def seal_pieces(self, pieces: Iterable[bytes], about: bytes) -> Iterator[bytes]:
        """A long text sealed in pieces, each in its place (the STREAM construction)."""
        id_, prefix = self.first, os.urandom(_PREFIX)
        key = self._key(id_)
        yield MARK + bytes([len(id_)]) + id_.encode() + prefix
        number, rest = 0, b""
        for piece in pieces:
            rest += piece
            while len(rest) > CHUNK_BYTES:
                yield key.encrypt(_place(prefix, number), rest[:CHUNK_BYTES], about)
                rest, number = rest[CHUNK_BYTES:], number + 1
        yield key.encrypt(_place(prefix, number, last=True), rest, about)

    def open_file(self, path: Path, about: bytes) -> Iterator[bytes]:
        """The pieces of a sealed file; cut off, changed or exchanged is ``Damaged``."""
        with path.open("rb") as file:
            head = file.read(2)
            if head[:1] != MARK or len(head) != 2:
                raise Damaged("the file is not sealed")
            id_ = file.read(head[1]).decode("ascii", "replace")
            key, prefix = self._key(id_), file.read(_PREFIX)
            piece, number = file.read(CHUNK_BYTES + _TAG), 0
            while True:
                following = file.read(CHUNK_BYTES + _TAG)
                nonce = _place(prefix, number, last=not following)
                try:
                    yield key.decrypt(nonce, piece, about)
                except (InvalidTag, ValueError) as problem:
                    raise Damaged("the sealed file was changed") from problem
                if not following:
                    return
                piece, number = following, number + 1

    def judge(self, tx: sa.Connection, now: datetime) -> list[dict[str, object]]:
        """Hold the keys against those the database was written with.

        ``fault`` is set by it. Gives the row about the first key while that is new:
        ``note`` it. The others only open: what they sealed noted them, or they have
        been rotated out, and to note them again would ask for them for ever.
        """
        self.fault = None
        known = {row.id: bytes(row.proof) for row in tx.execute(sa.select(payload_key))}
        for id_, proof in known.items():
            key = self.keys.get(id_)
            if key is None:
                what = f"payloads are sealed under the key {id_}, which is not named"
                self.fault = Finding.of("CFG-032", what, value=id_)
            elif not _is_of(key, proof, id_):
                what = f"the key {id_} is another one than payloads were sealed under"
                self.fault = Finding.of("CFG-033", what, value=id_)
        if self.fault is not None:
            return []
        id_ = self.first
        if not id_ or id_ in known:
            return []
        return [{"id": id_, "proof": _proof(self.keys[id_], id_), "since": now}]

    def _key(self, id_: str) -> AESGCM:
        self.check()
        key = self.keys.get(id_)
        if key is None:
            what = f"bytes are sealed under the key {id_}, which is not named"
            raise Locked(Finding.of("CFG-032", what, value=id_))
        return key


def note(tx: sa.Connection, rows: list[dict[str, object]]) -> None:
    """Let the database know new keys, by what only they can open."""
    insert_new(tx, payload_key, rows)


def sealed_under(data: bytes) -> str:
    """The id of the key that bytes are sealed under; empty when they are not."""
    if data[:1] != MARK or len(data) < 2:
        return ""
    return data[2 : 2 + data[1]].decode("ascii", "replace")


def _place(prefix: bytes, number: int, *, last: bool = False) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _proof(key: AESGCM, id_: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, _PROOF, id_.encode())


def _is_of(key: AESGCM, proof: bytes, id_: str) -> bool:
    try:
        return key.decrypt(proof[:_NONCE], proof[_NONCE:], id_.encode()) == _PROOF
    except (InvalidTag, ValueError):
        return False


def _referred(reference: str, environment: Mapping[str, str]) -> bytes:
    kind, _, name = reference.partition(":")
    if kind == "env" and name in environment:
        return environment[name].encode()
    if kind == "file":
        try:
            return Path(name).read_bytes()
        except OSError as problem:
            raise BadKey(f"{name}: {problem.strerror}") from problem
    raise BadKey(f"{reference!r} names neither file:PATH nor a set env:NAME")


def _key(text: bytes, id_: str) -> bytes:
    """32 bytes: as they are, in 64 hexadecimal digits, or in base 64."""
    if len(text) == 32:
        return text
    word = text.strip()
    if re.fullmatch(rb"[0-9A-Fa-f]{64}", word):
        return bytes.fromhex(word.decode())
    try:
        data = base64.b64decode(word, validate=True)
    except binascii.Error:
        data = b""
    if len(data) != 32:
        raise BadKey(f"the key {id_} has not 32 bytes (raw, hex or base 64)")
    return data
