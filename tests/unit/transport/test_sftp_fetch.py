from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.drop import Account, Waiting
from gateway.pipeline.ports import InMemory
from gateway.transport.sftp_fetch import Download, Spans

BYTES = bytes(range(200))


def download(tmp_path: Path, inline: int) -> Download:
    blob = InMemory.of(BYTES)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    one = Waiting(
        id="msg_1",
        partner_id="acme",
        name="a.edi",
        size=blob.size,
        sha256=blob.sha256,
        queued_at=now,
    )
    return Download(one, blob, tmp_path, inline)


@pytest.mark.parametrize("inline", [10, 1000])
def test_a_message_is_read_in_any_order(tmp_path: Path, inline: int):
    message = download(tmp_path, inline)
    assert message.read(150, 100) == BYTES[150:]
    assert not message.is_read
    assert message.read(0, 160) == BYTES[:160]
    assert message.is_read
    assert message.read(200, 10) == b""
    message.close()


def test_the_first_and_the_last_byte_alone_are_not_all(tmp_path: Path):
    message = download(tmp_path, 1000)
    message.read(0, 1)
    message.read(199, 1)
    assert not message.is_read
    message.close()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=30))
def test_spans_cover_what_a_set_of_places_covers(spans):
    seen, places = Spans(), set[int]()
    for begin, end in spans:
        seen.add(begin, end)
        places |= set(range(begin, end))
    assert [seen.cover(size) for size in range(1, 31)] == [
        places >= set(range(size)) for size in range(1, 31)
    ]


def test_scattered_reads_stay_bounded_and_are_not_all():
    seen = Spans()
    for place in range(0, 10_000, 2):
        seen.add(place, place + 1)
    assert not seen.cover(10_000)


@pytest.mark.parametrize(
    ("sources", "address", "may"),
    [
        ((), "203.0.113.9", True),
        (("203.0.113.0/24",), "203.0.113.9", True),
        (("203.0.113.0/24",), "198.51.100.1", False),
        (("203.0.113.0/24",), "::ffff:203.0.113.9", True),
        (("2001:db8::/32",), "2001:db8::1%eth0", True),
        (("203.0.113.0/24",), "2001:db8::1", False),
        (("203.0.113.0/24",), "", False),
    ],
)
def test_an_account_comes_from_its_networks_only(sources, address, may):
    account = Account(name="a", partner_id="acme", sources=sources)
    assert account.may_come_from(address) is may
