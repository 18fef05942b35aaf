"""What has one possible meaning is mended; everything else comes out as it came."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gateway.edi.edifact.repair import repaired
from gateway.edi.limits import Limits
from tests.starters import ROOT
from tests.unit.edi.edifact_parts import findings, interchange, message_lines, order

NOW = dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.UTC)
BROKEN = ("wrong-count", "trailer-count", "no-message-header")
GOOD = sorted(
    path for path in (ROOT / "samples/edifact").glob("*.edi") if path.stem not in BROKEN
)
ONE = b"UNB+UNOC:3+1:14+2:14+260115:0900+77'UNH+1+ORDERS:D:96A:UN'BGM+220+A?+1?'+9'"
ENDS = b"UNT+3+1'UNZ+1+77'"


def mended(*chunks: bytes, limits: Limits | None = None) -> bytes:
    return b"".join(repaired(chunks, NOW, limits))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_bytes_are_written_as_they_came(path: Path):
    raw = path.read_bytes()
    assert mended(raw) == raw


def test_a_count_of_which_nothing_came_stands():
    raw = (ROOT / "samples/edifact/no-message-header.edi").read_bytes()
    assert mended(raw).strip().endswith(b"UNZ+1+5091'")
    assert mended(ONE.split(b"UNH")[0] + b"UNZ+0+77'").endswith(b"UNZ+0+77'")


# fmt: off
MENDED = {
    "count of segments": (ONE + b"UNT+9+1'UNZ+1+77'", ONE + ENDS),
    "number of the message": (ONE + b"UNT+3+4'UNZ+1+77'", ONE + ENDS),
    "count with zeros": (ONE + b"UNT+0003+1'UNZ+1+77'", ONE + ENDS),
    "colon in UNT": (ONE + b"UNT+3:1'UNZ+1+77'", ONE + ENDS),
    "count and number of the interchange": (ONE + b"UNT+3+1'UNZ+4+78'", ONE + ENDS),
    "no last terminator": ((ONE + ENDS)[:-1], ONE + ENDS),
    "blanks and empty segments": (ONE + b"'  UNT+3+1'UNZ+1+77'", ONE + ENDS),
    "what stands around it": (b"\xef\xbb\xbfx" + ONE + ENDS + b"end", ONE + ENDS),
    "empty elements": ((ONE + ENDS).replace(b"+9'", b"+9+:+'"), ONE + ENDS),
    "nesting": ((ONE + ENDS).replace(b"BGM", b"BGM:1"), ONE + ENDS),
    "date of eight digits": ((ONE + ENDS).replace(b"260115", b"20260115"), ONE + ENDS),
    "date that is none": ((ONE + ENDS).replace(b"260115:0900", b"269915:9900"),
                          (ONE + ENDS).replace(b"260115:0900", b"261122:1230")),
    "slips in UNH": ((ONE + ENDS).replace(b":D:96A", b":0: 96A"), ONE + ENDS),
    "apostrophes of an editor": (
        (ONE + ENDS).replace(b"?'", b"").replace(b"'", "\u2019".encode()),
        (ONE + ENDS).replace(b"?'", b"")),
    "no UNE": (
        ONE.replace(b"UNH", b"UNG+ORDERS+1+2+260115:0900+5+UN+D:96A'UNH") + ENDS,
        ONE.replace(b"UNH", b"UNG+ORDERS+1+2+260115:0900+5+UN+D:96A'UNH")
        + b"UNT+3+1'UNE+1+5'UNZ+1+77'"),
}
# fmt: on


@pytest.mark.parametrize("name", MENDED)
def test_what_has_one_meaning_is_mended(name: str):
    wrong, right = MENDED[name]
    assert mended(wrong) == right
    assert mended(right) == right


def test_lines_of_one_width_are_put_together():
    raw = order()
    wrapped = b"\n".join(raw[n : n + 40] for n in range(0, len(raw), 40))
    assert mended(wrapped) == raw


@pytest.mark.parametrize("end", [b"", b"UNT+3+1'"])
def test_data_that_end_early_stay_so(end: bytes):
    assert mended(ONE + end) == ONE + end


def test_a_message_without_its_end_stays_so():
    assert mended(ONE + b"UNZ+1+77'") == ONE + b"UNZ+1+77'"


def test_messages_without_a_header_get_none():
    raw = b"".join(ONE.partition(b"UNH")[1:]) + b"UNT+3+1'"
    assert mended(raw) == raw


def test_letters_of_another_set_are_written_in_the_declared_one():
    raw = (ONE + ENDS).replace(b"A?+1?'", "Ł \u2019 é".encode())
    assert mended(raw) == (ONE + ENDS).replace(b"A?+1?'", "L ?' é".encode("latin-1"))


def test_what_the_message_says_is_never_touched():
    raw = order(("QTY+21:12:PCE", "QTY+XX:1,,2'QQQ+1"))
    assert mended(raw) == raw
    assert findings(raw)


def test_a_message_over_the_limits_is_left_out_and_not_counted():
    big = message_lines(["BGM+220", *["FTX+AAI+++X"] * 200], number="1")
    raw = interchange(big, message_lines(number="2"))
    out = mended(raw, limits=Limits(message_bytes=1000))
    assert out == interchange(message_lines(number="2"))


@pytest.mark.parametrize("cut", range(1, len(ONE + ENDS), 7))
def test_how_the_bytes_are_cut_changes_nothing(cut: int):
    raw = ONE + b"UNT+9+4'UNZ+7+1'"
    assert mended(raw[:cut], raw[cut:]) == ONE + ENDS


@pytest.mark.parametrize("raw", [b"", b"UNA", b"hello", b"UNB'", b"UNA:+.? 'UNZ'"])
def test_what_is_no_interchange_never_raises(raw: bytes):
    assert mended(mended(raw)) == mended(raw)
