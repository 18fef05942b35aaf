"""The code table is consistent with the numbers it stands for."""

from __future__ import annotations

import re

import pytest

from gateway.findings import CODES, Severity

PREFIXES = frozenset(
    (
        *("WIRE", "ENV", "SYN", "IMP", "MAP", "DUP", "CAT", "ACC", "CHG", "PIN", "ASN"),
        *("ERP", "SLA", "AS2", "CXM", "OCI", "UBL", "TND", "TRU", "TRN", "API", "CFG"),
        "EVD",
        "SOAP",
    )
)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_its_form_a_title_and_a_fix(code):
    row = CODES[code]
    prefix, _, number = code.partition("-")
    assert row.code == code
    assert prefix in PREFIXES
    assert re.fullmatch("[0-9]{3}", number)
    assert row.title
    assert row.fix.endswith(".")


@pytest.mark.parametrize("number", range(1, 8))
def test_syn_1nn_is_ak304_nn(number):
    row = CODES[f"SYN-10{number}"]
    assert (row.ak304, row.ak502) == (str(number), "5")


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13])
def test_syn_2nn_is_ak403_nn(number):
    row = CODES[f"SYN-2{number:02d}"]
    assert (row.ak304, row.ak403) == ("8", str(number))


@pytest.mark.parametrize("code", [c for c in CODES if c.startswith("IMP-")])
def test_a_rule_of_a_guide_that_is_broken_rejects_in_the_terms_of_the_997(code):
    row = CODES[code]
    assert row.ak502 == "5"
    assert row.ak304 in ("2", "3", "4", "5", "8")
    assert bool(row.ak403) == (row.ak304 == "8")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (
            "ak502",
            {
                *map(str, range(1, 14)),
                *map(str, range(15, 20)),
                *map(str, range(23, 28)),
            },
        ),
        (
            "ak905",
            {
                *map(str, range(1, 7)),
                *map(str, range(10, 20)),
                *map(str, range(23, 27)),
            },
        ),
        ("ta105", {f"{n:03d}" for n in range(1, 32)}),
    ],
)
def test_every_value_of_a_list_has_a_code(column, values):
    assert {getattr(row, column) for row in CODES.values()} - {""} == values


@pytest.mark.parametrize("prefix", ["MAP", "CAT", "DUP"])
def test_business_findings_have_no_place_in_a_997(prefix):
    rows = [row for code, row in CODES.items() if code.startswith(prefix)]
    assert rows
    assert not any(row.ak304 or row.ak403 or row.ak502 or row.ak905 for row in rows)


def test_what_rejects_has_an_http_status_of_an_error():
    assert all(r.http >= 400 for r in CODES.values() if r.severity is Severity.REJECT)
