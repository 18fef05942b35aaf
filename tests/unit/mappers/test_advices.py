"""What the readers of 820, 824, 864 and 869 do with what only a guide lets through."""

from __future__ import annotations

import pytest

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers import READERS
from tests.property.test_advices import carrier


def message(*loops: LoopRead, head: str = "") -> LoopRead:
    """A message as a tree, whatever its table says."""
    root = LoopRead("", "")
    for n, text in enumerate([part for part in ("ST*824*0001", head) if part], 1):
        root.segments.append(SegmentRead(n, text.split("*"), "", ">"))
    root.loops += loops
    return root


def loop(text: str) -> LoopRead:
    elements = text.split("*")
    made = LoopRead(elements[0], f"{elements[0]}[1]")
    made.segments.append(SegmentRead(3, elements, made.path, ">"))
    return made


@pytest.mark.parametrize("kind", ["x12_820", "x12_824", "x12_864", "x12_869"])
def test_a_message_without_its_heading_says_nothing(kind: str):
    found = READERS[kind].to_order(message(), carrier("004010"), None)
    assert (found.advice, found.inquiry) == (None, None)
    assert [finding.code for finding in found.findings] == ["MAP-017"]


def test_a_verdict_that_is_none_settles_nothing():
    tree = message(loop("OTI*TX*IV*INV-1"), head="BGN*11*A-1*20261121")
    found = READERS["x12_824"].to_order(tree, carrier("004010"), None)
    assert found.advice is not None
    assert (found.advice.about[0].said, found.advice.about[0].sent) == ("", "TX")
    (finding,) = found.findings
    assert (finding.code, str(finding.where)) == ("MAP-016", "OTI-01 (segment 3)")
