"""The X12 reader for any bytes in any pieces, and against the writer."""

from __future__ import annotations

import datetime as dt
import string

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.edi.events import (
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
    Separators,
)
from gateway.edi.letters import writable
from gateway.edi.limits import Limits
from gateway.edi.numbers import Numbers
from gateway.edi.x12.reader import X12Reader
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import CODES
from tests.unit.edi.parts import (
    BODY,
    GE,
    GS,
    IEA,
    ISA,
    faults,
    message_lines,
    read,
    seen,
)

SMALL = Limits(message_bytes=900, segment_bytes=120)

ODDITIES = (
    b"",
    b"\n",
    b"\r\n",
    b" ",
    b"   ",
    b"\t",
    b"~",
    b"~~",
    b"\x1a",
    b"\xef\xbb\xbf",
    b"\xff\xe9",
    b"ISA",
    b"ISA*",
    b"NOTE*ISA AND GS*~",
    b"TA1*000000001*260115*0900*A*000~",
    b"ST*850*0002~",
    b"SE*2*0002~",
    b"GS*PO~",
    b"GE*1*9~",
    b"IEA*1*2~",
    b"x" * 130 + b"~",
    ISA.encode() + b"~",
)
ENDS = st.sampled_from((b"~", b"~\n", b"~\r\n", b"\n", b"\r\n", b"\r", b"!", b"\x15"))


@st.composite
def transmissions(draw: st.DrawFn) -> bytes:
    """An interchange with oddities between its segments, and inside them."""
    end = draw(ENDS)
    body = draw(st.lists(st.sampled_from(BODY), max_size=6))
    lines = [ISA, GS, *message_lines(body), *message_lines(body, "0002"), GE, IEA]
    odd = st.sampled_from((*ODDITIES, *(end, end + b" ", end + b"\n", end * 3)))
    places = draw(st.dictionaries(st.integers(0, len(lines)), odd, max_size=4))
    raw = b"".join(
        places.get(n, b"") + line.encode("ascii") + end for n, line in enumerate(lines)
    )
    raw += places.get(len(lines), b"")
    for at in draw(st.lists(st.integers(0, len(raw)), max_size=3)):
        raw = raw[:at] + draw(odd) + raw[at:]
    stop = draw(st.none() | st.integers(0, len(raw)))
    return raw[:stop]


anything = st.binary(max_size=300) | st.lists(
    st.sampled_from((*ODDITIES, b"*", b"A", b"ST", b"GS*", b"SE*", ISA.encode()))
).map(b"".join)
limits = st.sampled_from((Limits(), SMALL))
cuts = st.lists(st.integers(0, 2500), max_size=12)


@given(transmissions() | anything, limits, cuts)
def test_how_bytes_are_cut_never_changes_the_events(raw, limit, cuts):
    whole = [seen(event) for event in read(raw, limit)]
    assert [seen(event) for event in read(raw, limit, cuts=cuts)] == whole


@given(transmissions() | anything, limits)
def test_byte_by_byte_gives_the_same_events(raw, limit):
    whole = [seen(event) for event in read(raw, limit)]
    assert [seen(event) for event in read(raw, limit, cuts=range(len(raw)))] == whole


@given(transmissions() | anything, limits)
def test_every_finding_has_a_known_code_and_a_place_inside(raw, limit):
    for found in faults(read(raw, limit)):
        assert found.code in CODES
        assert 0 <= found.where.byte_offset <= len(raw)


@given(transmissions(), limits)
def test_there_is_one_place_for_each_segment(raw, limit):
    for event in read(raw, limit):
        if isinstance(event, MessageRead) and event.raw:
            assert len(event.offsets) == len(event.segments)


@given(transmissions())
def test_a_message_lies_in_the_transmission_where_it_says(raw):
    for event in read(raw):
        if isinstance(event, MessageRead):
            at = event.byte_offset
            assert raw[at : at + len(event.raw)] == event.raw


@given(st.lists(st.sampled_from(ODDITIES), max_size=3).map(b"".join), limits)
def test_what_begins_also_ends(tail, limit):
    raw = f"{ISA}~{GS}~".encode() + tail
    kinds = [type(event) for event in read(raw, limit)]
    assert kinds.count(InterchangeBegun) == kinds.count(InterchangeEnded)
    assert kinds.count(GroupBegun) == kinds.count(GroupEnded)


@given(st.binary(min_size=1, max_size=9), st.integers(1, 40), st.booleans())
def test_no_more_is_kept_than_the_limits_allow(filler, times, in_message):
    head = f"{ISA}~{GS}~" + ("ST*850*0001~" if in_message else "")
    reader = X12Reader(SMALL)
    reader.receive(head.encode())
    for _ in range(200):
        reader.receive(filler * times)
    kept = len(reader._data) + sum(map(len, getattr(reader._open, "pieces", ())))
    assert kept < 4 * (SMALL.message_bytes + SMALL.segment_bytes)


# Written and read again.

SYMBOLS = sorted(set(string.punctuation + "\x1c\x1d\x1e\x1f\x07\x85\xa6") - set("-_"))
texts = st.text(
    st.characters(min_codepoint=1, max_codepoint=0x17F, exclude_categories=["Cs"]),
    max_size=20,
)
moments = st.datetimes(
    dt.datetime.fromisoformat("2000-01-01"),
    dt.datetime.fromisoformat("2099-01-01"),
    timezones=st.just(dt.UTC),
)
tags = st.sampled_from(("REF", "MSG", "N1", "PID"))
values = texts | st.tuples(texts, texts)
rows = st.lists(
    st.tuples(tags, st.lists(values, max_size=5)).map(lambda row: (row[0], *row[1])),
    max_size=6,
).map(tuple)


@st.composite
def separators(draw: st.DrawFn) -> Separators:
    marks = draw(st.permutations(SYMBOLS))
    terminator = draw(st.sampled_from((marks[3], "\n", "\r\n", "\r")))
    suffix = draw(st.sampled_from(("", "\n", "\r\n")))
    return Separators(
        element=marks[0],
        component=marks[1],
        repetition=draw(st.sampled_from(("", marks[2]))),
        terminator=terminator,
        suffix="" if terminator in "\r\n" else suffix,
    )


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    marks = draw(separators())
    envelope = Envelope(
        sender_qualifier="ZZ",
        sender_id=draw(texts) + "A",
        receiver_qualifier="01",
        receiver_id="B",
        gs_sender="A",
        gs_receiver="B",
        version="004010",
        interchange_version="00501" if marks.repetition else "00401",
        separators=marks,
        encoding=draw(st.sampled_from(("ascii", "utf-8", "latin-1"))),
    )
    bodies = draw(st.lists(rows, min_size=1, max_size=3))
    messages = tuple(("850", body) for body in bodies)
    return Draft(kind="x", functional_id="PO", envelope=envelope, messages=messages)


numbers = st.builds(
    Numbers,
    interchange=st.integers(1, 999_999_999),
    group=st.integers(1, 999_999_999),
    message=st.integers(1, 999_999_990),
)


def as_written(draft: Draft, value: object) -> str:
    """What is left of a value: separators and control characters become blanks.

    Characters that the encoding lacks are told by the tests of the writer.
    """
    marks = draft.envelope.separators
    if isinstance(value, tuple):
        parts = [as_written(draft, part) for part in value]
        return marks.component.join(parts).rstrip(marks.component)
    encoding = draft.envelope.encoding if marks.all.isascii() else "latin-1"
    text = writable(str(value), encoding)
    bad = {*marks.all, *map(chr, range(32)), "\x7f"}
    return "".join(" " if c in bad else c for c in text).rstrip(" ")


def as_sent(draft: Draft, row: tuple[object, ...]) -> list[str]:
    elements = [as_written(draft, value) for value in row]
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return elements


@given(drafts(), numbers, moments)
def test_what_is_written_is_read_again(draft, numbers, now):
    encoding = draft.envelope.encoding
    reader = X12Reader(encoding="utf-8" if encoding == "ascii" else encoding)
    events = reader.receive(draft.finish(numbers, now)) + reader.finish()
    read_again = [event for event in events if isinstance(event, MessageRead)]
    bodies = [
        [event.elements(n) for n in range(2, len(event.segments))]
        for event in read_again
    ]
    assert bodies == [
        [as_sent(draft, row) for row in body] for _, body in draft.messages
    ]
    assert faults(events) == []


@given(drafts(), numbers, moments)
def test_counts_and_numbers_are_right(draft, numbers, now):
    reader = X12Reader()
    events = reader.receive(draft.finish(numbers, now)) + reader.finish()
    isa, *_, iea = events
    assert isinstance(isa, InterchangeBegun)
    assert isinstance(iea, InterchangeEnded)
    assert isa.control_number == f"{numbers.interchange:09d}"
    assert iea.trailer == ("1", f"{numbers.interchange:09d}")
    sent = [event for event in events if isinstance(event, MessageRead)]
    expected = [f"{numbers.message + n:04d}" for n in range(len(draft.messages))]
    assert [message.control_number for message in sent] == expected


@given(drafts(), numbers, moments)
def test_the_separators_are_read_as_written(draft, numbers, now):
    marks = draft.envelope.separators
    (isa, *_) = read(draft.finish(numbers, now))
    assume(isinstance(isa, InterchangeBegun))
    assert isinstance(isa, InterchangeBegun)
    found = isa.separators
    assert (found.element, found.component) == (marks.element, marks.component)
    assert found.terminator == marks.terminator


@given(separators())
def test_separators_as_text_give_the_separators_again(marks):
    assert Separators.of(marks.text) == marks
