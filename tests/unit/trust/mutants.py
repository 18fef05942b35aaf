"""Broken CMS messages: good ones with a few octets changed, cut out or put in."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from gateway.trust.cms import (
    CmsFault,
    Decompressing,
    Decrypting,
    Limits,
    SignedContent,
    compress,
    digests_named,
    encrypt,
    sign_detached,
    verify_detached,
)
from gateway.trust.layer import Layer
from tests.parties import party

CONTENT = b"ISA*00*          *00*          *ZZ*BUYER          ~" * 20
LIMITS = Limits(structure_bytes=32 * 1024, content_bytes=1024 * 1024)
_TAGS = bytes.fromhex("00 02 03 04 05 06 24 30 31 80 81 84 88 a0 a1 a2 a3 7f ff")


def seeds() -> tuple[bytes, ...]:
    """A good message of each kind: DER, and BER of indefinite length."""
    digest = hashlib.sha256(CONTENT).digest()
    signed = [
        sign_detached(
            digest,
            "sha256",
            who.key,
            who.certificate,
            scheme=scheme,
            signed_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        for who, scheme in (
            (party("we"), "rsa"),
            (party("we"), "pss"),
            (party("we", "p256"), "ecdsa"),
        )
    ]
    everyone = [party("we").certificate, party("we", "p256").certificate]
    enveloped = [
        encrypt(CONTENT, everyone, cipher=cipher, transport=transport)
        for cipher, transport in (
            ("aes256-cbc", "rsa"),
            ("aes128-gcm", "oaep-sha256"),
        )
    ]
    made = [*signed, *enveloped, compress(CONTENT)]
    return (*made, *(endless(one) for one in made))


def endless(der: bytes) -> bytes:
    """The same in BER: constructed values of indefinite length, strings in parts."""
    return b"".join(_endless(der))


def _endless(der: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(der):
        tag, start, end = _value(der, at)
        content = der[start:end]
        if tag & 0x20:
            yield bytes((tag, 0x80)) + endless(content) + b"\0\0"
        elif tag == 0x04 and len(content) > 64:
            half = len(content) // 2
            parts = (content[:half], content[half:])
            yield b"\x24\x80" + b"".join(map(_string, parts)) + b"\0\0"
        else:
            yield der[at:end]
        at = end


def _string(content: bytes) -> bytes:
    return b"\x04\x83" + len(content).to_bytes(3, "big") + content


def _value(der: bytes, at: int) -> tuple[int, int, int]:
    """Tag of the value at a place, and where its content begins and ends."""
    first = der[at + 1]
    if first < 0x80:
        return der[at], at + 2, at + 2 + first
    start = at + 2 + (first & 0x7F)
    return der[at], start, start + int.from_bytes(der[at + 2 : start], "big")


def mutant(message: bytes, chance: random.Random) -> bytes:
    """The message with one to four changes."""
    broken = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(broken)) if broken else 0
        # The structure is in the beginning and the end; look there more often.
        at = min(at, chance.choice((40, 200, len(broken))))
        _CHANGES[chance.randrange(len(_CHANGES))](broken, at, chance)
    return bytes(broken)


def _flip(broken: bytearray, at: int, chance: random.Random) -> None:
    if at < len(broken):
        broken[at] ^= 1 << chance.randrange(8)


def _tag(broken: bytearray, at: int, chance: random.Random) -> None:
    if at < len(broken):
        broken[at] = chance.choice(_TAGS)


def _cut(broken: bytearray, at: int, chance: random.Random) -> None:
    del broken[at : at + chance.choice((1, 2, 7, 40))]


def _insert(broken: bytearray, at: int, chance: random.Random) -> None:
    broken[at:at] = chance.choice((b"\0\0", b"\x24\x80", b"\x30\x80", b"\xff" * 9))


def _twice(broken: bytearray, at: int, chance: random.Random) -> None:
    broken[at:at] = broken[at : at + chance.choice((2, 16, 300))]


def _end(broken: bytearray, at: int, chance: random.Random) -> None:
    del broken[at:]


_CHANGES: tuple[Callable[[bytearray, int, random.Random], None], ...]
_CHANGES = (_flip, _flip, _tag, _tag, _cut, _insert, _twice, _end)


def outcomes(message: bytes, step: int) -> tuple[str, ...]:
    """What every reader says about these octets, given so many at a time."""
    known = [party("we").certificate, party("we", "p256").certificate]
    holders = [party("we").holder, party("we", "p256").holder]

    def digest_of(name: str) -> bytes:
        return hashlib.new(name, CONTENT).digest()

    return (
        _told(lambda: verify_detached(message, digest_of, known, limits=LIMITS)),
        _told(lambda: digests_named(message, LIMITS)),
        _told(lambda: _read(SignedContent(known, limits=LIMITS), message, step)),
        _told(
            lambda: _read(
                Decrypting(holders, limits=LIMITS, octets=bytes), message, step
            )
        ),
        _told(lambda: _read(Decompressing(limits=LIMITS), message, step)),
    )


def _read(layer: Layer, message: bytes, step: int) -> bytes:
    pieces = [
        layer.feed(message[at : at + step]) for at in range(0, len(message), step)
    ]
    return b"".join([*pieces, *layer.finish()])


def _told(work: Callable[[], object]) -> str:
    try:
        work()
    except CmsFault as fault:
        return fault.kind
    return "read"
