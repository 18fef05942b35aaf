"""Groups and messages of known numbers in another interchange, and gaps between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.engine.reading import learned
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import (
    Advance,
    Alert,
    Effect,
    Keep,
    Queue,
    Record,
    Replay,
)
from gateway.pipeline.inbound import read
from gateway.pipeline.number_keys import Standing
from gateway.pipeline.rules import Rules
from tests.unit.pipeline.parts import (
    LINE,
    answered,
    codes,
    group,
    interchange,
    message,
    only,
    profile,
    reading,
    rules,
    segments,
    world,
)

FA = ["ST*997*0001", "AK1*PR*7", "AK9*A*1*1*1", "SE*4*0001"]


def unique(level: str, **x12: str) -> Rules:
    return rules(numbering(unique=level, **x12))


def numbering(**x12: str) -> Profile:
    own = profile().x12.model_dump(mode="json", exclude_unset=True)
    return profile(x12=own | x12)


def after(by: Rules, *transmissions: bytes) -> list[tuple[Effect, ...]]:
    """The effects of each transmission, rcp_1 onwards, after those before it."""
    around, out = world(), []
    for n, data in enumerate(transmissions, 1):
        effects = answered(data, by, around, receipt=f"rcp_{n}")
        around = learned(around, f"rcp_{n}", effects)
        out.append(effects)
    return out


def pos(effects: Sequence[Effect]) -> list[str]:
    return [keep.order.po_number for keep in only(effects, Keep)]


def alerts(effects: Sequence[Effect]) -> list[str]:
    return codes([alert.finding for alert in only(effects, Alert)])


def noted(effects: Sequence[Effect]) -> list[Finding]:
    """Findings of interchanges, groups and messages as they are recorded."""
    records = only(effects, Record)
    found = [f for record in records for f in record.findings]
    return found + [f for r in records for m in r.messages for f in m.findings]


def sets(*pos_: str, line: str = LINE) -> list[list[str]]:
    every = enumerate(pos_, 1)
    return [message(po, line, number=f"{n:04d}") for n, po in every]


# Groups.


def test_a_resent_group_books_nothing_and_gets_its_stored_answer():
    first = interchange(group(*sets("4711", "4712"), number=7), number=1)
    again = interchange(group(*sets("4711", "4712"), number=7), number=2)
    _, effects = after(unique("group"), first, again)
    assert pos(effects) == []
    assert only(effects, Queue) == []
    (replay,) = only(effects, Replay)
    assert (replay.receipt_id, replay.kinds) == ("rcp_1", ("x12_997", "x12_999"))
    assert [(f.code, str(f.where)) for f in noted(effects)] == [("ENV-084", "GS-06")]


def test_a_group_stamped_anew_is_still_a_resend():
    first = interchange(group(message(), number=7), number=1)
    again = interchange(group(message(), number=7), number=2)
    again = again.replace(b"*0912*7*X*", b"*1712*7*X*")
    assert only(after(unique("group"), first, again)[1], Replay)


def test_a_new_interchange_of_resent_groups_has_its_own_ta1():
    first = interchange(group(message(), number=7), number=1)
    again = interchange(group(message(), number=7), number=2)
    again = again.replace(b"*0*P*>", b"*1*P*>")
    _, effects = after(unique("group"), first, again)
    assert segments(effects, "x12_ta1", "TA1") == ["TA1*000000002*261120*0912*A*000"]


def test_a_group_number_with_other_content_is_rejected_and_told():
    first = interchange(group(message("4711"), number=7), number=1)
    other = interchange(group(message("4712"), number=7), number=2)
    _, effects = after(unique("group"), first, other)
    assert (pos(effects), alerts(effects)) == ([], ["ENV-066"])
    assert segments(effects, "x12_997", "AK9") == ["AK9*R*1*1*0*6"]
    assert [(f.code, str(f.severity)) for f in noted(effects)] == [
        ("ENV-066", "reject")
    ]


def test_groups_that_start_over_are_new_by_default():
    first = interchange(group(message("4711"), number=7), number=1)
    other = interchange(group(message("4712"), number=7), number=2)
    _, effects = after(rules(), first, other)
    assert (pos(effects), noted(effects)) == (["4712"], [])


def test_tests_have_group_numbers_of_their_own():
    test = interchange(group(message("4711"), number=7), usage="T")
    live = interchange(group(message("4712"), number=7), number=2)
    assert pos(after(unique("group"), test, live)[1]) == ["4712"]


def test_a_resent_group_beside_a_new_one_is_acknowledged_with_it():
    first = interchange(group(message("4711"), number=7), number=1)
    both = interchange(
        group(message("4711"), number=7), group(message("4712"), number=8), number=2
    )
    _, effects = after(unique("group"), first, both)
    assert (pos(effects), only(effects, Replay)) == (["4712"], [])
    assert segments(effects, "x12_997", "AK9") == ["AK9*A*1*1*1", "AK9*A*1*1*1"]


def test_a_refused_group_takes_no_number():
    refused = interchange(group(message("4711"), number=7, version="003010"))
    good = interchange(group(message("4711"), number=7), number=2)
    first, effects = after(unique("group"), refused, good)
    assert segments(first, "x12_997", "AK9") == ["AK9*R*1*1*0*2"]
    assert pos(effects) == ["4711"]


def test_a_group_twice_in_one_interchange_is_booked_once():
    data = interchange(group(message(), number=7), group(message(), number=7))
    effects = answered(data, unique("group"))
    assert pos(effects) == ["4711"]
    assert codes(noted(effects)) == ["ENV-066", "ENV-084"]
    assert segments(effects, "x12_997", "AK9") == ["AK9*A*1*1*1", "AK9*E*1*1*1*6"]


def test_other_content_under_a_number_of_the_same_interchange_has_one_finding():
    data = interchange(
        group(message("4711"), number=7), group(message("4712"), number=7)
    )
    effects = answered(data, unique("group"))
    assert pos(effects) == ["4711"]
    assert [(f.code, str(f.severity)) for f in noted(effects)] == [
        ("ENV-066", "reject")
    ]


def test_a_group_twice_in_one_transmission_is_booked_once():
    first = interchange(group(message(), number=7), number=1)
    again = interchange(group(message(), number=7), number=2)
    effects = answered(first + again, unique("group"))
    assert pos(effects) == ["4711"]
    assert [replay.receipt_id for replay in only(effects, Replay)] == ["rcp_1"]


def test_the_same_receipt_processed_again_is_no_resend():
    data = interchange(group(message(), number=7))
    by = unique("group")
    around = learned(world(), "rcp_1", answered(data, by))
    again = answered(data, by, around, receipt="rcp_1")
    assert codes(noted(again)) == ["DUP-101"]  # the order's own key is another matter


def test_acknowledgements_of_theirs_are_not_looked_at():
    first = interchange(group(FA, number=7, kind="FA"), number=1)
    other = interchange(group([*FA], number=7, kind="FA"), number=2)
    _, effects = after(unique("set"), first, other)
    assert noted(effects) == []


# Sets.


def test_resent_sets_are_not_booked_and_others_under_their_number_are_rejected():
    first = interchange(group(*sets("4711", "4712"), number=7), number=1)
    mixed = interchange(group(*sets("4711", "4799", "4713"), number=7), number=2)
    _, effects = after(unique("set"), first, mixed)
    assert (pos(effects), alerts(effects)) == (["4713"], ["ENV-018"])
    assert segments(effects, "x12_997", "AK5") == ["AK5*A", "AK5*R*23", "AK5*A"]
    assert segments(effects, "x12_997", "AK9") == ["AK9*P*3*3*2"]
    (record,) = only(effects, Record)
    assert [codes(m.findings) for m in record.messages] == [
        ["ENV-084"],
        ["ENV-018"],
        [],
    ]


def test_a_group_of_resent_sets_gets_its_stored_answer():
    first = interchange(group(*sets("4711", "4712"), number=7), number=1)
    again = interchange(group(*sets("4711"), number=7), number=2)
    _, effects = after(unique("set"), first, again)
    assert (pos(effects), only(effects, Queue)) == ([], [])
    assert [replay.receipt_id for replay in only(effects, Replay)] == ["rcp_1"]


def test_a_set_number_twice_in_a_group_has_one_finding_when_it_is_resent():
    twice = [message("4711", number="0001"), message("4712", number="0001")]
    data = group(*twice, number=7)
    _, effects = after(
        unique("set"), interchange(data, number=1), interchange(data, number=2)
    )
    (record,) = only(effects, Record)
    assert [codes(m.findings) for m in record.messages] == [["ENV-084"], ["ENV-018"]]


# Passes over a large transmission.


def in_passes(data: bytes, by: Rules, around: Any, receipt: str) -> list[Effect]:
    """The effects of all passes, one order in each."""
    out: list[Effect] = []
    cursor = 0
    while True:
        part = read([data], by, receipt_id=receipt, after=cursor, orders=1)
        effects = answer(part, around)
        around = learned(around, receipt, effects)
        out += effects
        if part.next is None:
            return out
        cursor = part.next


@pytest.mark.parametrize("level", ["group", "set"])
def test_every_pass_knows_what_came_before(level: str):
    by = unique(level)
    first = interchange(
        group(*sets("A1", "A2", "A3"), number=7),
        group(*sets("B1", "B2"), number=8),
        number=1,
    )
    second = interchange(
        group(*sets("A1", "A2", "A3"), number=7),
        group(*sets("C1", "C2"), number=9),
        group(*sets("C1", "C2"), number=9),
        number=2,
    )
    before = in_passes(first, by, world(), "rcp_1")
    assert pos(before) == ["A1", "A2", "A3", "B1", "B2"]
    around = learned(world(), "rcp_1", tuple(before))
    effects = in_passes(second, by, around, "rcp_2")
    assert pos(effects) == ["C1", "C2"]
    assert len(only(effects, Record)) == 1


# What is asked of the store.


def test_default_profiles_ask_nothing_more():
    wants = reading(interchange(group(message(), number=7))).wants
    assert (wants.numbers, wants.sequences) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("level", "asked"),
    [
        ("group", ["PO|ACMEPROD|BOLTBEAM|7|P"]),
        (
            "set",
            [
                "PO|ACMEPROD|BOLTBEAM|7|P|850|0001",
                "PO|ACMEPROD|BOLTBEAM|7|P|850|0002",
            ],
        ),
    ],
)
def test_numbers_are_asked_for_down_to_the_level_of_the_profile(
    level: str, asked: list[str]
):
    data = interchange(group(*sets("4711", "4712"), number=7))
    wants = reading(data, unique(level)).wants
    assert sorted(map(str, wants.numbers)) == asked
    assert sorted(map(str, (wants | wants).numbers)) == asked


# Gaps.


def numbered(*numbers: tuple[int, int]) -> list[bytes]:
    """Transmissions of an interchange each, with these ISA13 and GS06."""
    return [
        interchange(group(message(f"PO{isa}-{n}"), number=gs), number=isa)
        for n, (isa, gs) in enumerate(numbers)
    ]


def test_a_missing_interchange_is_told_and_fills_its_gap_when_it_comes_late():
    by = rules(numbering(gaps="warn"))
    every = after(by, *numbered((1, 11), (2, 12), (5, 15), (3, 13), (4, 14), (6, 16)))
    assert [alerts(effects) for effects in every] == [
        [],
        [],
        ["ENV-085", "ENV-085"],
        ["ENV-086", "ENV-086"],
        ["ENV-086", "ENV-086"],
        [],
    ]
    told = [a.finding.what for a in only(every[2], Alert)]
    assert told == [
        "ISA13: 5 came, 3 to 4 did not come yet",
        "GS06 of PO groups: 15 came, 13 to 14 did not come yet",
    ]
    assert [pos(effects) != [] for effects in every] == [True] * 6


def test_a_sequence_goes_on_over_its_end():
    by = rules(numbering(gaps="warn"))
    last = 999_999_999
    every = after(by, *numbered((last - 1, 1), (1, 2), (last, 3), (2, 4)))
    assert [alerts(effects) for effects in every] == [[], ["ENV-085"], ["ENV-086"], []]


def test_one_who_is_not_watched_has_no_gaps():
    every = after(rules(), *numbered((1, 1), (5, 5)))
    assert [only(effects, Advance) for effects in every] == [[], []]
    assert [alerts(effects) for effects in every] == [[], []]


def test_a_refused_interchange_has_come_all_the_same():
    by = rules(numbering(gaps="warn"))
    one, two, three = numbered((1, 1), (2, 2), (3, 3))
    refused = two.replace(b"IEA*1*000000002~", b"")
    every = after(by, one, refused, three)
    assert "ENV-008" in alerts(every[1])
    assert alerts(every[2]) == []


def test_a_resent_interchange_leaves_the_sequence_as_it_is():
    by = rules(numbering(gaps="warn"))
    one, two = numbered((1, 1), (2, 2))
    again = after(by, one, two, one)[2]
    assert {a.standing for a in only(again, Advance)} == {Standing(last=2)}
    assert alerts(again) == []


def test_interchanges_of_one_transmission_follow_each_other():
    by = rules(numbering(gaps="warn"))
    (effects,) = after(by, b"".join(numbered((1, 1), (2, 2), (4, 3))))
    assert alerts(effects) == ["ENV-085"]
