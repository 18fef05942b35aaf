"""Each EDIFACT finding has a mutation that provokes it alone, and its exact CONTRL."""

from __future__ import annotations

import pytest

from gateway.edi.edifact.repair import repaired
from tests.conformance.test_mutations import edifact
from tests.conformance.test_mutations.edifact_parts import (
    FORMS,
    FormName,
    Row,
    rules,
    said,
    syntax_4,
)
from tests.conformance.test_mutations.parts import (
    EDIFACT,
    drop,
    mutated,
    put,
    sample,
    swap,
)
from tests.unit.pipeline.parts import NOW

CASES = [
    pytest.param(row, form, id=f"{row} {form}")
    for row in edifact.ROWS
    for form in row.only
]
LISTED: dict[FormName, set[int]] = {
    "un3": {2, 7, *range(12, 44)},
    "un4": {*range(1, 49)}
    - {1, 3, 4, 5, 6, 8, 9, 10, 11, 19, 27, 31, 34, 38}
    - {41, 42, 43, 44},
    "eancom97": {2, 7, *range(12, 44)},
    "eancom2002": {2, 3, 7, *range(12, 44)},
}
"""0085 as each form lists it."""


@pytest.mark.parametrize(("row", "form"), CASES)
def test_a_mutation_provokes_its_code_and_nothing_else(row: Row, form: FormName):
    assert row.said(form) == row.expected(form)


@pytest.mark.parametrize("row", edifact.ROWS, ids=str)
def test_a_row_expects_its_code(row: Row):
    assert row.code in {line.split()[0] for line in row.found}


def test_what_was_repaired_does_not_change_again():
    unstable = []
    for row in edifact.ROWS:
        once = b"".join(repaired([row.raw("un4")], NOW))
        if b"".join(repaired([once], NOW)) != once:
            unstable.append(str(row))
    assert unstable == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EDIFACT)
def test_a_sample_that_is_not_broken_is_good(name: str, form: FormName):
    raw = mutated(name)
    raw = syntax_4(raw) if form == "un4" else raw
    told = said(raw, rules(form))
    assert (told.found, len(told.answer)) == ([], 1)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_expected_is_in_the_list_of_the_form(form: FormName):
    """0085 is the second of UCD, the third of UCS, and the one behind 0083."""
    place = {"UCI": 5, "UCF": 5, "UCM": 4, "UCS": 2, "UCD": 1}
    can = [row for row in edifact.ROWS if form in row.only]
    told = [r for row in can for r in row.expected(form).answer]
    rows = [r.replace("#", "+").split("+") for r in told]
    codes = {int(r[place[r[0]]]) for r in rows if len(r) > place[r[0]]}
    assert codes <= LISTED[form]
    assert len(codes) > 15


def ways_to_break(position: int, segment: str):
    """One thing done to one segment in each way there is."""
    yield "dropped", drop(position)
    yield "doubled", put(position, segment)
    yield "unknown in front", put(position, "QQQ+1")
    yield "of another message in front", put(position, "CPS+1")
    yield "garbled", put(position, f"Q9Q{segment[3:]}", out=1)
    yield "of another message", put(position, "CPS+1", out=1)
    yield "swapped", swap(position)


def test_whatever_is_done_to_one_segment_is_one_finding_at_most():
    """The table has chosen cases; here is every segment in every way."""
    cascades = []
    segments = sample("marlow rich").segments[3:-3]
    for position, segment in enumerate(segments, 2):
        for way, change in ways_to_break(position, segment):
            found = said(mutated("marlow rich", change), rules()).found
            found = [f for f in found if f.startswith(("SYN", "ENV", "IMP", "WIRE"))]
            if len(found) > 1:
                cascades.append((position, way, found))
    assert cascades == []
