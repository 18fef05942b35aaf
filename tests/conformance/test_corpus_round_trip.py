"""The corpus byte for byte, and written again: nothing is lost, nothing is added."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from gateway.edi.events import (
    Event,
    GroupBegun,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
    Separators,
)
from gateway.edi.positional import from_positional, to_positional
from gateway.edi.x12.charset import EBCDIC_MARK, from_ebcdic
from gateway.edi.x12.writer import Draft, Envelope, Row, Value
from tests.conformance.corpus import AT_HAND, raw, rows
from tests.conformance.verdicts import events_of, verdicts
from tests.unit.edi.parts import NOW, NUMBERS, read

pytestmark = AT_HAND

FILES = [row["file"] for row in rows()]
PLAIN = Separators(suffix="\n")
RARE = Separators(
    element="\x1d", component="\x1f", repetition="\x1e", terminator="\x1c"
)
"""No data of the corpus has these characters."""
LINES = Separators(element="|", component="^", terminator="\r\n")


# The raw bytes of events.


def data_of(file: str) -> bytes:
    """What the reader's offsets count in."""
    data = raw(file)
    return from_ebcdic(data) if data.startswith(EBCDIC_MARK) else data


def interchanges(events: Iterable[Event]) -> Iterator[tuple[int, InterchangeEnded]]:
    """Where each interchange begins, and its end."""
    begun = 0
    for event in events:
        if isinstance(event, InterchangeBegun):
            begun = event.byte_offset
        elif isinstance(event, InterchangeEnded):
            yield begun, event


def end_of(data: bytes, ended: InterchangeEnded, mark: bytes) -> int:
    """Where an interchange ends: behind its IEA, else where the data end."""
    if ended.trailer is None:
        return ended.byte_offset
    stops = [data.find(mark[i : i + 1], ended.byte_offset) for i in range(len(mark))]
    return min((stop for stop in stops if stop >= 0), default=len(data))


def pieces(data: bytes, events: Iterable[Event]) -> list[bytes]:
    """The messages' raw bytes as the events have them, and what lies between them."""
    found, at = [], 0
    for event in events:
        if isinstance(event, MessageRead) and event.raw:
            found += [data[at : event.byte_offset], event.raw]
            at = event.byte_offset + len(event.raw)
    return [*found, data[at:]]


BETWEEN = re.compile(rb"(?<![A-Za-z0-9])S\s*T[^A-Za-z0-9\s]", re.DOTALL)


@pytest.mark.parametrize("size", [0, 1, 13, 4096])
def test_messages_and_what_lies_between_them_are_the_file(size: int):
    different = []
    for file in FILES:
        data = data_of(file)[: 4000 if size == 1 else None]
        cuts = range(size, len(data), size) if size else ()
        if b"".join(pieces(data, read(data, cuts=cuts))) != data:
            different.append(file)
    assert different == []


NOT_IN_A_GROUP = {
    "walmartlabs+gozer/src/test/resources/x12.wrong.GS.txt",
    "hellooops+vscode-edi-support/src/test/suite/x12.test.ts.15.edi",
}
"""Files with messages that stand in no group (ENV-007): nothing is read of them."""


def test_what_lies_between_messages_has_no_message():
    found = set()
    for file in FILES:
        data = data_of(file)
        events = events_of(data)
        told = [e for e in events if isinstance(e, InterchangeEnded) and e.trailer]
        between = pieces(data, events)[::2]
        if told and any(BETWEEN.search(piece) for piece in between):
            found.add(file)
    assert found == NOT_IN_A_GROUP


def test_the_digest_of_an_interchange_is_that_of_its_bytes():
    different, count = [], 0
    for file in FILES:
        data = data_of(file)
        events = events_of(data)
        marks = [
            "\r\n" if e.separators.terminator in "\r\n" else e.separators.terminator
            for e in events
            if isinstance(e, InterchangeBegun)
        ]
        for mark, (start, ended) in zip(marks, interchanges(events), strict=True):
            if ended.trailer is None:
                continue
            count += 1
            piece = data[start : end_of(data, ended, mark.encode("latin-1"))]
            if hashlib.sha256(piece).hexdigest() != ended.sha256:
                different.append(file)
    assert count > 350
    assert different == []


def test_every_segment_begins_where_its_offset_says():
    for file in FILES:
        data = data_of(file)
        for event in events_of(data):
            if isinstance(event, MessageRead) and event.raw:
                assert len(event.offsets) == len(event.segments), file
                for offset, segment in zip(event.offsets, event.segments, strict=True):
                    begins = data[offset : offset + 1].decode("latin-1")
                    assert segment[:1] == begins, (file, offset)


# Written again.

REPEATS = {
    "xlate+staedi/src/test/resources/x12/simple999.edi": "an element is repeated; no "
    "message of ours has such elements, and the writer has no form for them",
}


def conforming() -> list[str]:
    """The files in which neither we nor the manifest find anything wrong."""
    return [
        file.file
        for file in verdicts()
        if not file.noted
        and not file.theirs
        and not any(one.ours or one.theirs for one in file.sets)
    ]


Message = tuple[str, tuple[Row, ...]]


@cache
def read_messages(data: bytes) -> tuple[tuple[Envelope, Message], ...]:
    """Every message with the envelope that it came in, split as far as it goes."""
    found = []
    isa: Any = None
    group: Any = None
    for event in events_of(data):
        if isinstance(event, InterchangeBegun):
            isa = event
        elif isinstance(event, GroupBegun):
            group = event
        elif isinstance(event, MessageRead):
            body = tuple(row_of(s, event.separators) for s in event.segments[1:-1])
            found.append((envelope_of(isa, group), (event.type, body)))
    return tuple(found)


def envelope_of(isa: InterchangeBegun, group: GroupBegun) -> Envelope:
    return Envelope(
        sender_qualifier=isa[5],
        sender_id=isa[6],
        receiver_qualifier=isa[7],
        receiver_id=isa[8],
        gs_sender=group[2],
        gs_receiver=group[3],
        version=group[8],
        interchange_version=isa[12],
        usage=isa[15],
        agency=group[7],
        encoding="utf-8",
    )


def row_of(segment: str, separators: Separators) -> Row:
    """A segment without blanks and empty elements at ends, which mean nothing."""
    tag, *elements = segment.split(separators.element)
    values = [value_of(element, separators) for element in elements]
    while values and not values[-1]:
        values.pop()
    return (tag, *values)


def value_of(element: str, separators: Separators) -> Value:
    parts = [element]
    if separators.component:
        parts = element.split(separators.component)
    stripped = tuple(part.rstrip(" ") for part in parts)
    return stripped if len(stripped) > 1 else stripped[0]


def written(envelope: Envelope, message: Message, separators: Separators) -> bytes:
    draft = Draft(
        kind="x12",
        functional_id="ZZ",
        envelope=replace(envelope, separators=separators),
        messages=(message,),
    )
    return draft.finish(NUMBERS, NOW)


@pytest.mark.parametrize("separators", [PLAIN, RARE, LINES], ids=["~", "FS", "CRLF"])
def test_conforming_messages_are_equal_once_written_and_read_again(
    separators: Separators,
):
    different, count = [], 0
    for file in conforming():
        for envelope, message in read_messages(raw(file)):
            if any(mark in text_of(message) for mark in separators.all):
                continue  # X12 cannot say it with these separators
            count += 1
            again = read_messages(written(envelope, message, separators))
            if again != ((envelope, message),) and file not in REPEATS:
                different.append(file)
    assert count > 250
    assert different == []


def text_of(message: Message) -> str:
    """All values, one after the other."""
    _, body = message
    return "".join("".join(value) for row in body for value in row)


def test_with_separators_that_no_data_have_every_message_is_written():
    for file in conforming():
        for _, message in read_messages(raw(file)):
            assert not set(text_of(message)) & set(RARE.all), file


# As JSON by position.


def test_the_positional_form_gives_every_file_back_byte_for_byte():
    different = [
        file for file in FILES if from_positional(to_positional(raw(file))) != raw(file)
    ]
    assert different == []


@pytest.mark.parametrize("separators", [None, RARE], ids=["own", "FS"])
def test_the_positional_form_of_conforming_files_is_equal_once_written(
    separators: Separators | None,
):
    for file in conforming():
        body = to_positional(raw(file))
        body.pop("exact", None)
        if separators:
            body = told_with(body, separators)
        again = from_positional(body)
        assert isinstance(again, bytes), (file, again)
        read_again = to_positional(again)
        read_again.pop("exact", None)
        assert read_again == body, file


def told_with(body: dict[str, Any], separators: Separators) -> dict[str, Any]:
    """The same with other separators; ISA names two of them."""
    body = copy.deepcopy(body)
    for interchange in body["interchanges"]:
        its = interchange["separators"]
        isa = interchange["segments"][0]
        isa[16] = its["component"] = separators.component
        if its["repetition"]:
            isa[11] = its["repetition"] = separators.repetition
        its["element"] = separators.element
        its["terminator"], its["suffix"] = separators.terminator, ""
    return body
