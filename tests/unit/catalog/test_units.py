"""What a unit code means, read by the standard that carried it."""

from __future__ import annotations

import pytest

from gateway.catalog.price import unit_of
from gateway.catalog.units import meaning
from tests.unit.catalog.parts import item


@pytest.mark.parametrize(
    ("code", "standard", "meant"),
    [
        ("EA", "x12", "C62"),
        ("PC", "x12", "C62"),
        ("PCE", "edifact", "C62"),
        ("H87", "ubl", "C62"),
        ("CA", "x12", "CS"),
        ("CA", "edifact", "CX"),
        ("XCT", "ubl", "CT"),
        ("DZ", "x12", "DZN"),
        ("LB", "x12", "LBR"),
        ("each", "cxml", "C62"),
        (" ea ", "x12", "C62"),
        ("ST", "x12", "SET"),
        ("ST", "edifact", ""),
        ("QQQ", "x12", ""),
        ("", "x12", ""),
    ],
)
def test_a_code_means_what_its_standard_says(code, standard, meant):
    assert meaning(code, standard) == meant


def test_the_contracts_own_code_goes_before_any_meaning():
    unit = unit_of(item(), "CA", "edifact")
    assert unit is not None
    assert unit.factor == 24


def test_a_code_that_means_another_unit_is_not_the_items():
    assert unit_of(item(), "DZ") is None
