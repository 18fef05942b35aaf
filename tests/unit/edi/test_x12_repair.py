"""The repaired transmission: what has one possible meaning is mended, nothing else."""

from __future__ import annotations

import pytest

from gateway.edi.limits import Limits
from gateway.edi.x12.repair import repaired
from tests.starters import ROOT
from tests.unit.edi.parts import (
    BODY,
    GE,
    GS,
    IEA,
    ISA,
    NOW,
    explained,
    faults,
    interchange,
    joined,
    message_lines,
    places,
    put,
    read,
)

LINES = [ISA, GS, *message_lines(BODY), GE, IEA]
GOOD = joined(LINES)
SAMPLES = sorted(
    path
    for folder in ("partner_profiles", "samples")
    for path in (ROOT / folder).rglob("*.edi")
)


def mended(raw: bytes, cut: int = 0, **how: Limits) -> bytes:
    pieces = [raw[:cut], raw[cut:]]
    return b"".join(repaired(pieces, NOW, how.get("limits")))


def test_there_are_samples():
    assert len(SAMPLES) > 20


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_repaired_sample_has_nothing_left_to_mend(path):
    once = mended(path.read_bytes())
    codes = {code for code, _ in places(read(once))} - LOST.get(path.stem, set())
    assert "ENV-008" in codes or not codes & MENDABLE
    assert mended(once) == once


LOST = {"no-message-header": {"ENV-064"}}
"""Counts of which nothing came stay: they prove that something was lost."""
MENDABLE = frozenset(
    (
        *("WIRE-004", "WIRE-005", "WIRE-006", "WIRE-007", "WIRE-008", "WIRE-009"),
        *("WIRE-010", "WIRE-011", "ENV-002", "ENV-006", "ENV-010", "ENV-011"),
        *("ENV-025", "ENV-027", "ENV-029", "ENV-030", "ENV-031", "ENV-034"),
        *("ENV-042", "ENV-062", "ENV-063", "ENV-064"),
    )
)


def test_a_count_of_which_nothing_came_stands():
    raw = (ROOT / "samples/x12/no-message-header.edi").read_bytes()
    (group,) = [row for row in mended(raw).split(b"~") if row.strip()[:2] == b"GE"]
    assert group.strip().split(b"*")[1] == b"1"


def test_good_bytes_are_written_as_they_came():
    assert mended(GOOD) == GOOD


MENDS = [
    pytest.param(b"~\nCUR", b"~\n~\nCUR", id="WIRE-011"),
    pytest.param(b"~\nCUR", b" ~\n  CUR", id="WIRE-008"),
    pytest.param(b"MAIN STREET", b"MAIN\n STREET", id="WIRE-007"),
    pytest.param(b"ISA*00*", b"\xef\xbb\xbfISA*00*", id="WIRE-005"),
    pytest.param(b"ISA*00*", b"Dear all ISA*00*", id="WIRE-004"),
    pytest.param(b"*ZZ*ACME           *", b"*ZZ*ACME*", id="WIRE-006"),
    pytest.param(b"SE*22*0001", b"SE*9*0001", id="ENV-011"),
    pytest.param(b"SE*22*0001", b"SE*22*0009", id="ENV-010"),
    pytest.param(b"GE*1*7", b"GE*001*8", id="ENV-063"),
    pytest.param(b"GE*1*7", b"GE*5*7", id="ENV-064"),
    pytest.param(b"GE*1*7~\n", b"", id="ENV-062"),
    pytest.param(b"IEA*1*", b"IEA*2*", id="ENV-006"),
    pytest.param(b"IEA*1*000000101", b"IEA*1*101", id="ENV-002"),
    pytest.param(b"ISA*00*", b"ISA*ZZ*", id="ENV-025"),
    pytest.param(b"*00*          *ZZ*", b"*99*          *ZZ*", id="ENV-027"),
    pytest.param(b"*U*00401*", b"*^*00401*", id="ENV-031"),
    pytest.param(b"*0*P*", b"*9*P*", id="ENV-034"),
    pytest.param(b"CUR*BY*USD~", b"CUR*BY*USD****~", id="SYN-220"),
    pytest.param(b"CUR*BY*USD~", b"CUR*BY*USD*>>~", id="SYN-220_components"),
]


@pytest.mark.parametrize(("right", "wrong"), MENDS)
def test_what_has_one_meaning_is_mended(right: bytes, wrong: bytes):
    assert GOOD.count(right) == 1
    raw = GOOD.replace(right, wrong)
    assert raw != GOOD
    assert mended(raw) == GOOD


def test_a_missing_last_terminator_is_written():
    assert mended(GOOD[:-2]) == GOOD


def test_a_date_that_is_none_becomes_that_of_the_receipt():
    raw = GOOD.replace(b"*260115*0900*U", b"*261399*2561*U")
    assert mended(raw) == GOOD.replace(b"*260115*0900*U", b"*260116*0930*U")


def test_bytes_of_another_encoding_are_written_in_the_one_agreed():
    raw = interchange(["N1*ST*Café"])
    assert mended(raw.replace(b"\xc3\xa9", b"\xe9")) == raw


@pytest.mark.parametrize("gone", [IEA, f"{GE}~\n{IEA}"])
def test_data_that_end_early_stay_so(gone: str):
    raw = GOOD.replace(f"{gone}~\n".encode(), b"")
    assert mended(raw) == raw


def test_a_message_without_its_end_stays_so():
    raw = GOOD.replace(b"SE*22*0001~\n", b"")
    assert mended(raw) == raw


def test_what_the_message_says_is_never_touched():
    body = put(BODY, 4, "CUR*SE*USD", "QQQ*1", "REF**")
    once = mended(interchange(body))
    assert b"CUR*SE*USD~\nQQQ*1~\nREF~\n" in once
    assert explained(body)[0].startswith("SYN-1")


def test_a_message_over_the_limits_is_left_out():
    limits = Limits(segment_bytes=200)
    raw = interchange(BODY, ["MSG*" + "x" * 300])
    once = mended(raw, limits=limits)
    assert [f.code for f in faults(read(once))] == []
    assert b"GE*1*7" in once


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_how_the_bytes_are_cut_changes_nothing(cut: int):
    raw = GOOD.replace(b"~\nCUR", b" ~\n~\n CUR").replace(b"SE*22", b"SE*7")
    assert mended(raw, cut) == GOOD


WIDE = GOOD.decode().replace("~", "§").encode()


@pytest.mark.parametrize("raw", [b"", b"nothing", b"ISA*", b"\x00" * 500, WIDE])
def test_what_is_no_interchange_is_nothing(raw: bytes):
    assert mended(raw) == b""
