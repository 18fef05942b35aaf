"""The EDIFACT reader for any bytes in any pieces, and against the writer."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.edi.edifact.events import UnbRead
from gateway.edi.edifact.writer import COMMON, Draft, Envelope, Identifier
from gateway.edi.events import Separators
from gateway.edi.limits import Limits
from gateway.edi.numbers import Numbers
from gateway.findings import CODES
from tests.unit.edi.edifact_parts import (
    BODY,
    UNB,
    message_lines,
    messages,
    of_envelope,
    read,
)

SMALL = Limits(message_bytes=900, segment_bytes=160)
ODDITIES = (
    b"", b"\n", b"\r\n", b" ", b"\t", b"'", b"''", b"?", b"??", b"?'", b"???'", b"+",
    b":", b"\x1a", b"\xef\xbb\xbf", b"\xff\xe9", b"UN", b"UNA", b"UNA:+.? '",
    b"UNA:+.? ", b"UNB+", b"UNB+UNOC:3+1+2+260101:0000+1'", b"UNH+", b"UNT+2+1'",
    b"UNG+ORDERS+1+2+260101:0000+5+UN+D:96A'", b"UNE+1+5'", b"UNZ+1+1'", b"UNO+1'",
    b"UNP+1'", b"LIN:1:2+1'", b"x" * 170, b"\xe2\x80\x99", b"UNA:+.?*~\r\n",
)  # fmt: skip
ENDS = st.sampled_from((b"'", b"'\n", b"'\r\n", b"~", b"\n", b"\x92"))


@st.composite
def transmissions(draw: st.DrawFn) -> bytes:
    """An interchange with oddities between its segments, and inside them."""
    end = draw(ENDS)
    body = draw(st.lists(st.sampled_from(BODY), max_size=6))
    lines = [UNB, *message_lines(body), *message_lines(body, "2"), "UNZ+2+77"]
    odd = st.sampled_from((*ODDITIES, end, end + b" ", end * 3))
    places = draw(st.dictionaries(st.integers(0, len(lines)), odd, max_size=4))
    raw = draw(st.sampled_from((b"", b"UNA:+.? " + end[:1], b"UNA:+,?*" + end[:1])))
    raw += b"".join(
        places.get(n, b"") + line.encode("ascii") + end for n, line in enumerate(lines)
    )
    raw += places.get(len(lines), b"")
    for at in draw(st.lists(st.integers(0, len(raw)), max_size=3)):
        raw = raw[:at] + draw(odd) + raw[at:]
    stop = draw(st.none() | st.integers(0, len(raw)))
    return raw[:stop]


@given(
    raw=transmissions() | st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 700), max_size=8),
    limits=st.sampled_from((Limits(), SMALL)),
)
def test_how_the_bytes_are_cut_never_changes_the_events(
    raw: bytes, cuts: list[int], limits: Limits
):
    ends = [0, *sorted(cuts), len(raw)]
    pieces = [raw[a:b] for a, b in pairwise(ends)]
    assert list(map(repr, read(pieces, limits))) == list(map(repr, read(raw, limits)))


@given(raw=transmissions())
def test_every_finding_has_a_code_and_a_place_in_the_data(raw: bytes):
    events = read(raw)
    found = of_envelope(events) + [f for m in messages(events) for f in m.faults]
    assert all(finding.code in CODES for finding in found)
    assert all(0 <= finding.where.byte_offset <= len(raw) for finding in found)


@given(raw=transmissions())
def test_each_segment_starts_where_its_offset_says(raw: bytes):
    for message in messages(read(raw)):
        if message.raw and not any(f.code.startswith("WIRE-") for f in message.faults):
            starts = [raw[at : at + 1] for at in message.offsets]
            firsts = [segment[:1] for segment in message.segments]
            assert len(starts) == len(firsts)


TEXT = st.text(st.characters(codec="latin-1").filter(str.isprintable), max_size=20)
MARKS = st.sampled_from(
    (
        COMMON,
        Separators(
            element="|", component="^", terminator="~", release="\\", decimal=","
        ),
        Separators(
            element="\x1d",
            component="\x1f",
            terminator="\x1c",
            release="?",
            decimal=".",
        ),
    )
)


@given(
    rows=st.lists(st.lists(TEXT | st.tuples(TEXT, TEXT), max_size=4), max_size=5),
    separators=MARKS,
    syntax=st.sampled_from((3, 4)),
)
def test_what_is_written_is_read_back(
    rows: list[list[str | tuple[str, ...]]], separators: Separators, syntax: int
):
    body = tuple(("FTX", *row) for row in rows)
    envelope = Envelope(
        sender=("A", "ZZZ"), receiver=("B", "ZZZ"), syntax=syntax, separators=separators
    )
    draft = Draft(
        kind="edifact_orders",
        envelope=envelope,
        messages=((Identifier.of("ORDERS", "D96A"), body),),
    )
    numbers = Numbers(interchange=5, group=1, message=9)
    events = read(draft.finish(numbers, dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC)))
    (message,) = messages(events)
    assert of_envelope(events) == []
    assert message.control_number == "9"
    back = [message.row(n) for n in range(2, len(message.segments))]
    assert back == [tuple(map(_parts, _short(row))) for row in body]
    assert isinstance(events[0], UnbRead)
    assert events[0].sender == ("ZZZ", "A")


def _parts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if value[-1] or len(value) == 1 else (value[0],)


def _short(row: tuple[str | tuple[str, ...], ...]) -> list[str | tuple[str, ...]]:
    kept = list(row)
    while len(kept) > 1 and not any(kept[-1]):
        kept.pop()
    return kept


@given(head=st.binary(max_size=30), body=st.sampled_from((b"?", b"'", b"''?'", b"A+")))
def test_hostile_bytes_give_events_and_not_an_exception(head: bytes, body: bytes):
    raw = f"{UNB}'UNH+1+ORDERS:D:96A:UN'".encode() + head + body * 3000
    assume(b"UNB" not in head)
    assert len(read(raw, SMALL)) > 1
