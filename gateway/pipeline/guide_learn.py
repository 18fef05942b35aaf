"""Propose a partner's guide from sample interchanges, with the evidence for each rule.

Two kinds of evidence are kept apart. A break (a code that the standard lacks, a value
too long) is proven by one occurrence: it does occur. A constant (always there, only
these codes) never is: a rule is proposed only when ``ENOUGH`` files agree, and a list
of codes only when no code of it was seen in a single file, because then a code not
seen yet is unlikely (Good and Turing's estimate). The rest is told as not proposed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.edi.plan import ElementPlan, MessagePlan, NodePlan
from gateway.edi.schema import Composite
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.edi.validate import Validator
from gateway.findings import Finding, Severity
from gateway.partner import Profile
from gateway.partner.place import Place
from gateway.pipeline.guide_samples import Seen

__all__ = ["ENOUGH", "Learned", "Proposal", "learn"]

ENOUGH = 5
"""Files that have to agree before something is held to be constant."""
_LONG = 10
"""Elements that take this many characters have their lengths told."""
_MANY = 1000
"""A loop that may repeat this often grows with the order; its count is no rule."""
_OUT_OF_ORDER = ("SYN-101", "SYN-102", "SYN-103", "SYN-106", "SYN-107")
"""A message with one of these is misread easily: it proves nothing constant."""
_NOT_TOLERATED = (
    *_OUT_OF_ORDER,
    *("SYN-203", "SYN-206", "SYN-208", "SYN-209", "SYN-213"),
)
"""What cannot be read or placed: to tolerate it would lose it; the partner is asked."""
_OURS = ("VP", "VN", "SK", "VC")
_THEIRS = ("BP", "IN", "CB", "PI")

_Key: TypeAlias = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One rule of a guide. ``kind`` is the key it stands under, ``why`` the evidence.

    ``values`` are the codes, ``number`` a length or count by its key, ``code`` and
    ``severity`` the finding that is tolerated.
    """

    kind: str
    at: str = ""
    values: tuple[str, ...] = ()
    number: tuple[str, int] | None = None
    code: str = ""
    severity: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What the samples say. ``left_out`` and ``not_proposed`` are for people."""

    sender: tuple[str, str, str]
    """ISA05, ISA06 and GS02."""
    receiver: tuple[str, str, str]
    """ISA07, ISA08 and GS03."""
    version: str
    files: int
    messages: int
    proposals: tuple[Proposal, ...]
    sku: tuple[str, ...] = ()
    buyer_part: tuple[str, ...] = ()
    lengths: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_proposed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Element:
    """What was seen of one element in one place."""

    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The files of each value."""
    files: set[str] = field(default_factory=set)
    there: int = 0
    shortest: int = 1 << 30
    longest: int = 0


@dataclass(slots=True)
class _Place:
    """What was seen of one segment in one place of the message."""

    node: NodePlan
    passes: int = 0
    """Passes of the loops in front, in which it may stand."""
    passes_with: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    """How often it stood in a pass."""
    files: set[str] = field(default_factory=set)
    """The files with such a pass."""
    files_with: set[str] = field(default_factory=set)
    segments: int = 0
    elements: dict[int, _Element] = field(default_factory=lambda: defaultdict(_Element))
    steady: dict[int, set[str] | None] = field(default_factory=dict)
    """Values of an element that stood in every pass so far."""

    @property
    def place(self) -> Place:
        return Place(self.node.segment.loops, self.node.tag)


def learn(
    seen: tuple[Seen, ...],
    plan: MessagePlan,
    *,
    message: str = "x12_850",
    left_out: tuple[str, ...] = (),
    profile: Profile | None = None,
) -> Learned | None:
    """What the files of one sender propose, beyond what ``plan`` says already.

    None without any file. ``profile`` is the one whose guide is laid over the plan.
    """
    if not seen:
        return None
    study = _Study(plan, seen)
    own = profile is not None
    proposals = tuple(
        sorted(
            (*study.breaks(), *study.constants()), key=lambda p: _KINDS.index(p.kind)
        )
    )
    isa, group = seen[0].isa, seen[0].group
    return Learned(
        sender=(isa[5], isa[6], group[2]),
        receiver=(isa[7], isa[8], group[3]),
        version=group.version,
        files=len(study.names),
        messages=study.messages,
        proposals=proposals,
        sku=() if own or message != "x12_850" else study.qualifiers(_OURS),
        buyer_part=() if own or message != "x12_850" else study.qualifiers(_THEIRS),
        lengths=tuple(study.lengths()),
        left_out=left_out,
        not_proposed=tuple(study.doubtful),
    )


_KINDS = ("require", "narrow", "widen", "max_use", "tolerate", "severity")


class _Study:
    """The files of one sender, looked at place by place."""

    def __init__(self, plan: MessagePlan, seen: tuple[Seen, ...]) -> None:
        self.plan = plan
        self.names = sorted({one.name for one in seen})
        self.messages = sum(len(one.messages) for one in seen)
        self.doubtful: list[str] = []
        self.places: dict[_Key, _Place] = {}
        self._found: list[tuple[str, Finding, tuple[str, ...]]] = []
        judge = Validator(plan)
        for one in seen:
            for message in one.messages:
                found = judge.validate(message)
                self._found += [(one.name, f, _loops(f)) for f in found]
                if all(finding.code not in _OUT_OF_ORDER for finding in found):
                    self._level(judge.tree(message), plan.nodes, one.name)

    def _level(
        self,
        loop: LoopRead,
        nodes: tuple[NodePlan, ...],
        name: str,
        inside: bool = False,
    ) -> None:
        """Count what stands in one pass of a loop, and in the loops below it."""
        for node in nodes[1:] if inside else nodes:
            key = node.segment.loops, node.tag
            place = self.places.setdefault(key, _Place(node))
            inner = (
                [i for i in loop.inner(node.name) if i.segments] if node.name else []
            )
            segments = (
                [i.segments[0] for i in inner if i.segments[0].tag == node.tag]
                if node.name
                else [s for s in loop.all(node.tag) if s is not _first(loop, inside)]
            )
            place.passes += 1
            place.files.add(name)
            place.counts[len(segments)] += 1
            if segments:
                place.passes_with += 1
                place.files_with.add(name)
            for segment in segments:
                self._segment(place, segment, name)
            self._keep_steady(place, segments)
            for below in inner:
                self._level(below, node.nodes, name, inside=True)

    def _segment(self, place: _Place, segment: SegmentRead, name: str) -> None:
        place.segments += 1
        for number, plan in enumerate(place.node.segment.elements, 1):
            value = segment[number]
            if not value:
                continue
            element = place.elements[number]
            element.there += 1
            element.files.add(name)
            element.shortest = min(element.shortest, len(value))
            element.longest = max(element.longest, len(value))
            if _is_coded(plan):
                element.values[value].add(name)

    def _keep_steady(self, place: _Place, segments: list[SegmentRead]) -> None:
        for number, plan in enumerate(place.node.segment.elements, 1):
            if _is_coded(plan):
                values = {segment[number] for segment in segments} - {""}
                before = place.steady.get(number)
                place.steady[number] = values if before is None else before & values

    # What is proven by one occurrence.

    def breaks(self) -> Iterator[Proposal]:
        """What departs from the standard, or from the guide there is."""
        groups: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
        for name, finding, loops in self._found:
            if finding.severity in (Severity.REJECT, Severity.ERROR):
                where = finding.where
                place = Place(loops, where.segment_tag, where.element, where.component)
                key = finding.code, str(place) if where.segment_tag else ""
                groups.setdefault(key, []).append((name, finding))
        for (code, at), cases in groups.items():
            yield from self._break(code, at, cases)

    def _break(
        self, code: str, at: str, cases: list[tuple[str, Finding]]
    ) -> Iterator[Proposal]:
        names = sorted({name for name, _ in cases})
        said = f"{_listed(names)}: {_of(len(names), len(self.names), 'file')}"
        values = sorted({finding.value for _, finding in cases})
        first = cases[0][1]
        match code:
            case "SYN-207" if _printable(values):
                yield Proposal(kind="widen", at=at, values=tuple(values), why=said)
            case "SYN-205":
                most = max(map(_size, values))
                why = f"{said}, {most} characters"
                yield Proposal(kind="widen", at=at, number=("max", most), why=why)
            case "SYN-204":
                least = min(map(_size, values))
                why = f"{said}, {least} characters"
                yield Proposal(kind="widen", at=at, number=("min", least), why=why)
            case "SYN-104" | "SYN-105":
                yield from self._more(at, said)
            case "ENV-010" | "ENV-011" if len(names) > 1:
                # a habit; what came once is a slip
                why = f"{said}; {first.what}"[:200]
                yield Proposal(kind="severity", code=code, severity="error", why=why)
            case _ if code.startswith("SYN-") and code not in _NOT_TOLERATED:
                why = f"{said}; {first.what}"[:200]
                yield Proposal(kind="tolerate", at=at, code=code, why=why)
            case _:
                place = f" at {at}" if at else ""
                self.doubtful.append(f"{code}{place}: {first.what} ({said})")

    def _more(self, at: str, said: str) -> Iterator[Proposal]:
        for place in self.places.values():
            if str(place.place) == at:
                most = max(place.counts)
                why = f"{said}, {most} times"
                yield Proposal(kind="max_use", at=at, number=("max", most), why=why)

    # What only looks constant until enough files say so.

    def constants(self) -> Iterator[Proposal]:
        """What every file has, and the codes that are used."""
        for place in self.places.values():
            if place.node.tag in ("ST", "SE") or not place.segments:
                continue
            yield from self._always(place)
            for number in sorted(place.elements):
                yield from self._element(place, number)
            yield from self._count(place)

    def _enough(self, files: set[str], what: str) -> bool:
        """Whether enough files agree; if not, but all do, it is told as doubtful."""
        if len(files) >= ENOUGH:
            return True
        if len(files) > 1:
            self.doubtful.append(f"{what}: only {len(files)} files have it")
        return False

    def _always(self, place: _Place) -> Iterator[Proposal]:
        if place.passes_with < place.passes:
            return
        at, why = place.place, self._each(place)
        held = False
        for number in _first_coded(place.node):
            for value in sorted(place.steady.get(number) or ()):
                element = Place(at.loops, at.tag, number)
                if _repeats(place) and self._enough(
                    place.files_with, f"{element} is always {value} once"
                ):
                    held = True
                    if not _wants(place.node, number, value):
                        yield Proposal(
                            kind="require", at=str(element), values=(value,), why=why
                        )
        if held or place.node.mandatory:
            return
        if self._enough(place.files_with, f"{at} is always there"):
            yield Proposal(kind="require", at=str(at), why=why)

    def _each(self, place: _Place) -> str:
        files = f"always there: {_of(len(place.files_with), len(place.files), 'file')}"
        loops = "/".join(place.node.segment.loops) or "order"
        return f"{files}, {place.passes_with} of {place.passes} ({loops})"

    def _element(self, place: _Place, number: int) -> Iterator[Proposal]:
        seen = place.elements[number]
        plan = place.node.segment.elements[number - 1]
        at = Place(place.node.segment.loops, place.node.tag, number)
        if self._is_news(place, number, seen) and self._enough(
            seen.files, f"{at} is always sent"
        ):
            files = _of(len(seen.files), len(place.files_with), "file")
            why = f"always sent: {files}, {seen.there} of {place.segments} {at.tag}"
            yield Proposal(kind="require", at=str(at), why=why)
        if seen.values:
            yield from self._codes(plan, at, seen)

    def _is_news(self, place: _Place, number: int, seen: _Element) -> bool:
        """Whether it was always sent, and nothing asks for that already."""
        plan = place.node.segment.elements[number - 1]
        if seen.there < place.segments or plan.mandatory:
            return False
        present = {
            n for n, e in enumerate(place.node.segment.elements, 1) if e.mandatory
        }
        told = {
            n
            for n, e in place.elements.items()
            if n < number and e.there == place.segments
        }
        others = (present | told) - {number}
        return not any(
            condition.kind in ("P", "C") and number in condition.broken(others)
            for condition in place.node.segment.conditions
        )

    def _codes(
        self, plan: ElementPlan, at: Place, seen: _Element
    ) -> Iterator[Proposal]:
        once = sorted(v for v, files in seen.values.items() if len(files) == 1)
        values = tuple(sorted(set(seen.values) & plan.codes))
        if not values or set(seen.values) - plan.codes or set(values) == plan.codes:
            return
        if not self._enough(seen.files, f"{at} is only {' '.join(values)}"):
            return
        if once:
            what = f"{at} is only {' '.join(values)}"
            self.doubtful.append(f"{what}: {' '.join(once)} came in a single file")
            return
        files = _of(len(seen.files), len(self.names), "file")
        why = f"codes seen: {files}, {seen.there} times"
        yield Proposal(kind="narrow", at=str(at), values=values, why=why)

    def _count(self, place: _Place) -> Iterator[Proposal]:
        node = place.node
        most = max(place.counts)
        grows = bool(node.name) and (node.max == 0 or node.max >= _MANY)
        steady = {count for count in place.counts if count} == {most}
        if grows or not steady or node.max in (1, most):
            return
        at = place.place
        if self._enough(place.files_with, f"{at} stands at most {most} times"):
            files = _of(len(place.files_with), len(place.files), "file")
            why = f"never more: {files} have it, {most} each time"
            yield Proposal(kind="max_use", at=str(at), number=("max", most), why=why)

    def lengths(self) -> Iterator[str]:
        """The lengths of texts that more than one file has; no rule follows."""
        for place in self.places.values():
            for number, seen in sorted(place.elements.items()):
                plan = place.node.segment.elements[number - 1]
                element = plan.use.element
                text = not isinstance(element, Composite) and element.type == "AN"
                if text and len(seen.files) > 1 and plan.max >= _LONG:
                    at = Place(place.place.loops, place.place.tag, number)
                    files = _of(len(seen.files), len(self.names), "file")
                    span = f"{seen.shortest} to {seen.longest} of {plan.max}"
                    yield f"{at}: {span} ({files})"

    def qualifiers(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The product id qualifiers of lines that were seen, most frequent first."""
        place = self.places.get(((), "PO1"))
        counts: Counter[str] = Counter()
        for number in range(6, 26, 2):
            if place and number in place.elements:
                for value, files in place.elements[number].values.items():
                    counts[value] += len(files) if value in wanted else 0
        return tuple(q for q, count in counts.most_common() if count)


def _first(loop: LoopRead, inside: bool) -> SegmentRead | None:
    """The segment that started the pass: it is no child of it."""
    return loop.segments[0] if inside and loop.segments[0].tag == loop.name else None


def _is_coded(plan: ElementPlan) -> bool:
    element = plan.use.element
    return not isinstance(element, Composite) and bool(element.codes)


def _first_coded(node: NodePlan) -> tuple[int, ...]:
    """The qualifier that tells the segments of one tag apart, if the first is one."""
    elements = node.segment.elements
    return (1,) if elements and _is_coded(elements[0]) else ()


def _repeats(place: _Place) -> bool:
    return place.node.max != 1


def _wants(node: NodePlan, number: int, value: str) -> bool:
    return any(w.element == number and w.values == {value} for w in node.wanted)


def _loops(finding: Finding) -> tuple[str, ...]:
    """The loops in front of a finding's place, without the one its segment starts."""
    parts = [part.partition("[")[0] for part in finding.where.loop.split("/") if part]
    if parts and parts[-1] == finding.where.segment_tag:
        parts.pop()
    return tuple(parts)


def _size(value: str) -> int:
    """Characters of a value; of a number its digits."""
    digits = sum(map(value.count, "0123456789"))
    return digits if value.strip("-.0123456789") == "" and digits else len(value)


def _printable(values: Iterable[str]) -> bool:
    return all(value and value.isprintable() and len(value) <= 40 for value in values)


def _of(count: int, total: int, what: str) -> str:
    return f"{count} of {total} {what}{'' if total == 1 else 's'}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
