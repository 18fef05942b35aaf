"""One golden case: what goes in, the run of the core, and what is told of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from gateway.bootstrap import edifact, tables
from gateway.catalog import Prices, check
from gateway.edi.numbers import Numbers, Unnumbered
from gateway.engine.reading import learned
from gateway.findings import Finding
from gateway.findings.render import as_text
from gateway.order.life import State
from gateway.partner import Directory, Profile, load
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import (
    Advance,
    Alert,
    Decide,
    Effect,
    Expect,
    Keep,
    KeepAdvice,
    KeepChange,
    Queue,
    Record,
    Refuse,
    Replay,
    SettleChange,
)
from gateway.pipeline.inbound import read
from gateway.pipeline.own_effects import (
    Allot,
    Bill,
    CartOrdered,
    Count,
    Draw,
    Drop,
    Due,
    Met,
    Move,
    Ship,
)
from gateway.pipeline.release import As, Kept, Released, release
from gateway.pipeline.rules import Rules
from gateway.pipeline.sent import Settle
from gateway.pipeline.world import World
from tests.golden import advices, erp
from tests.starters import ROOT, as_yaml, starter_prices, starter_profile, texts

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/*/case.yaml"))
"""The folder of every case."""
STARTERS = (
    "acme",
    "st-brendan-health",
    "marlow-grocers",
    "hollin-forge",
    "ravensholm-council",
    "greywater-authority",
)
ORDERS = "orders.edi"
HOME = "cxml_confirmation_request"
"""Where the partner of the cases of cXML stands."""
NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
KEYS = {
    *(
        "in",
        "policy",
        "stage",
        "sends",
        "catalog",
        "now",
        "before",
        "receives",
        "shipped",
        "release",
    ),
    *(
        "erp",
        "said",
        "ship_notice",
        "guide",
        "us",
        "tells",
        "documents",
        "edifact",
        "cxml",
        "stands",
        "prices",
        "whole",
        "partner",
    ),
}
_OVER = (
    *("policy", "stage", "receives", "sends", "erp", "ship_notice", "guide", "us"),
    *("edifact", "cxml"),
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """``case.yaml`` with everything it names.

    ``in`` is a file from the project's root, else ``in.edi`` beside it. ``policy``,
    ``erp``, ``stage`` and ``sends`` go over the starter profiles, ``catalog`` is a
    starter's unless ``catalog.csv`` lies beside it. ``before`` are files answered
    before it, and ``release`` is what operators then do with the held order. ``said``
    are files of our ERP beside it, taken in one after the other when all that is done.
    ``tells`` are partners who get a stock report then. ``documents`` of ours were told
    before. ``prices`` are partners who get their prices then. With ``stands``
    the buyer is told how the order stands in the end. With ``whole`` what ``before``
    led to is told as well; its first file may be ``orders.edi`` beside the case.
    ``partner`` takes the place of the starters: NAME.yaml and NAME.csv beside the
    folder of the case, else beside those of the answers to its orders.
    """

    data: bytes
    earlier: tuple[bytes, ...]
    rules: Rules
    world: World
    releases: tuple[Released, ...]
    shipped: Mapping[str, str]
    said: tuple[Path, ...] = ()
    tells: tuple[str, ...] = ()
    stands: bool = False
    prices: tuple[str, ...] = ()
    whole: bool = False

    @classmethod
    def of(cls, folder: Path) -> Case:
        facts = texts(folder / "case.yaml") or {}
        assert set(facts) <= KEYS, set(facts) - KEYS
        source = ROOT / facts["in"] if "in" in facts else folder / "in.edi"
        now = dt.datetime.fromisoformat(facts["now"]) if "now" in facts else NOW
        over = {key: facts[key] for key in _OVER if key in facts}
        own = folder / "catalog.csv"
        mine = own if own.exists() else None
        names = [facts["partner"]] if "partner" in facts else STARTERS
        home = _home(folder, names[0]) if "partner" in facts else None
        prices = {name: _prices(name, mine, home) for name in names}
        return cls(
            data=source.read_bytes(),
            earlier=tuple(
                (folder / name if name == ORDERS else ROOT / name).read_bytes()
                for name in facts.get("before", ())
            ),
            rules=_own_rules(names[0], home, over)
            if home
            else _changed_rules(over)
            if over
            else _rules(),
            world=advices.documents(
                World(now=now, prices=prices), facts.get("documents", ())
            ),
            shipped=facts.get("shipped", {}),
            releases=tuple(_released(each) for each in facts.get("release", ())),
            said=tuple(folder / name for name in facts.get("said", ())),
            tells=tuple(facts.get("tells", ())),
            stands="stands" in facts,
            prices=tuple(facts.get("prices", ())),
            whole="whole" in facts,
        )

    @classmethod
    @lru_cache(maxsize=8)
    def ran(cls, folder: Path) -> tuple[Case, tuple[Effect, ...]]:
        """A case with its effects."""
        case = cls.of(folder)
        return case, case.run()

    def run(self) -> tuple[Effect, ...]:
        """The effects of the last transmission, and of the releases behind it."""
        world = self.world
        first: tuple[Effect, ...] = ()
        for n, data in enumerate(self.earlier, 1):
            receipt = f"rcp_before{n}"
            earlier = read([data], self.rules, receipt_id=receipt, door="folder")
            done = answer(earlier, world)
            first += done if self.whole else ()
            world = learned(world, receipt, done)
        world = _shipped(world, self.shipped)
        now = read([self.data], self.rules, receipt_id="rcp_now", door="folder")
        effects = first + answer(now, world)
        for wanted in self.releases:
            effects += self._release(effects, wanted)
        if self.said:
            effects += erp.taken_in(self.said, effects, self.rules, self.world)
        for partner in self.tells:
            effects += erp.told_stock(partner, effects, self.rules, self.world)
        for partner in self.prices:
            effects += erp.told_prices(partner, self.rules, self.world)
        if self.stands:
            world = _shipped(learned(world, "rcp_now", effects), self.shipped)
            effects += erp.told_status(world, self.rules)
        return effects

    def _release(self, effects: tuple[Effect, ...], wanted: Released) -> Any:
        (keep,) = (e for e in effects if isinstance(e, Keep))
        ack, state = keep.ack, keep.state
        for effect in effects:
            if isinstance(effect, Decide):
                ack, state = effect.ack, effect.state
        profile = self.rules.directory.profiles[keep.partner_id]
        kept = Kept(order=keep.order, ack=ack, state=state, profile=profile)
        now = self.world.now + dt.timedelta(hours=1)
        prices = self.world.prices[profile.id]
        return release(kept, wanted, check(keep.order, prices, profile, now), now)

    def written(self, effects: tuple[Effect, ...], kind: str) -> tuple[bytes, ...]:
        """The finished messages of a kind, numbered in their order."""
        queued = [e for e in effects if isinstance(e, Queue) and e.kind == kind]
        return tuple(
            _behind(effect, n - 1, self.world.now).finish(
                Numbers(interchange=n, group=n, message=1), self.world.now
            )
            for n, effect in enumerate(queued, 1)
        )


def _behind(effect: Queue, before: int, now: dt.datetime) -> Unnumbered:
    """The draft, behind the one with the number before it if it follows that."""
    draft = effect.draft
    return draft.after(before, now) if effect.follows and before else draft  # type: ignore[attr-defined]  # Following


@lru_cache(maxsize=1)
def _rules() -> Rules:
    return _changed_rules({})


def _home(folder: Path, name: str) -> Path:
    """Where a partner of the cases stands."""
    own = folder.parent
    return own if (own / f"{name}.yaml").exists() else own.parent / HOME


def _own_rules(name: str, home: Path, over: Mapping[str, Any]) -> Rules:
    loaded = load(as_yaml(texts(home / f"{name}.yaml") | over), f"{name}.yaml")
    assert isinstance(loaded, Profile), loaded
    return Rules(tables(), Directory.of([loaded]), directories=edifact())


def _prices(name: str, own: Path | None, home: Path | None) -> Prices:
    beside = home / f"{name}.csv" if home else None
    return starter_prices(name, own or beside)


def _changed_rules(over: Mapping[str, Any]) -> Rules:
    profiles = [starter_profile(name, **over) for name in STARTERS]
    return Rules(tables(), Directory.of(profiles), directories=edifact())


def _released(facts: Mapping[str, Any]) -> Released:
    known: dict[str, As] = {"accept": "accept", "change": "change", "reject": "reject"}
    return Released(
        as_=known[facts["as"]],
        lines=tuple(facts.get("lines", ())),
        reason=facts.get("reason", ""),
        by="desk",
    )


def _shipped(world: World, shipped: Mapping[str, str]) -> World:
    """The world once so much of each line of its orders has left."""
    if not shipped:
        return world
    lines = {line: Decimal(quantity) for line, quantity in shipped.items()}
    booked = {
        place: tuple(
            replace(one, shipped=lines, state=State.PARTLY_SHIPPED) for one in every
        )
        for place, every in world.booked.items()
    }
    return replace(world, booked=booked)


def told(effects: tuple[Effect, ...]) -> str:
    """Effects as lines for people, without the ids that say nothing."""
    names = {
        effect.order_id: f"order {effect.order.po_number}"
        for effect in effects
        if isinstance(effect, Keep)
    }
    lines = [line for effect in effects for line in _told(effect, names)]
    return "".join(f"{line}\n" for line in lines)


def _told(effect: Effect | Finding, names: Mapping[str, str]) -> Iterator[str]:
    match effect:
        case Record():
            key = effect.key
            yield f"Record {key.sender} {key.control_number} {key.usage}"
            yield from _found(effect.findings)
            for message in effect.messages:
                number = f"{message.type} {message.control_number}"
                yield f"  {number} {message.verdict}"
                yield from _found(message.findings, "    ")
        case Keep():
            test = " test" if effect.test else ""
            kind = effect.key.kind.partition("!")
            yield (
                f"Keep{test} {effect.order.doc_type} {effect.order.po_number} under "
                f"{kind[0]}{' (conflict)' if kind[1] else ''}: {effect.state}"
            )
            yield from _found(effect.findings)
            yield from _decided(effect)
        case KeepChange() | SettleChange():
            word = "Keep" if isinstance(effect, KeepChange) else "Settle"
            number = effect.place.po_number
            yield f"{word} change of order {number}: {effect.state}"
            yield from _found(effect.findings)
        case KeepAdvice():
            yield from advices.told(effect)
        case Decide():
            yield f"Decide {effect.was} -> {effect.state}"
            yield from _decided(effect)
        case Ship() | Allot() | Bill() | Move() | Count():
            yield from erp.told(effect)
        case Refuse():
            yield f"Refuse {effect.partner_id or 'unknown'}"
            yield from _found(effect.findings)
        case _:
            yield _short(effect, names)


def _short(  # noqa: PLR0911  a line for each
    effect: Effect | Finding, names: Mapping[str, str]
) -> str:
    match effect:
        case Advance():
            return f"Advance {effect.key} to {effect.standing.last}"
        case Queue():
            return f"Queue {effect.kind} through {effect.channel}"
        case Expect():
            return f"Expect their 997 by {effect.due_at:%Y-%m-%d %H:%M}"
        case Replay():
            what = effect.receipt_id or names.get(effect.order_id, "the first order")
            return f"Replay {' '.join(effect.kinds)} of {what}"
        case Settle():
            return f"Settle as {effect.acknowledgement}"
        case Alert():
            return f"Alert {as_text(effect.finding)}"
        case Finding():
            return f"Not done: {as_text(effect)}"
        case _:
            return _own(effect, names)


def _own(effect: Effect, names: Mapping[str, str]) -> str:
    """What our own side is told."""
    match effect:
        case Drop():
            return f"Drop {effect.kind} of {names.get(effect.order_id, 'the order')}"
        case Due():
            return f"Due {effect.kind} by {effect.due_at:%Y-%m-%d %H:%M}"
        case Met():
            return f"Met {effect.kind}"
        case CartOrdered():
            return f"CartOrdered {' '.join(effect.sessions)}"
        case Draw():
            parts = (
                f"{one.spent.quantity} of line {one.blanket_line} ({one.spent.value})"
                for one in effect.drawn
            )
            return f"Draw on {effect.place.po_number}: {', '.join(parts) or 'nothing'}"
        case _:
            raise AssertionError(f"no mapped message has a {type(effect).__name__}")


def _decided(effect: Keep | Decide) -> Iterator[str]:
    ack = effect.ack
    yield f"  answer: {ack.type}"
    for reason in ack.reasons:
        yield f"    because {reason.code} {reason.text}"
    for line in ack.lines:
        parts = [
            f"{status.kind} {status.quantity:f} {status.uom}"
            + (f" {status.date_kind} {status.date}" if status.date else "")
            for status in line.statuses
        ]
        yield f"    line {line.line_no}: {', '.join(parts)}"


def _found(findings: tuple[Finding, ...], indent: str = "  ") -> Iterator[str]:
    for finding in findings:
        yield f"{indent}{finding.severity}: {as_text(finding)}"
