"""Writing DER (X.690): values, and the beginnings of values whose end streams."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

NULL = b"\x05\x00"
SEQUENCE, SET, OCTETS, INTEGER, BITS, OID = 0x30, 0x31, 0x04, 0x02, 0x03, 0x06


def header(tag: int, length: int) -> bytes:
    """Identifier and length octets of a value with so many octets of content."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def value(tag: int, *parts: bytes) -> bytes:
    """A whole value."""
    content = b"".join(parts)
    return header(tag, len(content)) + content


def begun(tag: int, prefix: bytes, rest: int) -> bytes:
    """The beginning of a value: ``prefix`` is there, ``rest`` octets will follow."""
    return header(tag, len(prefix) + rest) + prefix


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded values."""
    return value(SEQUENCE, *parts)


def set_of(*parts: bytes, tag: int = SET) -> bytes:
    """A SET OF in the order that DER wants (X.690 11.6)."""
    return value(tag, *sorted(parts))


def integer(number: int) -> bytes:
    """An INTEGER that is not negative."""
    return value(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *others = (int(arc) for arc in dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *others):
        low = [arc & 0x7F]
        while arc := arc >> 7:
            low.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(low))
    return value(OID, bytes(octets))


@lru_cache(maxsize=256)
def algorithm(dotted: str, *parameters: bytes) -> bytes:
    """An AlgorithmIdentifier (RFC 5280 4.1.1.2)."""
    return sequence(oid(dotted), *parameters)


def time(at: datetime) -> bytes:
    """A Time: UTCTime up to 2049, GeneralizedTime later (RFC 5652 11.3)."""
    if at.year < 2050:
        return value(0x17, f"{at:%y%m%d%H%M%SZ}".encode())
    return value(0x18, f"{at:%Y%m%d%H%M%SZ}".encode())
