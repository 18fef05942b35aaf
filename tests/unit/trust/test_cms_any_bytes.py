"""Whatever bytes come: a fault or content, the same however they are cut, and soon."""

from __future__ import annotations

import random
import time
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trust.mutants import mutant, outcomes, seeds

LONGEST_S = 2.0


@lru_cache
def good() -> tuple[bytes, ...]:
    return seeds()


def broken(count: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)  # noqa: S311  no secret
    return [mutant(chance.choice(good()), chance) for _ in range(count)]


def slowest(messages: list[bytes]) -> float:
    """Read each of them whole and in pieces; the longest time of one, in seconds."""
    worst = 0.0
    for message in messages:
        begun = time.process_time()
        assert outcomes(message, 4096) == outcomes(message, 7)
        worst = max(worst, time.process_time() - begun)
    return worst


@pytest.mark.parametrize("seed", range(4))
def test_broken_messages_are_faults_in_bounded_time(seed: int):
    assert slowest(broken(150, seed)) < LONGEST_S


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_hundred_thousand_broken_messages_are_faults(seed: int):
    assert slowest(broken(5000, seed)) < LONGEST_S


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_faults_however_they_are_cut(data: bytes, step: int):
    assert outcomes(data, step) == outcomes(data, 4096)


@pytest.mark.parametrize("number", range(12))
def test_good_messages_are_read_however_they_are_cut(number: int):
    message = good()[number]

    assert "read" in outcomes(message, 1)
    assert outcomes(message, 1) == outcomes(message, 4096)


NESTED = [
    b"\x30\x80" * 100_000,
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80\x30\x80\x02\x01\x00"
    + b"\x31\x80" * 50_000,
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80\x30\x80\x02\x01\x00"
    + b"\x31\x82\x7f\x00"
    + b"\x30\x00" * 20_000,
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01"
    + b"\x31\x82\x7f\x00"
    + b"\x24\x80" * 20_000,
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01"
    + b"\x31\x00\x30\x80\x06\x01\x00\xa0\x80\x24\x80"
    + b"\x04\x01x" * 100_000,
]


@pytest.mark.parametrize("number", range(len(NESTED)))
def test_deep_and_crumbled_structures_are_faults_soon(number: int):
    begun = time.process_time()

    told = outcomes(NESTED[number], 65536)

    assert "read" not in told
    assert time.process_time() - begun < LONGEST_S
