"""Say what is wrong with a message that the accept path did not take.

One cause gives one finding: segments are placed by position, a bad code stays a bad
code, a stray segment does not make its neighbours strays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.edi.align import Step, align
from gateway.edi.checks import SegmentCheck, presence_of
from gateway.edi.elements import ElementFault, element_faults
from gateway.edi.events import MessageRead
from gateway.edi.plan import MessagePlan, NodePlan, SegmentPlan, Wanted
from gateway.edi.schema import Composite
from gateway.edi.walk import Walk
from gateway.findings import Finding, Findings, Where

MOST_FINDINGS = 1000
"""Findings kept of one message; AK3 and AK4 help nobody beyond that."""
_COMPONENTS = 8
"""Component separators for which the checks of segments are kept."""


class Explainer:
    """The slow path of one message plan."""

    def __init__(self, plan: MessagePlan) -> None:
        """Made once per plan; a message is explained by ``explain``."""
        self.plan = plan
        self.walk = Walk(plan)
        self.wants = any(node.wanted for node in _all(plan.nodes))
        self.checks = lru_cache(maxsize=_COMPONENTS)(_Checks)

    def explain(
        self, message: MessageRead, suspects: Collection[int] | None
    ) -> tuple[Finding, ...]:
        """What is wrong, in the order of the message.

        ``suspects`` are the positions of the segments whose elements were not
        accepted; None means all of them.
        """
        chosen = None if suspects is None else frozenset(suspects)
        return _Explanation(self, message).run(chosen)


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


@dataclass(frozen=True, slots=True)
class _At:
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

    def run(self, suspects: frozenset[int] | None) -> tuple[Finding, ...]:
        segments, element = self.message.segments, self.element
        tags = [segment.partition(element)[0] for segment in segments]
        ended = all(fault.code != "ENV-013" for fault in self.message.faults)
        last: Step | None = None
        scopes = _Scopes(self.plan.nodes) if self.explainer.wants else None
        for last in align(self.explainer.walk, tags, ended=ended):
            if len(self.found) >= MOST_FINDINGS:
                return self.found.done()
            self._structure(last, tags[last.position - 1])
            if suspects is None or last.position in suspects:
                self._elements(last)
            if scopes:
                elements = segments[last.position - 1].split(element)
                self._unfulfilled(scopes.see(last, elements, self.component))
        if last is not None and ended:
            self._end(last)
            if scopes:
                self._unfulfilled(scopes.end(last))
        return self.found.done()

    # The order of segments.

    def _structure(self, step: Step, tag: str) -> None:
        move = step.move
        if move is None:
            if not step.follows:
                self._stray(step, tag)
            return
        if not (move.cost or step.over or move.node.forbidden):
            return
        missing = list(move.missing)
        if move.entered is not None:
            missing.append((move.depth, move.entered))
        for depth, node in missing[1:] if step.covered else missing:
            self._missing(node, _At.of(node, step, depth))
        node = move.entered or move.node
        at = _At.of(node, step, move.depth)
        if node.forbidden:
            self._add("IMP-106", f"{node.tag} is not used by the guide", at)
        if step.over:
            thing = f"loop {node.name}" if node.name else node.tag
            self._add(node.over_code, f"{thing} may stand {node.max} times", at)

    def _stray(self, step: Step, tag: str) -> None:
        schema = self.plan.schema
        if tag in schema.segments:
            code, what = "SYN-107", f"{tag} stands out of sequence"
        elif tag in schema.defined_tags:
            code, what = "SYN-106", f"{tag} is no segment of {schema.type}"
        else:
            code, what = "SYN-101", f"{tag!r} is no X12 segment"
        self._add(code, what, _At(tag, step.position, step.path), value=tag)

    def _end(self, last: Step) -> None:
        for depth, node in last.after.rest:
            path = last.after.path(last.counts, depth)
            at = _At(node.tag, last.position + 1, path, node.segment.loops)
            self._missing(node, at)

    def _missing(self, node: NodePlan, at: _At) -> None:
        what = f"{node.tag} ({node.segment.name}) is missing"
        self._add(node.missing_code, what, at)

    def _unfulfilled(self, wanted: Iterable[tuple[_At, Wanted]]) -> None:
        """Report each rule of the guide that no segment of its loop pass fulfils."""
        for at, rule in wanted:
            values = " or ".join(sorted(rule.values))
            why = f" ({rule.why})" if rule.why else ""
            what = f"no {at.tag} has {values} in {at.tag}-{rule.element:02d}{why}"
            self._add("IMP-103", what, at)

    # The elements of one segment.

    def _elements(self, step: Step) -> None:
        if step.move is None:
            return
        segment = self.message.segments[step.position - 1]
        elements = segment.split(self.element)
        plan = step.move.node.segment
        repetition = self.message.separators.repetition
        if (
            not (repetition and repetition in segment)
            and self.checks.of(plan).good(elements, presence_of(elements))
            and all(value.isprintable() for value in elements)
        ):
            return
        at = _At(plan.tag, step.position, step.path, plan.loops)
        for fault in element_faults(plan, elements, self.component, repetition):
            if (plan.tag, fault.element) not in self.told:
                self._element(fault, at, plan)

    def _element(self, fault: ElementFault, at: _At, plan: SegmentPlan) -> None:
        severity = self.plan.severity(
            fault.code, at.loops, at.tag, fault.element, fault.component
        )
        where = Where(
            segment_tag=at.tag,
            segment_position=at.position,
            loop=at.path,
            element=fault.element,
            component=fault.component,
            repetition=fault.repetition,
            data_element=_data_element(plan, fault.element, fault.component),
            byte_offset=_offset(self.message, at.position),
        )
        self.found.add(fault.code, fault.what, where, fault.value, severity=severity)

    def _add(self, code: str, what: str, at: _At, value: str = "") -> None:
        where = Where(
            segment_tag=at.tag,
            segment_position=at.position,
            loop=at.path,
            byte_offset=_offset(self.message, at.position),
        )
        severity = self.plan.severity(code, at.loops, at.tag, 0, 0)
        self.found.add(code, what, where, value, severity=severity)


class _Scope:
    """One pass of a loop, and what the guide still wants in it."""

    def __init__(self, nodes: Sequence[NodePlan], path: str) -> None:
        self.path = path
        self._open = [(n, node, w) for n, node in enumerate(nodes) for w in node.wanted]
        self._index = {id(node): n for n, node in enumerate(nodes)}

    def see(
        self, node: NodePlan, elements: list[str], component: str
    ) -> list[tuple[NodePlan, Wanted]]:
        """Strike what this segment fulfils; return what can no longer be fulfilled."""
        at = self._index[id(node)]
        passed = [(wanting, wanted) for n, wanting, wanted in self._open if n < at]
        self._open = [
            (n, wanting, wanted)
            for n, wanting, wanted in self._open
            if n > at or (n == at and not wanted.holds(elements, component))
        ]
        return passed

    def rest(self) -> list[tuple[NodePlan, Wanted]]:
        """What no segment has fulfilled."""
        return [(node, wanted) for _, node, wanted in self._open]


class _Scopes:
    """The passes of loops that are open, the message itself first."""

    def __init__(self, nodes: Sequence[NodePlan]) -> None:
        self._open = [_Scope(nodes, "")]

    def see(
        self, step: Step, elements: list[str], component: str
    ) -> Iterator[tuple[_At, Wanted]]:
        """What is left unfulfilled behind a step."""
        move = step.move
        if move is None:
            return
        while len(self._open) > move.depth + 1:
            scope = self._open.pop()
            yield from _left(scope, scope.rest(), step.position)
        for node in filter(None, (move.entered, move.node)):
            scope = self._open[-1]
            values = elements if node is move.node else []
            passed = scope.see(node, values, component)
            yield from _left(scope, passed, step.position)
            if node.name:
                self._open.append(_Scope(node.nodes[1:], step.path))

    def end(self, last: Step) -> Iterator[tuple[_At, Wanted]]:
        """What is left unfulfilled at the end of the message."""
        for scope in reversed(self._open):
            yield from _left(scope, scope.rest(), last.position)


def _left(
    scope: _Scope, wanted: Iterable[tuple[NodePlan, Wanted]], position: int
) -> Iterator[tuple[_At, Wanted]]:
    for node, rule in wanted:
        yield _At(node.tag, position, scope.path, node.segment.loops), rule


def _all(nodes: Iterable[NodePlan]) -> Iterator[NodePlan]:
    for node in nodes:
        yield node
        yield from _all(node.nodes[1:])


def _told(faults: Iterable[Finding]) -> set[tuple[str, int]]:
    """The elements of ST and SE that the envelope's findings speak of already."""
    told = {(fault.where.segment_tag, fault.where.element) for fault in faults}
    if ("ST", 2) in told:
        told.add(("SE", 2))  # it repeats ST02
    return told


def _data_element(plan: SegmentPlan, number: int, component: int) -> str:
    """The number of the data element in a place, if the place exists."""
    if not 0 < number <= len(plan.elements):
        return ""
    element = plan.elements[number - 1].use.element
    if isinstance(element, Composite) and 0 < component <= len(element.uses):
        element = element.uses[component - 1].element
    return element.number


def _offset(message: MessageRead, position: int) -> int:
    """Where a segment starts in the transmission."""
    offsets = message.offsets
    return offsets[min(position, len(offsets)) - 1] if offsets else message.byte_offset
