"""Their acknowledgements through read and answer; ours as TA1 and 999."""

from __future__ import annotations

from gateway.pipeline.effects import Alert, Keep, Queue, Record, Refuse
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.sent import Sent, SentKey, Settle
from gateway.pipeline.world import Seen
from tests.unit.pipeline.parts import (
    NOW,
    answered,
    codes,
    group,
    interchange,
    message,
    one,
    only,
    profile,
    reading,
    rules,
    segments,
    world,
)

ROW = Sent(
    partner_id="acme",
    id="msg_ours",
    idem="855/ord_1/1/accepted",
    kind="x12_855",
    interchange_number=41,
    group_number=17,
    message_number=5,
    message_count=1,
    acknowledgement="waiting",
    created_at=NOW,
)
ACK = ["ST*997*0001", "AK1*PR*17", "AK9*R*1*1*0", "SE*4*0001"]
KEY = SentKey(partner_id="acme", level="group", number=17)
BAD = ("PO1*1*x*EA*84*PE*VP*BB-1001*BP*77-1001",)


def with_ta1(raw: bytes, row: bytes) -> bytes:
    at = raw.index(b"GS*")
    return raw[:at] + row + b"~\n" + raw[at:]


def asking(raw: bytes, wish: bytes = b"1") -> bytes:
    """The interchange with another ISA14."""
    return raw[:100] + wish + raw[101:]


def to(**x12: str) -> Rules:
    return rules(profile(x12=x12))


def test_a_997_is_looked_up_and_settles_what_it_names():
    raw = interchange(group(ACK, kind="FA"))
    assert reading(raw).wants.sent == {KEY}
    effects = answered(raw, around=world(sent={KEY: (ROW,)}))
    (settle,) = only(effects, Settle)
    assert (settle.outbox_id, settle.acknowledgement) == ("msg_ours", "rejected")
    assert settle.by == only(effects, Record)[0].messages[0].id
    assert codes([a.finding for a in only(effects, Alert)]) == ["ENV-208"]
    assert only(effects, Queue) == []


def test_what_is_wrong_with_the_envelope_of_their_997_is_told_once():
    raw = interchange(group([*ACK[:-1], "SE*7*0001"], kind="FA"))
    (record,) = only(answered(raw, around=world(sent={KEY: (ROW,)})), Record)
    assert codes(record.messages[0].findings) == ["ENV-011"]


def test_a_ta1_beside_an_order_settles_and_the_order_is_booked():
    raw = with_ta1(one(), b"TA1*000000041*261121*0900*R*024")
    key = SentKey(partner_id="acme", level="interchange", number=41)
    effects = answered(raw, around=world(sent={key: (ROW,)}))
    assert [s.acknowledgement for s in only(effects, Settle)] == ["rejected"]
    assert len(only(effects, Keep)) == 1


def test_later_passes_do_not_settle_again():
    raw = interchange(group(ACK, kind="FA"), group(message(), number=2))
    got = reading(raw)
    assert got.wants.sent == {KEY}
    assert read([raw], rules(), receipt_id="rcp_1", after=1).wants.sent == frozenset()


def test_an_interchange_that_asks_for_a_ta1_gets_one_beside_its_997():
    effects = answered(asking(one()))
    assert [q.kind for q in only(effects, Queue)][:2] == ["x12_ta1", "x12_997"]
    assert segments(effects, "x12_ta1", "TA1") == ["TA1*000000001*261120*0912*A*000"]


def test_a_rejected_interchange_gets_a_ta1_and_no_997():
    raw = asking(one().replace(b"IEA*1*000000001~\n", b""))
    effects = answered(raw)
    assert [q.kind for q in only(effects, Queue)] == ["x12_ta1"]
    assert segments(effects, "x12_ta1", "TA1") == ["TA1*000000001*261120*0912*R*023"]
    assert len(only(effects, Refuse)) == 1


def test_a_rejection_is_told_unasked_where_the_profile_says_so():
    raw = one().replace(b"IEA*1*000000001~\n", b"")
    kinds = [
        [q.kind for q in only(answered(data, by), Queue)]
        for data, by in (
            (raw, to(ta1="asked")),
            (raw, to(ta1="rejecting")),
            (asking(raw), to(ta1="never")),
        )
    ]
    assert kinds == [[], ["x12_ta1"], []]


def test_other_bytes_under_a_number_are_told_as_025():
    raw = asking(one())
    (key,) = reading(raw).wants.interchanges
    seen = Seen(sha256="other", receipt_id="rcp_0")
    effects = answered(raw, around=world(interchanges={key: seen}))
    assert segments(effects, "x12_ta1", "TA1") == ["TA1*000000001*261120*0912*R*025"]


def test_a_transmission_of_ta1_alone_is_never_answered():
    raw = asking(one())
    head, tail = raw.index(b"GS*"), raw.index(b"IEA*")
    row = b"TA1*000000041*261121*0900*A*000~\n"
    effects = answered(raw[:head] + row + raw[tail:].replace(b"IEA*1", b"IEA*0"))
    assert only(effects, Queue) == []


def test_groups_of_005010_get_a_999_where_the_profile_asks_for_it():
    new = group(message("4711", *BAD), version="005010")
    accepts = [
        {"message": "x12_850", "version": "004010"},
        {"message": "x12_850", "version": "005010"},
    ]
    by = rules(profile(x12={"ack": "999"}, receives=accepts))
    effects = answered(interchange(new), by)
    assert segments(effects, "x12_999", "IK4") == ["IK4*2*380*6*x"]
    assert segments(effects, "x12_999", "CTX") == ["CTX*PO101>1"]
    old = answered(interchange(group(message("4711", *BAD))), by)
    assert segments(old, "x12_997", "AK4") == ["AK4*2*330*6*x"]


def test_a_separator_of_two_bytes_is_answered_by_the_code_of_that_separator():
    by = to(ta1="rejecting")
    for mark, code in ((b"*", "026"), (b">", "027"), (b"~", "004")):
        effects = answered(one().replace(mark, "§".encode()), by)
        assert segments(effects, "x12_ta1", "TA1")[0].endswith(f"*R*{code}")
        assert segments(effects, "x12_997", "AK1") == []
