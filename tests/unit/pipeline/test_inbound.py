"""Reading: envelopes, verdicts, orders, passes over a large transmission."""

from __future__ import annotations

import pytest

from gateway.findings.model import Verdict
from gateway.mappers import READERS
from gateway.mappers.mapped import Reader
from gateway.pipeline.answer import answer
from gateway.pipeline.arrived import keys_of, orders_of, wants_of
from gateway.pipeline.effects import Alert, Keep, Queue, Record, Refuse
from gateway.pipeline.inbound import read
from tests.starters import FOLDER, texts
from tests.unit.pipeline.parts import (
    LINE,
    SECOND,
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

FA = ["ST*997*0001", "AK1*PR*7", "AK9*A*1*1*1", "SE*4*0001"]


def several(count: int, *, bad: int = -1) -> bytes:
    """One group with so many orders; the one with index ``bad`` has a bad quantity."""
    messages = [
        message(
            f"PO{n}",
            LINE.replace("*12*", "*1,2*") if n == bad else LINE,
            number=f"{n + 1:04d}",
        )
        for n in range(count)
    ]
    return interchange(group(*messages))


def test_several_interchanges_of_a_file_are_read_in_their_order():
    data = one(number=1) + one(number=2, po="4712")
    got = reading(data).interchanges
    assert [each.begun.control_number for each in got] == ["000000001", "000000002"]
    assert [each.ordinal for each in got] == [1, 2]
    assert all(each.profile is not None for each in got)


def test_an_unknown_sender_is_nobodys():
    (got,) = reading(interchange(group(message()), sender="NEWBUYER")).interchanges
    assert got.profile is None
    assert got.stranger is not None
    assert (got.stranger.code, str(got.stranger.where)) == ("ENV-020", "ISA-06")


def test_a_known_sender_who_means_somebody_else_is_nobodys():
    data = interchange(group(message()), receiver="SOMEONEELSE")
    (got,) = reading(data).interchanges
    assert got.stranger is not None
    assert (got.stranger.code, str(got.stranger.where)) == ("ENV-024", "ISA-08")


def test_an_unknown_version_rejects_its_group_with_code_2():
    effects = answered(interchange(group(message(), version="003020")))
    assert segments(effects, "x12_997", "AK9") == ["AK9*R*1*1*0*2"]
    assert segments(effects, "x12_997", "AK2") == []
    assert only(effects, Keep) == []


def test_an_unknown_group_is_rejected_with_code_1():
    effects = answered(interchange(group(message(), kind="HC")))
    assert segments(effects, "x12_997", "AK9") == ["AK9*R*1*1*0*1"]


def test_an_unknown_message_type_is_rejected_with_code_1():
    effects = answered(interchange(group(message(set_id="840"))))
    assert segments(effects, "x12_997", "AK5") == ["AK5*R*1"]
    assert segments(effects, "x12_997", "AK9") == ["AK9*R*1*1*0"]


def test_a_type_that_the_profile_does_not_receive_is_rejected_with_code_1():
    effects = answered(one(), rules(profile(receives=[])))
    assert segments(effects, "x12_997", "AK5") == ["AK5*R*1"]
    assert only(effects, Keep) == []


def test_a_type_in_a_group_of_another_kind_is_rejected():
    (got,) = reading(interchange(group(message(), kind="PR"))).interchanges
    (found,) = got.groups[0].messages
    assert codes(found.findings) == ["ENV-016"]


def test_their_acknowledgements_are_recorded_and_never_answered():
    effects = answered(interchange(group(FA, kind="FA")))
    (record,) = only(effects, Record)
    assert [m.type for m in record.messages] == ["x12_997"]
    assert only(effects, Queue) == []


def test_beside_their_acknowledgement_an_order_is_answered():
    effects = answered(
        interchange(group(FA, kind="FA", number=8), group(message(), number=9))
    )
    assert segments(effects, "x12_997", "AK1") == ["AK1*PO*9"]
    assert len(only(effects, Keep)) == 1


def test_an_interchange_without_its_end_is_refused_and_not_answered():
    data = one()
    effects = answered(data[: data.index(b"IEA")])
    (refuse,) = only(effects, Refuse)
    assert refuse.partner_id == "acme"
    assert "ENV-008" in codes(refuse.findings)
    assert [a.finding.code for a in only(effects, Alert)] == ["ENV-008"]
    assert only(effects, Queue) == []


def test_a_refusal_tells_what_is_wrong_with_the_inner_envelopes_too():
    data = one()
    effects = answered(data[: data.index(b"N1*ST")])
    (refuse,) = only(effects, Refuse)
    assert {"ENV-008", "ENV-013", "ENV-062"} <= set(codes(refuse.findings))


def test_a_message_cut_off_by_the_next_envelope_has_one_finding():
    data = one()
    cut = data[: data.index(b"REF*IA")] + data[data.index(b"GE*1") :]
    (got,) = reading(cut).interchanges
    assert codes(got.groups[0].messages[0].findings) == ["ENV-013"]
    effects = answered(cut)
    assert segments(effects, "x12_997", "AK3") == []
    assert segments(effects, "x12_997", "AK5") == ["AK5*R*2"]


def test_a_group_that_cannot_be_acknowledged_refuses_its_interchange():
    data = one().replace(b"*0912*1*X*", b"*0912*A*X*").replace(b"GE*1*1~", b"GE*1*A~")
    (refuse,) = only(answered(data), Refuse)
    assert codes(refuse.findings) == ["ENV-065"]


@pytest.mark.parametrize(
    ("old", "new", "tolerated"),
    [
        (b"*0912*1*X*", b"*0912*A*X*", "ENV-065"),
        (b"ST*850*0001~", b"ST*850~", "ENV-015"),
    ],
)
def test_no_guide_makes_a_group_acknowledged_that_cannot_be(
    old: bytes, new: bytes, tolerated: str
):
    facts = texts(FOLDER / "acme/profile.yaml")["guide"]
    facts["severity"] = [{"code": tolerated, "severity": "warning"}]
    by = rules(profile(guide=facts))
    (refuse,) = only(answered(one().replace(old, new), by), Refuse)
    assert "ENV-009" in codes(refuse.findings)


def test_data_without_an_interchange_are_refused():
    (refuse,) = answered(b"Dear supplier, please send us two drills.")
    assert isinstance(refuse, Refuse)
    assert codes(refuse.findings) == ["WIRE-001"]


def test_what_stands_behind_an_interchange_is_noted_with_it():
    (record,) = only(answered(one() + b"PS: thank you"), Record)
    assert "WIRE-004" in codes(record.findings)


def test_a_mapper_that_crashes_is_a_finding_and_the_997_still_leaves(monkeypatch):
    def crash(*_: object) -> None:
        raise KeyError("PO1")

    broken = Reader(to_order=crash, reads=READERS["x12_850"].reads)  # type: ignore[arg-type]  # gives no order
    monkeypatch.setitem(READERS, "x12_850", broken)
    effects = answered(one())
    (record,) = only(effects, Record)
    assert codes(record.messages[0].findings) == ["MAP-001"]
    assert record.messages[0].verdict is Verdict.ACCEPTED
    assert segments(effects, "x12_997", "AK5") == ["AK5*A"]
    assert only(effects, Keep) == []
    assert [a.finding.code for a in only(effects, Alert)] == ["MAP-001"]


def test_a_crash_in_a_later_pass_is_told_as_well(monkeypatch):
    def crash(*_: object) -> None:
        raise KeyError("PO1")

    broken = Reader(to_order=crash, reads=READERS["x12_850"].reads)  # type: ignore[arg-type]  # gives no order
    by = rules()
    monkeypatch.setitem(READERS, "x12_850", broken)
    second = read([several(2)], by, receipt_id="rcp_1", after=1, orders=1)
    assert [a.finding.code for a in only(answer(second, world()), Alert)] == ["MAP-001"]


def passes(data: bytes, orders: int) -> tuple[list[object], list[int | None]]:
    """The effects of all passes, and where each of them ended."""
    by, after, ends = rules(), 0, []
    effects: list[object] = []
    while True:
        part = read([data], by, receipt_id="rcp_1", after=after, orders=orders)
        effects += answer(part, world())
        ends.append(part.next)
        if part.next is None:
            return effects, ends
        after = part.next


def test_passes_over_a_large_transmission_give_each_order_once_and_one_997():
    effects, ends = passes(several(7, bad=2), 2)
    assert ends == [2, 5, None]
    kept = [keep.order.po_number for keep in only(effects, Keep)]
    assert kept == ["PO0", "PO1", "PO3", "PO4", "PO5", "PO6"]
    assert segments(effects, "x12_997", "AK9") == ["AK9*P*7*7*6"]
    assert len(only(effects, Record)) == 1


def test_passes_give_the_same_effects_as_one_reading():
    data = several(5, bad=1)
    in_passes, _ = passes(data, 2)
    assert in_passes == list(answered(data))


def test_a_transmission_that_just_fits_needs_no_second_pass():
    assert reading(several(3)).next is None
    assert read([several(3)], rules(), receipt_id="r", orders=3).next is None


def test_with_no_orders_wanted_nothing_is_mapped():
    got = read([several(3)], rules(), receipt_id="r", orders=0)
    assert [m.mapped for m in got.interchanges[0].groups[0].messages] == [None] * 3
    assert got.next is None


def test_a_refused_interchange_is_refused_in_the_last_pass_only():
    data = one(number=3)
    cut = data[: data.index(b"IEA")]
    first = read([one() + cut], rules(), receipt_id="rcp_1", orders=1)
    assert first.next == 1
    assert not [e for e in answer(first, world()) if isinstance(e, Refuse)]
    last = read([one() + cut], rules(), receipt_id="rcp_1", after=1)
    assert last.next is None
    (refuse,) = [e for e in answer(last, world()) if isinstance(e, Refuse)]
    assert "ENV-008" in {finding.code for finding in refuse.findings}


def test_wants_name_the_interchange_the_order_and_its_items():
    got = reading(one(LINE, SECOND))
    wants = got.wants
    (key,) = wants.interchanges
    assert str(key) == "ZZ:ACME|ZZ:BOLTBEAM|000000001|P"
    assert {k.kind.partition("!")[0] for k in wants.orders} == {"order"}
    assert {k.po_number for k in wants.orders} == {"4711"}
    kinds = {tuple(k) for line in wants.items["acme"] for _, _, k in line}
    assert ("sku", "BB1001") in kinds
    assert ("buyer_part", "771002") in kinds


def test_an_unknown_sender_wants_nothing():
    data = interchange(group(message()), sender="NEWBUYER")
    wants = reading(data).wants
    assert (wants.interchanges, wants.orders, dict(wants.items)) == (
        frozenset(),
        frozenset(),
        {},
    )


def test_the_wants_of_a_kept_order_are_its_items():
    ((_, order),) = orders_of(reading(one()).interchanges[0])
    wants = wants_of(order, profile())
    assert wants.orders == frozenset()
    assert wants.items["acme"]


@pytest.mark.parametrize("usage", ["T", "I"])
def test_a_test_is_booked_under_its_own_kind(usage):
    got = reading(one(usage=usage))
    assert got.interchanges[0].is_test
    assert {k.kind.partition("!")[0] for k in got.wants.orders} == {"test_order"}


def test_an_order_of_a_partner_in_test_wants_the_keys_it_is_booked_under():
    by = rules(profile(stage="test"))
    got = reading(one(), by)
    ((_, order),) = orders_of(got.interchanges[0])
    keys = keys_of(order, "acme", test=True)
    assert got.wants.orders == {keys.own, keys.conflict}
    (keep,) = only(answered(one(), by), Keep)
    assert (keep.key, keep.digest) == (keys.own, keys.digest)
