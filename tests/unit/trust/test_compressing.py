"""Compressed data: read, cut when it explodes, refused when it is broken."""

from __future__ import annotations

import zlib

import pytest

from gateway.trust.cms import (
    CmsFault,
    Decompressing,
    Kind,
    Limits,
    compress,
    compressed_prefix,
    content_kind,
)

CONTENT = b"PO1*1*10*EA*9.99**VP*SKU1234~\n" * 20_000
BOMB = zlib.compress(bytes(64 * 1024 * 1024), 9)


def opened(message: bytes, step: int = 1000, limits: Limits | None = None) -> bytes:
    reader = Decompressing(limits=limits or Limits())
    pieces = [
        reader.feed(message[at : at + step]) for at in range(0, len(message), step)
    ]
    return b"".join([*pieces, *reader.finish()])


def fault(message: bytes) -> Kind:
    with pytest.raises(CmsFault) as caught:
        opened(message)
    return caught.value.kind


@pytest.mark.parametrize("step", [1, 999, 1_000_000])
def test_what_is_compressed_is_opened(step: int):
    assert opened(compress(CONTENT), step) == CONTENT


@pytest.mark.parametrize("level", range(10))
def test_every_level_is_read(level: int):
    assert opened(compress(CONTENT, level)) == CONTENT


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 24])
def test_the_prefix_is_that_of_the_whole(size: int):
    prefix = compressed_prefix(size)

    assert content_kind(prefix) == "compressed-data"
    digits = prefix[1] & 0x7F if prefix[1] > 0x7F else 0
    length = int.from_bytes(prefix[2 : 2 + digits], "big") if digits else prefix[1]
    assert length == len(prefix) - 2 - digits + size


def test_a_bomb_is_cut():
    assert fault(compressed_prefix(len(BOMB)) + BOMB) is Kind.TOO_LARGE


def test_a_bomb_is_cut_before_it_is_in_memory():
    reader = Decompressing()
    message = compressed_prefix(len(BOMB)) + BOMB
    came: list[int] = []

    with pytest.raises(CmsFault):
        came.extend(
            len(reader.feed(message[at : at + 512]))
            for at in range(0, len(message), 512)
        )

    assert sum(came) < 10 * 1024 * 1024


@pytest.mark.parametrize("at", [-1, -300, 90])
def test_broken_data_is_a_decompression_fault(at: int):
    message = bytearray(compress(CONTENT))
    message[at] ^= 0xFF

    assert fault(bytes(message)) is Kind.DECOMPRESSION


def test_a_missing_end_is_a_decompression_fault():
    packed = zlib.compress(CONTENT)[:-9]

    assert fault(compressed_prefix(len(packed)) + packed) is Kind.DECOMPRESSION


def test_another_compression_is_not_read():
    message = compress(CONTENT).replace(
        bytes.fromhex("0b2a864886f70d010910030806"), b""
    )
    other = message.replace(
        bytes.fromhex("0b2a864886f70d0109100308"), b"\x0b" + b"*" * 11
    )

    assert fault(other) is Kind.UNSUPPORTED
