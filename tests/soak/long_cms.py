"""Encrypt and open a long message piece by piece; tell how much memory that took."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator

from gateway.trust.cms import (
    Decompressing,
    Decrypting,
    Encrypting,
    SignedContent,
    compressed_prefix,
    sign_detached,
)
from gateway.trust.layer import Layer
from tests.parties import party
from tests.peak import peak_bytes

PIECE = os.urandom(64 * 1024)


def content(size: int) -> Iterator[bytes]:
    """So many octets, a multiple of a piece."""
    for _ in range(size // len(PIECE)):
        yield PIECE


def opened(layer: Layer, message: Iterator[bytes]) -> tuple[int, str]:
    """How long the content is, and its digest."""
    size, digest = 0, hashlib.sha256()
    for piece in message:
        got = layer.feed(piece)
        size += len(got)
        digest.update(got)
    for got in layer.finish():
        size += len(got)
        digest.update(got)
    return size, digest.hexdigest()


def encrypted(size: int, cipher: str) -> Iterator[bytes]:
    writer = Encrypting([party("we").certificate], size, cipher=cipher)
    yield from map(writer.feed, content(size))
    yield writer.finish()


def endless(size: int) -> Iterator[bytes]:
    """An opaque signature in BER of indefinite length, its content in small strings."""
    who = party("we")
    digest = hashlib.sha256()
    for piece in content(size):
        digest.update(piece)
    signature = sign_detached(digest.digest(), "sha256", who.key, who.certificate)
    # Behind the type of the content comes the content, then what the signature holds.
    before, kind, after = signature.partition(
        bytes.fromhex("300b06092a864886f70d010701")
    )
    start = 2 + (before[1] & 0x7F)
    oid = before[start : start + 11]
    inner = before[start + 11 :]
    sequence = inner[2 + (inner[1] & 0x7F) :]
    version = sequence[2 + (sequence[1] & 0x7F) :]
    yield b"\x30\x80" + oid + b"\xa0\x80\x30\x80" + version
    yield b"\x30\x80" + kind[2:] + b"\xa0\x80\x24\x80"
    for piece in content(size):
        for at in range(0, len(piece), 4096):
            yield b"\x04\x82\x10\x00" + piece[at : at + 4096]
    yield b"\0\0" * 3 + after + b"\0\0" * 3


def compressed(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(1)
    with tempfile.TemporaryFile() as spool:
        for piece in content(size):
            spool.write(packer.compress(piece))
        spool.write(packer.flush())
        yield compressed_prefix(spool.tell())
        spool.seek(0)
        while piece := spool.read(65536):
            yield piece


def main(kind: str, size: int) -> None:
    who = party("we")
    # What was used at most before the work began is known: nothing was given back yet.
    before = peak_bytes()
    begun = time.process_time()
    with tempfile.TemporaryFile() as hold:
        if kind == "signed":
            read = opened(SignedContent([who.certificate]), endless(size))
        elif kind == "compressed":
            read = opened(Decompressing(), compressed(size))
        else:
            layer = Decrypting([who.holder], hold=hold)
            read = opened(layer, encrypted(size, kind))
    seconds = time.process_time() - begun
    grown = peak_bytes() - before
    expected = hashlib.sha256()
    for piece in content(size):
        expected.update(piece)
    told = {
        "same": read == (size, expected.hexdigest()),
        "grown": grown,
        "seconds": round(seconds, 2),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
