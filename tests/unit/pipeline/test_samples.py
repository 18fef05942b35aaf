"""Every sample has the findings, at the places, that its README says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bootstrap import starter_profiles
from gateway.findings import Finding
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Keep, Record, Refuse
from gateway.pipeline.inbound import read
from gateway.pipeline.world import World
from tests.starters import ROOT, starter_prices
from tests.unit.pipeline.parts import NOW, afterwards, rules

FOLDERS = (
    "samples/x12",
    *(f"partner_profiles/{p.id}/samples" for p in starter_profiles()),
)
RULES = rules(*starter_profiles())
PRICES = {p.id: starter_prices(p.id) for p in starter_profiles()}
ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \|(?P<shows>[^|]+)\|(?P<codes>[^|]*)\|(?P<place>[^|]*)\|$",
    re.MULTILINE,
)
CODE = re.compile(r"[A-Z]+-\d{3}")
BEFORE = re.compile(r"after `([^`]+)`")
NO_DTD = "CXM-021"
"""Told of every document of cXML here: the operator adds the DTDs."""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The file of each row with its codes, its place, and the file before it."""
    for folder in FOLDERS:
        text = (ROOT / folder / "README.md").read_text("utf-8")
        for row in ROW.finditer(text):
            before = BEFORE.search(row["shows"])
            first = f"{folder}/{before[1]}" if before else ""
            place = row["place"].strip()
            yield f"{folder}/{row['file']}", row["codes"], place, first


def findings(effects: tuple[Effect, ...]) -> Iterator[Finding]:
    for effect in effects:
        if isinstance(effect, Record):
            yield from effect.findings
            for message in effect.messages:
                yield from message.findings
        elif isinstance(effect, Keep | Refuse):
            yield from effect.findings


@pytest.mark.parametrize(
    ("file", "said", "place", "first"), list(rows()), ids=lambda v: Path(v).name
)
def test_a_sample_has_the_findings_of_its_row(file, said, place, first):
    world = World(now=NOW, prices=PRICES)
    effects: tuple[Effect, ...] = ()
    for n, name in enumerate(filter(None, (first, file))):
        data = (ROOT / name).read_bytes()
        receipt = f"rcp_{n}"
        effects = answer(read([data], RULES, receipt_id=receipt), world)
        world = afterwards(world, receipt, effects)
    found = [one for one in findings(effects) if one.code != NO_DTD]
    assert {f.code for f in found} == set(CODE.findall(said))
    places = {str(f.where).partition(" (")[0] for f in found}
    assert place in places | {""}
