"""Acknowledgements of ours: what they settle, and what they contradict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pytest

from gateway.edi.x12.acks import Ack, read_acks
from gateway.pipeline.effects import Alert
from gateway.pipeline.sent import GROUP, INTERCHANGE, Sent, SentKey, Settle
from gateway.pipeline.settle import Received, after, key_of, settle
from tests.unit.edi.parts import joined, read

NOW = dt.datetime(2026, 11, 21, 9, 5, tzinfo=dt.UTC)
ISA = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*BOLTBEAM       "
    "*261121*1000*U*00401*000000900*0*P*>"
)
ROW = Sent(
    partner_id="acme",
    id="msg_1",
    idem="855/ord_1/1/accepted",
    kind="x12_855",
    interchange_number=41,
    group_number=17,
    message_number=5,
    message_count=1,
    acknowledgement="waiting",
    created_at=NOW,
    order_id="ord_1",
)
THREE = replace(ROW, message_count=3)
AK9 = {"A": "AK9*A*1*1*1", "E": "AK9*E*1*1*1", "P": "AK9*P*1*1*0", "R": "AK9*R*1*1*0"}


def acks(*lines: str, kind: str = "997") -> tuple[Ack, ...]:
    """The acknowledgements in a 997 or 999 of these segments."""
    group = "GS*FA*ACME*BOLTBEAM*20261121*1000*9*X*004010"
    body = [f"ST*{kind}*0001", *lines, f"SE*{len(lines) + 2}*0001"]
    raw = joined([ISA, group, *body, "GE*1*9", "IEA*1*000000900"])
    return read_acks(read(raw))


def ta1(answer: str, code: str, number: str = "000000041") -> tuple[Ack, ...]:
    row = f"TA1*{number}*261121*0905*{answer}*{code}"
    return read_acks(read(joined([ISA, row, "IEA*0*000000900"])))


def settled(
    found: Iterable[Ack], *rows: Sent, receipt_id: str = "rcp_9"
) -> tuple[Settle | Alert, ...]:
    sent: dict[SentKey, tuple[Sent, ...]] = {}
    for row in rows or (ROW,):
        for level, number in (
            (GROUP, row.group_number),
            (INTERCHANGE, row.interchange_number),
        ):
            key = SentKey(partner_id="acme", level=level, number=number)
            sent[key] = (*sent.get(key, ()), row)
    received = [Received(ack, f"msg_in_{n}") for n, ack in enumerate(found, 1)]
    return settle(received, sent, partner_id="acme", receipt_id=receipt_id)


def status(effects: Iterable[object]) -> list[str]:
    return [e.acknowledgement for e in effects if isinstance(e, Settle)]


def alerts(effects: Iterable[object]) -> list[str]:
    return [e.finding.code for e in effects if isinstance(e, Alert)]


def codes(effects: Iterable[object]) -> list[str]:
    return [f.code for e in effects if isinstance(e, Settle) for f in e.findings]


def test_an_accepting_997_settles_the_message_it_names():
    found = acks("AK1*PR*17", "AK2*855*0005", "AK5*A", AK9["A"])
    assert settled(found) == (
        Settle(
            partner_id="acme",
            outbox_id="msg_1",
            idem="855/ord_1/1/accepted",
            was="waiting",
            acknowledgement="accepted",
            by="msg_in_1",
            receipt_id="rcp_9",
            order_id="ord_1",
        ),
    )


@pytest.mark.parametrize(
    ("ak5", "ak9", "now", "alert"),
    [
        ("A", "A", "accepted", []),
        ("E", "E", "accepted_with_errors", ["ENV-207"]),
        ("R", "R", "rejected", ["ENV-208"]),
        ("M", "R", "rejected", ["ENV-208"]),
        ("W", "R", "rejected", ["ENV-208"]),
        ("X", "R", "rejected", ["ENV-208"]),
    ],
)
def test_each_answer_has_its_status(ak5: str, ak9: str, now: str, alert: list[str]):
    effects = settled(acks("AK1*PR*17", "AK2*855*0005", f"AK5*{ak5}", AK9[ak9]))
    assert (status(effects), alerts(effects)) == ([now], alert)


def test_a_999_settles_too():
    found = acks("AK1*PR*17*005010", "AK2*855*0005", "IK5*A", AK9["A"], kind="999")
    assert status(settled(found)) == ["accepted"]


@pytest.mark.parametrize(
    ("answer", "now"),
    [
        ("A", "accepted"),
        ("E", "accepted_with_errors"),
        ("P", "partly_accepted"),
        ("R", "rejected"),
    ],
)
def test_ak9_without_ak2_speaks_for_the_whole_group(answer: str, now: str):
    assert status(settled(acks("AK1*PR*17", AK9[answer]), THREE)) == [now]


def test_one_of_three_sets_rejected_is_partly_accepted():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK5*A", "AK2*855*0006", "AK5*R*5"),
        *("AK2*855*0007", "AK5*A", "AK9*P*3*3*2"),
    )
    assert status(settled(found, THREE)) == ["partly_accepted"]


def test_sets_that_a_partial_answer_does_not_name_are_accepted():
    found = acks("AK1*PR*17", "AK2*855*0006", "AK5*R*5", "AK9*P*3*3*2")
    effects = settled(found, THREE)
    assert status(effects) == ["partly_accepted"]
    assert "ENV-206" not in codes(effects)


def test_a_set_with_errors_among_accepted_ones_is_accepted_with_errors():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK5*A", "AK2*855*0006", "AK5*E*5"),
        *("AK2*855*0007", "AK5*A", "AK9*E*3*3*3"),
    )
    assert status(settled(found, THREE)) == ["accepted_with_errors"]


def test_message_numbers_start_over_after_the_last():
    row = replace(THREE, message_number=999_999_999)
    found = acks(
        *("AK1*PR*17", "AK2*855*999999999", "AK5*A", "AK2*855*0001", "AK5*A"),
        *("AK2*855*0002", "AK5*A", "AK9*A*3*3*3"),
    )
    assert status(settled(found, row)) == ["accepted"]
    assert codes(settled(found, row)) == []


def test_numbers_are_compared_as_numbers():
    assert status(settled(acks("AK1*PR*0017", "AK2*855*5", "AK5*A", AK9["A"]))) == [
        "accepted"
    ]


def test_what_they_found_is_noted_place_by_place():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK3*PO1*9**8", "AK4*2*330*6*12,5"),
        *("AK3*ZZ*12**2", "AK5*R*5", AK9["R"]),
    )
    (effect, alert) = settled(found)
    assert isinstance(effect, Settle)
    assert isinstance(alert, Alert)
    told = [(f.code, str(f.where), f.value) for f in effect.findings]
    assert told == [
        ("ENV-208", "", ""),
        ("ENV-208", "ST (segment 1)", ""),
        ("ENV-208", "PO1-02 (segment 9)", "12,5"),
        ("ENV-208", "ZZ (segment 12)", ""),
    ]
    assert (alert.finding, alert.order_id) == (effect.findings[0], "ord_1")


def test_the_place_of_an_element_is_kept():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK3*PO1*9**8", "AK4*2>1*330*6*12,5"),
        *("AK5*R*5", AK9["R"]),
    )
    effect = settled(found)[0]
    assert isinstance(effect, Settle)
    where = effect.findings[2].where
    assert (where.element, where.component, where.data_element) == (2, 1, "330")


def test_findings_are_bounded():
    entries = [f"AK3*PO1*{n}**2" for n in range(1, 500)]
    found = acks("AK1*PR*17", "AK2*855*0005", *entries, "AK5*R*5", AK9["R"])
    assert len(codes(settled(found))) == 100


# What does not match.


@pytest.mark.parametrize(
    "lines",
    [
        ("AK1*PR*99", AK9["A"]),
        ("AK1*IN*17", AK9["A"]),
        ("AK1*PR*", AK9["A"]),
        ("AK1*PR*X", AK9["A"]),
    ],
)
def test_an_acknowledgement_of_nothing_of_ours_is_told(lines: tuple[str, ...]):
    effects = settled(acks(*lines))
    assert (status(effects), alerts(effects)) == ([], ["ENV-201"])


def test_a_ta1_for_nothing_of_ours_is_told():
    effects = settled(ta1("R", "006", "000000777"))
    assert (status(effects), alerts(effects)) == ([], ["ENV-201"])


def test_a_set_that_is_not_in_the_group_is_told_and_the_others_settled():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK5*A", "AK2*855*0099", "AK5*R*5"),
        *("AK2*850*0005", "AK5*R*5", "AK9*A*1*1*1"),
    )
    effects = settled(found)
    assert status(effects) == ["accepted"]
    assert codes(effects)[:2] == ["ENV-205", "ENV-205"]


def test_an_acknowledgement_that_says_nothing_settles_nothing():
    effects = settled(acks("AK1*PR*17", "AK9*Q*1*1*1"))
    assert (status(effects), alerts(effects)) == ([], ["ENV-101"])


def test_an_acknowledgement_of_our_acknowledgement_may_settle_that():
    row = replace(ROW, kind="x12_997", acknowledgement="not_expected")
    effects = settled(acks("AK1*FA*17", AK9["R"]), row)
    assert status(effects) == ["rejected"]


def test_a_ta1_of_ours_has_no_group():
    row = replace(ROW, kind="x12_ta1", message_count=0)
    assert alerts(settled(acks("AK1*PR*17", AK9["A"]), row)) == ["ENV-201"]


def test_the_series_tells_messages_of_one_number_apart():
    test = replace(ROW, id="msg_2", series="ZZ:BOLTBEAM>ZZ:ACMET")
    live = replace(ROW, series="ZZ:BOLTBEAM>ZZ:ACME")
    effects = settled(acks("AK1*PR*17", AK9["A"]), test, live)
    assert [e.outbox_id for e in effects if isinstance(e, Settle)] == ["msg_1"]


def test_of_several_the_one_that_waits_is_settled():
    old = replace(ROW, id="msg_0", acknowledgement="accepted")
    effects = settled(acks("AK1*PR*17", AK9["R"]), old, ROW)
    assert [e.outbox_id for e in effects if isinstance(e, Settle)] == ["msg_1"]


def test_of_several_the_one_of_the_moment_that_ta1_names_is_settled():
    old = replace(ROW, id="msg_0", created_at=NOW - dt.timedelta(days=900))
    effects = settled(ta1("R", "024"), old, ROW)
    assert [e.outbox_id for e in effects if isinstance(e, Settle)] == ["msg_1"]


def test_several_that_wait_are_told_and_not_settled():
    effects = settled(acks("AK1*PR*17", AK9["A"]), ROW, replace(ROW, id="msg_2"))
    assert (status(effects), alerts(effects)) == ([], ["ENV-209"])


# TA1.


def test_a_ta1_that_rejects_rejects_what_the_interchange_held():
    effects = settled(ta1("R", "025"))
    assert (status(effects), alerts(effects)) == (["rejected"], ["ENV-208"])
    assert codes(effects) == ["ENV-208"]


def test_a_ta1_that_accepts_does_not_acknowledge_the_message():
    assert settled(ta1("A", "000")) == ()


def test_a_ta1_with_errors_is_noted_and_changes_no_status():
    effects = settled(ta1("E", "014"))
    assert (status(effects), alerts(effects)) == (["waiting"], ["ENV-207"])


# What came before.


@pytest.mark.parametrize("was", ["not_expected", "waiting", "overdue"])
def test_a_message_that_nobody_acknowledged_takes_any_answer(was: str):
    row = replace(ROW, acknowledgement=was)
    effects = settled(acks("AK1*PR*17", AK9["A"]), row)
    assert (status(effects), alerts(effects)) == (["accepted"], [])


def test_the_same_answer_once_more_is_a_note_and_no_alert():
    row = replace(ROW, acknowledgement="rejected")
    effects = settled(acks("AK1*PR*17", AK9["R"]), row)
    assert (status(effects), codes(effects)) == (["rejected"], ["ENV-202"])
    assert alerts(effects) == []


@pytest.mark.parametrize(
    ("was", "answer"),
    [
        ("accepted", "R"),
        ("accepted", "P"),
        ("accepted", "E"),
        ("accepted_with_errors", "R"),
        ("partly_accepted", "R"),
    ],
)
def test_a_worse_answer_later_changes_nothing_and_is_told(was: str, answer: str):
    row = replace(ROW, acknowledgement=was)
    effects = settled(acks("AK1*PR*17", AK9[answer]), row)
    assert (status(effects), alerts(effects)) == ([was], ["ENV-203"])
    assert codes(effects)[0] == "ENV-203"


@pytest.mark.parametrize(("was", "now"), [("rejected", "A"), ("partly_accepted", "E")])
def test_a_better_answer_later_is_taken_and_told(was: str, now: str):
    row = replace(ROW, acknowledgement=was)
    effects = settled(acks("AK1*PR*17", AK9[now]), row)
    words = {"A": "accepted", "E": "accepted_with_errors"}
    assert (status(effects), alerts(effects)) == ([words[now]], ["ENV-204"])


@pytest.mark.parametrize(("was", "now"), [("rejected", "A"), ("partly_accepted", "E")])
def test_what_their_application_refused_stands_whatever_syntax_says(was: str, now: str):
    row = replace(ROW, acknowledgement=was, refused=True)
    effects = settled(acks("AK1*PR*17", AK9[now]), row)
    assert (status(effects), codes(effects)) == ([was], ["ENV-216"])
    assert alerts(effects) == []


def test_a_ta1_cannot_take_back_what_a_997_accepted():
    row = replace(ROW, acknowledgement="accepted")
    effects = settled(ta1("R", "024"), row)
    assert (status(effects), alerts(effects)) == (["accepted"], ["ENV-203"])


def test_two_answers_in_one_transmission_are_taken_in_turn():
    found = acks("AK1*PR*17", AK9["A"]) + acks("AK1*PR*17", AK9["R"])
    effects = settled(found)
    assert status(effects) == ["accepted", "accepted"]
    assert alerts(effects) == ["ENV-203"]
    assert [e.was for e in effects if isinstance(e, Settle)] == ["waiting", "accepted"]


# What contradicts itself.


@pytest.mark.parametrize(
    ("ak5", "ak9", "now"),
    [
        ("R*5", "A", "rejected"),
        ("A", "R", "rejected"),
        ("A", "P", "partly_accepted"),
        ("E*5", "A", "accepted_with_errors"),
    ],
)
def test_where_ak5_and_ak9_contradict_each_other_the_worse_counts(
    ak5: str, ak9: str, now: str
):
    effects = settled(acks("AK1*PR*17", "AK2*855*0005", f"AK5*{ak5}", AK9[ak9]))
    assert status(effects) == [now]
    assert "ENV-206" in codes(effects)


def test_a_set_named_twice_counts_as_its_worse_answer():
    found = acks(
        *("AK1*PR*17", "AK2*855*0005", "AK5*A", "AK2*855*0005", "AK5*R*5", AK9["R"])
    )
    assert status(settled(found)) == ["rejected"]


def test_sets_are_believed_where_ak9_is_missing():
    found = acks("AK1*PR*17", "AK2*855*0005", "AK5*R*5")
    assert status(settled(found)) == ["rejected"]


# For the batch.


def test_keys_name_the_level_and_the_number():
    (group,), (envelope,) = acks("AK1*PR*17", AK9["A"]), ta1("A", "000")
    assert key_of("acme", group) == SentKey(partner_id="acme", level=GROUP, number=17)
    assert key_of("acme", envelope) == SentKey(
        partner_id="acme", level=INTERCHANGE, number=41
    )


def test_the_next_of_a_batch_sees_what_was_settled():
    key = SentKey(partner_id="acme", level=GROUP, number=17)
    sent = {key: (ROW, replace(ROW, id="msg_2"))}
    effects = settled(acks("AK1*PR*17", AK9["A"]))
    now = after(sent, effects)
    assert [row.acknowledgement for row in now[key]] == ["accepted", "waiting"]
    assert after(sent, ()) is sent


def test_the_next_of_a_batch_knows_who_refused():
    key = SentKey(partner_id="acme", level=GROUP, number=17)
    (effect,) = (
        one for one in settled(acks("AK1*PR*17", AK9["R"])) if isinstance(one, Settle)
    )
    by_application = replace(effect, application=True)
    assert [row.refused for row in after({key: (ROW,)}, [effect])[key]] == [False]
    refused = after({key: (ROW,)}, [by_application])
    assert [row.refused for row in after(refused, [effect])[key]] == [True]
