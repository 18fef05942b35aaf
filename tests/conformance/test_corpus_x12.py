"""The corpus is read whole and in pieces alike, and judged without a crash."""

from __future__ import annotations

import pytest

from gateway.edi.events import MessageRead
from tests.conformance.corpus import AT_HAND, raw, rows
from tests.unit.edi.parts import read, seen, validator

pytestmark = AT_HAND


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_every_file_is_read_whole_and_in_pieces_with_equal_events(size: int):
    different = []
    for row in rows():
        data = raw(row["file"])[: 4000 if size == 1 else None]
        whole = [seen(event) for event in read(data)]
        pieces = read(data, cuts=range(size, len(data), size))
        if [seen(event) for event in pieces] != whole:
            different.append(row["file"])
    assert different == []


def test_every_file_is_judged_as_an_850_and_answered_without_a_crash():
    for row in rows():
        for event in read(raw(row["file"])):
            if isinstance(event, MessageRead):
                validator().validate(event)
                validator().tree(event)
                assert len(event.offsets) == len(event.segments)
