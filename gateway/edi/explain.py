"""Say what is wrong with a message that the accept path did not take.

One cause gives one finding: segments are placed by position, a bad code stays a bad
code, a stray segment does not make its neighbours strays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from gateway.edi.events import MessageRead
from gateway.edi.formats import value_pattern
from gateway.edi.plan import ElementPlan, MessagePlan, NodePlan, SegmentPlan, Wanted
from gateway.edi.schema import Composite, Element
from gateway.edi.walk import Level, Placed, Stack, is_stray, place, rest, start
from gateway.findings import Finding, Findings, Where

MOST_FINDINGS = 1000
"""Findings kept of one message; AK3 and AK4 help nobody beyond that."""


class Explainer:
    """The slow path of one message plan."""

    def __init__(self, plan: MessagePlan) -> None:
        """Made once per plan; a message is explained by ``explain``."""
        self.plan = plan
        self.level = Level(plan.nodes)

    def explain(
        self, message: MessageRead, suspects: Collection[int] | None
    ) -> tuple[Finding, ...]:
        """What is wrong, in the order of the message.

        ``suspects`` are the positions of the segments whose elements were not
        accepted; None means all of them.
        """
        return _Explanation(self, message, suspects).run()


class _Explanation:
    def __init__(
        self,
        explainer: Explainer,
        message: MessageRead,
        suspects: Collection[int] | None,
    ) -> None:
        self.plan = explainer.plan
        self.message = message
        self.suspects = suspects
        self.found = Findings()
        self.stack: Stack = start(explainer.level)
        self.segments = message.segments
        element = message.separators.element
        self.tags = [segment.partition(element)[0] for segment in self.segments]
        self.later = _last_positions(self.tags)

    def run(self) -> tuple[Finding, ...]:
        for position, tag in enumerate(self.tags, 1):
            if len(self.found) >= MOST_FINDINGS:
                break
            placed = place(self.stack, tag)
            if placed is None or self._is_stray(placed, position):
                self._stray(tag, position)
                continue
            self._structure(placed, position)
            self.stack = placed.stack
            if self.suspects is None or position in self.suspects:
                self._elements(placed, position)
        else:
            if not any(f.code == "ENV-013" for f in self.message.faults):
                end = len(self.tags) + 1
                for node in rest(self.stack):
                    self._missing(node, end)
        if any(node.wanted for node in _all(self.plan.nodes)):
            self._wanted()
        return self.found.done()

    # The order of segments.

    def _is_stray(self, placed: Placed, position: int) -> bool:
        """Whether it stands too early: what it would skip is still to come."""
        if any(self.later.get(node.tag, 0) > position for node in placed.skipped):
            return True
        return is_stray(self.stack, placed, self.tags[position : position + 24])

    def _stray(self, tag: str, position: int) -> None:
        schema = self.plan.schema
        if tag in schema.segments:
            code, what = "SYN-107", f"{tag} stands out of sequence"
        elif tag in schema.defined_tags:
            code, what = "SYN-106", f"{tag} is no segment of {schema.type}"
        else:
            code, what = "SYN-101", f"{tag!r} is no X12 segment"
        self._add(code, what, (), tag, position, value=tag)

    def _structure(self, placed: Placed, position: int) -> None:
        for node in placed.skipped:
            self._missing(node, position)
        node = placed.node
        loops = node.segment.loops
        if node.forbidden:
            what = f"{node.tag} is not used by the guide"
            self._add("IMP-106", what, loops, node.tag, position)
        if placed.over:
            thing = f"loop {node.name}" if node.name else node.tag
            what = f"{thing} may stand {node.max} times"
            self._add(node.over_code, what, loops, node.tag, position)

    def _missing(self, node: NodePlan, position: int) -> None:
        what = f"{node.tag} ({node.segment.name}) is missing"
        self._add(node.missing_code, what, node.segment.loops, node.tag, position)

    # What the guide wants somewhere.

    def _wanted(self) -> None:
        """Report each rule that no segment of its loop pass fulfils."""
        open_: list[_Scope] = []
        stack = start(Level(self.plan.nodes))
        open_.append(_Scope(self.plan.nodes, 1))
        component = self.message.separators.component
        for position, tag in enumerate(self.tags, 1):
            placed = place(stack, tag)
            if placed is None:
                continue
            elements = self.message.elements(position)
            stack = placed.stack
            depth = len(stack) - (1 if placed.node.name else 0)
            while len(open_) > depth:
                self._close(open_.pop(), position)
            open_[-1].see(placed.node, elements, component)
            if placed.node.name:
                open_.append(_Scope(placed.node.nodes[1:], position))
        while open_:
            self._close(open_.pop(), len(self.tags))

    def _close(self, scope: _Scope, position: int) -> None:
        for node, wanted in scope.missing():
            values = " or ".join(sorted(wanted.values))
            at = f"{node.tag}-{wanted.element:02d}"
            why = f" ({wanted.why})" if wanted.why else ""
            what = f"no {node.tag} has {values} in {at}{why}"
            self._add("IMP-103", what, node.segment.loops, node.tag, position)

    # The elements of one segment.

    def _elements(self, placed: Placed, position: int) -> None:
        separators = self.message.separators
        elements = self.segments[position - 1].split(separators.element)
        plan = placed.node.segment
        present = {i for i, value in enumerate(elements) if value and i}
        if len(elements) > 1 and not elements[-1]:
            self._trailing(plan, elements, position)
        last = max(present, default=0)
        if last > len(plan.elements):
            what = f"{plan.tag} has {len(plan.elements)} elements, {last} were sent"
            element = len(plan.elements) + 1
            self._element("SYN-203", what, plan, position, element, elements[element])
        for number, element_plan in enumerate(plan.elements, 1):
            if number in present:
                self._value(plan, element_plan, position, number, elements[number])
            elif element_plan.mandatory:
                what = f"{_name(plan, number)} is missing"
                code = element_plan.mandatory_code
                self._element(code, what, plan, position, number)
        self._conditions(plan, present, elements, position)

    def _trailing(self, plan: SegmentPlan, elements: list[str], position: int) -> None:
        what = f"{plan.tag} ends with empty elements"
        self._element("SYN-220", what, plan, position, len(elements) - 1)

    def _conditions(
        self, plan: SegmentPlan, present: set[int], elements: list[str], position: int
    ) -> None:
        for condition in plan.conditions:
            broken = condition.broken(present)
            # a missing mandatory element was reported already
            broken = tuple(n for n in broken if not plan.elements[n - 1].mandatory)
            if not broken:
                continue
            names = " or ".join(f"{plan.tag}-{n:02d}" for n in broken)
            if condition.kind == "E":
                what = f"{names} excludes other elements ({condition})"
                value = elements[broken[0]]
                self._element("SYN-210", what, plan, position, broken[0], value)
            else:
                what = f"{names} is missing ({condition})"
                self._element("SYN-202", what, plan, position, broken[0])

    def _value(
        self,
        plan: SegmentPlan,
        element_plan: ElementPlan,
        position: int,
        number: int,
        value: str,
    ) -> None:
        name = _name(plan, number)
        if element_plan.forbidden:
            what = f"{name} is not used by the guide"
            self._element("IMP-210", what, plan, position, number, value)
            return
        element = element_plan.use.element
        if isinstance(element, Composite):
            self._composite(plan, element, position, number, value)
            return
        fault = value_fault(element_plan, element, value)
        if fault:
            code, what = fault
            self._element(code, f"{name}: {what}", plan, position, number, value)

    def _composite(
        self,
        plan: SegmentPlan,
        composite: Composite,
        position: int,
        number: int,
        value: str,
    ) -> None:
        separator = self.message.separators.component
        parts = value.split(separator) if separator else [value]
        present = {i for i, part in enumerate(parts, 1) if part}
        name = _name(plan, number)
        if max(present, default=0) > len(composite.uses):
            what = f"{name} has {len(composite.uses)} components, {len(parts)} came"
            component = len(composite.uses) + 1
            self._element("SYN-213", what, plan, position, number, value, component)
        elif not parts[-1]:
            what = f"{name} ends with empty components"
            self._element("SYN-220", what, plan, position, number, value)
        for component, use in enumerate(composite.uses, 1):
            at = (plan, position, number)
            if component in present and isinstance(use.element, Element):
                part = parts[component - 1]
                fault = value_fault(ElementPlan.of(use), use.element, part)
                if fault:
                    code, what = fault
                    self._element(code, f"{name}: {what}", *at, part, component)
            elif use.mandatory:
                what = f"{name}: component {component} is missing"
                self._element("SYN-201", what, *at, "", component)
        for condition in composite.conditions:
            if broken := condition.broken(present):
                what = f"{name}: component {broken[0]} is missing ({condition})"
                self._element("SYN-202", what, plan, position, number, "", broken[0])

    # Noting findings.

    def _element(
        self,
        code: str,
        what: str,
        plan: SegmentPlan,
        position: int,
        number: int,
        value: str = "",
        component: int = 0,
    ) -> None:
        data_element = ""
        if 0 < number <= len(plan.elements):
            element = plan.elements[number - 1].use.element
            if isinstance(element, Composite) and 0 < component <= len(element.uses):
                element = element.uses[component - 1].element
            data_element = element.number
        self._add(
            code,
            what,
            plan.loops,
            plan.tag,
            position,
            element=number,
            component=component,
            data_element=data_element,
            value=value,
        )

    def _add(
        self,
        code: str,
        what: str,
        loops: tuple[str, ...],
        tag: str,
        position: int,
        *,
        element: int = 0,
        component: int = 0,
        data_element: str = "",
        value: str = "",
    ) -> None:
        where = Where(
            segment_tag=tag,
            segment_position=position,
            loop=self.stack[-1].path,
            element=element,
            component=component,
            data_element=data_element,
            byte_offset=_offset(self.message, position),
        )
        severity = self.plan.severity(code, loops, tag, element, component)
        self.found.add(code, what, where, value, severity=severity)


class _Scope:
    """One pass of a loop, and what the guide wants in it."""

    def __init__(self, nodes: Sequence[NodePlan], position: int) -> None:
        self.position = position
        self._open = [(node, wanted) for node in nodes for wanted in node.wanted]

    def see(self, node: NodePlan, elements: list[str], component: str) -> None:
        """Strike what this segment fulfils."""
        self._open = [
            (wanting, wanted)
            for wanting, wanted in self._open
            if wanting is not node or not wanted.holds(elements, component)
        ]

    def missing(self) -> list[tuple[NodePlan, Wanted]]:
        """What no segment fulfilled."""
        return self._open


def value_fault(
    plan: ElementPlan, element: Element, value: str
) -> tuple[str, str] | None:
    """The finding code and the sentence for a value that is not accepted."""
    kind = element.type
    if kind == "DT":
        if _pattern("DT", plan.min, plan.max).match(value):
            return None
        return "SYN-208", f"{value!r} is no date"
    if kind == "TM":
        if _pattern("TM", plan.min, plan.max).match(value):
            return None
        return "SYN-209", f"{value!r} is no time"
    if kind == "R" or (kind[0] == "N" and kind[1:].isdigit()):
        form = _REAL if kind == "R" else _INTEGER
        if not form.match(value):
            return "SYN-206", f"{value!r} is not a number"
        length = sum(map(value.count, "0123456789"))
    else:
        if not value.isprintable():
            return "SYN-206", f"{value!r} has a character that is no text"
        length = len(value)
    prefix = "IMP" if plan.guide_length else "SYN"
    if length < plan.min:
        return f"{prefix}-204", f"{value!r} is shorter than {plan.min}"
    if length > plan.max:
        return f"{prefix}-205", f"{value!r} is longer than {plan.max}"
    if plan.codes and value not in plan.codes:
        standard = value in element.codes
        return ("IMP-207" if standard else "SYN-207"), f"{value!r} is not in the list"
    return None


_REAL = re.compile(r"-?(?:\d++(?:\.\d*+)?|\.\d++)\Z")
_INTEGER = re.compile(r"-?\d++\Z")


@lru_cache(maxsize=64)
def _pattern(kind: str, least: int, most: int) -> re.Pattern[str]:
    """The pattern of a date or time between two lengths."""
    element = Element(
        number="", name="", type=kind, min=least, max=most, codes=frozenset()
    )
    return re.compile(value_pattern(element, least, most, "\n") + r"\Z")


def _name(plan: SegmentPlan, number: int) -> str:
    """``PO1-02 (Quantity ordered)``."""
    element = plan.elements[number - 1].use.element
    return f"{plan.tag}-{number:02d} ({element.name})"


def _last_positions(tags: Sequence[str]) -> dict[str, int]:
    return {tag: position for position, tag in enumerate(tags, 1)}


def _all(nodes: Sequence[NodePlan]) -> list[NodePlan]:
    out: list[NodePlan] = []
    for node in nodes:
        out.append(node)
        out.extend(_all(node.nodes[1:]))
    return out


def _offset(message: MessageRead, position: int) -> int:
    """Where a segment starts in the transmission."""
    offsets = message.offsets
    return offsets[min(position, len(offsets)) - 1] if offsets else message.byte_offset
