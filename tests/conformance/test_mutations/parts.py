"""Break a good sample in one place, and tell all that the gateway says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from gateway.bootstrap import tables
from gateway.catalog import Prices
from gateway.catalog.importing import read_csv
from gateway.edi.limits import Limits
from gateway.edi.numbers import Numbers
from gateway.engine.reading import learned
from gateway.findings import CODES, Finding
from gateway.partner import Directory, Profile
from gateway.partner.guide import Guide
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Alert, Effect, Keep, Queue, Record, Refuse
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.starters import FOLDER, ROOT, starter_prices, starter_profile
from tests.unit.pipeline.parts import NOW

SAMPLES: Mapping[str, Path] = {
    "acme": FOLDER / "acme/samples/good-small.edi",
    "acme rich": FOLDER / "acme/samples/good-rich.edi",
    "acme totals": FOLDER / "acme/samples/good-totals.edi",
    "quarrel-ridge": FOLDER / "quarrel-ridge/samples/good-small.edi",
    "quarrel-ridge rich": FOLDER / "quarrel-ridge/samples/good-rich.edi",
    "st-brendan": FOLDER / "st-brendan-health/samples/good-small.edi",
    "lantern-bay": FOLDER / "lantern-bay/samples/good-small.edi",
    "lantern-bay rich": FOLDER / "lantern-bay/samples/good-rich.edi",
    "several orders": ROOT / "samples/x12/several-orders.edi",
    "several groups": ROOT / "samples/x12/several-groups.edi",
}
"""Good transmissions by name; the partners' own and those of everybody's samples."""
EDIFACT: Mapping[str, Path] = {
    "marlow rich": FOLDER / "marlow-grocers/samples/good-rich.edi",
    "in a group": ROOT / "samples/edifact/groups.edi",
    "several": ROOT / "samples/edifact/several-orders.edi",
}
"""The same of EDIFACT; UNA is the first of the segments, UNB the second."""
PARTNERS = ("acme", "lantern-bay", "quarrel-ridge", "st-brendan-health")
_ACKNOWLEDGEMENTS = ("TA1", "AK", "IK", "CTX")
_NUMBERS = Numbers(interchange=1, group=1, message=1)

OTHER = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*BOLTBEAM       "
    "*261120*0912*U*00401*000001041*0*P*>~\nIEA*0*000001041~\n"
)
"""An interchange of Acme's with nothing in it."""

Change = Callable[[list[str]], list[str]]
"""One thing done to the segments of a transmission, ISA first."""


class Sample(NamedTuple):
    """A transmission as segments; ``end`` is what stands behind each of them."""

    segments: list[str]
    mark: str
    end: str

    def bytes(self) -> bytes:
        return "".join(s + self.end for s in self.segments).encode("latin-1")


@cache
def sample(name: str) -> Sample:
    """A good transmission, split."""
    if name in EDIFACT:
        raw = EDIFACT[name].read_bytes().decode("ascii")
        mark, end = raw[4], raw[8 : raw.index("UNB")]
    else:
        raw = SAMPLES[name].read_bytes().decode("ascii")
        mark, end = raw[3], raw[105 : raw.index("GS" + raw[3])]
    return Sample(raw.removesuffix(end).split(end), mark, end)


class Raw(NamedTuple):
    """Bytes that take the place of others; ``times`` may be fewer than there are."""

    old: bytes
    new: bytes
    times: int = -1


def mutated(name: str, *changes: Change | Raw) -> bytes:
    """The sample with something done to it. ``*`` in a change is its separator."""
    good = sample(name)
    broken = [segment.replace(good.mark, "*") for segment in good.segments]
    for change in changes:
        broken = broken if isinstance(change, Raw) else change(broken)
    raw = good._replace(segments=[s.replace("*", good.mark) for s in broken]).bytes()
    for change in changes:
        if isinstance(change, Raw):
            assert change.old in raw, change
            raw = raw.replace(*change)
    return raw


# What can be done to the only message, ST counted as 1, or to the envelope.


def put(at: int, *new: str, out: int = 0) -> Change:
    """Put segments in at a position, take ``out`` of them out; the count follows."""

    def change(segments: list[str]) -> list[str]:
        index = at + 1
        changed = [*segments[:index], *new, *segments[index + out :]]
        return _counted(changed, len(new) - out)

    return change


def drop(at: int) -> Change:
    """Take a segment out."""
    return put(at, out=1)


def swap(at: int) -> Change:
    """Swap a segment with the one behind it."""

    def change(segments: list[str]) -> list[str]:
        first, second = segments[at + 1 : at + 3]
        return put(at, second, first, out=2)(segments)

    return change


def value(at: int, element: int, new: str) -> Change:
    """Give an element of a message's segment another value."""
    return _element(at + 1, element, new)


def isa(element: int, new: str) -> Change:
    """Give an element of ISA another value."""
    return _element(0, element, new)


def gs(element: int, new: str) -> Change:
    """Give an element of GS another value."""
    return _element(1, element, new)


def trailer(tag: str, element: int, new: str) -> Change:
    """Give an element of SE, GE or IEA another value."""

    def change(segments: list[str]) -> list[str]:
        tags = [segment.partition("*")[0] for segment in segments]
        return _element(tags.index(tag), element, new)(segments)

    return change


def last(tag: str, *new: str) -> Change:
    """Put segments in the place of the last one with a tag; no count is changed."""

    def change(segments: list[str]) -> list[str]:
        tags = [segment.partition("*")[0] for segment in segments]
        index = len(tags) - 1 - tags[::-1].index(tag)
        return [*segments[:index], *new, *segments[index + 1 :]]

    return change


def without_first(tag: str) -> Change:
    """Take the first segment with a tag out; no count is changed."""

    def change(segments: list[str]) -> list[str]:
        index = [segment.partition("*")[0] for segment in segments].index(tag)
        return [*segments[:index], *segments[index + 1 :]]

    return change


def _element(index: int, element: int, new: str) -> Change:
    def change(segments: list[str]) -> list[str]:
        row = segments[index].split("*")
        row += [""] * (element + 1 - len(row))
        row[element] = new
        return [*segments[:index], "*".join(row), *segments[index + 1 :]]

    return change


def _counted(segments: list[str], more: int) -> list[str]:
    out = []
    for segment in segments:
        row = segment.split("*")
        if row[0] in ("SE", "UNT"):
            row[1] = str(int(row[1]) + more)
        out.append("*".join(row))
    return out


# What the gateway says.


@lru_cache
def partner(name: str, ack: str = "", level: str = "", guide: str = "") -> Profile:
    """A starter's profile with another functional acknowledgement or level.

    ``guide`` has more rules for its guide, as JSON.
    """
    profile = starter_profile(name)
    over = {"ack": ack, "level": level}
    x12 = profile.x12.model_copy(update={k: v for k, v in over.items() if v})
    more = Guide.model_validate_json(guide or "{}")
    both = {
        rule: getattr(profile.guide, rule) + getattr(more, rule)
        for rule in more.model_fields_set
    }
    rules_ = profile.guide.model_copy(update=both)
    return profile.model_copy(update={"x12": x12, "guide": rules_})


@lru_cache
def rules(
    ack: str = "", level: str = "", guide: tuple[str, str] | None = None
) -> Rules:
    """All starters' rules; ``guide`` names one of them and says more of its guide."""
    whose, more = guide or ("", "")
    return Rules(
        tables(),
        Directory.of(
            partner(name, ack, level, more if name.startswith(whose) else "")
            for name in PARTNERS
        ),
    )


@lru_cache
def prices(acme: tuple[str, str] = ("", "")) -> Mapping[str, Prices]:
    """The starters' catalogs; ``acme`` is what stands in Acme's instead of a text."""
    found = {name: starter_prices(name) for name in PARTNERS}
    if all(acme):
        text = (FOLDER / "acme/catalog.csv").read_text("utf-8")
        assert acme[0] in text
        imported = read_csv(text.replace(*acme), "catalog.csv", partner_id="acme")
        assert imported.is_good, imported.findings
        found["acme"] = Prices.of(imported.contracts, imported.items)
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """All findings of a transmission and all its acknowledgements, as they are told.

    A finding is its code, place and position, its severity where that is not the
    code's own, and behind ``@`` the start of what stands at its byte offset.
    """

    found: list[str]
    answer: list[str]


def said(
    raw: bytes,
    before: Iterable[bytes] = (),
    by: Rules | None = None,
    catalogs: Mapping[str, Prices] | None = None,
) -> Said:
    """What the gateway says of a transmission, after those before it."""
    by, world = by or rules(), World(now=NOW, prices=catalogs or prices())
    effects: tuple[Effect, ...] = ()
    for n, data in enumerate((*before, raw)):
        world = learned(world, f"rcp_{n - 1}", effects)
        effects = answer(read([data], by, receipt_id=f"rcp_{n}"), world)
    return Said([told(f, raw) for f in found_in(effects)], list(answers_in(effects)))


def found_in(effects: Iterable[Effect]) -> list[Finding]:
    """The findings that are kept, and those that only alert."""
    found: list[Finding] = []
    for effect in effects:
        match effect:
            case Record():
                found += effect.findings
                found += (f for m in effect.messages for f in m.findings)
            case Keep() | Refuse():
                found += effect.findings
            case Alert() if effect.finding not in found:
                found.append(effect.finding)
            case _:
                pass
    return found


def told(finding: Finding, raw: bytes) -> str:
    """A finding in one line."""
    where = finding.where
    place = where.segment_tag or where.path
    for part in (where.element, where.component):
        place += f"-{part:02d}" if part else ""
    place += f"^{where.repetition}" if where.repetition else ""
    words = [finding.code, place, str(where.segment_position or "")]
    if finding.severity is not CODES[finding.code].severity:
        words.append(f"({finding.severity})")
    if where.byte_offset >= 0:
        there = raw[where.byte_offset : where.byte_offset + 6].decode("latin-1")
        words.append("@" + repr(there)[1:-1])
    return " ".join(filter(None, words))


def answers_in(effects: Iterable[Effect]) -> Iterator[str]:
    """The segments of TA1, 997 and 999, with ``*`` and ``>`` for separators."""
    for effect in effects:
        if isinstance(effect, Queue):
            raw = effect.draft.finish(_NUMBERS, NOW).decode("latin-1")
            mark, component, end = raw[3], raw[104], raw[105]
            for row in raw.split(end):
                segment = row.strip("\r\n")
                if segment.startswith(_ACKNOWLEDGEMENTS):
                    yield segment.replace(component, ">").replace(mark, "*")


# What is expected of a mutation.


class Row(NamedTuple):
    """A finding code and one way to provoke it.

    ``found`` are all findings there are to be, ``answer`` is all that is answered with
    997s, ``answer_999`` with 999s where the sample is of 005010. Without an AK1 it is
    the one of the sample's group.
    """

    code: str
    name: str
    sample: str
    changes: tuple[Change | Raw, ...]
    found: list[str]
    answer: list[str]
    answer_999: list[str] | None = None
    level: str = ""
    guide: str = ""
    """More rules of the partner's guide, as JSON."""
    again: bool = False
    """The good sample came before."""
    always: bool = False
    """Acme's profile is that of every sender."""
    limit: int = 0
    """Bytes that a message may have."""
    catalog: tuple[str, str] = ("", "")
    """A text of Acme's catalog and what stands there instead."""

    def __str__(self) -> str:
        """The code, the way, and the sample."""
        return " ".join(filter(None, (self.code, self.name, self.sample)))

    @property
    def raw(self) -> bytes:
        """The broken sample."""
        return mutated(self.sample, *self.changes)

    def said(self, ack: str) -> Said:
        """What the gateway says to a partner who wants this acknowledgement."""
        guide = (self.sample.split()[0], self.guide) if self.guide else None
        by = rules(ack, self.level, guide)
        if self.limit:
            limits = Limits(message_bytes=self.limit)
            by = Rules(by.tables, by.directory, limits)
        if self.always:
            by = Rules(by.tables, by.directory, always=partner("acme"))
        before = [mutated(self.sample)] if self.again else []
        return said(self.raw, before, by, prices(self.catalog))

    def expected(self, ack: str) -> Said:
        """What it is to say."""
        answer = self.answer if ack == "997" else self.answer_999
        assert answer is not None
        if answer and answer[0].startswith("AK2*"):
            good = sample(self.sample)
            group = good.segments[1].split(good.mark)
            version = f"*{group[8]}" if ack == "999" else ""
            answer = [f"AK1*{group[1]}*{group[6]}{version}", *answer]
        return Said(self.found, answer)


def more(**rules: object) -> str:
    """More rules of a guide."""
    return json.dumps(rules)


def rejected(*lines: str) -> list[str]:
    """The 997 of the one set, rejected for errors in its segments."""
    return ["AK2*850*0001", *lines, "AK5*R*5", "AK9*R*1*1*0"]


def noted(*lines: str) -> list[str]:
    """The 997 of the one set, accepted with errors in its segments."""
    return ["AK2*850*0001", *lines, "AK5*E*5", "AK9*E*1*1*1"]


def rejected_999(*lines: str) -> list[str]:
    """The 999 of the one set, rejected for errors in its segments."""
    return ["AK2*850*0001", *lines, "IK5*R*5", "AK9*R*1*1*0"]


def noted_999(*lines: str) -> list[str]:
    """The 999 of the one set, accepted with errors in its segments."""
    return ["AK2*850*0001", *lines, "IK5*E*5", "AK9*E*1*1*1"]


ACCEPTED = ["AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
ACCEPTED_999 = ["AK2*850*0001", "IK5*A", "AK9*A*1*1*1"]
