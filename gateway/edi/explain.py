"""Say what is wrong with a message that the accept path did not take.

One cause gives one finding: segments are placed by position, a bad code stays a bad
code, a stray segment does not make its neighbours strays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gateway.edi.align import Step, align
from gateway.edi.checks import SegmentCheck, presence_of
from gateway.edi.elements import ElementFault, element_faults, value_faults
from gateway.edi.events import MessageRead
from gateway.edi.lacking import Lacking
from gateway.edi.plan import MessagePlan, NodePlan, SegmentPlan, Wanted
from gateway.edi.schema import Composite
from gateway.edi.walk import Move, Walk
from gateway.findings import Finding, Findings, Severity, Where

MOST_FINDINGS = 1000
"""Findings kept of one message; AK3 and AK4 help nobody beyond that."""
_COMPONENTS = 8
"""Component separators for which the checks of segments are kept."""
_REPEATED = {
    ("ST", 2): ("SE", 2),
    ("UNH", 1): ("UNT", 2),
    ("UNT", 1): ("UNT", 2),  # the two may have run into one
}


class Explainer:
    """The slow path of one message plan."""

    def __init__(self, plan: MessagePlan) -> None:
        """Made once per plan; a message is explained by ``explain``."""
        self.plan = plan
        self.walk = Walk(plan)
        self.wants = any(node.wanted for node in _all(plan.nodes))
        self.levels = _levels(plan.nodes)
        self.checks = lru_cache(maxsize=_COMPONENTS)(_Checks)
        self._weights: dict[tuple[int, str, int, int], tuple[Severity, str]] = {}

    def explain(
        self,
        message: MessageRead,
        suspects: Collection[int] | None,
        steps: Iterable[Step] | None = None,
    ) -> tuple[Finding, ...]:
        """What is wrong, in the order of the message.

        ``suspects`` are the positions of the segments whose elements were not
        accepted; None means all of them. ``steps`` are the message's where known.
        """
        chosen = None if suspects is None else frozenset(suspects)
        return _Explanation(self, message).run(chosen, steps)

    def steps(self, message: MessageRead) -> Iterator[Step]:
        """Every segment of a message in its place."""
        element = message.separators.element
        tags = [segment.partition(element)[0] for segment in message.segments]
        return align(self.walk, tags, ended=is_ended(message))

    def weight(
        self, plan: SegmentPlan, code: str, element: int, component: int
    ) -> tuple[Severity, str]:
        """How a fault of an element weighs, and the number of its data element."""
        key = id(plan), code, element, component
        known = self._weights.get(key)
        if known is None:
            weighs = self.plan.severity(code, plan.loops, plan.tag, element, component)
            known = weighs, _data_element(plan, element, component)
            if element <= len(plan.elements):  # others are as many as are sent
                self._weights[key] = known
        return known


class _Checks:
    """The quick check of each place, made when it is first asked for."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._by_plan: dict[int, SegmentCheck] = {}

    def of(self, plan: SegmentPlan) -> SegmentCheck:
        check = self._by_plan.get(id(plan))  # plans live as long as the explainer
        if check is None:
            check = self._by_plan[id(plan)] = SegmentCheck(plan, self._component)
        return check


class _At(NamedTuple):
    """A place in the message, as findings and the guide's severities name it."""

    tag: str
    position: int
    path: str
    loops: tuple[str, ...] = ()

    @classmethod
    def of(cls, node: NodePlan, step: Step, depth: int) -> _At:
        """Where ``node`` stands, or was to stand, at a step."""
        frames = step.before.frames
        if depth < len(frames):
            path = step.before.path(step.counts_before, depth)
        else:
            path = step.path
        return cls(node.tag, step.position, path, node.segment.loops)


class _Explanation:
    def __init__(self, explainer: Explainer, message: MessageRead) -> None:
        self.explainer = explainer
        self.plan = explainer.plan
        self.message = message
        self.found = Findings()
        self.element = message.separators.element
        self.component = message.separators.component
        self.checks = explainer.checks(self.component)
        self.told = _told(message.faults)
        self.offsets = message.offsets
        self.lacking = Lacking(self.component)
        self.covers = False
        """The segment that is not known here rejects the message."""

    def run(
        self, suspects: frozenset[int] | None, steps: Iterable[Step] | None
    ) -> tuple[Finding, ...]:
        segments, element = self.message.segments, self.element
        ended = is_ended(self.message)
        last: Step | None = None
        scopes = _Scopes(self.explainer.levels) if self.explainer.wants else None
        for last in steps or self.explainer.steps(self.message):
            if len(self.found) >= MOST_FINDINGS:
                return self._told_once()
            self._structure(last)
            faulty: Collection[int] = ()
            if suspects is None or last.position in suspects:
                faulty = self._elements(last)
            if scopes and last.move and not scopes.idle(last.move, last.position):
                elements = segments[last.position - 1].split(element)
                self._unfulfilled(scopes.see(last, elements, self.component, faulty))
        if last is not None and ended:
            self._end(last)
            if scopes:
                self._unfulfilled(scopes.end(last))
        return self._told_once()

    def _told_once(self) -> tuple[Finding, ...]:
        """The findings without those of segments that only stand elsewhere."""
        found, settled = self.found.done(), self.lacking.settled()
        if not settled:
            return found
        return tuple(f for number, f in enumerate(found) if number not in settled)

    # The order of segments.

    def _structure(self, step: Step) -> None:
        move = step.move
        if move is None:
            if not step.follows:
                self._stray(step)
            return
        if not (move.cost or step.over or move.node.forbidden):
            return
        missing = list(move.missing)
        if move.entered is not None:
            missing.append((move.depth, move.entered))
        covered = step.covered and self.covers
        for depth, node in missing[1:] if covered else missing:
            self._missing(node, _At.of(node, step, depth))
        node = move.entered or move.node
        at = _At.of(node, step, move.depth)
        if node.forbidden:
            self._add("IMP-106", f"{node.tag} is not used by the guide", at)
        if step.over:
            thing = f"loop {node.name}" if node.name else node.tag
            self._add(node.over_code, f"{thing} may stand {node.max} times", at)

    def _stray(self, step: Step) -> None:
        tag = self.message.segments[step.position - 1].partition(self.element)[0]
        schema = self.plan.schema
        if tag in schema.segments:
            code, what = "SYN-107", f"{tag} stands out of sequence"
        elif tag in schema.defined_tags:
            code, what = "SYN-106", f"{tag} is no segment of {schema.type}"
        else:
            code, what = "SYN-101", f"{tag!r} is no {schema.standard} segment"
        at = _At(tag, step.position, step.path)
        self.covers = self._add(code, what, at, value=tag) is Severity.REJECT
        if self.covers and code == "SYN-107":
            elements = self.message.segments[step.position - 1].split(self.element)
            self.lacking.astray(tag, at.position, at.path, elements)
        elif self.covers:
            self.lacking.unknown(at.position)

    def _end(self, last: Step) -> None:
        for depth, node in last.after.rest:
            path = last.after.path(last.counts, depth)
            at = _At(node.tag, last.position + 1, path, node.segment.loops)
            self._missing(node, at)

    def _missing(self, node: NodePlan, at: _At) -> None:
        what = f"{node.tag} ({node.segment.name}) is missing"
        self.lacking.missing(len(self.found), node.tag, at.position, at.path)
        self._add(node.missing_code, what, at)

    def _unfulfilled(self, wanted: Iterable[tuple[_At, Wanted, int]]) -> None:
        """Report each rule of the guide that no segment of its loop pass fulfils."""
        for at, rule, since in wanted:
            if self.lacking.is_told(at.tag, at.path, since, at.position):
                continue
            values = " or ".join(sorted(rule.values))
            why = f" ({rule.why})" if rule.why else ""
            what = f"no {at.tag} has {values} in {at.tag}-{rule.element:02d}{why}"
            number = len(self.found)
            self.lacking.missing(number, at.tag, at.position, at.path, rule)
            self._add(rule.code, what, at)

    # The elements of one segment.

    def _elements(self, step: Step) -> Collection[int]:
        """Report what is wrong; return the elements that reject the message."""
        if step.move is None:
            return ()
        segment = self.message.segments[step.position - 1]
        elements = segment.split(self.element)
        plan = step.move.node.segment
        repetition = self.message.separators.repetition
        bad: list[int] | None = None
        if not (repetition and repetition in segment):
            bad = self.checks.of(plan).bad(elements, presence_of(elements))
        if bad is None:
            faults = element_faults(plan, elements, self.component, repetition)
        elif bad:
            faults = value_faults(plan, elements, bad, self.component)
        else:
            return ()
        at = _At(plan.tag, step.position, step.path, plan.loops)
        return [
            fault.element
            for fault in faults
            if (plan.tag, fault.element) not in self.told
            and self._element(fault, at, plan) is Severity.REJECT
        ]

    def _element(self, fault: ElementFault, at: _At, plan: SegmentPlan) -> Severity:
        severity, data_element = self.explainer.weight(
            plan, fault.code, fault.element, fault.component
        )
        where = Where(
            segment_tag=at.tag,
            segment_position=at.position,
            loop=at.path,
            element=fault.element,
            component=fault.component,
            repetition=fault.repetition,
            data_element=data_element,
            byte_offset=self._offset(at.position),
        )
        self.found.add(fault.code, fault.what, where, fault.value, severity=severity)
        return severity

    def _offset(self, position: int) -> int:
        """Where a segment starts in the transmission."""
        offsets = self.offsets
        if not offsets:
            return self.message.byte_offset
        return offsets[min(position, len(offsets)) - 1]

    def _add(self, code: str, what: str, at: _At, value: str = "") -> Severity:
        where = Where(
            segment_tag=at.tag,
            segment_position=at.position,
            loop=at.path,
            byte_offset=self._offset(at.position),
        )
        severity = self.plan.severity(code, at.loops, at.tag, 0, 0)
        self.found.add(code, what, where, value, severity=severity)
        return severity


@dataclass(frozen=True, slots=True)
class _Level:
    """What the guide wants in each pass of a loop, and the order of its nodes."""

    wished: tuple[tuple[int, NodePlan, Wanted], ...]
    index: Mapping[int, int]

    @classmethod
    def of(cls, nodes: Sequence[NodePlan]) -> _Level:
        """``index`` has the place of each node by its id."""
        wished = ((n, node, w) for n, node in enumerate(nodes) for w in node.wanted)
        return cls(tuple(wished), {id(node): n for n, node in enumerate(nodes)})


def _levels(nodes: Sequence[NodePlan]) -> Mapping[int, _Level]:
    """The level of the message, at 0, and of each loop by the id of its node."""
    loops = {id(n): _Level.of(n.nodes[1:]) for n in _all(nodes) if n.name}
    return {0: _Level.of(nodes), **loops}


@dataclass(slots=True)
class _Open:
    """One thing that the guide still wants, and the last segment in front of it."""

    index: int
    node: NodePlan
    wanted: Wanted
    since: int


class _Scope:
    """One pass of a loop, and what the guide still wants in it."""

    def __init__(self, level: _Level, path: str, since: int) -> None:
        self.path = path
        self._open = [_Open(*wished, since) for wished in level.wished]
        self._index = level.index

    def see(
        self,
        node: NodePlan,
        elements: list[str],
        component: str,
        faulty: Collection[int],
        position: int,
    ) -> list[_Open]:
        """Strike what this segment fulfils; return what can no longer be fulfilled.

        A segment that is at fault in the element may be the one that was meant.
        """
        if not self._open:
            return []
        at = self._index[id(node)]
        passed = [open_ for open_ in self._open if open_.index < at]
        kept = []
        for open_ in self._open:
            wanted = open_.wanted
            if open_.index > at:
                open_.since = position
                kept.append(open_)
            elif open_.index == at and not (
                wanted.element in faulty or wanted.holds(elements, component)
            ):
                kept.append(open_)
        self._open = kept
        return passed

    def is_before(self, node: NodePlan, position: int) -> bool:
        """Whether all that is still wanted comes behind this segment."""
        if self._open:
            at = self._index[id(node)]
            if any([open_.index <= at for open_ in self._open]):
                return False
            for open_ in self._open:
                open_.since = position
        return True

    def rest(self) -> list[_Open]:
        """What no segment has fulfilled."""
        return self._open


class _Scopes:
    """The passes of loops that are open, the message itself first."""

    def __init__(self, levels: Mapping[int, _Level]) -> None:
        self._levels = levels
        self._open = [_Scope(levels[0], "", 0)]

    def see(
        self, step: Step, elements: list[str], component: str, faulty: Collection[int]
    ) -> Iterator[tuple[_At, Wanted, int]]:
        """What is left unfulfilled behind a step."""
        move = step.move
        if move is None:
            return
        while len(self._open) > move.depth + 1:
            scope = self._open.pop()
            yield from _left(scope, scope.rest(), step.position)
        for node in filter(None, (move.entered, move.node)):
            scope = self._open[-1]
            values, faults = (elements, faulty) if node is move.node else ([], ())
            passed = scope.see(node, values, component, faults, step.position)
            yield from _left(scope, passed, step.position)
            if node.name:
                level = self._levels[id(node)]
                inner = _Scope(level, step.path, step.position)
                self._open.append(inner)

    def idle(self, move: Move, position: int) -> bool:
        """Whether a move changes nothing: all that its pass wants comes behind it."""
        if len(self._open) != move.depth + 1 or move.node.name or move.entered:
            return False
        return self._open[-1].is_before(move.node, position)

    def end(self, last: Step) -> Iterator[tuple[_At, Wanted, int]]:
        """What is left unfulfilled at the end of the message."""
        for scope in reversed(self._open):
            yield from _left(scope, scope.rest(), last.position)


def _left(
    scope: _Scope, wanted: Iterable[_Open], position: int
) -> Iterator[tuple[_At, Wanted, int]]:
    for left in wanted:
        at = _At(left.node.tag, position, scope.path, left.node.segment.loops)
        yield at, left.wanted, left.since


def _all(nodes: Iterable[NodePlan]) -> Iterator[NodePlan]:
    for node in nodes:
        yield node
        yield from _all(node.nodes[1:])


def is_ended(message: MessageRead) -> bool:
    """Whether the message has its SE; if not, nothing is missing at its end."""
    return all(fault.code != "ENV-013" for fault in message.faults)


def _told(faults: Iterable[Finding]) -> set[tuple[str, int]]:
    """The elements of header and trailer that their own findings speak of already."""
    told = {(fault.where.segment_tag, fault.where.element) for fault in faults}
    # the trailer repeats the number of the header
    return told.union(_REPEATED[place] for place in told if place in _REPEATED)


def _data_element(plan: SegmentPlan, number: int, component: int) -> str:
    """The number of the data element in a place, if the place exists."""
    if not 0 < number <= len(plan.elements):
        return ""
    element = plan.elements[number - 1].use.element
    if isinstance(element, Composite) and 0 < component <= len(element.uses):
        element = element.uses[component - 1].element
    return element.number
