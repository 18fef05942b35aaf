"""The samples of a partner: whose they are, and the segments that are in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.plan import MessagePlan
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.findings.model import Verdict, verdict

__all__ = ["Examples", "Sample", "Seen", "examples", "survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An interchange of the partner. ``name`` is shown beside what is cut from it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of the sender that is learned from, and its messages."""

    name: str
    isa: InterchangeBegun
    group: GroupBegun
    messages: tuple[MessageRead, ...]


def survey(
    samples: Iterable[Sample], message: str = "x12_850"
) -> tuple[tuple[Seen, ...], tuple[str, ...]]:
    """The files of the sender and version most are of; and why others are left out."""
    seen: list[Seen] = []
    left: list[str] = []
    for sample in _named_apart(samples):
        found = list(_read(sample, message[-3:]))
        seen += found
        if not found:
            left.append(f"{sample.name}: no {message[-3:]} in it")
    seen = list(_different(seen, left))
    counts = Counter(map(_whose, seen))
    most = max(counts, key=counts.__getitem__) if counts else None
    for one in seen:
        if _whose(one) != most:
            isa, version = one.isa, one.group.version
            left.append(f"{one.name}: {version} of {isa[5]}/{isa[6]} to {isa[8]}")
    return tuple(one for one in seen if _whose(one) == most), tuple(left)


def _named_apart(samples: Iterable[Sample]) -> Iterator[Sample]:
    """The samples, those of one name numbered: files are counted by their names."""
    names: Counter[str] = Counter()
    for sample in samples:
        names[sample.name] += 1
        again = names[sample.name]
        name = sample.name if again == 1 else f"{sample.name} ({again})"
        yield Sample(name=name, data=sample.data)


def _different(seen: Iterable[Seen], left: list[str]) -> Iterator[Seen]:
    """Each file once: the same messages sent again are no further evidence."""
    first: dict[tuple[str, ...], str] = {}
    for one in seen:
        texts = tuple(message.text for message in one.messages)
        before = first.setdefault(texts, one.name)
        if before == one.name:
            yield one
        else:
            left.append(f"{one.name}: the same messages as {before}")


def _whose(seen: Seen) -> tuple[str, ...]:
    isa, group = seen.isa, seen.group
    return isa[5], isa[6], isa[7], isa[8], group[2], group[3], group.version[:6]


def _read(sample: Sample, set_id: str) -> Iterator[Seen]:
    """The groups with messages of this type; the same file once for each sender."""
    reader = X12Reader()
    isa: InterchangeBegun | None = None
    group: GroupBegun | None = None
    whose: dict[tuple[str, ...], tuple[InterchangeBegun, GroupBegun]] = {}
    found: dict[tuple[str, ...], list[MessageRead]] = {}
    for event in (*reader.receive(sample.data), *reader.finish()):
        if isinstance(event, InterchangeBegun):
            isa, group = event, None
        elif isinstance(event, GroupBegun):
            group = event
        elif isinstance(event, MessageRead) and isa is not None and group is not None:
            key = _whose(Seen("", isa, group, ()))
            whose.setdefault(key, (isa, group))
            if event.type == set_id:
                found.setdefault(key, []).append(event)
    for key, messages in found.items():
        yield Seen(sample.name, *whose[key], tuple(messages))


Examples: TypeAlias = Mapping[tuple[tuple[str, ...], str], tuple[str, str]]
"""A segment as text and the sample's name, by the loops in front and the tag."""


def examples(plan: MessagePlan, samples: Iterable[Sample]) -> Examples:
    """The first segment for each place in messages that are not rejected."""
    out: dict[tuple[tuple[str, ...], str], tuple[str, str]] = {}
    judge = Validator(plan)
    for sample in samples:
        for read in _messages(sample.data, plan):
            if verdict(judge.validate(read)) is Verdict.REJECTED:
                continue
            ends = read.separators
            end = ends.terminator if ends.terminator.isprintable() else ""
            for loops, segment in _segments(judge.tree(read), ()):
                line = ends.element.join(segment.elements) + end
                out.setdefault((loops, segment.tag), (line, sample.name))
    return out


def _messages(data: bytes, plan: MessagePlan) -> Iterator[MessageRead]:
    reader = X12Reader()
    wanted = plan.schema.type, plan.schema.version[:6]
    version = ""
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, GroupBegun):
            version = event.version
        elif isinstance(event, MessageRead) and (event.type, version[:6]) == wanted:
            yield event


def _segments(
    loop: LoopRead, loops: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], SegmentRead]]:
    """The segments of a message with the loops in front of their places."""
    for number, segment in enumerate(loop.segments):
        starts = not number and bool(loops) and segment.tag == loops[-1]
        yield (loops[:-1] if starts else loops), segment
    for inner in loop.loops:
        yield from _segments(inner, (*loops, inner.name))
