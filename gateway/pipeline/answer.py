"""Answer what was read: acknowledge, check, decide. Same input, same effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.catalog import Checked, Prices, Supply, check, serve
from gateway.catalog.place import at_order
from gateway.findings import Finding, Severity
from gateway.findings.model import Verdict
from gateway.order import Order
from gateway.order.advice import Advice
from gateway.order.change import Change
from gateway.order.inquiry import Inquiry
from gateway.order.life import State
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind
from gateway.partner.policy import Action
from gateway.pipeline.acknowledge import (
    X12_GROUP_KINDS,
    kinds_of,
    of_contents,
    of_document,
    of_interchange,
)
from gateway.pipeline.advised import AdviceCame, Heard, hear
from gateway.pipeline.arrived import (
    GroupIn,
    InterchangeIn,
    MessageIn,
    Read,
    acks_of,
    mapped_of,
)
from gateway.pipeline.arrived_cxml import CxmlInterchangeIn
from gateway.pipeline.blankets import covered, drawn_by
from gateway.pipeline.booked import ORDER_KINDS, Booked, KnownChange, OrderPlace
from gateway.pipeline.changes import Came, Desk
from gateway.pipeline.claims import UNPROVEN, not_proven
from gateway.pipeline.decide import Decision, decide, promises
from gateway.pipeline.effects import (
    Advance,
    Alert,
    Effect,
    Keep,
    MessageRecord,
    Queue,
    Record,
    Refuse,
    Replay,
)
from gateway.pipeline.gaps import gaps
from gateway.pipeline.handover import awaited, hand_over, handed
from gateway.pipeline.ids import derived, own_number
from gateway.pipeline.leaving import queued
from gateway.pipeline.number_keys import NumberKey, SequenceKey, Standing
from gateway.pipeline.once import told_once
from gateway.pipeline.outbound import answer_kind, channel_for, tell
from gateway.pipeline.own_effects import CartOrdered, Promise
from gateway.pipeline.repeats import Repeats, told_apart
from gateway.pipeline.sent import Settle
from gateway.pipeline.settle import Received, settle
from gateway.pipeline.status import InquiryCame, answered
from gateway.pipeline.unmapped import Unmapped, not_accepted
from gateway.pipeline.verdicts import verdict_on
from gateway.pipeline.world import InterchangeKey, KnownOrder, OrderKey, Seen, World
from gateway.values import changed

_NOT_BOOKED = frozenset({"copy", "duplicate"})
_OF_STRANGERS = {"ENV-020": "ENV-021", "ENV-024": "ENV-022"}


def answer(read: Read, world: World) -> tuple[Effect, ...]:
    """What is to be done about a transmission, in the order it stands in it."""
    effects: list[Effect] = []
    if not read.interchanges:
        effects.append(Refuse(partner_id="", findings=read.faults))
    done = _Done()
    for interchange in read.interchanges:
        effects += _Answer(read, interchange, world, done).effects()
    return tuple(effects)


@dataclass(slots=True)
class _Done:
    """What earlier interchanges of the same transmission have settled."""

    orders: dict[OrderKey, KnownOrder] = field(default_factory=dict)
    interchanges: dict[InterchangeKey, Seen] = field(default_factory=dict)
    numbers: dict[NumberKey, Seen] = field(default_factory=dict)
    sequences: dict[SequenceKey, Standing] = field(default_factory=dict)
    stock: dict[str, Supply] = field(default_factory=dict)
    booked: dict[OrderPlace, tuple[Booked, ...]] = field(default_factory=dict)
    waiting: dict[OrderPlace, tuple[KnownChange, ...]] = field(default_factory=dict)
    heard: Heard = field(default_factory=Heard)


@dataclass(slots=True)
class _Answer:
    """The answer to one interchange."""

    read: Read
    interchange: InterchangeIn
    world: World
    done: _Done
    unbooked: dict[int, tuple[Finding, ...]] = field(default_factory=dict)
    """By message: why no order of its own is booked."""
    repeats: Repeats = field(default_factory=Repeats)

    def effects(self) -> list[Effect]:
        interchange, profile = self.interchange, self.interchange.profile
        first, last = not self.read.after, self.read.next is None
        if profile is None:
            return [self._unknown()] if last else []
        numbers = list(self._follow(profile)) if first else []
        turned_away = self._turned_away(profile)
        if turned_away:  # it ends the receipt's processing
            return [*numbers, *(turned_away if last else ())]
        self._tell_apart()
        interchange = self.interchange
        settled = list(self._settle(profile)) if first else []
        orders = [e for m in mapped_of(interchange) for e in self._mapped(profile, m)]
        if not first:
            told = [f for findings in self.unbooked.values() for f in findings]
            return [*orders, *(Alert(partner_id=profile.id, finding=f) for f in told)]
        return [
            self._record(profile),
            *numbers,
            *self._of_interchange(profile, interchange.findings),
            *self._acknowledge(profile),
            *self._lost(profile),
            *(
                Alert(partner_id=profile.id, finding=f, kind=AlertKind.CONFLICT)
                for f in self.repeats.rejected
            ),
            *settled,
            *orders,
            *self._told_later(profile),
        ]

    def _turned_away(self, profile: Profile) -> list[Effect]:
        """For an interchange that is refused, or was answered before."""
        interchange = self.interchange
        if interchange.refused:
            return self._refuse(profile, _envelope_findings(interchange))
        key = interchange.key
        seen = self.done.interchanges.get(key)
        if seen is None:
            seen = self.world.interchanges.get(key)
            mine = Seen(sha256=interchange.sha256, receipt_id=self.read.receipt_id)
            self.done.interchanges[key] = seen or mine
            if seen is None or seen.receipt_id == self.read.receipt_id:
                return []
        if seen.sha256 == interchange.sha256:
            again = Replay(
                partner_id=profile.id,
                receipt_id=seen.receipt_id,
                kinds=kinds_of(interchange),
            )
            return [again]
        number = interchange.begun.control_number
        what = f"interchange {number} came before with other bytes"
        found = Finding.of("ENV-001", what, interchange.number_at, number)
        return self._refuse(profile, (found,))

    def _tell_apart(self) -> None:
        """Go on with what came before taken out, if the partner's numbers tell it."""
        mine = self.read.receipt_id
        self.interchange, self.repeats = told_apart(self.interchange, self._number)
        for key, digest in self.repeats.numbers:
            self.done.numbers[key] = Seen(sha256=digest, receipt_id=mine)

    def _number(self, key: NumberKey) -> Seen | None:
        """What came before under a number of a group or message.

        What this very transmission brought in an earlier pass is new.
        """
        seen = self.done.numbers.get(key)
        if seen is None:
            seen = self.world.numbers.get(key)
            if seen is not None and seen.receipt_id == self.read.receipt_id:
                return None
        return seen

    def _follow(self, profile: Profile) -> Iterator[Effect]:
        """Go on with the sequences of their numbers, and tell what is missing."""
        numbers = self.interchange.sequences
        if not numbers:
            return
        before = {**self.world.sequences, **self.done.sequences}
        now, found = gaps(numbers, before)
        self.done.sequences |= now
        for key, standing in now.items():
            yield Advance(partner_id=profile.id, key=key, standing=standing)
        yield from (Alert(partner_id=profile.id, finding=f) for f in found)

    def _unknown(self) -> Refuse:
        begun, stranger = self.interchange.begun, self.interchange.stranger
        assert stranger is not None
        where = replace(stranger.where, byte_offset=begun.byte_offset)
        unknown = replace(stranger, where=where)
        found = self.interchange.findings
        told = _OF_STRANGERS.get(unknown.code)  # a wrong qualifier makes a stranger
        others = (f for f in found if f.code != told)
        return Refuse(partner_id="", findings=(unknown, *others))

    def _refuse(self, profile: Profile, findings: tuple[Finding, ...]) -> list[Effect]:
        refuse = Refuse(partner_id=profile.id, findings=findings)
        worst = next(f for f in findings if f.severity is Severity.REJECT)
        return [
            refuse,
            *self._of_interchange(profile, findings, refused=True),
            Alert(
                partner_id=profile.id,
                finding=worst,
                kind=AlertKind.CONFLICT
                if worst.code == "ENV-001"
                else AlertKind.QUARANTINED,
            ),
        ]

    def _id(self, prefix: str, *parts: object) -> str:
        """Ids are made of the receipt's; a repeat in the same moment has the same."""
        seed = "/".join(map(str, (self.read.receipt_id, *parts)))
        return derived(prefix, self.world.now, seed)

    def _message_id(self, message: MessageIn) -> str:
        """The same in every pass over the transmission."""
        return f"msg_{self.read.receipt_id.partition('_')[2]}{message.ordinal:06d}"

    # The envelope and its acknowledgement.

    def _record(self, profile: Profile) -> Record:
        interchange, usage = self.interchange, self.interchange.usage
        notes = list(interchange.findings)
        if interchange.ordinal == 1:  # what stands between and behind interchanges
            notes += self.read.faults
        for group in interchange.groups:
            notes += group.findings
        if usage != "P" and profile.stage == "live":
            what = f"{interchange.usage_said}: nothing of this interchange is booked"
            notes.append(Finding.of("ENV-081", what, interchange.usage_at, usage))
        elif usage == "P" and profile.stage != "live":
            what = f"profile {profile.id} is at stage {profile.stage}"
            notes.append(Finding.of("ENV-082", what, interchange.usage_at, usage))
        messages = tuple(
            self._message_record(group, message)
            for group in interchange.groups
            for message in group.messages
        )
        return Record(
            id=self._id("int", interchange.ordinal),
            partner_id=profile.id,
            key=interchange.key,
            sha256=interchange.sha256,
            sent_at=interchange.sent_at,
            usage=usage,
            messages=messages,
            findings=tuple(notes),
            numbers=self.repeats.numbers,
        )

    def _message_record(self, group: GroupIn, message: MessageIn) -> MessageRecord:
        unbooked = self.unbooked.get(message.ordinal, ())
        return MessageRecord(
            id=self._message_id(message),
            type=message.kind,
            version=group.version(message),
            group_control_number=group.control_number,
            control_number=message.control_number,
            verdict=Verdict.REJECTED if group.refused else message.verdict,
            findings=message.findings
            + (_of_acks(message) if message.acks else ())
            + unbooked,
            byte_offset=message.byte_offset,
        )

    def _acknowledge(self, profile: Profile) -> Iterator[Effect]:
        interchange = self.interchange
        if self.repeats.receipt_id:  # their own answers once more
            yield Replay(
                partner_id=profile.id,
                receipt_id=self.repeats.receipt_id,
                kinds=X12_GROUP_KINDS,
            )
            return
        for n, draft in enumerate(of_contents(interchange), 1):
            yield Queue(
                partner_id=profile.id,
                channel=channel_for(profile, draft.kind, self.read.door),
                kind=draft.kind,
                draft=draft,
                idem=f"997/{self.read.receipt_id}/{interchange.ordinal}/{n}",
                counter=draft.envelope.series,
                interchange_id=self._id("int", interchange.ordinal),
            )

    def _lost(self, profile: Profile) -> Iterator[Effect]:
        """Tell operators of groups that are rejected, where no message tells it all.

        What stood in them was left out, orders perhaps. A message that is rejected for
        itself is told by its own finding.
        """
        for group in self.interchange.groups:
            fatal = (
                f
                for f in group.findings
                if f.severity is Severity.REJECT and f not in self.repeats.rejected
            )
            its_own = [one.verdict is Verdict.REJECTED for one in group.messages]
            worst = None if its_own and all(its_own) else next(fatal, None)
            if worst is not None:
                yield Alert(
                    partner_id=profile.id, finding=worst, kind=AlertKind.REJECTED
                )

    def _told_later(self, profile: Profile) -> Iterator[Effect]:
        """What became of a document of cXML, where its Response left that open."""
        its = self.interchange
        if not isinstance(its, CxmlInterchangeIn):
            return
        found = tuple(f for findings in self.unbooked.values() for f in findings)
        draft = of_document(its, found)
        if draft is not None:
            id_, door = self._id("int", its.ordinal), self.read.door
            idem = f"status/{id_}"
            now = self.world.now
            yield from queued(draft, profile, None, now, idem=idem, door=door)

    def _of_interchange(
        self,
        profile: Profile,
        findings: tuple[Finding, ...],
        *,
        refused: bool = False,
    ) -> Iterator[Effect]:
        interchange = self.interchange
        draft = of_interchange(interchange, findings, refused=refused)
        if draft is None:
            return
        yield Queue(
            partner_id=profile.id,
            channel=channel_for(profile, draft.kind, self.read.door),
            kind=draft.kind,
            draft=draft,
            idem=f"ta1/{self.read.receipt_id}/{interchange.ordinal}",
            counter=draft.envelope.series,
            interchange_id=self._id("int", interchange.ordinal),
        )

    def _settle(self, profile: Profile) -> Iterator[Effect]:
        """What their acknowledgements say of ours."""
        interchange_id = self._id("int", self.interchange.ordinal)
        received = [
            Received(ack, self._message_id(message) if message else interchange_id)
            for ack, message in acks_of(self.interchange)
        ]
        settled = settle(
            received,
            self.world.sent,
            partner_id=profile.id,
            receipt_id=self.read.receipt_id,
        )
        for one in settled:
            if isinstance(one, Settle):
                self.done.heard.statuses[one.outbox_id] = one.acknowledgement
        yield from settled

    # Orders.

    def _mapped(self, profile: Profile, message: MessageIn) -> Iterator[Effect]:
        """Book the order of a message, or note why there is none."""
        assert message.mapped is not None
        order, findings = message.mapped.order, message.mapped.findings
        if self.read.door == UNPROVEN:
            findings = (*findings, not_proven())
        if self.interchange.wanted is not None:
            by = self.world.verdicts
            found = verdict_on(by, self.read.receipt_id, message.type)
            findings = (*findings, *found)
        change = message.mapped.change
        if change is not None:
            yield from self._change(profile, message, change, findings)
        elif message.mapped.advice is not None:
            yield from self._advice(profile, message, message.mapped.advice, findings)
        elif message.mapped.inquiry is not None:
            self.unbooked[message.ordinal] = findings
            yield from self._inquiry(profile, message, message.mapped.inquiry)
        elif order is None:
            self.unbooked[message.ordinal] = findings
            if not self.read.after:  # later passes alert for all that is not booked
                yield from (
                    Alert(partner_id=profile.id, finding=f, kind=AlertKind.REJECTED)
                    for f in findings
                    if f.severity is not Severity.NOTE
                )
            its, id_ = self.interchange, self._message_id(message)
            came = Unmapped(its, message, id_, findings, self.read.door)
            yield from not_accepted(profile, came, self.world.now)
        elif order.purpose in _NOT_BOOKED:
            self.unbooked[message.ordinal] = findings
        else:
            yield from self._order(profile, message, order, findings)

    def _change(
        self,
        profile: Profile,
        message: MessageIn,
        change: Change,
        findings: tuple[Finding, ...],
    ) -> Iterator[Effect]:
        """Take a change of an order."""
        buyer = next((p.id for p in change.parties if p.role == "buyer"), "")
        came = Came(
            id=self._id("chg", message.ordinal),
            message_id=self._message_id(message),
            buyer=buyer or change.source.sender,
            change=change,
            findings=findings,
        )
        test = self.interchange.is_test
        yield from self._desk.take(profile, came, test=test)

    def _advice(
        self,
        profile: Profile,
        message: MessageIn,
        advice: Advice,
        findings: tuple[Finding, ...],
    ) -> Iterator[Effect]:
        """Take what is said of documents of ours."""
        came = AdviceCame(
            advice=advice,
            message_id=self._message_id(message),
            receipt_id=self.read.receipt_id,
            findings=findings,
            test=profile.stage == "live" and self.interchange.is_test,
        )
        heard = hear(profile, came, self.world, self.done.heard)
        if isinstance(heard, Finding):
            self.unbooked[message.ordinal] = (heard,)
        else:
            yield from heard

    def _inquiry(
        self, profile: Profile, message: MessageIn, inquiry: Inquiry
    ) -> Iterator[Effect]:
        """Answer a question about orders, those of this transmission among them."""
        came = InquiryCame(
            inquiry=inquiry,
            message_id=self._message_id(message),
            door=self.read.door,
            test=self.interchange.is_test,
        )
        there = {**self.world.booked, **self.done.booked}
        yield from answered(profile, came, there, self.world.now)

    @property
    def _desk(self) -> Desk:
        """Who takes changes, with what became of the orders of this transmission."""
        door, done = self.read.door, self.done
        return Desk(self.world, door, self._left, done.booked, done.waiting)

    def _left(self, sku: str) -> Supply:
        """What can still be promised of an item: nothing where nobody counted it."""
        left = self.done.stock.get(sku) or self.world.stock.get(sku)
        return left or Supply()

    def _promise(
        self, profile: Profile, order: Order, decision: Decision, checked: Checked
    ) -> Iterator[Effect]:
        """Keep of the stock what the answer promises, also of an order that is held."""
        if profile.policy.promise != "stock" or order.test:
            return
        found = promises(decision.ack.lines, checked)
        lines = tuple(one for one in found if one.quantity)
        for one in lines:
            self.done.stock[one.sku] = self._left(one.sku).less(one.quantity)
        if lines:
            yield Promise(partner_id=profile.id, order_id=order.id, lines=lines)

    def _order(
        self,
        profile: Profile,
        message: MessageIn,
        order: Order,
        findings: tuple[Finding, ...],
    ) -> Iterator[Effect]:
        test = self.interchange.is_test
        key, conflict, digest = self.interchange.keys(message, order)
        first = self._known(key)
        if first is not None:
            found = _repeated(order, first, digest)
            again = self._known(conflict)
            mine = self._message_id(message)
            if mine in (first.message_id, again and again.message_id):
                return  # reprocessed: it is booked, and its answer has left
            if first.digest == digest and _replays(profile):
                again = first
            if again is not None:
                self.unbooked[message.ordinal] = (found,)
                yield Replay(
                    partner_id=profile.id,
                    order_id=again.order_id,
                    kinds=(answer_kind(order),),
                )
                return
            key, findings = conflict, (found, *findings)
        prices = self.world.prices.get(profile.id, Prices())
        order_id = self._id("ord", message.ordinal)
        self.done.orders[key] = KnownOrder(order_id=order_id, digest=digest)
        own = own_number(profile.policy.own_number_prefix, self.world.now, order_id)
        order = changed(order, id=order_id, sales_order_number=own, test=test)
        checked = check(order, prices, profile, self.world.now)
        checked = told_once(order, checked, findings, profile.policy)
        if profile.policy.promise == "stock" and not order.is_blanket:
            checked = serve(order, checked, self._left)
        there = self._desk.there
        checked = covered(order, checked, profile, there, self.world.now)
        decision = decide(order, findings, checked, profile.policy, self.world.now)
        yield from self._promise(profile, order, decision, checked)
        yield Keep(
            order_id=order_id,
            message_id=self._message_id(message),
            partner_id=profile.id,
            key=key,
            digest=digest,
            order=order,
            state=decision.state,
            test=test,
            ack=decision.ack,
            findings=decision.findings,
            report=decision.report,
        )
        yield from _carts_ordered(profile, order_id, checked)
        draws = tuple(drawn_by(order, decision.ack.lines, checked, profile, there))
        for draw in draws:
            self._desk.spend(draw)
            yield draw
        if profile.erp.orders:
            yield from hand_over(profile, handed(order, decision.ack, decision.state))
        yield from awaited(profile, order, decision.state, self.world.now)
        yield from self._tell(profile, message, order, decision)
        if key.kind.removeprefix("test_") in ORDER_KINDS:
            booked = Booked(
                buyer=key.buyer_party,
                order=order,
                ack=decision.ack,
                state=decision.state,
                version=1,
                drawn=draws[0].drawn if draws else (),
            )
            yield from self._desk.keep(profile, booked)

    def _known(self, key: OrderKey) -> KnownOrder | None:
        return self.done.orders.get(key) or self.world.orders.get(key)

    def _tell(
        self, profile: Profile, message: MessageIn, order: Order, decision: Decision
    ) -> Iterator[Effect]:
        """Send the answer, or tell the operators what waits for them."""
        if decision.state is State.HELD:
            waiting = (
                f
                for f in decision.findings
                if profile.policy.action_for(f.code) is Action.HOLD
            )
            finding = next(waiting, decision.findings[0])
            yield Alert(
                partner_id=profile.id,
                finding=finding,
                order_id=order.id,
                kind=AlertKind.HELD,
            )
        if not decision.is_settled or order.ack_wanted == "none":
            return
        channel = channel_for(profile, answer_kind(order), self.read.door)
        yield from tell(profile, decision.ack, order, channel, self.world.now)


def _of_acks(message: MessageIn) -> tuple[Finding, ...]:
    """What reading it as an acknowledgement found beyond what is told of it."""
    told = {(f.code, f.where, f.what) for f in message.findings}
    found = (f for ack in message.acks for f in ack.findings)
    return tuple(f for f in found if (f.code, f.where, f.what) not in told)


def _carts_ordered(
    profile: Profile, order_id: str, checked: Checked
) -> Iterator[CartOrdered]:
    """Tell the sessions that its lines come from, of an edited cart each of them."""
    pins = (line.pin.line for line in checked.lines if line.pin is not None)
    sessions = {s for its in pins if its for s in (its.session_id, its.cart)}
    if sessions:
        names = tuple(sorted(sessions))
        yield CartOrdered(partner_id=profile.id, order_id=order_id, sessions=names)


def _repeated(order: Order, first: KnownOrder, digest: str) -> Finding:
    number = order.po_number
    where = at_order(order, "/po_number", "po_number")
    if first.digest == digest:
        what = f"order {number} was received before with the same content"
        return Finding.of("DUP-101", what, where, number)
    what = f"order {number} was received before with other content"
    return Finding.of("DUP-102", what, where, number)


def _replays(profile: Profile) -> bool:
    return profile.policy.action("duplicate_same") is Action.REPLAY


def _envelope_findings(interchange: InterchangeIn) -> tuple[Finding, ...]:
    """What is wrong with the envelopes, whatever stands in them."""
    found = list(interchange.findings)
    for group in interchange.groups:
        found += group.findings
        for message in group.messages:
            found += (f for f in message.findings if f.code.startswith("ENV-"))
    return tuple(found)
