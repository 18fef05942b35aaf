"""Reading BER: lengths, ends, strings of strings, and what is refused."""

from __future__ import annotations

import pytest

from gateway.trust import der
from gateway.trust.ber import END, Incoming, Steps, definite
from gateway.trust.fault import CmsFault, Kind
from tests.unit.trust.mutants import endless


def string(incoming: Incoming) -> Steps:
    tag = yield from incoming.begin(0x04, 0x24)
    yield from incoming.octets(tag)


def read(data: bytes, step: int = 1) -> bytes:
    incoming = Incoming()
    steps = string(incoming)
    pieces: list[bytes] = []
    for at in range(0, len(data), step):
        incoming.give(data[at : at + step])
        for piece in steps:
            if piece is None:
                break
            pieces.append(piece)
    incoming.close()
    pieces += [piece for piece in steps if piece]
    return b"".join(pieces)


def fault(data: bytes) -> Kind:
    with pytest.raises(CmsFault) as caught:
        read(data)
    return caught.value.kind


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    "data",
    [
        "0403616263",
        "048103616263",
        "04820003616263",
        "2407 0401 61 0402 6263",
        "2480040161040262630000",
        "24800401612480040162040163000000 00",
        "2409 0401 61 2404 0402 6263",
    ],
)
def test_a_string_is_the_same_in_all_its_forms(data: str, step: int):
    assert read(bytes.fromhex(data), step) == b"abc"


@pytest.mark.parametrize(
    "data",
    [
        "04036162",  # too short
        "0480616263",  # a simple value without a length
        "2480040161",  # no end
        "2480020161 0000",  # an integer in a string
        "2403040261 62",  # longer than what it lies in
        "0489010000000000000000",  # a length of nine octets
        "1f0400",  # a tag of several octets
    ],
)
def test_what_is_no_string_is_malformed(data: str):
    assert fault(bytes.fromhex(data)) is Kind.MALFORMED


def test_a_string_cut_into_crumbs_is_refused():
    assert fault(b"\x24\x80" + b"\x04\x01x" * 5000 + b"\0\0") is Kind.TOO_LARGE


def test_lengths_are_written_out():
    value = der.sequence(der.integer(5), der.value(0x04, b"x" * 200), der.sequence())

    assert definite(endless(value)) == value
    assert definite(value) == value


def test_peek_tells_the_end_of_a_value():
    incoming = Incoming()
    incoming.give(bytes.fromhex("3003020105"))

    def steps() -> Steps:
        yield from incoming.begin(0x30)
        assert (yield from incoming.peek()) == 0x02
        assert (yield from incoming.element(3)) == bytes.fromhex("020105")
        assert (yield from incoming.peek()) == END
        yield from incoming.end()

    assert list(steps()) == []
    assert incoming.offset == 5


def test_an_element_over_its_limit_is_too_large():
    incoming = Incoming()
    incoming.give(bytes.fromhex("30820400"))

    with pytest.raises(CmsFault) as caught:
        next(incoming.element(100))

    assert caught.value.kind is Kind.TOO_LARGE
