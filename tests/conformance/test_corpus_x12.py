"""Public X12 files, read in place where they are at hand; none of them is ours.

``GATEWAY_CORPUS`` names their folder, relative to the repository's root. Files are
named by their path in the manifest only.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.edi.events import Event, GroupBegun, MessageRead
from gateway.edi.x12.ack997 import drafts
from gateway.edi.x12.writer import Envelope
from gateway.findings import Severity
from tests.conformance.second import SecondOpinion
from tests.unit.edi.parts import (
    NOW,
    NUMBERS,
    faults,
    outcomes,
    read,
    seen,
    validator,
)

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / os.environ.get("GATEWAY_CORPUS", "../shared") / "corpus" / "x12"

pytestmark = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.json").is_file(), reason="the corpus is not at hand"
)

DISAGREEMENTS = {
    "bots-edi+bots-plugins/x12/850_fixed/botssys/infile/x12_850tofixed/850/"
    "850-004010-02.x12": "we are right: ST02 and GS06 are used twice, which the "
    "manifest's check of counts and references does not look at",
}
"""Files whose verdict is not ours, each with the reason and who is right."""

Row = dict[str, Any]


def manifest() -> list[Row]:
    if not (CORPUS / "MANIFEST.json").is_file():
        return []
    rows: list[Row] = json.loads((CORPUS / "MANIFEST.json").read_text("utf-8"))
    return rows


ROWS = manifest()


def raw(row: Row) -> bytes:
    return (CORPUS / str(row["file"])).read_bytes()


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_every_file_is_read_whole_and_in_pieces_with_equal_events(size: int):
    different = []
    for row in ROWS:
        data = raw(row)[: 4000 if size == 1 else None]
        whole = [seen(event) for event in read(data)]
        pieces = read(data, cuts=range(size, len(data), size))
        if [seen(event) for event in pieces] != whole:
            different.append(row["file"])
    assert different == []


def test_every_file_is_judged_as_an_850_and_answered_without_a_crash():
    for row in ROWS:
        events = read(raw(row))
        for event in events:
            if isinstance(event, MessageRead):
                validator().validate(event)
                validator().tree(event)
                assert len(event.offsets) == len(event.segments)


def orders_of_4010(events: list[Event]) -> list[MessageRead]:
    found: list[MessageRead] = []
    version = ""
    for event in events:
        if isinstance(event, GroupBegun):
            version = event.version
        if isinstance(event, MessageRead) and event.type == "850":
            found += [event] * version.startswith("004010")
    return found


def verdict_of(events: list[Event]) -> str:
    """Our verdict in the manifest's words: the envelope, and every 4010 850."""
    found = [fault for fault in faults(events) if fault.code.startswith("ENV-")]
    for order in orders_of_4010(events):
        found += validator().validate(order)
    heavy = [f for f in found if f.severity in (Severity.REJECT, Severity.ERROR)]
    return "broken" if heavy else "valid"


def test_verdicts_on_4010_orders_are_the_manifests_but_for_those_listed():
    judged, different = 0, set()
    for row in ROWS:
        events = read(raw(row))
        if orders_of_4010(events):
            judged += 1
            if verdict_of(events) != row["verdict"]:
                different.add(row["file"])
    assert judged > 50
    assert different == set(DISAGREEMENTS)


def plain(envelope: Envelope) -> Envelope:
    """Qualifiers, versions and separators that pyx12 reads, whatever was received."""
    return Envelope(
        sender_qualifier="ZZ",
        sender_id="SUPPLIER",
        receiver_qualifier="ZZ",
        receiver_id="BUYER",
        gs_sender="SUPPLIER",
        gs_receiver="BUYER",
        version=envelope.version,
    )


def test_pyx12_accepts_every_answer_to_a_4010_order(tmp_path: Path):
    answers = []
    for data in map(raw, ROWS):
        if orders_of_4010(read(data)):
            for draft in drafts(*outcomes(data), dress=plain):
                answers.append(draft.finish(NUMBERS, NOW))
    assert len(answers) > 50
    refused = SecondOpinion(tmp_path).refused(answers)
    assert [(answer[106:], told) for answer, told in refused] == []
