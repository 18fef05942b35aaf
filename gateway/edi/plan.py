"""What one partner may send: a standard's table under the partner's guide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.edi.schema import (
    Composite,
    Condition,
    ElementUse,
    Loop,
    MessageSchema,
    SegmentUse,
)
from gateway.findings import CODES, Finding, Findings, Severity, Where
from gateway.partner.guide import (
    Forbid,
    Guide,
    MaxUse,
    Narrow,
    Require,
    SeverityRule,
    Tolerate,
    Widen,
)
from gateway.partner.place import Place


@dataclass(slots=True)
class ElementPlan:
    """One element in one place: the standard's limits and the guide's."""

    use: ElementUse
    mandatory: bool
    """The standard or the guide asks for it."""
    mandatory_code: str = "SYN-201"
    forbidden: bool = False
    codes: frozenset[str] = frozenset()
    """Codes taken; empty when they are not listed."""
    min: int = 0
    max: int = 0
    guide_length: bool = False
    """The guide has set the lengths."""
    parts: tuple[ElementPlan, ...] = ()
    """The components of a composite."""

    @classmethod
    def of(cls, use: ElementUse) -> ElementPlan:
        """As the standard has it."""
        element = use.element
        if isinstance(element, Composite):
            return cls(use, use.mandatory, parts=tuple(map(cls.of, element.uses)))
        return cls(
            use,
            use.mandatory,
            codes=element.codes,
            min=element.min,
            max=element.max,
        )


@dataclass(slots=True)
class SegmentPlan:
    """One segment in one place of the message."""

    tag: str
    name: str
    loops: tuple[str, ...]
    elements: list[ElementPlan]
    conditions: tuple[Condition, ...]
    guided: bool = False
    """The guide changes its elements in this place."""

    @property
    def place(self) -> str:
        """``PO1/N1``: the segment with its loops in front."""
        return "/".join((*self.loops, self.tag))


@dataclass(slots=True)
class NodePlan:
    """A segment, or the loop that it starts, in the order of the message."""

    segment: SegmentPlan
    mandatory: bool
    max: int
    """0 is no limit."""
    missing_code: str = "SYN-103"
    over_code: str = "SYN-105"
    forbidden: bool = False
    name: str = ""
    """The loop's name; empty for a single segment."""
    nodes: tuple[NodePlan, ...] = ()
    """What stands in the loop, its first segment included."""
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The tag that this node begins with."""
        return self.segment.tag


@dataclass(frozen=True, slots=True)
class Wanted:
    """One occurrence in this place must have one of the values in an element."""

    element: int
    component: int
    values: frozenset[str]
    why: str
    code: str = "IMP-103"
    """The finding when there is none."""

    def holds(self, elements: list[str], separator: str) -> bool:
        """Whether a segment, split, has such a value."""
        if self.element >= len(elements):
            return False
        value = elements[self.element]
        if self.component and separator:
            parts = value.split(separator)
            value = parts[self.component - 1] if self.component <= len(parts) else ""
        return value in self.values


@dataclass(slots=True)
class MessagePlan:
    """A message as one partner may send it."""

    schema: MessageSchema
    nodes: tuple[NodePlan, ...]
    reads: frozenset[str] | None
    """Element places that a mapper uses, ``PO1-02``; None: all of them."""
    severities: Mapping[str, tuple[tuple[Place | None, Severity], ...]]
    findings: tuple[Finding, ...] = ()
    """What is wrong with the guide."""
    weights: Mapping[str, Severity] = field(default_factory=dict)
    """What codes weigh for this partner where the guide is silent."""

    def severity(
        self, code: str, loops: tuple[str, ...], tag: str, element: int, component: int
    ) -> Severity:
        """How a finding weighs in its place: the guide's word, then the default's.

        A value in an element that no mapper reads does not reject a message.
        """
        for place, severity in self.severities.get(code, ()):
            if place is None or _covers(place, loops, tag, element, component):
                return severity
        default = self.weights.get(code) or CODES[code].severity
        unread = self.reads is not None and f"{tag}-{element:02d}" not in self.reads
        if element and unread and code.startswith("SYN-2"):
            return min(default, Severity.ERROR, key=_LIGHTNESS.__getitem__)
        return default


_LIGHTNESS = {
    Severity.NOTE: 0,
    Severity.WARNING: 1,
    Severity.ERROR: 2,
    Severity.REJECT: 3,
}


def _covers(
    place: Place, loops: tuple[str, ...], tag: str, element: int, component: int
) -> bool:
    return (
        place.tag == tag
        and place.loops == loops
        and place.element in (0, element)
        and place.component in (0, component)
    )


def plan(
    schema: MessageSchema,
    guide: Guide | None = None,
    *,
    message: str = "",
    reads: frozenset[str] | None = None,
    weights: Mapping[str, Severity] = MappingProxyType({}),
) -> MessagePlan:
    """Lay the rules of ``guide`` for ``message`` over the standard's table.

    A rule for a place that the table does not have is a CFG-005 finding. ``weights``
    go before the severities of the code table, and behind those of the guide.
    """
    nodes = tuple(_node(node, ()) for node in schema.nodes)
    guide = guide or Guide()
    found = Findings()
    by_place = {place: node for place, node in _walk(nodes)}
    for rule in _rules(guide, message):
        place = rule.at
        node = by_place.get((place.loops, place.tag))
        if node is None or not _has(node.segment, rule, place):
            what = f"{place} is no place of {schema.version} {schema.type}"
            found.add("CFG-005", what, Where(path=f"guide: {place}"), str(place))
        else:
            _lay(rule, place, node)
    severities = _severities(guide, message)
    return MessagePlan(schema, nodes, reads, severities, found.done(), weights)


_Rule = Require | Forbid | Narrow | Widen | MaxUse


def _has(segment: SegmentPlan, rule: _Rule, place: Place) -> bool:
    """Whether a rule can be laid there: codes and lengths are those of components."""
    if place.element > len(segment.elements):
        return False
    parts = segment.elements[place.element - 1].parts if place.element else ()
    limits = isinstance(rule, Narrow | Widen) and bool(parts)
    return place.component <= len(parts) and (bool(place.component) or not limits)


def _rules(guide: Guide, message: str) -> Iterator[_Rule]:
    groups: tuple[Iterable[_Rule], ...] = (
        guide.widen,
        guide.narrow,
        guide.forbid,
        guide.require,
        guide.max_use,
    )
    for group in groups:
        yield from (rule for rule in group if rule.message == message)


def _severities(
    guide: Guide, message: str
) -> Mapping[str, tuple[tuple[Place | None, Severity], ...]]:
    out: dict[str, tuple[tuple[Place | None, Severity], ...]] = {}
    weights: tuple[Tolerate | SeverityRule, ...] = (*guide.tolerate, *guide.severity)
    for weight in weights:
        if weight.message == message:
            entry = (weight.at, weight.severity)
            # a rule for one place is asked before a rule for all
            before = out.get(weight.code, ())
            out[weight.code] = (entry, *before) if weight.at else (*before, entry)
    return out


def _node(node: SegmentUse | Loop, loops: tuple[str, ...]) -> NodePlan:
    if isinstance(node, SegmentUse):
        segment = node.segment
        plans = [ElementPlan.of(use) for use in segment.uses]
        plan_ = SegmentPlan(segment.tag, segment.name, loops, plans, segment.conditions)
        return NodePlan(plan_, node.mandatory, node.max)
    first = _node(node.nodes[0], loops)
    inner = (*loops, node.name)
    rest = tuple(_node(child, inner) for child in node.nodes[1:])
    return NodePlan(
        first.segment,
        node.mandatory,
        node.max,
        over_code="SYN-104",
        name=node.name,
        nodes=(first, *rest),
    )


def _walk(
    nodes: Iterable[NodePlan],
) -> Iterator[tuple[tuple[tuple[str, ...], str], NodePlan]]:
    for node in nodes:
        yield (node.segment.loops, node.tag), node
        yield from _walk(node.nodes[1:])


def _lay(rule: _Rule, place: Place, node: NodePlan) -> None:
    """One rule over one place."""
    segment = node.segment
    if isinstance(rule, MaxUse):
        node.max = rule.max
        node.over_code = "IMP-104" if node.name else "IMP-105"
        return
    if not place.element:
        if isinstance(rule, Forbid):
            node.forbidden = True
        elif isinstance(rule, Require) and not node.mandatory:
            node.mandatory, node.missing_code = True, _lacking(node)
        return
    if isinstance(rule, Require) and rule.wanted:
        wanted = frozenset(rule.wanted)
        its = Wanted(place.element, place.component, wanted, rule.why, _lacking(node))
        node.wanted.append(its)
        return
    segment.guided = True
    element = segment.elements[place.element - 1]
    if not place.component:
        _lay_element(rule, element)
        return
    if isinstance(rule, Require):
        _lay_element(rule, element)
    _lay_element(rule, element.parts[place.component - 1])


def _lacking(node: NodePlan) -> str:
    """What the guide says of a segment, or of the loop it starts, that is not there."""
    return "IMP-117" if node.name else "IMP-103"


def _lay_element(rule: _Rule, element: ElementPlan) -> None:
    match rule:
        case Require() if not element.mandatory:
            element.mandatory, element.mandatory_code = True, "IMP-201"
        case Forbid():
            element.forbidden = True
        case Narrow():
            element.codes = frozenset(rule.values)
        case Widen():
            if element.codes and rule.values:
                element.codes |= frozenset(rule.values)
                lengths = [len(value) for value in rule.values]
                element.min = min(element.min, *lengths)
                element.max = max(element.max, *lengths)
            if rule.min is not None or rule.max is not None:
                element.min = element.min if rule.min is None else rule.min
                element.max = element.max if rule.max is None else rule.max
                element.guide_length = True
        case _:
            pass
