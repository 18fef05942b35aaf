"""What would be answered: findings, acknowledgements and answers, nothing kept."""

from __future__ import annotations

from gateway.edi.numbers import Numbers
from gateway.pipeline.preview import preview
from tests.unit.pipeline.parts import (
    CHEAP,
    LINE,
    NOW,
    SECOND,
    afterwards,
    answered,
    codes,
    group,
    interchange,
    message,
    one,
    reading,
    world,
)


def test_without_a_world_the_orders_are_not_decided():
    got = preview(reading(one()), NOW)
    assert got.clean
    assert got.body["verdict"] == "accepted"
    assert (got.body["orders"], got.answers) == ([], ())
    (ack,) = got.acknowledgements
    assert b"AK5*A~" in ack


def test_with_a_world_decisions_and_answers_are_shown():
    data = interchange(group(message(), message("4712", CHEAP, number="0002")))
    got = preview(reading(data), NOW, world=world())
    states = [(o["po_number"], o["state"], o["decision"]) for o in got.body["orders"]]
    assert states == [("4711", "confirmed", "accepted"), ("4712", "held", "held")]
    (answer,) = got.answers
    assert b"BAK*00*AD*4711" in answer


def test_the_answer_is_the_one_that_would_be_sent():
    numbers = Numbers(interchange=41, group=42, message=43)
    got = preview(reading(one()), NOW, world=world(), numbers=numbers)
    assert b"*000000041*" in got.answers[0]
    assert b"ST*855*0043~" in got.answers[0]


def test_an_unknown_sender_is_acknowledged_by_the_base_standard():
    data = interchange(group(message()), sender="NEWBUYER")
    got = preview(reading(data), NOW)
    assert codes(got.findings) == ["CFG-030"]
    assert got.clean
    (told,) = got.body["interchanges"][0]["findings"]
    assert told["code"] == "CFG-030"
    (ack,) = got.acknowledgements
    assert b"AK9*A*1*1*1~" in ack
    assert got.body["interchanges"][0]["partner"] is None


def test_who_means_somebody_else_is_told_so():
    data = interchange(group(message()), receiver="SOMEONEELSE")
    got = preview(reading(data), NOW)
    assert codes(got.findings) == ["ENV-024"]
    assert not got.clean
    (told,) = got.body["interchanges"][0]["findings"]
    assert told["code"] == "ENV-024"


def test_a_refused_interchange_is_not_acknowledged_here_either():
    data = one()
    got = preview(reading(data[: data.index(b"IEA")]), NOW)
    assert "ENV-008" in codes(got.findings)
    assert got.acknowledgements == ()
    assert not got.clean


def test_findings_stand_with_their_message():
    got = preview(reading(one(LINE.replace("*12*", "*1,2*"))), NOW)
    (read,) = got.body["interchanges"]
    (found,) = read["groups"][0]["messages"][0]["findings"]
    assert (found["code"], found["where"]["at"]) == ("SYN-206", "PO1-02 (segment 7)")
    assert read["verdict"] == "rejected"
    assert not got.clean


def test_data_without_an_interchange_are_findings_of_the_whole():
    got = preview(reading(b"hello"), NOW, world=world())
    assert [f["code"] for f in got.body["findings"]] == ["WIRE-001"]
    assert got.body["interchanges"] == []


def test_a_resent_interchange_is_said_to_be_one():
    around = afterwards(world(), "rcp_0", answered(one(), receipt="rcp_0"))
    got = preview(reading(one()), NOW, world=around)
    assert codes(got.findings) == ["ENV-080"]
    assert (got.body["orders"], got.answers) == ([], ())


def test_a_number_with_other_bytes_is_said_to_be_taken():
    around = afterwards(world(), "rcp_0", answered(one(), receipt="rcp_0"))
    got = preview(reading(one(SECOND)), NOW, world=around)
    assert codes(got.findings) == ["ENV-001"]
    assert not got.clean


def test_a_repeated_order_is_said_to_be_one():
    around = afterwards(world(), "rcp_0", answered(one(), receipt="rcp_0"))
    got = preview(reading(one(number=2)), NOW, world=around)
    assert codes(got.findings) == ["DUP-101"]
