"""What a partner says of documents of ours: linked to them, marked, told to people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gateway.findings import Finding, Where
from gateway.mappers.cxml_draft import Numbered
from gateway.order.advice import Advice, Advised, Objection
from gateway.order.content import advice_digest
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind
from gateway.pipeline.documents import (
    AdviceKey,
    DocumentKey,
    KnownDocument,
    document_of,
    named,
    sent_key,
)
from gateway.pipeline.effects import Alert, Effect, KeepAdvice, Link
from gateway.pipeline.remitted import added_up, paid
from gateway.pipeline.sent import Sent, Settle
from gateway.pipeline.settle import RANK
from gateway.pipeline.world import World

_REFUSED = frozenset({"rejected", "partly_accepted"})
_MOST_TOLD = 100
_NAMED_IN_ALERT = 10
_FIRST_WORDS = 120


@dataclass(slots=True)
class Heard:
    """What earlier messages of the same transmission have said.

    ``statuses`` are the acknowledgements of messages of ours by outbox id, as they
    stand after all that was settled in it.
    """

    advices: dict[AdviceKey, str] = field(default_factory=dict)
    documents: dict[DocumentKey, tuple[KnownDocument, ...]] = field(
        default_factory=dict
    )
    statuses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceCame:
    """An advice as it came: its message and transmission, what mapping found.

    ``test``: nothing of it settles or pays anything.
    """

    advice: Advice
    message_id: str
    receipt_id: str
    findings: tuple[Finding, ...] = ()
    test: bool = False


def hear(
    profile: Profile, came: AdviceCame, world: World, heard: Heard
) -> tuple[Effect, ...] | Finding:
    """What follows from an advice; a finding when it came before.

    One that is processed again is kept already, and nothing follows.
    """
    advice, digest = came.advice, advice_digest(came.advice)
    key = AdviceKey(profile.id, digest)
    before = heard.advices.get(key) or world.advices.get(key)
    if before == came.message_id:
        return ()
    if before:
        what = f"{advice.kind} advice {advice.number} came before"
        return Finding.of("ENV-215", what, Where(path="/number"), advice.number)
    heard.advices[key] = came.message_id
    return tuple(_Hearing(profile, came, world, heard).effects(digest))


def learned(world: World, effects: Iterable[Effect]) -> World:
    """The world once these effects are carried out: for the next of a batch."""
    kept = [one for one in effects if isinstance(one, KeepAdvice)]
    settled = {
        one.outbox_id: one.acknowledgement for one in effects if isinstance(one, Settle)
    }
    if not kept and not (settled and world.documents):
        return world
    advices, documents = dict(world.advices), dict(world.documents)
    for one in kept:
        advices[AdviceKey(one.partner_id, one.digest)] = one.message_id
        documents |= one.known
    for key, every in documents.items():
        documents[key] = tuple(_acknowledged(each, settled) for each in every)
    return replace(world, advices=advices, documents=documents)


def _acknowledged(known: KnownDocument, settled: Mapping[str, str]) -> KnownDocument:
    now = (
        replace(one, acknowledgement=settled.get(one.id, one.acknowledgement))
        for one in known.sent
    )
    return replace(known, sent=tuple(now))


class _Found(NamedTuple):
    """What an advice is about: a document of ours, a message that told it, or neither.

    ``key`` is where the document was found by a number.
    """

    about: Advised
    document: KnownDocument | None = None
    sent: Sent | None = None
    key: DocumentKey | None = None


@dataclass(slots=True)
class _Hearing:
    """One advice, and what is made of it."""

    profile: Profile
    came: AdviceCame
    world: World
    heard: Heard
    links: list[Link] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)
    payments: dict[object, Finding | None] = field(default_factory=dict)
    """What is wrong with each invoice once all of its payments are counted."""
    known: dict[DocumentKey, tuple[KnownDocument, ...]] = field(default_factory=dict)

    def effects(self, digest: str) -> Iterator[Effect]:
        """What is kept first, then what it settles, then the words for people."""
        advice, found = self.came.advice, []
        for n, about in enumerate(advice.about, 1):
            one = self._find(about)
            found.append(one)
            self._link(n, one)
        off = added_up(advice) if advice.kind == "remittance" else None
        self.noted += [one for one in (*self.payments.values(), off) if one]
        id_ = "adv_" + self.came.message_id.partition("_")[2]
        yield KeepAdvice(
            partner_id=self.profile.id,
            advice=replace(advice, id=id_),
            digest=digest,
            message_id=self.came.message_id,
            test=self.came.test,
            links=tuple(self.links),
            findings=(*self.came.findings, *self.noted[:_MOST_TOLD]),
            known=self.known,
        )
        if self.came.test:
            return
        yield from self._settle(found)
        kind = AlertKind.PAYMENT if advice.kind == "remittance" else AlertKind.OTHER
        yield from self._tell(id_, kind)
        if advice.kind == "text":
            yield self._alert(_words(advice), AlertKind.TEXT, ref=id_)

    def _find(self, about: Advised) -> _Found:
        """By the numbers that its message was sent under, else by those of documents.

        Of several messages that told a document the last one is meant.
        """
        key = sent_key(self.profile.id, about)
        rows = self.world.sent.get(key, ()) if key else ()
        rows = tuple(row for row in rows if _fits(row, about))
        if len(rows) == 1:
            return _Found(about, document_of(rows[0]), self._now(rows[0]))
        for place in named(self.profile.id, self.came.advice, about):
            every = self.heard.documents.get(place) or self.world.documents.get(place)
            if every:
                document = next((d for d in reversed(every) if d.sent), every[-1])
                told = [row for row in document.sent if _is_type(row, about)]
                sent = self._now(told[-1]) if told else None
                return _Found(about, document, sent, place)
        return _Found(about)

    def _now(self, sent: Sent) -> Sent:
        status = self.heard.statuses.get(sent.id, sent.acknowledgement)
        return replace(sent, acknowledgement=status)

    def _link(self, n: int, one: _Found) -> None:
        """The link between the advice and the document, and what is wrong with it."""
        about, document, sent, _ = one
        state: str = about.said
        if self.came.advice.kind == "remittance":
            state = self._paid(one)
        elif about.said and document is None and sent is None:
            name = about.number or about.group_control or about.message_control
            what = (
                f"{about.message_type or about.kind or 'message'} {name} is not known"
            )
            self.noted.append(Finding.of("ENV-213", what, _ABOUT, name))
            state = "unknown"
        self.links.append(
            Link(
                n=n,
                kind=document.kind if document else about.kind,
                number=(document.number if document else "") or about.number,
                ref=document.id if document else "",
                outbox_id=sent.id if sent else "",
                order_id=document.order_id if document else "",
                state=state,
                paid=about.paid,
                discount=about.discount,
            )
        )

    def _paid(self, one: _Found) -> str:
        """What a payment comes to; of what is no invoice nothing is said."""
        about, document, _, key = one
        if about.kind != "invoice" and (document is None or document.kind != "invoice"):
            return ""
        payment = paid(about, document)
        self.payments[key or len(self.payments)] = payment.found
        if payment.after and key and not self.came.test:
            self.known[key] = self.heard.documents[key] = (payment.after,)
        return payment.state

    def _settle(self, found: Sequence[_Found]) -> Iterator[Effect]:
        """Mark each message of ours with the worst word about it."""
        by_row: defaultdict[str, list[Advised]] = defaultdict(list)
        rows: dict[str, Sent] = {}
        for about, document, sent, _ in found:
            if about.said not in RANK:
                continue
            if sent is not None:
                rows[sent.id] = sent
                by_row[sent.id].append(about)
            elif document is not None and about.said in _REFUSED:
                first = next(_objections(about))
                yield self._alert(first, AlertKind.REJECTED, document.order_id)
        for id_, every in by_row.items():
            yield from self._mark(rows[id_], every)

    def _mark(self, sent: Sent, every: Sequence[Advised]) -> Iterator[Effect]:
        """What their application says outweighs that the message could be read."""
        was, said = (
            sent.acknowledgement,
            max((a.said for a in every), key=RANK.__getitem__),
        )
        stands = said == "accepted" and was == "accepted_with_errors"
        now = was if stands else said
        objected = [one for about in every for one in _objections(about)]
        if now == was and not objected:
            return
        self.heard.statuses[sent.id] = now
        yield Settle(
            partner_id=self.profile.id,
            outbox_id=sent.id,
            idem=sent.idem,
            was=was,
            acknowledgement=now,
            by=self.came.message_id,
            receipt_id=self.came.receipt_id,
            findings=tuple(objected[:_MOST_TOLD]),
            order_id=sent.order_id,
            application=True,
        )
        if objected:
            kind = AlertKind.REJECTED if said in _REFUSED else AlertKind.OTHER
            yield self._alert(objected[0], kind, sent.order_id, sent.id)

    def _tell(self, ref: str, kind: AlertKind) -> Iterator[Alert]:
        """One alert for all findings of a code."""
        by_code: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in self.noted:
            by_code[one.code].append(one)
        for first, *others in by_code.values():
            told = first
            if others:
                values = [one.value for one in (first, *others)][:_NAMED_IN_ALERT]
                more = " ..." if len(others) >= _NAMED_IN_ALERT else ""
                what = f"{first.what}; {len(others) + 1} in all: "
                told = replace(first, what=f"{what}{', '.join(values)}{more}")
            yield self._alert(told, kind, ref=ref)

    def _alert(
        self, finding: Finding, kind: AlertKind, order_id: str = "", ref: str = ""
    ) -> Alert:
        return Alert(
            partner_id=self.profile.id,
            finding=finding,
            order_id=order_id,
            kind=kind,
            ref=ref,
        )


_ABOUT = Where(path="/about")


def _fits(sent: Sent, about: Advised) -> bool:
    """Whether an interchange of ours holds the message that is named."""
    made = Numbered.of(about.message_control)
    if made is not None:
        at_ms = int(sent.created_at.timestamp() * 1000)
        return sent.kind.startswith("cxml_") and at_ms == made.at_ms
    number = about.message_control.strip()
    if number and not (number.isascii() and number.isdigit()):
        return False
    return _is_type(sent, about) and (not number or int(number) in sent.messages)


def _is_type(sent: Sent, about: Advised) -> bool:
    return about.message_type in ("", sent.kind.removeprefix("x12_"))


def _objections(about: Advised) -> Iterator[Finding]:
    """What they object to, each at its place in our message; at least the verdict."""
    if about.said == "accepted":
        return
    code = "ENV-211" if about.said in _REFUSED else "ENV-212"
    name = " ".join(one for one in (about.message_type, about.number) if one)
    said = about.said.replace("_", " ")
    for one in about.objections or (Objection(),):
        words = ": ".join(
            " ".join(part.split()) for part in (one.code, one.text) if part
        )
        where = Where(
            segment_tag=one.segment_tag,
            segment_position=one.segment_position,
            element=one.element,
        )
        what = f"{name or 'a message'} {said} ({about.sent})"
        yield Finding.of(code, what + f": {words}" * bool(words), where, one.value)


def _words(advice: Advice) -> Finding:
    """The beginning of a text, so that people know whether to open it."""
    text = " ".join(note.text for note in advice.notes).split()
    words = " ".join(text)[:_FIRST_WORDS]
    name = advice.title or advice.number or "no title"
    return Finding.of("ENV-214", f"{name}: {words}", Where(path="/notes"))
