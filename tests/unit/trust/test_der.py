"""DER is written as X.690 says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.trust import der


@pytest.mark.parametrize(
    ("length", "octets"),
    [
        (0, "0400"),
        (127, "047f"),
        (128, "048180"),
        (256, "04820100"),
        (1 << 32, "04850100000000"),
    ],
)
def test_lengths_are_as_short_as_they_can_be(length: int, octets: str):
    assert der.header(der.OCTETS, length).hex() == octets


@pytest.mark.parametrize(
    ("number", "octets"),
    [(0, "020100"), (127, "02017f"), (128, "02020080"), (65535, "020300ffff")],
)
def test_integers_are_not_negative(number: int, octets: str):
    assert der.integer(number).hex() == octets


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [
        ("1.2.840.113549.1.7.2", "06092a864886f70d010702"),
        ("2.16.840.1.101.3.4.2.1", "0609608648016503040201"),
        ("1.3.132.1.11.1", "06062b8104010b01"),
    ],
)
def test_object_identifiers(dotted: str, octets: str):
    assert der.oid(dotted).hex() == octets


def test_sets_are_sorted():
    assert der.set_of(der.integer(9), der.integer(1)) == der.value(
        der.SET, der.integer(1), der.integer(9)
    )


def test_times_change_their_form_in_2050():
    assert der.time(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)) == (
        b"\x17\x0d491231235959Z"
    )
    assert der.time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"


def test_a_value_can_be_begun_before_its_end_is_there():
    whole = der.value(0x30, der.integer(0), b"x" * 300)

    assert der.begun(0x30, der.integer(0), 300) + b"x" * 300 == whole
