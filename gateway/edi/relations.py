"""Check the rules of a guide that join places, in a message that was put in order.

A rule is judged for each segment that its first ``when`` meets, in the innermost loop
pass that this segment and the other place share: what a line's PO1 asks for is looked
for in that line alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from gateway.edi.events import MessageRead
from gateway.edi.plan import MessagePlan, NodePlan
from gateway.edi.schema import Composite
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Finding, Findings, Where
from gateway.findings.model import NOWHERE
from gateway.partner.place import Place
from gateway.partner.relate import Clause, Pairs, Relate

__all__ = ["Relations"]

_SEGMENT_MISSING = "IMP-113"
_SEGMENT_NOT_USED = "IMP-116"
_ELEMENT_MISSING = "IMP-202"
_ELEMENT_NOT_USED = "IMP-213"
_VALUE = "IMP-207"
_ENOUGH = 1000
"""Findings kept of one message."""

_Key = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    """A segment and the loop passes it stands in, the message first.

    The pass that it starts itself is the last one. Without a segment it is the pass.
    """

    passes: tuple[LoopRead, ...]
    key: _Key
    segment: SegmentRead | None


class Relations:
    """The joining rules of one guide for one message type."""

    def __init__(
        self, relates: Iterable[Relate], pairs: Iterable[Pairs], plan: MessagePlan
    ) -> None:
        """``findings`` has a CFG-005 for each place that the table does not have.

        A rule with such a place is left out.
        """
        self._plan = plan
        self._nodes = dict(_places(plan.nodes))
        self._order = {
            loops: _indices(nodes) for loops, nodes in _levels(plan.nodes, ())
        }
        found = Findings()
        self._relates = [
            rule
            for rule in relates
            if all([self._known(place, found) for place in _named(rule)])
        ]
        self._pairs = [rule for rule in pairs if self._known(rule.at, found)]
        self.findings = found.done()
        self._always = any(not rule.when for rule in self._relates)
        asking = [rule.when[0].at.tag for rule in self._relates if rule.when]
        self._firsts = [(r, r.when[0].wanted if r.when else ()) for r in self._relates]
        self._tags = frozenset((*asking, *(rule.at.tag for rule in self._pairs)))

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return bool(self._relates or self._pairs)

    def asked(self, message: MessageRead) -> bool:
        """Whether any rule can hold: a quick look, before the message is a tree."""
        if self._always:
            return True
        if not (self._pairs or self._standing(message)):
            return False
        element = message.separators.element
        return any(
            segment.partition(element)[0] in self._tags for segment in message.segments
        )

    def _standing(self, message: MessageRead) -> list[Relate]:
        """The rules but those whose first value stands nowhere in the message."""
        text = message.text
        return [
            rule
            for rule, values in self._firsts
            if not values or any([value in text for value in values])
        ]

    def check(
        self, root: LoopRead, message: MessageRead, told: Iterable[Finding] = ()
    ) -> tuple[Finding, ...]:
        """What breaks the rules. ``told`` has what was found before: one cause is
        told once."""
        run = _Run(self._plan, self._nodes, self._order, root, message, told)
        for rule in self._standing(message):
            run.relate(rule)
        for pairs in self._pairs:
            run.pairs(pairs)
        return run.found.done()

    def _known(self, place: Place, found: Findings) -> bool:
        node = self._nodes.get((place.loops, place.tag))
        if node is not None and place.element <= len(node.segment.elements):
            return True
        schema = self._plan.schema
        what = f"{place} is no place of {schema.version} {schema.type}"
        found.add("CFG-005", what, Where(path=f"guide: {place}"), str(place))
        return False


class _Run:
    """The check of one message."""

    def __init__(
        self,
        plan: MessagePlan,
        nodes: dict[_Key, NodePlan],
        order: dict[tuple[str, ...], dict[str, tuple[int, int]]],
        root: LoopRead,
        message: MessageRead,
        told: Iterable[Finding],
    ) -> None:
        self._plan = plan
        self._nodes = nodes
        self._order = order
        self._root = root
        self._message = message
        self.found = Findings()
        self._trigger = NOWHERE
        self._told = {_cause(finding) for finding in told}
        self._spots: dict[_Key, list[_Spot]] = {}
        self._inside: dict[tuple[int, str], list[_Spot]] = {}
        for spot in _spots((root,)):
            self._spots.setdefault(spot.key, []).append(spot)
            outer = spot.passes[len(spot.key[0])]
            self._inside.setdefault((id(outer), spot.key[1]), []).append(spot)

    def relate(self, rule: Relate) -> None:
        """Judge one rule wherever it holds."""
        for spot in self._meant(rule):
            if len(self.found) >= _ENOUGH:
                return
            if not all(self._holds(clause, spot) for clause in rule.when[1:]):
                continue
            if any(self._holds(clause, spot) for clause in rule.unless):
                continue
            reason = _reason(rule)
            self._trigger = self._where_met(rule, spot)
            for clause in rule.require:
                self._require(clause, spot, reason)
            for clause in rule.forbid:
                self._forbid(clause, spot, reason)
        self._trigger = NOWHERE

    def _where_met(self, rule: Relate, spot: _Spot) -> Where:
        """What the rule's first clause found; nowhere for one that only excepts."""
        if not rule.when or spot.segment is None:
            return NOWHERE
        return self._where(rule.when[0].at, spot.segment)

    def _meant(self, rule: Relate) -> Iterator[_Spot]:
        """The segments, or without any the loop passes, that a rule speaks of."""
        if rule.when:
            first = rule.when[0]
            for spot in self._at(first.at):
                if spot.segment is not None and _has(first, spot.segment):
                    yield spot
            return
        place = rule.unless[0].at
        if place.element:
            yield from self._at(place)
            return
        for passes in _below((self._root,), place.loops):
            yield _Spot(passes, (place.loops, ""), None)

    def _at(self, place: Place) -> list[_Spot]:
        return self._spots.get((place.loops, place.tag), [])

    def _holds(self, clause: Clause, spot: _Spot) -> bool:
        key = clause.at.loops, clause.at.tag
        if key == spot.key and spot.segment is not None and clause.at.element:
            return _has(clause, spot.segment)
        return any(
            other.segment is not None and _has(clause, other.segment)
            for passes in _shared(spot, clause.at)
            for other in self._inside.get((id(passes[-1]), clause.at.tag), ())
        )

    def _require(self, clause: Clause, spot: _Spot, reason: str) -> None:
        place = clause.at
        if spot.key == (place.loops, place.tag) and spot.segment is not None:
            self._require_in(clause, spot.segment, reason)
            return
        for passes in _shared(spot, place):
            there = self._inside.get((id(passes[-1]), place.tag), [])
            segments = [s.segment for s in there if s.segment is not None]
            single = self._nodes[place.loops, place.tag].max == 1
            if segments and place.element and (single or not clause.wanted):
                for segment in segments:
                    self._require_in(clause, segment, reason)
            elif not any(_has(clause, segment) for segment in segments):
                self._missing(clause, passes, reason)

    def _require_in(self, clause: Clause, segment: SegmentRead, reason: str) -> None:
        place = clause.at
        if not place.element or _has(clause, segment):
            return
        value = _value(place, segment)
        values = " or ".join(clause.wanted)
        if value:
            what = f"{place} is {value!r}, not {values}, {reason}"
            self._add(_VALUE, what, place, segment, value)
        else:
            what = f"{place} is missing, {reason}"
            self._add(_ELEMENT_MISSING, what, place, segment)

    def _missing(
        self, clause: Clause, passes: tuple[LoopRead, ...], reason: str
    ) -> None:
        place = clause.at
        values = " or ".join(clause.wanted)
        held = f"no {place.tag} has {values} in {place}" if values else ""
        what = f"{held or f'{place.tag} is missing'}, {reason}"
        inner = passes[-1]
        where = Where(
            segment_tag=place.tag,
            segment_position=self._gap(place, inner),
            loop=inner.path,
        )
        self._note(_SEGMENT_MISSING, what, place, where, element=0)

    def _gap(self, place: Place, inner: LoopRead) -> int:
        """The position at which it is plain that the segment is missing (X12 AK302)."""
        order = self._order[place.loops]
        least = order[place.tag][0]
        starts = [
            (loop.segments[0], loop.name) for loop in inner.loops if loop.segments
        ]
        for segment, tag in sorted(
            [*((s, s.tag) for s in inner.segments), *starts],
            key=lambda pair: pair[0].position,
        ):
            if order.get(tag, (0, 0))[1] > least and segment is not inner.segments[0]:
                return segment.position
        return _last(inner) + 1

    def _forbid(self, clause: Clause, spot: _Spot, reason: str) -> None:
        place = clause.at
        if spot.key == (place.loops, place.tag) and spot.segment is not None:
            self._forbid_in(clause, spot.segment, reason)
            return
        for passes in _shared(spot, place):
            for other in self._inside.get((id(passes[-1]), place.tag), ()):
                if other.segment is not None:
                    self._forbid_in(clause, other.segment, reason)

    def _forbid_in(self, clause: Clause, segment: SegmentRead, reason: str) -> None:
        if not _has(clause, segment):
            return
        place = clause.at
        if not place.element:
            what = f"{place.tag} is not used, {reason}"
            self._add(_SEGMENT_NOT_USED, what, place, segment)
        else:
            value = _value(place, segment)
            what = f"{place} is {value!r}, {reason}"
            code = _VALUE if clause.wanted else _ELEMENT_NOT_USED
            self._add(code, what, place, segment, value)

    def pairs(self, rule: Pairs) -> None:
        """Judge the qualifiers of a row of pairs in each of its segments."""
        place = rule.at
        last = place.element + 2 * (rule.pairs - 1)
        why = f" ({rule.why})" if rule.why else ""
        for spot in self._at(place):
            segment = spot.segment
            if segment is None or len(self.found) >= _ENOUGH:
                continue
            row = {n: segment[n] for n in range(place.element, last + 1, 2)}
            for number, qualifier in row.items():
                if rule.only and qualifier and qualifier not in rule.only:
                    at = Place(place.loops, place.tag, number)
                    what = f"{at} is {qualifier!r}, not {' or '.join(rule.only)}{why}"
                    self._add(_VALUE, what, at, segment, qualifier)
            free = next((n for n, q in row.items() if not q), place.element)
            at = Place(place.loops, place.tag, free)
            for qualifier in rule.always:
                if qualifier not in row.values():
                    what = f"no pair of {place.tag} has {qualifier}{why}"
                    self._add(_ELEMENT_MISSING, what, at, segment)

    def _add(
        self, code: str, what: str, place: Place, segment: SegmentRead, value: str = ""
    ) -> None:
        where = self._where(place, segment)
        self._note(code, what, place, where, place.element, value)

    def _where(self, place: Place, segment: SegmentRead) -> Where:
        return Where(
            segment_tag=place.tag,
            segment_position=segment.position,
            loop=segment.loop,
            element=place.element,
            component=place.component,
            data_element=self._data_element(place),
        )

    def _note(
        self,
        code: str,
        what: str,
        place: Place,
        where: Where,
        element: int,
        value: str = "",
    ) -> None:
        offsets, position = self._message.offsets, where.segment_position
        offset = offsets[min(position, len(offsets)) - 1] if offsets else -1
        severity = self._plan.severity(
            code, place.loops, place.tag, element, place.component
        )
        where = Where(
            segment_tag=where.segment_tag,
            segment_position=position,
            loop=where.loop,
            element=where.element,
            component=where.component,
            data_element=where.data_element,
            byte_offset=offset,
        )
        finding = Finding.of(
            code, what, where, value, severity=severity, trigger=self._trigger
        )
        if _cause(finding) not in self._told:
            self._told.add(_cause(finding))
            self.found.extend((finding,))

    def _data_element(self, place: Place) -> str:
        elements = self._nodes[place.loops, place.tag].segment.elements
        if not 0 < place.element <= len(elements):
            return ""
        element = elements[place.element - 1].use.element
        if isinstance(element, Composite) and 0 < place.component <= len(element.uses):
            element = element.uses[place.component - 1].element
        return element.number


def _cause(finding: Finding) -> tuple[str, int, str, int, int]:
    """What two findings of one cause have in common."""
    where = finding.where
    return (
        where.segment_tag,
        where.segment_position,
        where.loop,
        where.element,
        where.component,
    )


def _reason(rule: Relate) -> str:
    met = " and ".join(str(clause) for clause in rule.when)
    but = " or ".join(str(clause) for clause in rule.unless)
    parts = (f"where {met}" if met else "", f"unless {but}" if but else "")
    why = f" ({rule.why})" if rule.why else ""
    return " ".join(filter(None, parts)) + why


def _has(clause: Clause, segment: SegmentRead) -> bool:
    place = clause.at
    if not place.element:
        return True
    value = _value(place, segment)
    return value in clause.wanted if clause.wanted else bool(value)


def _value(place: Place, segment: SegmentRead) -> str:
    if not place.component:
        return segment[place.element]
    parts = segment.components(place.element) if segment.component else []
    return parts[place.component - 1] if place.component <= len(parts) else ""


def _spots(passes: tuple[LoopRead, ...]) -> Iterator[_Spot]:
    """Every segment below a pass with its place."""
    loop = passes[-1]
    loops = tuple(outer.name for outer in passes[1:])
    for number, segment in enumerate(loop.segments):
        starts = number == 0 and len(passes) > 1 and segment.tag == loop.name
        yield _Spot(passes, (loops[:-1] if starts else loops, segment.tag), segment)
    for inner in loop.loops:
        yield from _spots((*passes, inner))


def _shared(spot: _Spot, place: Place) -> Iterator[tuple[LoopRead, ...]]:
    """The passes of a place's loops below the innermost pass that both stand in."""
    depth = 0
    for outer, name in zip(spot.passes[1:], place.loops, strict=False):
        if outer.name != name:
            break
        depth += 1
    return _below(spot.passes[: depth + 1], place.loops[depth:])


def _below(
    passes: tuple[LoopRead, ...], loops: tuple[str, ...]
) -> Iterator[tuple[LoopRead, ...]]:
    if not loops:
        yield passes
        return
    for inner in passes[-1].inner(loops[0]):
        yield from _below((*passes, inner), loops[1:])


def _last(loop: LoopRead) -> int:
    """The position of the last segment of a pass."""
    own = [segment.position for segment in loop.segments]
    return max([*own, *map(_last, loop.loops)], default=0)


def _named(rule: Relate) -> Collection[Place]:
    clauses = (*rule.when, *rule.unless, *rule.require, *rule.forbid)
    return [clause.at for clause in clauses]


def _places(nodes: Iterable[NodePlan]) -> Iterator[tuple[_Key, NodePlan]]:
    for node in nodes:
        yield (node.segment.loops, node.tag), node
        yield from _places(node.nodes[1:])


def _levels(
    nodes: tuple[NodePlan, ...], loops: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[NodePlan, ...]]]:
    """The nodes of the message and of each loop, by the loops' names."""
    yield loops, nodes
    for node in nodes:
        if node.name:
            yield from _levels(node.nodes, (*loops, node.name))


def _indices(nodes: tuple[NodePlan, ...]) -> dict[str, tuple[int, int]]:
    """Where each tag stands first and last among the nodes of a level."""
    out: dict[str, tuple[int, int]] = {}
    for index, node in enumerate(nodes):
        out[node.tag] = (out.get(node.tag, (index, index))[0], index)
    return out
