"""Turn a message's plan into the accept path: what is good is told by C code alone.

Segments are told apart by shape: the tag and which elements are there. Whether a
shape is allowed is decided once; an allowed one gets a single regular expression for
its values, and sets for its codes. The order of segments is one regular expression
over one character per tag. All that is not accepted here goes to ``edi.explain``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from gateway.edi.formats import value_pattern
from gateway.edi.plan import ElementPlan, MessagePlan, NodePlan, SegmentPlan, Wanted
from gateway.edi.schema import Composite, ElementUse

SHAPES_PER_TAG = 64
"""Shapes compiled per tag; a partner who sends more is checked the slow way."""
_SEEN_PER_TAG = 512
_INLINE_CODES = 8
_WANTED_PER_TAG = 6

Match = Callable[[str], "re.Match[str] | None"]


@dataclass(frozen=True, slots=True)
class Shape:
    """An allowed shape: its regular expression, and a set for each capture."""

    match: Match
    codes: tuple[Container[str], ...]


class Composites:
    """The good values of a composite, known by checking each new one once."""

    __slots__ = ("_check", "_good")

    def __init__(self, check: Callable[[str], bool]) -> None:
        self._check = check
        self._good: set[str] = set()

    def __contains__(self, value: object) -> bool:
        """Whether the value is good."""
        if value in self._good:
            return True
        if not isinstance(value, str) or not self._check(value):
            return False
        if len(self._good) < _SEEN_PER_TAG:
            self._good.add(value)
        return True


class TagShapes:
    """The shapes of one tag: compiled on second sight, a bounded number of them."""

    def __init__(self, plans: tuple[SegmentPlan, ...], element: str, component: str):
        """``plans`` are the tag's uses in the message; all have to accept it."""
        self._plans = plans
        self._element = element
        self._component = component
        self.shapes: dict[bytes, Shape | None] = {}
        self._seen: set[bytes] = set()
        self._checks: dict[int, tuple[Callable[[str], bool], ...]] = {}

    def look(self, presence: bytes) -> Shape | None:
        """The shape for a pattern of elements that is not compiled yet."""
        if presence not in self._seen:
            if len(self._seen) >= _SEEN_PER_TAG:
                self._seen.clear()
            self._seen.add(presence)
            return None
        if len(self.shapes) >= SHAPES_PER_TAG:
            return None
        shape = self._compile(presence)
        self.shapes[presence] = shape
        return shape

    def good(self, elements: list[str]) -> bool:
        """Whether a segment is accepted, told without compiling its shape."""
        if not elements[-1]:
            return False
        present = frozenset(i for i, value in enumerate(elements) if value and i)
        return all(allowed(plan, present) for plan in self._plans) and all(
            check(elements[i]) for i in present for check in self._value_checks(i)
        )

    def _value_checks(self, position: int) -> tuple[Callable[[str], bool], ...]:
        checks = self._checks.get(position)
        if checks is None:
            plans = _distinct(plan.elements[position - 1] for plan in self._plans)
            checks = tuple(self._value_check(plan) for plan in plans)
            self._checks[position] = checks
        return checks

    def _value_check(self, plan: ElementPlan) -> Callable[[str], bool]:
        element = plan.use.element
        if isinstance(element, Composite):
            return Composites(self._composite_check(element)).__contains__
        return _component_match(plan.use, plan, re.escape(self._element))

    def _compile(self, presence: bytes) -> Shape | None:
        present = frozenset(i for i, there in enumerate(presence) if there and i)
        if not presence[-1]:
            return None
        if not all(allowed(plan, present) for plan in self._plans):
            return None
        pattern = re.escape(self._plans[0].tag)
        codes: list[Container[str]] = []
        for position in range(1, len(presence)):
            pattern += re.escape(self._element)
            if presence[position]:
                pattern += self._value(position, codes)
        return Shape(re.compile(pattern + r"\Z").match, tuple(codes))

    def _value(self, position: int, codes: list[Container[str]]) -> str:
        plans = _distinct(plan.elements[position - 1] for plan in self._plans)
        patterns = []
        for plan in plans:
            element = plan.use.element
            if isinstance(element, Composite):
                codes.append(Composites(self._composite_check(element)))
                return f"([^{re.escape(self._element)}]++)"
            stop = re.escape(self._element)
            patterns.append(value_pattern(element, plan.min, plan.max, stop))
        taken = _common(plan.codes for plan in plans)
        if taken is None:
            ahead = "".join(
                f"(?={p}(?:{re.escape(self._element)}|\\Z))" for p in patterns[1:]
            )
            return ahead + patterns[0]
        if len(taken) <= _INLINE_CODES:
            return (
                f"(?:{'|'.join(map(re.escape, sorted(taken, key=len, reverse=True)))})"
            )
        codes.append(taken)
        return f"([^{re.escape(self._element)}]++)"

    def _composite_check(self, composite: Composite) -> Callable[[str], bool]:
        component = self._component
        plans = [ElementPlan.of(use) for use in composite.uses]
        stop = re.escape(component) if component else "\n"
        matches = [_component_match(plan.use, plan, stop) for plan in plans]

        def check(value: str) -> bool:
            parts = value.split(component) if component else [value]
            present = {i for i, part in enumerate(parts, 1) if part}
            return (
                len(parts) <= len(plans)
                and bool(parts[-1])
                and not any(c.broken(present) for c in composite.conditions)
                and all(
                    matches[i](parts[i]) if i + 1 in present else not plan.mandatory
                    for i, plan in enumerate(plans[: len(parts)])
                )
                and not any(plan.mandatory for plan in plans[len(parts) :])
            )

        return check


def _component_match(
    use: ElementUse, plan: ElementPlan, stop: str
) -> Callable[[str], bool]:
    element = use.element
    if isinstance(element, Composite):  # X12 does not nest composites
        return lambda _: False
    match = re.compile(value_pattern(element, plan.min, plan.max, stop) + r"\Z").match
    codes = plan.codes
    return lambda part: (not codes or part in codes) and match(part) is not None


def _distinct(plans: Iterable[ElementPlan]) -> list[ElementPlan]:
    out: list[ElementPlan] = []
    for plan in plans:
        if plan not in out:
            out.append(plan)
    return out


def _common(lists: Iterable[frozenset[str]]) -> frozenset[str] | None:
    """The codes in all lists that there are; None when there is none."""
    common: frozenset[str] | None = None
    for codes in lists:
        if codes:
            common = codes if common is None else common & codes
    return common


def allowed(plan: SegmentPlan, present: frozenset[int]) -> bool:
    """Whether these elements may be there together, and no other has to be."""
    if max(present, default=0) > len(plan.elements):
        return False
    for position, element in enumerate(plan.elements, 1):
        if position in present:
            if element.forbidden:
                return False
        elif element.mandatory:
            return False
    return not any(condition.broken(present) for condition in plan.conditions)


class Accept:
    """The accept path of one message for one partner and one set of separators."""

    def __init__(self, plan: MessagePlan, element: str, component: str) -> None:
        """``element`` and ``component`` are the separators of the interchange."""
        self.plan = plan
        self.element = element
        self.component = component
        uses: dict[str, list[NodePlan]] = {}
        for node in _all(plan.nodes):
            uses.setdefault(node.tag, []).append(node)
        self.tags = {
            tag: TagShapes(_same(nodes), element, component)
            for tag, nodes in uses.items()
        }
        self.shapes = {tag: shapes.shapes for tag, shapes in self.tags.items()}
        self._alphabet = Alphabet(uses)
        self.symbols = self._alphabet.plain
        self.order = re.compile(self._sequence(plan.nodes) + r"\Z").match
        self._odd = [s for s in (element, component) if s and not s.isprintable()]

    def look(self, tag: str, presence: bytes) -> Shape | None:
        """The shape of a segment that was not met before; None: let it be explained."""
        shapes = self.tags.get(tag)
        return shapes.look(presence) if shapes else None

    def good(self, elements: list[str]) -> bool:
        """Whether a segment without a compiled shape is accepted all the same."""
        shapes = self.tags.get(elements[0])
        return shapes is not None and shapes.good(elements)

    def symbol(self, elements: list[str]) -> str:
        """The character that stands for a segment in the message's order."""
        return self._alphabet.symbol(elements, self.component)

    def printable(self, text: str, terminator: str) -> bool:
        """Whether a message's text has no control characters but its separators."""
        for separator in (terminator[-1], *self._odd):
            if not separator.isprintable():
                text = text.replace(separator, "*")
        return text.isprintable()

    @property
    def special(self) -> Container[str]:
        """The tags whose character depends on their values."""
        return self._alphabet.special

    def _sequence(self, nodes: Iterable[NodePlan]) -> str:
        return "".join(map(self._node, nodes))

    def _node(self, node: NodePlan) -> str:
        if node.forbidden:
            return ""
        any_ = self._alphabet.any_of(node.tag)
        inner = any_ + self._sequence(node.nodes[1:]) if node.name else any_
        ahead = "".join(
            f"(?=(?:{inner})*?{self._alphabet.holding(node.tag, wanted)})"
            for wanted in node.wanted
        )
        least = 1 if node.mandatory else 0
        if (least, node.max) == (1, 1):
            return f"{ahead}(?:{inner})"
        return f"{ahead}(?:{inner}){{{least},{node.max or ''}}}+"


class Alphabet:
    """One character per tag, and one more for each way to hold what a guide wants."""

    def __init__(self, uses: dict[str, list[NodePlan]]) -> None:
        characters = map(chr, range(0x100, 0xD800))
        self.plain: dict[str, str] = {}
        self.special: dict[str, tuple[Wanted, ...]] = {}
        self._variants: dict[str, dict[tuple[bool, ...], str]] = {}
        for tag, nodes in uses.items():
            self.plain[tag] = next(characters)
            wanted = tuple(dict.fromkeys(w for node in nodes for w in node.wanted))
            if wanted:
                self.special[tag] = wanted = wanted[:_WANTED_PER_TAG]
                ways = product((False, True), repeat=len(wanted))
                self._variants[tag] = {way: next(characters) for way in ways}

    def symbol(self, elements: list[str], component: str) -> str:
        """The character of a segment with these elements."""
        tag = elements[0]
        wanted = self.special.get(tag)
        if wanted is None:
            return self.plain.get(tag, "?")
        way = tuple(w.holds(elements, component) for w in wanted)
        return self._variants[tag][way]

    def any_of(self, tag: str) -> str:
        """A pattern for a segment of the tag, whatever it holds."""
        variants = self._variants.get(tag)
        return f"[{''.join(variants.values())}]" if variants else self.plain[tag]

    def holding(self, tag: str, wanted: Wanted) -> str:
        """A pattern for a segment of the tag that holds what is wanted."""
        if wanted not in self.special[tag]:
            return "(?!)"  # more rules than characters: the slow path decides
        index = self.special[tag].index(wanted)
        ways = self._variants[tag].items()
        return f"[{''.join(character for way, character in ways if way[index])}]"


def _all(nodes: Iterable[NodePlan]) -> Iterator[NodePlan]:
    for node in nodes:
        yield node
        yield from _all(node.nodes[1:])


def _same(nodes: Iterable[NodePlan]) -> tuple[SegmentPlan, ...]:
    """The different plans of a tag: one, unless the guide treats places apart."""
    out: list[SegmentPlan] = []
    for node in nodes:
        plan = node.segment
        if not out or plan.guided or any(other.guided for other in out):
            out.append(plan)
    return tuple(out)
