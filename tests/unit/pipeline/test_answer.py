"""Answering: duplicates, conflicts, resent interchanges, tests, who gets an 855."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.order.change import Cancel
from gateway.order.life import State
from gateway.pipeline.effects import (
    Alert,
    Expect,
    Keep,
    KeepChange,
    Queue,
    Record,
    Refuse,
    Replay,
)
from tests.unit.pipeline.parts import (
    CHEAP,
    NOW,
    SECOND,
    afterwards,
    answered,
    codes,
    group,
    interchange,
    message,
    one,
    only,
    profile,
    rules,
    segments,
    world,
    written,
)


def then(first: bytes, second: bytes, by=None):
    """The effects of the second transmission, after the first was carried out."""
    by = by or rules()
    before = answered(first, by, receipt="rcp_1")
    around = afterwards(world(), "rcp_1", before)
    return before, answered(second, by, around, receipt="rcp_2")


def test_a_good_order_is_recorded_acknowledged_kept_and_confirmed():
    kinds = [type(effect) for effect in answered(one())]
    assert kinds == [Record, Queue, Keep, Queue, Expect]


def test_the_997_of_a_later_group_has_its_own_message_in_one_interchange():
    effects = answered(
        interchange(group(message(), number=1), group(message("4712"), number=2))
    )
    assert segments(effects, "x12_997", "AK1") == ["AK1*PO*1", "AK1*PO*2"]
    assert len(written(effects, "x12_997")) == 1


def test_operators_hear_of_a_rejected_group_that_has_no_message_left():
    lost = one().replace(b"ST*", b"XX*")

    effects = answered(lost)
    told = [effect for effect in effects if isinstance(effect, Alert)]
    assert segments(effects, "x12_997", "AK9")[0].startswith("AK9*R")
    assert [(one.finding.code, str(one.kind)) for one in told] == [
        ("ENV-064", "rejected")
    ]


def test_operators_hear_of_a_rejected_group_whose_messages_have_no_fault():
    other = answered(one().replace(b"*004010", b"*003050"))
    told = [effect for effect in other if isinstance(effect, Alert)]
    assert segments(other, "x12_997", "AK9") == ["AK9*R*1*1*0*2"]
    assert [(one.finding.code, str(one.kind)) for one in told] == [
        ("ENV-061", "rejected")
    ]


def test_a_resent_interchange_gets_its_997_again_and_nothing_else():
    _, effects = then(one(), one())
    (replay,) = effects
    assert isinstance(replay, Replay)
    assert (replay.receipt_id, replay.kinds) == (
        "rcp_1",
        ("x12_ta1", "x12_997", "x12_999"),
    )


def test_an_interchange_number_with_other_bytes_is_refused():
    _, effects = then(one(), one(SECOND))
    (refuse,) = only(effects, Refuse)
    assert codes(refuse.findings) == ["ENV-001"]
    assert str(refuse.findings[0].where) == "ISA-13"
    assert [a.finding.code for a in only(effects, Alert)] == ["ENV-001"]
    assert only(effects, Queue) == []


def test_the_same_receipt_processed_again_is_no_resend():
    before = answered(one())
    around = afterwards(world(), "rcp_1", before)
    assert only(answered(one(), around=around, receipt="rcp_1"), Record)


def test_an_interchange_twice_in_one_file_is_processed_once():
    effects = answered(one() + one())
    assert len(only(effects, Record)) == 1
    assert len(only(effects, Keep)) == 1
    (replay,) = only(effects, Replay)
    assert replay.receipt_id == "rcp_1"


def test_a_number_twice_in_one_file_with_other_bytes_is_refused_the_second_time():
    effects = answered(one() + one(SECOND, po="4712"))
    assert [k.order.po_number for k in only(effects, Keep)] == ["4711"]
    (refuse,) = only(effects, Refuse)
    assert codes(refuse.findings) == ["ENV-001"]


def test_an_order_that_came_before_gets_its_first_answer_again():
    before, effects = then(one(), one(number=2))
    (first,) = only(before, Keep)
    (replay,) = only(effects, Replay)
    assert (replay.order_id, replay.kinds) == (first.order_id, ("x12_855",))
    assert only(effects, Keep) == []
    assert len(segments(effects, "x12_997", "AK1")) == 1


def test_a_repeated_order_is_noted_with_its_message():
    _, effects = then(one(), one(number=2))
    (record,) = only(effects, Record)
    (found,) = record.messages[0].findings
    assert (found.code, str(found.where)) == ("DUP-101", "BEG-03 (segment 2)")


def test_an_order_twice_in_one_interchange_is_booked_once():
    data = interchange(group(message(), message(number="0002")))
    effects = answered(data)
    (keep,) = only(effects, Keep)
    (replay,) = only(effects, Replay)
    assert replay.order_id == keep.order_id


def test_a_repeated_order_can_be_rejected():
    by = rules(profile({"decisions": {"duplicate_same": "reject_order"}}))
    _, effects = then(one(), one(number=2), by)
    (keep,) = only(effects, Keep)
    assert keep.state is State.REJECTED
    assert segments(effects, "x12_855", "BAK")[0].startswith("BAK*00*RD*4711")


def test_a_repeated_order_can_be_held():
    by = rules(profile({"decisions": {"duplicate_same": "hold"}}))
    _, effects = then(one(), one(number=2), by)
    (keep,) = only(effects, Keep)
    assert keep.state is State.HELD
    assert [a.finding.code for a in only(effects, Alert)] == ["DUP-101"]


def test_an_order_number_with_other_content_is_held_beside_the_first():
    before, effects = then(one(), one(SECOND, number=2))
    (first,), (second,) = only(before, Keep), only(effects, Keep)
    assert second.state is State.HELD
    assert codes(second.findings) == ["DUP-102"]
    assert second.key != first.key
    assert second.key.kind.startswith("order!")


def test_a_conflict_that_comes_again_is_not_kept_a_second_time():
    by = rules()
    effects = answered(one(), by, receipt="rcp_1")
    around = afterwards(world(), "rcp_1", effects)
    conflict = answered(one(SECOND, number=2), by, around, receipt="rcp_2")
    around = afterwards(around, "rcp_2", conflict)
    again = answered(one(SECOND, number=3), by, around, receipt="rcp_3")
    (kept,) = only(conflict, Keep)
    (replay,) = only(again, Replay)
    assert replay.order_id == kept.order_id
    assert only(again, Keep) == []


def test_a_conflict_of_a_partner_in_test_is_known_again_too():
    by = rules(profile(stage="test"))
    around = afterwards(world(), "rcp_1", answered(one(), by))
    conflict = answered(one(SECOND, number=2), by, around, receipt="rcp_2")
    around = afterwards(around, "rcp_2", conflict)
    again = answered(one(SECOND, number=3), by, around, receipt="rcp_3")
    assert only(again, Keep) == []


def test_a_test_interchange_is_answered_as_a_test_and_kept_apart():
    effects = answered(one(usage="T"))
    (record,), (keep,) = only(effects, Record), only(effects, Keep)
    assert codes(record.findings) == ["ENV-081"]
    assert keep.test
    assert keep.order.test
    assert keep.key.kind == "test_order"
    usages = [isa.split("*")[15] for isa in segments(effects, "x12_855", "ISA")]
    assert usages == ["T"]


def test_a_test_does_not_stand_in_the_way_of_the_order():
    _, effects = then(one(usage="T"), one(number=2))
    (keep,) = only(effects, Keep)
    assert (keep.test, keep.state) == (False, State.CONFIRMED)


def test_a_partner_in_test_gets_a_test_answer_to_a_production_order():
    effects = answered(one(), rules(profile(stage="test")))
    (record,), (keep,) = only(effects, Record), only(effects, Keep)
    assert codes(record.findings) == ["ENV-082"]
    assert keep.test
    usages = [isa.split("*")[15] for isa in segments(effects, "x12_855", "ISA")]
    assert usages == ["T"]
    usages = [isa.split("*")[15] for isa in segments(effects, "x12_997", "ISA")]
    assert usages == ["P"]


def test_a_held_order_sends_no_855_and_alerts():
    effects = answered(one(CHEAP))
    (keep,) = only(effects, Keep)
    assert keep.state is State.HELD
    assert written(effects, "x12_855") == []
    (alert,) = only(effects, Alert)
    assert (alert.finding.code, alert.order_id) == ("CAT-301", keep.order_id)


def test_the_alert_names_what_holds_and_no_lesser_finding():
    without_currency = one(CHEAP, cur="")
    (alert,) = only(answered(without_currency), Alert)
    (keep,) = only(answered(without_currency), Keep)
    assert codes(keep.findings) == ["MAP-003", "CAT-301"]
    assert alert.finding.code == "CAT-301"


def test_a_buyer_who_wants_no_answer_gets_none():
    effects = answered(one().replace(b"**20261120~\n", b"**20261120**NA~\n", 1))
    (keep,) = only(effects, Keep)
    assert keep.state is State.CONFIRMED
    assert written(effects, "x12_855") == []


def test_a_partner_who_takes_no_855_gets_none():
    effects = answered(one(), rules(profile(sends=[])))
    assert len(only(effects, Keep)) == 1
    assert written(effects, "x12_855") == []


def test_where_the_erp_confirms_the_order_is_received_and_nothing_leaves():
    effects = answered(one(), rules(profile({"ack": "on_erp"})))
    (keep,) = only(effects, Keep)
    assert (keep.state, keep.ack.type) == (State.RECEIVED, "accepted")
    assert written(effects, "x12_855") == []


def test_their_997_of_our_855_is_expected_within_a_day():
    (expect,) = only(answered(one()), Expect)
    (queue,) = [q for q in only(answered(one()), Queue) if q.kind == "x12_855"]
    assert expect.idem == queue.idem
    assert expect.due_at == NOW + dt.timedelta(hours=24)


def test_an_order_gets_our_number_and_a_refused_one_shows_none():
    (good,) = only(answered(one()), Keep)
    assert good.order.sales_order_number.startswith("BB-261121-")
    number = good.order.sales_order_number
    assert segments(answered(one()), "x12_855", "BAK")[0].split("*")[8] == number
    euro = one(cur="CUR*BY*EUR")
    assert segments(answered(euro), "x12_855", "BAK")[0].split("*")[8] == ""


@pytest.mark.parametrize("purpose", ["22", "07"])
def test_a_copy_is_recorded_and_not_booked(purpose):
    guide = {"guide": {"sku": {"qualifiers": ["VP"]}}}
    effects = answered(one(beg=f"{purpose}*SA"), rules(profile(**guide)))
    (record,) = only(effects, Record)
    assert "MAP-011" in codes(record.messages[0].findings)
    assert only(effects, Keep) == []
    assert segments(effects, "x12_997", "AK5") == ["AK5*A"]


def test_a_confirmation_of_a_spoken_order_is_never_accepted_as_an_order():
    by = rules(
        profile(
            {"decisions": {"mapping": "accept"}},
            guide={"sku": {"qualifiers": ["VP"]}},
        )
    )
    (keep,) = only(answered(one(beg="06*SA"), by), Keep)
    assert (keep.order.purpose, keep.state) == ("confirm", State.HELD)


def test_a_cancellation_is_taken_as_a_change():
    effects = answered(one(beg="01*SA"))
    (change,) = only(effects, KeepChange)
    assert only(effects, Keep) == []
    assert isinstance(change.change, Cancel)


def test_same_input_gives_the_same_effects():
    assert answered(one()) == answered(one())


def test_ids_are_of_the_receipt_and_the_message():
    data = interchange(group(message(), message("4712", number="0002")))
    (record,) = only(answered(data), Record)
    first, second = only(answered(data), Keep)
    assert [m.id for m in record.messages] == [first.message_id, second.message_id]
    assert first.order_id != second.order_id
    other = only(answered(data, receipt="rcp_9"), Keep)
    assert other[0].order_id != first.order_id
