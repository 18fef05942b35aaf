"""Every row of the table of faults has a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ROW = re.compile(r"^\| (?!fault \||---)(.+) \| (.+) \| (.*) \|$", re.M)
UNTESTED = {"the machine is gone without a word"}


def test_every_fault_has_an_outcome_and_a_test():
    rows = ROW.findall(PAGE.read_text())
    bare = {fault for fault, _, tests in rows if "](../tests/" not in tests}
    assert len(rows) > 20
    assert bare == UNTESTED
