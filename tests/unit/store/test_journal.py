from __future__ import annotations

import pytest

from gateway.findings import Finding, Where
from gateway.store.journal import finding_of, finding_rows


@pytest.mark.parametrize(
    "where",
    [
        Where(),
        Where(path="/lines/0/price"),
        Where(
            segment_tag="PO1",
            segment_position=4,
            loop="PO1",
            element=4,
            component=1,
            repetition=2,
            data_element="212",
            byte_offset=0,
        ),
    ],
)
def test_a_finding_comes_back_from_its_row(where: Where):
    found = Finding.of("SYN-206", "'9,99' is not a number", where, "9,99")

    (row,) = finding_rows((found,), "acme", "rcp_1")

    columns = ("code", "severity", "what", "place", "value")
    assert finding_of(*(str(row[name]) for name in columns)) == found


def test_findings_are_numbered_from_one():
    found = Finding.of("SYN-206", "not a number")

    rows = finding_rows((found, found), "acme", "rcp_1")

    assert [row["ordinal"] for row in rows] == [1, 2]
