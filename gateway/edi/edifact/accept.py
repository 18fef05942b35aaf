"""The accept path of EDIFACT: one expression for all segments, one for their order.

A good message is told by C code alone. What is not accepted so is looked at segment by
segment, and what is not good then goes to ``gateway.edi.explain``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from gateway.edi.compile import Order, segment_plans
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.events import Separators
from gateway.edi.formats import value_pattern
from gateway.edi.lazily import Lazily
from gateway.edi.plan import ElementPlan, MessagePlan, SegmentPlan
from gateway.edi.schema import Composite, Element

__all__ = ["Accept"]

WORTH = 2000
"""Segments looked at one by one before all tags are compiled into one expression."""

Match = Callable[[str], "re.Match[str] | None"]


class Accept:
    """The accept path of one message plan for one set of service characters."""

    def __init__(
        self, plan: MessagePlan, separators: Separators, worth: int = WORTH
    ) -> None:
        """A tag is compiled when it is met, all of them for more than ``worth``."""
        self._separators = separators
        self._worth = worth
        self._order = Order(plan.nodes)
        plans = segment_plans(plan.nodes)
        self._patterns = Lazily(plans, lambda tag: _Pattern(separators).of(plans[tag]))
        self._matches: Mapping[str, Match] = Lazily(
            plans, lambda tag: re.compile(self._patterns[tag] + r"\Z").match
        )
        self._whole: Match | None = None
        self._seen = 0
        end, data = separators.terminator, separators.element + separators.component
        # an empty part in front of the mark that ends it (0085 45)
        self._trailing = tuple(
            one + other
            for one in data + separators.repetition
            for other in separators.element + separators.repetition + end
            if not (one == other == separators.element)
        )
        self._marks = [mark for mark in separators.all if not mark.isprintable()]

    def scan(self, message: EdifactMessage) -> tuple[list[int], bool]:
        """The positions of segments that were not accepted, and if all are in order."""
        segments = message.segments
        suspects: list[int] = []
        if not (self._whole_match(len(segments)) or _nothing)(message.text):
            matches = self._matches
            for position, segment in enumerate(segments, 1):
                match = matches.get(segment[:3])
                if match is None or match(segment) is None:
                    suspects.append(position)
        if odd := self._odd(message):
            suspects = sorted({*suspects, *odd})
        order = "".join(self._symbols(segments, suspects))
        return suspects, self._order.match(order) is not None

    def _whole_match(self, count: int) -> Match | None:
        """The expression of a message's segments, once there were enough of them."""
        if self._whole is None:
            self._seen += count
            if self._seen > self._worth:
                self._whole = re.compile(self._all_tags()).match
        return self._whole

    def _all_tags(self) -> str:
        end = re.escape(self._separators.terminator)
        branches = []
        for first, tags in groupby(sorted(self._patterns), key=lambda tag: tag[0]):
            rest = "|".join(self._patterns[tag].removeprefix(first) for tag in tags)
            branches.append(f"{first}(?:{rest})")
        return rf"(?:(?:{'|'.join(branches)})(?:{end}|\Z))++\Z"

    def _symbols(self, segments: Sequence[str], suspects: Iterable[int]) -> list[str]:
        """One character a segment; a bad one may have no tag of three letters."""
        symbols, special = self._order.symbols, self._order.special
        odd = {*suspects}
        if not odd and not special:
            return [symbols[segment[:3]] for segment in segments]
        its = self._separators
        return [
            self._order.symbol(segment.split(its.element), its.component)
            if position in odd or segment[:3] in special
            else symbols[segment[:3]]
            for position, segment in enumerate(segments, 1)
        ]

    def _odd(self, message: EdifactMessage) -> list[int]:
        """Segments with empty parts at an end, or with what is no text: seldom any."""
        text = message.text
        if not any([pair in text for pair in self._trailing]) and self._is_text(text):
            return []
        its = self._separators
        ends = its.element + its.component + its.repetition
        inside = [pair for pair in self._trailing if its.terminator not in pair]
        return [
            position
            for position, segment in enumerate(message.segments, 1)
            if segment[-1:] in ends
            or any([pair in segment for pair in inside])
            or not self._is_text(segment)
        ]

    def _is_text(self, text: str) -> bool:
        for mark in self._marks:
            text = text.replace(mark, "*")
        return text.isprintable()


def _nothing(text: str) -> None:
    """Matches no message: there is no expression yet."""


class _Pattern:
    """The regular expressions of segments under one set of service characters.

    They take no more than the segment, and never give anything back.
    """

    def __init__(self, separators: Separators) -> None:
        self._separators = separators
        marks = separators.all.replace(separators.release, "")
        self._stop = "".join(map(re.escape, marks))
        ends = separators.element + separators.repetition + separators.terminator
        self._there = f"(?=[^{re.escape(ends)}])"

    def of(self, plans: Sequence[SegmentPlan]) -> str:
        """What a tag's segments have to look like in all of its different places."""
        tag = plans[0].tag
        first, *others = (self._segment(plan).removeprefix(tag) for plan in plans)
        stop = rf"(?:{re.escape(self._separators.terminator)}|\Z)"
        return tag + "".join(f"(?={other}{stop})" for other in others) + first

    def _segment(self, plan: SegmentPlan) -> str:
        parts = [(True, plan.tag)]
        parts += [(its.mandatory, self._element(its)) for its in plan.elements]
        return _tail(parts, re.escape(self._separators.element))

    def _element(self, plan: ElementPlan) -> str:
        if plan.forbidden:
            return "(?!)"
        value = self._value(plan, plan.use.element)
        if plan.mandatory and isinstance(plan.use.element, Composite):
            value = f"{self._there}{value}"  # its components may all be optional
        repeat, mark = plan.use.repeat, self._separators.repetition
        if repeat == 1 or not mark:
            return value
        most = repeat - 1 if repeat else ""
        return f"{value}(?:{re.escape(mark)}{value}){{0,{most}}}+"

    def _value(self, plan: ElementPlan, element: Element | Composite) -> str:
        if isinstance(element, Element):
            return self._simple(plan, element)
        parts = [(its.mandatory, self._part(its)) for its in plan.parts]
        return _tail(parts, re.escape(self._separators.component))

    def _part(self, plan: ElementPlan) -> str:
        return "(?!)" if plan.forbidden else self._value(plan, plan.use.element)

    def _simple(self, plan: ElementPlan, element: Element) -> str:
        if plan.codes:
            return f"{_one_of(plan.codes)}(?![^{self._stop}])"
        return value_pattern(element, plan.min, plan.max, self._stop)


def _tail(parts: Sequence[tuple[bool, str]], separator: str) -> str:
    """Parts with separators between them; what is not mandatory may be left out.

    All that stands behind the last mandatory part is nested, so that it ends anywhere.
    """
    out = ""
    needed = False
    for n in range(len(parts) - 1, -1, -1):
        mandatory, pattern = parts[n]
        its = pattern if mandatory else f"(?:{pattern})?+"
        out = f"{separator if n else ''}{its}{out}"
        needed = needed or mandatory
        if not needed:
            out = f"(?:{out})?+"
    return out


@lru_cache(maxsize=4096)
def _one_of(codes: frozenset[str]) -> str:
    """A pattern of these texts, the longest that there is: a branch for each character.

    Long lists are told so as quickly as short ones.
    """
    if codes == {""}:
        return ""
    by_first: dict[str, list[str]] = {}
    for code in sorted(codes):
        if code:
            by_first.setdefault(code[0], []).append(code[1:])
    rests = {first: _one_of(frozenset(rest)) for first, rest in by_first.items()}
    ends = "".join(re.escape(first) for first, rest in rests.items() if not rest)
    branches = [re.escape(first) + rest for first, rest in rests.items() if rest]
    if ends:
        branches.append(f"[{ends}]")
    if "" in codes:
        return f"(?:{'|'.join(branches)})?+"
    return f"(?>{'|'.join(branches)})"
