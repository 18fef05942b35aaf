"""What the tests of the X12 engine share: the tables, a good 850, envelopes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gateway.edi.x12
from gateway.edi.events import (
    Event,
    Fault,
    GroupBegun,
    GroupEnded,
    InterchangeBegun,
    InterchangeEnded,
    MessageRead,
)
from gateway.edi.limits import Limits
from gateway.edi.numbers import Numbers
from gateway.edi.plan import MessagePlan, plan
from gateway.edi.schema import MessageSchema
from gateway.edi.tables import Tables, read_tables
from gateway.edi.validate import Validator
from gateway.edi.x12.ack997 import GroupOutcome, SetOutcome, drafts
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding
from gateway.mappers import READERS
from gateway.partner.guide import Guide

NOW = dt.datetime(2026, 1, 16, 9, 30, tzinfo=dt.UTC)
NUMBERS = Numbers(interchange=1, group=1, message=1)
TABLES = Path(gateway.edi.x12.__file__).parent / "tables"
ISA = (
    "ISA*00*          *00*          *ZZ*ACME           *01*SUPPLIER       "
    "*260115*0900*U*00401*000000101*0*P*>"
)
GS = "GS*PO*ACME*SUPPLIER*20260115*0900*7*X*004010"
GE, IEA = "GE*1*7", "IEA*1*000000101"
LINE = ("PO1*{n}*10*EA*12.5*PE*VP*W-{n}", "PID*F****HEX BOLT", "PO4*10*5*EA")
"""The segments of one line."""
BODY = (
    "BEG*00*SA*4500001**20260115",
    "CUR*BY*USD",
    "REF*DP*038",
    "DTM*002*20260201",
    "TD5**2*UPSN*M*GROUND",
    "N9*L1*NOTES",
    "MSG*DOCK 4",
    "N1*ST*PLANT 7*92*PL007",
    "N3*100 MAIN STREET",
    "N4*SPRINGFIELD*IL*62701*US",
    *(part.format(n=n) for n in (1, 2, 3) for part in LINE),
    "CTT*3*30",
)
"""A good 850 between ST and SE: ST is 1, BEG 2, the first PO1 12, CTT 21, SE 22."""

ANSWERS: list[bytes] = []
"""Every 997 that was written, for who wants to look at them."""


@cache
def tables() -> Tables:
    texts = {
        f"{path.parent.name}/{path.name}": path.read_text("utf-8")
        for path in TABLES.glob("*/*.txt")
    }
    read = read_tables(texts)
    assert isinstance(read, Tables)
    return read


def schema(message: str = "850", version: str = "004010") -> MessageSchema:
    found = tables().schema(version, message)
    assert found is not None
    return found


def plan_850(guide: Guide | None = None, *, all_read: bool = True) -> MessagePlan:
    reads = None if all_read else READERS["x12_850"].reads
    return plan(schema(), guide, message="x12_850", reads=reads)


@cache
def validator() -> Validator:
    """The base standard, every element read by a mapper."""
    return Validator(plan_850())


def guided(**rules: object) -> Validator:
    return Validator(plan_850(Guide.model_validate(rules)))


def put(body: Sequence[str], at: int, *new: str, out: int = 0) -> list[str]:
    """``body`` with segments put in at a position (ST is 1), ``out`` taken out."""
    index = at - 2
    return [*body[:index], *new, *body[index + out :]]


def message_lines(body: Iterable[str], number: str = "0001") -> list[str]:
    lines = list(body)
    return [f"ST*850*{number}", *lines, f"SE*{len(lines) + 2}*{number}"]


def interchange(*bodies: Iterable[str], gs: str = GS, end: str = "~\n") -> bytes:
    """An interchange of one group with an 850 around each body."""
    lines = [ISA, gs]
    for number, body in enumerate(bodies, 1):
        lines += message_lines(body, f"{number:04d}")
    lines += [f"GE*{len(bodies)}*7", IEA]
    return joined(lines, end)


def joined(lines: Iterable[str], end: str = "~\n") -> bytes:
    return "".join(line + end for line in lines).encode("utf-8")


def read(
    raw: bytes, limits: Limits | None = None, *, cuts: Sequence[int] = ()
) -> list[Any]:
    """The events; a test knows which one stands where."""
    reader = X12Reader(limits)
    events: list[Event] = []
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    for start, stop in pairwise(edges):
        events += reader.receive(raw[start:stop])
    return events + reader.finish()


def seen(event: Event) -> object:
    """All that can be seen of an event."""
    if not isinstance(event, MessageRead):
        return event
    separators, faults = event.separators, event.faults
    return event.text, separators, event.byte_offset, event.raw, faults, event.offsets


def messages(raw: bytes) -> list[MessageRead]:
    return [event for event in read(raw) if isinstance(event, MessageRead)]


def message(body: Iterable[str]) -> MessageRead:
    (only,) = messages(interchange(body))
    return only


def faults(events: Iterable[Event]) -> list[Finding]:
    """Every finding in the events, in order."""
    found: list[Finding] = []
    for event in events:
        if isinstance(event, Fault):
            found.append(event.finding)
        elif isinstance(event, MessageRead | GroupEnded | InterchangeEnded):
            found += event.faults
    return found


def places(events: Iterable[Event]) -> list[tuple[str, int]]:
    """Code and byte offset of every finding in the events."""
    return [(found.code, found.where.byte_offset) for found in faults(events)]


def brief(findings: Iterable[Finding]) -> list[str]:
    """``SYN-107 REF 5`` or ``SYN-207 BEG-01 2``: code, place, position."""
    out = []
    for found in findings:
        where = found.where
        element = f"-{where.element:02d}" if where.element else ""
        component = f"-{where.component:02d}" if where.component else ""
        place = f"{where.segment_tag}{element}{component}"
        out.append(f"{found.code} {place} {where.segment_position}")
    return out


def explained(
    body: Iterable[str], judge: Validator | None = None, path: bool = False
) -> list[str]:
    """What is wrong with an 850, briefly."""
    found = (judge or validator()).validate(message(body))
    if path:
        return [
            f"{line} {f.where.loop}"
            for line, f in zip(brief(found), found, strict=True)
        ]
    return brief(found)


def outcomes(
    raw: bytes, judge: Validator | None = None
) -> tuple[InterchangeBegun, list[GroupOutcome]]:
    """The first interchange and what became of its groups."""
    judge = judge or validator()
    isa: InterchangeBegun | None = None
    group: GroupBegun | None = None
    sets: list[SetOutcome] = []
    noted: list[Finding] = []
    found: list[GroupOutcome] = []
    for event in read(raw):
        if isinstance(event, InterchangeBegun):
            isa = isa or event
        elif isinstance(event, GroupBegun):
            group, sets, noted = event, [], []
        elif isinstance(event, Fault):
            noted.append(event.finding)
        elif isinstance(event, MessageRead):
            sets.append(
                SetOutcome(
                    type=event.type,
                    control_number=event.control_number,
                    findings=judge.validate(event),
                )
            )
        elif isinstance(event, GroupEnded) and group is not None:
            found.append(
                GroupOutcome(
                    group=group,
                    sets=tuple(sets),
                    stated=event.trailer[0] if event.trailer else "",
                    findings=(
                        *(f for f in noted if f.code[:5] == "ENV-0"),
                        *event.faults,
                    ),
                )
            )
    assert isa is not None
    return isa, found


def acknowledged(
    raw: bytes, judge: Validator | None = None, *, missing_at_last: bool = False
) -> bytes:
    """The bytes of the 997 that answers the first interchange."""
    isa, groups = outcomes(raw, judge)
    made = drafts(isa, groups, missing_at_last=missing_at_last)
    answers = [draft.finish(NUMBERS, NOW) for draft in made]
    ANSWERS.extend(answers)
    return b"".join(answers)


def ak_lines(answer: bytes) -> list[str]:
    """The segments of a 997 between ST and SE."""
    lines = answer.decode("latin-1").split("~\n")
    return [line for line in lines if line.startswith("AK")]
