"""The accept path, the explain path, the 997 and the mapper for any 850."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.edi.align import align
from gateway.edi.compile import Accept
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead, Separators
from gateway.edi.explain import Explainer
from gateway.edi.validate import Validator, scan
from gateway.findings import Finding
from gateway.findings.model import Verdict, verdict
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier
from tests.unit.edi.parts import (
    BODY,
    GS,
    ISA,
    acknowledged,
    interchange,
    joined,
    message,
    messages,
    plan_850,
    put,
    read,
    schema,
    validator,
)

PLAN = plan_850()
EXPLAINER = Explainer(PLAN)
ACCEPT = Accept(PLAN, "*", ">")
TAGS = [*sorted(PLAN.schema.segments), "QQQ", "BAK", "P@1", "po1", ""]
VALUES = (
    "",
    "A",
    "00",
    "EA",
    "VP",
    "12.5",
    "-1",
    ".",
    "1.",
    "٣",
    "20260229",
    "20240229",
    "2400",
    "1530",
    "x" * 81,
    "A>B",
    ">",
    "A>",
    "a\x07b",
    "é",
    "\u00a0",
    "ZZ",
    "MT",
)

odd_segments = st.builds(
    lambda tag, values: "*".join([tag, *values]),
    st.sampled_from(TAGS),
    st.lists(st.sampled_from(VALUES) | st.text("A0.-> é\x07", max_size=8), max_size=12),
)


@st.composite
def bodies(draw: st.DrawFn) -> list[str]:
    """A good 850 with a few things done to it."""
    body = list(BODY)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(body) - 1, 0)))
        match draw(st.integers(0, 5)):
            case 0:
                body = body[:at] + body[at + 1 :]
            case 1:
                body.insert(at, draw(odd_segments))
            case 2:
                body[at : at + 2] = reversed(body[at : at + 2])
            case 3:
                body[at : at + 1] *= draw(st.integers(2, 13))
            case 4 if at < len(body):
                body[at] = _changed(draw, body[at])
            case _:
                body.insert(at, draw(st.sampled_from(TAGS)))
    return [segment for segment in body if segment.strip("\t \x00")]


def _changed(draw: st.DrawFn, segment: str) -> str:
    elements = segment.split("*")
    at = draw(st.integers(1, len(elements)))
    elements[at : at + 1] = [draw(st.sampled_from(VALUES))]
    return "*".join(elements)


def made(body: list[str]) -> MessageRead:
    """A message of the reader's kind, without its bytes."""
    lines = ["ST*850*0001", *body, f"SE*{len(body) + 2}*0001"]
    marks = Separators(terminator="~")
    return MessageRead("~".join(lines), marks, 0, "~".join(lines).encode())


@given(bodies())
def test_what_the_accept_path_takes_the_explain_path_finds_good(body):
    read_again = made(body)
    suspects, in_order = scan(read_again, ACCEPT)
    found = EXPLAINER.explain(read_again, None)
    assert (not suspects and in_order) == (found == ()), (suspects, in_order, found)


@given(bodies())
def test_the_suspects_are_all_that_has_to_be_explained(body):
    read_again = made(body)
    suspects, _ = scan(read_again, ACCEPT)
    everything = EXPLAINER.explain(read_again, None)
    assert EXPLAINER.explain(read_again, suspects) == everything


@given(st.lists(st.sampled_from(TAGS), max_size=150))
def test_each_segment_has_one_step_and_no_more(tags):
    steps = list(align(EXPLAINER.walk, tags))
    assert [step.position for step in steps] == list(range(1, len(tags) + 1))


@given(st.lists(st.sampled_from(TAGS), max_size=150))
def test_there_are_no_more_findings_than_segments_and_mandatory_ones(tags):
    found = EXPLAINER.explain(made([f"{tag}*" for tag in tags]), ())
    assert len(found) <= 2 * len(tags) + 2


@given(bodies())
def test_a_message_is_judged_mapped_and_answered_without_raising(body):
    raw = interchange(body)
    isa, group = [
        event for event in read(raw) if isinstance(event, InterchangeBegun | GroupBegun)
    ][:2]
    assert isinstance(isa, InterchangeBegun)
    assert isinstance(group, GroupBegun)
    for one in messages(raw):
        judge = validator()
        READERS["x12_850"].to_order(
            judge.tree(one), Carrier(interchange=isa, group=group), None
        )
        assert all(isinstance(found, Finding) for found in judge.validate(one))
    acknowledged(raw)


@given(st.binary(max_size=400))
def test_any_bytes_in_a_message_are_judged_and_answered_without_raising(inside):
    raw = joined([ISA, GS, "ST*850*0001"]) + inside + b"~SE*3*0001~GE*1*7~IEA*1*0~"
    for one in messages(raw):
        validator().validate(one)
        validator().tree(one)
    acknowledged(raw)


@given(bodies())
def test_every_segment_is_in_the_tree_once(body):
    one = made(body)
    positions: list[int] = []
    open_ = [validator().tree(one)]
    while open_:
        loop = open_.pop()
        positions += [segment.position for segment in loop.segments]
        open_ += loop.loops
    assert sorted(positions) == list(range(1, len(one.segments) + 1))


@given(bodies())
def test_the_answer_says_what_the_verdict_says(body):
    assume(not any(segment.startswith("ST") for segment in body))
    (one,) = messages(interchange(body))[:1]
    letter = {
        Verdict.ACCEPTED: "A",
        Verdict.WITH_ERRORS: "E",
        Verdict.REJECTED: "R",
    }[verdict(validator().validate(one))]
    answer = acknowledged(interchange(body)).decode("latin-1")
    assert f"~\nAK5*{letter}" in answer


@given(
    st.integers(2, 22), st.sampled_from(("QQQ*1", "BAK*00", "BEG*00*SA*1**20260101"))
)
def test_a_stray_segment_anywhere_is_one_finding(at, stray):
    found = validator().validate(message(put(BODY, at, stray)))
    assert len(found) == 1


@given(st.integers(2, 20))
def test_two_neighbours_swapped_are_one_finding_at_most(at):
    body = put(BODY, at, BODY[at - 1], BODY[at - 2], out=2)
    assert len(validator().validate(message(body))) <= 1


@given(st.integers(2, 21))
def test_one_segment_missing_is_one_finding_at_most(at):
    assert len(validator().validate(message(put(BODY, at, out=1)))) <= 1


def test_memory_of_shapes_is_bounded_for_ever_new_ones():
    judge = Validator(PLAN)
    for number in range(1, 3000):
        there = ["A" if number >> bit & 1 else "" for bit in range(number.bit_length())]
        judge.validate(made(["*".join(["PO1", *there]), "*".join(["PO1", *there])]))
    accept = judge._accept("*", ">")
    shapes = accept.tags["PO1"]
    assert len(shapes.shapes) <= 64
    assert len(shapes._seen) <= 512


def test_the_schema_of_these_tests_is_the_850_of_4010():
    assert (schema().version, schema().type) == ("004010", "850")
