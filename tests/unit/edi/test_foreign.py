"""What is no interchange at all is told by what it looks like."""

from __future__ import annotations

import gzip

import pytest

from gateway.edi.foreign import looks
from gateway.edi.x12.reader import X12Reader
from tests.unit.edi.parts import faults, interchange

EDI = interchange(["BEG*00"])
FOREIGN = {
    "gzip": gzip.compress(EDI),
    "zip": b"PK\x03\x04" + gzip.compress(EDI),
    "bzip2": b"BZh91AY&SY",
    "UTF-16": EDI.decode().encode("utf-16"),
    "UTF-16 without its mark": EDI.decode().encode("utf-16-be"),
    "UTF-32": EDI.decode().encode("utf-32"),
    "PDF": b"%PDF-1.7\n" + bytes(200),
    "'isa'": EDI.lower(),
    "'una'": b"una:+.? 'unb+unoa:1+a+b+260101:0000+1'",
}


def told(*pieces: bytes) -> list[str]:
    reader = X12Reader()
    events = [event for piece in pieces for event in reader.receive(piece)]
    return [found.what for found in faults([*events, *reader.finish()])]


@pytest.mark.parametrize("name", FOREIGN)
def test_data_of_another_kind_are_told_by_its_name(name: str):
    (what,) = told(FOREIGN[name])

    assert name.partition(" ")[0] in what


@pytest.mark.parametrize("name", FOREIGN)
def test_how_they_are_cut_changes_nothing(name: str):
    data = FOREIGN[name]

    assert told(*(bytes([one]) for one in data)) == told(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"isabel", b"\0" * 99, b"ISA*00*", b"\x1f\x8b", b"UNB+", b"P\0K"],
)
def test_nothing_is_said_of_what_is_not_known(data: bytes):
    assert looks(data) == ""


def test_what_stands_in_front_of_an_interchange_is_no_matter():
    reader = X12Reader()
    events = [*reader.receive(b"isa*\n" + EDI), *reader.finish()]

    assert [found.code for found in faults(events)] == ["WIRE-004"]
