"""What is said of an interchange that we wrote: by our own tables, and by pyx12."""

from __future__ import annotations

import io

import pyx12.x12file

from gateway.bootstrap import edifact, tables
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import NO_DTDS
from gateway.cxml_punchout.envelope import NEWEST
from gateway.cxml_punchout.judge import judged_ours
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.events import (
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.plan import plan
from gateway.edi.sniff import Kind, sniff
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.ubl import document as ubl
from gateway.ubl import rules as ubl_rules


def faults(data: bytes, *, subset: bool = False) -> list[Finding]:
    """What our own engine finds, by the tables that the headers name.

    With ``subset`` an EANCOM's own segments and codes are all there are.
    """
    if sniff(data) is Kind.EDIFACT:
        return _edifact_faults(data, subset=subset)
    if ubl.is_ubl(data[:4096]):
        return _ubl_faults(data)
    if sniff(data) is Kind.XML:
        return _cxml_faults(data)
    reader = X12Reader()
    version = ""
    found: list[Finding] = []
    for event in reader.receive(data) + reader.finish():
        if isinstance(event, GroupBegun):
            version = event[8][:6]
        elif isinstance(event, MessageRead):
            schema = tables().schema(version, event.type)
            if schema is None and event.type in ("997", "999"):
                schema = tables().schema("004010", event.type)  # of whatever release
            assert schema is not None, f"no table of {event.type} in {version!r}"
            found += (*event.faults, *Validator(plan(schema)).validate(event))
        elif isinstance(event, GroupEnded | InterchangeEnded):
            found += event.faults
        elif isinstance(event, Fault):
            found.append(event.finding)
    return found


def _ubl_faults(data: bytes) -> list[Finding]:
    """By our own rules: schemas and rule packs are the operator's."""
    document = ubl.read_document(data)
    assert isinstance(document, ubl.Document), document
    return [*document.findings, *ubl_rules.faults(document)]


def _cxml_faults(data: bytes) -> list[Finding]:
    """By our own rules: the DTDs are the operator's (tests/conformance holds them)."""
    document = read_document(data)
    assert isinstance(document, Document), document
    return [*document.findings, *judged_ours(data, document.name, NEWEST, NO_DTDS)]


def _edifact_faults(data: bytes, *, subset: bool) -> list[Finding]:
    reader = EdifactReader(header=edifact().header)
    found: list[Finding] = []
    for event in reader.receive(data) + reader.finish():
        match event:
            case EdifactMessage():
                schema = edifact().schema(*key_of(event), strict=subset)
                assert schema is not None, f"no table of {event.identifier}"
                found += EdifactValidator(edifact_plan(schema)).validate(event)
            case GroupEnded() | InterchangeEnded():
                found += event.faults
            case Fault():
                found.append(event.finding)
            case _:
                pass
    return found


def second_opinion(data: bytes) -> list[object]:
    """What pyx12's reader finds; it holds no map of what we send beside the 997.

    It reads X12 only.
    """
    if sniff(data) is not Kind.X12:
        return []
    source = pyx12.x12file.X12Reader(io.StringIO(data.decode("latin-1")))
    found: list[object] = []
    for _ in source:
        found += source.pop_errors()
    source.cleanup()
    found += source.pop_errors()
    return found
