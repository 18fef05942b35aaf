"""EDIFACT for the tests of the wire: a plain order, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import gateway.edi.edifact
from gateway.edi.edifact.directories import Directories, key_of
from gateway.edi.edifact.events import EdifactEvent, EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.events import Fault, GroupEnded, InterchangeEnded
from gateway.edi.limits import Limits
from gateway.findings import Finding

UNB = "UNB+UNOC:3+5412345000013:14+4012345500004:14+260115:0900+77++ORDERS"
BODY = (
    "BGM+220+PO-1001+9",
    "DTM+137:20260115:102",
    "RFF+CT:K7",
    "NAD+BY+5412345000013::9",
    "NAD+SU+4012345500004::9",
    "LIN+1++4000862141404:EN",
    "PIA+1+ART-7:SA",
    "QTY+21:12:PCE",
    "PRI+AAA:4.75",
    "LIN+2++4000862141411:EN",
    "QTY+21:3.5:KGM",
    "UNS+S",
    "CNT+2:2",
)


@cache
def directories() -> Directories:
    folder = Path(gateway.edi.edifact.__file__).parent / "tables"
    return Directories(
        {
            f"{file.parent.name}/{file.name}": file.read_text("utf-8")
            for file in folder.glob("*/*.txt")
        }
    )


def message_lines(
    body: Sequence[str] = BODY,
    number: str = "1",
    identifier: str = "ORDERS:D:96A:UN",
) -> list[str]:
    """The segments of a message, header and trailer with the right numbers."""
    unt = f"UNT+{len(body) + 2}+{number}"
    return [f"UNH+{number}+{identifier}", *body, unt]


def interchange(
    *messages: Sequence[str],
    unb: str = UNB,
    una: str = "",
    end: str = "'",
    codec: str = "latin-1",
) -> bytes:
    """An interchange of messages, one plain order without any."""
    given = messages or (message_lines(),)
    number = unb.split("+")[5].split("'", maxsplit=1)[0]
    lines = [unb, *(line for m in given for line in m), f"UNZ+{len(given)}+{number}"]
    return (una + "".join(line + end for line in lines)).encode(codec)


def order(*changes: tuple[str, str], **ways: str) -> bytes:
    """The plain order with lines replaced: by another, or by several split at ``'``."""
    replaced = dict(changes)
    body = [
        new
        for line in BODY
        for new in replaced.pop(line, line).split("'")
        if new or line not in dict(changes)
    ]
    assert not replaced
    return interchange(message_lines(body), **ways)


def read(
    data: bytes | Iterable[bytes], limits: Limits | None = None
) -> list[EdifactEvent]:
    reader = EdifactReader(limits, header=directories().header)
    pieces = [data] if isinstance(data, bytes) else data
    events = [event for piece in pieces for event in reader.receive(piece)]
    return events + reader.finish()


def messages(events: Iterable[EdifactEvent]) -> list[EdifactMessage]:
    return [event for event in events if isinstance(event, EdifactMessage)]


@cache
def validator(
    directory: str, type_: str, syntax: int, decimal: str, subset: str = ""
) -> EdifactValidator:
    schema = directories().schema(directory, type_, syntax, decimal, subset)
    assert schema is not None
    return EdifactValidator(edifact_plan(schema))


def validate(message: EdifactMessage) -> tuple[Finding, ...]:
    return validator(*key_of(message)).validate(message)


def of_envelope(events: Iterable[EdifactEvent]) -> list[Finding]:
    """All that the reader found, but for what stands in messages."""
    found: list[Finding] = []
    for event in events:
        if isinstance(event, Fault):
            found.append(event.finding)
        elif isinstance(event, GroupEnded | InterchangeEnded):
            found += event.faults
    return found


def findings(data: bytes) -> list[Finding]:
    """Everything that is wrong with a transmission."""
    events = read(data)
    found = of_envelope(events)
    for message in messages(events):
        found += validate(message)
    return found


def told(data: bytes) -> list[tuple[str, str]]:
    """Code and place of everything that is wrong."""
    return [(finding.code, str(finding.where)) for finding in findings(data)]
