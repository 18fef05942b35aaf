"""What a door receives is summed and held, in memory or in a file."""

from __future__ import annotations

import hashlib

import pytest

from gateway.pipeline.ports import InMemory
from gateway.transport.spool import FileBlob, Spool, Spooled, TooLarge


def test_few_bytes_stay_in_memory(tmp_path):
    with Spool(tmp_path / "spool", limit_bytes=100, inline_bytes=10) as spool:
        spool.write(b"01234")
        spool.write(b"56789")

        assert spool.blob() == InMemory.of(b"0123456789")
        assert not (tmp_path / "spool").exists()


def test_many_bytes_go_to_a_file_without_a_name(tmp_path):
    with Spool(tmp_path, limit_bytes=1 << 21, inline_bytes=10) as spool:
        for _ in range(20):
            spool.write(b"x" * 65_536)
        blob = spool.blob()

        assert isinstance(blob, Spooled)
        assert list(tmp_path.iterdir()) == []
        assert blob.size == 20 * 65_536
        assert blob.sha256 == hashlib.sha256(b"x" * blob.size).hexdigest()
        assert b"".join(blob.chunks()) == b"x" * blob.size


def test_two_readers_of_a_spooled_blob_do_not_disturb_each_other(tmp_path):
    with Spool(tmp_path, limit_bytes=1 << 21, inline_bytes=0) as spool:
        spool.write(b"a" * 300_000 + b"b" * 300_000)
        blob = spool.blob()

        first = blob.chunks()
        start = next(first)
        whole = b"".join(blob.chunks())

        assert start + b"".join(first) == whole


def test_the_byte_above_the_limit_is_not_taken(tmp_path):
    with Spool(tmp_path, limit_bytes=10, inline_bytes=100) as spool:
        spool.write(b"0123456789")

        with pytest.raises(TooLarge):
            spool.write(b"x")

        assert spool.blob() == InMemory.of(b"0123456789")


def test_no_bytes_are_a_blob_too(tmp_path):
    with Spool(tmp_path, limit_bytes=10, inline_bytes=10) as spool:
        assert spool.blob() == InMemory.of(b"")


def test_a_file_is_a_blob_with_its_size_and_sum(tmp_path):
    path = tmp_path / "po.edi"
    path.write_bytes(b"ISA" * 200_000)

    blob = FileBlob.of(path)

    assert blob.size == 600_000
    assert blob.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert b"".join(blob.chunks()) == path.read_bytes()
