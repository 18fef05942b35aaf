"""Repeated elements: from 00402 on, where ISA11 is a symbol (X12 DE 723, code 12)."""

from __future__ import annotations

from pathlib import Path

from gateway.bootstrap import tables
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.plan import plan
from gateway.edi.validate import Validator
from gateway.edi.x12.ack997 import GroupOutcome, SetOutcome, rows
from gateway.edi.x12.reader import X12Reader
from gateway.edi.x12.writer import answering
from gateway.findings import Finding

SAMPLE = Path(__file__).parents[3] / "samples" / "x12" / "5010-order.edi"


def _findings(data: bytes, type_: str = "850") -> tuple[Finding, ...]:
    reader = X12Reader()
    events = reader.receive(data) + reader.finish()
    (message,) = [event for event in events if isinstance(event, MessageRead)]
    schema = tables().schema("005010", type_)
    assert schema is not None
    return Validator(plan(schema)).validate(message)


def test_the_sample_is_good_and_repeats_nothing():
    assert _findings(SAMPLE.read_bytes()) == ()


def test_an_element_that_may_stand_once_is_repeated():
    data = SAMPLE.read_bytes().replace(b"CUR*BY*USD~", b"CUR*BY*USD^CAD~")
    (finding,) = _findings(data)
    assert finding.code == "SYN-212"
    where = finding.where
    assert (where.segment_tag, where.element, where.repetition) == ("CUR", 2, 2)
    assert finding.value == "CAD"


def test_without_a_repetition_separator_it_is_a_character():
    data = SAMPLE.read_bytes().replace(b"*^*00501*", b"*U*00501*")
    data = data.replace(b"LANTERN BAY SUPPLY", b"LANTERN^BAY SUPPLY")
    assert _findings(data) == ()


def test_every_repetition_is_looked_at_for_itself():
    sets = (
        b"ST*999*0001~\nAK1*PO*1~\nAK2*850*0001~\nIK3*PO1*8**8~\n"
        b"CTX*SITUATIONAL TRIGGER^BEG03>4711~\nIK5*R*5~\nAK9*R*1*1*0~\nSE*8*0001~\n"
    )
    head, _, rest = SAMPLE.read_bytes().partition(b"ST*")
    sets = sets.replace(b">", head[104:105])
    good = head + sets + rest[rest.index(b"GE*") :]
    assert _findings(good, "999") == ()
    (finding,) = _findings(good.replace(b"4711", b"4" * 36), "999")
    assert finding.code == "SYN-205"
    assert finding.where.repetition == 2


def test_the_997_names_the_repetition_from_004030_on():
    data = SAMPLE.read_bytes().replace(b"CUR*BY*USD~", b"CUR*BY*USD^CAD~")
    events = X12Reader().receive(data)
    (isa,) = [event for event in events if isinstance(event, InterchangeBegun)]
    (group,) = [event for event in events if isinstance(event, GroupBegun)]
    set_ = SetOutcome(type="850", control_number="0001", findings=_findings(data))
    outcome = GroupOutcome(group=group, sets=(set_,), stated="1")
    written = rows(outcome, answering(isa, group))
    assert ("AK4", ("2", "", "2"), "100", "12", "CAD") in written
