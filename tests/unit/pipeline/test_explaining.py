"""What ``explain`` says of acknowledgements and of odd bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap import edifact
from gateway.findings.language import ENGLISH, Language
from gateway.partner import Directory
from gateway.pipeline.explained import as_json, as_lines
from gateway.pipeline.explaining import Explained, explain
from gateway.pipeline.rules import Rules
from tests.starters import ROOT
from tests.unit.edi.parts import BODY, interchange, joined, put, tables
from tests.unit.edi.test_acks import ISA_4010, ISA_5010, wrapped

RULES = Rules(tables(), Directory.of(()))
FRENCH = Language("fr", {"rejected": "rejeté"})
ACK_999 = wrapped(
    [
        "AK1*PO*7*005010",
        "AK2*850*0001",
        "IK3*REF*12**I6",
        "CTX*SITUATIONAL TRIGGER*PO1*12**2",
        "IK3*PO1*12**8",
        "IK4*2*330*6*77",
        "IK5*R*I5",
        "AK9*R*1*1*0",
    ],
    kind="999",
    version="005010",
)


def told(data: bytes, ack: bytes = b"") -> Explained:
    return explain(data, RULES, ack=ack)


def lines(data: bytes, ack: bytes = b"") -> list[str]:
    return [line.strip() for line in as_lines(told(data, ack), ENGLISH)]


def body(data: bytes, ack: bytes = b"") -> dict[str, Any]:
    got: dict[str, Any] = json.loads(json.dumps(as_json(told(data, ack), ENGLISH)))
    return got


def ta1(number: str = "000000101", code: str = "025") -> bytes:
    answer = f"TA1*{number}*260115*0900*R*{code}"
    return joined([ISA_4010, answer, "IEA*0*000000555"])


def test_a_ta1_is_explained_against_its_interchange():
    got = lines(interchange(BODY), ta1())

    assert got[0] == "TA1 for 000000101: rejected"
    assert "interchange 000000101: TA105 025: interchange number seen before" in got[3]


def test_a_ta1_alone_is_shown_with_its_names():
    got = body(ta1())

    assert [s["tag"] for s in got["interchanges"][0]["head"]] == ["ISA", "TA1"]
    assert got["interchanges"][0]["head"][1]["elements"][3]["value"] == "R"
    assert got["acknowledgements"][0]["matched"] is False


def test_a_999_shows_neighbours_contexts_and_their_copy():
    got = lines(interchange(BODY), ACK_999)

    assert "in front: N4*SPRINGFIELD*IL*62701*US" in got
    assert "behind: PO1*1*10*EA*12.5*PE*VP*W-1" in got
    assert "context: SITUATIONAL TRIGGER PO1" in got
    assert "their copy: '77'" in got
    assert any(line.startswith("! warning ENV-115") for line in got)


def test_json_of_a_999_has_neighbours_and_contexts():
    (ack,) = body(interchange(BODY), ACK_999)["acknowledgements"]
    (segment,) = [d for d in ack["diagnoses"] if d["level"] == "segment"]

    assert (segment["before"]["tag"], segment["segment"]["tag"]) == ("N4", "PO1")
    assert segment["contexts"][0]["name"] == "SITUATIONAL TRIGGER"
    assert [f["code"] for f in ack["findings"]] == ["ENV-115"]


def test_an_acknowledgement_that_objects_is_not_clean():
    assert not told(interchange(BODY), ta1()).clean
    assert told(interchange(BODY)).verdict == "accepted"


def test_an_order_of_a_type_without_a_table_is_shown_without_names():
    raw = interchange(BODY).replace(b"ST*850*", b"ST*999*").replace(b"GS*PO", b"GS*XX")
    (message,) = body(raw)["interchanges"][0]["groups"][0]["messages"]

    assert [s["tag"] for s in message["segments"]][:2] == ["ST", "BEG"]
    assert "name" not in message["segments"][1]


def test_a_group_without_its_end_has_none():
    raw = interchange(BODY).replace(b"GE*1*7~\n", b"")
    (group,) = body(raw)["interchanges"][0]["groups"]

    assert group["end"] == []
    assert [f["code"] for f in group["findings"]] == ["ENV-062"]


def test_the_envelope_is_named_by_its_version():
    raw = joined([ISA_5010, "GS*PO*A*B*20260115*0900*7*X*005010", "GE*0*7", "IEA*1*1"])
    (isa,) = body(raw)["interchanges"][0]["head"]

    assert "epetition" in isa["elements"][10]["name"]


def test_a_verdict_is_told_in_the_readers_language():
    bad = put(BODY, 2, "BEG*99*SA*4500001**20260115", out=1)
    got = list(as_lines(told(interchange(bad)), FRENCH))

    assert any(line.endswith("rejeté") for line in got)


@given(
    at=st.integers(0, 420),
    size=st.integers(0, 30),
    new=st.text("*~>^:\n AKI0123489é", max_size=12).map(lambda t: t.encode("utf-8")),
)
def test_no_acknowledgement_raises(at: int, size: int, new: bytes):
    ack = ACK_999[:at] + new + ACK_999[at + size :]
    got = told(interchange(BODY), ack)

    assert json.dumps(as_json(got, FRENCH))
    assert all(isinstance(line, str) for line in as_lines(got, FRENCH))


@given(at=st.integers(0, 600), new=st.binary(max_size=12))
def test_no_bytes_raise(at: int, new: bytes):
    raw = interchange(BODY)
    got = told(raw[:at] + new + raw[at + len(new) :])

    assert json.dumps(as_json(got, FRENCH))
    assert list(as_lines(got, FRENCH))


def test_an_order_of_edifact_is_explained_place_by_place():
    data = (ROOT / "partner_profiles/marlow-grocers/samples/good-rich.edi").read_bytes()
    rules = Rules(tables(), Directory.of(()), directories=edifact())
    (interchange,) = explain(data, rules).interchanges
    assert (interchange.sender, interchange.usage) == ("14:5012345001012", "P")
    assert [one.tag for one in interchange.head] == ["UNB"]
    (group,) = interchange.groups
    assert (group.head, group.functional_id) == (None, "")
    (message,) = group.messages
    text = next(one for one in message.segments if one.tag == "FTX")
    note = text.element(4)
    assert note is not None
    assert note.parts[0].value == "Deliver at dock 4: ring twice."
    assert interchange.end is not None
    assert interchange.end.tag == "UNZ"


def test_a_group_of_edifact_has_its_header_and_trailer():
    data = (ROOT / "samples/edifact/groups.edi").read_bytes()
    rules = Rules(tables(), Directory.of(()), directories=edifact())
    ((group,),) = (one.groups for one in explain(data, rules).interchanges)
    assert group.head is not None
    assert group.end is not None
    assert (group.head.tag, group.control_number, group.end.tag) == ("UNG", "77", "UNE")


def test_of_a_document_of_cxml_it_is_told_what_is_wrong():
    data = (ROOT / "samples/cxml/order.xml").read_bytes()
    findings = explain(data.replace(b"orderID", b"id"), RULES).findings
    assert [one.code for one in findings] == ["CXM-021", "CXM-022", "MAP-010"]
