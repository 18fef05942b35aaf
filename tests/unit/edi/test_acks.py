"""Inbound 997, 999 and TA1 as values."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest

from gateway.edi.diagnosed import Context, ElementPlace
from gateway.edi.limits import Limits
from gateway.edi.x12 import acks as reading
from gateway.edi.x12.acks import (
    MOST_ENTRIES,
    MOST_GROUPS,
    MOST_SETS,
    Ack,
    GroupAck,
    InterchangeAck,
    read_acks,
)
from tests.unit.edi.parts import BODY, acknowledged, interchange, joined, put, read

ISA = (
    "ISA*00*          *00*          *01*SUPPLIER       *ZZ*ACME           "
    "*260116*1000*{11}*{12}*000000555*0*P*>"
)
ISA_4010 = ISA.replace("{11}", "U").replace("{12}", "00401")
ISA_5010 = ISA.replace("{11}", "^").replace("{12}", "00501")
GS = "GS*FA*SUPPLIER*ACME*20260116*1000*55*X*{}"
FULL = (
    "AK1*PR*12",
    "AK2*855*0001",
    "AK3*PO1*9*PO1*8",
    "AK4*2*330*6*12,5",
    "AK4*5>1>2**12",
    "AK3*CTT*14**3",
    "AK5*R*5*4",
    "AK2*855*0002",
    "AK5*E*5",
    "AK2*855*0003",
    "AK5*A",
    "AK9*P*3*3*2*5",
)


def wrapped(body: Sequence[str], kind: str = "997", version: str = "004010") -> bytes:
    """An interchange with one acknowledgement of these segments."""
    isa = ISA_4010 if version < "005" else ISA_5010
    lines = [isa, GS.format(version), f"ST*{kind}*0001", *body]
    lines += [f"SE*{len(body) + 2}*0001", "GE*1*55", "IEA*1*000000555"]
    return joined(lines)


def acks(raw: bytes, limits: Limits | None = None) -> tuple[Ack, ...]:
    return read_acks(read(raw, limits))


def group_ack(body: Sequence[str], **how: str) -> GroupAck:
    (only,) = acks(wrapped(body, **how))
    assert isinstance(only, GroupAck)
    return only


def noted(ack: Ack) -> list[tuple[str, str, int]]:
    """Code, tag and position of each finding."""
    return [
        (f.code, f.where.segment_tag, f.where.segment_position) for f in ack.findings
    ]


def test_a_997_is_read_with_all_its_entries():
    ack = group_ack(FULL)

    assert (ack.kind, ack.functional_id, ack.control_number) == ("997", "PR", "12")
    assert (ack.answer, ack.acknowledgement) == ("P", "partly_accepted")
    assert (ack.stated, ack.received, ack.accepted) == (3, 3, 2)
    assert (ack.codes, ack.findings) == (("5",), ())
    assert [(s.control_number, s.acknowledgement) for s in ack.sets] == [
        ("0001", "rejected"),
        ("0002", "accepted_with_errors"),
        ("0003", "accepted"),
    ]
    assert ack.sets[0].codes == ("5", "4")


def test_the_entries_of_a_set_name_segment_and_element():
    first, second = group_ack(FULL).sets[0].segments

    assert (first.segment_tag, first.segment_position) == ("PO1", 9)
    assert (first.loop, first.code) == ("PO1", "8")
    assert [e.code for e in first.elements] == ["6", "12"]
    assert first.elements[0].place == ElementPlace(element=2)
    assert (first.elements[0].data_element, first.elements[0].value) == ("330", "12,5")
    assert first.elements[1].place == ElementPlace(element=5, component=1, repetition=2)
    assert (second.segment_tag, second.code, second.elements) == ("CTT", "3", ())


def test_who_answers_stands_in_the_envelope():
    ack = group_ack(FULL)

    assert (ack.interchange[6], ack.interchange[8]) == ("SUPPLIER", "ACME")
    assert ack.group is not None
    assert (ack.group.control_number, ack.message_number) == ("55", "0001")


def test_a_group_alone_has_no_sets():
    ack = group_ack(["AK1*PR*12", "AK9*R*1*1*0*1"])

    assert (ack.sets, ack.acknowledgement, ack.codes) == ((), "rejected", ("1",))


def test_every_997_that_we_write_is_read_without_a_finding():
    bad = put(BODY, 3, "CUR*BY*US", out=1)
    (ack,) = acks(acknowledged(interchange(BODY, bad)))

    assert isinstance(ack, GroupAck)
    assert (ack.findings, ack.control_number) == ((), "7")
    assert [s.answer for s in ack.sets] == ["A", "R"]
    assert ack.sets[1].segments[0].segment_tag == "CUR"


def test_a_999_has_contexts_at_segments_and_elements():
    ack = group_ack(
        [
            "AK1*PR*12*005010",
            "AK2*855*0001*G1",
            "IK3*N1*4**I6",
            "CTX*SITUATIONAL TRIGGER*REF*3**2>1",
            "IK4*4*67*I9",
            "CTX*PO1-01>17^X>Y",
            "IK5*R*I5",
            "AK9*R*1*1*0",
        ],
        kind="999",
        version="005010",
    )
    (segment,) = ack.sets[0].segments

    assert (ack.kind, ack.version, ack.sets[0].implementation) == (
        "999",
        "005010",
        "G1",
    )
    assert segment.contexts == (
        Context(
            name="SITUATIONAL TRIGGER",
            segment_tag="REF",
            segment_position=3,
            place=ElementPlace(element=2, component=1),
        ),
    )
    assert segment.elements[0].code == "I9"
    assert segment.elements[0].contexts == (Context(name="PO1-01", value="17"),)
    assert (ack.sets[0].codes, ack.findings) == (("I5",), ())


def test_a_ta1_is_read():
    raw = joined([ISA_4010, "TA1*000000101*260115*0900*R*025", "IEA*0*000000555"])
    (ack,) = acks(raw)

    assert isinstance(ack, InterchangeAck)
    assert (ack.control_number, ack.date, ack.time) == ("000000101", "260115", "0900")
    assert (ack.code, ack.acknowledgement, ack.findings) == ("025", "rejected", ())


def test_a_ta1_with_nothing_in_it_has_findings():
    (ack,) = acks(joined([ISA_4010, "TA1", "IEA*0*000000555"]))

    assert noted(ack) == [("ENV-101", "TA1", 0), ("ENV-101", "TA1", 0)]
    assert ack.acknowledgement == ""


def test_a_missing_ak9_is_a_finding_behind_the_last_segment():
    ack = group_ack(["AK1*PR*12", "AK2*855*0001", "AK5*A"])

    assert noted(ack) == [("ENV-101", "AK9", 6)]
    assert (ack.acknowledgement, ack.accepted, len(ack.sets)) == ("", -1, 1)


def test_a_missing_ak1_is_a_finding():
    ack = group_ack(["AK9*A*1*1*1"])

    assert ("ENV-101", "AK9", 2) in noted(ack)
    assert ("ENV-101", "AK1", 2) in noted(ack)


def test_a_missing_ak5_is_a_finding_of_its_set():
    ack = group_ack(["AK1*PR*12", "AK2*855*0001", "AK9*A*1*1*1"])

    assert noted(ack) == [("ENV-101", "AK5", 3)]
    assert ack.sets[0].acknowledgement == ""


def test_entries_without_the_one_above_them_are_findings():
    ack = group_ack(["AK1*PR*12", "AK3*PO1*9**8", "AK4*2**6", "AK9*A*1*1*1"])

    assert noted(ack) == [("ENV-101", "AK3", 3), ("ENV-101", "AK4", 4)]


def test_a_position_that_is_no_number_is_a_finding():
    ack = group_ack(
        ["AK1*PR*12", "AK2*855*0001", "AK3*PO1*x**8", "AK5*R*5", "AK9*R*1*1*0"]
    )

    assert noted(ack) == [("ENV-101", "AK3", 4)]
    assert ack.sets[0].segments[0].segment_position == 0


def test_a_verdict_that_the_standard_does_not_have_is_a_finding():
    ack = group_ack(["AK1*PR*12", "AK2*855*0001", "AK5*Z", "AK9*Q*1*1*0"])

    assert noted(ack) == [("ENV-101", "AK5", 4), ("ENV-101", "AK9", 5)]


def test_a_second_ak1_starts_a_second_acknowledgement():
    raw = wrapped(["AK1*PR*12", "AK9*A*1*1*1", "AK1*PR*13", "AK9*R*1*1*0"])

    assert [(a.answer, a.findings) for a in acks(raw)] == [("A", ()), ("R", ())]


def test_a_second_ak1_in_front_of_an_ak9_is_a_finding():
    first, second = acks(wrapped(["AK1*PR*12", "AK1*PR*13", "AK9*A*1*1*1"]))

    assert (noted(first), noted(second)) == ([("ENV-101", "AK9", 3)], [])


def test_a_message_over_the_limit_is_no_acknowledgement_but_a_finding():
    (ack,) = acks(wrapped(FULL), Limits(message_bytes=20))

    assert [f.code for f in ack.findings][:1] == ["WIRE-002"]


def test_orders_are_no_acknowledgements():
    assert acks(interchange(BODY)) == ()


# Bounds.


def test_entries_behind_the_most_are_left_out_and_told_once():
    entries = ["AK3*PO1*9**8", "AK4*2*380*6"] * MOST_ENTRIES
    ack = group_ack(["AK1*PR*12", "AK2*855*0001", *entries, "AK5*R*5", "AK9*R*1*1*0"])

    assert len(ack.sets[0].segments) == MOST_ENTRIES // 2
    assert noted(ack) == [("ENV-101", "AK3", MOST_ENTRIES + 4)]
    assert ack.acknowledgement == "rejected"


def test_with_more_sets_than_are_read_the_group_has_no_verdict():
    sets = [s for n in range(MOST_SETS + 2) for s in (f"AK2*855*{n:06d}", "AK5*A")]
    ack = group_ack(["AK1*PR*12", *sets, "AK9*P*1*1*1"])

    assert len(ack.sets) == MOST_SETS
    assert noted(ack) == [("ENV-101", "AK2", 2 * MOST_SETS + 3)]
    assert ack.acknowledgement == ""


def test_of_many_acknowledgements_in_one_set_the_first_are_read():
    read_ = acks(wrapped(["AK1*PR*12", "AK9*A*1*1*1"] * (MOST_GROUPS + 5)))

    assert len(read_) == MOST_GROUPS


def test_of_many_faults_the_first_are_told_with_their_bytes():
    raw = wrapped(["AK1*PR*12", *["AK3*PO1*9**8"] * 5000, "AK9*A*1*1*1"])
    (ack,) = acks(raw)

    assert len(ack.findings) == 100
    last = ack.findings[-1].where
    assert last.segment_position == 102
    assert raw[: last.byte_offset].count(b"AK3") == 99


def test_a_value_that_cannot_be_read_is_told_in_short():
    body = ["AK1*PR*12", "AK2*855*0001", f"AK3*PO1*{'x' * 9999}", "AK5*R", "AK9*R"]
    (found,) = group_ack(body).findings

    assert len(found.value) == 99
    assert len(found.what) < 140


def test_sets_beyond_the_most_take_no_memory(monkeypatch: pytest.MonkeyPatch):
    most = 10_000
    monkeypatch.setattr(reading, "MOST_SETS", most)
    raw = wrapped(["AK1*PR*12", *["AK2*855*0001", "AK5*A"] * 15_000, "AK9*A*1*1*1"])
    events = read(raw)
    tracemalloc.start()
    (ack,) = (one for one in read_acks(events) if isinstance(one, GroupAck))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(ack.sets) == most
    assert peak < 600 * most
