"""Bytes to text: ASCII first, then what the partner uses."""

from __future__ import annotations

EBCDIC_MARK = b"\xc9\xe2\xc1"
"""``ISA`` in EBCDIC (code page 037)."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def decode(raw: bytes, encoding: str) -> tuple[str, bool]:
    """The text, and whether ``encoding`` could not read it and Latin-1 was used."""
    if raw.isascii():
        return raw.decode("ascii"), False
    try:
        return raw.decode(encoding), False
    except (UnicodeDecodeError, LookupError):
        return raw.decode("latin-1"), True


def first_other(raw: bytes, encoding: str) -> int:
    """Where the first byte stands that ``encoding`` cannot read; 0 if nowhere."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as problem:
        return problem.start
    except LookupError:
        return next((at for at, byte in enumerate(raw) if byte > 127), 0)
    return 0


def from_ebcdic(raw: bytes) -> bytes:
    """Code page 037 bytes as Latin-1 bytes, one for one, so that offsets hold."""
    return raw.decode("cp037").encode("latin-1")
