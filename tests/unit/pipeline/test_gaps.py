"""Numbers that do not come, come late, or start over."""

from __future__ import annotations

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.findings import Finding
from gateway.pipeline.gaps import follow, gaps, sequences
from gateway.pipeline.number_keys import SequenceKey, Span, Standing
from tests.unit.edi.parts import BODY, interchange, read

LAST = 999_999_999
ISA_KEY = SequenceKey(
    partner_id="acme",
    level="interchange",
    sender="ZZ:ACME",
    receiver="01:SUPPLIER",
    usage="P",
)
GS_KEY = SequenceKey(
    partner_id="acme",
    level="group",
    sender="ACME",
    receiver="SUPPLIER",
    usage="P",
    functional_id="PO",
)


@pytest.mark.parametrize(
    ("last", "number", "now", "missing"),
    [
        pytest.param(5, 6, 6, None, id="the_next"),
        pytest.param(5, 7, 7, (6, 6), id="one_missing"),
        pytest.param(5, 9, 9, (6, 8), id="three_missing"),
        pytest.param(LAST, 1, 1, None, id="start_over"),
        pytest.param(LAST - 1, 2, 2, (LAST, 1), id="gap_over_the_end"),
        pytest.param(LAST - 1, 1, 1, (LAST, LAST), id="the_end_is_missing"),
        pytest.param(9, 7, 9, None, id="from_before"),
        pytest.param(9, 9, 9, None, id="again"),
        pytest.param(2, LAST, 2, None, id="from_before_the_end"),
        pytest.param(5000, 1, 1, None, id="begun_anew"),
        pytest.param(5, 261121, 261121, None, id="does_not_count"),
    ],
)
def test_each_number_has_its_place_in_the_sequence(
    last: int, number: int, now: int, missing: Span | None
):
    step = follow(Standing(last=last), number)
    assert (step.now.last, step.missing, step.is_late) == (now, missing, False)
    assert step.now.missing == ((missing,) if missing else ())


def test_the_first_number_ever_begins_the_sequence():
    step = follow(None, 5)
    assert (step.now, step.missing) == (Standing(last=5), None)


@pytest.mark.parametrize(
    ("number", "left"),
    [
        pytest.param(6, ((7, 8),), id="the_first_of_the_gap"),
        pytest.param(7, ((6, 6), (8, 8)), id="in_its_middle"),
        pytest.param(8, ((6, 7),), id="its_last"),
    ],
)
def test_a_late_number_fills_its_gap(number: int, left: tuple[Span, ...]):
    step = follow(Standing(last=9, missing=((6, 8),)), number)
    assert (step.now, step.is_late) == (Standing(last=9, missing=left), True)


def test_a_gap_over_the_end_is_filled_too():
    standing = Standing(last=2, missing=((LAST - 1, 1),))
    step = follow(standing, LAST)
    assert step.now.missing == ((LAST - 1, LAST - 1), (1, 1))


def test_a_late_number_comes_late_only_once():
    standing = follow(Standing(last=9, missing=((6, 6),)), 6).now
    assert not follow(standing, 6).is_late


def test_a_number_far_behind_fills_the_gap_it_left():
    step = follow(Standing(last=5000, missing=((1, 1),)), 1)
    assert (step.now, step.is_late) == (Standing(last=5000), True)


def test_who_starts_over_misses_nothing_any_more():
    step = follow(Standing(last=5000, missing=((4998, 4999),)), 1)
    assert step.now == Standing(last=1)


def test_a_gap_of_the_round_before_does_not_stop_the_sequence():
    step = follow(Standing(last=4, missing=((5, 5),)), 5)
    assert (step.now.last, step.is_late) == (5, False)


def test_of_many_gaps_the_newest_are_remembered():
    standing = Standing(last=0)
    for number in range(2, 402, 2):
        standing = follow(standing, number).now
    assert len(standing.missing) == 100
    assert standing.missing[-1] == (399, 399)


def test_an_interchange_goes_on_with_the_sequences_of_isa13_and_gs06():
    isa, gs = begun(interchange(BODY))
    nameless = GroupBegun((*gs.gs[:5], "X", *gs.gs[6:]), 0)
    found = list(sequences("acme", isa, [gs, nameless]))
    assert found == [(ISA_KEY, 101), (GS_KEY, 7)]


def begun(raw: bytes) -> tuple[InterchangeBegun, GroupBegun]:
    events = read(raw)
    isa = next(e for e in events if isinstance(e, InterchangeBegun))
    return isa, next(e for e in events if isinstance(e, GroupBegun))


def test_an_isa13_that_is_no_number_goes_on_with_nothing():
    isa, gs = begun(interchange(BODY))
    strange = InterchangeBegun((*isa.isa[:12], "ABC", *isa.isa[13:]), isa.separators, 0)
    assert [key for key, _ in sequences("acme", strange, [gs])] == [GS_KEY]


def test_a_gap_is_a_warning_that_says_what_did_not_come():
    before = {ISA_KEY: Standing(last=97), GS_KEY: Standing(last=5)}
    now, found = gaps([(ISA_KEY, 101), (GS_KEY, 7)], before)
    assert {key: standing.last for key, standing in now.items()} == {
        ISA_KEY: 101,
        GS_KEY: 7,
    }
    assert [brief(f) for f in found] == [
        "ENV-085 warning ISA-13 101: ISA13: 101 came, 98 to 100 did not come yet",
        "ENV-085 warning GS-06 7: GS06 of PO groups: 7 came, 6 did not come yet",
    ]


def brief(found: Finding) -> str:
    place = f"{found.where} {found.value}"
    return f"{found.code} {found.severity} {place}: {found.what}"


def test_a_late_number_is_a_note_that_says_what_is_still_missing():
    before = {ISA_KEY: Standing(last=9, missing=((3, 3), (6, 7)))}
    _, found = gaps([(ISA_KEY, 6), (ISA_KEY, 7), (ISA_KEY, 3)], before)
    assert [brief(f) for f in found] == [
        "ENV-086 note ISA-13 6: ISA13: 6 came late, 3, 7 did not come yet",
        "ENV-086 note ISA-13 7: ISA13: 7 came late, 3 did not come yet",
        "ENV-086 note ISA-13 3: ISA13: 3 came late, nothing is missing any more",
    ]


def test_of_many_missing_numbers_the_newest_are_named():
    missing = tuple((n, n) for n in range(2, 30, 2))
    _, found = gaps([(ISA_KEY, 28)], {ISA_KEY: Standing(last=31, missing=missing)})
    assert found[0].what.endswith("24, 26 and 3 older gaps did not come yet")


def test_numbers_of_one_transmission_follow_each_other():
    numbers = [(GS_KEY, 8), (GS_KEY, 9), (GS_KEY, 11), (GS_KEY, 10)]
    now, found = gaps(numbers, {GS_KEY: Standing(last=7)})
    assert now == {GS_KEY: Standing(last=11)}
    assert [(f.code, f.value) for f in found] == [("ENV-085", "11"), ("ENV-086", "10")]


def test_sequences_have_a_text_of_their_own():
    assert str(ISA_KEY) == "interchange|ZZ:ACME|01:SUPPLIER|P"
    assert str(GS_KEY) == "group|ACME|SUPPLIER|P|PO"
