"""Our X12 tables against the reference facts, where those are at hand.

``GATEWAY_CORPUS`` names their folder, relative to the repository's root. Every
difference is listed below with its reason; a reason without a difference fails too.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import gateway.edi.x12
from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from gateway.edi.tables import Tables, read_tables

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / os.environ.get("GATEWAY_CORPUS", "../shared") / "reference" / "x12"
TEXTS = Path(gateway.edi.x12.__file__).parent / "tables"
ORDERS = ("810", "820", "824", "832", "846", "850", "855", "856", "860", "864")
SETS = {
    "004010": (*ORDERS, "865", "869", "870", "997"),
    "005010": (*ORDERS, "865", "869", "870", "997", "999"),
}
EACH_VERSION = pytest.mark.parametrize("version", SETS)
EACH_SET = pytest.mark.parametrize(
    ("version", "type_"), [(v, type_) for v, types in SETS.items() for type_ in types]
)
ENVELOPE = ("ISA", "IEA", "GS", "GE", "TA1")

pytestmark = pytest.mark.skipif(  # only the corpus tests may be left out
    not FACTS.is_dir(), reason="the reference facts are not at hand"
)

INCOMPLETE = "no complete list is known: the set's table and its group decide"
ZERO = (
    "the reference has 0, which no value that is sent can have; "
    "the public table of data elements in pyx12 has 1"
)
JUSTIFIED: dict[str, dict[str, str]] = {
    "004010": {"143 codes": INCOMPLETE, "479 codes": INCOMPLETE, "722 min": ZERO},
    "005010": {
        "143 codes": INCOMPLETE,
        "479 codes": INCOMPLETE,
        "722 min": ZERO,
        "9999 min": ZERO,
    },
}
JUSTIFIED_ENVELOPE: dict[str, dict[str, str]] = {
    "004010": {
        "479 codes": INCOMPLETE,
        "I10 codes": "the reference has U in a note, not in its list of codes",
    },
    "005010": {"479 codes": INCOMPLETE},
}
ISA11 = {"004010": 0, "005010": -1}
"""Which of ``I10|I65`` a version has in ISA11: the separator from 00402 on."""

Facts = Any
"""What json gives."""


def facts(name: str) -> Facts:
    return json.loads((FACTS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables() -> Tables:
    read = read_tables(
        {
            f"{file.parent.name}/{file.name}": file.read_text(encoding="utf-8")
            for file in TEXTS.glob("*/*.txt")
        }
    )
    assert isinstance(read, Tables)
    return read


def schema(tables: Tables, version: str, type_: str) -> MessageSchema:
    found = tables.schema(version, type_)
    assert found is not None
    return found


def schemas(tables: Tables, version: str) -> list[MessageSchema]:
    return [schema(tables, version, type_) for type_ in SETS[version]]


def structure(nodes: Sequence[SegmentUse | Loop]) -> list[Facts]:
    """Our nodes in the reference's form."""
    return [
        {
            "loop": node.name,
            "req": "M" if node.mandatory else "O",
            "max": node.max,
            "of": structure(node.nodes),
        }
        if isinstance(node, Loop)
        else [node.segment.tag, "M" if node.mandatory else "O", node.max]
        for node in nodes
    ]


def parts(piece: Segment | Composite) -> Facts:
    """Our segment or composite in the reference's form."""
    uses = [
        [use.element.number, "M" if use.mandatory else "O"]
        + ([use.repeat] if use.repeat != 1 else [])
        for use in piece.uses
    ]
    conditions = [str(condition) for condition in piece.conditions]
    return {"e": uses, "c": conditions}


def composites(schemas: Sequence[MessageSchema]) -> dict[str, Composite]:
    return {
        use.element.number: use.element
        for found in schemas
        for segment in found.segments.values()
        for use in segment.uses
        if isinstance(use.element, Composite)
    }


def elements(uses: Sequence[ElementUse]) -> Iterator[Element]:
    for use in uses:
        if isinstance(use.element, Composite):
            yield from elements(use.element.uses)
        else:
            yield use.element


def element_differences(
    ours: Mapping[str, Element], theirs: Mapping[str, Facts], codes: Mapping[str, str]
) -> set[str]:
    """``722 min`` for each element and fact that is not the same."""
    found = set()
    for number, element in ours.items():
        fact = theirs[number]
        pairs = {
            "type": (element.type, fact["t"]),
            "min": (element.min, fact["min"]),
            "max": (element.max, fact["max"]),
            "codes": (element.codes, frozenset(codes.get(number, "").split())),
        }
        found |= {f"{number} {what}" for what, (a, b) in pairs.items() if a != b}
    return found


def envelope_facts(version: str) -> dict[str, list[list[Facts]]]:
    """The envelope segments: number, type and lengths of each element."""
    which = ISA11[version]
    return {
        tag: [
            [fact[0].split("|")[which], fact[1].split("|")[which], fact[2], fact[3]]
            for fact in facts("envelope.json")[tag]
        ]
        for tag in ENVELOPE
    }


@EACH_VERSION
def test_all_our_sets_of_a_version_are_compared(tables, version):
    assert tables.versions == tuple(SETS)
    assert tables.types(version) == SETS[version]


@EACH_SET
def test_a_set_has_the_same_segments_loops_requirements_and_maxima(
    tables, version, type_
):
    ours = structure(schema(tables, version, type_).nodes)
    assert ours == facts(f"{version}/{type_}.json")["structure"]


@EACH_VERSION
def test_the_segments_have_the_same_elements_and_conditions(tables, version):
    theirs = facts(f"{version}/_dictionary.json")["segments"]
    ours = {
        tag: parts(segment)
        for found in schemas(tables, version)
        for tag, segment in found.segments.items()
    }
    assert ours == {tag: {"c": []} | theirs[tag] for tag in ours}


@EACH_VERSION
def test_the_composites_have_the_same_components_and_conditions(tables, version):
    theirs = facts(f"{version}/_dictionary.json")["composites"]
    found = composites(schemas(tables, version))
    assert {n: parts(composite) for n, composite in found.items()} == {
        number: {"c": []} | theirs[number] for number in found
    }


@EACH_VERSION
def test_the_elements_have_the_same_types_lengths_and_codes_but_for_reasons(
    tables, version
):
    ours = {
        element.number: element
        for found in schemas(tables, version)
        for segment in found.segments.values()
        for element in elements(segment.uses)
    }
    theirs = facts(f"{version}/_dictionary.json")["elements"]
    codes = facts(f"{version}/_codes.json")["codes"]
    assert element_differences(ours, theirs, codes) == set(JUSTIFIED[version])


@EACH_VERSION
def test_the_known_tags_are_those_of_the_reference_and_the_envelope(tables, version):
    theirs = facts(f"{version}/_dictionary.json")["segments"]
    assert schema(tables, version, "850").defined_tags == {*theirs, *ENVELOPE}


@EACH_VERSION
@pytest.mark.parametrize("tag", ENVELOPE)
def test_an_envelope_segment_has_the_same_elements_and_all_are_mandatory(
    tables, version, tag
):
    segment = tables.segment(version, tag)
    assert segment is not None
    theirs = [[fact[0], "M"] for fact in envelope_facts(version)[tag]]
    assert parts(segment) == {"e": theirs, "c": []}


@EACH_VERSION
def test_the_envelope_elements_have_the_same_facts_but_for_reasons(tables, version):
    theirs = {
        number: {"t": kind, "min": low, "max": high}
        for listed in envelope_facts(version).values()
        for number, kind, low, high in listed
    }
    codes = facts(f"{version}/_codes.json")["codes"] | facts("envelope.json")["codes"]
    ours = {
        element.number: element
        for segment in schema(tables, version, "envelope").segments.values()
        for element in elements(segment.uses)
    }
    assert element_differences(ours, theirs, codes) == set(JUSTIFIED_ENVELOPE[version])


@EACH_SET
def test_a_set_goes_in_the_functional_group_of_the_reference(tables, version, type_):
    groups = facts("envelope.json")["functional_groups"]
    assert type_ in groups[schema(tables, version, type_).functional_id]
