"""Each finding code has a mutation of a good sample that provokes it and nothing else.

The tables are ``standard``, ``guide``, ``wire``, ``envelope`` and ``orders``, and
``edifact`` with tests of its own; what is in none of them stands in ``outside``, with
the reason. So have acknowledgements that come in: ``test_acknowledgements``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gateway
from gateway.findings import CODES
from tests.conformance.test_mutations import (
    edifact,
    envelope,
    guide,
    orders,
    outside,
    standard,
    wire,
)
from tests.conformance.test_mutations.parts import (
    SAMPLES,
    Row,
    drop,
    mutated,
    put,
    rules,
    said,
    sample,
    swap,
)
from tests.conformance.test_mutations.test_acknowledgements import IN_OTHER_WAYS

TABLES = (standard, guide, wire, envelope, orders)
ROWS: list[Row] = [row for table in TABLES for row in table.ROWS]
CASES = [
    pytest.param(row, ack, id=f"{row} {ack}")
    for row in ROWS
    for ack in ("997", "999")
    if ack == "997" or row.answer_999 is not None
]
RICH = ("acme rich", "quarrel-ridge rich", "lantern-bay rich")
WIRE_CODES = ("WIRE", "ENV", "SYN", "IMP")


@pytest.mark.parametrize(("row", "ack"), CASES)
def test_a_mutation_provokes_its_code_and_nothing_else(row: Row, ack: str):
    assert row.said(ack) == row.expected(ack)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_expects_its_code(row: Row):
    assert row.code in {line.split()[0] for line in row.found}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.answer_999 is None], ids=str
)
def test_only_samples_of_005010_are_answered_with_999(row: Row):
    assert not row.sample.startswith("lantern-bay")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_that_is_not_broken_is_good(name: str):
    assert said(mutated(name)).found == []


@pytest.mark.parametrize("row", standard.ROWS + guide.ROWS, ids=str)
def test_the_byte_offset_is_the_start_of_the_segment(row: Row):
    """Counted anew here, from the bytes: the segment that the position names."""
    good = sample(row.sample)
    segments = row.raw.decode("latin-1").split(good.end)
    for line in row.found:
        position = int(line.split()[2])
        there = segments[position + 1] + good.end
        assert line.endswith(f"@{there[:6]!r}".replace("'", "")), line


def test_every_code_is_in_a_table_or_left_out_with_a_reason():
    told = {row.code for row in ROWS} | IN_OTHER_WAYS
    told |= {row.code for row in edifact.ROWS}
    named = {*outside.NAMED, *outside.NOBODY}
    rooms = {code for code in CODES if code.partition("-")[0] in outside.ROOMS}
    assert set(CODES) - told - named - rooms == set()
    assert (told | named) - set(CODES) == set()
    assert told & (named | rooms) == set()


def test_codes_that_nobody_raises_are_raised_by_nobody():
    """Where they become live they need a row."""
    home = Path(gateway.__file__).parent
    naming = {"findings/codes.py", "pipeline/tolerance.py", "edi/x12/envelope.py"}
    naming |= {"edi/x12/ack999.py", "pipeline/guide_learn.py"}
    texts = [
        path.read_text("utf-8")
        for path in home.rglob("*.py")
        if path.relative_to(home).as_posix() not in naming
    ]
    named = {code for text in texts for code in re.findall(r"\b[A-Z]{3}-\d{3}", text)}
    assert named & set(outside.NOBODY) == set()


def rich_segments(name: str) -> list[tuple[int, str]]:
    """The segments of a good sample between ST and SE with their positions."""
    good = sample(name)
    segments = [segment.replace(good.mark, "*") for segment in good.segments[2:]]
    tags = [segment.partition("*")[0] for segment in segments]
    return list(enumerate(segments[: tags.index("SE")], 1))[1:]


def ways_to_break(position: int, segment: str):
    """One thing done to one segment in each way there is."""
    yield "dropped", drop(position)
    yield "doubled", put(position, segment)
    yield "unknown in front", put(position, "QQQ*1")
    yield "of another set in front", put(position, "BAK*00*AC*1*20260101")
    yield "garbled", put(position, f"Q9Q{segment.partition('*')[2]}", out=1)
    yield "of another set", put(position, "BAK*00*AC*1*20260101", out=1)


@pytest.mark.parametrize("name", RICH)
def test_whatever_is_done_to_one_segment_is_one_finding_at_most(name: str):
    """The table has chosen cases; here is every segment in every way."""
    cascades = []
    segments = rich_segments(name)
    for position, segment in segments:
        for way, change in ways_to_break(position, segment):
            found = wire_findings(mutated(name, change))
            if len(found) > 1:
                cascades.append((position, way, found))
    for position, _ in segments[:-1]:
        found = wire_findings(mutated(name, swap(position)))
        if len(found) > 1:
            cascades.append((position, "swapped", found))
    assert cascades == []


def wire_findings(raw: bytes) -> list[str]:
    """What the functional acknowledgement is made of."""
    found = said(raw, by=rules()).found
    return [line for line in found if line.startswith(WIRE_CODES)]
