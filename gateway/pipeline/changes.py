"""Changes of orders as effects: taken in order, answered once, waiting where early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.catalog import Prices, Supply
from gateway.findings import Finding, Where
from gateway.order import Order
from gateway.order.ack import OrderAck
from gateway.order.change import Change
from gateway.order.content import change_digest
from gateway.order.life import ChangeState, State
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind
from gateway.partner.policy import Action
from gateway.pipeline.blankets import after_draw, blanket_place
from gateway.pipeline.booked import (
    ORDER_KINDS,
    Booked,
    KnownChange,
    OrderPlace,
    meant,
    place_of,
)
from gateway.pipeline.changing import (
    Circumstances,
    Judged,
    came_before,
    judge,
    repeated,
)
from gateway.pipeline.effects import (
    Alert,
    Decide,
    Effect,
    Keep,
    KeepChange,
    SettleChange,
)
from gateway.pipeline.handover import ERP_ANSWER, hand_over, handed
from gateway.pipeline.outbound import answer_kind, channel_for, tell, tell_change
from gateway.pipeline.own_effects import Draw, Due, Met, Promise
from gateway.pipeline.world import World
from gateway.values import changed

CHANGE_WAIT = "change_wait"
"""The kind of a deadline for what a change waits for: its order, or one before it."""
_OPEN = frozenset({ChangeState.WAITING, ChangeState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A change as it came: its id and message, the buying party, what mapping found."""

    id: str
    message_id: str
    buyer: str
    change: Change
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Desk:
    """Takes the changes of one transmission, and remembers what became of orders."""

    world: World
    door: str = ""
    left: Callable[[str], Supply] = lambda sku: Supply()
    booked: dict[OrderPlace, tuple[Booked, ...]] = field(default_factory=dict)
    waiting: dict[OrderPlace, tuple[KnownChange, ...]] = field(default_factory=dict)

    def keep(self, profile: Profile, booked: Booked) -> Iterator[Effect]:
        """An order was booked: what waited for it is taken now."""
        place = _place(profile, booked.order)
        there = self.booked.get(place) or self.world.booked.get(place, ())
        early = self._waiting(place)
        self.waiting[place] = ()
        booked = changed(booked, changes=early)
        self.booked[place] = (*there, booked)
        yield from self.go_on(profile, booked, unlinked=bool(early))

    def take(self, profile: Profile, came: Came, *, test: bool) -> Iterator[Effect]:
        """A change came."""
        change = came.change
        place = place_of(profile.id, change.po_number, change.release_number, test=test)
        booked = meant(self.there(place), came.buyer, change)
        known = booked.changes if booked else self._waiting(place)
        if any(one.message_id == came.message_id for one in known):
            return  # reprocessed: it is kept, and its answer has left
        digest = change_digest(change)
        one = KnownChange(
            id=came.id,
            sequence=change.sequence,
            digest=digest,
            state=ChangeState.WAITING,
            message_id=came.message_id,
            change=change,
        )
        if booked is None:
            yield from self._unknown(profile, place, came, one)
            return
        given = self.given(profile)
        judged = self._judged(booked, came, digest, given)
        one = replace(one, state=judged.state)
        after = replace(judged.after or booked, changes=(*booked.changes, _bare(one)))
        yield self._kept(place, came, one, judged, after)
        yield from self._due(profile, booked, one, judged)
        yield from self._carried_out(booked, one, judged, given)
        self._remember(place, after)
        if judged.state not in _OPEN:
            yield from self.go_on(profile, after)

    def given(self, profile: Profile) -> Circumstances:
        """What changes are judged by now."""
        return Circumstances(
            profile=profile,
            now=self.world.now,
            prices=self.world.prices.get(profile.id, Prices()),
            left=self.left,
            there=self.there,
        )

    def _judged(
        self, booked: Booked, came: Came, digest: str, given: Circumstances
    ) -> Judged:
        """By number and content first, then by what mapping found, then by lines."""
        if came_before(booked, came.change, digest):
            return repeated(booked, came.change, given)
        judged = judge(booked, came.change, given)
        policy = given.profile.policy
        stops = {policy.action_for(found.code) for found in came.findings}
        if judged.state in (
            ChangeState.REFUSED,
            ChangeState.STALE,
            ChangeState.WAITING,
        ):
            return judged
        if Action.REJECT_ORDER in stops:
            why = "; ".join(found.what for found in came.findings)
            return judge(
                booked, came.change, replace(given, forced="reject", reason=why)
            )
        if Action.HOLD in stops:
            return Judged(
                state=ChangeState.HELD,
                asked=judged.asked,
                findings=(*came.findings, *judged.findings),
            )
        return judged

    def go_on(
        self, profile: Profile, booked: Booked, *, unlinked: bool = False
    ) -> Iterator[Effect]:
        """Take what waited and can be taken now, the lowest number first."""
        given, place = self.given(profile), _place(profile, booked.order)
        linked: set[str] = set() if unlinked else {one.id for one in booked.changes}
        again = True
        while again:
            again = False
            early = [one for one in booked.changes if _is_early(one, linked)]
            for one in sorted(early, key=_turn):
                assert one.change is not None  # it is kept while it is undecided
                others = tuple(each for each in booked.changes if each is not one)
                judged = judge(replace(booked, changes=others), one.change, given)
                if judged.state is ChangeState.WAITING and one.id in linked:
                    continue
                after = replace(
                    judged.after or booked,
                    changes=tuple(
                        _bare(replace(each, state=judged.state))
                        if each.id == one.id
                        else each
                        for each in booked.changes
                    ),
                )
                yield _settled(one, judged, after, profile, place)
                yield from self._carried_out(booked, one, judged, given)
                linked.add(one.id)
                booked, again = after, judged.state is not ChangeState.WAITING
                self._remember(place, booked)
                if again:
                    break

    def _unknown(
        self, profile: Profile, place: OrderPlace, came: Came, one: KnownChange
    ) -> Iterator[Effect]:
        """A change whose order has not come: it waits for it."""
        number = came.change.po_number
        where = Where(path="/po_number")
        what = f"order {number} is not known"
        found = Finding.of("CHG-101", what, where, number)
        asked = Order(po_number=number, source=came.change.source)
        judged = Judged(
            state=ChangeState.WAITING, asked=asked, findings=(*came.findings, found)
        )
        self.waiting[place] = (*self._waiting(place), one)
        yield self._kept(place, came, one, judged, None)
        yield from self._due(profile, None, one, judged)

    def _kept(
        self,
        place: OrderPlace,
        came: Came,
        one: KnownChange,
        judged: Judged,
        after: Booked | None,
    ) -> KeepChange:
        change = replace(came.change, id=came.id)
        return KeepChange(
            partner_id=place.partner_id,
            change_id=came.id,
            order_id=after.order.id if after else "",
            place=place,
            buyer=came.buyer,
            change=change,
            digest=one.digest,
            state=judged.state,
            version=after.version if judged.after and after else 0,
            message_id=came.message_id,
            answer=judged.answer,
            findings=judged.findings,
            booked=after,
        )

    def _due(
        self, profile: Profile, booked: Booked | None, one: KnownChange, judged: Judged
    ) -> Iterator[Effect]:
        """Until when a change may wait for what comes before it."""
        behind_held = booked is not None and any(
            each.state is ChangeState.HELD for each in booked.changes
        )
        if judged.state is ChangeState.WAITING and not behind_held:
            hours = timedelta(hours=profile.policy.change_wait_h)
            yield Due(
                partner_id=profile.id,
                kind=CHANGE_WAIT,
                ref=one.id,
                due_at=self.world.now + hours,
            )

    def there(self, place: OrderPlace) -> tuple[Booked, ...]:
        """The orders at a place, as they stand by now."""
        return self.booked.get(place) or self.world.booked.get(place, ())

    def spend(self, draw: Draw) -> None:
        """Remember what was drawn of a blanket order."""
        self.booked[draw.place] = after_draw(self.there(draw.place), draw)

    def _carried_out(
        self, booked: Booked, one: KnownChange, judged: Judged, given: Circumstances
    ) -> Iterator[Effect]:
        if judged.drawn is not None:
            self.spend(judged.drawn)
        yield from carried_out(booked, one, judged, given, self.door)

    def _waiting(self, place: OrderPlace) -> tuple[KnownChange, ...]:
        if place in self.waiting:
            return self.waiting[place]
        return self.world.waiting.get(place, ())

    def _remember(self, place: OrderPlace, booked: Booked) -> None:
        self.booked[place] = with_booked(self.there(place), booked)


def with_booked(there: tuple[Booked, ...], booked: Booked) -> tuple[Booked, ...]:
    """The orders of a place with one of them as it is now."""
    others = (one for one in there if one.order.id != booked.order.id)
    return (*others, booked)


def booked_of(keep: Keep) -> Booked:
    """An order as it stands when it has just been booked."""
    return Booked(
        buyer=keep.key.buyer_party,
        order=keep.order,
        ack=keep.ack,
        state=keep.state,
        version=1,
    )


def is_changeable(keep: Keep) -> bool:
    """Whether changes can be about it: the second order of a conflict has none."""
    return keep.key.kind.removeprefix("test_") in ORDER_KINDS


def known_of(effect: KeepChange) -> KnownChange:
    """A change as it is known once it is kept."""
    one = KnownChange(
        id=effect.change_id,
        sequence=effect.change.sequence,
        digest=effect.digest,
        state=effect.state,
        message_id=effect.message_id,
        change=effect.change,
    )
    return _bare(one)


def decide_held(
    booked: Booked, one: KnownChange, given: Circumstances
) -> Iterator[Effect]:
    """What follows when an operator decides a change that waits (``given.forced``).

    What has shipped, and what is not in the order, stays refused.
    """
    assert one.change is not None  # it is kept while it is undecided
    judged = judge(booked, one.change, given)
    changes = tuple(
        _bare(replace(each, state=judged.state)) if each.id == one.id else each
        for each in booked.changes
    )
    after = replace(judged.after or booked, changes=changes)
    place = _place(given.profile, booked.order)
    yield _settled(one, judged, after, given.profile, place)
    yield from carried_out(booked, one, judged, given, "", by="operator")
    world = World(now=given.now, prices={given.profile.id: given.prices})
    desk = Desk(world, left=given.left, booked={place: (after,)})
    blanket = blanket_place(booked.order, given.profile.id)
    if blanket is not None:
        desk.booked[blanket] = given.there(blanket)
    if judged.drawn is not None:
        desk.spend(judged.drawn)
    yield from desk.go_on(given.profile, after)


def never_came(one: KnownChange) -> Booked:
    """What stands for the order of a change that came without it."""
    change = one.change
    assert change is not None  # it is kept while it is undecided
    order = Order(
        po_number=change.po_number,
        release_number=change.release_number,
        source=change.source,
        test=change.test,
    )
    ack = OrderAck(po_number=change.po_number, type="received")
    return Booked(buyer="", order=order, ack=ack, state=State.RECEIVED, version=0)


def carried_out(
    booked: Booked,
    one: KnownChange,
    judged: Judged,
    given: Circumstances,
    door: str,
    *,
    by: str = "buyer",
) -> Iterator[Effect]:
    """The order in its next version, and what the buyer and the ERP are told."""
    profile, after = given.profile, judged.after
    if judged.state is ChangeState.HELD:
        yield Alert(
            partner_id=profile.id,
            finding=judged.findings[0],
            order_id=booked.order.id,
            kind=AlertKind.HELD,
        )
    if after is not None:
        yield from _next_version(booked, after, one, judged, given, by)
    if judged.first is not None and after is not None:
        yield from _first_answer(booked, after, judged.first, given, door)
    if judged.state in _OPEN:
        return
    if one.state in _OPEN:
        yield Met(partner_id=profile.id, kind=CHANGE_WAIT, ref=one.id)
    if judged.answer is not None and judged.asked.ack_wanted != "none":
        kind = answer_kind(judged.asked, changed=True)
        channel = channel_for(profile, kind, door)
        answer = judged.answer
        yield from tell_change(
            profile, answer, judged.asked, channel, given.now, one.id
        )


def _next_version(
    booked: Booked,
    after: Booked,
    one: KnownChange,
    judged: Judged,
    given: Circumstances,
    by: str,
) -> Iterator[Effect]:
    profile, order = given.profile, after.order
    yield Decide(
        partner_id=profile.id,
        order_id=order.id,
        was=booked.state,
        state=after.state,
        ack=after.ack,
        report=judged.report,
        by=by,
        reason=given.reason or f"change {one.sequence or one.id}",
        version=after.version,
        order=order,
    )
    if judged.promised:
        yield Promise(partner_id=profile.id, order_id=order.id, lines=judged.promised)
    if judged.drawn is not None:
        yield judged.drawn
    as_it_is = handed(order, after.ack, after.state, after.version)
    yield from hand_over(profile, as_it_is, booked.state)
    if booked.state is State.RECEIVED and after.state is not State.RECEIVED:
        yield Met(partner_id=profile.id, kind=ERP_ANSWER, ref=order.id)


def _first_answer(
    booked: Booked, after: Booked, first: OrderAck, given: Circumstances, door: str
) -> Iterator[Effect]:
    """The answer to the order, which it did not have yet."""
    if booked.order.ack_wanted == "none":
        return
    channel = channel_for(given.profile, answer_kind(booked.order), door)
    yield from tell(
        given.profile, first, after.order, channel, given.now, after.version
    )


def _settled(
    one: KnownChange,
    judged: Judged,
    after: Booked,
    profile: Profile,
    place: OrderPlace,
) -> SettleChange:
    return SettleChange(
        partner_id=profile.id,
        change_id=one.id,
        was=one.state,
        state=judged.state,
        order_id=after.order.id,
        version=after.version if judged.after else 0,
        answer=judged.answer,
        findings=judged.findings,
        place=place,
        booked=after,
    )


def _place(profile: Profile, order: Order) -> OrderPlace:
    return place_of(profile.id, order.po_number, order.release_number, test=order.test)


def _is_early(one: KnownChange, linked: set[str]) -> bool:
    """Whether it waits for what may have come, its order or a change before it."""
    missed_its_order = one.state is ChangeState.HELD and one.id not in linked
    return one.state is ChangeState.WAITING or missed_its_order


def _turn(one: KnownChange) -> tuple[int, str]:
    text = one.sequence.strip()
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number, one.id


def _bare(one: KnownChange) -> KnownChange:
    """Without its content, once that is of no more interest."""
    return one if one.state in _OPEN else replace(one, change=None)
