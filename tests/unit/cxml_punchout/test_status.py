"""Status codes, and what findings come to."""

from __future__ import annotations

import pytest

from gateway.cxml_punchout.status import (
    OK,
    TEXTS,
    classed,
    is_retried,
    status_of,
)
from gateway.findings import Finding, Where
from gateway.findings.codes import CODES


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        *((code, code) for code in TEXTS),
        *((code, code) for code in range(461, 471)),
        (202, 200),
        (299, 200),
        *((code, 400) for code in (404, 405, 407, 408, 410, 460, 471, 499 - 1)),
        (503, 500),
        (302, 500),
        (0, 500),
        (999, 500),
    ],
)
def test_a_code_means_itself_or_its_class(sent: int, means: int):
    assert classed(sent) == means


@pytest.mark.parametrize(("code", "again"), [(560, True), (406, False), (200, False)])
def test_only_trouble_of_ours_is_tried_again(code: int, again: bool):
    assert is_retried(code) is again


def test_without_what_rejects_it_is_200():
    assert status_of([]) == OK
    assert status_of([Finding.of("CXM-003", "no payloadID")]) == OK


def test_the_first_that_rejects_gives_the_code():
    found = [
        Finding.of("CXM-003", "none"),
        Finding.of("CXM-010", "another", Where(path="cXML/Header"), "s3cret"),
        Finding.of("WIRE-030", "broken"),
    ]
    status = status_of(found, "rcp_1")
    assert (status.code, status.text, status.good) == (401, "Unauthorized", False)
    assert status.body.startswith("CXM-010 cXML/Header: credentials")
    assert status.body.endswith("[rcp_1]")
    assert "s3cret" not in status.body


def test_what_has_no_code_of_its_own_is_400():
    assert status_of([Finding.of("CFG-003", "value")]).code == 400


@pytest.mark.parametrize("row", [row for row in CODES.values() if row.cxml], ids=str)
def test_every_code_in_the_table_is_one_of_cxml(row):
    assert int(row.cxml) in TEXTS


def test_a_status_is_short():
    found = [Finding.of("WIRE-030", "broken", Where(path="x" * 90))] * 20
    assert len(status_of(found, "rcp_1").body) < 420
