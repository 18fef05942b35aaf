"""Which tables a message is held against."""

from __future__ import annotations

import pytest

from gateway.edi.edifact.directories import SchemaKey
from tests.unit.edi.edifact_parts import directories


def near(directory: str, type_: str = "ORDERS") -> str:
    return directories().nearest(SchemaKey(directory, type_, 3, "")).directory


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ("D96A", "D96A"),
        ("D95B", "D96A"),
        ("D96B", "D96A"),  # as near to D.97A; the older one
        ("D99B", "D01B"),
        ("D03A", "D04A"),
        ("D11A", "D10A"),
        ("D24A", "D21B"),
        ("D92A", "D93A"),
    ],
)
def test_a_directory_that_is_not_held_is_stood_for_by_the_nearest(
    named: str, held: str
):
    assert near(named) == held


def test_only_directories_that_have_the_message_count():
    assert near("D94A", "APERAK") == "D96A"
    assert near("D94A", "IFTMIN") == "D94A"


@pytest.mark.parametrize("name", ["", "912", "XXX", "S93A", "D96C", "D96AB"])
def test_what_names_no_directory_is_left_as_it_is(name: str):
    assert near(name) == name


def test_syntax_mark_and_subset_stay_as_they_are():
    key = SchemaKey("D02A", "ORDERS", 4, ",", "EAN")
    assert directories().nearest(key) == key._replace(directory="D01B")
