"""Turn a message's plan into the accept path: what is good is told by C code alone.

Segments are told apart by shape: the tag and which elements are there. Whether a
shape is allowed is decided once; an allowed one gets a single regular expression for
its values, and sets for its codes. The order of segments is one regular expression
over one character per tag. All that is not accepted here goes to ``edi.explain``.
"""

from __future__ import annotations

import re
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass
from itertools import product

from gateway.edi.checks import Composites, SegmentCheck, composite_check
from gateway.edi.formats import value_pattern
from gateway.edi.plan import ElementPlan, MessagePlan, NodePlan, SegmentPlan, Wanted
from gateway.edi.schema import Composite

SHAPES_PER_TAG = 64
"""Shapes compiled per tag; a partner who sends more is checked the slow way."""
_SEEN_PER_TAG = 512
_INLINE_CODES = 8
_WANTED_PER_TAG = 6

Match = Callable[[str], "re.Match[str] | None"]
Presence = bytes | int
"""Which elements a segment has, a byte for each, the tag's first; where all are there
their number alone."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An allowed shape: its regular expression, and elements that sets have to know."""

    match: Match
    codes: tuple[tuple[int, Container[str]], ...]


class TagShapes:
    """The shapes of one tag: compiled on second sight, a bounded number of them."""

    def __init__(self, plans: tuple[SegmentPlan, ...], element: str, component: str):
        """``plans`` are the tag's uses in the message; all have to accept it."""
        self._plans = plans
        self._element = re.escape(element)
        self._component = component
        self._checks = tuple(SegmentCheck(plan, component) for plan in plans)
        self.shapes: dict[Presence, Shape] = {}
        self._seen: set[bytes] = set()

    def look(self, presence: bytes) -> Shape | None:
        """The shape for a pattern of elements that is not compiled yet."""
        if len(self.shapes) >= SHAPES_PER_TAG:
            return None
        if presence not in self._seen:
            if len(self._seen) >= _SEEN_PER_TAG:
                self._seen.clear()
            self._seen.add(presence)
            return None
        if not (presence[-1] and all(c.allowed(presence) for c in self._checks)):
            return None
        key = presence if 0 in presence else len(presence)
        shape = self.shapes[key] = self._compile(presence)
        return shape

    def good(self, elements: list[str], presence: bytes) -> bool:
        """Whether a segment is accepted, told without compiling its shape."""
        return all(check.good(elements, presence) for check in self._checks)

    def _compile(self, presence: bytes) -> Shape:
        pattern = re.escape(self._plans[0].tag)
        codes: list[tuple[int, Container[str]]] = []
        for position in range(1, len(presence)):
            pattern += self._element
            if presence[position]:
                pattern += self._value(position, codes)
        return Shape(re.compile(pattern + r"\Z").match, tuple(codes))

    def _value(self, position: int, codes: list[tuple[int, Container[str]]]) -> str:
        """The pattern of a value; anything where a set has to know it."""
        anything = f"[^{self._element}]++"
        plans = _distinct(plan.elements[position - 1] for plan in self._plans)
        patterns = []
        for plan in plans:
            element = plan.use.element
            if isinstance(element, Composite):
                codes.append((position, Composites(self._composite(plans))))
                return anything
            patterns.append(value_pattern(element, plan.min, plan.max, self._element))
        taken = _common(plan.codes for plan in plans)
        if taken is None:
            stop = rf"(?:{self._element}|\Z)"
            return "".join(f"(?={p}{stop})" for p in patterns[1:]) + patterns[0]
        if len(taken) > _INLINE_CODES:
            codes.append((position, taken))
            return anything
        listed = sorted(taken, key=len, reverse=True)
        return f"(?:{'|'.join(map(re.escape, listed))})"

    def _composite(self, plans: Iterable[ElementPlan]) -> Callable[[str], bool]:
        """Whether a composite's value is accepted in all of its different places."""
        checks = [composite_check(plan, self._component) for plan in plans]
        return lambda value: all(check(value) for check in checks)


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


class Accept:
    """The accept path of one message for one partner and one set of separators."""

    def __init__(self, plan: MessagePlan, element: str, component: str) -> None:
        """``element`` and ``component`` are the separators of the interchange."""
        self.plan = plan
        self.element = element
        self.component = component
        self.tags = {
            tag: TagShapes(plans, element, component)
            for tag, plans in segment_plans(plan.nodes).items()
        }
        self.shapes = {tag: shapes.shapes for tag, shapes in self.tags.items()}
        self._order = Order(plan.nodes)
        self.symbols = self._order.symbols
        self.order = self._order.match
        self._odd = [s for s in (element, component) if s and not s.isprintable()]

    def look(self, tag: str, presence: bytes) -> Shape | None:
        """The shape of a segment that was not met before; None: let it be explained."""
        shapes = self.tags.get(tag)
        return shapes.look(presence) if shapes else None

    def good(self, elements: list[str], presence: bytes) -> bool:
        """Whether a segment without a compiled shape is accepted all the same."""
        shapes = self.tags.get(elements[0])
        return shapes is not None and shapes.good(elements, presence)

    def symbol(self, elements: list[str]) -> str:
        """The character that stands for a segment in the message's order."""
        return self._order.symbol(elements, self.component)

    def printable(self, text: str, terminator: str) -> bool:
        """Whether a message's text has no control characters but its separators."""
        for separator in (terminator[-1], *self._odd):
            if not separator.isprintable():
                text = text.replace(separator, "*")
        return text.isprintable()

    @property
    def special(self) -> Container[str]:
        """The tags whose character depends on their values."""
        return self._order.special


class Order:
    """The order of a message's segments: one character for each, one expression."""

    def __init__(self, nodes: Sequence[NodePlan]) -> None:
        """``symbols`` has the character of each tag, ``match`` tests all of them.

        The tags in ``special`` have several, told by their values.
        """
        uses: dict[str, list[NodePlan]] = {}
        for node in _all(nodes):
            uses.setdefault(node.tag, []).append(node)
        self._alphabet = Alphabet(uses)
        self.symbols = self._alphabet.plain
        self.special: Collection[str] = self._alphabet.special
        self.match = re.compile(self._sequence(nodes) + r"\Z").match

    def symbol(self, elements: list[str], component: str) -> str:
        """The character that stands for a segment with these elements."""
        return self._alphabet.symbol(elements, component)

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


def segment_plans(nodes: Iterable[NodePlan]) -> dict[str, tuple[SegmentPlan, ...]]:
    """The different plans of each tag."""
    uses: dict[str, list[NodePlan]] = {}
    for node in _all(nodes):
        uses.setdefault(node.tag, []).append(node)
    return {tag: _same(its) for tag, its in uses.items()}


def _same(nodes: Iterable[NodePlan]) -> tuple[SegmentPlan, ...]:
    """The different plans of a tag: one, unless the guide treats places apart."""
    out: list[SegmentPlan] = []
    for node in nodes:
        plan = node.segment
        if not out or plan.guided or any(other.guided for other in out):
            out.append(plan)
    return tuple(out)
