"""Releasing a held order: as ordered, to ours, or not at all; whole or by line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.catalog import Prices, check
from gateway.findings import Finding
from gateway.order.life import State
from gateway.partner import Profile
from gateway.pipeline.effects import Decide, Expect, Keep, Queue
from gateway.pipeline.release import As, Kept, Released, release
from tests.unit.pipeline.parts import (
    CHEAP,
    LINE,
    NOW,
    SECOND,
    STRANGE,
    answered,
    one,
    only,
    prices,
    profile,
    rules,
    segments,
    written,
)

LATER = NOW + dt.timedelta(hours=2)
DEAR = SECOND.replace("*24.95*", "*30*")
AMBIGUOUS = "PO1*1*12*EA*84*PE*VP*BB-1001*BP*77-1002"


def kept(data: bytes, who: Profile | None = None) -> Kept:
    """An order as the store has it after it was received."""
    who = who or profile()
    (keep,) = only(answered(data, rules(who)), Keep)
    return Kept(order=keep.order, ack=keep.ack, state=keep.state, profile=who)


def released(
    held: Kept,
    as_: As,
    *lines: str,
    reason: str = "",
    known: Prices | None = None,
) -> tuple[object, ...]:
    """The effects of a release, or what speaks against it."""
    now_known = prices() if known is None else known
    checked = check(held.order, now_known, held.profile, LATER)
    wanted = Released(as_=as_, lines=lines, reason=reason, by="desk")
    return release(held, wanted, checked, LATER)


def after(held: Kept, effects: tuple[object, ...]) -> Kept:
    """The order once these effects are carried out."""
    (decide,) = only(effects, Decide)
    return replace(held, ack=decide.ack, state=decide.state)


def kinds(effects: tuple[object, ...]) -> list[str]:
    """What becomes of each line."""
    (decide,) = only(effects, Decide)
    return [s.kind for line in decide.ack.lines for s in line.statuses]


def against(effects: tuple[object, ...]) -> list[tuple[str, str]]:
    """Codes and places of what speaks against it."""
    assert all(isinstance(e, Finding) for e in effects)
    return [(e.code, str(e.where)) for e in effects if isinstance(e, Finding)]


def test_accept_confirms_what_waited_as_ordered_and_sends_the_855():
    effects = released(kept(one(CHEAP, SECOND)), "accept")
    assert [type(e) for e in effects] == [Decide, Queue, Expect]
    (decide,) = only(effects, Decide)
    assert (decide.was, decide.state, decide.by) == (
        State.HELD,
        State.CONFIRMED,
        "desk",
    )
    assert segments(effects, "x12_855", "ACK") == ["ACK*IA*12*EA", "ACK*IA*20*EA"]
    assert segments(effects, "x12_855", "PO1")[0] == CHEAP


def test_the_answer_bears_the_day_of_the_release():
    held = kept(one(CHEAP))
    tomorrow = NOW + dt.timedelta(days=1)
    checked = check(held.order, prices(), held.profile, tomorrow)
    effects = release(held, Released(as_="accept"), checked, tomorrow)
    assert segments(effects, "x12_855", "BAK")[0].endswith("*20261122")


def test_change_confirms_our_price_and_says_why():
    effects = released(kept(one(CHEAP, SECOND)), "change")
    assert kinds(effects) == ["change_price", "accept"]
    assert segments(effects, "x12_855", "BAK")[0].startswith("BAK*00*AC*")
    assert segments(effects, "x12_855", "ACK")[0] == "ACK*IP*12*EA"
    assert segments(effects, "x12_855", "PO1")[0].split("*")[4] == "84.00"
    assert segments(effects, "x12_855", "N9") == ["N9*L1*CAT-301"]


def test_change_of_a_date_in_the_head_promises_our_day():
    effects = released(kept(one(LINE, SECOND, ship_by="20261103")), "change")
    assert segments(effects, "x12_855", "ACK") == [
        "ACK*DR*12*EA*068*20261203",
        "ACK*DR*20*EA*068*20261203",
    ]


def test_change_without_anything_of_ours_is_refused():
    effects = released(kept(one(AMBIGUOUS)), "change")
    assert [code for code, _ in against(effects)] == ["CHG-002"]


def test_change_uses_the_prices_of_the_day_of_the_release():
    effects = released(kept(one(CHEAP)), "change", known=Prices())
    assert [code for code, _ in against(effects)] == ["CHG-002"]


def test_reject_refuses_every_line_with_the_reason_in_the_head():
    effects = released(kept(one(CHEAP, SECOND)), "reject", reason="Not at this price.")
    (decide,) = only(effects, Decide)
    assert (decide.state, decide.reason) == (State.REJECTED, "Not at this price.")
    assert segments(effects, "x12_855", "BAK")[0].startswith("BAK*00*RD*")
    assert segments(effects, "x12_855", "ACK") == ["ACK*IR*12*EA", "ACK*IR*20*EA"]
    assert segments(effects, "x12_855", "MSG")[0] == "MSG*Not at this price."


def test_a_rejected_line_has_the_operators_words():
    effects = released(kept(one(CHEAP, SECOND)), "reject", "1", reason="Sold out.")
    assert kinds(effects) == ["bad_price", "accept"]
    assert segments(effects, "x12_855", "MSG") == ["MSG*Sold out."]
    (decide,) = only(effects, Decide)
    assert (decide.state, decide.ack.type) == (State.CHANGED, "accepted_with_changes")


def test_as_long_as_a_line_waits_the_order_stays_held_and_nothing_leaves():
    held = kept(one(CHEAP, DEAR))
    effects = released(held, "accept", "1")
    assert [type(e) for e in effects] == [Decide]
    assert kinds(effects) == ["accept", "hold"]
    rest = released(after(held, effects), "change", "2")
    assert kinds(rest) == ["accept", "change_price"]
    assert len(written(rest, "x12_855")) == 1


def test_a_head_that_waits_is_not_settled_by_naming_lines():
    held = kept(one(CHEAP, ship_to="DC99"))
    effects = released(held, "accept", "1")
    (decide,) = only(effects, Decide)
    assert (decide.state, decide.ack.type) == (State.HELD, "held")
    rest = released(after(held, effects), "accept")
    (decide,) = only(rest, Decide)
    assert decide.state is State.CONFIRMED
    assert decide.ack.reasons == ()


def test_a_line_that_policy_refused_stays_refused_when_the_rest_is_accepted():
    effects = released(kept(one(CHEAP, STRANGE)), "accept")
    assert kinds(effects) == ["accept", "bad_item"]


def test_a_refused_line_is_accepted_only_by_its_name():
    held = kept(one(CHEAP, STRANGE))
    effects = released(held, "accept", "1", "2")
    assert kinds(effects) == ["accept", "accept"]


def test_accepting_an_answer_that_refuses_every_line_needs_their_names():
    held = kept(one(STRANGE, ship_to="DC99"))
    assert held.state is State.HELD
    assert against(released(held, "accept")) == [("CHG-001", "/lines")]


def test_an_order_that_waits_for_the_erp_is_confirmed_as_proposed():
    held = kept(one(LINE, STRANGE), profile({"ack": "on_erp"}))
    effects = released(held, "accept")
    (decide,) = only(effects, Decide)
    assert (decide.was, decide.state) == (State.RECEIVED, State.CHANGED)
    assert segments(effects, "x12_855", "ACK") == ["ACK*IA*12*EA", "ACK*R2*3*EA"]


@pytest.mark.parametrize("as_", ["accept", "change", "reject"])
def test_a_settled_order_cannot_be_released(as_):
    assert [code for code, _ in against(released(kept(one()), as_))] == ["CHG-001"]


def test_lines_that_there_are_not_are_named():
    effects = released(kept(one(CHEAP)), "accept", "1", "7", "8")
    assert against(effects) == [("API-011", "/lines"), ("API-011", "/lines")]


def test_a_confirmation_of_a_spoken_order_can_only_be_rejected():
    held = kept(one(beg="06*SA"), profile(guide={"sku": {"qualifiers": ["VP"]}}))
    assert against(released(held, "accept")) == [("CHG-001", "/purpose")]
    assert kinds(released(held, "reject")) == ["reject"]


def test_a_buyer_who_wants_no_answer_gets_none_from_a_release():
    data = one(CHEAP).replace(b"**20261120~\n", b"**20261120**NA~\n", 1)
    assert [type(e) for e in released(kept(data), "accept")] == [Decide]


def test_an_answer_goes_through_the_channel_of_the_profile():
    (queue,) = only(released(kept(one(CHEAP)), "accept"), Queue)
    assert (queue.channel, queue.order_id) == ("drop", kept(one(CHEAP)).order.id)
