"""Whatever comes as EDIFACT: it is answered, explained, and never an error of ours."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap import edifact, tables
from gateway.edi.numbers import Numbers
from gateway.findings import Finding
from gateway.partner import Directory
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Queue
from gateway.pipeline.explaining import explain
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.starters import ROOT, starter_prices, starter_profile
from tests.strictly import faults
from tests.unit.pipeline.parts import NOW

SAMPLES = sorted((ROOT / "samples/edifact").glob("*.edi"))
PIECES = [
    b"'",
    b"+",
    b":",
    b"?",
    b"*",
    b"UNH+",
    b"UNT+",
    b"UNZ+",
    b"UNB+",
    b"UNG+",
    b"9",
]


@lru_cache(maxsize=1)
def rules() -> Rules:
    marlow = starter_profile("marlow-grocers")
    return Rules(tables(), Directory.of([marlow]), directories=edifact())


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A sample with some bytes taken out, doubled or put in."""
    data = draw(st.sampled_from(SAMPLES)).read_bytes()
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        end = at + draw(st.integers(0, 30))
        put = draw(
            st.sampled_from([*PIECES, b"", data[at:end] * 2]) | st.binary(max_size=3)
        )
        data = data[:at] + put + data[end:]
    return data


def is_theirs(finding: Finding) -> bool:
    """Whether it is about a value of theirs that is said as it was received."""
    said = finding.where.segment_tag in ("UNB", "UCI", "UCF", "UCM")
    return said and not finding.code.startswith("SYN-1") and finding.code != "SYN-201"


@given(data=spoilt())
def test_it_is_answered_and_what_is_written_is_sound(data: bytes):
    prices = starter_prices("marlow-grocers")
    done = read([data], rules(), receipt_id="rcp_1", door="folder")
    effects = answer(done, World(now=NOW, prices={"marlow-grocers": prices}))
    assert effects
    numbers = Numbers(interchange=1, group=1, message=1)
    for effect in effects:
        if isinstance(effect, Queue):
            found = faults(effect.draft.finish(numbers, NOW))
            assert [one for one in found if not is_theirs(one)] == []


@given(data=spoilt(), cut=st.integers(1, 300))
def test_how_it_is_cut_changes_nothing(data: bytes, cut: int):
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    whole = read([data], rules(), receipt_id="rcp_1", orders=0)
    assert read(pieces, rules(), receipt_id="rcp_1", orders=0) == whole


@given(data=spoilt())
def test_it_can_be_explained(data: bytes):
    assert explain(data, rules()).verdict
