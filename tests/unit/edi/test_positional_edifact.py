"""Transmissions of EDIFACT as JSON by position, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.edi.positional import from_positional, to_positional
from tests.conformance.test_mutations import edifact
from tests.starters import ROOT
from tests.unit.edi.edifact_parts import order

SAMPLES = sorted((ROOT / "samples/edifact").glob("*.edi"))


def form(raw: bytes, **changes: Any) -> dict[str, Any]:
    """The JSON of a transmission, its first interchange changed."""
    body: dict[str, Any] = json.loads(json.dumps(to_positional(raw)))
    body["interchanges"][0] |= changes
    return body


def wrong(body: dict[str, Any]) -> list[tuple[str, str]]:
    found = from_positional(body)
    assert isinstance(found, tuple)
    return [(f.code, f.where.path) for f in found]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_comes_back_without_its_bytes_in_it(path):
    raw = path.read_bytes()
    assert "exact" not in to_positional(raw)
    assert from_positional(form(raw)) == raw


def test_broken_transmissions_come_back_to_the_byte():
    raws = [row.raw(row.only[0]) for row in edifact.ROWS]
    assert [raw for raw in raws if from_positional(to_positional(raw)) != raw] == []


def test_released_characters_are_plain_texts_and_are_released_again():
    raw = order().replace(b"CT:K7", b"CT:A?+1?'??")
    body = form(raw)
    segment = next(s for s in body["interchanges"][0]["segments"] if s[0] == "RFF")
    assert segment == ["RFF", ["CT", "A+1'?"]]
    segment[1][1] = "B:2"
    assert from_positional(body) == order(("RFF+CT:K7", "RFF+CT:B?:2"))


def test_repetitions_are_told_in_syntax_4():
    raw = (ROOT / "samples/edifact/syntax-4.edi").read_bytes()
    raw = raw.replace(b"NAD+BY", b"NAD+BY*X")
    segments = to_positional(raw)["interchanges"][0]["segments"]
    assert next(s for s in segments if s[0] == "NAD")[1] == {"repeat": ["BY", "X"]}
    assert from_positional(form(raw)) == raw


def test_a_changed_segment_counts_and_the_bytes_no_longer():
    body = form(b"text in front" + order())
    assert from_positional(body) == b"text in front" + order()
    body["interchanges"][0]["segments"][2][2] = "PO-1002"
    assert from_positional(body) == order(("BGM+220+PO-1001+9", "BGM+220+PO-1002+9"))


USUAL = {"component": ":", "element": "+", "terminator": "'", "release": "?"}


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"encoding": "klingon"}, "API-007", "/encoding"),
        ({"separators": USUAL | {"element": ":"}}, "API-006", "/separators"),
        ({"separators": USUAL | {"release": 1}}, "API-004", "/separators"),
        ({"segments": [[]]}, "API-004", "/segments/0"),
        ({"segments": [["A", 1]]}, "API-004", "/segments/0/1"),
        ({"segments": 1}, "API-004", "/segments"),
        ({"more": 1}, "API-003", "/more"),
        ({"encoding": "ascii", "segments": [["A", "é"]]}, "API-006", "/encoding"),
        (
            {"separators": USUAL | {"release": ""}, "segments": [["A", "+"]]},
            "API-006",
            "/segments/0/1",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    changes: dict[str, Any], code: str, path: str
):
    assert wrong(form(order(), **changes)) == [(code, f"/interchanges/0{path}")]
