"""Every public EDIFACT file: its verdict, its bytes in pieces, its bytes written again.

The manifest judges counts and references, order, status, lengths and types. Its word
and ours are compared by file; every disagreement has its reason below, and a reason
without one fails too. A message of a directory that we have no tables of is held
against the nearest one; of a type that we have none of, its envelope is judged.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage, UnbRead
from gateway.edi.edifact.validate import EdifactValidator
from gateway.edi.edifact.writer import Envelope, Pen
from gateway.findings import Finding, Severity
from tests.conformance.corpus import SHARED
from tests.unit.edi.edifact_parts import (
    directories,
    messages,
    of_envelope,
    read,
    validator,
)

CORPUS = SHARED / "corpus" / "edifact"

pytestmark = pytest.mark.skipif(  # only the corpus tests may be left out
    not (CORPUS / "MANIFEST.json").is_file(), reason="the corpus is not at hand"
)

NO_DIRECTORY = "0:96A is a slip; and 1225 holds a date, which is longer than it may be"
BOTS = "bots-edi+bots-plugins/demo"
PHP = "php-edifact+edifact/tests/files"
BALLERINA = "ballerina-platform+module-ballerina-edi/examples"
DFDL = "DFDLSchemas+EDIFACT"
BIZTALK = "MicrosoftDocs+biztalk-docs/biztalk/core/walkthrough-edifact-"
VSCODE = "hellooops+vscode-edi-support"
TWICE = "two messages have one 0062"
PRIORITY = "0029, the priority, holds a message type, which is longer than it may be"
STRICTER = {
    f"{BOTS}/my_first_plugin/botssys/infile/my_first_plugin/order02.edi": (
        "a line ends inside of a date, and the lines have not one width"
    ),
    f"{BOTS}/xml_enveloping/botssys/infile/demo_xml_envelope/edifact/invoic01.edi": (
        TWICE
    ),
    "estratocloud+edifact/tests/data/order.edi": "there is no UNB",
    "indice-co+EDI.Net/test/indice.Edi.Tests/Samples/Apperak_edi_out_issue235.edi": (
        "a UNB of a number alone stands in front of the one that is meant"
    ),
    f"{PHP}/D96ADESADV.edi": NO_DIRECTORY,
    f"{PHP}/example_utf8.edi": NO_DIRECTORY,
    f"{BIZTALK}-receive-edi-interchanges-and-send-an-acknowledgement.md.5589.edi": (
        "date and time of UNB are none, and its UNH of syntax 1 is one of syntax 4"
    ),
    f"{BALLERINA}/custom-edi-schema/resources/sample.edi": PRIORITY,
    f"{BALLERINA}/edi-parser-to-kafka/resources/sample-data/order1.edi": PRIORITY,
    f"{VSCODE}/docs/DESADV.edifact": TWICE,
    f"{VSCODE}/src/test/suite/edifact.test.ts.15108.edi": TWICE,
    f"{VSCODE}/src/test/suite/edifact.test.ts.15423.edi": TWICE,
    "smooks+smooks-edi-cartridge/edg/src/test/resources/invoic/invoic.txt": (
        "CUX repeats an element that the directory lets stand once (syntax 4)"
    ),
}
"""Files that the manifest calls valid and we do not."""
UNDERWARE = "jskrobak+underware.Edifact/src/underware.Edifact.Examples/Samples"
MILDER = {
    f"{UNDERWARE}/D93A_ORDERS.txt": (
        "its lines are wrapped at 1024 characters, which the manifest takes for data"
    ),
    f"{DFDL}/EDIFACT-SupplyChain-D03B/TestData/ORDERS_D.03B_Interchange.txt": (
        "COM repeats its element, as syntax 4 may: the manifest counts components"
    ),
    "sh-prog-edi+EdifactGenerator/scripts/test_umbau.js.1808.edi": (
        "two DELFOR, of which there is no table here: its envelope is good"
    ),
}
"""Files that the manifest calls broken and we take."""

Row = dict[str, Any]


@cache
def rows() -> dict[str, Row]:
    listed = json.loads((CORPUS / "MANIFEST.json").read_text("utf-8"))
    return {row["file"]: row for row in listed}


@cache
def found(file: str) -> tuple[Finding, ...]:
    """All that is wrong with a file."""
    events = read((CORPUS / file).read_bytes())
    told = of_envelope(events)
    for message in messages(events):
        judge = judge_of(message)
        told += judge.validate(message) if judge else message.faults
    return tuple(told)


def judge_of(message: EdifactMessage) -> EdifactValidator | None:
    """Who judges a message; None where no table has its type."""
    key = directories().nearest(key_of(message))
    return validator(*key) if directories().schema(*key) else None


def weighs(finding: Finding) -> bool:
    """Whether the manifest would call it a fault: a missing UNS is one too."""
    heavy = finding.severity in (Severity.REJECT, Severity.ERROR)
    return heavy or finding.code == "SYN-103"


def test_every_verdict_agrees_or_is_argued():
    stricter, milder = dict[str, list[str]](), list[str]()
    for file, row in rows().items():
        ours = sorted({finding.code for finding in found(file) if weighs(finding)})
        if ours and row["verdict"] == "valid":
            stricter[file] = ours
        if not ours and row["verdict"] == "broken":
            milder.append(file)
    assert stricter.keys() == STRICTER.keys()
    assert sorted(MILDER) == sorted(milder)


def test_the_pieces_never_change_what_is_read():
    for file in rows():
        raw = (CORPUS / file).read_bytes()
        pieces = [raw[at : at + 97] for at in range(0, len(raw), 97)]
        assert list(map(repr, read(pieces))) == list(map(repr, read(raw))), file


ALTERED = ("WIRE-", "SYN-220", "ENV-309")
"""What conforms no more than in what it says, and is written again in another way."""


def again(message: EdifactMessage) -> str:
    """A message written by its own service characters."""
    pen = Pen(
        Envelope(
            sender=("",),
            receiver=("",),
            syntax=message.syntax,
            encoding="utf-8",
            separators=message.separators,
        )
    )
    rows = [message.row(n) for n in range(1, len(message.segments) + 1)]
    return "".join(pen.segment(row) for row in rows)


def test_conforming_messages_are_written_as_they_came():
    for file in rows():
        codec = "latin-1"
        for event in read((CORPUS / file).read_bytes()):
            if isinstance(event, UnbRead):
                codec = event.encoding or codec
            if not isinstance(event, EdifactMessage):
                continue
            if (judge := judge_of(event)) is None:
                continue
            told = judge.validate(event)
            if not any(f.code.startswith(ALTERED) or weighs(f) for f in told):
                end = event.separators.terminator.encode("latin-1")
                sent = event.raw.translate(None, b"\r\n") + end
                assert again(event).encode(codec) == sent, file
