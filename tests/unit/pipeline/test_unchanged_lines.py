"""A line of a change that is not to change says what the order has."""

from __future__ import annotations

import pytest

from tests.crash.life import change, drills
from tests.unit.pipeline.test_replacements import ORDER, after, kept


@pytest.mark.parametrize(
    ("row", "state", "codes"),
    [
        (drills("NC", 12), "unchanged", ["CHG-104"]),
        (drills("NC", 24), "held", ["CHG-118"]),
        (drills("NC", 12).replace("*84*", "*80*"), "held", ["CHG-118"]),
    ],
)
def test_a_line_that_does_not_change_says_what_it_has(row, state, codes):
    one = kept(after(ORDER, change(2001, 1, row)))
    assert (one.state, [f.code for f in one.findings]) == (state, codes)
