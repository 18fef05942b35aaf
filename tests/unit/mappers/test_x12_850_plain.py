"""A line that a plan reads is the line that is read element by element."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings
from gateway.mappers.parts import x12_line as line
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_item import preference
from gateway.mappers.parts.x12_lead import PO1
from gateway.mappers.parts.x12_plain import Plans
from gateway.order.model import NO_FLAGS

USUAL = ["PO1", "1", "12", "EA", "4.50", "PE", "VP", "A-1", "BP", "B-1"]
QUALIFIERS = ["VP", "VN", "BP", "IN", "UP", "MG", "MF", "LT", "SN", "CG", "ZZ", ""]
TEXTS = st.sampled_from(["", " ", "A1", "A1 ", " A1", "a>b"])

segments = st.builds(
    lambda lead, pairs: ["PO1", *lead, *(each for pair in pairs for each in pair)],
    st.tuples(
        st.sampled_from(["1", "007", "", "1 "]),
        st.sampled_from(["1", "2.50", "-1", "", "1.", "x", "0"]),
        st.sampled_from(["EA", "CA ", "", "EA>2"]),
        st.sampled_from(["4.50", "0", "-4", "", " 4"]),
        st.sampled_from(["", " ", "PE", "HP", "NC", "FC", "XX"]),
    ),
    st.lists(st.tuples(st.sampled_from(QUALIFIERS), TEXTS), max_size=4),
)


def loop(elements: list[str]) -> LoopRead:
    segment = SegmentRead(7, elements, "PO1[3]", ">")
    return LoopRead("PO1", "PO1[3]", [segment])


def planned(elements: list[str]):
    return Plans(preference(None)).line(loop(elements), "USD", NO_FLAGS)


def read_as_usual(elements: list[str], found: Findings):
    prefer = preference(None)
    context = line.Context(
        plans=Plans(prefer), currency="USD", prefer=prefer, flags=NO_FLAGS
    )
    return line._line(Ledger(found), loop(elements), 3, context, PO1)


def test_a_usual_line_is_read_by_a_plan():
    found = Findings()
    made = planned(USUAL)
    assert made is not None
    assert made == read_as_usual(USUAL, found)
    assert not found


@given(segments)
def test_a_plan_gives_the_line_that_is_read_as_usual_and_hides_no_finding(
    elements: list[str],
):
    found = Findings()
    made, usual = planned(elements), read_as_usual(elements, found)
    assert made in (None, usual)
    assert made is None or not found


def test_kinds_beyond_the_limit_are_read_as_usual():
    plans = Plans(preference(None))
    for n in range(1500):
        plans.line(loop([*USUAL, f"Q{n}", ""]), "USD", NO_FLAGS)
    assert len(plans._plans) == 1024
    assert plans.line(loop(USUAL), "USD", NO_FLAGS) is None
